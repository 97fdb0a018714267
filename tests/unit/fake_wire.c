/* SPDX-License-Identifier: Apache-2.0 */
/* What a client sees of the machine of fake_machine.c, and its clock. */
#include "fake_machine.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void answer_call(const struct fake *f, const struct wire_question *q, struct wire_look *out)
{
    bool fail = f->calls_fail || f->is_stuck;

    if (!q->call)
        return;
    out->get_status = 401;
    out->post_status = fail ? 503 : 200;
    out->call = !fail;
    out->hash_mask = fail ? 0 : 2;
}

/* TLS offload: the listener without TLS, or the balancer before it. */
static void look_behind(const struct fake *f, const struct wire_question *q, struct wire_look *out)
{
    const struct fake_cert *c = &f->cert[f->balancer];

    out->plain = q->plain;
    if (!q->plain) {
        out->connected = out->tls = !f->dead;
        memcpy(out->leaf_sha256, c->info.sha256, SHA256_BYTES);
        out->leaf_not_after = c->info.not_after;
    }
    if (!f->dead && f->listening)
        answer_call(f, q, out);
    else
        text_copy(out->trouble, sizeof out->trouble, q->plain ? "tcp: refused" : "http: 502");
}

static void look(void *self, const struct wire_question *q, struct wire_look *out)
{
    struct fake *f = self;
    const struct binding *b = &f->binding[q->addr.family == 4 ? FAMILY_V4 : FAMILY_V6];
    const struct fake_cert *c = b->present ? fake_in_my(f, b->hash, SHA1_BYTES) : NULL;
    bool local = q->addr.family == 4 && q->addr.ip[0] == FAKE_LOCAL_IP0;

    memset(out, 0, sizeof *out);
    f->now_ms += 20;
    fake_settle(f);
    if (f->no_v6 && q->addr.family == 6) {
        text_copy(out->trouble, sizeof out->trouble, "tcp: refused");
        return;
    }
    out->connected = !f->dead && f->listening;
    if (q->plain || q->addr.ip[0] == FAKE_BALANCER_IP0) {
        look_behind(f, q, out);
        return;
    }
    if (f->dead || !f->listening || !c || !fake_usable(f, c)) {
        text_copy(out->trouble, sizeof out->trouble, f->listening ? "tls: reset" : "tcp: refused");
        return;
    }
    if (local && f->shadowed)
        c = &f->cert[0];
    out->tls = true;
    out->issuer_sent = f->has_intermediate;
    memcpy(out->leaf_sha256, c->info.sha256, SHA256_BYTES);
    out->leaf_not_after = c->info.not_after;
    answer_call(f, q, out);
}

static bool knock(void *self, const struct net_addr *addr, int64_t patience_ms)
{
    const struct fake *f = self;

    (void)addr;
    (void)patience_ms;
    return f->listening;
}

static int chain(void *self, const struct wire_question *q, struct cert_chain *out, struct err *err)
{
    const struct fake *f = self;
    size_t which = q->addr.ip[3] - 1U;
    const struct cert_chain *sent = which < FAKE_BALANCERS ? f->sends[which] : NULL;

    if (q->addr.ip[0] != FAKE_BALANCER_IP0 || !sent)
        return err_set(err, ERR_NET, "tcp: refused");
    for (; out->count < sent->count; out->count++) {
        size_t len = sent->cert[out->count].len;
        out->cert[out->count].der = malloc(len);
        memcpy(out->cert[out->count].der, sent->cert[out->count].der, len);
        out->cert[out->count].len = len;
    }
    return 0;
}

static void log_on(void *self, const struct wire_logon *q, struct wire_logged *out)
{
    struct fake *f = self;

    *out = (struct wire_logged){.hash = f->logon, .logons = 1};
    text_copy(out->finding, sizeof out->finding, "as the test says");
    f->logons++;
    if (strcmp(q->user, "probe") != 0 || strcmp(q->password, "secret") != 0 ||
        memcmp(q->sha256, f->cached_sha256, SHA256_BYTES) != 0)
        f->logons += 100; /* never to be seen */
    if (f->asks_account)
        out->hash = !fake_logs_on(f)                                         ? WIRE_HASH_OPEN
                    : memcmp(q->sha256, f->cached_sha256, SHA256_BYTES) == 0 ? WIRE_HASH_ACCEPTED
                                                                             : WIRE_HASH_REFUSED;
}

struct wire fake_wire(struct fake *f)
{
    return (struct wire){look, knock, chain, log_on, f};
}

/* ---- struct clock ---- */

static int64_t clock_now_s(void *user)
{
    const struct fake *f = user;
    return fake_unix_ms(f) / 1000;
}

static int64_t clock_monotonic_ms(void *user)
{
    const struct fake *f = user;
    return f->now_ms;
}

static void clock_sleep_ms(void *user, int64_t ms)
{
    struct fake *f = user;

    f->now_ms += ms > 0 ? ms : 0;
    fake_settle(f);
}

struct clock fake_clock(struct fake *f)
{
    return (struct clock){clock_now_s, clock_monotonic_ms, clock_sleep_ms, f};
}
