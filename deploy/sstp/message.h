/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - SSTP packets (MS-SSTP 2.2), coding and decoding. Pure, no memory.
 */
#ifndef RRAS_SSTP_MESSAGE_H
#define RRAS_SSTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SSTP_VERSION = 0x10,
    SSTP_HEADER_BYTES = 4,
    SSTP_MAX_PACKET_BYTES = 4095, /* 12-bit length */
    SSTP_NONCE_BYTES = 32,
};

/* 2.2.2 */
enum sstp_type {
    SSTP_CALL_CONNECT_REQUEST = 1,
    SSTP_CALL_CONNECT_ACK,
    SSTP_CALL_CONNECT_NAK,
    SSTP_CALL_CONNECTED,
    SSTP_CALL_ABORT,
    SSTP_CALL_DISCONNECT,
    SSTP_CALL_DISCONNECT_ACK,
    SSTP_ECHO_REQUEST,
    SSTP_ECHO_RESPONSE
};
/* 2.2.4 */
enum sstp_attribute {
    SSTP_ATTRIBUTE_NONE,
    SSTP_ENCAPSULATED_PROTOCOL_ID,
    SSTP_STATUS_INFO,
    SSTP_CRYPTO_BINDING,
    SSTP_CRYPTO_BINDING_REQ
};
enum { SSTP_HASH_SHA1 = 1, SSTP_HASH_SHA256 = 2 };

/* A decoded packet; the pointers are into the input. */
struct sstp_packet {
    size_t len; /* of the whole packet */
    bool control;
    unsigned type; /* of a control packet; 0 otherwise */
    unsigned attribute_count;
    const uint8_t *payload; /* attributes, or the PPP frame */
    size_t payload_len;
    bool has_protocol;
    unsigned protocol; /* 1 = PPP */
    bool has_status;
    unsigned status_attribute; /* the one the status is about */
    uint32_t status;
    bool has_binding_request;
    uint8_t hash_mask;
    uint8_t nonce[SSTP_NONCE_BYTES];
};

enum sstp_decoded { SSTP_DECODED, SSTP_NEED_MORE, SSTP_NOT_SSTP };

/* The packet at the start of p. SSTP_NEED_MORE when it is not all there; SSTP_NOT_SSTP when it
 * breaks the rules of framing (version, lengths, attributes past the end). Reserved bits are
 * ignored; attributes of unknown kind or unfit length are skipped. *out is set only on
 * SSTP_DECODED. */
enum sstp_decoded sstp_decode(const uint8_t *p, size_t len, struct sstp_packet *out);

/* Encoders return the packet's length. */
enum { SSTP_CONNECT_REQUEST_BYTES = 14, SSTP_PLAIN_BYTES = 8, SSTP_STATUS_BYTES = 20 };
size_t sstp_connect_request(uint8_t out[SSTP_CONNECT_REQUEST_BYTES]);  /* asks for PPP */
size_t sstp_plain(uint8_t out[SSTP_PLAIN_BYTES], enum sstp_type type); /* no attributes */
/* With a STATUS_INFO about `attribute`: for abort and disconnect. */
size_t sstp_with_status(uint8_t out[SSTP_STATUS_BYTES], enum sstp_type type,
                        enum sstp_attribute attribute, uint32_t status);

/* "CALL_CONNECT_ACK"; "?" if unknown. */
const char *sstp_type_name(unsigned type);
/* "VALUE_NOT_SUPPORTED" (2.2.7), "?" */
const char *sstp_status_name(uint32_t status);

#endif
