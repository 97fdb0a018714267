/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responder.h - what an authoritative server for a delegated zone says to a question. Pure.
 *
 * RFC 1035 (UDP and TCP alike), RFC 2308 (a "no" comes with the SOA), RFC 6891 (EDNS), RFC 8020
 * (a name with something below it is there). The question is echoed octet for octet, its letters'
 * case too. A server of one purpose: no recursion, no transfer, no ANY (RFC 8482 allows to refuse
 * it), nothing about other zones.
 */
#ifndef RRAS_PUBLISH_RESPONDER_H
#define RRAS_PUBLISH_RESPONDER_H

#include "net.h"
#include "publish/wire.h"

enum {
    RESPONDER_MAX_NS = 4,
    RESPONDER_MAX_ADDRESSES = 8,
    RESPONDER_MAX_TEXTS = 256,
    RESPONDER_TEXT_CHARS = 43,
    RESPONDER_QUERY_BYTES = 1232, /* what is longer is no question to us */
    RESPONDER_UDP_BYTES = 1232,   /* with EDNS; 512 without */
    RESPONDER_ANSWER_BYTES = 32 * 1024,
};

struct responder_text {
    struct wire_name owner;
    char value[RESPONDER_TEXT_CHARS + 1];
};

struct responder_zone {
    struct wire_name apex;
    struct wire_name ns[RESPONDER_MAX_NS]; /* at least one; as the parent delegates */
    size_t ns_count;
    struct net_addr address[RESPONDER_MAX_ADDRESSES]; /* of the apex and of each ns in the zone */
    size_t address_count;
    uint32_t serial;
    struct responder_text *text;
    size_t text_count;
};

struct responder_zones {
    const struct responder_zone *const *v;
    size_t n;
};

/* Writes the answer to one message; false = it gets none. out is emptied first; its cap must be at
 * least RESPONDER_ANSWER_BYTES. Over UDP an answer that does not fit comes without records, with
 * TC. */
bool responder_answer(const struct responder_zones *zones, const uint8_t *query, size_t len,
                      bool tcp, struct buf *out);

/* The same question's answer with TC and nothing else, so that who is real asks by TCP. */
bool responder_truncated(const uint8_t *query, size_t len, struct buf *out);

#endif
