/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/outbox.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SET_BACK_S = 3600, WAIT_LEAST_S = 50 * 60, WAIT_MOST_S = 6 * 3600 };

void outbox_clear(struct outbox *o)
{
    free(o->v);
    memset(o, 0, sizeof(*o));
}

static const struct tiding *find(const struct tiding *v, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (key[0] != '\0' && strcmp(v[i].key, key) == 0)
            return &v[i];
    return NULL;
}

void outbox_drop(struct outbox *o, const char *key)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->v[i].key, key) != 0)
            o->v[kept++] = o->v[i];
    o->n = kept;
}

bool outbox_move_to(struct outbox *o, struct tiding **v, size_t *n)
{
    if (o->n == 0)
        return true;
    struct tiding *all = malloc((o->n + *n) * sizeof(*all));
    size_t kept = 0;
    if (all == NULL)
        return false;
    for (size_t i = 0; i < o->n; i++)
        if (find(*v, *n, o->v[i].key) == NULL)
            all[kept++] = o->v[i];
    for (size_t i = 0; i < *n; i++) {
        const struct tiding *older = find(o->v, o->n, (*v)[i].key);
        struct tiding *to = &all[kept++];
        *to = (*v)[i];
        to->again = older != NULL;
        to->at = older != NULL ? older->at : 0;
    }
    free(*v);
    *v = all;
    *n = kept;
    free(o->v);
    o->v = NULL;
    o->n = 0;
    return true;
}

static bool too_old(const struct tiding *v, int64_t now)
{
    return v->at != 0 && !v->again && now - v->at > OUTBOX_KEEP_S;
}

void outbox_fill(struct outbox *o, const struct tiding *v, size_t n, int64_t now, size_t *given_up,
                 const struct tiding **first)
{
    size_t left = 0;
    *given_up = 0;
    *first = NULL;
    free(o->v);
    o->n = 0;
    o->v = malloc(OUTBOX_MAX * sizeof(*o->v));
    for (size_t i = 0; i < n; i++)
        left += v[i].channels != 0 && !too_old(&v[i], now) ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        if (v[i].channels == 0)
            continue;
        bool old = too_old(&v[i], now);
        if (old || left > OUTBOX_MAX || o->v == NULL) {
            *first = *given_up == 0 ? &v[i] : *first;
            ++*given_up;
            left -= old ? 0 : 1;
            continue;
        }
        struct tiding *to = &o->v[o->n++];
        *to = v[i];
        /* A clock that was set back must not keep it for a year. */
        if (to->at == 0 || to->at > now + SET_BACK_S)
            to->at = now;
    }
}

bool outbox_due(int64_t oldest, int64_t tried_at, int64_t now)
{
    int64_t wait = (now - oldest) / 2;
    if (wait < WAIT_LEAST_S)
        wait = WAIT_LEAST_S;
    if (wait > WAIT_MOST_S)
        wait = WAIT_MOST_S;
    return tried_at == 0 || tried_at > now + SET_BACK_S || now - tried_at >= wait;
}

/* ---- as JSON ---- */

static void channel_name(size_t i, char out[24])
{
    snprintf(out, 24, "%zu", i);
}

struct json *outbox_json(const struct outbox *o)
{
    struct json *doc = json_new_object(), *list = json_new_array(), *tried = json_new_object();
    for (size_t i = 0; i < o->n; i++) {
        const struct tiding *v = &o->v[i];
        struct json *j = json_new_object();
        json_put_integer(j, "kind", (int64_t)v->kind);
        json_put_integer(j, "event", (int64_t)v->id);
        json_put_string(j, "name", v->name);
        json_put_string(j, "text", v->text);
        json_put_string(j, "key", v->key);
        json_put_time(j, "since", v->since);
        json_put_time(j, "at", v->at);
        json_put_integer(j, "channels", (int64_t)v->channels);
        json_append(list, j);
    }
    json_put(doc, "items", list);
    for (size_t i = 0; i < ALERT_CHANNELS; i++) {
        char channel[24];
        channel_name(i, channel);
        json_put_time(tried, channel, o->tried_at[i]);
    }
    json_put(doc, "tried_at", tried);
    return doc;
}

static bool read_item(struct tiding *v, const struct json *j)
{
    int64_t kind = json_get_integer(j, "kind", 0), id = json_get_integer(j, "event", 0);
    int64_t channels = json_get_integer(j, "channels", 0);
    bool known = (kind == TIDING_FAILURE || kind == TIDING_RECOVERY || kind == TIDING_EXPIRY ||
                  kind == TIDING_DEPLOY) &&
                 id > 0 && id < 1000 && event_find((enum event_id)id) != NULL;
    *v = (struct tiding){.kind = (enum tiding_kind)kind, .id = (enum event_id)id};
    if (!known || channels <= 0 || channels >= 1 << ALERT_CHANNELS ||
        !json_get_time(j, "at", &v->at) || !json_get_text(j, "name", v->name, sizeof(v->name)) ||
        !json_get_text(j, "text", v->text, sizeof(v->text)) ||
        !json_get_text(j, "key", v->key, sizeof(v->key)))
        return false;
    v->channels = (unsigned)channels;
    if (!json_get_time(j, "since", &v->since))
        v->since = 0;
    return true;
}

void outbox_read(struct outbox *o, const struct json *j)
{
    const struct json *list = json_get(j, "items");
    if (json_count(list) > 0)
        o->v = malloc(OUTBOX_MAX * sizeof(*o->v));
    for (size_t i = 0; o->v != NULL && i < json_count(list) && o->n < OUTBOX_MAX; i++)
        if (read_item(&o->v[o->n], json_at(list, i)))
            o->n++;
    for (size_t i = 0; i < ALERT_CHANNELS; i++) {
        char channel[24];
        channel_name(i, channel);
        if (!json_get_time(json_get(j, "tried_at"), channel, &o->tried_at[i]))
            o->tried_at[i] = 0;
    }
}
