/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"

#include <string.h>

enum { CLOCK_STEP_S = 3600 }; /* so far a clock may be put back without events being forgotten */

int64_t budget_orders_s(int64_t life_s)
{
    /* At half the life, five renewals take 5/2 of it; a third less leaves room for mishaps. */
    int64_t needed = life_s / 3 * BUDGET_ORDERS;
    return life_s > 0 && needed < BUDGET_ORDERS_S ? needed : BUDGET_ORDERS_S;
}

int64_t budget_free_at(const int64_t at[STATE_MAX_EVENTS], int count, int64_t window_s, int64_t now)
{
    int counted = 0;
    for (size_t i = 0; i < STATE_MAX_EVENTS && at[i] != 0; i++) {
        /* Not the end: a clock that was behind for a while has put an old time before newer ones.
         */
        if (at[i] > now + CLOCK_STEP_S || at[i] + window_s <= now)
            continue;
        if (++counted == count)
            return at[i] + window_s;
    }
    return 0;
}

int budget_used(const int64_t at[STATE_MAX_EVENTS], int64_t window_s, int64_t now)
{
    int used = 0;
    for (size_t i = 0; i < STATE_MAX_EVENTS && at[i] != 0; i++)
        used += at[i] <= now + CLOCK_STEP_S && at[i] + window_s > now;
    return used;
}

void budget_note(int64_t at[STATE_MAX_EVENTS], int64_t now)
{
    memmove(at + 1, at, (STATE_MAX_EVENTS - 1) * sizeof(at[0]));
    at[0] = now;
}
