/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.h - the zone a name lies in, and all addresses of all its name servers.
 */
#ifndef RRAS_DNS_ZONE_H
#define RRAS_DNS_ZONE_H

#include "dns/resolve.h"

/* Pure: false for the root and for top level domains, where nobody publishes; the zone that the
 * configuration names is always usable. */
bool zone_usable(const struct conf *c, const char *zone);

/* Apex, primary and negative TTL of the zone that holds d->target, into d. SOA is asked for at the
 * name and above it until one is told; servers that only know TXT (acme-dns says NXDOMAIN without
 * SOA to everything else) are so passed over. */
int zone_find(struct resolve *r, struct delegation *d, struct err *err) MUST_CHECK;

/* Every address of every name server of d->zone, into d: those that the zone itself names and
 * those that its parent delegates to, since a CA may use either. A difference is warned of. */
int zone_servers(struct resolve *r, struct delegation *d, struct err *err) MUST_CHECK;

/* The zone that holds a name which is a CNAME, by the server that said so. */
int zone_of_alias(struct resolve *r, const struct resolve_answer *a, const char *name,
                  char zone[DNS_NAME_SIZE], struct err *err) MUST_CHECK;

#endif
