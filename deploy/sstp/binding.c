/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/binding.h"

#include "crypto.h"
#include "secret.h"

#include <string.h>

/* 2.2.7: where things are in the packet of 112 bytes. */
enum {
    HASH_TYPE_AT = 15,
    NONCE_AT = 16,
    CERTIFICATE_HASH_AT = 48,
};

/* Everything before the hash type: the only form that a CALL_CONNECTED has. */
static const uint8_t head[HASH_TYPE_AT] = {SSTP_VERSION,
                                           1,
                                           0,
                                           SSTP_CONNECTED_BYTES,
                                           0,
                                           SSTP_CALL_CONNECTED,
                                           0,
                                           1, /* one attribute */
                                           0,
                                           SSTP_CRYPTO_BINDING,
                                           0,
                                           104,
                                           0,
                                           0,
                                           0};

static int hmac(const uint8_t *packet, const void *key, size_t key_len, const void *p, size_t len,
                uint8_t out[64], size_t *out_len, struct err *err)
{
    enum crypto_hmac alg =
        packet[HASH_TYPE_AT] == SSTP_HASH_SHA256 ? CRYPTO_HMAC_SHA256 : CRYPTO_HMAC_SHA1;
    return crypto_hmac(alg, key, key_len, p, len, out, out_len, err);
}

int sstp_compound_mac(const uint8_t packet[SSTP_CONNECTED_BYTES],
                      const uint8_t hlak[SSTP_HLAK_BYTES], uint8_t out[SSTP_BINDING_HASH_BYTES],
                      struct err *err)
{
    /* 3.2.5.2.2: the seed, the length of the key wanted (16 bits, little endian), a counter of 1;
     * one round makes as much as is needed. */
    uint8_t seed[32] = "SSTP inner method derived CMK";
    uint8_t plain[SSTP_CONNECTED_BYTES], cmk[64], mac[64] = {0};
    size_t cmk_len = 0, mac_len = 0;
    int rc = -1;

    seed[29] = packet[HASH_TYPE_AT] == SSTP_HASH_SHA256 ? SHA256_BYTES : SHA1_BYTES;
    seed[30] = 0;
    seed[31] = 1;
    memcpy(plain, packet, sizeof plain);
    memset(plain + SSTP_CONNECTED_MAC_AT, 0, SSTP_BINDING_HASH_BYTES);
    if (hmac(packet, hlak, SSTP_HLAK_BYTES, seed, sizeof seed, cmk, &cmk_len, err) != 0 ||
        hmac(packet, cmk, cmk_len, plain, sizeof plain, mac, &mac_len, err) != 0)
        goto done;
    memcpy(out, mac, SSTP_BINDING_HASH_BYTES);
    rc = 0;
done:
    secret_wipe(cmk, sizeof cmk);
    return rc;
}

int sstp_connected(const struct sstp_binding *b, const uint8_t hlak[SSTP_HLAK_BYTES],
                   uint8_t out[SSTP_CONNECTED_BYTES], struct err *err)
{
    uint8_t packet[SSTP_CONNECTED_BYTES] = {0};

    if (b->hash_type != SSTP_HASH_SHA1 && b->hash_type != SSTP_HASH_SHA256)
        return err_set(err, ERR_FAIL, "crypto binding: hash type %u is neither SHA-1 nor SHA-256",
                       b->hash_type);
    memcpy(packet, head, sizeof head);
    packet[HASH_TYPE_AT] = b->hash_type;
    memcpy(packet + NONCE_AT, b->nonce, SSTP_NONCE_BYTES);
    memcpy(packet + CERTIFICATE_HASH_AT, b->certificate_hash,
           b->hash_type == SSTP_HASH_SHA256 ? SHA256_BYTES : SHA1_BYTES);
    if (sstp_compound_mac(packet, hlak, packet + SSTP_CONNECTED_MAC_AT, err) != 0)
        return -1;
    memcpy(out, packet, sizeof packet);
    return 0;
}

bool sstp_connected_read(const uint8_t *p, size_t len, struct sstp_binding *out)
{
    struct sstp_packet packet;

    /* The decoder knows the reserved bits; the lengths say that nothing else fits in. */
    if (len != SSTP_CONNECTED_BYTES || sstp_decode(p, len, &packet) != SSTP_DECODED ||
        packet.len != len || !packet.control || packet.type != SSTP_CALL_CONNECTED ||
        packet.attribute_count != 1 || p[9] != SSTP_CRYPTO_BINDING ||
        ((unsigned)(p[10] & 0x0f) << 8 | p[11]) != SSTP_CONNECTED_BYTES - 8)
        return false;
    if (p[HASH_TYPE_AT] != SSTP_HASH_SHA1 && p[HASH_TYPE_AT] != SSTP_HASH_SHA256)
        return false;
    out->hash_type = p[HASH_TYPE_AT];
    memcpy(out->nonce, p + NONCE_AT, SSTP_NONCE_BYTES);
    memcpy(out->certificate_hash, p + CERTIFICATE_HASH_AT, SSTP_BINDING_HASH_BYTES);
    return true;
}
