/* SPDX-License-Identifier: Apache-2.0 */
#include "renew.h"
#include "test.h"

enum { DAY = 24 * 3600 };

static void decides_by_the_facts(struct test *t)
{
    static const struct {
        const char *what;
        struct renew_facts f;
        enum renew_answer answer;
        int64_t at;
    } cases[] = {
        {"nothing there", {.now = 1000}, RENEW_DUE, 1000},
        {"90 days, one third left is day 60",
         {.have = true, .not_after = 90 * DAY, .automatic = true, .now = 59 * DAY},
         RENEW_NOT_DUE,
         60 * DAY},
        {"90 days, day 60",
         {.have = true, .not_after = 90 * DAY, .automatic = true, .now = 60 * DAY},
         RENEW_DUE,
         60 * DAY},
        {"six days: half",
         {.have = true, .not_after = 6 * DAY, .automatic = true, .now = 3 * DAY - 1},
         RENEW_NOT_DUE,
         3 * DAY},
        {"ten minutes: half",
         {.have = true, .not_after = 600, .automatic = true, .now = 300},
         RENEW_DUE,
         300},
        {"five years",
         {.have = true, .not_after = 1800LL * DAY, .automatic = true, .now = 1199LL * DAY},
         RENEW_NOT_DUE,
         1200LL * DAY},
        {"fixed: 30 days before the end",
         {.have = true, .not_after = 90 * DAY, .before_s = 30 * DAY, .now = 60 * DAY - 1},
         RENEW_NOT_DUE,
         60 * DAY},
        {"fixed and longer than the life: half of it, not at every run",
         {.have = true, .not_after = 6 * DAY, .before_s = 30 * DAY, .now = 1 * DAY},
         RENEW_NOT_DUE,
         3 * DAY},
        {"the one that serves in its place is about to expire",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .latest = 9 * DAY,
          .now = 9 * DAY},
         RENEW_DUE,
         9 * DAY},
        {"the one that serves in its place is not",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .latest = 9 * DAY,
          .now = 8 * DAY},
         RENEW_NOT_DUE,
         9 * DAY},
        {"names changed",
         {.have = true, .names_changed = true, .not_after = 90 * DAY, .automatic = true, .now = 7},
         RENEW_DUE,
         7},
        {"the CA's window wins",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .renew_at = 5 * DAY,
          .now = 5 * DAY},
         RENEW_DUE,
         5 * DAY},
        {"a window after expiry does not",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .renew_at = 95 * DAY,
          .now = 61 * DAY},
         RENEW_DUE,
         60 * DAY},
        {"a window at the very end: in time all the same",
         {.have = true,
          .not_after = 100 * DAY,
          .automatic = true,
          .renew_at = 99 * DAY,
          .now = 95 * DAY},
         RENEW_DUE,
         95 * DAY},
        {"a window later than a third of the life: the CA knows",
         {.have = true,
          .not_after = 100 * DAY,
          .automatic = true,
          .renew_at = 80 * DAY,
          .now = 70 * DAY},
         RENEW_NOT_DUE,
         80 * DAY},
        {"a window in the past: at once",
         {.have = true, .not_after = 90 * DAY, .automatic = true, .renew_at = 1, .now = 2 * DAY},
         RENEW_DUE,
         1},
        {"ten minutes, a window in the last thirty seconds",
         {.have = true, .not_after = 600, .automatic = true, .renew_at = 590, .now = 569},
         RENEW_NOT_DUE,
         570},
        {"five years, a window in the last month",
         {.have = true,
          .not_after = 1800LL * DAY,
          .automatic = true,
          .renew_at = 1790LL * DAY,
          .now = 1710LL * DAY},
         RENEW_DUE,
         1710LL * DAY},
        {"a fixed time is the administrator's word",
         {.have = true,
          .not_after = 100 * DAY,
          .before_s = 1 * DAY,
          .renew_at = 50 * DAY,
          .now = 98 * DAY},
         RENEW_NOT_DUE,
         99 * DAY},
        {"another directory",
         {.have = true,
          .directory_changed = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .now = 7},
         RENEW_DUE,
         7},
        {"revoked",
         {.have = true, .revoked = true, .not_after = 90 * DAY, .automatic = true, .now = 7},
         RENEW_DUE,
         7},
        {"postponed",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .postponed_until = 61 * DAY + 60,
          .now = 61 * DAY},
         RENEW_POSTPONED,
         61 * DAY + 60},
        {"postponed does not make it due",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .postponed_until = 2 * DAY,
          .now = 1 * DAY},
         RENEW_NOT_DUE,
         60 * DAY},
        {"postponed by a clock that was years ahead",
         {.have = true,
          .not_after = 90 * DAY,
          .automatic = true,
          .postponed_until = 4000LL * DAY,
          .now = 61 * DAY},
         RENEW_DUE,
         60 * DAY},
        {"expired",
         {.have = true, .not_after = 90 * DAY, .automatic = true, .now = 91 * DAY},
         RENEW_DUE,
         60 * DAY},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct renew_decision d;
        renew_decide(&cases[i].f, &d);
        if (!CHECK_INT(d.answer, cases[i].answer) || !CHECK_INT(d.at, cases[i].at))
            CHECK_STR(cases[i].what, "as the table says");
        CHECK(d.reason[0] != '\0');
    }
}

static void waits_no_longer_than_it_is_ever_told_to(struct test *t)
{
    const int64_t now = 100 * DAY, longest = renew_backoff(100, now, INT64_MAX, 255);
    CHECK(!renew_waits(0, now));
    CHECK(!renew_waits(now, now));
    CHECK(renew_waits(now + 1, now));
    CHECK(renew_waits(longest, now));
    CHECK(!renew_waits(now + 3 * DAY, now)); /* noted by a clock that was ahead */
    CHECK(!renew_waits(now + 3650LL * DAY, now));
}

static void backs_off_and_honours_the_ca(struct test *t)
{
    CHECK_INT(renew_backoff(1, 1000, 0, 0), 1060);
    CHECK_INT(renew_backoff(2, 1000, 0, 0), 1600);
    CHECK_INT(renew_backoff(3, 1000, 0, 0), 7000);
    CHECK_INT(renew_backoff(4, 1000, 0, 0), 1000 + DAY);
    CHECK_INT(renew_backoff(400, 1000, 0, 255), 1000 + DAY + DAY / 10);
    CHECK_INT(renew_backoff(0, 1000, 0, 0), 1060);
    CHECK_INT(renew_backoff(1, 1000, 3600, 0), 4600);
    CHECK_INT(renew_backoff(1, 1000, 30, 0), 1060);
    CHECK_INT(renew_backoff(1, 1000, 400LL * DAY, 0), 1000 + DAY);
}

const struct test_case suite_renew[] = {
    {"decides_by_the_facts", decides_by_the_facts},
    {"waits_no_longer_than_it_is_ever_told_to", waits_no_longer_than_it_is_ever_told_to},
    {"backs_off_and_honours_the_ca", backs_off_and_honours_the_ca},
    {NULL, NULL},
};
