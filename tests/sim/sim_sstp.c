/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_sstp.h"
#include "sim_sstp_message.h"

#include "sstp/binding.h"

#include <string.h>

enum {
    NAKS_MAX = 3, /* Windows Server: MS-SSTP, note 16 */
    CONNECT_ACK_BYTES = 48,
    BINDING_REQ_BYTES = 40,
    BINDING_BYTES = 104
};
/* 3.1.2, 3.3.2 */
enum {
    NEGOTIATION_MS = 60000,
    HELLO_MS = 60000,
    ABORT_1_MS = 3000,
    ABORT_2_MS = 1000,
    DISCONNECT_1_MS = 5000,
    DISCONNECT_2_MS = 1000
};

/* A call with what it does with one packet. */
struct turn {
    struct sim_sstp *call;
    struct sim_out *out;
    int64_t now_ms;
};

static void enter(const struct turn *t, enum sim_sstp_state state, int64_t timer_ms)
{
    t->call->state = state;
    t->call->due_ms = t->now_ms + timer_ms * t->call->settings->timers_percent / 100;
}

static void abort_call(const struct turn *t, uint8_t attribute, uint8_t status)
{
    const struct sim_complaint c = {.attribute = attribute, .status = status};
    sim_message_status(t->out, SSTP_CALL_ABORT, &c, 1);
    enter(t, SIM_SSTP_ABORT_PENDING, ABORT_1_MS);
}

static void disconnect(const struct turn *t)
{
    const struct sim_complaint c = {.status = NO_ERROR_STATUS};
    sim_message_status(t->out, SSTP_CALL_DISCONNECT, &c, 1);
    enter(t, SIM_SSTP_DISCONNECT_ACK_PENDING, DISCONNECT_1_MS);
}

/* ---- CALL_CONNECT_REQUEST (3.3.5.2.2) ---- */

static void acknowledge(const struct turn *t)
{
    struct sim_sstp *c = t->call;
    uint8_t *p = sim_message_start(t->out, SSTP_CALL_CONNECT_ACK, 1, CONNECT_ACK_BYTES);
    if (!p)
        return;
    p[9] = SSTP_CRYPTO_BINDING_REQ;
    p[11] = BINDING_REQ_BYTES;
    p[15] = c->settings->hash_mask;
    memcpy(p + 16, c->nonce, sizeof c->nonce);
    enter(t, SIM_SSTP_CONNECTED_PENDING, NEGOTIATION_MS);
    sim_ppp_up(&c->ppp, c->settings, c->random, t->out);
}

/* The faults in the place of an acknowledgement; false: none is set. */
static bool answer_wrong(const struct turn *t)
{
    static const struct sim_complaint no = {SSTP_ENCAPSULATED_PROTOCOL_ID, VALUE_NOT_SUPPORTED,
                                            NULL, 0};
    switch (t->call->settings->fault) {
    case SIM_FAULT_ACK_MUTE:
        return true;
    case SIM_FAULT_ACK_CLOSE:
        t->call->state = SIM_SSTP_CLOSED;
        return true;
    case SIM_FAULT_ACK_WRONG: /* without its attribute */
        sim_message_say(t->out, SSTP_CALL_CONNECT_ACK);
        return true;
    case SIM_FAULT_ACK_GARBAGE:
        memcpy(t->out->p, "<html>\r\n", 8);
        t->out->n = 8;
        return true;
    case SIM_FAULT_NAK:
        sim_message_status(t->out, SSTP_CALL_CONNECT_NAK, &no, 1);
        return true;
    case SIM_FAULT_ABORT:
        abort_call(t, SSTP_STATUS_INFO, RETRY_COUNT_EXCEEDED);
        return true;
    default:
        return false;
    }
}

static void on_connect_request(const struct turn *t, const struct sim_message *m)
{
    struct sim_complaint complaint[SIM_ATTRIBUTES_MAX + 1];
    struct sim_sstp *c = t->call;
    if (c->state != SIM_SSTP_REQUEST_PENDING) {
        abort_call(t, SSTP_STATUS_INFO, UNACCEPTED_FRAME);
        return;
    }
    if (answer_wrong(t))
        return;
    size_t n = sim_message_judge_request(m, complaint);
    if (n == 0)
        acknowledge(t);
    else if (c->naks++ == NAKS_MAX)
        abort_call(t, SSTP_STATUS_INFO, RETRY_COUNT_EXCEEDED);
    else
        sim_message_status(t->out, SSTP_CALL_CONNECT_NAK, complaint, n);
}

/* ---- CALL_CONNECTED (3.3.5.2.3) ---- */

