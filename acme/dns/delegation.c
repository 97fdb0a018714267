/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/delegation.h"

#include "dns/chain.h"
#include "dns/walk.h"
#include "dns/zone.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* Where to publish: the end of the chain, unless the configuration knows better. */
static int choose_target(const struct delegation_env *env, struct delegation *d, struct err *err)
{
    const char *own = env->conf->dns.target;

    if (!own)
        return 0;
    if (!dns_name_plain(own) || !dns_name_set(d->target, own))
        return err_set(err, ERR_USAGE, "dns.target %s: not a DNS name", own);
    const char *end = d->hop[d->hop_count - 1].name;
    if (d->delegated && strcmp(end, d->target) != 0)
        log_warn(env->log, "%s: its CNAME leads to %s, but dns.target says %s", d->challenge, end,
                 d->target);
    return 0;
}

/* The server's NOTZONE would come late and explain less; an order would have been placed. */
static int judge_zone(const struct delegation_env *env, const struct delegation *d, struct err *err)
{
    const char *own = conf_dns_zone(env->conf);
    char zone[DNS_NAME_SIZE];

    if (!d->delegated || !own || text_equal_nocase(own, d->zone) || !dns_name_set(zone, own))
        return 0;
    if (dns_name_within(d->target, zone)) {
        log_warn(env->log, "%s: lies in zone %s, but the DNS provider's zone is set to %s",
                 d->target, d->zone, own);
        return 0;
    }
    err_set(err, ERR_DNS, "%s: its CNAME leads to %s, outside of the DNS provider's zone %s",
            d->challenge, d->target, zone);
    return err_hint(err, "let it lead to a name in %s (is a final dot missing?), or correct %s",
                    zone, conf_dns_zone_key(env->conf));
}

/* A CNAME that answers for every name was hardly made for this one: publishing at its target
 * would at best work by luck, and its owner may not know. dns.target says that it is meant. */
static int refuse_wildcard(const struct delegation *d, struct err *err)
{
    const char *end = d->hop[d->hop_count - 1].name;

    for (size_t i = 0; i < d->hop_count; i++) {
        const struct delegation_hop *h = &d->hop[i];
        if (!h->wildcard)
            continue;
        err_set(err, ERR_DNS,
                "%s: its CNAME to %s comes from a wildcard record: a made-up name beside it has "
                "the same",
                h->name, h->target);
        return err_hint(err,
                        "create a CNAME of its own for %s; or, if the wildcard is meant, "
                        "set dns.target to \"%s\"",
                        h->name, end);
    }
    return 0;
}

int delegation_walk(const struct delegation_env *env, const struct dns_io *io, const char *name,
                    struct delegation *out, struct err *err)
{
    struct resolve *r = NULL;
    struct delegation d;
    int rc = -1;

    if (resolve_open(&r, env, io, err) || chain_walk(r, name, &d, err))
        goto done;
    bool publishes = !env->read_only;
    if (publishes &&
        (choose_target(env, &d, err) || (!env->conf->dns.target && refuse_wildcard(&d, err))))
        goto done;
    if (zone_find(r, &d, err) || zone_servers(r, &d, err))
        goto done;
    if (publishes && judge_zone(env, &d, err))
        goto done;
    *out = d;
    rc = 0;
done:
    resolve_close(r);
    return rc;
}

int delegation_find(const struct delegation_env *env, const char *name, struct delegation *out,
                    struct err *err)
{
    return delegation_walk(env, &dns_io_net, name, out, err);
}

/* One target a name, so that two certificates never share one: a hash of the name as label. */
static void suggest_target(const struct delegation_env *env, const char *name, char *out,
                           size_t size)
{
    const struct conf *c = env->conf;
    uint8_t hash[SHA256_BYTES];
    char label[2 * 8 + 1], own[DNS_NAME_SIZE];

    if (c->dns.target) {
        snprintf(out, size, "%s.", c->dns.target);
    } else if (conf_dns_zone(c)) {
        /* With a prefix of its own a name has one target an account. */
        if (!env->prefix || !delegation_challenge(env, name, own, sizeof own))
            text_copy(own, sizeof own, name);
        crypto_sha256(own, strlen(own), hash);
        text_hex(hash, 8, label);
        snprintf(out, size, "%s.%s.", label, conf_dns_zone(c));
    } else {
        snprintf(out, size, "<your delegated name>");
    }
}

bool delegation_challenge(const struct delegation_env *env, const char *name, char *out,
                          size_t size)
{
    const char *plain = text_starts(name, "*.") ? name + 2 : name;
    int n = snprintf(out, size, "%s.%s", env->prefix ? env->prefix : "_acme-challenge", plain);

    return n > 0 && (size_t)n < size;
}

void delegation_record(const struct delegation_env *env, const char *name, char *out, size_t size)
{
    char challenge[DNS_NAME_SIZE], target[600];

    delegation_challenge(env, name, challenge, sizeof challenge);
    suggest_target(env, text_starts(name, "*.") ? name + 2 : name, target, sizeof target);
    snprintf(out, size, "%s. CNAME %s", challenge, target);
}
