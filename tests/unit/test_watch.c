/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/watch.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* ---- the log ---- */

static unsigned add(struct watch_log *log, int64_t at_ms, const char *code, uint8_t leaf)
{
    struct watch_sample s = {
        .at_ms = at_ms, .ok = strcmp(code, "ok") == 0, .has_leaf = leaf != 0, .sha256 = {leaf}};
    snprintf(s.code, sizeof s.code, "%s", code);
    return watch_add(log, &s);
}

static void keeps_outages(struct test *t)
{
    static const struct {
        int64_t at_ms;
        const char *code;
        uint8_t leaf;
        unsigned events;
    } samples[] = {
        {0, "ok", 1, WATCH_FIRST},
        {50, "ok", 1, 0},
        {100, "http-404", 1, WATCH_DOWN},
        {150, "http-404", 1, 0},
        {200, "tcp-refused", 0, WATCH_KIND},
        {250, "http-404", 1, WATCH_KIND},
        {300, "ok", 2, WATCH_UP | WATCH_CERT},
        {350, "tls-reset", 0, WATCH_DOWN},
        {400, "ok", 2, WATCH_UP},
        {450, "ok", 1, WATCH_CERT},
        {500, "tcp-timeout", 0, WATCH_DOWN},
    };
    struct watch_log log = {.questions = 0};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        if (!CHECK_INT(add(&log, samples[i].at_ms, samples[i].code, samples[i].leaf),
                       samples[i].events))
            CHECK_INT(i, -1);
    watch_end(&log, 900);
    CHECK_INT(log.questions, 11);
    CHECK_INT(log.failed, 6);
    CHECK_INT(log.changes, 2);
    REQUIRE(log.outages == 3);
    CHECK_INT(log.outage[0].at_ms, 100);
    CHECK_INT(log.outage[0].ms, 200);
    CHECK_STR(log.outage[0].code, "http-404");
    CHECK_INT(log.outage[1].ms, 50);
    CHECK_STR(log.outage[1].code, "tls-reset");
    CHECK_INT(log.outage[2].ms, 400); /* not over: to the end */
    CHECK_INT(log.longest_ms, 400);
    CHECK_INT(log.total_ms, 650);
}

static void counts_beyond_what_it_keeps(struct test *t)
{
    struct watch_log log = {.questions = 0};
    for (int i = 0; i < WATCH_MAX_OUTAGES + 10; i++) {
        add(&log, 20 * i, "tcp-refused", 0);
        add(&log, 20 * i + 10, "ok", 0);
    }
    watch_end(&log, 100000);
    CHECK_INT(log.outages, WATCH_MAX_OUTAGES + 10);
    CHECK_INT(log.total_ms, 10 * (WATCH_MAX_OUTAGES + 10));
}

/* ---- the driver ---- */

/* A clock that moves only when somebody waits, and a listener that needs time. */
struct scene {
    int64_t now_ms;
    int64_t asked_at_ms[64];
    size_t asked, events;
    int64_t took_ms[64];
    int64_t limit_ms;
};

static int64_t scene_ms(void *user)
{
    const struct scene *s = user;
    return s->now_ms;
}

static void scene_sleep(void *user, int64_t ms)
{
    struct scene *s = user;
    s->now_ms += ms;
}

static void scene_ask(void *user, struct sstp_probe_result *out, const struct sstp_probe_options *o)
{
    struct scene *s = user;
    size_t i = s->asked++;
    memset(out, 0, sizeof *out);
    s->asked_at_ms[i] = s->now_ms;
    s->limit_ms = o->timeout_ms;
    s->now_ms += s->took_ms[i];
    bool ok = s->took_ms[i] < o->timeout_ms && o->method == SSTP_GET;
    out->stage[SSTP_STAGE_HTTP].tried = true;
    out->stage[SSTP_STAGE_HTTP].ok = ok;
    snprintf(out->stage[SSTP_STAGE_HTTP].code, 24, "%s", ok ? "http-ok" : "http-timeout");
}

static void scene_event(void *user, const struct watch_log *log, const struct watch_sample *s,
                        unsigned events)
{
    struct scene *scene = user;
    (void)log;
    (void)s;
    (void)events;
    scene->events++;
}

static bool never(void)
{
    return false;
}

static void keeps_its_schedule(struct test *t)
{
    static const int64_t due_ms[] = {1000, 1050, 1100, 1200, 3250, 3300};
    struct scene scene = {.now_ms = 1000, .took_ms = {3, 49, 51, 2010, 0, 20}};
    struct clock clock = {.monotonic_ms = scene_ms, .sleep_ms = scene_sleep, .user = &scene};
    struct sstp_probe_options probe = {.clock = &clock};
    struct watch_log log;
    watch_run(&log, &(struct watch_options){.clock = &clock,
                                            .probe = &probe,
                                            .period_ms = 50,
                                            .for_ms = 2350,
                                            .interrupted = never,
                                            .ask = scene_ask,
                                            .event = scene_event,
                                            .user = &scene});
    REQUIRE(scene.asked == sizeof due_ms / sizeof due_ms[0]);
    for (size_t i = 0; i < scene.asked; i++)
        CHECK_INT(scene.asked_at_ms[i], due_ms[i]);
    CHECK_INT(scene.limit_ms, WATCH_TIMEOUT_MS);
    CHECK_INT(log.outages, 1);
    CHECK_INT(log.total_ms, 2050); /* from the question that failed to the one that did not */
    CHECK_INT(scene.events, 3);
}

const struct test_case suite_watch[] = {
    {"keeps_outages", keeps_outages},
    {"counts_beyond_what_it_keeps", counts_beyond_what_it_keeps},
    {"keeps_its_schedule", keeps_its_schedule},
    {NULL, NULL},
};
