/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binding.h - SSTP crypto binding (MS-SSTP 3.2.5.2, 3.3.5.2.3): what ties the authentication inside
 * to the certificate outside. Pure, for both sides. The client claims the hash of the certificate
 * that it saw; a server refuses it when the hash that it holds is another one.
 */
#ifndef RRAS_SSTP_BINDING_H
#define RRAS_SSTP_BINDING_H

#include "sstp/message.h"

#include "err.h"

enum {
    SSTP_CONNECTED_BYTES = 112,
    SSTP_HLAK_BYTES = 32, /* higher-layer authentication key: mschap2_keys, or zeros after PAP */
    SSTP_BINDING_HASH_BYTES = 32,
};

struct sstp_binding {
    uint8_t hash_type; /* SSTP_HASH_SHA1 or SSTP_HASH_SHA256 */
    uint8_t nonce[SSTP_NONCE_BYTES];
    uint8_t certificate_hash[SSTP_BINDING_HASH_BYTES]; /* SHA-1: twelve zeros behind */
};

/* CALL_CONNECTED (2.2.11), whole. Fails only when memory runs out or the hash type is none. */
int sstp_connected(const struct sstp_binding *b, const uint8_t hlak[SSTP_HLAK_BYTES],
                   uint8_t out[SSTP_CONNECTED_BYTES], struct err *err) MUST_CHECK;

/* The other side. False when the packet is no CALL_CONNECTED of 112 bytes with one CRYPTO_BINDING
 * of a known hash type; nothing is compared. */
bool sstp_connected_read(const uint8_t *p, size_t len, struct sstp_binding *out);
/* The compound MAC that such a packet must end with (its own is taken as zeros), padded with zeros
 * to 32 bytes; `packet` has passed sstp_connected_read. Compare with crypto_equal. */
int sstp_compound_mac(const uint8_t packet[SSTP_CONNECTED_BYTES],
                      const uint8_t hlak[SSTP_HLAK_BYTES], uint8_t out[SSTP_BINDING_HASH_BYTES],
                      struct err *err) MUST_CHECK;
/* Where the packet has its own. */
enum { SSTP_CONNECTED_MAC_AT = SSTP_CONNECTED_BYTES - SSTP_BINDING_HASH_BYTES };

#endif
