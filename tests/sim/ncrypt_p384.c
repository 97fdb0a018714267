/* SPDX-License-Identifier: Apache-2.0 */
#include "ncrypt_p384.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

enum { DER_SIGNATURE_MAX = 128 };

static bool split(const uint8_t *der, size_t n, uint8_t out[P384_SIGNATURE_BYTES])
{
    const int half = P384_SIGNATURE_BYTES / 2;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + half, half) == half;
    ECDSA_SIG_free(sig);
    return ok;
}

bool p384_sign(struct der pkcs8, struct der hash, uint8_t out[P384_SIGNATURE_BYTES])
{
    const unsigned char *p = pkcs8.p;
    uint8_t sig[DER_SIGNATURE_MAX];
    size_t n = sizeof sig;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)pkcs8.n);
    EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
              EVP_PKEY_sign(ctx, sig, &n, hash.p, hash.n) == 1 && split(sig, n, out);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}
