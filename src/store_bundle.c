/* SPDX-License-Identifier: Apache-2.0 */
/* store_bundle.c - the folder of one certificate: chain.pem, key.pem, bundle.json; of a key that
 * stays in the machine's provider key.json with the container's name instead of key.pem. */
#include "store_int.h"

#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { CHAIN_MAX_BYTES = STORE_MAX_RECORD_BYTES };

bool store_dir_complete(struct store *s, const char *dir)
{
    char rel[STORE_REL_BYTES];

    store_rel(rel, "%s/bundle.json", dir);
    return store_has(s, rel);
}

int store_dir_drop(struct store *s, const char *dir, struct err *err)
{
    char rel[STORE_REL_BYTES];

    store_rel(rel, "%s/bundle.json", dir);
    if (!store_has(s, dir))
        return 0;
    return store_remove(s, rel, err) || store_flush(s, dir, err) || store_remove_tree(s, dir, err)
               ? -1
               : 0;
}

int store_dir_json(struct store *s, const char *dir, const char *file, struct json **out,
                   struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    char rel[STORE_REL_BYTES];
    int result;

    store_rel(rel, "%s/%s", dir, file);
    result = store_get(s, rel, &text, err) || json_parse(out, buf_str(&text), text.len, rel, err)
                 ? -1
                 : 0;
    buf_clear(&text);
    return result;
}

int store_dir_put_json(struct store *s, const char *dir, const char *file, const struct json *j,
                       struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    char rel[STORE_REL_BYTES];
    int result;

    store_rel(rel, "%s/%s", dir, file);
    result =
        json_text(j, JSON_PRETTY, &text, err) || store_put(s, rel, buf_str(&text), text.len, err)
            ? -1
            : 0;
    buf_clear(&text);
    return result;
}

int store_dir_container(struct store *s, const char *dir, char out[MACHINE_KEY_NAME_BYTES],
                        struct err *err)
{
    struct json *j = NULL;
    char rel[STORE_REL_BYTES];
    int result = 0;

    out[0] = 0;
    store_rel(rel, "%s/key.json", dir);
    if (!store_has(s, rel))
        return 0;
    if (store_dir_json(s, dir, "key.json", &j, err))
        return -1;
    if (!json_get_text(j, "container", out, MACHINE_KEY_NAME_BYTES) || !out[0])
        result = err_set(err, ERR_FAIL, "%s: no container's name", rel);
    json_free(j);
    return result;
}

static const char *key_file(struct store *s, const char *dir)
{
    char rel[STORE_REL_BYTES];

    store_rel(rel, "%s/key.json", dir);
    return store_has(s, rel) ? "key.json" : "key.pem";
}

/* ---- bundle.json ---- */

/* The bytes that a record takes on disk; of zeros, as a power failure may leave it, none. */
static int size_of(struct store *s, const char *dir, const char *file, int64_t *out,
                   struct err *err)
{
    struct buf raw = BUF_INIT(STORE_MAX_RECORD_BYTES);
    char rel[STORE_REL_BYTES];
    int result;

    store_rel(rel, "%s/%s", dir, file);
    result = store_get(s, rel, &raw, err);
    if (!result)
        *out = *buf_str(&raw) ? (int64_t)raw.len : 0;
    buf_wipe(&raw);
    return result;
}

static void put_hash(struct json *j, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * SHA256_BYTES + 1];

    text_hex(p, len, hex);
    json_put_string(j, key, hex);
}

/* For people, for the archive, and so that most runs need not read the certificate itself, which
 * is the truth. Written last: it stands for the folder being complete. */
static int write_bundle_json(struct store *s, const char *dir, const struct cert_info *c,
                             struct err *err)
{
    int64_t chain_bytes = 0, key_bytes = 0;
    struct json *j = NULL, *names = NULL;
    int result;

    if (size_of(s, dir, "chain.pem", &chain_bytes, err) ||
        size_of(s, dir, key_file(s, dir), &key_bytes, err))
        return -1;
    j = json_new_object();
    names = json_new_array();
    put_hash(j, "sha256", c->sha256, sizeof c->sha256);
    put_hash(j, "sha1", c->sha1, sizeof c->sha1);
    json_put_string(j, "serial", c->serial);
    json_put_string(j, "issuer", c->issuer);
    json_put_string(j, "key", c->key);
    json_put_time(j, "not_before", c->not_before);
    json_put_time(j, "not_after", c->not_after);
    for (size_t i = 0; i < c->name_count; i++)
        json_append_string(names, c->names[i]);
    json_put(j, "names", names);
    json_put_string(j, "ari_id", c->ari_id);
    json_put_integer(j, "chain_bytes", chain_bytes);
    json_put_integer(j, "key_bytes", key_bytes);
    result = store_dir_put_json(s, dir, "bundle.json", j, err);
    json_free(j);
    return result;
}

static bool get_names(const struct json *j, struct cert_info *out)
{
    const struct json *list = json_get(j, "names");
    struct err ignored = {0};
    size_t n = json_count(list);

    out->names = calloc(n ? n : 1, sizeof *out->names);
    for (size_t i = 0; out->names && i < n; i++) {
        const char *name = json_string_of(json_at(list, i));
        if (!name || text_dup(&out->names[i], name, &ignored))
            return false;
        out->name_count++;
    }
    return n > 0 && out->names;
}

