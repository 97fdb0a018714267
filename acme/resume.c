/* SPDX-License-Identifier: Apache-2.0 */
#include "resume.h"

#include "json.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESUME_MAX_BYTES = 256 * 1024, REL_MAX = 512 };

static const char *rel(char out[REL_MAX], const char *name, const char *file)
{
    snprintf(out, REL_MAX, "certs/%s/%s", name, file);
    return out;
}

void resume_clear(struct resume *r)
{
    free(r->order_url);
    free(r->directory);
    free(r->account);
    free(r->profile);
    strings_clear(&r->names);
    key_free(r->key);
    buf_clear(&r->csr);
    *r = (struct resume){0};
}

static int spki_of(const struct key *key, uint8_t out[SHA256_BYTES], struct err *err)
{
    struct buf spki = BUF_INIT(8 * 1024);
    int rc = key_spki(key, &spki, err);
    if (!rc)
        crypto_sha256(buf_str(&spki), spki.len, out);
    buf_clear(&spki);
    return rc;
}

/* ---- reading ---- */

static int dup_member(char **out, const struct json *j, const char *key, struct err *err)
{
    const char *s = json_get_string(j, key);
    return s ? text_dup(out, s, err) : 0;
}

static int read_record(struct resume *r, const struct json *j, struct err *err)
{
    const struct json *names = json_get(j, "names");
    const char *hex = json_get_string(j, "key_spki_sha256");
    const char *created = json_get_string(j, "created");
    if (!hex || !text_hex_decode(hex, r->spki_sha256, sizeof r->spki_sha256))
        return err_set(err, ERR_FAIL, "order.json: no key fingerprint");
    if (!created || text_time_parse(created, &r->created, err))
        return err_set(err, ERR_FAIL, "order.json: no time");
    for (size_t i = 0; i < json_count(names); i++) {
        const char *name = json_string_of(json_at(names, i));
        if (!name || strings_add(&r->names, name, err))
            return err_set(err, ERR_FAIL, "order.json: a name is not text");
    }
    if (dup_member(&r->order_url, j, "order_url", err) ||
        dup_member(&r->directory, j, "directory", err) ||
        dup_member(&r->account, j, "account", err) || dup_member(&r->profile, j, "profile", err))
        return -1;
    if (!r->directory || !r->account)
        return err_set(err, ERR_FAIL, "order.json: directory or account is missing");
    return 0;
}

static int no_keys(struct err *err)
{
    return err_set(err, ERR_USAGE, "key \"machine\": there is no key provider here");
}

static int load_key(const struct resume_place *at, const char *name, const struct json *record,
                    struct key **out, struct err *err)
{
    const char *container = json_get_string(record, "container");
    struct buf pem = BUF_INIT(RESUME_MAX_BYTES);
    char path[REL_MAX];
    int rc = -1;
    if (container)
        return at->keys ? machine_key_open(at->keys, container, out, err) : no_keys(err);
    if (store_get_secret(at->store, rel(path, name, "order.key"), &pem, err) == 0)
        rc = key_from_pem(out, buf_str(&pem), pem.len, path, err);
    buf_wipe(&pem);
    return rc;
}

static int load_all(const struct resume_place *at, const char *name, struct resume *r,
                    struct err *err)
{
    char path[REL_MAX];
    uint8_t spki[SHA256_BYTES];
    struct buf text = BUF_INIT(RESUME_MAX_BYTES);
    struct json *j = NULL;
    int rc = -1;
    buf_init(&r->csr, RESUME_MAX_BYTES);
    if (store_get(at->store, rel(path, name, "order.json"), &text, err) ||
        json_parse(&j, buf_str(&text), text.len, path, err) || read_record(r, j, err) ||
        store_get(at->store, rel(path, name, "order.csr"), &r->csr, err) ||
        load_key(at, name, j, &r->key, err) || spki_of(r->key, spki, err))
        goto done;
    if (memcmp(spki, r->spki_sha256, sizeof spki) != 0) {
        err_set(err, ERR_FAIL, "%s: another key than order.json says", path);
        goto done;
    }
    rc = 0;
done:
    json_free(j);
    buf_clear(&text);
    return rc;
}

int resume_load(const struct resume_place *at, const char *name, struct resume *out,
                struct err *err)
{
    struct resume r = {0};
    struct err e = {0};
    if (load_all(at, name, &r, &e)) {
        resume_clear(&r);
        if (e.code == ERR_DENIED) /* a state folder that cannot be read is no missing record */
            return err_set(err, e.code, "%s", e.text);
    }
    *out = r;
    return 0;
}

/* ---- judging ---- */

static bool has_name(const struct strings *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (text_equal_nocase(list->v[i], name))
            return true;
    }
    return false;
}

static bool same_names(const struct strings *a, const struct strings *b)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!has_name(b, a->v[i]))
            return false;
    }
    return a->n == b->n;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static bool key_fits(const struct key *k, int wanted)
{
    bool machine = wanted == CONF_KEY_MACHINE;
    return machine ? key_container(k) != NULL : !key_container(k) && (int)key_type_of(k) == wanted;
}

bool resume_fits(const struct resume *r, const struct conf *conf, const struct resume_for *want)
{
    return r->key && key_fits(r->key, conf->key) && same_names(&r->names, &conf->names) &&
           same_text(r->directory, want->directory) && same_text(r->account, want->account) &&
           same_text(r->profile, want->profile);
}

