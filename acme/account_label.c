/* SPDX-License-Identifier: Apache-2.0 */
#include "account_label.h"

#include "crypto.h"

#include <string.h>

enum { LABEL_OCTETS = 10, BITS = 5 };

void account_label(const char *account_url, char out[ACCOUNT_LABEL_CHARS + 1])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t hash[SHA256_BYTES];
    char *p = out;
    unsigned held = 0, bits = 0;
    crypto_sha256(account_url, strlen(account_url), hash);
    *p++ = '_';
    for (size_t i = 0; i < LABEL_OCTETS; i++) { /* 80 bits: 16 characters, nothing left over */
        held = held << 8 | hash[i];
        for (bits += 8; bits >= BITS; bits -= BITS)
            *p++ = alphabet[held >> (bits - BITS) & 31];
    }
    *p = '\0';
}
