/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/tidings.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tidings_open(struct tidings *t, struct app *app, const char *file, struct err *err)
{
    *t = (struct tidings){.app = app};
    if (os_path_join(&t->path, app->state_dir, file, err) != 0)
        return -1;
    t->alerts.changed = !alerts_load(&t->alerts, t->path);
    if (t->alerts.changed)
        log_warn(&app->log,
                 "%s: cannot be understood; what was told, and what waits to be, is forgotten",
                 t->path);
    return 0;
}

void tidings_close(struct tidings *t)
{
    struct err err = {0};
    if (t->path != NULL && alerts_save(&t->alerts, t->path, &err) != 0)
        log_warn(&t->app->log, "%s", err.text);
    alerts_clear(&t->alerts);
    free(t->path);
    free(t->v);
    memset(t, 0, sizeof(*t));
}

/* For those who are notified; what is too much is in the event log all the same. */
static struct tiding *add(struct tidings *t, enum tiding_kind kind, const char *name,
                          const struct event *event)
{
    if (kind == TIDING_SILENT || t->n == TIDINGS_MAX)
        return NULL;
    struct tiding *v = realloc(t->v, (t->n + 1) * sizeof(*v));
    if (v == NULL)
        return NULL;
    t->v = v;
    v = &t->v[t->n++];
    *v = (struct tiding){.kind = kind, .id = event->id};
    text_copy(v->name, sizeof(v->name), name);
    text_copy(v->text, sizeof(v->text), event->text);
    return v;
}

void tidings_fact(struct tidings *t, enum tiding_kind kind, const char *name,
                  const struct event *event)
{
    event_write(event, &t->app->log);
    add(t, kind, name, event);
}

static void settle(struct tidings *t, const struct trouble *what, const char *key)
{
    struct alert *a = alerts_find(&t->alerts, key);
    if (a == NULL)
        return;
    bool told = a->told_at != 0;
    alerts_settle(&t->alerts, key);
    if (!told) /* nobody needs to hear of it any more */
        outbox_drop(&t->alerts.outbox, key);
    if (what->event == NULL || what->kind == TIDING_SILENT)
        return;
    struct event over = *what->event;
    over.id = EVENT_RECOVERED;
    tidings_fact(t, told ? TIDING_RECOVERY : TIDING_SILENT, what->name, &over);
}

void tidings_trouble(struct tidings *t, const struct trouble *what)
{
    char key[ALERT_KEY_BYTES];
    int64_t now = clock_now(t->app->clock);
    snprintf(key, sizeof(key), "%.150s/%.30s", what->name, what->what);
    if (what->class == NULL) {
        settle(t, what, key);
        return;
    }
    struct alert *a = alerts_raise(&t->alerts, key, what->class, now);
    struct event event = *what->event;
    event.id = what->id;
    if (a == NULL || alert_decide(a->logged_at, now) != ALERT_QUIET) {
        event_write(&event, &t->app->log);
        if (a != NULL)
            a->logged_at = now;
        t->alerts.changed = true;
    }
    if (t->by_hand || (a != NULL && alert_decide(a->told_at, now) == ALERT_QUIET))
        return;
    struct tiding *v = add(t, what->kind, what->name, &event);
    if (v == NULL)
        return;
    text_copy(v->key, sizeof(v->key), key);
    v->since = a != NULL && a->since < now ? a->since : 0;
}
