/* SPDX-License-Identifier: Apache-2.0 */
/* The stages after the Call Connect Ack: LCP, the logon, the crypto binding. */
#include "sstp/call.h"

#include "secret.h"
#include "sstp/binding.h"

#include <stdio.h>
#include <string.h>

enum {
    RESTART_MS = 3000,  /* RFC 1661 4.6 */
    AFTER_DATA_MS = 50, /* a server that sends frames of its own has judged the binding */
    MAX_BINDING_PACKETS = 200,
};

/* ---- PPP inside SSTP ---- */

static int send_data(struct sstp_call *c, const uint8_t *frame, size_t len, struct err *err)
{
    uint8_t packet[SSTP_HEADER_BYTES + PPP_MAX_FRAME_BYTES] = {SSTP_VERSION, 0};
    size_t total = SSTP_HEADER_BYTES + len;
    int rc;

    packet[2] = (uint8_t)(total >> 8);
    packet[3] = (uint8_t)total;
    memcpy(packet + SSTP_HEADER_BYTES, frame, len);
    rc = sstp_call_write(c, packet, total, err);
    secret_wipe(packet, sizeof packet); /* PAP */
    return rc;
}

static int send_frames(struct sstp_call *c, struct ppp_frames *frames, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; i < frames->n && rc == 0; i++)
        rc = send_data(c, frames->frame[i].bytes, frames->frame[i].len, err);
    secret_wipe(frames, sizeof *frames);
    return rc;
}

static int echo_back(struct sstp_call *c, struct err *err)
{
    uint8_t out[SSTP_PLAIN_BYTES];

    return sstp_call_write(c, out, sstp_plain(out, SSTP_ECHO_RESPONSE), err);
}

/* True when the packet ends the call; the stage has been told. */
static bool ends_call(struct sstp_call *c, const struct sstp_packet *p, struct sstp_stage_result *s)
{
    char what[120];

    if (!p->control || (p->type != SSTP_CALL_ABORT && p->type != SSTP_CALL_DISCONNECT))
        return false;
    c->end = p->type == SSTP_CALL_ABORT ? SSTP_CALL_ABORTED : SSTP_CALL_ENDED;
    sstp_packet_text(p, what, sizeof what);
    sstp_stage_say(c, s, p->type == SSTP_CALL_ABORT ? "abort" : "ended", what);
    return true;
}

/* One packet of the server's, or a pause of its. False when the stage is over, told. */
static bool turn(struct sstp_call *c, struct sstp_stage_result *s)
{
    int64_t now_ms = clock_ms(c->o->clock), until_ms = now_ms + RESTART_MS;
    struct ppp_frames frames = {.n = 0};
    struct sstp_packet p;
    struct err err = {0};
    bool waits = c->ppp.state == PPP_AUTHENTICATING; /* a server may ask a domain controller */

    if (sstp_call_packet(c, waits ? c->deadline_ms : until_ms, &p, &err) != 0) {
        if (err.code != ERR_TIMEOUT || waits || clock_ms(c->o->clock) >= c->deadline_ms) {
            sstp_stage_fail(c, s, "", &err);
            return false;
        }
        ppp_again(&c->ppp, &frames);
    } else if (ends_call(c, &p, s)) {
        return false;
    } else if (!p.control) {
        ppp_take(&c->ppp, p.payload, p.payload_len, &frames);
    } else if (p.type == SSTP_ECHO_REQUEST && echo_back(c, &err) != 0) {
        sstp_stage_fail(c, s, "", &err);
        return false;
    }
    err_clear(&err);
    if (send_frames(c, &frames, &err) != 0) {
        sstp_stage_fail(c, s, "", &err);
        return false;
    }
    return true;
}

static void tell_failure(struct sstp_call *c, struct sstp_stage_result *s)
{
    s->ok = false;
    snprintf(s->code, sizeof s->code, "%s", c->ppp.code);
    snprintf(s->detail, sizeof s->detail, "%s", c->ppp.why);
}

void sstp_stage_lcp(struct sstp_call *c, struct sstp_stage_result *s)
{
    uint8_t random[PPP_RANDOM_BYTES];
    struct ppp_frames frames = {.n = 0};
    struct err err = {0};

    if (os_random(random, sizeof random, &err) != 0 ||
        ppp_start(&c->ppp, c->o->account, random, &frames, &err) != 0 ||
        send_frames(c, &frames, &err) != 0) {
        sstp_stage_fail(c, s, "", &err);
        return;
    }
    while (c->ppp.state == PPP_NEGOTIATING)
        if (!turn(c, s))
            return;
    if (c->ppp.state == PPP_FAILED) {
        tell_failure(c, s);
        return;
    }
    s->ok = true;
    snprintf(s->detail, sizeof s->detail, "agreed on %s", ppp_method_name(c->ppp.method));
}

void sstp_stage_auth(struct sstp_call *c, struct sstp_stage_result *s)
{
    while (c->ppp.state == PPP_AUTHENTICATING)
        if (!turn(c, s))
            return;
    if (c->ppp.state == PPP_FAILED) {
        tell_failure(c, s);
        return;
    }
    s->ok = true;
    snprintf(s->detail, sizeof s->detail, "%s",
             c->ppp.method == PPP_METHOD_MSCHAP2
                 ? "account accepted; the server proved that it knows the "
                   "password"
             : c->ppp.method == PPP_METHOD_PAP ? "account accepted (PAP: the server proved nothing)"
                                               : "the server lets everybody in without a logon");
}

