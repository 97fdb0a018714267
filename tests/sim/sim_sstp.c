/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_sstp.h"

#include <string.h>

enum {
    VERSION = 0x10,
    HEADER = 4,
    CONTROL_HEADER = 8,
    ATTRIBUTE_HEADER = 4,
    ENCAPSULATION_PPP = 1,
    NAKS_MAX = 3
};
enum {
    CALL_CONNECT_REQUEST = 1,
    CALL_CONNECT_ACK,
    CALL_CONNECT_NAK,
    CALL_CONNECTED,
    CALL_ABORT,
    CALL_DISCONNECT,
    CALL_DISCONNECT_ACK,
    ECHO_REQUEST,
    ECHO_RESPONSE
};
enum { NO_ATTRIBUTE, ENCAPSULATED_PROTOCOL_ID, STATUS_INFO, CRYPTO_BINDING, CRYPTO_BINDING_REQ };
enum {
    VALUE_NOT_SUPPORTED = 4,
    UNACCEPTED_FRAME = 5,
    RETRY_COUNT_EXCEEDED = 6,
    INVALID_FRAME = 7,
    ATTRIBUTE_NOT_SUPPORTED_IN_MESSAGE = 9,
    REQUIRED_ATTRIBUTE_MISSING = 10
};
enum {
    CONNECT_ACK_BYTES = 48,
    STATUS_BYTES = 20,
    BINDING_REQ_BYTES = 40,
    BINDING_BYTES = 104,
    STATUS_ATTRIBUTE_BYTES = 12
};

struct message {
    unsigned type;
    const uint8_t *protocol; /* values behind the attribute headers; NULL when not there */
    const uint8_t *binding;
};

