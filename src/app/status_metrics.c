/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text format 0.0.4: all samples of a metric stand together, below its HELP and TYPE;
 * names end in their unit. What is not known has no sample. */
#include "src/app/status_out.h"

#include "src/app/follow.h"
#include "text.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>

/* A label's value: '\', '"' and line ends are escaped; what else is unfit becomes '?'. */
static void put_label(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "%s=\"", name);
    for (size_t left = strlen(value); left > 0;) {
        bool fit;
        size_t len = text_foreign(value, left, &fit);
        if (*value == '\\' || *value == '"')
            buf_putc(b, '\\');
        if (fit)
            buf_add(b, value, len);
        else
            buf_puts(b, *value == '\n' ? "\\n" : "?");
        value += len;
        left -= len;
    }
    buf_putc(b, '"');
}

static void begin(struct buf *b, const char *metric, const char *help)
{
    buf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
}

/* label NULL = the name alone. */
static void sample(struct buf *b, const char *metric, const struct status_view *v,
                   const char *const label[2], int64_t value)
{
    buf_addf(b, "%s{", metric);
    put_label(b, "name", v->conf->name);
    if (label != NULL) {
        buf_putc(b, ',');
        put_label(b, label[0], label[1]);
    }
    buf_addf(b, "} %" PRId64 "\n", value);
}

/* ---- one number a certificate ---- */

enum { UNKNOWN = -1 };

static int64_t not_before(const struct status_view *v)
{
    return view_leaf(v) != NULL ? view_leaf(v)->not_before : UNKNOWN;
}

static int64_t not_after(const struct status_view *v)
{
    return view_leaf(v) != NULL ? view_leaf(v)->not_after : UNKNOWN;
}

static int64_t renewal(const struct status_view *v)
{
    return view_leaf(v) != NULL && v->renew.at != 0 ? v->renew.at : UNKNOWN;
}

static int64_t served_not_after(const struct status_view *v)
{
    return v->have_live ? v->live.not_after : UNKNOWN;
}

static int64_t or_unknown(int64_t t)
{
    return t != 0 ? t : UNKNOWN;
}

static int64_t deployed_at(const struct status_view *v)
{
    return or_unknown(v->state.deployed_at);
}

static int64_t verified_at(const struct status_view *v)
{
    return or_unknown(v->state.verified_at);
}

static int64_t last_at(const struct status_view *v)
{
    return or_unknown(v->state.last_at);
}

static int64_t last_success(const struct status_view *v)
{
    return or_unknown(view_last_success(v));
}

static int64_t failures(const struct status_view *v)
{
    return v->state.failures;
}

static const struct {
    const char *metric, *help;
    int64_t (*of)(const struct status_view *v);
} numbers[] = {
    {"rras_acme_certificate_not_before_timestamp_seconds",
     "When the newest certificate, held or in place, becomes valid.", not_before},
    {"rras_acme_certificate_not_after_timestamp_seconds",
     "When the newest certificate, held or in place, expires.", not_after},
    {"rras_acme_certificate_in_place_not_after_timestamp_seconds",
     "When the certificate in place expires.", served_not_after},
    {"rras_acme_certificate_renewal_timestamp_seconds", "When it is, or was, due for renewal.",
     renewal},
    {"rras_acme_deployed_timestamp_seconds", "When a certificate was last put in place.",
     deployed_at},
    {"rras_acme_verified_timestamp_seconds",
     "When it was last proven from the wire that clients are served it.", verified_at},
    {"rras_acme_last_result_timestamp_seconds", "When a run last had a result, of whatever kind.",
     last_at},
    {"rras_acme_last_success_timestamp_seconds", "When a run last succeeded in something.",
     last_success},
    {"rras_acme_failures_in_a_row", "Failed runs since the last success.", failures},
};

static void put_numbers(struct buf *b, const struct status_view *v, size_t n)
{
    for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
        begin(b, numbers[k].metric, numbers[k].help);
        for (size_t i = 0; i < n; i++)
            if (numbers[k].of(&v[i]) != UNKNOWN)
                sample(b, numbers[k].metric, &v[i], NULL, numbers[k].of(&v[i]));
    }
}

/* ---- the rest ---- */

