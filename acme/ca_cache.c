/* SPDX-License-Identifier: Apache-2.0 */
#include "ca_cache.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { REL_MAX = 160 };

static const char *record(char out[REL_MAX], const char *directory_url, const char *file)
{
    char folder[128];
    store_account_dir(directory_url, folder);
    snprintf(out, REL_MAX, "%s/%s", folder, file);
    return out;
}

static struct json *load(const struct acme_env *env, const char *rel)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct json *j = NULL;
    struct err ignored = {0};
    if (!env->store || store_get(env->store, rel, &text, &ignored) ||
        json_parse(&j, buf_str(&text), text.len, rel, &ignored))
        j = NULL;
    buf_clear(&text);
    return j;
}

static void save(const struct acme_env *env, const char *rel, const struct json *j)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct err e = {0};
    if (env->store && (json_text(j, JSON_PRETTY, &text, &e) ||
                       store_put(env->store, rel, buf_str(&text), text.len, &e)))
        log_info(env->log, "not kept for the next run: %s", e.text);
    buf_clear(&text);
}

/* Of a clock that was put back, too, nothing is believed. */
static bool is_young(const struct acme_env *env, const struct json *j, const char *key,
                     int64_t life_s)
{
    int64_t age = clock_now(env->clock) - json_get_integer(j, key, 0);
    return age >= 0 && age < life_s;
}

/* ---- the directory ---- */

bool ca_cache_directory(const struct acme_env *env, const char *directory_url,
                        struct msg_directory *out)
{
    char rel[REL_MAX];
    struct err ignored = {0};
    struct json *j = load(env, record(rel, directory_url, "directory.json"));
    const char *url = json_get_string(j, "url");
    bool ok = url && strcmp(url, directory_url) == 0 &&
              is_young(env, j, "fetched", CA_DIRECTORY_LIFE_S) &&
              msg_directory_read(out, json_get(j, "directory"), &ignored) == 0;
    json_free(j);
    return ok;
}

void ca_cache_keep_directory(const struct acme_env *env, const char *directory_url,
                             const struct json *directory)
{
    char rel[REL_MAX];
    struct json *j = json_new_object();
    json_put_string(j, "url", directory_url);
    json_put_integer(j, "fetched", clock_now(env->clock));
    json_put(j, "directory", json_copy_of(directory));
    save(env, record(rel, directory_url, "directory.json"), j);
    json_free(j);
}

/* ---- the nonce ---- */

bool ca_cache_is_nonce(const char *text)
{
    return text && *text && strlen(text) < CA_NONCE_MAX && text_is_base64url(text);
}

void ca_cache_take_nonce(const struct acme_env *env, const char *directory_url,
                         char out[CA_NONCE_MAX])
{
    char rel[REL_MAX];
    struct err e = {0};
    os_mutex_lock(shared_records(env->shared));
    struct json *j = load(env, record(rel, directory_url, "nonce.json"));
    const char *nonce = json_get_string(j, "nonce");
    out[0] = '\0';
    if (j && store_remove(env->store, rel, &e) == 0 && ca_cache_is_nonce(nonce) &&
        is_young(env, j, "at", CA_NONCE_LIFE_S))
        text_copy(out, CA_NONCE_MAX, nonce);
    os_mutex_unlock(shared_records(env->shared));
    json_free(j);
}

void ca_cache_keep_nonce(const struct acme_env *env, const char *directory_url, const char *nonce)
{
    char rel[REL_MAX];
    struct json *j = json_new_object();
    json_put_string(j, "nonce", nonce);
    json_put_integer(j, "at", clock_now(env->clock));
    save(env, record(rel, directory_url, "nonce.json"), j);
    json_free(j);
}
