/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_csr.c - PKCS#10 requests, and self-signed certificates, which are made much alike. */
#include "crypto_int.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <string.h>

enum { MAX_COMMON_NAME = 64, SERIAL_BITS = 127 };

bool crypto_fits_cn(const char *name)
{
    return strlen(name) <= MAX_COMMON_NAME;
}

int crypto_add_cn(X509_NAME *subject, const char *name)
{
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0);
}

static int push_name(GENERAL_NAMES *all, const char *name)
{
    GENERAL_NAME *one = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    if (one != NULL && text != NULL && ASN1_STRING_set(text, name, -1) == 1) {
        GENERAL_NAME_set0_value(one, GEN_DNS, text); /* now owns text */
        text = NULL;
        if (sk_GENERAL_NAME_push(all, one) > 0)
            return 1;
    }
    ASN1_IA5STRING_free(text);
    GENERAL_NAME_free(one);
    return 0;
}

X509_EXTENSION *crypto_san(const char *const *names, size_t name_count, bool critical)
{
    X509_EXTENSION *ext = NULL;
    GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
    for (size_t i = 0; all != NULL && i < name_count; i++) {
        if (!push_name(all, names[i]))
            goto done;
    }
    if (all != NULL)
        ext = X509V3_EXT_i2d(NID_subject_alt_name, critical ? 1 : 0, all);
done:
    GENERAL_NAMES_free(all);
    return ext;
}

static int put_der(void *der, int len, const char *what, struct buf *out, struct err *err)
{
    if (len <= 0)
        return crypto_fail(err, ERR_FAIL, "%s", what);
    buf_add(out, der, (size_t)len);
    OPENSSL_free(der);
    return buf_check(out, what, err);
}

int crypto_request_names(X509_REQ *req, const char *const *names, size_t name_count)
{
    bool cn = crypto_fits_cn(names[0]);
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
    /* RFC 5280 4.2.1.6: critical if, and only if, the subject is empty. */
    X509_EXTENSION *san = crypto_san(names, name_count, !cn);
    bool ok = exts != NULL && san != NULL && sk_X509_EXTENSION_push(exts, san) > 0;
    if (ok)
        san = NULL; /* the stack has it */
    ok = ok && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
         X509_REQ_add_extensions(req, exts) == 1 &&
         (!cn || crypto_add_cn(X509_REQ_get_subject_name(req), names[0]) == 1);
    X509_EXTENSION_free(san);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    return ok;
}

static int request_key(X509_REQ *req, const struct key *k)
{
    return crypto_is_ec(k) ? crypto_put_ec_public(X509_REQ_get_X509_PUBKEY(req), k)
                           : X509_REQ_set_pubkey(req, k->pkey);
}

int csr_make(const struct key *k, const char *const *names, size_t name_count, struct buf *out,
             struct err *err)
{
    int rc = -1;
    if (name_count == 0)
        return err_set(err, ERR_FAIL, "certificate request: no names");
    if (crypto_need_private(k, err))
        return -1;
    ERR_clear_error();
    X509_REQ *req = X509_REQ_new();
    if (req == NULL || request_key(req, k) != 1 ||
        crypto_request_names(req, names, name_count) != 1 ||
        X509_REQ_sign(req, k->pkey, crypto_sign_digest(k)) <= 0) {
        crypto_fail(err, ERR_FAIL, "certificate request for %s", names[0]);
        goto done;
    }
    unsigned char *der = NULL;
    int len = i2d_X509_REQ(req, &der);
    rc = put_der(der, len, "certificate request", out, err);
done:
    X509_REQ_free(req);
    return rc;
}

/* ---- self-signed ---- */

static bool add_text_ext(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
    bool ok = ext != NULL && X509_add_ext(x, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static bool self_signed_extensions(X509 *x, const struct key *k, const char *const *names,
                                   size_t name_count)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *san = crypto_san(names, name_count, !crypto_fits_cn(names[0]));
    bool ok = san != NULL && X509_add_ext(x, san, -1) == 1;
    X509_EXTENSION_free(san);
    bool rsa = EVP_PKEY_is_a(k->pkey, "RSA") == 1;
    return ok && add_text_ext(x, &ctx, NID_basic_constraints, "critical,CA:FALSE") &&
           add_text_ext(x, &ctx, NID_key_usage,
                        rsa ? "critical,digitalSignature,keyEncipherment"
                            : "critical,digitalSignature") &&
           add_text_ext(x, &ctx, NID_ext_key_usage, "serverAuth") &&
           add_text_ext(x, &ctx, NID_subject_key_identifier, "hash");
}

static bool random_serial(X509 *x)
{
    BIGNUM *n = BN_new();
    bool ok = n != NULL && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return ok;
}

int cert_for_key(const struct key *k, const struct key *signer, const struct cert_wish *w,
                 struct cert_chain *out, struct err *err)
{
    const char *const *names = w->names;
    struct cert_chain chain = {0};
    int rc = -1;
    if (w->name_count == 0)
        return err_set(err, ERR_FAIL, "self-signed certificate: no names");
    if (crypto_need_private(signer, err))
        return -1;
    ERR_clear_error();
    X509 *x = X509_new();
    if (x == NULL || X509_set_version(x, X509_VERSION_3) != 1 || !random_serial(x) ||
        ASN1_TIME_set(X509_getm_notBefore(x), (time_t)w->not_before) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(x), (time_t)w->not_after) == NULL ||
        X509_set_pubkey(x, k->pkey) != 1 ||
        (crypto_fits_cn(names[0]) && crypto_add_cn(X509_get_subject_name(x), names[0]) != 1) ||
        X509_set_issuer_name(x, X509_get_subject_name(x)) != 1 ||
        !self_signed_extensions(x, k, names, w->name_count) ||
        X509_sign(x, signer->pkey, crypto_sign_digest(signer)) <= 0) {
        crypto_fail(err, ERR_FAIL, "self-signed certificate for %s", names[0]);
        goto done;
    }
    if (crypto_chain_append(&chain, x, "self-signed certificate", err))
        goto done;
    *out = chain;
    rc = 0;
done:
    X509_free(x);
    return rc;
}

int cert_self_signed(const struct key *k, const char *const *names, size_t name_count,
                     int64_t not_before, int64_t not_after, struct cert_chain *out, struct err *err)
{
    const struct cert_wish w = {names, name_count, not_before, not_after};
    return cert_for_key(k, k, &w, out, err);
}
