/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pki.h - a small certificate authority in memory, for tests. Everything ends the program with a
 * message if it cannot be done, so tests need not check.
 */
#ifndef RRAS_TEST_PKI_H
#define RRAS_TEST_PKI_H

#include "crypto.h"

struct pki_spec {
    const struct key *key; /* the certificate's own; of a root the signer's as well */
    const char *cn;        /* subject; NULL = empty */
    const char *const *names;
    size_t name_count;
    bool ca;
    const char *usage; /* extended key usage, OpenSSL's words; NULL = no such extension */
    int64_t not_before, not_after;
    const char *serial; /* hex of the magnitude; NULL = 1 */
    const char *aki;    /* hex of the authority key identifier; NULL = none */
    const char *email;  /* one more name, of another kind; NULL = none */
};

/* Puts a new certificate in front of `chain`. It is signed by issuer_key under the subject of the
 * chain's first certificate; an empty chain makes it self-signed. */
void pki_issue(struct cert_chain *chain, const struct pki_spec *spec, const struct key *issuer_key);

struct key *pki_key(enum key_type type);
/* Keys of given numbers, each base64url as in a JWK: on P-256, and RSA without private part. */
struct key *pki_key_ec(const char *x, const char *y, const char *d);
struct key *pki_key_rsa(const char *n, const char *e);
/* True if the JWS signature (RFC 7518) is right. */
bool pki_jws_verify(const struct key *k, const void *p, size_t len, const void *sig,
                    size_t sig_len);
/* What a key_signer's `sign` does, with a key that is here. */
int pki_sign_digest(const struct key *k, const uint8_t *digest, size_t len, struct buf *out);
/* "CN|dns,dns|critical" of a request, after its own signature was verified; "" if it is none. */
const char *pki_request_text(const void *der, size_t len, char out[2048]);
/* The friendly name of a PFX's certificate, and its encryption and MAC by OID name, as
 * "name|cipher|mac". */
const char *pki_pfx_text(const void *der, size_t len, const char *password, char out[512]);
/* PFX with RC2-40, as old tools made them; needs OpenSSL's legacy provider. */
void pki_pfx_rc2(const struct key *k, const struct cert_chain *c, const char *password,
                 struct buf *out);

#endif