static void put_states(struct buf *b, const struct status_view *v, size_t n)
{
    static const char state[] = "rras_acme_certificate_state";
    static const char deployed[] = "rras_acme_deployed_state";
    begin(b, state, "1 for the state the certificate is in.");
    for (size_t i = 0; i < n; i++)
        for (int s = 0; s < VIEW_STATES; s++) {
            const char *const label[] = {"state", view_state_name((enum view_state)s)};
            sample(b, state, &v[i], label, (int)v[i].word == s);
        }
    begin(b, deployed, "1 for the state of the deployment.");
    for (size_t i = 0; i < n; i++)
        for (int s = 0; s <= DEPLOYED_ROLLED_BACK; s++) {
            const char *const label[] = {"state", deployed_state_name((enum deployed_state)s)};
            sample(b, deployed, &v[i], label, (int)v[i].state.deployed == s);
        }
}

static void put_places(struct buf *b, const struct status_view *v, size_t n)
{
    static const char metric[] = "rras_acme_place_agrees";
    begin(b, metric, "1 where the machine shows the certificate in place, 0 where it does not.");
    for (size_t i = 0; i < n; i++)
        for (int p = 0; v[i].looked && p < PLACE_COUNT; p++) {
            const char *const label[] = {"place", deploy_place_name((enum deploy_place)p)};
            if (v[i].seen.place[p].state != PLACE_UNSEEN)
                sample(b, metric, &v[i], label, v[i].seen.place[p].state == PLACE_AGREES);
        }
}

static void put_outages(struct buf *b, const struct status_view *v, size_t n)
{
    static const char metric[] = "rras_acme_last_outage_seconds";
    begin(b, metric, "How long new connections were refused by the last restart of the service.");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; v[i].history != NULL && k < v[i].history->n; k++) {
            const struct past *p = &v[i].history->v[k];
            if (p->outage_ms < 0)
                continue;
            buf_addf(b, "%s{", metric);
            put_label(b, "name", v[i].conf->name);
            buf_addf(b, "} %" PRId64 ".%03d\n", p->outage_ms / 1000, (int)(p->outage_ms % 1000));
            break;
        }
}

static void put_info(struct buf *b, const struct status_view *v, size_t n)
{
    static const char metric[] = "rras_acme_certificate_info";
    begin(b, metric, "What kind of certificate it is; always 1.");
    for (size_t i = 0; i < n; i++) {
        const struct cert_info *leaf = view_leaf(&v[i]);
        buf_addf(b, "%s{", metric);
        put_label(b, "name", v[i].conf->name);
        buf_putc(b, ',');
        put_label(b, "directory", follow_wanted(v[i].conf) ? "" : v[i].conf->acme.directory);
        buf_putc(b, ',');
        put_label(b, "issuer", leaf != NULL ? leaf->issuer : "");
        buf_putc(b, ',');
        put_label(b, "key", leaf != NULL ? leaf->key : "");
        buf_puts(b, "} 1\n");
    }
}

void status_metrics(const struct status_view *v, size_t n, int64_t now, struct buf *b)
{
    begin(b, "rras_acme_build_info", "The program that wrote this; always 1.");
    buf_puts(b, "rras_acme_build_info{");
    put_label(b, "version", RRAS_ACME_VERSION);
    buf_puts(b, "} 1\n");
    begin(b, "rras_acme_written_timestamp_seconds", "When this was written.");
    buf_addf(b, "rras_acme_written_timestamp_seconds %" PRId64 "\n", now);
    put_info(b, v, n);
    put_numbers(b, v, n);
    put_states(b, v, n);
    put_places(b, v, n);
    put_outages(b, v, n);
}

static void put_one(struct buf *b, const char *metric, const char *help, bool known, int64_t value)
{
    if (!known)
        return;
    begin(b, metric, help);
    buf_addf(b, "%s %" PRId64 "\n", metric, value);
}

void status_metrics_run(const struct schedule_view *task, int64_t ended, struct buf *b)
{
    const struct schedule_state *s = &task->run;
    bool there = task->known && s->registered;
    put_one(b, "rras_acme_run_ended_timestamp_seconds",
            "When run last came to its end, for all names.", ended != 0, ended);
    put_one(b, "rras_acme_task_registered", "1 if the task that starts run is registered.",
            task->known, s->registered);
    put_one(b, "rras_acme_task_enabled", "1 if it is enabled.", there, s->enabled);
    put_one(b, "rras_acme_task_last_run_timestamp_seconds", "When it was last started.",
            there && s->last_run != 0, s->last_run);
    put_one(b, "rras_acme_task_last_result",
            "Exit code of its last run, or a code of Task Scheduler.", there && s->has_result,
            (int64_t)s->last_result);
    put_one(b, "rras_acme_task_next_run_timestamp_seconds", "When it is started next.",
            there && s->next_run != 0, s->next_run);
}
