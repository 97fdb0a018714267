/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/tidings.h"
#include "test.h"

#include <string.h>

enum { HOUR = 3600, T0 = 1800000000 };

static int64_t now_s(void *user)
{
    return *(int64_t *)user;
}

/* The same state folder from one run to the next. */
struct site {
    struct app app;
    struct clock clock;
    int64_t now;
    struct tidings t;
};

static void site_open(struct test *t, struct site *s)
{
    *s = (struct site){.now = T0};
    s->clock = (struct clock){.now_s = now_s, .user = &s->now};
    s->app.clock = &s->clock;
    s->app.state_dir = (char *)(size_t)test_dir(t);
}

static void run_begins(struct test *t, struct site *s)
{
    struct err err = {0};
    CHECK_INT(tidings_open(&s->t, &s->app, ALERTS_FILE, &err), 0);
}

/* What a message that got through notes. */
static void all_told(struct site *s)
{
    for (size_t i = 0; i < s->t.n; i++)
        if (s->t.v[i].key[0] != '\0')
            alerts_find(&s->t.alerts, s->t.v[i].key)->told_at = s->now;
    s->t.alerts.changed = true;
}

static void trouble(struct site *s, const char *class)
{
    struct event e = {.text = class != NULL ? "vpn: fails" : "vpn: works again."};
    struct trouble what = {.name = "vpn",
                           .what = "failure",
                           .class = class,
                           .kind = TIDING_FAILURE,
                           .id = EVENT_FAILED,
                           .event = &e};
    tidings_trouble(&s->t, &what);
}

static void from_the_first_failure_to_its_end(struct test *t)
{
    static const struct {
        const char *what;
        int64_t after_s;
        const char *class; /* NULL = success */
        bool by_hand, delivered;
        size_t tidings;
        enum tiding_kind kind;
        int64_t since;
    } runs[] = {
        {"success before any trouble", 0, NULL, false, true, 0, TIDING_SILENT, 0},
        {"by hand: somebody sees it", HOUR, "net", true, true, 0, TIDING_SILENT, 0},
        {"the first scheduled run", HOUR, "net", false, false, 1, TIDING_FAILURE, T0 + HOUR},
        {"it was not delivered", HOUR, "net", false, true, 1, TIDING_FAILURE, T0 + HOUR},
        {"an hour later", HOUR, "net", false, true, 0, TIDING_SILENT, 0},
        {"a day later", 23 * HOUR, "net", false, true, 1, TIDING_FAILURE, T0 + HOUR},
        {"another one", HOUR, "ca/rateLimited", false, true, 1, TIDING_FAILURE, T0 + HOUR},
        {"its end", HOUR, NULL, false, true, 1, TIDING_RECOVERY, 0},
        {"and again success", HOUR, NULL, false, true, 0, TIDING_SILENT, 0},
        {"a new one", HOUR, "net", false, false, 1, TIDING_FAILURE, 0},
        {"whose end nobody needs: it was never delivered", HOUR, NULL, false, true, 0,
         TIDING_SILENT, 0},
    };
    struct site s;
    site_open(t, &s);
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        s.now += runs[i].after_s;
        run_begins(t, &s);
        s.t.by_hand = runs[i].by_hand;
        trouble(&s, runs[i].class);
        bool good = CHECK_INT(s.t.n, runs[i].tidings);
        if (good && s.t.n > 0)
            good =
                CHECK_INT(s.t.v[0].kind, runs[i].kind) && CHECK_INT(s.t.v[0].since, runs[i].since);
        if (!good)
            CHECK_STR("", runs[i].what);
        if (runs[i].delivered)
            all_told(&s);
        tidings_close(&s.t);
    }
}

/* What was left halfway is tried again by each run. */
static void a_stranded_gateway_is_told_once_a_day(struct test *t)
{
    struct conf conf = {.name = (char *)(size_t) "vpn"};
    struct job_result r = {.conf = &conf,
                           .action = ACTION_FAILED,
                           .outage_ms = -1,
                           .failures = 1,
                           .next_s = T0 + HOUR};
    struct site s;
    size_t told = 0;
    err_set(&r.err, ERR_STRANDED, "the rollback failed, each run tries it again: no");
    site_open(t, &s);
    for (int hour = 0; hour < 46; hour++, s.now += HOUR) {
        run_begins(t, &s);
        tidings_outcome(&s.t, &r, JOB_RUN);
        told += s.t.n;
        if (s.t.n > 0) {
            CHECK_INT(hour % 23, 0);
            CHECK_INT(s.t.v[0].id, EVENT_STRANDED);
            CHECK_STR(s.t.v[0].text, "vpn: the rollback failed, each run tries it again: no");
        }
        all_told(&s);
        r.failures++;
        tidings_close(&s.t);
    }
    CHECK_INT(told, 2);
}

static void what_is_served(struct test *t)
{
    struct deadman_served s90 = {.from = T0, .until = T0 + 90 * 24 * HOUR};
    struct site s;
    site_open(t, &s);
    s.now = s90.until - 5 * 24 * HOUR;
    run_begins(t, &s);
    tidings_expiry(&s.t, "vpn", &s90);
    CHECK_INT(s.t.n, 1);
    CHECK_INT(s.t.v[0].id, EVENT_EXPIRY_TENTH);
    CHECK(strstr(s.t.v[0].text, "in 5 days") != NULL);
    all_told(&s);
    tidings_expiry(&s.t, "vpn", &(struct deadman_served){0}); /* not known: neither news nor end */
    tidings_expiry(&s.t, "vpn", &s90);
    CHECK_INT(s.t.n, 1);
    s.now = s90.until;
    tidings_expiry(&s.t, "vpn", &s90);
    CHECK_INT(s.t.n, 2);
    CHECK_INT(s.t.v[1].id, EVENT_EXPIRED);
    s90.until += 90 * 24 * HOUR;
    tidings_expiry(&s.t, "vpn", &s90);
    CHECK_INT(s.t.n, 2);
    CHECK_INT(s.t.alerts.n, 0);
    tidings_close(&s.t);
}

const struct test_case suite_tidings[] = {
    {"from_the_first_failure_to_its_end", from_the_first_failure_to_its_end},
    {"a_stranded_gateway_is_told_once_a_day", a_stranded_gateway_is_told_once_a_day},
    {"what_is_served", what_is_served},
    {NULL, NULL},
};
