/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/notify.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 24 * 3600 };
_Static_assert((int)ALERT_CHANNELS == (int)CONF_NOTIFY_MAX, "a count for each channel");

/* A channel that does not work is told to the event log, once a day. */
static void tell_channel(struct tidings *t, size_t channel, const char *label,
                         const struct err *err)
{
    char name[32], text[1400], pair[360];
    snprintf(name, sizeof(name), "notify[%zu]", channel);
    snprintf(text, sizeof(text), "%s: a notification was not delivered: %s", name,
             err_is_set(err) ? err->text : "");
    snprintf(pair, sizeof(pair), "channel=%s", label);
    struct event e = {.id = EVENT_NOTIFY_FAILED, .text = text, .pair = {pair}, .pairs = 1};
    struct trouble what = {.name = name,
                           .what = "notify",
                           .class = err_is_set(err) ? err_code_name(err->code) : NULL,
                           .kind = TIDING_SILENT,
                           .id = EVENT_NOTIFY_FAILED,
                           .event = &e};
    if (err_is_set(err))
        log_warn(&t->app->log, "%s", text);
    tidings_trouble(t, &what);
}

/* What lasts was told; it is told again when a day has gone by. */
static void note_told(struct tidings *t, unsigned wants, int64_t now)
{
    for (size_t i = 0; i < t->n; i++) {
        struct alert *a = t->v[i].key[0] != '\0' && ((unsigned)t->v[i].kind & wants) != 0
                              ? alerts_find(&t->alerts, t->v[i].key)
                              : NULL;
        if (a != NULL)
            a->told_at = now;
    }
    t->alerts.changed = true;
}

static void send_one(struct tidings *t, size_t channel, struct notice *m)
{
    const struct conf_notify *n = &t->app->confs.notify[channel];
    int64_t day = m->now / DAY_S;
    struct err err = {0};
    char label[320];
    m->wants = notify_wants(n);
    if (notice_count(m) == 0)
        return;
    int left = notify_left(n, &t->alerts, channel, day);
    if (left == 0) {
        notify_label(n, NULL, label);
        log_info(&t->app->log, "notify[%zu] %s: nothing more on this day (max_per_day)", channel,
                 label);
        return;
    }
    m->last_of_day = left == 1;
    if (t->alerts.day != day) {
        memset(t->alerts.sent, 0, sizeof(t->alerts.sent));
        t->alerts.day = day;
    }
    t->alerts.sent[channel]++; /* also when it fails: a peer that takes and then breaks */
    if (notify_channel(t->app, n, m, label, &err) == 0)
        note_told(t, m->wants, m->now);
    tell_channel(t, channel, label, &err);
}

void notify_send(struct tidings *t)
{
    char host[256];
    if (t->n == 0 || t->app->confs.notify_count == 0)
        return;
    os_host_name(host, sizeof(host));
    struct notice m = {.v = t->v, .n = t->n, .host = host, .now = clock_now(t->app->clock)};
    for (size_t i = 0; i < t->app->confs.notify_count; i++)
        send_one(t, i, &m);
}
