/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve_int.h - what resolve.c (opening, one question), recursor.c (by recursive resolvers),
 * host.c (addresses) and iterate.c (authoritative servers, referrals) share.
 */
#ifndef RRAS_DNS_RESOLVE_INT_H
#define RRAS_DNS_RESOLVE_INT_H

#include "dns/resolve.h"

enum { RESOLVE_MAX_RESOLVERS = 4, RESOLVE_MAX_DEAD = 64 };

struct dead {
    struct net_addr addr;
    enum dns_outcome outcome;
};

struct resolve {
    const struct delegation_env *env;
    const struct dns_io *io;
    bool from_root;
    uint16_t port; /* of all name servers */
    struct net_addr resolver[RESOLVE_MAX_RESOLVERS];
    size_t resolver_count;
    struct dns_zone *zones; /* newest first */
    size_t zone_count;
    struct dead dead[RESOLVE_MAX_DEAD];
    size_t dead_count;
    unsigned asked, depth;
    bool warned[2]; /* no route by IPv4, IPv6 */
};

/* What servers did instead of answering, for the error text. */
struct failures {
    char text[400];
};
void failures_add(struct failures *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for one server: "ns1.example.com (192.0.2.1:53): SERVFAIL". */
void failures_add_server(struct failures *f, const char *server, const struct net_addr *addr,
                         const char *what);

/* resolve.c: the zone cache. NULL with err when it is full. */
struct dns_zone *zone_add(struct resolve *r, const char *name, struct err *err);
struct dns_zone *zone_cached(const struct resolve *r, const char *name);
void zone_add_host(struct dns_zone *z, const char *name);

/* recursor.c: an answer (NOERROR or NXDOMAIN) of the first resolver that gives one. */
int recursor_ask(struct resolve *r, const struct dns_question *q, struct dns_message *out,
                 struct err *err) MUST_CHECK;
/* The zone that holds `name`, with its NS hosts, by the resolvers. NULL with err. */
struct dns_zone *recursor_zone(struct resolve *r, const char *name, struct err *err);

/* host.c: adds the addresses in a section (of one owner, or NULL = of all) to out. */
void host_take_addresses(const struct resolve *r, const struct dns_message *m,
                         enum dns_section section, const char *owner, struct dns_host *out);
/* Addresses on demand; a host without any is noted in f. */
void host_need_addresses(struct resolve *r, struct dns_host *h, struct failures *f);

#endif
