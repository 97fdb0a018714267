/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include "sstp/held.h"
#include "text.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_trouble(struct wire_look *out, const struct sstp_probe_result *r)
{
    for (int i = 0; i < SSTP_STAGES; i++) {
        const struct sstp_stage_result *s = &r->stage[i];
        if (s->tried && !s->ok && !out->trouble[0])
            snprintf(out->trouble, sizeof out->trouble, "%s: %.200s",
                     sstp_stage_name((enum sstp_stage)i), s->detail);
    }
}

static void take(struct wire_look *out, const struct sstp_probe_result *r, bool get)
{
    out->unreachable = r->unreachable;
    out->connected = r->stage[SSTP_STAGE_TCP].ok;
    if (r->has_leaf && !out->tls) {
        out->tls = true;
        out->issuer_sent = r->issuer_sent;
        memcpy(out->leaf_sha256, r->leaf.sha256, SHA256_BYTES);
        out->leaf_not_after = r->leaf.not_after;
    }
    if (get) {
        out->get_status = r->http_status;
    } else {
        out->post_status = r->http_status;
        out->call = r->stage[SSTP_STAGE_SSTP].ok;
        out->hash_mask = r->hash_mask;
    }
    note_trouble(out, r);
}

static void look(void *self, const struct wire_question *q, struct wire_look *out)
{
    struct sstp_probe_options o = {.clock = self,
                                   .addr = q->addr,
                                   .server_name = q->server_name,
                                   .host = q->host,
                                   .timeout_ms = q->timeout_ms,
                                   .plain = q->plain,
                                   .last = q->call ? SSTP_STAGE_SSTP : SSTP_STAGE_TLS};
    struct sstp_probe_result r;

    memset(out, 0, sizeof *out);
    sstp_probe(&r, &o);
    take(out, &r, false);
    out->plain = q->plain;
    if (q->call && (r.has_leaf || (q->plain && out->connected))) {
        sstp_probe_clear(&r);
        o.method = SSTP_GET;
        sstp_probe(&r, &o);
        take(out, &r, true);
    }
    sstp_probe_clear(&r);
}

static bool knock(void *self, const struct net_addr *addr, int64_t patience_ms)
{
    const struct clock *clock = self;
    struct net_socket *s = NULL;
    struct err err = {0};
    bool taken = net_tcp_connect(&s, addr, clock_ms(clock) + patience_ms, &err) == 0;

    net_close(s);
    return taken;
}

static int take_chain(const struct tls *tls, struct cert_chain *out, struct err *err)
{
    const uint8_t *der;
    size_t len;

    while (out->count < CERT_MAX_CHAIN && (der = tls_peer_cert(tls, out->count, &len)) != NULL) {
        uint8_t *copy = malloc(len ? len : 1);
        if (!copy)
            return err_set(err, ERR_FAIL, "certificates: out of memory");
        memcpy(copy, der, len);
        out->cert[out->count].der = copy;
        out->cert[out->count++].len = len;
    }
    return out->count > 0 ? 0 : err_set(err, ERR_NET, "tls: no certificate was sent");
}

static int chain(void *self, const struct wire_question *q, struct cert_chain *out, struct err *err)
{
    struct tls_target target = {.addr = q->addr,
                                .server_name = q->server_name,
                                .deadline_ms = clock_ms(self) + q->timeout_ms};
    struct cert_chain sent = {.count = 0};
    struct tls *tls = NULL;
    int rc = -1;

    if (tls_open(&tls, &target, err) != 0 || take_chain(tls, &sent, err) != 0)
        goto done;
    *out = sent;
    memset(&sent, 0, sizeof sent);
    rc = 0;
done:
    tls_close(tls);
    cert_chain_clear(&sent);
    return rc;
}

/* ---- the whole way ---- */

static void probe_for_held(void *user, struct sstp_probe_result *out,
                           const struct sstp_probe_options *o)
{
    (void)user;
    sstp_probe(out, o);
}

static void tell_held(const struct held *h, struct wire_logged *out)
{
    const struct sstp_stage_result *bad = sstp_probe_failed(&h->logon);

    out->logons = h->logons;
    switch (h->verdict) {
    case HELD_SERVED:
        out->hash = WIRE_HASH_ACCEPTED;
        snprintf(out->finding, sizeof out->finding, "hash accepted, a wrong one refused");
        break;
    case HELD_OTHER:
    case HELD_NOT_THIS:
        out->hash = WIRE_HASH_REFUSED;
        snprintf(out->finding, sizeof out->finding,
                 "the service holds the hash of another certificate than the one it serves");
        break;
    case HELD_ANY:
        snprintf(out->finding, sizeof out->finding,
                 "a wrong hash is accepted as well: that proves nothing");
        break;
    case HELD_UNKNOWN:
    case HELD_ACCEPTED:
    case HELD_NO_LOGON:
        snprintf(out->finding, sizeof out->finding, "%.200s", bad ? bad->detail : h->note);
    }
    if (!out->finding[0])
        snprintf(out->finding, sizeof out->finding, "nothing was learnt about the hash");
}

static void log_on(void *self, const struct wire_logon *q, struct wire_logged *out)
{
    struct ppp_account account = {q->user, q->password, false};
    struct sstp_probe_options call = {.clock = self,
                                      .addr = q->addr,
                                      .server_name = q->server_name,
                                      .host = q->host,
                                      .timeout_ms = q->timeout_ms,
                                      .last = SSTP_STAGE_TLS};
    struct sstp_probe_result seen;
    struct held held;

    memset(out, 0, sizeof *out);
    sstp_probe(&seen, &call);
    if (!seen.has_leaf || memcmp(seen.leaf.sha256, q->sha256, SHA256_BYTES) != 0) {
        snprintf(out->finding, sizeof out->finding,
                 "another certificate shows: the account was not used");
    } else {
        call.account = &account;
        call.account_only_for = q->sha256;
        held_find(&held, &(struct held_question){
                             .call = &call, .leaf = &seen.leaf, .probe = probe_for_held});
        tell_held(&held, out);
        held_clear(&held);
    }
    sstp_probe_clear(&seen);
}

struct wire wire_real(const struct clock *clock)
{
    /* The table's self is not const because other looks may keep state; the clock is only read. */
    union {
        const void *in;
        void *out;
    } self = {.in = clock};
    return (struct wire){
        .look = look, .knock = knock, .chain = chain, .log_on = log_on, .self = self.out};
}
