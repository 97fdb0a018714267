/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mschap2.h - MS-CHAPv2 (RFC 2759) and the keys that come of it (RFC 3079). Pure, for both sides:
 * the prober answers a challenge and checks the server's proof, a server for tests does the
 * reverse. The caller wipes what it gets; what is left on the stack here is wiped.
 */
#ifndef RRAS_SSTP_MSCHAP2_H
#define RRAS_SSTP_MSCHAP2_H

#include "err.h"

#include <stddef.h>

enum {
    MSCHAP2_CHALLENGE_BYTES = 16,
    MSCHAP2_PASSWORD_HASH_BYTES = 16,
    MSCHAP2_RESPONSE_BYTES = 24,
    MSCHAP2_PROOF_CHARS = 42,   /* "S=" and 40 hex digits, upper case */
    MSCHAP2_MAX_PASSWORD = 256, /* UTF-16 units (RFC 2759 8.3: 0 to 256 Unicode characters) */
    MSCHAP2_MAX_USER_BYTES = 256,
    MSCHAP2_KEYS_BYTES = 32,
};

/* What both sides know once a challenge was answered. */
struct mschap2 {
    uint8_t authenticator_challenge[MSCHAP2_CHALLENGE_BYTES];
    uint8_t peer_challenge[MSCHAP2_CHALLENGE_BYTES];
    uint8_t password_hash[MSCHAP2_PASSWORD_HASH_BYTES];
    const char *user; /* as on the wire; DOMAIN\ in front is left out of the hash (RFC 2759 4) */
};

/* RFC 2759 8.3: MD4 of the password (UTF-8) in UTF-16LE. ERR_USAGE when it is no UTF-8 or too
 * long. */
int mschap2_password_hash(const char *password, uint8_t out[MSCHAP2_PASSWORD_HASH_BYTES],
                          struct err *err) MUST_CHECK;
/* RFC 2759 8.1: GenerateNTResponse. */
void mschap2_response(const struct mschap2 *m, uint8_t out[MSCHAP2_RESPONSE_BYTES]);
/* RFC 2759 8.7: what a server that knows the password too must answer, NUL-terminated. */
void mschap2_proof(const struct mschap2 *m, const uint8_t response[MSCHAP2_RESPONSE_BYTES],
                   char out[MSCHAP2_PROOF_CHARS + 1]);
/* RFC 3079 3.4, 128 bits: the client's MasterSendKey and MasterReceiveKey, one after the other,
 * which is also the server's receive and send key, and the higher-layer authentication key of
 * MS-SSTP 3.2.5.2.2. */
void mschap2_keys(const struct mschap2 *m, const uint8_t response[MSCHAP2_RESPONSE_BYTES],
                  uint8_t out[MSCHAP2_KEYS_BYTES]);

/* What E=NUMBER of a failure means to an administrator (RFC 2759 6); never NULL. */
const char *mschap2_failure_meaning(unsigned number);

#endif