/* ---- crypto binding ---- */

static int send_connected(struct sstp_call *c, struct err *err)
{
    const struct sstp_claim *claim = c->o->claim;
    struct sstp_binding b = {.hash_type = SSTP_HASH_SHA1};
    uint8_t packet[SSTP_CONNECTED_BYTES];
    int rc;

    if (!c->r->has_leaf && !claim)
        return err_set(err, ERR_CHECK, "without TLS there is no certificate to claim");
    if (c->r->hash_mask & SSTP_HASH_SHA256) /* 3.2.5.2: the stronger one that is offered */
        b.hash_type = SSTP_HASH_SHA256;
    if (claim && !(b.hash_type == SSTP_HASH_SHA256 ? claim->has_sha256 : claim->has_sha1))
        return err_set(err, ERR_CHECK, "the hash of that certificate is not known in this form");
    memcpy(b.nonce, c->nonce, sizeof b.nonce);
    if (b.hash_type == SSTP_HASH_SHA256)
        memcpy(b.certificate_hash, claim ? claim->sha256 : c->r->leaf.sha256, SHA256_BYTES);
    else
        memcpy(b.certificate_hash, claim ? claim->sha1 : c->r->leaf.sha1, SHA1_BYTES);
    rc = sstp_connected(&b, c->ppp.keys, packet, err);
    if (rc == 0)
        rc = sstp_call_write(c, packet, sizeof packet, err);
    return rc;
}

static void answered(struct sstp_call *c, struct sstp_stage_result *s, enum sstp_answer answer,
                     const char *word, const char *sentence)
{
    sstp_stage_say(c, s, word, sentence);
    c->r->answer = answer;
    s->ok = answer == SSTP_ACCEPTED;
}

/* A packet that settles the matter; false when it does not. */
static bool settles(struct sstp_call *c, const struct sstp_packet *p, struct sstp_stage_result *s)
{
    char what[120], text[240];
    bool terminates = !p->control && ppp_is_terminate(p->payload, p->payload_len);

    sstp_packet_text(p, what, sizeof what);
    if (p->control && p->type == SSTP_CALL_ABORT) {
        c->end = SSTP_CALL_ABORTED;
        snprintf(text, sizeof text, "crypto binding refused (%s)", what);
        answered(c, s, SSTP_REFUSED, "refused", text);
        return true;
    }
    if (terminates || (p->control && p->type == SSTP_CALL_DISCONNECT)) {
        if (!terminates)
            c->end = SSTP_CALL_ENDED;
        snprintf(text, sizeof text,
                 "the server ended the call (%s): a policy, no address, a limit; this says nothing "
                 "about the certificate hash",
                 terminates ? "PPP terminate request" : what);
        answered(c, s, SSTP_ENDED, "ended", text);
        return true;
    }
    if (!p->control || c->o->early)
        return false;
    if (p->type == SSTP_ECHO_RESPONSE || p->type == SSTP_ECHO_REQUEST) {
        answered(c, s, SSTP_ACCEPTED, "accepted",
                 p->type == SSTP_ECHO_RESPONSE
                     ? "crypto binding accepted: the call answers echoes"
                     : "crypto binding accepted: the server sends echoes");
        return true;
    }
    return false;
}

static void unproven(struct sstp_call *c, struct sstp_stage_result *s, const struct err *err)
{
    sstp_stage_fail(c, s, "no proof that the crypto binding was accepted", err);
    c->r->answer = SSTP_UNPROVEN;
}

/*
 * No message says "accepted". A server that has accepted answers an echo, one that has not must
 * abort (MS-SSTP 3.3.5.2.3, 3.1.5.4); but an echo that overtakes its judgement is aborted as well,
 * so a refusal is waited for first.
 */
void sstp_stage_binding(struct sstp_call *c, struct sstp_stage_result *s)
{
    int64_t grace_ms = c->o->grace_ms > 0 ? c->o->grace_ms : SSTP_GRACE_MS, quiet_ms;
    uint8_t out[SSTP_PLAIN_BYTES];
    bool asked = false;
    struct err err = {0};

    if (send_connected(c, &err) != 0) {
        unproven(c, s, &err);
        return;
    }
    quiet_ms = clock_ms(c->o->clock) + grace_ms;
    for (int i = 0; i < MAX_BINDING_PACKETS; i++) {
        struct sstp_packet p;
        err_clear(&err);
        if (sstp_call_packet(c, asked ? c->deadline_ms : quiet_ms, &p, &err) == 0) {
            if (settles(c, &p, s) || (p.type == SSTP_ECHO_REQUEST && echo_back(c, &err) != 0))
                return;
            if (!asked && !p.control && !c->o->early && grace_ms > AFTER_DATA_MS)
                quiet_ms = clock_ms(c->o->clock) + AFTER_DATA_MS;
            continue;
        }
        if (err.code == ERR_TIMEOUT && c->o->early) {
            answered(c, s, SSTP_ACCEPTED, "quiet", "not refused before a logon");
            return;
        }
        if (asked || err.code != ERR_TIMEOUT)
            break;
        asked = true;
        err_clear(&err);
        if (sstp_call_write(c, out, sstp_plain(out, SSTP_ECHO_REQUEST), &err) != 0)
            break;
    }
    if (!err_is_set(&err))
        err_set(&err, ERR_CHECK, "packet after packet, and none that tells");
    unproven(c, s, &err);
}
