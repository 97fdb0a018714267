/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - one message to one name server and its answer.
 *
 * UDP with two tries, then TCP once; TCP at once after a truncated answer (RFC 7766). Random ID,
 * random source port, a connected socket: what comes from elsewhere is never read.
 */
#ifndef RRAS_DNS_EXCHANGE_H
#define RRAS_DNS_EXCHANGE_H

#include "buf.h"
#include "dns/message.h"

enum dns_outcome {
    DNS_ANSWERED, /* any response code */
    DNS_TIMED_OUT,
    DNS_NOT_LISTENING, /* ICMP or RST says so */
    DNS_NO_ROUTE,      /* this machine has no such address family, or no route */
    DNS_BROKEN,        /* what came was no answer to the question */
    DNS_OTHER,         /* reset, out of memory, ... */
};
/* For people: "no answer in time", ... */
const char *dns_outcome_text(enum dns_outcome o);

/* How the rest of acme/dns asks, so that tests can play all name servers. */
struct dns_io {
    /* *out is filled (dns_message_clear) only with DNS_ANSWERED. */
    enum dns_outcome (*exchange)(void *user, const struct net_addr *to,
                                 const struct dns_question *q, struct dns_message *out);
    void *user;
};
extern const struct dns_io dns_io_net; /* the real one */

/* ---- bytes, shared with dynamic updates ---- */

struct dns_limits {
    int64_t udp_first_ms, udp_second_ms, tcp_ms;
};
extern const struct dns_limits dns_limits_default;

/* Sends msg (its ID in the first two bytes) and appends the answer with the same ID to `answer`
 * (cap at least DNS_MAX_MESSAGE_BYTES). tcp_only leaves UDP out. */
enum dns_outcome dns_exchange_bytes(const struct net_addr *to, const void *msg, size_t len,
                                    bool tcp_only, struct buf *answer);

#endif
