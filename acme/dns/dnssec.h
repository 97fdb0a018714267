/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnssec.h - is a zone bogus, signed in a way that no validating resolver accepts (RFC 4035 4.3)?
 *
 * CAs validate, and get SERVFAIL for everything in such a zone, while its own servers answer as if
 * nothing was wrong. A recursive resolver is asked for the zone's SOA, never for the challenge
 * name, once as usual and once with CD (checking disabled): refused by the first and answered by
 * the second means bogus.
 */
#ifndef RRAS_DNS_DNSSEC_H
#define RRAS_DNS_DNSSEC_H

#include "dns/delegation.h"
#include "dns/exchange.h"

enum dnssec_state {
    DNSSEC_GOOD,  /* nothing speaks against it; unsigned counts, too */
    DNSSEC_BOGUS, /* validating resolvers answer SERVFAIL */
    DNSSEC_NOT_SEEN
};

/* What a resolver said. */
struct dnssec_seen {
    enum dns_outcome outcome;
    int rcode; /* with DNS_ANSWERED */
    bool ad;
};
/* Pure. The second is with CD. */
enum dnssec_state dnssec_judge(const struct dnssec_seen *checked,
                               const struct dnssec_seen *unchecked);

struct dnssec_finding {
    enum dnssec_state state;
    char text[400]; /* who said what, or why nobody could be asked */
};
/* What an administrator does about a bogus zone; the zone's name thrice. */
#define DNSSEC_CURE                                                                                \
    "compare the DS record that the zone above holds (dig %s DS) with the zone's keys "            \
    "(dig %s DNSKEY), look for signatures that have expired (dig %s SOA +dnssec +cd), and sign "   \
    "again or correct the DS record; taking the DS record away makes the zone an unsigned one"

/* Asks dns.resolvers, or the system's where DNS is not private (no dns.root). */
void dnssec_look(const struct delegation_env *env, const struct dns_io *io, const char *zone,
                 struct dnssec_finding *out);

#endif
