/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/alerts.h"

#include "json.h"
#include "os.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 4 * 1024 * 1024, SET_BACK_S = 3600 };

enum alert_answer alert_decide(int64_t last, int64_t now)
{
    if (last == 0)
        return ALERT_TELL;
    bool set_back = last > now + SET_BACK_S; /* the clock was; silence must not last until then */
    return set_back || now - last >= ALERT_AGAIN_S ? ALERT_REMIND : ALERT_QUIET;
}

struct alert *alerts_find(const struct alerts *a, const char *key)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].key, key) == 0)
            return &a->v[i];
    return NULL;
}

static struct alert *add(struct alerts *a)
{
    if (a->n == ALERTS_MAX)
        return NULL;
    if (a->n == a->cap) {
        size_t cap = a->cap == 0 ? 16 : 2 * a->cap;
        struct alert *v = realloc(a->v, cap * sizeof(*v));
        if (v == NULL)
            return NULL;
        a->v = v;
        a->cap = cap;
    }
    a->v[a->n] = (struct alert){0};
    return &a->v[a->n++];
}

struct alert *alerts_raise(struct alerts *a, const char *key, const char *class, int64_t now)
{
    struct alert *one = alerts_find(a, key);
    if (one != NULL && strncmp(one->class, class, sizeof(one->class) - 1) == 0)
        return one;
    if (one == NULL) {
        one = add(a);
        if (one == NULL)
            return NULL;
        text_copy(one->key, sizeof(one->key), key);
        one->since = now;
    }
    text_copy(one->class, sizeof(one->class), class);
    one->logged_at = one->told_at = 0;
    a->changed = true;
    return one;
}

void alerts_settle(struct alerts *a, const char *key)
{
    struct alert *one = alerts_find(a, key);
    if (one == NULL)
        return;
    *one = a->v[--a->n];
    a->changed = true;
}

void alerts_clear(struct alerts *a)
{
    free(a->v);
    outbox_clear(&a->outbox);
    memset(a, 0, sizeof(*a));
}

/* ---- the file ---- */

static int64_t time_of(const struct json *j, const char *key)
{
    int64_t at = 0;
    return json_get_time(j, key, &at) ? at : 0;
}

static void read_all(struct alerts *a, const struct json *doc)
{
    const struct json *list = json_get(doc, "alerts");
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *j = json_at(list, i);
        struct alert one = {.since = time_of(j, "since"),
                            .logged_at = time_of(j, "logged_at"),
                            .told_at = time_of(j, "told_at")};
        struct alert *place;
        if (!json_get_text(j, "key", one.key, sizeof(one.key)) ||
            !json_get_text(j, "class", one.class, sizeof(one.class)) ||
            alerts_find(a, one.key) != NULL || (place = add(a)) == NULL)
            continue;
        *place = one;
    }
    a->day = json_get_integer(doc, "day", 0);
    for (size_t i = 0; i < ALERT_CHANNELS; i++) {
        char channel[24];
        snprintf(channel, sizeof(channel), "%zu", i);
        int64_t n = json_get_integer(json_get(doc, "sent"), channel, 0);
        a->sent[i] = n > 0 && n < INT32_MAX ? (int)n : 0;
    }
    outbox_read(&a->outbox, json_get(doc, "outbox"));
}

bool alerts_load(struct alerts *a, const char *path)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct json *doc = NULL;
    struct err err = {0};
    *a = (struct alerts){0};
    bool good = os_read_file(path, &text, &err) == 0 &&
                json_parse(&doc, buf_str(&text), text.len, path, &err) == 0;
    if (good)
        read_all(a, doc);
    json_free(doc);
    buf_clear(&text);
    return good || err.code == ERR_NOT_FOUND;
}

int alerts_save(struct alerts *a, const char *path, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct json *doc, *list, *sent;
    if (!a->changed)
        return 0;
    doc = json_new_object();
    list = json_new_array();
    for (size_t i = 0; i < a->n; i++) {
        struct json *j = json_new_object();
        json_put_string(j, "key", a->v[i].key);
        json_put_string(j, "class", a->v[i].class);
        json_put_time(j, "since", a->v[i].since);
        json_put_time(j, "logged_at", a->v[i].logged_at);
        json_put_time(j, "told_at", a->v[i].told_at);
        json_append(list, j);
    }
    json_put(doc, "alerts", list);
    json_put_integer(doc, "day", a->day);
    sent = json_new_object();
    for (size_t i = 0; i < ALERT_CHANNELS; i++) {
        char channel[24];
        snprintf(channel, sizeof(channel), "%zu", i);
        json_put_integer(sent, channel, a->sent[i]);
    }
    json_put(doc, "sent", sent);
    json_put(doc, "outbox", outbox_json(&a->outbox));
    int rc = json_text(doc, JSON_PRETTY, &text, err);
    if (rc == 0)
        rc = os_write_file(path, buf_str(&text), strlen(buf_str(&text)), err);
    if (rc == 0)
        a->changed = false;
    json_free(doc);
    buf_clear(&text);
    return rc;
}
