/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation.h - where a challenge's TXT record lives, and whether it is seen there.
 *
 * What the rest of acme/ sees of acme/dns/. The chain of CNAME records from _acme-challenge.NAME
 * is walked by asking the zones' authoritative servers (RD = 0) for TXT; an error of any server
 * is an error, never "no CNAME". The shared resolver is asked for NS, SOA, A and AAAA of the
 * zones only, never for the challenge name: it would remember the "no".
 */
#ifndef RRAS_DELEGATION_H
#define RRAS_DELEGATION_H

#include "conf.h"
#include "log.h"
#include "net.h"
#include "os.h"
#include "report.h"

enum { DELEGATION_MAX_HOPS = 10, DELEGATION_MAX_SERVERS = 32, DELEGATION_MAX_VALUES = 8 };

struct dns_server {
    char name[256]; /* NS host name */
    struct net_addr addr;
};

struct delegation_hop {
    char name[256];   /* asked */
    char zone[256];   /* zone that answered */
    char target[256]; /* CNAME target; "" at the end of the chain */
    uint32_t ttl_s;
    bool wildcard; /* probably synthesised from a wildcard */
    struct net_addr answered_by;
};

struct delegation {
    char name[256];          /* the certificate name, without "*." */
    char challenge[256];     /* PREFIX.NAME, usually _acme-challenge.NAME */
    char target[256];        /* where TXT is to be published: end of the chain, or conf's target */
    char zone[256];          /* zone cut at the target */
    uint32_t negative_ttl_s; /* min(SOA TTL, MINIMUM) of that zone */
    char primary[256];       /* SOA MNAME */
    struct delegation_hop hop[DELEGATION_MAX_HOPS];
    size_t hop_count;
    bool delegated;                                   /* at least one CNAME */
    bool text_there;                                  /* the end of the chain has TXT */
    struct dns_server server[DELEGATION_MAX_SERVERS]; /* of the zone; one entry an address */
    size_t server_count;
};

struct delegation_env {
    const struct conf *conf;
    const struct clock *clock;
    const struct log *log;
    bool (*interrupted)(void); /* may be NULL */
    const char *prefix;        /* of the challenge name; NULL = "_acme-challenge" */
    bool read_only;            /* nothing will be published: dns.target does not count */
};

/* Walks. ERR_DNS with what, where, why and the cure: a loop names its members, NXDOMAIN of a
 * target's zone is told apart from a server that does not answer. A missing CNAME is not an error
 * here: delegated = false, target = challenge. */
int delegation_find(const struct delegation_env *env, const char *name, struct delegation *out,
                    struct err *err) MUST_CHECK;

/* The one line to create: "_acme-challenge.vpn.example.com. CNAME TARGET." TARGET from conf or a
 * suggestion within the publisher's zone. */
void delegation_record(const struct delegation_env *env, const char *name, char *out, size_t size);
/* "_acme-challenge.vpn.example.com" ("*." is dropped); false when it does not fit. */
bool delegation_challenge(const struct delegation_env *env, const char *name, char *out,
                          size_t size);

/* Waits until every authoritative server shows all values (policy, settle, deadline of conf), two
 * good rounds running. ERR_DNS on the deadline, naming who does not show it. */
struct propagation_wanted {
    const char *values[DELEGATION_MAX_VALUES];
    size_t value_count;
    /* If not NULL, in the place of the values: one TXT value is to fit. */
    bool (*fits)(const void *user, const char *text, size_t len);
    const void *user;
};
int propagation_wait(const struct delegation_env *env, const struct delegation *d,
                     const struct propagation_wanted *w, struct err *err) MUST_CHECK;

/* One round: how many of the servers show all values; for check. Adds a check per server. */
int propagation_look(const struct delegation_env *env, const struct delegation *d,
                     const struct propagation_wanted *w, struct checks *out,
                     struct err *err) MUST_CHECK;

#endif
