/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_cache.h - what is kept of a CA between two runs, beside the account, to save round trips:
 *
 *     accounts/ID/directory.json   url, fetched, directory: believed for a day
 *     accounts/ID/nonce.json       nonce, at: the last unused one (RFC 8555 6.5), for an hour
 *
 * It is only a cache: whatever is wrong with it, it is as if it were not there, and the store may
 * be NULL. A nonce is removed before it is used, so nobody uses it twice; one that the CA does not
 * take any more costs the one request that fetching a fresh one would have cost.
 */
#ifndef RRAS_CA_CACHE_H
#define RRAS_CA_CACHE_H

#include "acme.h"
#include "msg.h"

enum {
    CA_DIRECTORY_LIFE_S = 24 * 3600,
    CA_NONCE_LIFE_S = 3600,
    CA_NONCE_MAX = 512, /* with its end */
};

/* Into *out, which must be zero; false: there is none young enough. */
bool ca_cache_directory(const struct acme_env *env, const char *directory_url,
                        struct msg_directory *out);
void ca_cache_keep_directory(const struct acme_env *env, const char *directory_url,
                             const struct json *directory);

/* Takes the nonce out of the store; "" when there is none young enough. */
void ca_cache_take_nonce(const struct acme_env *env, const char *directory_url,
                         char out[CA_NONCE_MAX]);
void ca_cache_keep_nonce(const struct acme_env *env, const char *directory_url, const char *nonce);

/* What RFC 8555 6.5 allows, of a length that we keep. */
bool ca_cache_is_nonce(const char *text);

#endif
