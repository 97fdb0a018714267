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

/* They have got it. What lasts is told again when a day has gone by. */
static void note_told(struct tidings *t, unsigned channel, int64_t now)
{
    for (size_t i = 0; i < t->n; i++) {
        if ((t->v[i].channels & channel) == 0)
            continue;
        struct alert *a = t->v[i].key[0] != '\0' ? alerts_find(&t->alerts, t->v[i].key) : NULL;
        t->v[i].channels &= ~channel;
        if (a != NULL)
            a->told_at = now;
    }
}

/* Not for a channel that has failed just now, unless there is something new. */
static bool is_time(const struct tidings *t, size_t channel, int64_t now)
{
    int64_t oldest = now;
    for (size_t i = 0; i < t->n; i++) {
        if ((t->v[i].channels & 1U << channel) == 0)
            continue;
        if (t->v[i].at == 0)
            return true;
        oldest = t->v[i].at < oldest ? t->v[i].at : oldest;
    }
    return outbox_due(oldest, t->alerts.outbox.tried_at[channel], now);
}

static void send_one(struct tidings *t, size_t channel, struct notice *m)
{
    const struct conf_notify *n = &t->app->confs.notify[channel];
    int64_t day = m->now / DAY_S;
    struct err err = {0};
    char label[320];
    m->wants = notify_wants(n);
    m->channel = 1U << channel;
    if (notice_count(m) == 0 || !is_time(t, channel, m->now))
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
        note_told(t, m->channel, m->now);
    t->alerts.outbox.tried_at[channel] = err_is_set(&err) ? m->now : 0;
    tell_channel(t, channel, label, &err);
}

/* Who is to get it: of what is new those who want it, of the rest those of them who wait. */
static void address(struct tidings *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct tiding *v = &t->v[i];
        unsigned wanted = 0;
        for (size_t c = 0; c < t->app->confs.notify_count; c++)
            if ((notify_wants(&t->app->confs.notify[c]) & (unsigned)v->kind) != 0)
                wanted |= 1U << c;
        v->channels = v->at == 0 || v->again ? wanted : v->channels & wanted;
    }
}

static void keep_rest(struct tidings *t, int64_t now)
{
    const struct tiding *first;
    size_t given_up;
    char text[1400];
    outbox_fill(&t->alerts.outbox, t->v, t->n, now, &given_up, &first);
    t->alerts.changed = true;
    if (given_up == 0)
        return;
    snprintf(text, sizeof(text),
             "%zu notification%s could not be delivered for three days, or %s too many: given up; "
             "the first: %.1000s",
             given_up, given_up == 1 ? "" : "s", given_up == 1 ? "was one" : "were", first->text);
    struct event e = {.id = EVENT_NOTIFY_FAILED, .text = text};
    log_warn(&t->app->log, "%s", text);
    event_write(&e, &t->app->log);
}

void notify_send(struct tidings *t)
{
    char host[256];
    if ((t->n == 0 && t->alerts.outbox.n == 0) || t->app->confs.notify_count == 0)
        return;
    if (!outbox_move_to(&t->alerts.outbox, &t->v, &t->n))
        return;
    os_host_name(host, sizeof(host));
    address(t);
    struct notice m = {.v = t->v, .n = t->n, .host = host, .now = clock_now(t->app->clock)};
    for (size_t i = 0; i < t->app->confs.notify_count; i++)
        send_one(t, i, &m);
    keep_rest(t, m.now);
}
