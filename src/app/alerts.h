/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alerts.h - what has been raised and not settled yet, so that the same trouble is told once a day
 * and its end is told at all. Kept in one small file of the state folder.
 */
#ifndef RRAS_APP_ALERTS_H
#define RRAS_APP_ALERTS_H

#include "err.h"
#include "src/app/outbox.h"

#include <stddef.h>

enum { ALERT_CLASS_BYTES = 128, ALERTS_MAX = 4096 };
enum { ALERT_AGAIN_S = 23 * 3600 }; /* a day, less what a run comes early */

struct alert {
    char key[ALERT_KEY_BYTES];     /* "vpn/failure" */
    char class[ALERT_CLASS_BYTES]; /* what kind of trouble: another one is news */
    int64_t since;
    int64_t logged_at, told_at; /* event log; notification that got through. 0 = not yet */
};

struct alerts { /* alerts_clear frees; zero = none */
    struct alert *v;
    size_t n, cap;
    int64_t day;              /* of the daily cap: days since 1970 */
    int sent[ALERT_CHANNELS]; /* messages of that day */
    struct outbox outbox;     /* what is still to be delivered */
    bool changed;
};

/* A file that is not there, or cannot be understood, holds none; false for the latter. */
bool alerts_load(struct alerts *a, const char *path);
/* Writes it when it has changed. */
int alerts_save(struct alerts *a, const char *path, struct err *err) MUST_CHECK;
void alerts_clear(struct alerts *a);

/* The alert of this key, or NULL. */
struct alert *alerts_find(const struct alerts *a, const char *key);
/* The alert of this key, made if there is none; with another class it begins anew, but keeps since.
 * NULL when there are too many, or no memory. */
struct alert *alerts_raise(struct alerts *a, const char *key, const char *class, int64_t now);
/* Forgets it. */
void alerts_settle(struct alerts *a, const char *key);

/* Whether what was last told at `last` (0 = never) is to be told now. */
enum alert_answer { ALERT_QUIET, ALERT_TELL, ALERT_REMIND };
enum alert_answer alert_decide(int64_t last, int64_t now);

#endif
