/* SPDX-License-Identifier: Apache-2.0 */
/* `probe --watch`: an availability log. */
#include "src/app/doc.h"
#include "src/app/probe_cmd.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct watcher {
    const struct show *out;
    int64_t begun_s;
};

static void ask(void *user, struct sstp_probe_result *out, const struct sstp_probe_options *o)
{
    (void)user;
    sstp_probe(out, o);
}

static void stamp(const struct watcher *w, int64_t at_ms, char out[64])
{
    char when[21];
    text_time(w->begun_s + at_ms / 1000, when);
    snprintf(out, 64, "%s  +%lld.%03d s", when, (long long)(at_ms / 1000), (int)(at_ms % 1000));
}

static void tell(void *user, const struct watch_log *log, const struct watch_sample *s,
                 unsigned events)
{
    const struct watcher *w = user;
    char at[64], took[32], hex[2 * SHA256_BYTES + 1];
    stamp(w, s->at_ms, at);
    if ((events & WATCH_FIRST) && s->ok)
        show_text(w->out, "%s  up\n", at);
    if (events & WATCH_UP) {
        show_duration(log->now.ms, took);
        show_styled(w->out, SHOW_GOOD, "%s  up again after %s\n", at, took);
    }
    if (events & WATCH_DOWN)
        show_styled(w->out, SHOW_BAD, "%s  DOWN %s\n", at, s->code);
    if (events & WATCH_KIND)
        show_styled(w->out, SHOW_WARN, "%s  still down, now %s\n", at, s->code);
    if (events & WATCH_CERT) {
        text_hex(s->sha256, SHA256_BYTES, hex);
        show_text(w->out, "%s  another certificate: sha256 %s\n", at, hex);
    }
}

static void show_summary(const struct show *out, const struct watch_log *log, int64_t period_ms)
{
    char longest[32], total[32];
    show_duration(log->longest_ms, longest);
    show_duration(log->total_ms, total);
    show_styled(out, log->outages > 0 ? SHOW_BAD : SHOW_GOOD,
                "%llu questions, %llu failed, %llu outage%s, longest %s, together %s (accuracy "
                "%d ms)%s\n",
                (unsigned long long)log->questions, (unsigned long long)log->failed,
                (unsigned long long)log->outages, log->outages == 1 ? "" : "s", longest, total,
                (int)period_ms, log->changes > 0 ? "; the certificate changed" : "");
}

static struct json *document(const struct watch_log *log, const struct watcher *w,
                             int64_t period_ms, int code, const struct err *verdict)
{
    struct json *doc = doc_new("probe", code, verdict), *o = json_new_object(),
                *outages = json_new_array();
    for (size_t i = 0; i < log->outages && i < WATCH_MAX_OUTAGES; i++) {
        struct json *one = json_new_object();
        json_put_time(one, "at", w->begun_s + log->outage[i].at_ms / 1000);
        json_put_integer(one, "at_ms", log->outage[i].at_ms);
        json_put_integer(one, "ms", log->outage[i].ms);
        json_put_string(one, "code", log->outage[i].code);
        json_append(outages, one);
    }
    json_put_time(o, "begun", w->begun_s);
    json_put_integer(o, "period_ms", period_ms);
    json_put_integer(o, "questions", (int64_t)log->questions);
    json_put_integer(o, "failed", (int64_t)log->failed);
    json_put_integer(o, "outage_count", (int64_t)log->outages);
    json_put(o, "outages", outages);
    json_put_integer(o, "longest_ms", log->longest_ms);
    json_put_integer(o, "outage_ms", log->total_ms);
    json_put_integer(o, "certificate_changes", (int64_t)log->changes);
    json_put(doc, "watch", o);
    return doc;
}

/* The address that is watched: the one given, else the first that takes a connection. */
static int choose_address(const struct probe_input *in, const struct survey_options *o,
                          struct net_addr *out, struct err *err)
{
    struct net_addr all[SURVEY_MAX_ADDRESSES];
    size_t n = 0;
    if (in->has_address) {
        *out = in->address;
        return 0;
    }
    struct err ignored = {0};
    if (net_addr_parse(out, o->host, o->port, &ignored) == 0)
        return 0;
    if (net_resolve(o->host, o->port, all, SURVEY_MAX_ADDRESSES, &n, err) != 0)
        return -1;
    *out = all[0];
    for (size_t i = 0; i < n; i++) {
        struct net_socket *s = NULL;
        struct err closed = {0};
        if (net_tcp_connect(&s, &all[i], clock_ms(o->clock) + WATCH_TIMEOUT_MS, &closed) != 0)
            continue;
        net_close(s);
        *out = all[i];
        break;
    }
    return 0;
}

int probe_watch(struct app *app, const struct probe_input *in, const struct survey_options *o)
{
    struct watch_log *log = calloc(1, sizeof(*log));
    struct watcher w = {&app->out, clock_now(o->clock)};
    struct sstp_probe_options q = {.clock = o->clock, .host = o->host};
    struct net_addr none;
    struct err err = {0}, ignored = {0};
    char where[72];
    int code;
    if (log == NULL)
        err_set(&err, ERR_FAIL, "probe: out of memory");
    else if (choose_address(in, o, &q.addr, &err) == 0) {
        bool by_address = net_addr_parse(&none, o->host, 1, &ignored) == 0;
        q.server_name = o->no_sni || by_address ? NULL : o->host;
        net_addr_text(&q.addr, where);
        show_text(&app->out, "watching %s as %s: GET of the SSTP URL every %d ms%s\n", where,
                  o->host, (int)app->args->watch_ms,
                  app->args->for_ms == 0 ? "; Ctrl-C ends it" : "");
        watch_run(log, &(struct watch_options){.clock = o->clock,
                                               .probe = &q,
                                               .period_ms = app->args->watch_ms,
                                               .for_ms = app->args->for_ms,
                                               .interrupted = os_interrupted,
                                               .ask = ask,
                                               .event = tell,
                                               .user = &w});
        show_summary(&app->out, log, app->args->watch_ms);
        if (log->outages > 0)
            err_set(&err, ERR_CHECK, "%s: %llu outage(s), %lld ms together", o->host,
                    (unsigned long long)log->outages, (long long)log->total_ms);
    }
    code = err_is_set(&err) ? err_exit_code(&err) : 0;
    if (err_is_set(&err) && err.code != ERR_CHECK)
        show_error(&app->out, NULL, &err);
    if (app->args->json)
        doc_print(log != NULL && log->questions > 0
                      ? document(log, &w, app->args->watch_ms, code, &err)
                      : doc_new("probe", code, &err));
    free(log);
    return code;
}
