/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto_pfx.c - PKCS#12 (RFC 7292).
 *
 * Modern: PBES2 with AES-256-CBC and HMAC-SHA-256, MAC with SHA-256; read by Windows Server 2019
 * and newer. Legacy: pbeWithSHAAnd3-KeyTripleDES-CBC and MAC with SHA-1, for Server 2016. Both are
 * in OpenSSL's default provider. Old files from elsewhere may use RC2-40, which needs the legacy
 * provider; it is loaded only when such a file comes.
 */
#include "crypto_int.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

enum {
    MODERN_ITERATIONS = 10000,
    LEGACY_ITERATIONS = 2048, /* what old Windows writes itself */
    NO_MAC_YET = -1,
    MAX_PFX_BYTES = 1024 * 1024,
};

static STACK_OF(X509) * others_of(const struct cert_chain *c)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    for (size_t i = 1; all != NULL && i < c->count; i++) {
        X509 *x = crypto_x509(c->cert[i].der, c->cert[i].len);
        if (x == NULL || sk_X509_push(all, x) <= 0) {
            X509_free(x);
            sk_X509_pop_free(all, X509_free);
            return NULL;
        }
    }
    return all;
}

int pfx_make(const struct key *k, const struct cert_chain *c, const char *friendly_name,
             const char *password, enum pfx_style style, struct buf *out, struct err *err)
{
    bool legacy = style == PFX_LEGACY;
    int cipher = legacy ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
    int iterations = legacy ? LEGACY_ITERATIONS : MODERN_ITERATIONS;
    unsigned char *der = NULL;
    PKCS12 *p12 = NULL;
    int rc = -1, len = 0;
    if (c->count == 0)
        return err_set(err, ERR_FAIL, "PFX: no certificate");
    if (crypto_need_private(k, err))
        return -1;
    ERR_clear_error();
    X509 *leaf = crypto_x509(c->cert[0].der, c->cert[0].len);
    STACK_OF(X509) *others = others_of(c);
    if (leaf == NULL || others == NULL) {
        err_set(err, ERR_FAIL, "PFX: a certificate of the chain cannot be read");
        goto done;
    }
    /* PKCS12_create refuses a key that is not the certificate's. The friendly name becomes a
     * BMPString, as Windows wants it. The MAC is made apart because its digest cannot be named
     * here, and the library's default differs from version to version. */
    p12 = PKCS12_create(password, friendly_name, k->pkey, leaf, others, cipher, cipher, iterations,
                        NO_MAC_YET, 0);
    if (p12 == NULL ||
        PKCS12_set_mac(p12, password, -1, NULL, 0, iterations,
                       legacy ? EVP_sha1() : EVP_sha256()) != 1 ||
        (len = i2d_PKCS12(p12, &der)) <= 0) {
        crypto_fail(err, ERR_FAIL, "PFX");
        goto done;
    }
    buf_add(out, der, (size_t)len);
    rc = buf_check(out, "PFX", err);
done:
    if (der != NULL)
        OPENSSL_clear_free(der, (size_t)len);
    PKCS12_free(p12);
    sk_X509_pop_free(others, X509_free);
    X509_free(leaf);
    return rc;
}

/* ---- reading ---- */

struct contents {
    EVP_PKEY *pkey;
    X509 *leaf;
    STACK_OF(X509) * others;
};

static void contents_clear(struct contents *in)
{
    EVP_PKEY_free(in->pkey);
    X509_free(in->leaf);
    sk_X509_pop_free(in->others, X509_free);
    *in = (struct contents){0};
}

static int unpack(struct contents *out, PKCS12 *p12, const char *password, struct err *err)
{
    ERR_clear_error();
    if (PKCS12_parse(p12, password, &out->pkey, &out->leaf, &out->others) == 1)
        return 0;
    if (ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE) {
        ERR_clear_error();
        return err_set(err, ERR_USAGE, "PFX: wrong password");
    }
    /* The MAC was right, so this may be an old cipher. The default provider stays in use. */
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
    ERR_clear_error();
    bool ok =
        legacy != NULL && PKCS12_parse(p12, password, &out->pkey, &out->leaf, &out->others) == 1;
    int rc = ok ? 0 : crypto_fail(err, ERR_USAGE, "PFX: cannot be decrypted or read");
    if (legacy != NULL)
        OSSL_PROVIDER_unload(legacy);
    return rc;
}

static int chain_of(const struct contents *in, struct cert_chain *out, struct err *err)
{
    X509 *links[CERT_MAX_CHAIN] = {NULL}, *pool[4 * CERT_MAX_CHAIN] = {NULL};
    struct cert_chain chain = {0};
    size_t pool_count = 0;
    for (int i = 0; i < sk_X509_num(in->others); i++) {
        if (pool_count == sizeof pool / sizeof pool[0])
            return err_set(err, ERR_USAGE, "PFX: more than %zu certificates", pool_count);
        pool[pool_count++] = sk_X509_value(in->others, i);
    }
    size_t n = crypto_chain_link(in->leaf, pool, pool_count, links);
    for (size_t i = 0; i < n; i++) {
        if (crypto_chain_append(&chain, links[i], "PFX", err)) {
            cert_chain_clear(&chain);
            return -1;
        }
    }
    *out = chain;
    return 0;
}

int pfx_read(const void *p, size_t len, const char *password, struct key **key,
             struct cert_chain *chain, struct err *err)
{
    const unsigned char *at = p;
    struct contents in = {0};
    struct cert_chain found = {0};
    int rc = -1;
    ERR_clear_error();
    PKCS12 *p12 = len > 0 && len <= MAX_PFX_BYTES ? d2i_PKCS12(NULL, &at, (long)len) : NULL;
    if (p12 == NULL) {
        ERR_clear_error();
        err_set(err, ERR_USAGE, "PFX: this is no PKCS#12 file");
        goto done;
    }
    if (unpack(&in, p12, password, err))
        goto done;
    if (in.pkey == NULL || in.leaf == NULL) {
        err_set(err, ERR_USAGE, "PFX: no %s in it",
                in.pkey == NULL ? "private key" : "certificate for its private key");
        goto done;
    }
    if (chain_of(&in, &found, err) || crypto_key_wrap(key, in.pkey, "PFX", err))
        goto done;
    in.pkey = NULL; /* now *key's */
    *chain = found;
    found = (struct cert_chain){0};
    rc = 0;
done:
    cert_chain_clear(&found);
    contents_clear(&in);
    PKCS12_free(p12);
    return rc;
}
