/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "src/app/outbox.h"
#include "test.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR, T0 = 1800000000 };

static struct tiding made(const char *text, const char *key, int64_t at, unsigned channels)
{
    struct tiding v = {
        .kind = TIDING_FAILURE, .id = EVENT_FAILED, .name = "vpn", .at = at, .channels = channels};
    text_copy(v.text, sizeof(v.text), text);
    text_copy(v.key, sizeof(v.key), key);
    return v;
}

static void tried_less_and_less_often(struct test *t)
{
    static const struct {
        int64_t waits, tried; /* before now */
        bool due;
    } cases[] = {
        {0, 40 * 60, false},        {0, 55 * 60, true},      {3 * HOUR, HOUR, false},
        {4 * HOUR, 2 * HOUR, true}, {DAY, 5 * HOUR, false},  {DAY, 6 * HOUR, true},
        {3 * DAY, 6 * HOUR, true},  {HOUR, -2 * HOUR, true}, /* by a wrong clock */
        {HOUR, T0, true},                                    /* the last try was a success */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!CHECK_INT(outbox_due(T0 - cases[i].waits, T0 - cases[i].tried, T0), cases[i].due))
            CHECK_INT(i, -1);
    int tries = 0;
    for (int64_t now = T0, last = T0; now < T0 + DAY; now += 600)
        if (outbox_due(T0, last, now)) {
            last = now;
            tries++;
        }
    CHECK(tries >= 6 && tries <= 10);
}

static void what_has_not_got_through_is_kept(struct test *t)
{
    struct tiding v[] = {
        made("told", "", 0, 0),
        made("new", "", 0, 5),
        made("waits", "", T0 - DAY, 1),
        made("too old", "", T0 - 4 * DAY, 1),
        made("raised anew", "vpn/failure", T0 - 4 * DAY, 1),
        made("by a wrong clock", "", T0 + DAY, 1),
    };
    struct outbox o = {0};
    const struct tiding *first;
    size_t given_up;
    v[4].again = true;
    outbox_fill(&o, v, 6, T0, &given_up, &first);
    CHECK_INT(given_up, 1);
    REQUIRE(first != NULL);
    CHECK_STR(first->text, "too old");
    REQUIRE(o.n == 4);
    CHECK_STR(o.v[0].text, "new");
    CHECK_INT(o.v[0].at, T0);
    CHECK_INT(o.v[0].channels, 5);
    CHECK_INT(o.v[1].at, T0 - DAY);
    CHECK_INT(o.v[3].at, T0);
    outbox_clear(&o);
}

static void the_oldest_give_way(struct test *t)
{
    enum { ALL = OUTBOX_MAX + 3 };
    struct tiding *v = calloc(ALL, sizeof(*v));
    struct outbox o = {0};
    const struct tiding *first;
    size_t given_up;
    REQUIRE(v != NULL);
    for (int i = 0; i < ALL; i++)
        v[i] = made(test_text(t, "%d", i), "", 0, 1);
    outbox_fill(&o, v, ALL, T0, &given_up, &first);
    CHECK_INT(given_up, 3);
    CHECK_INT(o.n, OUTBOX_MAX);
    CHECK_STR(o.v[0].text, "3");
    CHECK_STR(o.v[OUTBOX_MAX - 1].text, test_text(t, "%d", ALL - 1));
    free(v);
    outbox_clear(&o);
}

static void what_is_raised_anew_takes_the_place(struct test *t)
{
    struct tiding old[] = {made("failed", "vpn/failure", T0 - DAY, 2),
                           made("deployed", "", T0 - HOUR, 1), made("web", "web/failure", T0, 1)};
    struct tiding *v = calloc(1, sizeof(*v));
    struct outbox o = {0};
    const struct tiding *first;
    size_t given_up, n = 1;
    REQUIRE(v != NULL);
    v[0] = made("fails still", "vpn/failure", 0, 0);
    outbox_fill(&o, old, 3, T0, &given_up, &first);
    outbox_drop(&o, "web/failure");
    outbox_drop(&o, "nobody/failure");
    CHECK_INT(o.n, 2);
    CHECK(outbox_move_to(&o, &v, &n));
    CHECK_INT(o.n, 0);
    if (CHECK_INT(n, 2)) {
        CHECK_STR(v[0].text, "deployed");
        CHECK(!v[0].again);
        CHECK_STR(v[1].text, "fails still");
        CHECK(v[1].again);
        CHECK_INT(v[1].at, T0 - DAY);
    }
    free(v);
    outbox_clear(&o);
}

static void lasts_from_run_to_run(struct test *t)
{
    struct tiding v = made("a \"text\" with \xc3\xa4", "vpn/failure", T0, 129);
    struct outbox o = {.tried_at = {[7] = T0}}, back = {0};
    const struct tiding *first;
    size_t given_up;
    v.since = T0 - DAY;
    outbox_fill(&o, &v, 1, T0, &given_up, &first);
    struct json *doc = outbox_json(&o);
    outbox_read(&back, doc);
    CHECK_INT(back.tried_at[7], T0);
    if (CHECK_INT(back.n, 1)) {
        CHECK_STR(back.v[0].text, v.text);
        CHECK_STR(back.v[0].key, v.key);
        CHECK_INT(back.v[0].channels, 129);
        CHECK_INT(back.v[0].since, T0 - DAY);
        CHECK_INT(back.v[0].at, T0);
    }
    json_free(doc);
    outbox_clear(&o);
    outbox_clear(&back);
}

#define ITEM(kind, event, channels, at)                                                            \
    "{\"kind\": " kind ", \"event\": " event ", \"channels\": " channels ", \"at\": \"" at "\", "  \
    "\"name\": \"n\", \"text\": \"t\", \"key\": \"\"}"
#define AT "2026-11-22T08:00:00Z"

static void what_makes_no_sense_is_left_out(struct test *t)
{
    static const char text[] =
        "{\"items\": [7, {}, " ITEM("3", "300", "1", AT) "," ITEM("1", "999", "1", AT) "," ITEM(
            "1", "300", "0",
            AT) "," ITEM("1", "300", "256",
                         AT) "," ITEM("1", "300", "1",
                                      "x") "," ITEM("8", "101", "1",
                                                    AT) "], \"tried_at\": [\"x\"]}";
    struct outbox o = {0};
    struct json *doc = NULL;
    struct err err = {0};
    CHECK_INT(json_parse(&doc, text, strlen(text), "outbox", &err), 0);
    outbox_read(&o, doc);
    if (CHECK_INT(o.n, 1))
        CHECK_INT(o.v[0].id, EVENT_DEPLOYED);
    outbox_clear(&o);
    outbox_read(&o, NULL);
    CHECK_INT(o.n, 0);
    json_free(doc);
    outbox_clear(&o);
}

const struct test_case suite_outbox[] = {
    {"tried_less_and_less_often", tried_less_and_less_often},
    {"what_has_not_got_through_is_kept", what_has_not_got_through_is_kept},
    {"the_oldest_give_way", the_oldest_give_way},
    {"what_is_raised_anew_takes_the_place", what_is_raised_anew_takes_the_place},
    {"lasts_from_run_to_run", lasts_from_run_to_run},
    {"what_makes_no_sense_is_left_out", what_makes_no_sense_is_left_out},
    {NULL, NULL},
};
