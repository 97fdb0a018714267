/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_update.h - dynamic update messages (RFC 2136) for one TXT record, and their answers. Pure.
 *
 * Our own codec, because the bytes must be ours: TSIG signs them, message ID included.
 */
#ifndef RRAS_PUBLISH_DNS_UPDATE_H
#define RRAS_PUBLISH_DNS_UPDATE_H

#include "publish/tsig.h"

enum {
    DNS_UPDATE_TTL_S = 10, /* of our TXT: short, so that a second value is seen soon */
    DNS_UPDATE_MAX_BYTES = 1232,
};

struct dns_update {
    uint16_t id;
    const char *zone, *owner; /* plain names; owner in the zone */
    const char *value;        /* 1 to 255 bytes */
    bool remove;              /* this value, and no other; else add it to those that are there */
};
/* Appends the message to `out`, which is empty. ERR_DNS for names that cannot be written. */
int dns_update_write(struct buf *out, const struct dns_update *u, struct err *err) MUST_CHECK;

struct dns_update_answer {
    int rcode;
    bool truncated;
    bool has_tsig;
    bool verified;         /* signed with our key over our request */
    bool in_time;          /* ... within the fudge */
    unsigned tsig_error;   /* enum tsig_error */
    int64_t server_time_s; /* told with BADTIME; 0 = not told. Trust it only when verified */
};
/* What was asked, to check the answer against. */
struct dns_update_asked {
    uint16_t id;
    const struct tsig_key *key;
    const struct tsig_mac *mac;
    int64_t now_s;
};
/* ERR_DNS when these bytes are no answer to it. */
int dns_update_read(struct dns_update_answer *out, const void *msg, size_t len,
                    const struct dns_update_asked *asked, struct err *err) MUST_CHECK;

#endif
