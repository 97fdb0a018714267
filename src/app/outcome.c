/* SPDX-License-Identifier: Apache-2.0 */
/* outcome.c - what a job came to, as events and notifications. */
#include "src/app/tidings.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { PAIR_BYTES = 400, PAIRS = 12 };

/* An event whose strings live here. */
struct draft {
    struct event event;
    char text[TIDING_TEXT_BYTES];
    char pair[PAIRS][PAIR_BYTES];
};

static void put(struct draft *d, const char *key, const char *value)
{
    if (d->event.pairs == PAIRS || value == NULL || value[0] == '\0')
        return;
    char *at = d->pair[d->event.pairs];
    snprintf(at, PAIR_BYTES, "%s=%.360s", key, value);
    d->event.pair[d->event.pairs++] = at;
}

static void put_number(struct draft *d, const char *key, int64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)n);
    put(d, key, text);
}

static void put_time(struct draft *d, const char *key, int64_t at)
{
    char text[21];
    if (at == 0)
        return;
    text_time(at, text);
    put(d, key, text);
}

static void begin(struct draft *d, enum event_id id, const char *name)
{
    memset(d, 0, sizeof(*d));
    d->event.id = id;
    d->event.text = d->text;
    put(d, "name", name);
}

static void put_certificate(struct draft *d, const struct job_result *r)
{
    put(d, "sha256", r->sha256);
    put_time(d, "not_after", r->not_after);
}

/* ---- failures ---- */

enum event_id outcome_failure_event(const struct err *err)
{
    switch (err->code) {
    case ERR_POSTPONED:
        return EVENT_POSTPONED;
    case ERR_ROLLED_BACK:
        return EVENT_ROLLED_BACK;
    case ERR_STRANDED:
        return EVENT_STRANDED;
    default:
        return EVENT_FAILED;
    }
}

/* Not the text: it may hold times, numbers and addresses that change with every try. */
void outcome_class(const struct err *err, char out[ALERT_CLASS_BYTES])
{
    snprintf(out, ALERT_CLASS_BYTES, "%s%s%s", err_code_name(err->code),
             err->problem[0] != '\0' ? "/" : "", err->problem);
}

static void draft_failure(struct draft *d, const struct job_result *r)
{
    const struct err *e = &r->err;
    begin(d, outcome_failure_event(e), r->conf->name);
    snprintf(d->text, sizeof(d->text), "%s: %s%s%s", r->conf->name, e->text,
             e->hint[0] != '\0' ? "; " : "", e->hint);
    put_number(d, "exit_code", err_exit_code(e));
    put(d, "problem", e->problem);
    put_number(d, "failures", r->failures);
    if (e->code != ERR_STRANDED) /* what was left halfway is tried by each run, whatever waits */
        put_time(d, "next", r->next_s);
    put_certificate(d, r);
    if (r->outage_ms >= 0)
        put_number(d, "outage_ms", r->outage_ms);
}

static void tell_failure(struct tidings *t, const struct job_result *r)
{
    struct draft d;
    char class[ALERT_CLASS_BYTES];
    const struct err *e = &r->err;
    bool failing_before = e->code == ERR_POSTPONED && r->failures > 0;
    if (failing_before) /* the try that failed was told; this one was none */
        return;
    draft_failure(&d, r);
    outcome_class(e, class);
    struct trouble what = {.name = r->conf->name,
                           .what = e->code == ERR_POSTPONED ? "postponed" : "failure",
                           .class = class,
                           .kind = e->code == ERR_POSTPONED ? TIDING_SILENT : TIDING_FAILURE,
                           .id = d.event.id,
                           .event = &d.event};
    tidings_trouble(t, &what);
}

/* ---- success ---- */

static void tell_issued(struct tidings *t, const struct job_result *r)
{
    struct draft d;
    bool only = !r->deployed && r->conf->deploy.target == CONF_TARGET_NONE;
    begin(&d, EVENT_ISSUED, r->conf->name);
    snprintf(d.text, sizeof(d.text), "%s: a new certificate was issued.", r->conf->name);
    put_certificate(&d, r);
    put_time(&d, "next", r->next_s);
    tidings_fact(t, only ? TIDING_DEPLOY : TIDING_SILENT, r->conf->name, &d.event);
}

