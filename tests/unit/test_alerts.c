/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/alerts.h"
#include "test.h"

#include <string.h>

enum { HOUR = 3600, T0 = 1800000000 };

static void once_a_day(struct test *t)
{
    static const struct {
        int64_t last, now;
        enum alert_answer answer;
    } cases[] = {
        {0, T0, ALERT_TELL},
        {T0, T0 + 60, ALERT_QUIET},
        {T0, T0 + 23 * HOUR - 1, ALERT_QUIET},
        {T0, T0 + 23 * HOUR, ALERT_REMIND},
        {T0, T0 - 60, ALERT_QUIET},        /* the clock was set a little */
        {T0, T0 - 2 * HOUR, ALERT_REMIND}, /* or by more: silence for a year would be worse */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_INT(alert_decide(cases[i].last, cases[i].now), cases[i].answer);
}

static void another_class_is_news_and_keeps_since(struct test *t)
{
    struct alerts a = {0};
    struct alert *one = alerts_raise(&a, "vpn/failure", "5", T0);
    REQUIRE(one != NULL);
    one->told_at = one->logged_at = T0;
    CHECK(alerts_raise(&a, "vpn/failure", "5", T0 + HOUR) == one);
    CHECK_INT(one->told_at, T0);
    one = alerts_raise(&a, "vpn/failure", "3/unauthorized", T0 + 2 * HOUR);
    REQUIRE(one != NULL);
    CHECK_INT(one->since, T0);
    CHECK_INT(one->told_at, 0);
    CHECK_INT(one->logged_at, 0);
    alerts_settle(&a, "nobody");
    alerts_settle(&a, "vpn/failure");
    CHECK(alerts_find(&a, "vpn/failure") == NULL);
    alerts_clear(&a);
}

static void lasts_from_run_to_run(struct test *t)
{
    static const char cut[] = "{\"alerts\": [{\"key\": 7}, 5, {\"key\":";
    const char *path = test_path(t, "alerts.json");
    struct alerts a = {0};
    struct err err = {0};
    alerts_load(&a, path);
    CHECK_INT(a.n, 0);
    for (int i = 0; i < 40; i++)
        CHECK(alerts_raise(&a, test_text(t, "n%d/failure", i), "5", T0 + i) != NULL);
    alerts_find(&a, "n7/failure")->told_at = T0 + 99;
    a.day = 20833;
    a.sent[1] = 3;
    CHECK_INT(alerts_save(&a, path, &err), 0);
    alerts_clear(&a);
    alerts_load(&a, path);
    CHECK_INT(a.n, 40);
    CHECK_INT(a.day, 20833);
    CHECK_INT(a.sent[0], 0);
    CHECK_INT(a.sent[1], 3);
    REQUIRE(alerts_find(&a, "n7/failure") != NULL);
    CHECK_INT(alerts_find(&a, "n7/failure")->told_at, T0 + 99);
    CHECK_INT(alerts_find(&a, "n7/failure")->since, T0 + 7);
    CHECK_INT(alerts_find(&a, "n8/failure")->told_at, 0);
    alerts_clear(&a);
    test_write(t, "alerts.json", cut, strlen(cut));
    alerts_load(&a, path); /* cut by a power failure, or touched by hand */
    CHECK_INT(a.n, 0);
    alerts_clear(&a);
}

const struct test_case suite_alerts[] = {
    {"once_a_day", once_a_day},
    {"another_class_is_news_and_keeps_since", another_class_is_news_and_keeps_since},
    {"lasts_from_run_to_run", lasts_from_run_to_run},
    {NULL, NULL},
};
