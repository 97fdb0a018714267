/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a signed dynamic update: only one that our key signed may count as verified. */
#include "fuzz.h"

#include "publish/dns_update.h"

void fuzz_dns_update(struct fuzz *f, const uint8_t *p, size_t len)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    struct tsig_key key = {.algorithm = CRYPTO_HMAC_SHA256, .secret = secret, .secret_len = 32};
    struct tsig_mac mac = {.len = SHA256_BYTES}; /* of the request: zeros */
    struct dns_update_asked asked = {.key = &key, .mac = &mac, .now_s = 1790000000};
    struct dns_update_answer answer = {0};
    struct err err = {0};

    FUZZ_HOLDS(wire_name_from(&key.name, "rras-acme"));
    asked.id = len >= 2 ? (uint16_t)(p[0] << 8 | p[1]) : 0;
    int result = dns_update_read(&answer, p, len, &asked, &err);
    FUZZ_ERR(result, &err);
    if (result == 0) {
        FUZZ_HOLDS(answer.rcode >= 0 && answer.rcode <= 15);
        FUZZ_HOLDS(!answer.verified || answer.has_tsig);
        FUZZ_HOLDS(!answer.in_time || answer.verified);
    }
}
