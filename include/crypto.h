/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto.h - keys, certificates, PKCS#12, hashes. With tls.h the only door to OpenSSL.
 * Sources: crypto_hash.c, crypto_key.c, crypto_csr.c, crypto_cert.c, crypto_chain.c,
 * crypto_pfx.c. Numbers of OpenSSL stand in err as source openssl.
 */
#ifndef RRAS_CRYPTO_H
#define RRAS_CRYPTO_H

#include "buf.h"

/* ---- hashes ---- */
enum { SHA1_BYTES = 20, SHA256_BYTES = 32 };
void crypto_sha1(const void *p, size_t len, uint8_t out[SHA1_BYTES]);
void crypto_sha256(const void *p, size_t len, uint8_t out[SHA256_BYTES]);
enum crypto_hmac { CRYPTO_HMAC_SHA1, CRYPTO_HMAC_SHA256, CRYPTO_HMAC_SHA384, CRYPTO_HMAC_SHA512 };
/* out has room for 64 bytes; *out_len is set. */
int crypto_hmac(enum crypto_hmac alg, const void *key, size_t key_len, const void *p, size_t len,
                uint8_t out[64], size_t *out_len, struct err *err) MUST_CHECK;
bool crypto_equal(const void *a, const void *b, size_t len); /* in constant time */

/* ---- keys ---- */
enum key_type { KEY_RSA2048, KEY_RSA3072, KEY_RSA4096, KEY_EC256, KEY_EC384 };
/* "rsa2048" ... "ec384"; false if it is none of them. */
bool key_type_parse(const char *s, enum key_type *out);
const char *key_type_name(enum key_type t);

struct key; /* opaque private key; key_free wipes */
int key_new(struct key **out, enum key_type type, struct err *err) MUST_CHECK;
void key_free(struct key *k);
/* A key that stays where it is (machine_key.h): the public half, of `spki` (SubjectPublicKeyInfo
 * DER) or of a certificate, and the name of the container that has the private one. Whatever needs
 * the private half (PEM, PFX, signatures) fails with ERR_USAGE. */
int key_refer(struct key **out, const char *container, const void *spki, size_t len,
              struct err *err) MUST_CHECK;
int key_refer_cert(struct key **out, const char *container, const void *der, size_t len,
                   struct err *err) MUST_CHECK;
/* The container's name, borrowed; NULL: the private half is here. */
const char *key_container(const struct key *k);
enum key_type key_type_of(const struct key *k);
/* PKCS#8, unencrypted PEM; out must be wiped by the caller (buf_wipe). */
int key_to_pem(const struct key *k, struct buf *out, struct err *err) MUST_CHECK;
/* ERR_USAGE: no key, an encrypted one, or one of none of our types. */
int key_from_pem(struct key **out, const char *pem, size_t len, const char *what,
                 struct err *err) MUST_CHECK;
/* SubjectPublicKeyInfo DER (for comparing) and its SHA-256. */
int key_spki(const struct key *k, struct buf *out, struct err *err) MUST_CHECK;
/* The same of an RSA key by its numbers, big-endian. */
struct rsa_numbers {
    const uint8_t *n, *e;
    size_t n_len, e_len;
};
int rsa_spki(const struct rsa_numbers *k, struct buf *out, struct err *err) MUST_CHECK;
bool key_same_public(const struct key *a, const struct key *b);
/* RFC 7515: "ES256", "ES384" or "RS256". */
const char *key_jws_alg(const struct key *k);
/* Signs for JWS: ES* gives raw r||s, RS256 PKCS#1 v1.5. Appends to out. */
int key_jws_sign(const struct key *k, const void *p, size_t len, struct buf *out,
                 struct err *err) MUST_CHECK;
/* Public JWK as compact JSON, members in lexicographic order without spaces, which is also the
 * RFC 7638 thumbprint input. Appends to out. */
int key_jwk(const struct key *k, struct buf *out, struct err *err) MUST_CHECK;
/* base64url of the RFC 7638 thumbprint (43 characters). */
int key_thumbprint(const struct key *k, char out[44], struct err *err) MUST_CHECK;

/* ---- certificate signing request ---- */
/* PKCS#10 DER: SAN with all names (critical only if the subject is empty), CN = first name if it
 * has at most 64 characters. */
int csr_make(const struct key *k, const char *const *names, size_t name_count, struct buf *out,
             struct err *err) MUST_CHECK;

/* A private key that stays where it is (a key provider, a token): its public half, and what it can
 * do. Borrowed. */
struct key_signer {
    const void *spki; /* SubjectPublicKeyInfo DER, of one of our types */
    size_t spki_len;
    /* Signs a digest, of SHA-256 or, for ec384, SHA-384. Appends what key_jws_sign does: r||s at
     * fixed width for EC, PKCS#1 v1.5 for RSA. */
    int (*sign)(void *self, const uint8_t *digest, size_t len, struct buf *out, struct err *err);
    void *self;
};
/* csr_make by such a key; the signature is verified before the request is given out. ERR_FAIL, also
 * when it does not verify. */
int csr_make_by_signer(const struct key_signer *k, const char *const *names, size_t name_count,
                       struct buf *out, struct err *err) MUST_CHECK;

