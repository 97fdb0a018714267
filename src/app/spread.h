/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spread.h - how many orders one `run` may place at a CA, and whose come first. Pure.
 *
 * A machine that was off for a month may find hundreds of certificates due at once. Let's Encrypt
 * takes 300 new orders of an account within three hours; a client that uses all of them up has none
 * left for what is urgent. So the rest waits for the next runs, the longest life left last.
 */
#ifndef RRAS_APP_SPREAD_H
#define RRAS_APP_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPREAD_RUN = 100,    /* orders at one CA within one run, and ... */
    SPREAD_WINDOW = 250, /* ... within this time, by the books of earlier runs, too */
    SPREAD_WINDOW_S = 3 * 3600,
    SPREAD_URGENT_S = 3 * 24 * 3600, /* with less life left than this, or than a ... */
    SPREAD_URGENT_PART = 10,         /* ... tenth of it if that is less, nothing is held back */
};

/* The certificate in hand; all zero: there is none. */
struct spread_facts {
    bool revoked;
    int64_t not_before, not_after;
};

/* Expired, revoked, or near its end. A certificate that was never there serves nobody yet. */
bool spread_urgent(const struct spread_facts *f, int64_t now);

/* The smaller one begins first: what is revoked, then by the end of the certificate in hand, then
 * what has none. */
int64_t spread_rank(const struct spread_facts *f);

/* One CA within one run. */
struct spread_ca {
    int before;    /* orders within SPREAD_WINDOW_S before the run */
    int placed;    /* taken within this run */
    int held_back; /* refused within this run */
};

/* Orders placed within SPREAD_WINDOW_S by the list of times, which ends with 0 or after n; those in
 * the future are of a clock that has been put back since. */
int spread_count(const int64_t *at, size_t n, int64_t now);

/* Whether one more order may be placed now; counts it as placed or as held back. What is urgent
 * always may. */
bool spread_take(struct spread_ca *ca, bool urgent);

#endif
