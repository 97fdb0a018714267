/* SPDX-License-Identifier: Apache-2.0 */
/* store_state.c - certs/NAME/state.json: what was done for a name, and when. */
#include "store_int.h"

#include "json.h"
#include "text.h"

#include <limits.h>
#include <string.h>

static const char *const names[] = {
    [DEPLOYED_NONE] = "none",     [DEPLOYED_CURRENT] = "current",
    [DEPLOYED_DRIFT] = "drift",   [DEPLOYED_HELD] = "held",
    [DEPLOYED_FAILED] = "failed", [DEPLOYED_ROLLED_BACK] = "rolled_back",
};

const char *deployed_state_name(enum deployed_state s)
{
    return (size_t)s < sizeof names / sizeof *names ? names[s] : "none";
}

static enum deployed_state deployed_state_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (enum deployed_state)i;
    return DEPLOYED_NONE;
}

/* A member that is missing, null or no time is 0: nothing that is known. */
static int64_t time_of(const struct json *j)
{
    const char *text = json_string_of(j);
    struct err e = {0};
    int64_t t = 0;

    return text && text_time_parse(text, &t, &e) == 0 ? t : 0;
}

static int64_t get_time(const struct json *j, const char *key)
{
    return time_of(json_get(j, key));
}

static void get_text(const struct json *j, const char *key, char *out, size_t size)
{
    const char *text = json_get_string(j, key);

    text_copy(out, size, text ? text : "");
}

static void get_times(const struct json *j, const char *key, int64_t out[STATE_MAX_EVENTS])
{
    const struct json *list = json_get(j, key);

    for (size_t i = 0; i < STATE_MAX_EVENTS; i++)
        out[i] = i < json_count(list) ? time_of(json_at(list, i)) : 0;
}

static void put_times(struct json *j, const char *key, const int64_t times[STATE_MAX_EVENTS])
{
    struct json *list = json_new_array();

    for (size_t i = 0; i < STATE_MAX_EVENTS && times[i]; i++) {
        char text[21];
        text_time(times[i], text);
        json_append_string(list, text);
    }
    json_put(j, key, list);
}

/* {"vpn.example.com": [times], ...}. Earlier versions: "failed_at", for all names together. */
static void get_failed(const struct json *j, struct failed_name out[STATE_MAX_FAILED])
{
    const struct json *all = json_get(j, "failed");
    const char *name = NULL;
    void *iter = NULL;
    size_t n = 0;

    if (!all) {
        get_times(j, "failed_at", out[0].at);
        return;
    }
    for (json_next(all, &iter, &name); name && n < STATE_MAX_FAILED; json_next(all, &iter, &name)) {
        get_times(all, name, out[n].at);
        if (out[n].at[0] && text_copy(out[n].name, sizeof out[n].name, name))
            n++;
    }
    if (n < STATE_MAX_FAILED)
        out[n] = (struct failed_name){0};
}

static void put_failed(struct json *j, const struct failed_name failed[STATE_MAX_FAILED])
{
    struct json *all = json_new_object();

    for (size_t i = 0; i < STATE_MAX_FAILED; i++)
        if (failed[i].at[0])
            put_times(all, failed[i].name, failed[i].at);
    json_put(j, "failed", all);
}

static void get_hash(const struct json *j, const char *key, uint8_t out[SHA256_BYTES])
{
    if (!json_get_hex(j, key, out, SHA256_BYTES))
        memset(out, 0, SHA256_BYTES);
}

static void get_ari(const struct json *j, struct ari_state *a)
{
    get_text(j, "ari_id", a->id, sizeof a->id);
    a->start = get_time(j, "ari_start");
    a->end = get_time(j, "ari_end");
    a->renew_at = get_time(j, "renew_at");
    a->next_look = get_time(j, "ari_next_look");
    get_text(j, "ari_explanation_url", a->explanation_url, sizeof a->explanation_url);
}

static void put_ari(struct json *j, const struct ari_state *a)
{
    json_put_string(j, "ari_id", a->id);
    json_put_time(j, "ari_start", a->start);
    json_put_time(j, "ari_end", a->end);
    json_put_time(j, "renew_at", a->renew_at);
    json_put_time(j, "ari_next_look", a->next_look);
    json_put_string(j, "ari_explanation_url", a->explanation_url);
}

void store_state_of(const struct json *j, struct name_state *st)
{
    int64_t failures = json_get_integer(j, "failures", 0);

    get_text(j, "directory", st->directory, sizeof st->directory);
    get_text(j, "live_directory", st->live_directory, sizeof st->live_directory);
    get_text(j, "held_reason", st->held_reason, sizeof st->held_reason);
    st->held_since = get_time(j, "held_since");
    st->held_until = get_time(j, "held_until");
    st->deployed = deployed_state_of(json_get_string(j, "deployed"));
    get_hash(j, "deployed_sha256", st->deployed_sha256);
    get_hash(j, "revoked_sha256", st->revoked_sha256);
    get_hash(j, "previous_sha256", st->previous_sha256);
    get_hash(j, "rejected_sha256", st->rejected_sha256);
    get_hash(j, "elsewhere_sha256", st->elsewhere_sha256);
    st->deployed_at = get_time(j, "deployed_at");
    st->verified_at = get_time(j, "verified_at");
    st->last_at = get_time(j, "last_at");
    get_text(j, "last_result", st->last_result, sizeof st->last_result);
    get_text(j, "last_message", st->last_message, sizeof st->last_message);
    st->failures = failures < 0 ? 0 : failures > INT_MAX ? INT_MAX : (int)failures;
    st->not_before_s = get_time(j, "not_before");
    get_ari(j, &st->ari);
    get_failed(j, st->failed);
    get_times(j, "ordered_at", st->ordered_at);
    get_text(j, "failed_for", st->failed_for, sizeof st->failed_for);
    get_text(j, "ordered_for", st->ordered_for, sizeof st->ordered_for);
}