/* ---- certificates ---- */
enum { CERT_MAX_NAMES = 100, CERT_MAX_CHAIN = 10 };
/* What we want to know of a certificate; cert_info_clear frees. */
struct cert_info {
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES]; /* over the DER */
    uint8_t spki_sha256[SHA256_BYTES];
    int64_t not_before, not_after;
    char serial[64];   /* lower-case hex */
    char subject[256]; /* one line, foreign characters replaced */
    char issuer[256];
    char issuer_cn[128];
    char key[16]; /* "rsa2048", "ec256"; also "rsa1024" and the like, or "other" */
    char **names; /* dNSName entries as they stand */
    size_t name_count;
    bool server_auth; /* EKU serverAuth or anyExtendedKeyUsage, or no EKU at all */
    bool self_signed;
    char crl_url[256]; /* the first address of a revocation list; "" = none */
    char ari_id[128];  /* RFC 9773 certID; "" when there is no authority key identifier */
};
int cert_info_read(struct cert_info *out, const void *der, size_t len, struct err *err) MUST_CHECK;
void cert_info_clear(struct cert_info *c);

/* A chain: DER certificates, leaf first. */
struct cert_chain {
    struct {
        uint8_t *der;
        size_t len;
    } cert[CERT_MAX_CHAIN];
    size_t count;
};
/* RFC 8555 11.4: only CERTIFICATE blocks; any other "-----BEGIN" refuses the whole text. ERR_CA,
 * with `what` in front of the text. */
int cert_chain_from_pem(struct cert_chain *out, const char *pem, size_t len, const char *what,
                        struct err *err) MUST_CHECK;
int cert_chain_to_pem(const struct cert_chain *c, struct buf *out, struct err *err) MUST_CHECK;
void cert_chain_clear(struct cert_chain *c);

/* A file of trusted roots: at least one CERTIFICATE block, and every one can be read; other blocks
 * and text between them are passed over. ERR_USAGE, with `what` in front of the text. */
int cert_pem_check(const char *pem, size_t len, const char *what, struct err *err) MUST_CHECK;

/* What a certificate must be before it counts (acme duty list 27, 34, 35): key, exactly these
 * names (dNSName entries, in any order and case), serverAuth, dates around now, each certificate
 * signed by the next. ERR_CA with the first thing that is wrong. notBefore may be up to an hour
 * after `now`: clocks differ, and the deployment waits for it.
 *
 * The chain's order after the leaf is mended in place: issuer by issuer, until one is self-signed
 * or its issuer is not there (roots are usually not sent). Certificates that no path leads to are
 * dropped; but if the leaf's own issuer is missing although others were sent, that is an error. */
struct cert_wanted {
    const struct key *key; /* NULL = not compared */
    const char *const *names;
    size_t name_count; /* 0 = not compared */
    int64_t now;
};
int cert_chain_check(struct cert_chain *c, const struct cert_wanted *w, struct err *err) MUST_CHECK;

/* Whether a client would trust a chain as a server has sent it, leaf first: that it leads, through
 * valid certificates, to one of ca_pem (which may be the leaf itself, or an intermediate), or to a
 * root of this system when ca_pem is NULL. Not looked at: names, revocation, usage (Windows does).
 * ERR_CHECK with the reason; ERR_USAGE when ca_pem holds no certificate. */
int cert_chain_trusted(const struct cert_chain *c, const char *ca_pem, size_t ca_len, int64_t now,
                       struct err *err) MUST_CHECK;
/* Appends a copy of a certificate in DER; ERR_FAIL when it is none, or the chain is full. */
int cert_chain_add(struct cert_chain *c, const uint8_t *der, size_t len,
                   struct err *err) MUST_CHECK;
/* A name of a certificate against a host (both A-labels, any case): "*." stands for exactly one
 * label (RFC 9525 6.3). */
bool cert_names_match(const struct cert_info *c, const char *host);

/* ---- PKCS#12 ---- */
enum pfx_style { PFX_MODERN /* AES-256, SHA-256 */, PFX_LEGACY /* 3DES, SHA-1 */ };
/* Leaf, key, rest of the chain; password is UTF-8. out must be wiped. */
int pfx_make(const struct key *k, const struct cert_chain *c, const char *friendly_name,
             const char *password, enum pfx_style style, struct buf *out,
             struct err *err) MUST_CHECK;
/* A PFX from elsewhere. *key and *chain are the caller's; the chain is in order, certificates that
 * do not belong to it are left out. ERR_USAGE on a wrong password, an unreadable file, a missing
 * key or certificate, or a key of none of our types. */
int pfx_read(const void *p, size_t len, const char *password, struct key **key,
             struct cert_chain *chain, struct err *err) MUST_CHECK;

/* ---- self-signed, for rehearsals and tests ---- */
int cert_self_signed(const struct key *k, const char *const *names, size_t name_count,
                     int64_t not_before, int64_t not_after, struct cert_chain *out,
                     struct err *err) MUST_CHECK;

/* The same for a key that is elsewhere (key_refer): named as if self-signed, but signed by
 * `signer`, a key that is here. Good for trying that key, and for nothing else. */
struct cert_wish {
    const char *const *names;
    size_t name_count;
    int64_t not_before, not_after;
};
int cert_for_key(const struct key *k, const struct key *signer, const struct cert_wish *w,
                 struct cert_chain *out, struct err *err) MUST_CHECK;

const char *crypto_library_version(void);

#endif
