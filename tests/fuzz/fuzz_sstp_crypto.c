/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto of a call: CALL_CONNECTED as a server reads it, and the account's name and password.
 */
#include "fuzz.h"

#include "crypto.h"
#include "sstp/binding.h"
#include "sstp/mschap2.h"

#include <stdlib.h>
#include <string.h>

/* What is read is what is written, with the MAC that belongs to it. */
static void read_connected(struct fuzz *f, const uint8_t *p, size_t len)
{
    static const uint8_t hlak[SSTP_HLAK_BYTES] = {7};
    struct sstp_binding b = {0}, again = {0};
    uint8_t packet[SSTP_CONNECTED_BYTES], mac[SSTP_BINDING_HASH_BYTES];
    struct err err = {0};

    if (!sstp_connected_read(p, len, &b))
        return;
    FUZZ_HOLDS(len == SSTP_CONNECTED_BYTES);
    FUZZ_HOLDS(b.hash_type == SSTP_HASH_SHA1 || b.hash_type == SSTP_HASH_SHA256);
    FUZZ_HOLDS(sstp_compound_mac(p, hlak, mac, &err) == 0);
    FUZZ_HOLDS(sstp_connected(&b, hlak, packet, &err) == 0);
    FUZZ_HOLDS(sstp_connected_read(packet, sizeof packet, &again));
    FUZZ_HOLDS(again.hash_type == b.hash_type && memcmp(again.nonce, b.nonce, sizeof b.nonce) == 0);
    FUZZ_HOLDS(sstp_compound_mac(packet, hlak, mac, &err) == 0);
    FUZZ_HOLDS(crypto_equal(mac, packet + SSTP_CONNECTED_MAC_AT, sizeof mac));
}

static void log_on(struct fuzz *f, const char *line)
{
    struct mschap2 m = {.user = line};
    uint8_t response[MSCHAP2_RESPONSE_BYTES], keys[MSCHAP2_KEYS_BYTES];
    char proof[MSCHAP2_PROOF_CHARS + 1];
    struct err err = {0};
    int result = mschap2_password_hash(line, m.password_hash, &err);

    FUZZ_ERR(result, &err);
    FUZZ_HOLDS(!err_is_set(&err) || strlen(line) < 4 || !strstr(err.text, line)); /* a secret */
    mschap2_response(&m, response);
    mschap2_proof(&m, response, proof);
    FUZZ_HOLDS(strlen(proof) == MSCHAP2_PROOF_CHARS && strncmp(proof, "S=", 2) == 0);
    mschap2_keys(&m, response, keys);
    FUZZ_HOLDS(mschap2_failure_meaning((unsigned)strtoul(line, NULL, 10)) != NULL);
}

void fuzz_sstp_crypto(struct fuzz *f, const uint8_t *p, size_t len)
{
    read_connected(f, p, len);
    fuzz_lines(f, p, len, log_on);
}
