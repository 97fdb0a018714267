/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/dnssec.h"

#include "text.h"

#include <stdio.h>

enum { PORT_DNS = 53, MAX_RESOLVERS = 4 };

/* ---- pure ---- */

enum dnssec_state dnssec_judge(const struct dnssec_seen *checked,
                               const struct dnssec_seen *unchecked)
{
    bool answered = checked->outcome == DNS_ANSWERED;

    if (answered && checked->rcode == DNS_NOERROR)
        return DNSSEC_GOOD;
    if (answered && checked->rcode == DNS_SERVFAIL && unchecked->outcome == DNS_ANSWERED &&
        unchecked->rcode == DNS_NOERROR)
        return DNSSEC_BOGUS;
    return DNSSEC_NOT_SEEN;
}

static const char *say(const struct dnssec_seen *s)
{
    return s->outcome == DNS_ANSWERED ? dns_rcode_name(s->rcode) : dns_outcome_text(s->outcome);
}

/* ---- asking ---- */

static struct dnssec_seen ask(const struct delegation_env *env, const struct dns_io *io,
                              const struct net_addr *to, const struct dns_question *q)
{
    struct dns_message m = {0};
    struct dnssec_seen s = {.outcome = io->exchange(io->user, to, q, &m)};
    char where[72];

    if (s.outcome == DNS_ANSWERED) {
        s.rcode = m.rcode;
        s.ad = m.ad;
        dns_message_clear(&m);
    }
    net_addr_text(to, where);
    log_debug(env->log, "dns: %s SOA at resolver %s%s: %s", q->name, where,
              q->no_check ? " with CD" : "", say(&s));
    return s;
}

static enum dnssec_state look_by(const struct delegation_env *env, const struct dns_io *io,
                                 const struct net_addr *resolver, const char *zone,
                                 struct dnssec_finding *out)
{
    struct dns_question q = {
        .name = zone, .type = DNS_TYPE_SOA, .recurse = true, .tell_checked = true};
    struct dnssec_seen checked = ask(env, io, resolver, &q), unchecked = checked;
    char where[72];

    q.no_check = true;
    if (checked.outcome == DNS_ANSWERED && checked.rcode == DNS_SERVFAIL)
        unchecked = ask(env, io, resolver, &q);
    out->state = dnssec_judge(&checked, &unchecked);
    net_addr_text(resolver, where);
    switch (out->state) {
    case DNSSEC_GOOD:
        snprintf(out->text, sizeof out->text, "resolver %s answers; %s", where,
                 checked.ad ? "the zone is signed, and valid"
                            : "the zone is not signed, or the resolver does not check");
        break;
    case DNSSEC_BOGUS:
        snprintf(out->text, sizeof out->text,
                 "bogus: resolver %s says SERVFAIL, but answers when it is told not to check the "
                 "signatures; a CA that checks them can see nothing in this zone",
                 where);
        break;
    case DNSSEC_NOT_SEEN:
        snprintf(out->text, sizeof out->text, "resolver %s: %s, and without checking: %s", where,
                 say(&checked), say(&unchecked));
        break;
    }
    return out->state;
}

/* -1 with the reason in out. */
static int find_resolvers(const struct conf *c, struct net_addr out[MAX_RESOLVERS], size_t *count,
                          struct dnssec_finding *found)
{
    struct err e = {0};

    for (size_t i = 0; i < c->dns.resolvers.n && *count < MAX_RESOLVERS; i++) {
        if (net_addr_parse(&out[*count], c->dns.resolvers.v[i], PORT_DNS, &e) == 0)
            ++*count;
    }
    if (*count == 0 && !err_is_set(&e) && c->dns.root.n > 0) {
        text_copy(found->text, sizeof found->text,
                  "not looked at: with dns.root, only resolvers in dns.resolvers are asked");
        return -1;
    }
    if (*count == 0 && (err_is_set(&e) || dns_system_resolvers(out, MAX_RESOLVERS, count, &e))) {
        text_copy(found->text, sizeof found->text, e.text);
        return -1;
    }
    return 0;
}

void dnssec_look(const struct delegation_env *env, const struct dns_io *io, const char *zone,
                 struct dnssec_finding *out)
{
    struct net_addr resolver[MAX_RESOLVERS];
    size_t n = 0;

    *out = (struct dnssec_finding){.state = DNSSEC_NOT_SEEN};
    if (find_resolvers(env->conf, resolver, &n, out))
        return;
    for (size_t i = 0; i < n; i++) {
        if (env->interrupted && env->interrupted())
            return;
        if (look_by(env, io, &resolver[i], zone, out) != DNSSEC_NOT_SEEN)
            return;
    }
}
