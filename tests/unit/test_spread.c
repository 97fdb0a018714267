/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/spread.h"
#include "test.h"

enum { HOUR = 3600, DAY = 24 * HOUR, NOW = 1700000000 };

struct row {
    const char *what;
    bool revoked;
    int64_t life_s, left_s; /* life_s 0: there is no certificate */
    bool urgent;
};

static struct spread_facts facts_of(const struct row *r)
{
    if (r->life_s == 0)
        return (struct spread_facts){.revoked = r->revoked};
    return (struct spread_facts){.revoked = r->revoked,
                                 .not_before = NOW + r->left_s - r->life_s,
                                 .not_after = NOW + r->left_s};
}

static void little_life_left_is_urgent(struct test *t)
{
    static const struct row rows[] = {
        {"none yet", false, 0, 0, false},
        {"nothing that could be revoked", true, 0, 0, false},
        {"due as planned", false, 90 * DAY, 30 * DAY, false},
        {"three days and a second left", false, 90 * DAY, 3 * DAY + 1, false},
        {"three days left", false, 90 * DAY, 3 * DAY, true},
        {"expired", false, 90 * DAY, -1, true},
        {"expired a year ago", false, 90 * DAY, -365 * DAY, true},
        {"revoked", true, 90 * DAY, 80 * DAY, true},
        {"of six days, due as planned", false, 6 * DAY, 3 * DAY, false},
        {"of six days, a tenth left", false, 6 * DAY, 6 * DAY / 10, true},
        {"of an hour, half of it left", false, HOUR, HOUR / 2, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct spread_facts f = facts_of(&rows[i]);
        if (!CHECK(spread_urgent(&f, NOW) == rows[i].urgent))
            CHECK_STR(rows[i].what, "");
    }
}

static void the_most_urgent_comes_first(struct test *t)
{
    static const struct row rows[] = {
        {"revoked", true, 90 * DAY, 80 * DAY, true},
        {"expired", false, 90 * DAY, -DAY, true},
        {"near its end", false, 6 * DAY, DAY, true},
        {"later", false, 90 * DAY, 30 * DAY, false},
        {"none", false, 0, 0, false},
    };
    for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct spread_facts a = facts_of(&rows[i - 1]), b = facts_of(&rows[i]);
        if (!CHECK(spread_rank(&a) < spread_rank(&b)))
            CHECK_STR(rows[i].what, "");
    }
}

static void orders_of_the_last_hours_count(struct test *t)
{
    static const int64_t at[] = {NOW + 365 * DAY,       NOW, NOW - SPREAD_WINDOW_S + 1,
                                 NOW - SPREAD_WINDOW_S, 0,   NOW};
    CHECK_INT(spread_count(at, sizeof(at) / sizeof(at[0]), NOW), 2);
    CHECK_INT(spread_count(at, 2, NOW), 1);
    CHECK_INT(spread_count(&at[4], 2, NOW), 0);
}

/* Of `due` certificates, how many are ordered in one run. */
static int ordered(int before, int due, int *held_back)
{
    struct spread_ca ca = {.before = before};
    int n = 0;
    for (int i = 0; i < due; i++)
        n += spread_take(&ca, false);
    *held_back = ca.held_back;
    return n;
}

static void a_run_places_so_many_orders(struct test *t)
{
    static const struct {
        int before, due, ordered;
    } rows[] = {{0, 99, 99},   {0, 100, 100}, {0, 101, 100}, {0, 1000, 100},
                {100, 99, 99}, {200, 80, 50}, {250, 1, 0},   {400, 10, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int held_back = -1;
        CHECK_INT(ordered(rows[i].before, rows[i].due, &held_back), rows[i].ordered);
        CHECK_INT(held_back, rows[i].due - rows[i].ordered);
    }
}

static void what_is_urgent_is_counted_but_never_held_back(struct test *t)
{
    struct spread_ca ca = {.before = 240};
    for (int i = 0; i < 150; i++)
        CHECK(spread_take(&ca, true));
    CHECK(!spread_take(&ca, false));
    CHECK(spread_take(&ca, true));
    CHECK_INT(ca.placed, 151);
    CHECK_INT(ca.held_back, 1);
}

const struct test_case suite_spread[] = {
    {"little_life_left_is_urgent", little_life_left_is_urgent},
    {"the_most_urgent_comes_first", the_most_urgent_comes_first},
    {"orders_of_the_last_hours_count", orders_of_the_last_hours_count},
    {"a_run_places_so_many_orders", a_run_places_so_many_orders},
    {"what_is_urgent_is_counted_but_never_held_back",
     what_is_urgent_is_counted_but_never_held_back},
    {NULL, NULL},
};
