/* SPDX-License-Identifier: Apache-2.0 */
#include "os.h"
#include "test.h"
#include "text.h"
#include "window.h"

#include <stdio.h>
#include <string.h>

/* ---- zones made by hand ---- */

enum { MINUTE = 60, HOUR = 60 * MINUTE };

struct rule { /* the offset from an instant on */
    const char *from;
    int offset_min;
};
struct rules {
    const char *name;
    struct rule v[4]; /* the first one has no beginning */
    size_t n;
};

static const struct rules utc = {"UTC", {{"", 0}}, 1};
static const struct rules india = {"UTC+05:30", {{"", 330}}, 1};
static const struct rules berlin = {
    "Berlin", {{"", 60}, {"2026-03-29T01:00:00Z", 120}, {"2026-10-25T01:00:00Z", 60}}, 3};
static const struct rules new_york = {
    "New York", {{"", -300}, {"2026-03-08T07:00:00Z", -240}, {"2026-11-01T06:00:00Z", -300}}, 3};
static const struct rules sydney = {
    "Sydney", {{"", 660}, {"2026-04-04T16:00:00Z", 600}, {"2026-10-03T16:00:00Z", 660}}, 3};
static const struct rules lord_howe = {
    "Lord Howe", {{"", 660}, {"2026-04-04T15:00:00Z", 630}, {"2026-10-03T15:30:00Z", 660}}, 3};
static const struct rules samoa = {"Samoa", {{"", -600}, {"2011-12-30T10:00:00Z", 840}}, 2};

static int64_t instant(const char *s)
{
    struct err e = {0};
    int64_t at = 0;
    return s[0] != '\0' && text_time_parse(s, &at, &e) == 0 ? at : 0;
}

static int64_t offset_of(void *user, int64_t at)
{
    const struct rules *r = user;
    size_t i = 0;
    while (i + 1 < r->n && at >= instant(r->v[i + 1].from))
        i++;
    return (int64_t)r->v[i].offset_min * MINUTE;
}

/* ---- looking ---- */

static void read_windows(struct test *t, const char *list, struct windows *out)
{
    char one[40];
    struct err e = {0};
    *out = (struct windows){0};
    while (*list) {
        size_t len = strcspn(list, ",");
        snprintf(one, sizeof one, "%.*s", (int)len, list);
        REQUIRE(window_parse(one, &out->v[out->n++], &e) == 0);
        list += len + (list[len] == ',');
    }
}

static const char *state_text(struct test *t, const struct window_state *s)
{
    char at[21] = "for ever";
    if (s->until != 0)
        text_time(s->until, at);
    return test_text(t, "%s %s", s->open ? "open until" : "closed until", at);
}