static void put_hash(struct json *j, const char *key, const uint8_t hash[SHA256_BYTES])
{
    static const uint8_t none[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    text_hex(hash, SHA256_BYTES, hex);
    json_put_string(j, key, memcmp(hash, none, SHA256_BYTES) ? hex : NULL);
}

void store_state_to(const struct name_state *st, struct json *j)
{
    json_put_string(j, "directory", st->directory);
    json_put_string(j, "live_directory", st->live_directory);
    json_put_string(j, "held_reason", st->held_reason);
    json_put_time(j, "held_since", st->held_since);
    json_put_time(j, "held_until", st->held_until);
    json_put_string(j, "deployed", deployed_state_name(st->deployed));
    put_hash(j, "deployed_sha256", st->deployed_sha256);
    put_hash(j, "revoked_sha256", st->revoked_sha256);
    put_hash(j, "previous_sha256", st->previous_sha256);
    put_hash(j, "rejected_sha256", st->rejected_sha256);
    put_hash(j, "elsewhere_sha256", st->elsewhere_sha256);
    json_put_time(j, "deployed_at", st->deployed_at);
    json_put_time(j, "verified_at", st->verified_at);
    json_put_time(j, "last_at", st->last_at);
    json_put_string(j, "last_result", st->last_result);
    json_put_string(j, "last_message", st->last_message);
    json_put_integer(j, "failures", st->failures);
    json_put_time(j, "not_before", st->not_before_s);
    put_ari(j, &st->ari);
    put_failed(j, st->failed);
    put_times(j, "ordered_at", st->ordered_at);
    json_put_string(j, "failed_for", st->failed_for);
    json_put_string(j, "ordered_for", st->ordered_for);
}

/* *out is NULL if there is no file, or a damaged one, which why then tells of. text takes what is
 * in the file. */
static int read_state(struct store *s, const char *rel, struct buf *text, struct json **out,
                      struct err *why, struct err *err)
{
    struct err e = {0};

    if (store_get(s, rel, text, &e))
        return e.code == ERR_NOT_FOUND ? 0 : err_set(err, e.code, "%s", e.text);
    if (json_parse(out, buf_str(text), text->len, rel, why))
        return 0;
    if (!json_is_object(*out)) {
        json_free(*out);
        *out = NULL;
        err_set(why, ERR_FAIL, "%s: no JSON object", rel);
    }
    return 0;
}

/* A damaged file is told of once, and what is left of it may still tell somebody something. */
static void set_aside(struct store *s, const char *rel, const struct buf *text,
                      const struct err *why)
{
    char aside[STORE_REL_BYTES];
    struct err e = {0};

    log_warn(s->log, "%s; what was noted of earlier runs is forgotten", why->text);
    if (s->mode != STORE_WRITE)
        return;
    store_rel(aside, "%s.damaged", rel);
    if ((text->len && store_put(s, aside, text->p, text->len, &e)) || store_remove(s, rel, &e))
        log_warn(s->log, "%s", e.text);
}

int store_state_load(struct store *s, const char *name, struct name_state *out, struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    char rel[STORE_REL_BYTES];
    struct json *j = NULL;
    struct err why = {0};

    store_rel(rel, "certs/%s/state.json", name);
    int failed = read_state(s, rel, &text, &j, &why, err);
    if (!failed && err_is_set(&why))
        set_aside(s, rel, &text, &why);
    buf_clear(&text);
    if (failed)
        return -1;
    *out = (struct name_state){0};
    if (j)
        store_state_of(j, out);
    json_free(j);
    return 0;
}

int store_state_save(struct store *s, const char *name, const struct name_state *st,
                     struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES), old = BUF_INIT(STORE_MAX_RECORD_BYTES);
    char rel[STORE_REL_BYTES];
    struct json *j = NULL;
    struct err e = {0}, why = {0};
    int result = -1;

    store_rel(rel, "certs/%s/state.json", name);
    if (read_state(s, rel, &old, &j, &why, &e) || !j)
        j = json_new_object();
    store_state_to(st, j);
    if (json_text(j, JSON_PRETTY, &text, err) == 0)
        result = old.len > 0 && strcmp(buf_str(&old), buf_str(&text)) == 0
                     ? 0
                     : store_put(s, rel, buf_str(&text), text.len, err);
    json_free(j);
    buf_clear(&text);
    buf_clear(&old);
    return result;
}
