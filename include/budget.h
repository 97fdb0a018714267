/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget.h - what we allow ourselves of what CAs ration. Pure.
 *
 * Let's Encrypt gives 5 failed validations per name and hour, and 5 certificates per set of names
 * and week; a client that keeps below that by itself is never locked out for a week. Events are
 * lists of times, newest first, 0 = empty, as in struct name_state.
 */
#ifndef RRAS_BUDGET_H
#define RRAS_BUDGET_H

#include "store.h"

enum {
    BUDGET_FAILED = 3, /* failed validations of one name ... */
    BUDGET_FAILED_S = 3600,
    BUDGET_ORDERS = 5, /* orders for the same names ... */
    BUDGET_ORDERS_S = 7 * 24 * 3600,
};

/* The seconds within which BUDGET_ORDERS orders may be placed, for certificates that live life_s
 * (0 = not known): a week, less where renewing at half the life would need more orders than that.
 */
int64_t budget_orders_s(int64_t life_s);

/* When one more event is allowed if `count` may happen within window_s: 0 = now. Times in the
 * future are of a clock that has been put back since, and do not count. */
int64_t budget_free_at(const int64_t at[STATE_MAX_EVENTS], int count, int64_t window_s,
                       int64_t now);

/* How many happened within window_s. */
int budget_used(const int64_t at[STATE_MAX_EVENTS], int64_t window_s, int64_t now);

void budget_note(int64_t at[STATE_MAX_EVENTS], int64_t now);

#endif