static void tell_deployed(struct tidings *t, const struct job_result *r)
{
    struct draft d;
    bool back = r->action == ACTION_ROLLED_BACK;
    begin(&d, back ? EVENT_ROLLED_BACK_BY_HAND : EVENT_DEPLOYED, r->conf->name);
    snprintf(d.text, sizeof(d.text), "%s: %s%s.", r->conf->name,
             back ? "the certificate before was put back by hand" : "the certificate was deployed",
             r->proven ? " and proven from the wire" : ", NOT proven from the wire");
    put_certificate(&d, r);
    put(&d, "proven", r->proven ? "true" : "false");
    put(&d, "restarted", r->restarted ? "true" : "false");
    if (r->outage_ms >= 0)
        put_number(&d, "outage_ms", r->outage_ms);
    tidings_fact(t, TIDING_DEPLOY, r->conf->name, &d.event);
}

static void tell_held(struct tidings *t, const struct job_result *r)
{
    struct draft d;
    begin(&d, EVENT_HELD, r->conf->name);
    snprintf(d.text, sizeof(d.text), "%s: %s", r->conf->name, r->note);
    put_certificate(&d, r);
    put_time(&d, "until", r->next_s);
    tidings_fact(t, TIDING_SILENT, r->conf->name, &d.event);
}

static void tell_recovered(struct tidings *t, const struct job_result *r)
{
    static const char *const troubles[] = {"failure", "postponed"};
    struct draft d;
    begin(&d, EVENT_RECOVERED, r->conf->name);
    snprintf(d.text, sizeof(d.text), "%s: works again.", r->conf->name);
    put_number(&d, "failures", r->failures_before);
    put_certificate(&d, r);
    for (size_t i = 0; i < 2; i++) {
        struct trouble none = {.name = r->conf->name,
                               .what = troubles[i],
                               .kind = i == 0 ? TIDING_FAILURE : TIDING_SILENT,
                               .event = &d.event};
        tidings_trouble(t, &none);
    }
}

/* ---- what is served ---- */

void tidings_expiry(struct tidings *t, const char *name, const struct deadman_served *s)
{
    struct draft d;
    int64_t now = clock_now(t->app->clock);
    enum event_id id = deadman_expiry(s, now);
    char until[21];
    const struct event_info *info = event_find(id);
    begin(&d, id, name);
    if (s->until == 0)
        return; /* nothing is known: neither trouble nor its end */
    text_time(s->until, until);
    long long hours = (long long)((s->until - now) / 3600);
    if (id == EVENT_EXPIRED)
        snprintf(d.text, sizeof(d.text),
                 "%s: the certificate that clients are served EXPIRED at %s.", name, until);
    else
        snprintf(d.text, sizeof(d.text),
                 "%s: the certificate that clients are served ends at %s, in %lld %s.", name, until,
                 hours >= 48 ? hours / 24 : hours, hours >= 48 ? "days" : "hours");
    put_time(&d, "served_until", s->until);
    put_number(&d, "hours_left", hours);
    struct trouble what = {.name = name,
                           .what = "expiry",
                           .class = info != NULL ? info->word : NULL,
                           .kind = TIDING_EXPIRY,
                           .id = id,
                           .event = info != NULL ? &d.event : NULL};
    tidings_trouble(t, &what);
}

void tidings_outcome(struct tidings *t, const struct job_result *r, enum job_wish wish)
{
    if (wish == JOB_DRY_RUN || wish == JOB_REHEARSE)
        return;
    if (r->issued)
        tell_issued(t, r);
    if (r->deployed)
        tell_deployed(t, r);
    if (r->action == ACTION_HELD && r->news)
        tell_held(t, r);
    bool left = r->held_back && r->action == ACTION_POSTPONED; /* neither trouble nor its end */
    if (err_is_set(&r->err) && !left)
        tell_failure(t, r);
    else if (!left)
        tell_recovered(t, r);
    if (wish == JOB_RUN)
        tidings_expiry(t, r->conf->name, &r->served);
}
