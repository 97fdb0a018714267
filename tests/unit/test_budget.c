/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"
#include "test.h"

enum { HOUR = 3600, DAY = 24 * HOUR, NOW = 1000 * DAY };

static void allows_so_many_within_the_window(struct test *t)
{
    static const struct {
        const char *what;
        int64_t at[STATE_MAX_EVENTS];
        int64_t free_at;
    } cases[] = {
        {"nothing yet", {0}, 0},
        {"two", {NOW - 1, NOW - 2}, 0},
        {"three, the oldest leaves first", {NOW - 1, NOW - 2, NOW - 3000}, NOW - 3000 + HOUR},
        {"three, one just gone", {NOW - 1, NOW - 2, NOW - HOUR}, 0},
        {"more than allowed", {NOW, NOW, NOW - 9, NOW - 10, NOW - 11}, NOW - 9 + HOUR},
        {"of a clock years ahead", {NOW + 900LL * DAY, NOW - 1, NOW - 2}, 0},
        {"before that, one of a clock years behind",
         {NOW - 900LL * DAY, NOW - 1, NOW - 2, NOW - 3},
         NOW - 3 + HOUR},
        {"of a clock that was put back a little", {NOW + 5, NOW - 1, NOW - 2}, NOW - 2 + HOUR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (!CHECK_INT(budget_free_at(cases[i].at, 3, HOUR, NOW), cases[i].free_at))
            CHECK_STR(cases[i].what, "as the table says");
}

static void notes_the_newest_first(struct test *t)
{
    int64_t at[STATE_MAX_EVENTS] = {0};
    for (int i = 1; i <= STATE_MAX_EVENTS + 3; i++)
        budget_note(at, i);
    CHECK_INT(at[0], STATE_MAX_EVENTS + 3);
    CHECK_INT(at[STATE_MAX_EVENTS - 1], 4);
}

/* Renewing at half the life must never be stopped by it. */
static void never_stops_an_honest_schedule(struct test *t)
{
    static const int64_t lives[] = {600, HOUR, DAY, 6 * DAY, 47 * DAY, 90 * DAY, 1826 * DAY};
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        int64_t at[STATE_MAX_EVENTS] = {0}, now = NOW;
        for (int n = 0; n < 40; n++, now += lives[i] / 2) {
            CHECK_INT(budget_free_at(at, BUDGET_ORDERS, budget_orders_s(lives[i]), now), 0);
            budget_note(at, now);
        }
    }
    CHECK_INT(budget_orders_s(0), 7 * DAY);
    CHECK_INT(budget_orders_s(90LL * DAY), 7 * DAY);
    CHECK_INT(budget_orders_s(600), 1000);
}

const struct test_case suite_budget[] = {
    {"allows_so_many_within_the_window", allows_so_many_within_the_window},
    {"notes_the_newest_first", notes_the_newest_first},
    {"never_stops_an_honest_schedule", never_stops_an_honest_schedule},
    {NULL, NULL},
};
