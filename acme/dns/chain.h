/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - the chain of CNAME records from the challenge name to where TXT is looked for.
 */
#ifndef RRAS_DNS_CHAIN_H
#define RRAS_DNS_CHAIN_H

#include "dns/resolve.h"

/* Pure: what an authoritative answer to TXT at `name` means. */
enum chain_step {
    CHAIN_CNAME,   /* target and TTL are set */
    CHAIN_END,     /* the name may carry TXT: it has some, or the zone says it has none */
    CHAIN_NO_NAME, /* NXDOMAIN: as CHAIN_END, if the zone is one that can be published in */
};
enum chain_step chain_read(const struct dns_message *m, const char *name, char target[256],
                           uint32_t *ttl_s);
/* Pure: index of the hop that was asked for this name, or -1. */
int chain_seen(const struct delegation *d, const char *name);
/* "a -> b -> a": the hops from index `from`, then `last`. */
void chain_text(const struct delegation *d, size_t from, const char *last, char *out, size_t size);

/* Fills name, challenge, hops, delegated, and target with the end of the chain. */
int chain_walk(struct resolve *r, const char *name, struct delegation *out,
               struct err *err) MUST_CHECK;

#endif
