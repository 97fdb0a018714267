/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/responder_limit.h"

enum { US_PER_MS = 1000, US_PER_S = 1000 * 1000 };

/* Virtual scheduling (GCRA): an answer is due when those before it, at the rate, would be done; it
 * may come early by the burst. */
static bool take(struct limit_bucket *b, int per_s, int burst, int64_t now_ms)
{
    int64_t now = now_ms * US_PER_MS, each = US_PER_S / per_s;
    int64_t due = b->free_us > now ? b->free_us : now;
    if (due - now > each * (burst - 1))
        return false;
    b->free_us = due + each;
    return true;
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

static struct limit_bucket *bucket_of(struct responder_limit *l, const struct net_addr *from)
{
    size_t bytes = from->family == 6 ? 7 : 3;
    uint64_t network = from->family;
    for (size_t i = 0; i < bytes; i++)
        network = network << 8 | from->ip[i];
    return &l->network[mix(network ^ l->key) % LIMIT_BUCKETS];
}

enum limit_verdict responder_limit_ask(struct responder_limit *l, const struct net_addr *from,
                                       int64_t now_ms)
{
    /* The network's first: one that floods must not use up what is for all. */
    if (!take(bucket_of(l, from), LIMIT_NETWORK_PER_S, LIMIT_NETWORK_BURST, now_ms))
        return ++l->refused % 2 ? LIMIT_DROP : LIMIT_TRUNCATE;
    return take(&l->total, LIMIT_TOTAL_PER_S, LIMIT_TOTAL_BURST, now_ms) ? LIMIT_ANSWER
                                                                         : LIMIT_DROP;
}
