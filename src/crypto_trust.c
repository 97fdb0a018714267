/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_trust.c - would a client trust this chain? For looking at servers, not for talking to
 * them. */
#include "crypto_trust.h"
#include "crypto_int.h"
#include "os.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <limits.h>
#include <time.h>

static STACK_OF(X509) * others_of(const struct cert_chain *c)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    for (size_t i = 1; others != NULL && i < c->count; i++) {
        X509 *x = crypto_x509(c->cert[i].der, c->cert[i].len);
        if (x != NULL && sk_X509_push(others, x) <= 0)
            X509_free(x);
    }
    return others;
}

static int judge(X509_STORE *store, X509 *leaf, STACK_OF(X509) * others, int64_t now,
                 struct err *err)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int rc = -1;
    if (ctx == NULL || X509_STORE_CTX_init(ctx, store, leaf, others) != 1) {
        crypto_fail(err, ERR_FAIL, "certificate chain");
        goto done;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)now);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    if (X509_verify_cert(ctx) != 1) {
        int why = X509_STORE_CTX_get_error(ctx);
        err_set(err, ERR_CHECK, "certificate chain: %s (certificate %d of what was sent)",
                X509_verify_cert_error_string(why), X509_STORE_CTX_get_error_depth(ctx) + 1);
        goto done;
    }
    rc = 0;
done:
    ERR_clear_error();
    X509_STORE_CTX_free(ctx);
    return rc;
}

int crypto_trust_store(X509_STORE *store, const struct cert_chain *c, int64_t now, struct err *err)
{
    X509 *leaf = c->count > 0 ? crypto_x509(c->cert[0].der, c->cert[0].len) : NULL;
    STACK_OF(X509) *others = others_of(c);
    int rc = -1;
    if (leaf == NULL || others == NULL)
        err_set(err, ERR_CHECK, "certificate chain: empty, or its leaf cannot be read");
    else
        rc = judge(store, leaf, others, now, err);
    sk_X509_pop_free(others, X509_free);
    X509_free(leaf);
    X509_STORE_free(store);
    return rc;
}

int cert_chain_trusted(const struct cert_chain *c, const char *ca_pem, size_t ca_len, int64_t now,
                       struct err *err)
{
    if (ca_pem == NULL)
        return crypto_trust_system(c, now, err);
    BIO *bio = ca_len <= INT_MAX ? BIO_new_mem_buf(ca_pem, (int)ca_len) : NULL;
    X509_STORE *store = X509_STORE_new();
    X509 *root;
    size_t roots = 0;
    while (bio != NULL && store != NULL && (root = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        roots += X509_STORE_add_cert(store, root) == 1;
        X509_free(root);
    }
    ERR_clear_error();
    BIO_free(bio);
    if (roots == 0) {
        X509_STORE_free(store);
        return err_set(err, ERR_USAGE, "trusted roots: no certificate in PEM form");
    }
    return crypto_trust_store(store, c, now, err);
}

/* ---- instead of libcurl's own judgement ---- */

static int add(struct cert_chain *to, X509 *x, struct err *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    int rc = len > 0 ? cert_chain_add(to, der, (size_t)len, err)
                     : crypto_fail(err, ERR_FAIL, "certificate");
    OPENSSL_free(der);
    return rc;
}

static int on_verify(X509_STORE_CTX *ctx, void *user)
{
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx); /* the leaf, too */
    X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
    struct cert_chain chain = {.count = 0};
    struct err *why = user;
    err_clear(why);
    int rc = add(&chain, leaf, why);
    for (int i = 0; rc == 0 && i < sk_X509_num(sent) && chain.count < CERT_MAX_CHAIN; i++)
        if (X509_cmp(sk_X509_value(sent, i), leaf) != 0)
            rc = add(&chain, sk_X509_value(sent, i), why);
    if (rc == 0)
        rc = crypto_trust_system(&chain, clock_now(&os_clock), why);
    X509_STORE_CTX_set_error(ctx, rc == 0 ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    cert_chain_clear(&chain);
    return rc == 0;
}

void crypto_trust_by_system(void *ssl_ctx, struct err *why)
{
    SSL_CTX_set_cert_verify_callback(ssl_ctx, on_verify, why);
}
