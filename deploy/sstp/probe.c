/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/call.h"

#include "secret.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sstp_stage_name(enum sstp_stage s)
{
    static const char *const names[SSTP_STAGES] = {"tcp", "tls",  "http",   "sstp",
                                                   "lcp", "auth", "binding"};
    return names[s];
}

const struct sstp_stage_result *sstp_probe_failed(const struct sstp_probe_result *r)
{
    for (int i = 0; i < SSTP_STAGES; i++)
        if (r->stage[i].tried && !r->stage[i].ok)
            return &r->stage[i];
    return NULL;
}

void sstp_probe_clear(struct sstp_probe_result *r)
{
    cert_info_clear(&r->leaf);
    cert_chain_clear(&r->chain);
    memset(r, 0, sizeof *r);
}

/* ---- tcp ---- */

static void stage_tcp(struct sstp_call *c, struct sstp_stage_result *s)
{
    struct net_socket *socket = NULL;
    struct err err = {0};

    if (net_tcp_connect(&socket, &c->o->addr, c->deadline_ms, &err) != 0) {
        c->r->refused = net_is_refused(&err);
        c->r->unreachable = net_is_unreachable(&err);
        sstp_stage_fail(c, s, "", &err);
        return;
    }
    if (c->o->plain)
        c->socket = socket;
    else
        net_close(socket); /* TLS makes its own: this one is to tell the two apart */
    s->ok = true;
    snprintf(s->detail, sizeof s->detail, "connected");
}

/* ---- tls ---- */

/* By name: whether it is the one that signed is the client's to judge. */
static void look_at_chain(struct sstp_call *c)
{
    for (size_t i = 1; i < c->r->chain_count; i++) {
        struct cert_info info = {0};
        struct err ignored = {0};
        size_t len = 0;
        const uint8_t *der = tls_peer_cert(c->tls, i, &len);
        if (der && cert_info_read(&info, der, len, &ignored) == 0) {
            c->r->issuer_sent = c->r->issuer_sent || strcmp(info.subject, c->r->leaf.issuer) == 0;
            c->r->root_sent = c->r->root_sent || info.self_signed;
        }
        cert_info_clear(&info);
    }
}

static void keep_chain(struct sstp_call *c)
{
    struct err ignored = {0}; /* what does not fit or cannot be read is only counted */
    const uint8_t *der;
    size_t len = 0;

    for (; (der = tls_peer_cert(c->tls, c->r->chain_count, &len)) != NULL; c->r->chain_count++)
        if (c->r->chain.count == c->r->chain_count &&
            cert_chain_add(&c->r->chain, der, len, &ignored) != 0)
            err_clear(&ignored);
}

static void stage_tls(struct sstp_call *c, struct sstp_stage_result *s)
{
    struct tls_target target = {c->o->addr, c->o->server_name, c->deadline_ms};
    struct err err = {0};
    const uint8_t *der;
    size_t len = 0;

    if (tls_open(&c->tls, &target, &err) != 0) {
        /* http.sys resets when no certificate is bound or its key cannot be used. */
        sstp_stage_fail(c, s, "", &err);
        return;
    }
    text_copy(c->r->tls_version, sizeof c->r->tls_version, tls_version(c->tls));
    keep_chain(c);
    der = tls_peer_cert(c->tls, 0, &len);
    if (!der || cert_info_read(&c->r->leaf, der, len, &err) != 0) {
        sstp_stage_fail(c, s, "the listener's certificate cannot be read", &err);
        return;
    }
    c->r->has_leaf = true;
    look_at_chain(c);
    s->ok = true;
    snprintf(s->detail, sizeof s->detail, "%s, %.100s", c->r->tls_version, c->r->leaf.subject);
}

/* ---- with TLS or without ---- */

/* ---- sstp ---- */

