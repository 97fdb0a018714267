/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include "drive.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static bool is_one_of(uint32_t id, const uint32_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == id)
            return true;
    return false;
}

bool event_names_port(const struct log_event *e, int port)
{
    char wanted[16];
    size_t len = (size_t)snprintf(wanted, sizeof wanted, ":%d", port);

    for (const char *p = e->text; (p = strstr(p, wanted)) != NULL; p += len)
        if (p[len] < '0' || p[len] > '9')
            return true;
    return false;
}

bool event_names_service(const struct log_event *e, const struct event_scope *scope)
{
    for (size_t i = 0; i < scope->services; i++)
        if (scope->service[i].display[0] && strstr(e->text, scope->service[i].display))
            return true;
    return false;
}

enum event_weight event_weigh(const struct log_event *e, const struct event_scope *scope)
{
    static const uint32_t sstp[] = {7, 8, 9, 10, 11, 12, 13, 17, 18, 19, 20, 21, 22, 24, 25, 32};
    static const uint32_t scm[] = {7024, 7031, 7034};
    enum { V6_NOT_BOUND = 13 };
    bool counts = false;
    bool is_sstp =
        strcmp(e->provider, NAME_LOG_SSTP) == 0 || strcmp(e->provider, NAME_LOG_SSTP_LONG) == 0;

    if (is_sstp)
        counts = is_one_of(e->id, sstp, sizeof sstp / sizeof sstp[0]);
    else if (strcmp(e->provider, NAME_LOG_HTTP) == 0)
        counts = e->id == 15021 && event_names_port(e, scope->port);
    else if (strcmp(e->provider, NAME_LOG_SCM) == 0)
        counts = is_one_of(e->id, scm, sizeof scm / sizeof scm[0]) && event_names_service(e, scope);
    else if (strcmp(e->provider, NAME_LOG_SCHANNEL) == 0 && e->id == 36870)
        return EVENT_WARNS;
    if (counts && scope->no_v6 && is_sstp && e->id == V6_NOT_BOUND)
        return EVENT_WARNS;
    return counts ? EVENT_FAILS : EVENT_IS_NOTHING;
}

/* ---- the driver ---- */

static void note_unreadable(const struct session *s, const struct err *e)
{
    log_info(s->env->log, "%s: %s: what it says about the restart is not known", s->conf->name,
             e->text);
}

void events_begin(struct session *s)
{
    const struct target *t = s->ports->target;
    struct err e = {0};

    s->event_mark = 0;
    s->marked = t->events_mark(t->self, &s->event_mark, &e) == 0;
    if (!s->marked)
        note_unreadable(s, &e);
}

static void read_new(struct session *s, struct log_events *out)
{
    const struct target *t = s->ports->target;
    struct err e = {0};

    out->n = 0;
    if (s->marked && t->events_since(t->self, s->event_mark, out, &e) != 0) {
        out->n = 0;
        note_unreadable(s, &e);
    }
}

static struct event_scope scope_of(const struct session *s)
{
    return (struct event_scope){.port = s->journal.port,
                                .service = s->service,
                                .services = SERVICE_COUNT,
                                .no_v6 = s->no_v6};
}

int events_prove(struct session *s, struct err *err)
{
    struct event_scope scope = scope_of(s);
    struct log_events seen;

    read_new(s, &seen);
    for (size_t i = 0; i < seen.n; i++) {
        const struct log_event *e = &seen.of[i];
        enum event_weight w = event_weigh(e, &scope);
        if (w == EVENT_FAILS)
            return err_set(err, ERR_FAIL, "since the restart there is %s event %lu: %s",
                           e->provider, (unsigned long)e->id, e->text);
        if (w == EVENT_WARNS)
            log_warn(s->env->log, "%s: since the restart there is %s event %lu: %s", s->conf->name,
                     e->provider, (unsigned long)e->id, e->text);
    }
    return 0;
}

void events_explain(struct session *s, struct err *err)
{
    struct event_scope scope = scope_of(s);
    size_t used = strlen(err->text);
    struct log_events seen;

    read_new(s, &seen);
    for (size_t i = 0; i < seen.n; i++) {
        const struct log_event *e = &seen.of[i];
        if (event_weigh(e, &scope) == EVENT_IS_NOTHING)
            continue;
        snprintf(err->text + used, sizeof err->text - used, " (%s event %lu: %.200s)", e->provider,
                 (unsigned long)e->id, e->text);
        return;
    }
}