struct answer {
    uint8_t *p;
    size_t n;
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

static void start(struct answer *a, unsigned type, unsigned attributes, size_t bytes)
{
    memset(a->p, 0, bytes);
    a->p[0] = VERSION;
    a->p[1] = 1;
    put16(a->p + 2, (unsigned)bytes);
    put16(a->p + 4, type);
    put16(a->p + 6, attributes);
    a->n = bytes;
}

static void answer_status(struct answer *a, unsigned type, uint8_t attribute, unsigned status)
{
    start(a, type, 1, STATUS_BYTES);
    a->p[9] = STATUS_INFO;
    put16(a->p + 10, STATUS_ATTRIBUTE_BYTES);
    a->p[15] = attribute;
    put16(a->p + 18, status);
}

static void abort_call(struct sim_sstp *c, struct answer *a, uint8_t attribute, unsigned status)
{
    answer_status(a, CALL_ABORT, attribute, status);
    c->state = SIM_SSTP_ABORTED;
}

/* One attribute; false when its length is not the one its kind has, or it is of no kind known. */
static bool read_attribute(const uint8_t *p, size_t n, struct message *m)
{
    switch (p[1]) {
    case ENCAPSULATED_PROTOCOL_ID:
        if (n != 6 || m->protocol)
            return false;
        m->protocol = p + ATTRIBUTE_HEADER;
        return true;
    case CRYPTO_BINDING:
        if (n != BINDING_BYTES || m->binding)
            return false;
        m->binding = p + ATTRIBUTE_HEADER;
        return true;
    case STATUS_INFO:
        return n >= STATUS_ATTRIBUTE_BYTES;
    default:
        return false;
    }
}

static bool read_message(const uint8_t *p, size_t n, struct message *m)
{
    *m = (struct message){.type = get16(p + 4)};
    unsigned attributes = get16(p + 6);
    size_t at = CONTROL_HEADER;
    for (; attributes > 0; attributes--) {
        if (n - at < ATTRIBUTE_HEADER)
            return false;
        size_t bytes = get16(p + at + 2) & 0xfff;
        if (bytes < ATTRIBUTE_HEADER || bytes > n - at || !read_attribute(p + at, bytes, m))
            return false;
        at += bytes;
    }
    return at == n && m->type >= CALL_CONNECT_REQUEST && m->type <= ECHO_RESPONSE;
}

static void on_connect_request(struct sim_sstp *c, const struct message *m, struct answer *a)
{
    if (c->state != SIM_SSTP_REQUEST_PENDING) {
        abort_call(c, a, STATUS_INFO, UNACCEPTED_FRAME);
    } else if (!m->protocol) {
        abort_call(c, a, ENCAPSULATED_PROTOCOL_ID, REQUIRED_ATTRIBUTE_MISSING);
    } else if (get16(m->protocol) != ENCAPSULATION_PPP) {
        if (++c->naks >= NAKS_MAX)
            abort_call(c, a, ENCAPSULATED_PROTOCOL_ID, RETRY_COUNT_EXCEEDED);
        else
            answer_status(a, CALL_CONNECT_NAK, ENCAPSULATED_PROTOCOL_ID, VALUE_NOT_SUPPORTED);
    } else {
        start(a, CALL_CONNECT_ACK, 1, CONNECT_ACK_BYTES);
        a->p[9] = CRYPTO_BINDING_REQ;
        put16(a->p + 10, BINDING_REQ_BYTES);
        a->p[15] = c->hash_mask;
        memcpy(a->p + 16, c->nonce, sizeof c->nonce);
        c->state = SIM_SSTP_CONNECTED_PENDING;
    }
}

/* MS-SSTP 3.3.5.2.3, without the compound MAC. `b` is reserved(3), hash type(1), nonce(32),
 * hash(32), MAC(32). */
static bool binding_good(const struct sim_sstp *c, const uint8_t *b)
{
    uint8_t hash[32] = {0};
    if (b[3] == SIM_SSTP_SHA256)
        memcpy(hash, c->sha256, sizeof c->sha256);
    else
        memcpy(hash, c->sha1, sizeof c->sha1);
    return (b[3] == SIM_SSTP_SHA1 || b[3] == SIM_SSTP_SHA256) && (b[3] & c->hash_mask) &&
           memcmp(b + 4, c->nonce, sizeof c->nonce) == 0 && memcmp(b + 36, hash, sizeof hash) == 0;
}

static void on_connected(struct sim_sstp *c, const struct message *m, struct answer *a)
{
    if (c->state != SIM_SSTP_CONNECTED_PENDING)
        abort_call(c, a, STATUS_INFO, UNACCEPTED_FRAME);
    else if (!m->binding)
        abort_call(c, a, STATUS_INFO, ATTRIBUTE_NOT_SUPPORTED_IN_MESSAGE);
    else if (!binding_good(c, m->binding))
        abort_call(c, a, CRYPTO_BINDING, VALUE_NOT_SUPPORTED);
    else
        c->state =
            SIM_SSTP_CONNECTED; /* no message says "accepted": the peer finds out by an echo */
}

static void on_message(struct sim_sstp *c, const struct message *m, struct answer *a)
{
    switch (m->type) {
    case CALL_CONNECT_REQUEST:
        on_connect_request(c, m, a);
        break;
    case CALL_CONNECTED:
        on_connected(c, m, a);
        break;
    case CALL_ABORT:
        answer_status(a, CALL_ABORT, NO_ATTRIBUTE, 0);
        c->state = SIM_SSTP_CLOSED;
        break;
    case CALL_DISCONNECT:
        start(a, CALL_DISCONNECT_ACK, 0, CONTROL_HEADER);
        c->state = SIM_SSTP_CLOSED;
        break;
    case ECHO_REQUEST:
        if (c->state == SIM_SSTP_CONNECTED)
            start(a, ECHO_RESPONSE, 0, CONTROL_HEADER);
        else
            abort_call(c, a, STATUS_INFO, UNACCEPTED_FRAME);
        break;
    case ECHO_RESPONSE:
        break;
    default: /* what only servers send */
        abort_call(c, a, STATUS_INFO, UNACCEPTED_FRAME);
        break;
    }
}

size_t sim_sstp_take(struct sim_sstp *call, const uint8_t *in, size_t n,
                     uint8_t out[SIM_SSTP_ANSWER_MAX], size_t *out_bytes)
{
    struct message m;
    struct answer a = {out, 0};
    *out_bytes = 0;
    if (n >= 1 && in[0] != VERSION) {
        call->state = SIM_SSTP_CLOSED;
        return n;
    }
    if (n < HEADER)
        return 0;
    bool control = in[1] & 1;
    size_t bytes = get16(in + 2) & 0xfff;
    if (bytes < (control ? CONTROL_HEADER : HEADER)) {
        call->state = SIM_SSTP_CLOSED;
        return n;
    }
    if (n < bytes)
        return 0;
    if (!control)
        return bytes; /* PPP: no one at home */
    if (call->state == SIM_SSTP_ABORTED) {
        if (get16(in + 4) == CALL_ABORT || get16(in + 4) == CALL_DISCONNECT)
            call->state = SIM_SSTP_CLOSED;
        return bytes;
    }
    if (read_message(in, bytes, &m))
        on_message(call, &m, &a);
    else
        abort_call(call, &a, STATUS_INFO, INVALID_FRAME);
    *out_bytes = a.n;
    return bytes;
}
