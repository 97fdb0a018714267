/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_key_refer.c - keys whose private half is elsewhere, in a container of the machine. */
#include "crypto_int.h"
#include "text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

const char *key_container(const struct key *k)
{
    return k->container;
}

int crypto_need_private(const struct key *k, struct err *err)
{
    if (k->container == NULL)
        return 0;
    return err_set(
        err, ERR_USAGE,
        "key container %s: the private key is in the machine's key provider and does not "
        "leave it",
        k->container);
}

/* Takes pkey over in any case. */
static int refer(struct key **out, const char *container, EVP_PKEY *pkey, struct err *err)
{
    struct key *k = NULL;
    char what[300];
    text_copy(what, sizeof what, container);
    if (crypto_key_wrap(&k, pkey, what, err)) {
        EVP_PKEY_free(pkey);
        return -1;
    }
    if (text_dup(&k->container, container, err)) {
        key_free(k);
        return -1;
    }
    *out = k;
    return 0;
}

int key_refer(struct key **out, const char *container, const void *spki, size_t len,
              struct err *err)
{
    const unsigned char *p = spki;
    ERR_clear_error();
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)len);
    if (pkey == NULL || p != (const unsigned char *)spki + len) {
        EVP_PKEY_free(pkey);
        return crypto_fail(err, ERR_FAIL, "key container %s: its public half", container);
    }
    return refer(out, container, pkey, err);
}

int key_refer_cert(struct key **out, const char *container, const void *der, size_t len,
                   struct err *err)
{
    ERR_clear_error();
    X509 *x = crypto_x509(der, len);
    EVP_PKEY *pkey = x != NULL ? X509_get_pubkey(x) : NULL;
    X509_free(x);
    if (pkey == NULL)
        return crypto_fail(err, ERR_FAIL, "key container %s: its certificate", container);
    return refer(out, container, pkey, err);
}

static EVP_PKEY *rsa_public(const BIGNUM *n, const BIGNUM *e)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (bld != NULL && ctx != NULL && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(bld)) != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

int rsa_spki(const struct rsa_numbers *k, struct buf *out, struct err *err)
{
    unsigned char *der = NULL;
    int len = 0;
    ERR_clear_error();
    BIGNUM *n = BN_bin2bn(k->n, (int)k->n_len, NULL), *e = BN_bin2bn(k->e, (int)k->e_len, NULL);
    EVP_PKEY *pkey = n != NULL && e != NULL ? rsa_public(n, e) : NULL;
    if (pkey != NULL)
        len = i2d_PUBKEY(pkey, &der);
    EVP_PKEY_free(pkey);
    BN_free(n);
    BN_free(e);
    if (len <= 0)
        return crypto_fail(err, ERR_FAIL, "RSA public key");
    buf_add(out, der, (size_t)len);
    OPENSSL_free(der);
    return buf_check(out, "RSA public key", err);
}
