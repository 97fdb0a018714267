/* SPDX-License-Identifier: Apache-2.0 */
/*
 * renew.h - whether a certificate is due. Pure: no clock, no files.
 *
 * Lifetimes differ a hundredfold between CAs and shrink year by year, so the answer is a fraction
 * of notAfter - notBefore, never a number of days: with a third of the life left, or half of it
 * when the whole life is under ten days (Let's Encrypt's integration advice).
 */
#ifndef RRAS_RENEW_H
#define RRAS_RENEW_H

#include "err.h"

enum {
    RENEW_SHORT_LIFE_S = 10 * 24 * 3600,
    RENEW_EMERGENCY_PART = 20, /* with this part of the life left it is due, whatever the CA says */
};

struct renew_facts {
    bool have;              /* a certificate is held or deployed */
    bool names_changed;     /* it is not for exactly the names configured */
    bool directory_changed; /* the CA configured is not the one that issued it */
    bool revoked;
    int64_t not_before, not_after;
    bool automatic;
    int64_t before_s;        /* when not automatic */
    int64_t renew_at;        /* chosen in the CA's window (ARI); 0 = none */
    int64_t latest;          /* due then, whatever the rest says; 0 = none */
    int64_t postponed_until; /* by back-off or Retry-After; 0 = not */
    int64_t now;
};

enum renew_answer {
    RENEW_NOT_DUE,
    RENEW_DUE,
    RENEW_POSTPONED, /* due, but a failure or the CA asks to wait until `at` */
};

struct renew_decision {
    enum renew_answer answer;
    int64_t at;      /* when it becomes due, became due, or may be tried again */
    char reason[96]; /* for people */
};

void renew_decide(const struct renew_facts *f, struct renew_decision *out);

/* Whether a time that tries wait for holds now: not one further away than any is set, which was
 * noted by a clock that has been put back since. */
bool renew_waits(int64_t until, int64_t now);

/* When the next try may start after `failures` failed ones in a row: 1, 10, 100 minutes, then a
 * day, with up to 10 % added by `jitter` (0 to 255). A longer wish of the CA wins. */
int64_t renew_backoff(int failures, int64_t now, int64_t retry_after_s, uint8_t jitter);

#endif
