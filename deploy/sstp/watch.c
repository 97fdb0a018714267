/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/watch.h"

#include <stdio.h>
#include <string.h>

static void keep_outage(struct watch_log *log)
{
    if (log->outages < WATCH_MAX_OUTAGES)
        log->outage[log->outages] = log->now;
    log->outages++;
    log->total_ms += log->now.ms;
    if (log->now.ms > log->longest_ms)
        log->longest_ms = log->now.ms;
}

static unsigned take_state(struct watch_log *log, const struct watch_sample *s)
{
    unsigned events = 0;

    if (s->ok && log->down) {
        log->down = false;
        log->kind[0] = '\0';
        log->now.ms = s->at_ms - log->now.at_ms;
        keep_outage(log);
        return WATCH_UP;
    }
    if (s->ok)
        return 0;
    log->failed++;
    if (!log->down) {
        log->down = true;
        log->now = (struct watch_outage){.at_ms = s->at_ms};
        snprintf(log->now.code, sizeof log->now.code, "%s", s->code);
        events = WATCH_DOWN;
    } else if (strcmp(log->kind, s->code) != 0) {
        events = WATCH_KIND;
    }
    snprintf(log->kind, sizeof log->kind, "%s", s->code);
    log->now.ms = s->at_ms - log->now.at_ms;
    return events;
}

unsigned watch_add(struct watch_log *log, const struct watch_sample *s)
{
    unsigned events = log->questions++ == 0 ? WATCH_FIRST : 0;

    events |= take_state(log, s);
    if (s->has_leaf) {
        if (log->has_leaf && memcmp(log->sha256, s->sha256, SHA256_BYTES) != 0) {
            log->changes++;
            events |= WATCH_CERT;
        }
        log->has_leaf = true;
        memcpy(log->sha256, s->sha256, SHA256_BYTES);
    }
    log->last_ms = s->at_ms;
    return events;
}

void watch_end(struct watch_log *log, int64_t at_ms)
{
    if (!log->down)
        return;
    log->now.ms = at_ms - log->now.at_ms;
    keep_outage(log);
}

static void ask(struct watch_sample *s, const struct watch_options *o, int64_t limit_ms)
{
    struct sstp_probe_options q = *o->probe;
    struct sstp_probe_result r = {0};
    const struct sstp_stage_result *bad;

    q.method = SSTP_GET;
    q.last = SSTP_STAGE_HTTP;
    q.timeout_ms = limit_ms;
    o->ask(o->user, &r, &q);
    bad = sstp_probe_failed(&r);
    s->ok = r.stage[SSTP_STAGE_HTTP].ok;
    snprintf(s->code, sizeof s->code, "%s", bad ? bad->code : "ok");
    s->has_leaf = r.has_leaf;
    memcpy(s->sha256, r.leaf.sha256, SHA256_BYTES);
    sstp_probe_clear(&r);
}

void watch_run(struct watch_log *log, const struct watch_options *o)
{
    int64_t begun_ms = clock_ms(o->clock), at_ms = 0;
    int64_t limit_ms = o->period_ms > WATCH_TIMEOUT_MS ? o->period_ms : WATCH_TIMEOUT_MS;

    memset(log, 0, sizeof *log);
    while (!o->interrupted() && (o->for_ms == 0 || at_ms < o->for_ms)) {
        struct watch_sample s = {.at_ms = clock_ms(o->clock) - begun_ms};
        unsigned events;
        ask(&s, o, limit_ms);
        if (o->interrupted() && !s.ok)
            break; /* an interrupt may have cut it short */
        events = watch_add(log, &s);
        if (events)
            o->event(o->user, log, &s, events);
        at_ms = clock_ms(o->clock) - begun_ms;
        clock_sleep(o->clock, o->period_ms - at_ms % o->period_ms);
        at_ms = clock_ms(o->clock) - begun_ms;
    }
    watch_end(log, clock_ms(o->clock) - begun_ms);
}
