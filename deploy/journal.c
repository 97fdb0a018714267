/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include "json.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { JOURNAL_VERSION = 1, MAX_TEXT_BYTES = 256 * 1024 };

static const char *const phase_names[] = {
    "none",  "snapshot", "import", "ready",    "arm",       "bind",       "restart",
    "prove", "escalate", "commit", "rollback", "committed", "rolled_back"};

const char *journal_phase_name(enum journal_phase p)
{
    return phase_names[p];
}

void journal_note_import(struct journal *j, int64_t now)
{
    struct journal_import new_one = {.key = j->key, .at = now};

    memcpy(new_one.sha1, j->sha1, SHA1_BYTES);
    memcpy(new_one.sha256, j->sha256, SHA256_BYTES);
    if (j->import_count == JOURNAL_MAX_IMPORTS)
        j->import_count--;
    memmove(j->import + 1, j->import, j->import_count * sizeof j->import[0]);
    j->import[0] = new_one;
    j->import_count++;
}

bool journal_has_foreign(const struct journal *j)
{
    return binding_is_foreign(&j->old_binding[FAMILY_V4]) ||
           binding_is_foreign(&j->old_binding[FAMILY_V6]);
}

/* ---- writing ---- */

static void put_hex(struct json *o, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * PUBLIC_KEY_MAX_BYTES + 1]; /* the longest of all */

    text_hex(p, len <= PUBLIC_KEY_MAX_BYTES ? len : PUBLIC_KEY_MAX_BYTES, hex);
    json_put_string(o, key, hex);
}

static struct json *raw_to_json(const struct raw_value *v)
{
    struct json *o = json_new_object();

    json_put_bool(o, "present", v->present);
    if (v->present) {
        json_put_integer(o, "type", v->type);
        json_put_integer(o, "length", v->len);
        put_hex(o, "bytes", v->bytes, v->len);
    }
    return o;
}

static struct json *binding_to_json(const struct binding *b)
{
    struct json *o = json_new_object();

    json_put_bool(o, "present", b->present);
    if (!b->present)
        return o;
    put_hex(o, "hash", b->hash, b->hash_len);
    json_put_string(o, "app_id", b->app_id);
    json_put_string(o, "store", b->store);
    json_put_integer(o, "check_mode", b->check_mode);
    json_put_integer(o, "revocation_freshness_s", b->revocation_freshness_s);
    json_put_integer(o, "revocation_timeout_ms", b->revocation_timeout_ms);
    json_put_integer(o, "flags", b->flags);
    json_put_string(o, "ctl_identifier", b->ctl_identifier);
    json_put_string(o, "ctl_store", b->ctl_store);
    return o;
}

static struct json *key_to_json(const struct key_ref *k)
{
    struct json *o = json_new_object();

    json_put_string(o, "container", k->container);
    json_put_string(o, "provider", k->provider);
    json_put_integer(o, "provider_type", k->provider_type);
    return o;
}

static struct json *old_to_json(const struct journal *j)
{
    struct json *o = json_new_object(), *values = json_new_object(), *list = json_new_array();

    json_put_string(o, "health", old_health_name(j->old.health));
    json_put_string(o, "why", j->old.why);
    json_put_bool(o, "expired", j->old.expired);
    json_put_bool(o, "answers", j->old.answers);
    json_put_bool(o, "known", j->old.known);
    put_hex(o, "sha1", j->old.sha1, SHA1_BYTES);
    put_hex(o, "sha256", j->old.sha256, SHA256_BYTES);
    for (int i = 0; i < VALUE_WRITTEN; i++)
        json_put(values, value_name((enum value_id)i), raw_to_json(&j->old_value[i]));
    json_put(o, "values", values);
    json_put(o, "binding_v4", binding_to_json(&j->old_binding[FAMILY_V4]));
    json_put(o, "binding_v6", binding_to_json(&j->old_binding[FAMILY_V6]));
    for (size_t i = 0; i < j->running.n; i++)
        json_append_string(list, j->running.name[i]);
    json_put(o, "running", list);
    return o;
}