/* Nonce, certificate hash, hash type. `b` is reserved(3), type(1), nonce(32), hash(32), MAC(32). */
static bool claim_good(const struct sim_sstp *c, const uint8_t *b)
{
    uint8_t hash[32] = {0};
    const struct sim_sstp_settings *s = c->settings;
    if (b[3] == SIM_SSTP_SHA256)
        memcpy(hash, s->sha256, sizeof s->sha256);
    else
        memcpy(hash, s->sha1, sizeof s->sha1);
    return memcmp(b + 4, c->nonce, sizeof c->nonce) == 0 &&
           memcmp(b + 36, hash, sizeof hash) == 0 &&
           (b[3] == SIM_SSTP_SHA1 || b[3] == SIM_SSTP_SHA256) && b[3] & s->hash_mask;
}

static bool mac_good(const struct sim_sstp *c, const uint8_t packet[SSTP_CONNECTED_BYTES])
{
    struct err err = {0};
    uint8_t mac[SSTP_BINDING_HASH_BYTES];
    return c->ppp.done && sstp_compound_mac(packet, c->ppp.key, mac, &err) == 0 &&
           memcmp(mac, packet + SSTP_CONNECTED_MAC_AT, sizeof mac) == 0;
}

/* No message says "accepted": the peer finds out by an echo. */
static void accept_binding(const struct turn *t)
{
    t->call->accepted = true;
    switch (t->call->settings->fault) {
    case SIM_FAULT_BINDING_CLOSE:
        t->call->state = SIM_SSTP_CLOSED;
        break;
    case SIM_FAULT_BINDING_DISCONNECT:
        disconnect(t);
        break;
    case SIM_FAULT_BINDING_TERMINATE:
        sim_ppp_terminate(&t->call->ppp, t->out);
        break;
    default:
        enter(t, SIM_SSTP_CONNECTED, HELLO_MS);
        break;
    }
}

static void judge_binding(const struct turn *t, const struct sim_message *m)
{
    struct sim_sstp *c = t->call;
    const struct sim_attribute *b = sim_message_find(m, SSTP_CRYPTO_BINDING);
    bool length = m->attributes == 1 && b && b->n == BINDING_BYTES - SIM_ATTRIBUTE_HEADER;
    bool early = c->settings->judge_early && !c->ppp.done;
    if (c->settings->fault == SIM_FAULT_VERIFY_NOTHING) {
        accept_binding(t);
    } else if (!length) {
        abort_call(t, SSTP_STATUS_INFO, ATTRIB_NOT_SUPPORTED_IN_MSG);
    } else if (!claim_good(c, b->value) || (!early && !mac_good(c, m->packet))) {
        abort_call(t, SSTP_CRYPTO_BINDING, VALUE_NOT_SUPPORTED);
    } else if (early) {
        memcpy(c->binding, m->packet, sizeof c->binding);
        c->kept = true;
    } else {
        accept_binding(t);
    }
}

static void on_connected(const struct turn *t, const struct sim_message *m)
{
    if (t->call->state != SIM_SSTP_CONNECTED_PENDING)
        abort_call(t, SSTP_STATUS_INFO, UNACCEPTED_FRAME);
    else if (t->call->settings->fault != SIM_FAULT_BINDING_MUTE)
        judge_binding(t, m);
}

/* The keys have come for a binding that was kept. */
static void judge_kept(const struct turn *t)
{
    struct sim_sstp *c = t->call;
    if (!c->kept || !c->ppp.done)
        return;
    c->kept = false;
    if (mac_good(c, c->binding))
        accept_binding(t);
    else
        abort_call(t, SSTP_CRYPTO_BINDING, VALUE_NOT_SUPPORTED);
}

/* ---- the other messages (3.3.5.2.4 to 3.3.5.2.8) ---- */

static void on_disconnect(const struct turn *t)
{
    t->call->disconnected = true;
    if (t->call->settings->fault == SIM_FAULT_DISCONNECT_MUTE)
        return;
    sim_message_say(t->out, SSTP_CALL_DISCONNECT_ACK);
    enter(t, SIM_SSTP_DISCONNECT_TIMEOUT_PENDING, DISCONNECT_2_MS);
}

static void on_abort(const struct turn *t)
{
    const struct sim_complaint none = {.status = NO_ERROR_STATUS};
    if (t->call->state != SIM_SSTP_ABORT_PENDING)
        sim_message_status(t->out, SSTP_CALL_ABORT, &none, 1);
    enter(t, SIM_SSTP_ABORT_TIMEOUT_PENDING, ABORT_2_MS);
}

static void on_message(const struct turn *t, const struct sim_message *m)
{
    struct sim_sstp *c = t->call;
    switch (m->type) {
    case SSTP_CALL_CONNECT_REQUEST:
        on_connect_request(t, m);
        break;
    case SSTP_CALL_CONNECTED:
        on_connected(t, m);
        break;
    case SSTP_CALL_DISCONNECT:
        on_disconnect(t);
        break;
    case SSTP_ECHO_REQUEST:
    case SSTP_ECHO_RESPONSE:
        if (c->settings->fault == SIM_FAULT_BINDING_MUTE)
            break;
        if (c->state != SIM_SSTP_CONNECTED)
            abort_call(t, SSTP_STATUS_INFO, UNACCEPTED_FRAME);
        else if (m->type == SSTP_ECHO_REQUEST)
            sim_message_say(t->out, SSTP_ECHO_RESPONSE);
        break;
    default: /* what only servers send, and the answer to what we did not say */
        abort_call(t, SSTP_STATUS_INFO, UNACCEPTED_FRAME);
        break;
    }
}

