/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_int.h - what the crypto_*.c files share. The only header of ours that shows OpenSSL. */
#ifndef RRAS_CRYPTO_INT_H
#define RRAS_CRYPTO_INT_H

#include "crypto.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct key {
    EVP_PKEY *pkey; /* owned; has a private part, unless there is a container */
    enum key_type type;
    char *container; /* owned; NULL: the private part is here */
};

/* ERR_USAGE when the private part is elsewhere. */
int crypto_need_private(const struct key *k, struct err *err) MUST_CHECK;

/* err_sys with OpenSSL's own reason behind the text. Empties OpenSSL's error queue. */
int crypto_fail(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* One of our key types, or false (another algorithm, size or curve). Public keys, too. */
bool crypto_key_kind(const EVP_PKEY *pkey, enum key_type *out);
/* Takes pkey over on success only; ERR_USAGE when it is none of our types. */
int crypto_key_wrap(struct key **out, EVP_PKEY *pkey, const char *what, struct err *err) MUST_CHECK;
/* Puts the public half in; 1 or 0, as OpenSSL has it. What OpenSSL offers for this
 * (X509_PUBKEY_set, i2d_PUBKEY, X509_REQ_set_pubkey) loads every encoder of every key type first,
 * which took a quarter of a run with nothing to do. EC keys alone: RSA has no other way. */
bool crypto_is_ec(const struct key *k);
int crypto_put_ec_public(X509_PUBKEY *out, const struct key *k);
/* The digest that a key signs certificates, requests and JWS with. */
const EVP_MD *crypto_sign_digest(const struct key *k);
const EVP_MD *crypto_digest_of(enum key_type type);
/* Of r and of s in an EC key's signature; 0 for RSA. */
size_t crypto_coordinate_bytes(enum key_type type);

/* Exactly one certificate, nothing behind it; NULL if it is not. Leaves no OpenSSL errors. */
X509 *crypto_x509(const void *der, size_t len);
/* Appends the certificate's DER. */
int crypto_chain_append(struct cert_chain *c, X509 *x, const char *what,
                        struct err *err) MUST_CHECK;
/* As cert_chain_trusted, by what the store holds. Takes it over. */
int crypto_trust_store(X509_STORE *store, const struct cert_chain *c, int64_t now,
                       struct err *err) MUST_CHECK;
/*
 * The path from the leaf as far as the pool reaches: out[0] is the leaf, each entry is signed by
 * the next, and it ends at a self-signed certificate or where nobody fits. Borrows; returns the
 * number of entries, at most CERT_MAX_CHAIN.
 */
size_t crypto_chain_link(X509 *leaf, X509 *const *pool, size_t pool_count,
                         X509 *out[CERT_MAX_CHAIN]);

/* subjectAltName with dNSName entries; NULL when memory runs out. */
X509_EXTENSION *crypto_san(const char *const *names, size_t name_count, bool critical);
/* True if the name fits the common name's upper bound (RFC 5280 A.1: ub-common-name 64). */
bool crypto_fits_cn(const char *name);
/* Version, subject and names into a request; 1 or 0. */
int crypto_request_names(X509_REQ *req, const char *const *names, size_t name_count);
int crypto_add_cn(X509_NAME *subject, const char *name); /* 1 or 0, as OpenSSL has it */

#endif