static struct json *new_to_json(const struct journal *j)
{
    struct json *o = json_new_object();

    put_hex(o, "sha1", j->sha1, SHA1_BYTES);
    put_hex(o, "sha256", j->sha256, SHA256_BYTES);
    put_hex(o, "public_key", j->public_key.der, j->public_key.len);
    json_put_bool(o, "has_issuer", j->has_issuer);
    json_put_bool(o, "offload", j->offload);
    json_put_bool(o, "takeover", j->takeover);
    json_put_bool(o, "import_ours", j->import_ours);
    json_put_integer(o, "trial_port", j->trial_port);
    json_put(o, "key", key_to_json(&j->key));
    return o;
}

static struct json *imports_to_json(const struct journal *j)
{
    struct json *list = json_new_array();

    for (size_t i = 0; i < j->import_count; i++) {
        struct json *o = json_new_object();
        put_hex(o, "sha1", j->import[i].sha1, SHA1_BYTES);
        put_hex(o, "sha256", j->import[i].sha256, SHA256_BYTES);
        json_put(o, "key", key_to_json(&j->import[i].key));
        json_put_integer(o, "at", j->import[i].at);
        json_append(list, o);
    }
    return list;
}

int journal_to_text(const struct journal *j, struct buf *out, struct err *err)
{
    struct json *o = json_new_object();
    int rc;

    json_put_integer(o, "version", JOURNAL_VERSION);
    json_put_string(o, "name", j->name);
    json_put_string(o, "phase", journal_phase_name(j->phase));
    json_put_integer(o, "started_at", j->started_at);
    json_put_integer(o, "changed_at", j->changed_at);
    json_put_integer(o, "port", j->port);
    json_put_string(o, "service", j->service);
    json_put_bool(o, "disturbed", j->disturbed);
    json_put_bool(o, "escalated", j->escalated);
    json_put_bool(o, "v6_refused", j->v6_refused);
    json_put(o, "old", old_to_json(j));
    json_put(o, "new", new_to_json(j));
    json_put(o, "imports", imports_to_json(j));
    json_put_integer(o, "proven_write_ms", j->proven_write_ms);
    rc = json_text(o, JSON_PRETTY, out, err);
    json_free(o);
    return rc;
}

/* ---- reading; every getter says whether the member was right ---- */

