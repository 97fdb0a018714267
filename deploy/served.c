/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy.source "balancer": the certificate is renewed on the balancer, by whatever does that
 * there, and RRAS has to hold the hash of what the balancer serves. The balancer may be several
 * machines: while they serve different certificates it is being changed, and one hash cannot be
 * right for all.
 */
#include "drive.h"

#include "text.h"

#include <string.h>

static bool same_leaf(const struct cert_chain *a, const struct cert_chain *b)
{
    return a->cert[0].len == b->cert[0].len &&
           memcmp(a->cert[0].der, b->cert[0].der, a->cert[0].len) == 0;
}

/* One more address; *out is what those before it serve, empty at first. */
static int add_served(struct session *s, const struct wire_question *q, struct cert_chain *out,
                      struct err *err)
{
    const struct wire *wire = s->ports->wire;
    struct cert_chain chain = {.count = 0};
    char where[72];
    int rc = -1;

    net_addr_text(&q->addr, where);
    if (wire->chain(wire->self, q, &chain, err) != 0) {
        err_context(err, "balancer %s", where);
        goto done;
    }
    if (out->count == 0) {
        *out = chain;
        memset(&chain, 0, sizeof chain);
    } else if (!same_leaf(out, &chain)) {
        err_set(err, ERR_POSTPONED,
                "balancer %s: serves another certificate than the one before it in "
                "deploy.verify.probe; the hash follows when all serve the same",
                where);
        goto done;
    }
    rc = 0;
done:
    cert_chain_clear(&chain);
    return rc;
}

int drive_served(const struct deploy_env *env, const struct conf *conf,
                 const struct deploy_ports *ports, struct cert_chain *out, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    const struct strings *probe = &conf->deploy.verify.probe;
    struct cert_chain served = {.count = 0};
    struct observed o = {0};
    char name[256];
    int rc = -1;

    s.journal.port = conf->deploy.port;
    s.journal.offload = true;
    if (session_observe(&s, LOOK_ADDRESSES, &o, err) != 0)
        goto done;
    s.local = o.local;
    prove_name(conf, name);
    for (size_t i = 0; i < probe->n; i++) {
        struct wire_question q = {.server_name = name, .host = name};
        if (prove_place(&s, probe->v[i], &q, err) != 0 ||
            (!q.plain && add_served(&s, &q, &served, err) != 0))
            goto done;
    }
    if (served.count == 0) {
        err_set(err, ERR_USAGE, "deploy.verify.probe: no address in it is a balancer's");
        err_hint(err, "name it there: an address that is not this machine's, or another port");
        goto done;
    }
    *out = served;
    memset(&served, 0, sizeof served);
    rc = 0;
done:
    cert_chain_clear(&served);
    observed_clear(&o);
    return rc;
}