static void stage_sstp(struct sstp_call *c, struct sstp_stage_result *s)
{
    struct sstp_packet p = {0};
    struct err err = {0};
    uint8_t out[SSTP_CONNECT_REQUEST_BYTES];

    if (sstp_call_write(c, out, sstp_connect_request(out), &err) != 0) {
        sstp_stage_fail(c, s, "call connect request", &err);
        return;
    }
    c->end = SSTP_CALL_OPEN;
    if (sstp_call_packet(c, c->deadline_ms, &p, &err) != 0) {
        sstp_stage_fail(c, s, "no SSTP answer", &err);
        return;
    }
    if (p.type == SSTP_CALL_CONNECT_ACK && p.has_binding_request && p.hash_mask) {
        c->r->hash_mask = p.hash_mask;
        memcpy(c->nonce, p.nonce, sizeof c->nonce);
        s->ok = true;
        snprintf(s->detail, sizeof s->detail, "call accepted; certificate hashes:%s%s",
                 p.hash_mask & SSTP_HASH_SHA256 ? " SHA-256" : "",
                 p.hash_mask & SSTP_HASH_SHA1 ? " SHA-1" : "");
    } else if (p.type == SSTP_CALL_CONNECT_ACK) {
        sstp_stage_say(c, s, "nohash", "call accepted without any certificate hash");
    } else {
        char what[120];
        sstp_packet_text(&p, what, sizeof what);
        sstp_stage_say(c, s, p.type == SSTP_CALL_CONNECT_NAK ? "nak" : "abort", what);
        if (p.type == SSTP_CALL_ABORT)
            c->end = SSTP_CALL_ABORTED;
    }
}

/* ---- all ---- */

static bool run_stage(struct sstp_call *c, enum sstp_stage stage,
                      void (*run)(struct sstp_call *, struct sstp_stage_result *))
{
    struct sstp_stage_result *s = &c->r->stage[stage];
    int64_t begun_ms = clock_ms(c->o->clock);

    s->tried = true;
    c->deadline_ms = c->end_ms;
    if (c->o->stage_ms > 0 && stage <= SSTP_STAGE_SSTP && begun_ms + c->o->stage_ms < c->end_ms)
        c->deadline_ms = begun_ms + c->o->stage_ms;
    run(c, s);
    if (s->ok && !s->code[0])
        snprintf(s->code, sizeof s->code, "%s-ok", sstp_stage_name(stage));
    s->ms = clock_ms(c->o->clock) - begun_ms;
    return s->ok && c->o->last > stage;
}

/* Nothing derived from the password goes to anybody but the server whose certificate was judged. */
static bool withheld(struct sstp_call *c)
{
    struct sstp_stage_result *s = &c->r->stage[SSTP_STAGE_AUTH];

    if (c->o->account && c->o->account_only_for && c->r->has_leaf &&
        crypto_equal(c->o->account_only_for, c->r->leaf.sha256, SHA256_BYTES))
        return false;
    s->tried = true;
    sstp_stage_say(c, s, "withheld",
                   "this connection shows another certificate than the one that was judged: the "
                   "account was not used");
    return true;
}

static void run_logon(struct sstp_call *c)
{
    if (c->o->early)
        (void)run_stage(c, SSTP_STAGE_BINDING, sstp_stage_binding);
    else if ((c->o->last == SSTP_STAGE_LCP || !withheld(c)) && /* LCP alone needs no password */
             run_stage(c, SSTP_STAGE_LCP, sstp_stage_lcp) &&
             run_stage(c, SSTP_STAGE_AUTH, sstp_stage_auth))
        (void)run_stage(c, SSTP_STAGE_BINDING, sstp_stage_binding);
    c->r->logged_on = c->ppp.account_used;
    ppp_clear(&c->ppp);
}

void sstp_probe(struct sstp_probe_result *out, const struct sstp_probe_options *o)
{
    struct sstp_call *c = calloc(1, sizeof *c);

    memset(out, 0, sizeof *out);
    if (!c) {
        out->stage[SSTP_STAGE_TCP].tried = true;
        snprintf(out->stage[SSTP_STAGE_TCP].code, sizeof out->stage[0].code, "tcp-error");
        snprintf(out->stage[SSTP_STAGE_TCP].detail, sizeof out->stage[0].detail, "out of memory");
        return;
    }
    c->o = o;
    c->r = out;
    c->end_ms = clock_ms(o->clock) + o->timeout_ms;
    if (run_stage(c, SSTP_STAGE_TCP, stage_tcp) &&
        (o->plain ? o->last > SSTP_STAGE_TLS : run_stage(c, SSTP_STAGE_TLS, stage_tls)) &&
        run_stage(c, SSTP_STAGE_HTTP, sstp_stage_http) && o->method == SSTP_DUPLEX_POST &&
        run_stage(c, SSTP_STAGE_SSTP, stage_sstp))
        run_logon(c);
    sstp_call_goodbye(c);
    tls_close(c->tls);
    net_close(c->socket);
    secret_wipe(c, sizeof *c);
    free(c);
}
