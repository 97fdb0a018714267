/* SPDX-License-Identifier: Apache-2.0 */
/* store_history.c - certs/NAME/history.json: what the last jobs came to, for people. */
#include "store_int.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { HISTORY_MAX_BYTES = 64 * 1024 };

static bool from_json(const struct json *j, struct past *out)
{
    const char *message = json_get_string(j, "message");

    *out = (struct past){.outage_ms = json_get_integer(j, "outage_ms", -1),
                         .ok = json_get_bool(j, "ok", false),
                         .restarted = json_get_bool(j, "restarted", false)};
    text_copy(out->message, sizeof out->message, message ? message : "");
    return json_get_time(j, "at", &out->at) &&
           json_get_text(j, "action", out->action, sizeof out->action);
}

static struct json *to_json(const struct past *p)
{
    struct json *o = json_new_object();

    json_put_time(o, "at", p->at);
    json_put_string(o, "action", p->action);
    json_put_bool(o, "ok", p->ok);
    json_put_bool(o, "restarted", p->restarted);
    if (p->outage_ms >= 0)
        json_put_integer(o, "outage_ms", p->outage_ms);
    else
        json_put_null(o, "outage_ms");
    json_put_string(o, "message", p->message[0] ? p->message : NULL);
    return o;
}

void store_history_of(const struct json *j, struct history *out)
{
    const struct json *list = json_get(j, "history");

    out->n = 0;
    for (size_t i = 0; i < json_count(list) && out->n < HISTORY_MAX; i++)
        if (from_json(json_at(list, i), &out->v[out->n]))
            out->n++;
}

void store_history_load(struct store *s, const char *name, struct history *out)
{
    struct buf text = BUF_INIT(HISTORY_MAX_BYTES);
    char rel[STORE_REL_BYTES];
    struct json *j = NULL;
    struct err e = {0};

    out->n = 0;
    store_rel(rel, "certs/%s/history.json", name);
    if (store_get(s, rel, &text, &e) == 0 &&
        json_parse(&j, buf_str(&text), text.len, rel, &e) == 0) {
        store_history_of(j, out);
    } else if (e.code != ERR_NOT_FOUND) {
        log_warn(s->log, "%s: what was noted of earlier runs is not shown", e.text);
    }
    json_free(j);
    buf_clear(&text);
}

/* Which one goes: the oldest that is not the only success left. */
static size_t dispensable(const struct history *h)
{
    size_t successes = 0;

    for (size_t i = 0; i < h->n; i++)
        successes += h->v[i].ok;
    return h->v[h->n - 1].ok && successes == 1 ? h->n - 2 : h->n - 1;
}

void history_put(struct history *h, const struct past *p)
{
    if (h->n == HISTORY_MAX) {
        size_t at = dispensable(h);
        memmove(&h->v[at], &h->v[at + 1], (h->n - at - 1) * sizeof h->v[0]);
        h->n--;
    }
    memmove(&h->v[1], &h->v[0], h->n * sizeof h->v[0]);
    h->v[0] = *p;
    h->n++;
}

int store_history_add(struct store *s, const char *name, const struct past *p, struct err *err)
{
    struct buf text = BUF_INIT(HISTORY_MAX_BYTES);
    struct history *h = calloc(1, sizeof *h);
    struct json *j = json_new_object(), *list = json_new_array();
    char rel[STORE_REL_BYTES];
    int rc = -1;

    if (!h) {
        err_set(err, ERR_FAIL, "out of memory");
        goto done;
    }
    store_history_load(s, name, h);
    history_put(h, p);
    for (size_t i = 0; i < h->n; i++)
        json_append(list, to_json(&h->v[i]));
    json_put(j, "history", list);
    list = NULL;
    store_rel(rel, "certs/%s/history.json", name);
    if (json_text(j, JSON_COMPACT, &text, err) == 0)
        rc = store_put(s, rel, buf_str(&text), text.len, err);
done:
    json_free(list);
    json_free(j);
    free(h);
    buf_clear(&text);
    return rc;
}