bool store_leaf_of(const struct json *j, struct cert_info *out)
{
    return json_get_hex(j, "sha256", out->sha256, SHA256_BYTES) &&
           json_get_hex(j, "sha1", out->sha1, SHA1_BYTES) &&
           json_get_text(j, "serial", out->serial, sizeof out->serial) &&
           json_get_text(j, "issuer", out->issuer, sizeof out->issuer) &&
           json_get_text(j, "key", out->key, sizeof out->key) &&
           json_get_text(j, "ari_id", out->ari_id, sizeof out->ari_id) &&
           json_get_time(j, "not_before", &out->not_before) &&
           json_get_time(j, "not_after", &out->not_after) && get_names(j, out);
}

/* False when chain and key are not the files that bundle.json was written for. */
static bool fits(struct store *s, const char *dir, const struct json *j)
{
    int64_t chain = 0, key = 0;
    struct err ignored = {0};

    return size_of(s, dir, "chain.pem", &chain, &ignored) == 0 &&
           size_of(s, dir, key_file(s, dir), &key, &ignored) == 0 &&
           chain == json_get_integer(j, "chain_bytes", -1) &&
           key == json_get_integer(j, "key_bytes", -1);
}

/* ---- chain and key ---- */

static int write_key(struct store *s, const char *dir, const struct key *k, struct err *err)
{
    struct buf pem = BUF_INIT(CHAIN_MAX_BYTES);
    char rel[STORE_REL_BYTES];
    int result = -1;

    if (key_container(k)) {
        struct json *j = json_new_object();
        json_put_string(j, "container", key_container(k));
        result = store_dir_put_json(s, dir, "key.json", j, err);
        json_free(j);
        return result;
    }
    store_rel(rel, "%s/key.pem", dir);
    if (key_to_pem(k, &pem, err) == 0)
        result = store_put_secret(s, rel, buf_str(&pem), pem.len, err);
    buf_wipe(&pem);
    return result;
}

int store_dir_write(struct store *s, const char *dir, const struct bundle *b, struct err *err)
{
    struct buf chain = BUF_INIT(CHAIN_MAX_BYTES);
    char rel[STORE_REL_BYTES];
    int result = -1;

    if (cert_chain_to_pem(&b->chain, &chain, err))
        goto done;
    store_rel(rel, "%s/chain.pem", dir);
    if (store_put(s, rel, buf_str(&chain), chain.len, err) || write_key(s, dir, b->key, err))
        goto done;
    result = write_bundle_json(s, dir, &b->leaf, err);
done:
    buf_clear(&chain);
    return result;
}

static int check_key(const char *dir, const struct bundle *b, struct err *err)
{
    struct buf spki = BUF_INIT(8192);
    uint8_t hash[SHA256_BYTES];
    int result = key_spki(b->key, &spki, err);

    if (!result) {
        crypto_sha256(buf_str(&spki), spki.len, hash);
        if (memcmp(hash, b->leaf.spki_sha256, sizeof hash) != 0)
            result = err_set(err, ERR_FAIL, "%s: key.pem does not belong to chain.pem", dir);
    }
    buf_clear(&spki);
    return result;
}

/* Of a key that is elsewhere, the certificate has the public half. */
static int read_key(struct store *s, const char *dir, const struct cert_chain *chain,
                    struct key **out, struct err *err)
{
    struct buf secret = BUF_INIT(CHAIN_MAX_BYTES);
    char container[MACHINE_KEY_NAME_BYTES], rel[STORE_REL_BYTES];
    int result = -1;

    if (store_dir_container(s, dir, container, err))
        return -1;
    if (container[0])
        return key_refer_cert(out, container, chain->cert[0].der, chain->cert[0].len, err);
    store_rel(rel, "%s/key.pem", dir);
    if (store_get_secret(s, rel, &secret, err) == 0)
        result = key_from_pem(out, buf_str(&secret), secret.len, rel, err);
    buf_wipe(&secret);
    return result;
}

int store_dir_read(struct store *s, const char *dir, struct bundle *out, struct err *err)
{
    struct buf pem = BUF_INIT(CHAIN_MAX_BYTES);
    struct cert_chain chain = {0};
    struct bundle b = {0};
    struct key *key = NULL;
    char rel[STORE_REL_BYTES];
    int result = -1;

    store_rel(rel, "%s/chain.pem", dir);
    if (store_get(s, rel, &pem, err) ||
        cert_chain_from_pem(&chain, buf_str(&pem), pem.len, rel, err))
        goto done;
    if (read_key(s, dir, &chain, &key, err) || bundle_fill(&b, &key, &chain, err) ||
        check_key(dir, &b, err))
        goto done;
    *out = b;
    b = (struct bundle){0};
    result = 0;
done:
    bundle_clear(&b);
    key_free(key);
    cert_chain_clear(&chain);
    buf_clear(&pem);
    return result;
}

int store_dir_leaf(struct store *s, const char *dir, struct cert_info *out, struct err *err)
{
    struct json *j = NULL;
    struct err ignored = {0};
    struct cert_info leaf = {0};
    struct bundle b = {0};
    int result = 0;

    if (store_dir_json(s, dir, "bundle.json", &j, &ignored) == 0 && store_leaf_of(j, &leaf) &&
        fits(s, dir, j))
        goto done;
    cert_info_clear(&leaf);
    result = store_dir_read(s, dir, &b, err);
    leaf = b.leaf;
    b.leaf = (struct cert_info){0};
    bundle_clear(&b);
done:
    if (!result)
        *out = leaf;
    json_free(j);
    return result;
}
