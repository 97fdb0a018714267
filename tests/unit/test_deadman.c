/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/deadman.h"
#include "test.h"

enum { DAY = 24 * 3600, HOUR = 3600 };
#define T0 INT64_C(1800000000)

static void what_is_served_nears_its_end(struct test *t)
{
    static const struct {
        const char *what;
        struct deadman_served s;
        int64_t now;
        enum event_id id;
    } cases[] = {
        {"nothing is known", {0}, T0, EVENT_NONE},
        {"fresh", {.from = T0, .until = T0 + 90 * DAY}, T0, EVENT_NONE},
        {"more than a third", {.from = T0, .until = T0 + 90 * DAY}, T0 + 60 * DAY - 1, EVENT_NONE},
        {"a third", {.from = T0, .until = T0 + 90 * DAY}, T0 + 60 * DAY, EVENT_EXPIRY_THIRD},
        {"just before a fifth",
         {.from = T0, .until = T0 + 90 * DAY},
         T0 + 72 * DAY - 1,
         EVENT_EXPIRY_THIRD},
        {"a fifth", {.from = T0, .until = T0 + 90 * DAY}, T0 + 72 * DAY, EVENT_EXPIRY_FIFTH},
        {"a tenth", {.from = T0, .until = T0 + 90 * DAY}, T0 + 81 * DAY, EVENT_EXPIRY_TENTH},
        {"a second left",
         {.from = T0, .until = T0 + 90 * DAY},
         T0 + 90 * DAY - 1,
         EVENT_EXPIRY_TENTH},
        {"the end", {.from = T0, .until = T0 + 90 * DAY}, T0 + 90 * DAY, EVENT_EXPIRED},
        {"years after", {.from = T0, .until = T0 + 90 * DAY}, T0 + 9000LL * DAY, EVENT_EXPIRED},
        {"six days, a third is two",
         {.from = T0, .until = T0 + 6 * DAY},
         T0 + 4 * DAY,
         EVENT_EXPIRY_THIRD},
        {"renewal planned for 10 days before the end",
         {.from = T0, .until = T0 + 90 * DAY, .renew_at = T0 + 80 * DAY},
         T0 + 75 * DAY,
         EVENT_NONE},
        {"... and that has passed",
         {.from = T0, .until = T0 + 90 * DAY, .renew_at = T0 + 80 * DAY},
         T0 + 80 * DAY,
         EVENT_EXPIRY_FIFTH},
        {"a plan does not silence the last tenth",
         {.from = T0, .until = T0 + 90 * DAY, .renew_at = T0 + 89 * DAY},
         T0 + 81 * DAY,
         EVENT_EXPIRY_TENTH},
        {"held for Sunday",
         {.from = T0, .until = T0 + 90 * DAY, .held = true, .held_until = T0 + 65 * DAY},
         T0 + 61 * DAY,
         EVENT_NONE},
        {"held for too long",
         {.from = T0, .until = T0 + 90 * DAY, .held = true, .held_until = T0 + 82 * DAY},
         T0 + 61 * DAY,
         EVENT_EXPIRY_THIRD},
        {"held, nobody knows until when",
         {.from = T0, .until = T0 + 90 * DAY, .held = true},
         T0 + 73 * DAY,
         EVENT_EXPIRY_FIFTH},
        {"held does not silence the last tenth",
         {.from = T0, .until = T0 + 90 * DAY, .held = true, .held_until = T0 + 1},
         T0 + 81 * DAY,
         EVENT_EXPIRY_TENTH},
        {"beginning not known: as if of 90 days",
         {.until = T0 + 90 * DAY},
         T0 + 72 * DAY,
         EVENT_EXPIRY_FIFTH},
        {"a beginning after the end counts as not known",
         {.from = T0 + 91 * DAY, .until = T0 + 90 * DAY},
         T0 + 50 * DAY,
         EVENT_NONE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!CHECK_INT(deadman_expiry(&cases[i].s, cases[i].now), cases[i].id))
            CHECK_STR("", cases[i].what);
}

static void run_has_not_run(struct test *t)
{
    static const struct {
        const char *what;
        struct deadman_task task;
        int64_t last_run;
        enum event_id id;
    } cases[] = {
        {"an hour ago", {0}, T0 - HOUR, EVENT_NONE},
        {"never", {0}, 0, EVENT_NOT_RUN},
        {"just in time", {true, true, true}, T0 - 12 * HOUR + 1, EVENT_NONE},
        {"too long ago", {true, true, true}, T0 - 12 * HOUR, EVENT_NOT_RUN},
        {"the task is gone, though it has run",
         {true, false, false},
         T0 - HOUR,
         EVENT_SCHEDULE_BROKEN},
        {"the task is disabled", {true, true, false}, T0 - HOUR, EVENT_SCHEDULE_BROKEN},
        {"the clock was set back a little", {true, true, true}, T0 + HOUR, EVENT_NONE},
        {"it ran by a clock that was a year ahead",
         {true, true, true},
         T0 + 365LL * DAY,
         EVENT_NOT_RUN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!CHECK_INT(deadman_silence(&cases[i].task, cases[i].last_run, T0), cases[i].id))
            CHECK_STR("", cases[i].what);
}

const struct test_case suite_deadman[] = {
    {"what_is_served_nears_its_end", what_is_served_nears_its_end},
    {"run_has_not_run", run_has_not_run},
    {NULL, NULL},
};