bool resume_is_delivered(struct store *s, const char *name, const struct resume *r)
{
    static const enum store_slot slots[] = {STORE_HELD, STORE_LIVE};
    bool found = false;
    for (size_t i = 0; i < sizeof slots / sizeof slots[0] && !found; i++) {
        struct bundle b = {0};
        struct err ignored = {0};
        if (store_load(s, name, slots[i], &b, &ignored) == 0)
            found = memcmp(b.leaf.spki_sha256, r->spki_sha256, sizeof r->spki_sha256) == 0;
        bundle_clear(&b);
    }
    return found;
}

/* By the record alone: the files beside it may be gone. */
static bool is_done(struct store *s, const char *name)
{
    struct buf text = BUF_INIT(RESUME_MAX_BYTES);
    struct resume r = {0};
    struct json *j = NULL;
    struct err ignored = {0};
    char path[REL_MAX];
    bool done = store_get(s, rel(path, name, "order.json"), &text, &ignored) == 0 &&
                json_parse(&j, buf_str(&text), text.len, path, &ignored) == 0 &&
                read_record(&r, j, &ignored) == 0 && resume_is_delivered(s, name, &r);
    resume_clear(&r);
    json_free(j);
    buf_clear(&text);
    return done;
}

int resume_tidy(struct store *s, const char *name, struct err *err)
{
    char path[REL_MAX];
    if (store_has(s, rel(path, name, "order.json")) && !is_done(s, name))
        return 0;
    return resume_forget(s, name, err);
}

/* ---- writing ---- */

int resume_save(struct store *s, const char *name, const struct resume *r, struct err *err)
{
    char path[REL_MAX], hex[2 * SHA256_BYTES + 1];
    struct buf text = BUF_INIT(RESUME_MAX_BYTES);
    struct json *j = json_new_object();
    struct json *names = json_new_array();
    for (size_t i = 0; i < r->names.n; i++)
        json_append_string(names, r->names.v[i]);
    text_hex(r->spki_sha256, sizeof r->spki_sha256, hex);
    json_put_string(j, "order_url", r->order_url);
    json_put_string(j, "directory", r->directory);
    json_put_string(j, "account", r->account);
    json_put(j, "names", names);
    json_put_string(j, "profile", r->profile);
    json_put_string(j, "key_spki_sha256", hex);
    json_put_time(j, "created", r->created);
    if (r->key && key_container(r->key))
        json_put_string(j, "container", key_container(r->key));
    int rc = json_text(j, JSON_PRETTY, &text, err);
    if (!rc)
        rc = store_put(s, rel(path, name, "order.json"), buf_str(&text), text.len, err);
    json_free(j);
    buf_clear(&text);
    return rc;
}

static int fill(struct resume *r, const struct conf *conf, const struct resume_for *want,
                struct err *err)
{
    r->created = want->now;
    for (size_t i = 0; i < conf->names.n; i++) {
        if (strings_add(&r->names, conf->names.v[i], err))
            return -1;
    }
    if (text_dup(&r->directory, want->directory, err) || text_dup(&r->account, want->account, err))
        return -1;
    return want->profile ? text_dup(&r->profile, want->profile, err) : 0;
}

/* Written down first: whatever happens from here on, the container has an owner. */
static int make_in_machine(const struct resume_place *at, const struct conf *conf, struct key **out,
                           struct err *err)
{
    char container[MACHINE_KEY_NAME_BYTES];
    if (!at->keys)
        return no_keys(err);
    return machine_key_name(conf->name, container, err) ||
                   store_key_note(at->store, conf->name, container, err) ||
                   machine_key_make(at->keys, container, out, err)
               ? -1
               : 0;
}

static int save_key(struct store *s, const char *name, const struct key *key, struct err *err)
{
    char path[REL_MAX];
    struct buf pem = BUF_INIT(RESUME_MAX_BYTES);
    int rc = -1;
    rel(path, name, "order.key");
    if (key_container(key))
        return store_remove(s, path, err); /* of an order that was given up */
    if (key_to_pem(key, &pem, err) == 0 && buf_check(&pem, "order.key", err) == 0)
        rc = store_put_secret(s, path, pem.p, pem.len, err);
    buf_wipe(&pem);
    return rc;
}

int resume_make(const struct resume_place *at, const struct conf *conf,
                const struct resume_for *want, struct key *key, struct resume *out, struct err *err)
{
    char path[REL_MAX];
    struct resume r = {.key = key};
    int rc = -1;
    buf_init(&r.csr, RESUME_MAX_BYTES);
    if (fill(&r, conf, want, err) || (!r.key && make_in_machine(at, conf, &r.key, err)) ||
        spki_of(r.key, r.spki_sha256, err) ||
        machine_key_csr(at->keys, r.key, (const char *const *)conf->names.v, conf->names.n, &r.csr,
                        err) ||
        buf_check(&r.csr, "order.csr", err))
        goto done;
    /* The record last: without it the other two are nothing. */
    if (save_key(at->store, conf->name, r.key, err) ||
        store_put(at->store, rel(path, conf->name, "order.csr"), r.csr.p, r.csr.len, err) ||
        resume_save(at->store, conf->name, &r, err))
        goto done;
    *out = r;
    r = (struct resume){0};
    rc = 0;
done:
    resume_clear(&r);
    return rc;
}

int resume_forget(struct store *s, const char *name, struct err *err)
{
    static const char *const files[] = {"order.json", "order.key", "order.csr"};
    char path[REL_MAX];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (store_remove(s, rel(path, name, files[i]), err))
            return -1;
    }
    return 0;
}