static void opens_and_closes_by_local_time(struct test *t)
{
    static const struct {
        const struct rules *zone;
        const char *windows, *now, *want;
    } cases[] = {
        {&utc, "", "2026-11-22T12:00:00Z", "open until for ever"},
        /* 2026-11-22 is a Sunday */
        {&utc, "Sun 02:00-04:00", "2026-11-22T01:59:59Z", "closed until 2026-11-22T02:00:00Z"},
        {&utc, "Sun 02:00-04:00", "2026-11-22T02:00:00Z", "open until 2026-11-22T04:00:00Z"},
        {&utc, "Sun 02:00-04:00", "2026-11-22T03:59:59Z", "open until 2026-11-22T04:00:00Z"},
        {&utc, "Sun 02:00-04:00", "2026-11-22T04:00:00Z", "closed until 2026-11-29T02:00:00Z"},
        {&india, "Sun 02:00-04:00", "2026-11-21T20:29:00Z", "closed until 2026-11-21T20:30:00Z"},
        {&india, "Sun 02:00-04:00", "2026-11-21T22:00:00Z", "open until 2026-11-21T22:30:00Z"},
        {&new_york, "Sun 00:00-01:00", "2026-11-22T05:30:00Z", "open until 2026-11-22T06:00:00Z"},
        /* over midnight, and over the week's end */
        {&utc, "Mon-Fri 23:30-01:00", "2026-11-28T00:59:00Z", "open until 2026-11-28T01:00:00Z"},
        {&utc, "Mon-Fri 23:30-01:00", "2026-11-28T01:00:00Z", "closed until 2026-11-30T23:30:00Z"},
        {&utc, "Mon-Fri 23:30-01:00", "2026-11-23T00:30:00Z", "closed until 2026-11-23T23:30:00Z"},
        {&utc, "Sat 23:00-02:00", "2026-11-22T01:00:00Z", "open until 2026-11-22T02:00:00Z"},
        {&utc, "Fri-Mon 05:00-06:00", "2026-11-23T06:00:00Z", "closed until 2026-11-27T05:00:00Z"},
        {&utc, "Sun 22:00-24:00", "2026-11-22T23:59:59Z", "open until 2026-11-23T00:00:00Z"},
        /* several: what touches or overlaps is one */
        {&utc, "Sun 02:00-04:00,daily 03:30-05:00", "2026-11-22T02:10:00Z",
         "open until 2026-11-22T05:00:00Z"},
        {&utc, "Sun 02:00-04:00,Sun 04:00-05:00", "2026-11-22T02:10:00Z",
         "open until 2026-11-22T05:00:00Z"},
        {&utc, "Wed 02:00-04:00,Tue 01:00-02:00", "2026-11-22T12:00:00Z",
         "closed until 2026-11-24T01:00:00Z"},
        {&utc, "daily 00:00-24:00", "2026-11-22T12:00:00Z", "open until for ever"},
        /* spring: 02:00 to 03:00 is left out */
        {&berlin, "Sun 02:00-03:00", "2026-03-29T00:59:59Z", "closed until 2026-03-29T01:00:00Z"},
        {&berlin, "Sun 02:00-03:00", "2026-03-29T01:00:00Z", "open until 2026-03-29T02:00:00Z"},
        {&berlin, "Sun 02:15-02:45", "2026-03-29T00:30:00Z", "closed until 2026-03-29T01:00:00Z"},
        {&berlin, "Sun 02:15-02:45", "2026-03-29T01:29:00Z", "open until 2026-03-29T01:30:00Z"},
        {&berlin, "Sun 02:30-04:00", "2026-03-29T00:30:00Z", "closed until 2026-03-29T01:00:00Z"},
        {&berlin, "Sun 02:30-04:00", "2026-03-29T01:00:00Z", "open until 2026-03-29T02:00:00Z"},
        {&berlin, "Sun 01:30-02:30", "2026-03-29T00:30:00Z", "open until 2026-03-29T01:00:00Z"},
        {&berlin, "Sun 01:00-04:00", "2026-03-29T00:30:00Z", "open until 2026-03-29T02:00:00Z"},
        {&berlin, "Sat 23:00-05:00", "2026-03-28T23:00:00Z", "open until 2026-03-29T03:00:00Z"},
        {&berlin, "Sun 02:00-03:00", "2026-03-22T03:00:00Z", "closed until 2026-03-29T01:00:00Z"},
        /* autumn: 02:00 to 03:00 comes twice */
        {&berlin, "Sun 02:00-03:00", "2026-10-25T00:00:00Z", "open until 2026-10-25T02:00:00Z"},
        {&berlin, "Sun 02:00-03:00", "2026-10-25T01:59:00Z", "open until 2026-10-25T02:00:00Z"},
        {&berlin, "Sun 02:00-02:30", "2026-10-25T00:10:00Z", "open until 2026-10-25T00:30:00Z"},
        {&berlin, "Sun 02:00-02:30", "2026-10-25T00:30:00Z", "closed until 2026-10-25T01:00:00Z"},
        {&berlin, "Sun 02:00-02:30", "2026-10-25T01:10:00Z", "open until 2026-10-25T01:30:00Z"},
        {&berlin, "Sun 03:00-04:00", "2026-10-25T01:59:00Z", "closed until 2026-10-25T02:00:00Z"},
        {&new_york, "Sun 02:00-03:00", "2026-03-08T06:00:00Z", "closed until 2026-03-08T07:00:00Z"},
        {&new_york, "Sun 01:00-02:00", "2026-11-01T05:30:00Z", "open until 2026-11-01T07:00:00Z"},
        {&sydney, "Sun 02:00-03:00", "2026-10-03T15:59:00Z", "closed until 2026-10-03T16:00:00Z"},
        {&sydney, "Sun 02:00-03:00", "2026-10-03T16:30:00Z", "open until 2026-10-03T17:00:00Z"},
        {&sydney, "Sun 02:00-03:00", "2026-04-04T15:00:00Z", "open until 2026-04-04T17:00:00Z"},
        /* half an hour of it */
        {&lord_howe, "Sun 02:00-02:30", "2026-10-03T15:29:00Z",
         "closed until 2026-10-03T15:30:00Z"},
        {&lord_howe, "Sun 02:00-02:30", "2026-10-03T15:30:00Z", "open until 2026-10-03T16:00:00Z"},
        {&lord_howe, "Sun 01:30-02:00", "2026-04-04T14:30:00Z", "open until 2026-04-04T15:30:00Z"},
        /* a day that was left out: 30 December 2011, a Friday */
        {&samoa, "Fri 02:00-03:00", "2011-12-30T09:00:00Z", "closed until 2011-12-30T10:00:00Z"},
        {&samoa, "Sat 02:00-03:00", "2011-12-30T10:00:00Z", "closed until 2011-12-30T12:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone zone = {offset_of, (void *)cases[i].zone};
        struct windows w;
        struct window_state s;
        read_windows(t, cases[i].windows, &w);
        window_look(&w, instant(cases[i].now), &zone, &s);
        if (!CHECK_STR(state_text(t, &s), cases[i].want))
            CHECK_STR(test_text(t, "%s %s %s", cases[i].zone->name, cases[i].windows, cases[i].now),
                      "as the table says");
    }
}

/* What is promised ("closed until X", "open until Y") must be what a look at that minute finds. */
static void keeps_its_word_minute_by_minute(struct test *t)
{
    static const struct rules *const zones[] = {&utc, &berlin, &new_york, &sydney, &lord_howe};
    static const char list[] = "Sun 02:10-02:50,Mon-Fri 23:30-01:00,Sat 23:45-03:15";
    struct windows w;
    read_windows(t, list, &w);
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct zone zone = {offset_of, (void *)zones[i]};
        struct window_state s, was = {0};
        /* eight days around each change of the clocks */
        for (size_t k = 1; k < 3; k++) {
            int64_t middle =
                instant(zones[i]->n > k ? zones[i]->v[k].from : "2026-11-22T00:00:00Z");
            window_look(&w, middle - 96 * HOUR, &zone, &was);
            for (int64_t at = middle - 96 * HOUR; at < middle + 96 * HOUR; at += 5 * MINUTE) {
                window_look(&w, at, &zone, &s);
                bool turns = at == was.until;
                if (!CHECK(s.open == (was.open != turns)) ||
                    !CHECK(turns ? s.until > at : s.until == was.until)) {
                    CHECK_STR(test_text(t, "%s %lld", zones[i]->name, (long long)at), "at");
                    return;
                }
                was = s;
            }
        }
    }
}