/* Whether the state hears a message at all; it has been dealt with when not. */
static bool hears(const struct turn *t, unsigned type)
{
    switch (t->call->state) {
    case SIM_SSTP_ABORT_PENDING:
        if (type == SSTP_CALL_ABORT)
            on_abort(t);
        return false;
    case SIM_SSTP_DISCONNECT_ACK_PENDING:
        if (type == SSTP_CALL_DISCONNECT_ACK)
            t->call->state = SIM_SSTP_CLOSED;
        else if (type == SSTP_CALL_ABORT)
            on_abort(t);
        else if (type == SSTP_CALL_DISCONNECT)
            on_disconnect(t);
        return false;
    case SIM_SSTP_ABORT_TIMEOUT_PENDING:
    case SIM_SSTP_DISCONNECT_TIMEOUT_PENDING:
        return false;
    default:
        if (type == SSTP_CALL_ABORT)
            on_abort(t);
        return type != SSTP_CALL_ABORT;
    }
}

/* ---- PPP frames (3.3.7.2) ---- */

static void on_frame(const struct turn *t, const uint8_t *frame, size_t n)
{
    struct sim_sstp *c = t->call;
    size_t skip;
    bool control = sim_ppp_protocol(frame, n, &skip) >= 0x8000;
    if (c->state != SIM_SSTP_CONNECTED && (c->state != SIM_SSTP_CONNECTED_PENDING || !control))
        return;
    sim_ppp_take(&c->ppp, frame, n, t->out);
    if (c->ppp.close)
        c->state = SIM_SSTP_CLOSED;
    else if (c->ppp.phase == SIM_PPP_DEAD)
        disconnect(t);
    else
        judge_kept(t);
}

/* ---- outside ---- */

void sim_sstp_open(struct sim_sstp *call, const struct sim_sstp_settings *settings,
                   const uint8_t random[SIM_SSTP_RANDOM_BYTES], int64_t now_ms)
{
    *call = (struct sim_sstp){.settings = settings};
    memcpy(call->nonce, random, sizeof call->nonce);
    memcpy(call->random, random + sizeof call->nonce, sizeof call->random);
    const struct turn t = {call, NULL, now_ms};
    enter(&t, SIM_SSTP_REQUEST_PENDING, NEGOTIATION_MS);
}

size_t sim_sstp_take(struct sim_sstp *call, int64_t now_ms, const uint8_t *in, size_t n,
                     struct sim_out *out)
{
    const struct turn t = {call, out, now_ms};
    struct sim_message m;
    size_t bytes = n < SSTP_HEADER_BYTES ? SSTP_HEADER_BYTES : sim_get16(in + 2) & 0xfff;
    bool control = n >= 2 && in[1] & 1;
    if (n >= 1 && (in[0] != SSTP_VERSION ||
                   bytes < (size_t)(control && n >= SSTP_HEADER_BYTES ? SIM_CONTROL_HEADER
                                                                      : SSTP_HEADER_BYTES))) {
        call->state = SIM_SSTP_CLOSED;
        return n;
    }
    if (n < bytes)
        return 0;
    if (call->state == SIM_SSTP_CONNECTED) { /* whatever came, it is alive */
        enter(&t, SIM_SSTP_CONNECTED, HELLO_MS);
        call->echo_sent = false;
    }
    if (!control)
        on_frame(&t, in + SSTP_HEADER_BYTES, bytes - SSTP_HEADER_BYTES);
    else if (hears(&t, sim_get16(in + 4))) {
        if (sim_message_read(in, bytes, &m))
            on_message(&t, &m);
        else
            abort_call(&t, SSTP_STATUS_INFO, INVALID_FRAME);
    }
    return bytes;
}

void sim_sstp_tick(struct sim_sstp *call, int64_t now_ms, struct sim_out *out)
{
    const struct turn t = {call, out, now_ms};
    if (now_ms < call->due_ms)
        return;
    switch (call->state) {
    case SIM_SSTP_REQUEST_PENDING:
    case SIM_SSTP_CONNECTED_PENDING:
        abort_call(&t, SSTP_STATUS_INFO, NEGOTIATION_TIMEOUT);
        break;
    case SIM_SSTP_CONNECTED:
        if (call->echo_sent) {
            call->state = SIM_SSTP_CLOSED; /* 3.1.2.3: without a CALL_ABORT */
        } else {
            sim_message_say(t.out, SSTP_ECHO_REQUEST);
            enter(&t, SIM_SSTP_CONNECTED, HELLO_MS);
            call->echo_sent = true;
        }
        break;
    default:
        call->state = SIM_SSTP_CLOSED;
        break;
    }
}
