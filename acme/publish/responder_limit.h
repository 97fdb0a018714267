/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responder_limit.h - how many questions are answered: in all, and for each network that they come
 * from (or seem to: addresses of UDP are easily forged, and an answer to a forged question hits
 * somebody else). Pure.
 *
 * Networks are /24 of IPv4 and /56 of IPv6. They share buckets by a keyed hash, so that no flood of
 * addresses can push one out.
 */
#ifndef RRAS_PUBLISH_RESPONDER_LIMIT_H
#define RRAS_PUBLISH_RESPONDER_LIMIT_H

#include "net.h"

enum {
    LIMIT_NETWORK_PER_S = 50,
    LIMIT_NETWORK_BURST = 200,
    LIMIT_TOTAL_PER_S = 500,
    LIMIT_TOTAL_BURST = 2000,
    LIMIT_BUCKETS = 1024,
};

struct limit_bucket {
    int64_t free_us; /* when the answers given so far are done, at the permitted rate */
};

struct responder_limit {
    uint64_t key; /* random */
    struct limit_bucket total, network[LIMIT_BUCKETS];
    unsigned refused; /* of networks, counted */
};

enum limit_verdict {
    LIMIT_ANSWER,
    LIMIT_TRUNCATE, /* a short answer with TC: every second one beyond a network's limit */
    LIMIT_DROP,
};

/* now_ms: monotonic. */
enum limit_verdict responder_limit_ask(struct responder_limit *l, const struct net_addr *from,
                                       int64_t now_ms);

#endif
