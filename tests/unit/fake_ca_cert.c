/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_ca_cert.h"

#include "crypto_int.h"
#include "pki.h"
#include "text.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <string.h>

enum { DAY_S = 24 * 3600, COORDINATE = 32 };

static bool coordinate(const char *text, unsigned char *out)
{
    struct buf b = BUF_INIT(256);
    struct err err = {0};
    bool ok =
        text && text_base64url_decode(&b, text, strlen(text), &err) == 0 && b.len == COORDINATE;
    if (ok)
        memcpy(out, b.p, COORDINATE);
    buf_clear(&b);
    return ok;
}

struct key *fake_key_of_jwk(const char *x, const char *y)
{
    unsigned char point[1 + 2 * COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
    char group[] = "prime256v1";
    EVP_PKEY *pkey = NULL;
    struct key *k = NULL;
    struct err err = {0};
    if (!coordinate(x, point + 1) || !coordinate(y, point + 1 + COORDINATE))
        return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1 &&
        crypto_key_wrap(&k, pkey, "JWK", &err))
        EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return k;
}

struct key *fake_key_of_csr(const void *der, size_t len)
{
    const unsigned char *p = der;
    struct key *k = NULL;
    struct err err = {0};
    X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)len);
    EVP_PKEY *pkey = req ? X509_REQ_get_pubkey(req) : NULL;
    if (pkey && crypto_key_wrap(&k, pkey, "CSR", &err))
        EVP_PKEY_free(pkey);
    X509_REQ_free(req);
    ERR_clear_error();
    return k;
}

char *fake_issue_pem(const struct fake_issue *what)
{
    struct cert_chain chain = {0};
    struct buf pem = BUF_INIT(64 * 1024);
    struct err err = {0};
    pki_issue(&chain,
              &(struct pki_spec){.key = what->root_key,
                                 .cn = what->root_cn,
                                 .ca = true,
                                 .not_before = what->now - 365LL * DAY_S,
                                 .not_after = what->now + 3650LL * DAY_S},
              what->root_key);
    pki_issue(&chain,
              &(struct pki_spec){.key = what->mid_key,
                                 .cn = "Fake Intermediate",
                                 .ca = true,
                                 .not_before = what->now - 365LL * DAY_S,
                                 .not_after = what->now + 3650LL * DAY_S},
              what->root_key);
    pki_issue(&chain,
              &(struct pki_spec){.key = what->leaf_key,
                                 .cn = what->names[0],
                                 .names = what->names,
                                 .name_count = what->name_count,
                                 .usage = "serverAuth",
                                 .serial = what->serial,
                                 .aki = "69885b6b87464041e1b37b847ba0ae2cde01c8d4",
                                 .not_before = what->now - 3600,
                                 .not_after = what->now + 90LL * DAY_S},
              what->mid_key);
    struct cert_chain sent = chain;
    sent.count = 2; /* without the root */
    char *text = cert_chain_to_pem(&sent, &pem, &err) ? NULL : buf_take(&pem);
    cert_chain_clear(&chain);
    buf_clear(&pem);
    return text;
}
