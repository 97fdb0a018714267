/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine_key.h - private keys that are made in the machine's own key provider and never leave it
 * (the configuration's "key": "machine"): CNG's Microsoft Software Key Storage Provider, a key of
 * the machine, RSA 2048, not exportable. Neither a key file nor a PFX of it ever exists.
 *
 * Who owns them: store_key_note writes a container's name down before it is made, and
 * store_keys_sweep (store.h) finds those that nothing needs any more; deploy_drop_key removes them.
 */
#ifndef RRAS_MACHINE_KEY_H
#define RRAS_MACHINE_KEY_H

#include "crypto.h"

enum { MACHINE_KEY_NAME_BYTES = 128 };

/* The provider, by container name; a table because tests script it. */
struct machine_keys {
    /* ERR_EXISTS: the name is taken. After a failure the container may be there all the same. */
    int (*make)(void *self, const char *container, struct err *err);
    /* Appends its SubjectPublicKeyInfo. ERR_NOT_FOUND: there is no such container. */
    int (*public_half)(void *self, const char *container, struct buf *out, struct err *err);
    /* Appends the PKCS#1 v1.5 signature of a SHA-256 digest. */
    int (*sign)(void *self, const char *container, const uint8_t *digest, size_t len,
                struct buf *out, struct err *err);
    void *self;
};
/* This machine's. On systems other than Windows everything fails with ERR_USAGE. */
extern const struct machine_keys machine_keys_os;

/* Can this machine's provider make such a key? Makes one without a name, which is in memory alone
 * and gone afterwards. ERR_USAGE on systems other than Windows. */
int machine_key_try(struct err *err) MUST_CHECK;

/* A name that no container has had: "rras-acme-NAME-" and 16 random digits; NAME is shortened. */
int machine_key_name(const char *name, char out[MACHINE_KEY_NAME_BYTES],
                     struct err *err) MUST_CHECK;
/* Is it a name of that kind? */
bool machine_key_is_ours(const char *container);
/* Makes the key of this name; *out refers to it (key_refer). */
int machine_key_make(const struct machine_keys *keys, const char *container, struct key **out,
                     struct err *err) MUST_CHECK;
/* One that is there. ERR_NOT_FOUND. */
int machine_key_open(const struct machine_keys *keys, const char *container, struct key **out,
                     struct err *err) MUST_CHECK;
/* csr_make, signed where the key is; of a key that is here, csr_make. */
int machine_key_csr(const struct machine_keys *keys, const struct key *k, const char *const *names,
                    size_t name_count, struct buf *out, struct err *err) MUST_CHECK;

#endif
