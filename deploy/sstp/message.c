/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/message.h"

#include <string.h>

enum {
    CONTROL_HEADER_BYTES = 8, /* packet header, message type, number of attributes */
    ATTRIBUTE_HEADER_BYTES = 4,
    LENGTH_MASK = 0x0fff, /* the upper four bits are reserved */
    PROTOCOL_ATTRIBUTE_BYTES = 6,
    STATUS_ATTRIBUTE_BYTES = 12,
    BINDING_REQUEST_BYTES = 40,
    PROTOCOL_PPP = 1,
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void take_attribute(const uint8_t *a, size_t len, struct sstp_packet *out)
{
    switch (a[1]) {
    case SSTP_ENCAPSULATED_PROTOCOL_ID:
        if (len == PROTOCOL_ATTRIBUTE_BYTES) {
            out->has_protocol = true;
            out->protocol = get16(a + 4);
        }
        break;
    case SSTP_STATUS_INFO: /* may carry up to 64 bytes of the refused value behind */
        if (len >= STATUS_ATTRIBUTE_BYTES && !out->has_status) {
            out->has_status = true;
            out->status_attribute = a[7];
            out->status = (uint32_t)get16(a + 8) << 16 | get16(a + 10);
        }
        break;
    case SSTP_CRYPTO_BINDING_REQ:
        if (len == BINDING_REQUEST_BYTES) {
            out->has_binding_request = true;
            out->hash_mask = a[7];
            memcpy(out->nonce, a + 8, SSTP_NONCE_BYTES);
        }
        break;
    default:
        break;
    }
}

static bool take_attributes(struct sstp_packet *out)
{
    const uint8_t *a = out->payload;
    size_t left = out->payload_len;

    for (unsigned i = 0; i < out->attribute_count; i++) {
        size_t len;
        if (left < ATTRIBUTE_HEADER_BYTES)
            return false;
        len = get16(a + 2) & LENGTH_MASK;
        if (len < ATTRIBUTE_HEADER_BYTES || len > left)
            return false;
        take_attribute(a, len, out);
        a += len;
        left -= len;
    }
    return true;
}

enum sstp_decoded sstp_decode(const uint8_t *p, size_t len, struct sstp_packet *out)
{
    struct sstp_packet packet = {0};

    if (len >= 1 && p[0] != SSTP_VERSION)
        return SSTP_NOT_SSTP;
    if (len < SSTP_HEADER_BYTES)
        return SSTP_NEED_MORE;
    packet.len = get16(p + 2) & LENGTH_MASK;
    packet.control = p[1] & 1;
    if (packet.len < (packet.control ? CONTROL_HEADER_BYTES : SSTP_HEADER_BYTES))
        return SSTP_NOT_SSTP;
    if (len < packet.len)
        return SSTP_NEED_MORE;
    packet.payload = p + (packet.control ? CONTROL_HEADER_BYTES : SSTP_HEADER_BYTES);
    packet.payload_len = packet.len - (size_t)(packet.payload - p);
    if (packet.control) {
        packet.type = get16(p + 4);
        packet.attribute_count = get16(p + 6);
        if (!take_attributes(&packet))
            return SSTP_NOT_SSTP;
    }
    *out = packet;
    return SSTP_DECODED;
}

static void put_header(uint8_t *out, unsigned type, unsigned attributes, unsigned len)
{
    memset(out, 0, len);
    out[0] = SSTP_VERSION;
    out[1] = 1;
    put16(out + 2, len);
    put16(out + 4, type);
    put16(out + 6, attributes);
}

size_t sstp_connect_request(uint8_t out[SSTP_CONNECT_REQUEST_BYTES])
{
    put_header(out, SSTP_CALL_CONNECT_REQUEST, 1, SSTP_CONNECT_REQUEST_BYTES);
    out[9] = SSTP_ENCAPSULATED_PROTOCOL_ID;
    put16(out + 10, PROTOCOL_ATTRIBUTE_BYTES);
    put16(out + 12, PROTOCOL_PPP);
    return SSTP_CONNECT_REQUEST_BYTES;
}

size_t sstp_plain(uint8_t out[SSTP_PLAIN_BYTES], enum sstp_type type)
{
    put_header(out, type, 0, SSTP_PLAIN_BYTES);
    return SSTP_PLAIN_BYTES;
}

size_t sstp_with_status(uint8_t out[SSTP_STATUS_BYTES], enum sstp_type type,
                        enum sstp_attribute attribute, uint32_t status)
{
    put_header(out, type, 1, SSTP_STATUS_BYTES);
    out[9] = SSTP_STATUS_INFO;
    put16(out + 10, STATUS_ATTRIBUTE_BYTES);
    out[15] = (uint8_t)attribute;
    put16(out + 16, status >> 16);
    put16(out + 18, status & 0xffff);
    return SSTP_STATUS_BYTES;
}

const char *sstp_type_name(unsigned type)
{
    static const char *const names[] = {"?",
                                        "CALL_CONNECT_REQUEST",
                                        "CALL_CONNECT_ACK",
                                        "CALL_CONNECT_NAK",
                                        "CALL_CONNECTED",
                                        "CALL_ABORT",
                                        "CALL_DISCONNECT",
                                        "CALL_DISCONNECT_ACK",
                                        "ECHO_REQUEST",
                                        "ECHO_RESPONSE"};
    return type < sizeof names / sizeof names[0] ? names[type] : names[0];
}

const char *sstp_status_name(uint32_t status)
{
    static const char *const names[] = {"NO_ERROR",
                                        "DUPLICATE_ATTRIBUTE",
                                        "UNRECOGNIZED_ATTRIBUTE",
                                        "INVALID_ATTRIB_VALUE_LENGTH",
                                        "VALUE_NOT_SUPPORTED",
                                        "UNACCEPTED_FRAME_RECEIVED",
                                        "RETRY_COUNT_EXCEEDED",
                                        "INVALID_FRAME_RECEIVED",
                                        "NEGOTIATION_TIMEOUT",
                                        "ATTRIB_NOT_SUPPORTED_IN_MSG",
                                        "REQUIRED_ATTRIBUTE_MISSING",
                                        "STATUS_INFO_NOT_SUPPORTED_IN_MSG"};
    return status < sizeof names / sizeof names[0] ? names[status] : "?";
}
