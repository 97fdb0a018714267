/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_hash.c - hashes, HMAC, and how OpenSSL's errors become ours. */
#include "crypto_int.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int crypto_fail(struct err *err, enum err_code code, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);

    /* The last entry: those before it may only say why one decoder after the other did not fit. */
    unsigned long number = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(number);
    if (number == 0)
        err_set(err, code, "%s", text);
    else
        err_sys(err, code, ERR_SRC_OPENSSL, (uint32_t)number, "%s: %s", text,
                reason != NULL ? reason : "OpenSSL failed");
    ERR_clear_error();
    return -1;
}

/* A digest of the default provider over memory fails only when memory runs out. Nobody can go on
 * with a hash that is not one (two of them would compare as equal), so that ends the program. */
static void digest(const char *name, const void *p, size_t len, uint8_t *out)
{
    if (EVP_Q_digest(NULL, name, NULL, len > 0 ? p : "", len, out, NULL) != 1)
        abort();
}

void crypto_sha1(const void *p, size_t len, uint8_t out[SHA1_BYTES])
{
    digest("SHA1", p, len, out);
}

void crypto_sha256(const void *p, size_t len, uint8_t out[SHA256_BYTES])
{
    digest("SHA256", p, len, out);
}

int crypto_hmac(enum crypto_hmac alg, const void *key, size_t key_len, const void *p, size_t len,
                uint8_t out[64], size_t *out_len, struct err *err)
{
    static const char *const names[] = {
        [CRYPTO_HMAC_SHA1] = "SHA1",
        [CRYPTO_HMAC_SHA256] = "SHA256",
        [CRYPTO_HMAC_SHA384] = "SHA384",
        [CRYPTO_HMAC_SHA512] = "SHA512",
    };
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t mac_len = 0;
    ERR_clear_error();
    /* An empty key is legal HMAC, a NULL one means "keep the old key" to OpenSSL. */
    if (EVP_Q_mac(NULL, "HMAC", NULL, names[alg], NULL, key_len > 0 ? key : "", key_len,
                  len > 0 ? p : (const void *)"", len, mac, sizeof mac, &mac_len) == NULL ||
        mac_len > 64)
        return crypto_fail(err, ERR_FAIL, "HMAC %s", names[alg]);
    for (size_t i = 0; i < mac_len; i++)
        out[i] = mac[i];
    *out_len = mac_len;
    OPENSSL_cleanse(mac, sizeof mac);
    return 0;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

const char *crypto_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING); /* "3.5.7", static */
}