static bool get_u32(const struct json *o, const char *key, uint32_t *out)
{
    int64_t v = json_get_integer(o, key, -1);

    if (v < 0 || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool get_raw(const struct json *o, struct raw_value *out)
{
    out->present = json_get_bool(o, "present", false);
    if (!o || !out->present)
        return o != NULL;
    return get_u32(o, "type", &out->type) && get_u32(o, "length", &out->len) &&
           out->len <= RAW_MAX_BYTES && json_get_hex(o, "bytes", out->bytes, out->len);
}

static bool get_binding(const struct json *o, struct binding *out)
{
    const char *hash = json_get_string(o, "hash");

    out->present = json_get_bool(o, "present", false);
    if (!o || !out->present)
        return o != NULL;
    if (!hash || strlen(hash) / 2 > BINDING_HASH_BYTES)
        return false;
    out->hash_len = (uint32_t)(strlen(hash) / 2);
    return json_get_hex(o, "hash", out->hash, out->hash_len) &&
           json_get_text(o, "app_id", out->app_id, sizeof out->app_id) &&
           json_get_text(o, "store", out->store, sizeof out->store) &&
           get_u32(o, "check_mode", &out->check_mode) &&
           get_u32(o, "revocation_freshness_s", &out->revocation_freshness_s) &&
           get_u32(o, "revocation_timeout_ms", &out->revocation_timeout_ms) &&
           get_u32(o, "flags", &out->flags) &&
           json_get_text(o, "ctl_identifier", out->ctl_identifier, sizeof out->ctl_identifier) &&
           json_get_text(o, "ctl_store", out->ctl_store, sizeof out->ctl_store);
}

static bool get_key(const struct json *o, struct key_ref *out)
{
    return json_get_text(o, "container", out->container, sizeof out->container) &&
           json_get_text(o, "provider", out->provider, sizeof out->provider) &&
           get_u32(o, "provider_type", &out->provider_type);
}

static bool get_running(const struct json *list, struct service_list *out)
{
    if (!json_is_array(list) || json_count(list) > SERVICE_MAX_LIST)
        return false;
    for (out->n = 0; out->n < json_count(list); out->n++) {
        const char *s = json_string_of(json_at(list, out->n));
        if (!s || !text_copy(out->name[out->n], SERVICE_NAME_CHARS, s))
            return false;
    }
    return true;
}

static bool get_old(const struct json *o, struct journal *j)
{
    const struct json *values = json_get(o, "values");
    const char *health = json_get_string(o, "health");

    for (int i = 0; i < VALUE_WRITTEN; i++)
        if (!get_raw(json_get(values, value_name((enum value_id)i)), &j->old_value[i]))
            return false;
    j->old.expired = json_get_bool(o, "expired", false);
    j->old.answers = json_get_bool(o, "answers", false);
    j->old.known = json_get_bool(o, "known", false);
    return health && old_health_parse(health, &j->old.health) &&
           json_get_text(o, "why", j->old.why, sizeof j->old.why) &&
           json_get_hex(o, "sha1", j->old.sha1, SHA1_BYTES) &&
           json_get_hex(o, "sha256", j->old.sha256, SHA256_BYTES) &&
           get_binding(json_get(o, "binding_v4"), &j->old_binding[FAMILY_V4]) &&
           get_binding(json_get(o, "binding_v6"), &j->old_binding[FAMILY_V6]) &&
           get_running(json_get(o, "running"), &j->running);
}

static bool get_new(const struct json *o, struct journal *j)
{
    const char *key = json_get_string(o, "public_key");

    if (!key || strlen(key) / 2 > PUBLIC_KEY_MAX_BYTES)
        return false;
    j->public_key.len = strlen(key) / 2;
    j->has_issuer = json_get_bool(o, "has_issuer", false);
    j->offload = json_get_bool(o, "offload", false);
    j->takeover = json_get_bool(o, "takeover", false);
    j->import_ours = json_get_bool(o, "import_ours", false);
    j->trial_port = (int)json_get_integer(o, "trial_port", 0);
    if (j->trial_port < 0 || j->trial_port > 65535)
        return false;
    return json_get_hex(o, "sha1", j->sha1, SHA1_BYTES) &&
           json_get_hex(o, "sha256", j->sha256, SHA256_BYTES) &&
           json_get_hex(o, "public_key", j->public_key.der, j->public_key.len) &&
           get_key(json_get(o, "key"), &j->key);
}

static bool get_imports(const struct json *list, struct journal *j)
{
    if (!json_is_array(list) || json_count(list) > JOURNAL_MAX_IMPORTS)
        return false;
    for (j->import_count = 0; j->import_count < json_count(list); j->import_count++) {
        const struct json *o = json_at(list, j->import_count);
        struct journal_import *i = &j->import[j->import_count];
        i->at = json_get_integer(o, "at", 0);
        if (!json_get_hex(o, "sha1", i->sha1, SHA1_BYTES) ||
            !json_get_hex(o, "sha256", i->sha256, SHA256_BYTES) ||
            !get_key(json_get(o, "key"), &i->key))
            return false;
    }
    return true;
}

static bool get_phase(const struct json *o, enum journal_phase *out)
{
    const char *s = json_get_string(o, "phase");

    for (int p = JOURNAL_NONE; s && p <= JOURNAL_ROLLED_BACK; p++)
        if (strcmp(s, phase_names[p]) == 0) {
            *out = (enum journal_phase)p;
            return true;
        }
    return false;
}

static bool get_all(const struct json *o, struct journal *j)
{
    int64_t port = json_get_integer(o, "port", 0);

    if (json_get_integer(o, "version", 0) != JOURNAL_VERSION || port < 1 || port > 65535)
        return false;
    j->port = (int)port;
    j->started_at = json_get_integer(o, "started_at", 0);
    j->changed_at = json_get_integer(o, "changed_at", 0);
    j->disturbed = json_get_bool(o, "disturbed", true);
    j->escalated = json_get_bool(o, "escalated", false);
    j->v6_refused = json_get_bool(o, "v6_refused", false);
    j->proven_write_ms = json_get_integer(o, "proven_write_ms", 0);
    return get_phase(o, &j->phase) && json_get_text(o, "name", j->name, sizeof j->name) &&
           json_get_text(o, "service", j->service, sizeof j->service) &&
           get_old(json_get(o, "old"), j) && get_new(json_get(o, "new"), j) &&
           get_imports(json_get(o, "imports"), j);
}

int journal_from_text(struct journal *out, const char *text, size_t len, struct err *err)
{
    struct journal j = {0};
    struct json *o = NULL;
    int rc = -1;

    if (json_parse(&o, text, len, "deploy journal", err) != 0)
        return -1;
    if (json_get_integer(o, "version", JOURNAL_VERSION) != JOURNAL_VERSION) {
        err_set(err, ERR_USAGE, "deploy journal: written by another version of this program");
        goto done;
    }
    if (!get_all(o, &j)) {
        err_set(err, ERR_FAIL, "deploy journal: damaged");
        goto done;
    }
    *out = j;
    rc = 0;
done:
    json_free(o);
    return rc;
}

/* ---- the record ---- */

static int record_name(const char *name, char out[192], struct err *err)
{
    int n = snprintf(out, 192, "journal/deploy-%s.json", name);
    return n > 0 && n < 192 ? 0
                            : err_set(err, ERR_USAGE, "certificate %.64s..: name too long", name);
}

int journal_load(struct journal *out, const struct records *r, const char *name, struct err *err)
{
    struct buf text = BUF_INIT(MAX_TEXT_BYTES);
    struct err e = {0};
    char rel[192];
    int rc = -1;

    if (record_name(name, rel, err) != 0)
        return -1;
    if (r->get(r->self, rel, &text, &e) != 0) {
        if (e.code == ERR_NOT_FOUND) {
            memset(out, 0, sizeof *out);
            rc = 0;
        } else {
            *err = e;
        }
        goto done;
    }
    rc = journal_from_text(out, buf_str(&text), text.len, err);
    if (rc != 0)
        err_context(err, "%s", rel);
done:
    buf_clear(&text);
    return rc;
}

int journal_save(const struct journal *j, const struct records *r, struct err *err)
{
    struct buf text = BUF_INIT(MAX_TEXT_BYTES);
    char rel[192];
    int rc = -1;

    if (record_name(j->name, rel, err) == 0 && journal_to_text(j, &text, err) == 0)
        rc = r->put(r->self, rel, buf_str(&text), text.len, err);
    buf_clear(&text);
    return rc;
}

int journal_set_aside(const struct records *r, const struct journal *empty, struct err *err)
{
    struct buf text = BUF_INIT(MAX_TEXT_BYTES);
    struct journal whole;
    struct err damage = {0};
    char rel[192], aside[208];
    int rc = -1;

    if (record_name(empty->name, rel, err) != 0 || r->get(r->self, rel, &text, err) != 0)
        goto done;
    if (journal_from_text(&whole, buf_str(&text), text.len, &damage) == 0) {
        err_set(err, ERR_FAIL, "%s: could not be read at first", rel);
        goto done;
    }
    snprintf(aside, sizeof aside, "%s.damaged", rel);
    if (r->put(r->self, aside, buf_str(&text), text.len, err) == 0)
        rc = journal_save(empty, r, err);
done:
    buf_clear(&text);
    return rc;
}