/* ---- text ---- */

static void reads_and_writes_windows(struct test *t)
{
    static const struct {
        const char *text, *want; /* the canonical form, or what the error holds */
    } cases[] = {
        {"Sun 02:00-04:00", "Sun 02:00-04:00"},
        {"SUN 02:00-04:00", "Sun 02:00-04:00"},
        {"mon-fri 23:30-01:00", "Mon-Fri 23:30-01:00"},
        {"Fri-Mon 00:00-24:00", "Fri-Mon 00:00-24:00"},
        {"Sat-Sun 00:00-00:01", "Sat-Sun 00:00-00:01"},
        {"Sun-Sat 01:00-02:00", "daily 01:00-02:00"},
        {"Mon-Mon 01:00-02:00", "Mon 01:00-02:00"},
        {"Daily 03:00-04:00", "daily 03:00-04:00"},
        {"", "no day and times"},
        {"Sun", "no day and times"},
        {"02:00-04:00", "no day and times"},
        {"Sunday 02:00-04:00", "\"Sunday\" is no day"},
        {" 02:00-04:00", "\"\" is no day"},
        {"Mon- 02:00-04:00", "\"Mon-\" is no day"},
        {"Mon-Foo 02:00-04:00", "\"Mon-Foo\" is no day"},
        {"Sun 02:00", "the end is missing"},
        {"Sun  02:00-04:00", "\" 02:00\" is no time of day"},
        {"Sun 2:00-4:00", "\"2:00\" is no time of day"},
        {"Sun 02:00-25:00", "\"25:00\" is no time of day"},
        {"Sun 02:00-04:60", "\"04:60\" is no time of day"},
        {"Sun 02:00-24:01", "\"24:01\" is no time of day"},
        {"Sun 02:00-04:00 ", "\"04:00 \" is no time of day"},
        {"Sun 02:00-04:00-05:00", "\"04:00-05:00\" is no time of day"},
        {"Sun 24:00-01:00", "24:00 can only be the end"},
        {"Sun 02:00-02:00", "begins and ends at the same minute"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[WINDOW_TEXT_BYTES] = "";
        struct window w = {0};
        struct err e = {0};
        if (window_parse(cases[i].text, &w, &e) == 0) {
            window_text(&w, text);
            CHECK_STR(text, cases[i].want);
        } else if (!CHECK(strstr(e.text, cases[i].want) != NULL)) {
            CHECK_STR(e.text, cases[i].want);
        }
    }
}

/* ---- this machine ---- */

static void this_machine_has_a_local_time(struct test *t)
{
    int64_t now = clock_now(&os_clock), offset = os_zone.offset_s(os_zone.user, now);
    CHECK(offset >= -12 * HOUR && offset <= 14 * HOUR);
    CHECK_INT(offset % (15 * MINUTE), 0);
}

const struct test_case suite_window[] = {
    {"opens_and_closes_by_local_time", opens_and_closes_by_local_time},
    {"keeps_its_word_minute_by_minute", keeps_its_word_minute_by_minute},
    {"reads_and_writes_windows", reads_and_writes_windows},
    {"this_machine_has_a_local_time", this_machine_has_a_local_time},
    {NULL, NULL},
};
