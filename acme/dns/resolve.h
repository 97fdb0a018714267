/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - where to ask: from a name to the servers that are authoritative for it.
 *
 * Two ways. With dns.root in the configuration we iterate from those servers ourselves (RD = 0,
 * referrals followed); their port is used for every name server below, since a referral carries
 * none (private DNS on other ports, tests). Otherwise recursive resolvers (dns.resolvers, or the
 * system's) are asked for SOA, NS, A and AAAA of the zones, and only the zones' own servers for
 * the name in question, so that no shared cache remembers a "no" about it.
 *
 * A walk has a budget of questions; servers that did not answer once are not asked again.
 */
#ifndef RRAS_DNS_RESOLVE_H
#define RRAS_DNS_RESOLVE_H

#include "dns/delegation.h"
#include "dns/exchange.h"

enum {
    RESOLVE_MAX_QUERIES = 200, /* in one walk */
    RESOLVE_MAX_HOSTS = 16,    /* name servers of one zone */
    RESOLVE_MAX_ADDRS = 8,     /* addresses of one name server */
};

/* A name server; addresses are looked up when they are needed. */
struct dns_host {
    char name[DNS_NAME_SIZE];
    struct net_addr addr[RESOLVE_MAX_ADDRS];
    size_t addr_count;
    bool resolved; /* looked up, or glue is there */
};
struct dns_zone {
    char name[DNS_NAME_SIZE];
    struct dns_host host[RESOLVE_MAX_HOSTS];
    size_t host_count;
    bool warned; /* of servers that did not answer */
    struct dns_zone *next;
};

struct resolve; /* opaque: one walk, with its cache */
/* env and io are borrowed. ERR_USAGE for a bad address in the configuration, ERR_DNS when the
 * system has no resolver. */
int resolve_open(struct resolve **out, const struct delegation_env *env, const struct dns_io *io,
                 struct err *err) MUST_CHECK;
void resolve_close(struct resolve *r);
const struct delegation_env *resolve_env(const struct resolve *r);

/* One question to one server, within the budget. -1 only when the budget is spent or the program
 * is interrupted. */
struct dns_reply {
    enum dns_outcome outcome;
    struct dns_message msg; /* dns_message_clear */
};
int resolve_ask(struct resolve *r, const struct net_addr *to, const struct dns_question *q,
                struct dns_reply *out, struct err *err) MUST_CHECK;

/* An authoritative answer (NOERROR or NXDOMAIN), or with resolve_above the referral. */
struct resolve_answer {
    struct dns_message msg;
    struct net_addr by;
    char by_name[DNS_NAME_SIZE];
    const struct dns_zone *zone; /* deepest zone known to hold the name; owned by the resolve */
    bool referral;
};
void resolve_answer_clear(struct resolve_answer *a);
/* Asks the servers of the closest zone, following referrals down. ERR_DNS names the zone and what
 * each of its servers did. */
int resolve_query(struct resolve *r, const char *name, enum dns_type type,
                  struct resolve_answer *out, struct err *err) MUST_CHECK;
/* NS of `zone` as its parent zone's servers tell it: a referral, or the zone's own answer where
 * one server has both. */
int resolve_above(struct resolve *r, const char *zone, struct resolve_answer *out,
                  struct err *err) MUST_CHECK;
/* All A and AAAA addresses of a host, with the port for name servers. None at all is ERR_DNS. */
int resolve_host(struct resolve *r, const char *host, struct net_addr out[RESOLVE_MAX_ADDRS],
                 size_t *count, struct err *err) MUST_CHECK;

/* The zone in the cache of this walk, or NULL. */
const struct dns_zone *resolve_known_zone(const struct resolve *r, const char *zone);

/* The zone that a referral in this answer of a server of `zone` leads to ("" inside means none):
 * strictly below zone, and name is in it. Pure. */
const char *resolve_referral(const struct dns_message *m, const char *zone, const char *name);

#endif
