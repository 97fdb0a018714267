/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "test.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void durations(struct test *t)
{
    static const struct {
        const char *s;
        long long want; /* -1: refused */
    } rows[] = {
        {"500ms", 500},
        {"90s", 90000},
        {"15m", 900000},
        {"12h", 43200000},
        {"30d", 2592000000},
        {"0s", 0},
        {"36500d", 3153600000000},
        {"36501d", -1},
        {"99999999999999999999d", -1},
        {"90", -1},
        {"", -1},
        {"s", -1},
        {"1.5h", -1},
        {"-1s", -1},
        {"1 s", -1},
        {" 1s", -1},
        {"1w", -1},
        {"1S", -1},
        {"1h30m", -1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};
        int64_t ms = -1;

        CHECK_INT(text_duration_ms(rows[i].s, &ms, &err), rows[i].want < 0 ? -1 : 0);
        CHECK_INT(ms, rows[i].want);
        CHECK_INT(err.code, rows[i].want < 0 ? ERR_USAGE : ERR_NONE);
    }
}

static void times_are_written(struct test *t)
{
    static const struct {
        int64_t unix_s;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},          {-1, "1969-12-31T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},  {1795310523, "2026-11-22T01:22:03Z"},
        {4102444800, "2100-01-01T00:00:00Z"}, {253402300799, "9999-12-31T23:59:59Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z"},  {INT64_MIN, "0000-01-01T00:00:00Z"},
    };
    char out[21];

    for (size_t i = 0; i < COUNT(rows); i++) {
        text_time(rows[i].unix_s, out);
        CHECK_STR(out, rows[i].want);
    }
}

static void times_survive_the_round_trip(struct test *t)
{
    /* every 40 days and some seconds from 1900 to 2200, so each month and leap rule is met */
    for (int64_t at = -2208988800; at < 7258118400; at += 40 * 86400 + 3661) {
        struct err err = {0};
        int64_t back = 0;
        char out[21];

        text_time(at, out);
        REQUIRE(text_time_parse(out, &back, &err) == 0);
        REQUIRE(CHECK_INT(back, at));
    }
}

static void times_are_read(struct test *t)
{
    static const struct {
        const char *s;
        int64_t want; /* -1: refused */
    } rows[] = {
        {"1970-01-01T00:00:01Z", 1},
        {"2026-11-22T01:22:03Z", 1795310523},
        {"2026-11-22t01:22:03.123456789z", 1795310523},
        {"2026-11-22T03:22:03+02:00", 1795310523},
        {"2026-11-21T19:52:03-05:30", 1795310523},
        {"2024-02-29T00:00:00Z", 1709164800},
        {"2016-12-31T23:59:60Z", 1483228800},
        {"2023-02-29T00:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-00-01T00:00:00Z", -1},
        {"2026-01-32T00:00:00Z", -1},
        {"2026-01-00T00:00:00Z", -1},
        {"2026-01-01T24:00:00Z", -1},
        {"2026-01-01T00:60:00Z", -1},
        {"2026-01-01T00:00:61Z", -1},
        {"2026-01-01T00:00:00", -1},
        {"2026-01-01T00:00:00.Z", -1},
        {"2026-01-01T00:00:00+0200", -1},
        {"2026-01-01T00:00:00+24:00", -1},
        {"2026-01-01T00:00:00Zx", -1},
        {"2026-01-01", -1},
        {"26-01-01T00:00:00Z", -1},
        {"", -1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};
        int64_t got = -1;

        CHECK_INT(text_time_parse(rows[i].s, &got, &err), rows[i].want < 0 ? -1 : 0);
        CHECK_INT(got, rows[i].want);
    }
}

static void http_dates(struct test *t)
{
    static const char *const bad[] = {
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "120",
    };
    int64_t got = 0;
    struct err err = {0};

    /* RFC 9110 5.6.7 */
    CHECK_INT(text_http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT", &got, &err), 0);
    CHECK_INT(got, 784111777);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err e = {0};

        CHECK_INT(text_http_date_parse(bad[i], &got, &e), -1);
    }
    CHECK_INT(got, 784111777);
}

const struct test_case suite_text_time[] = {
    {"durations", durations},
    {"times_are_written", times_are_written},
    {"times_survive_the_round_trip", times_survive_the_round_trip},
    {"times_are_read", times_are_read},
    {"http_dates", http_dates},
    {NULL, NULL},
};
