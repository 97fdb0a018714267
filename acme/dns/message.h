/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - DNS questions and answers (RFC 1035, RFC 6891) as plain structs. The only door to
 * c-ares, of which the record codec is used and the reading of the system's resolvers; sockets
 * are ours (exchange.c), because c-ares rewrites messages, hides error answers and does not try
 * TCP after a timeout.
 */
#ifndef RRAS_DNS_MESSAGE_H
#define RRAS_DNS_MESSAGE_H

#include "dns/name.h"
#include "net.h"

enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_DNAME = 39, /* owner only */
    DNS_TYPE_CAA = 257,  /* RFC 8659; read in answers to a question for it only */
};
enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
};
enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

enum {
    DNS_EDNS_BYTES = 1232,     /* what fits everywhere without fragments */
    DNS_MAX_QUERY_BYTES = 512, /* a question of ours */
    DNS_MAX_MESSAGE_BYTES = 65535,
    DNS_MAX_RECORDS = 1024, /* kept of one answer; one with more is refused */
};

struct dns_question {
    const char *name;
    enum dns_type type;
    bool recurse;
    bool tell_checked; /* AD, RFC 6840 5.7: the resolver is to say whether it found them good */
    bool no_check;     /* CD, RFC 4035 3.2.2: the resolver is not to judge the signatures */
};

/* One record of a type listed above; others are left out. */
struct dns_record {
    enum dns_section section;
    enum dns_type type;
    char owner[DNS_NAME_SIZE]; /* lower case, like every name here */
    uint32_t ttl_s;
    char name[DNS_NAME_SIZE]; /* NS and CNAME: target; SOA: MNAME */
    uint32_t minimum_s;       /* SOA */
    struct net_addr addr;     /* A, AAAA; port 0 */
    char *text;               /* TXT: its strings joined; CAA: the value; then a NUL; owned */
    size_t text_len;
    uint8_t caa_flags;
    char caa_tag[32]; /* lower case; a longer one is cut */
};

/* An answer. Zero is valid and empty. */
struct dns_message {
    int rcode;
    bool aa, tc;
    bool ad;      /* the resolver found the signatures good */
    size_t bytes; /* on the wire */
    struct dns_record *record;
    size_t count;
};
void dns_message_clear(struct dns_message *m);
/* The first record of this owner and type in a section, or NULL. */
const struct dns_record *dns_message_find(const struct dns_message *m, enum dns_section section,
                                          const char *owner, enum dns_type type);

/* A question with EDNS (or without: very old servers answer FORMERR to it). */
int dns_message_write(uint8_t out[DNS_MAX_QUERY_BYTES], size_t *len, uint16_t id,
                      const struct dns_question *q, bool edns, struct err *err) MUST_CHECK;
/* Reads the answer to that question. ERR_DNS when it is not one: wrong ID, other question, broken.
 * An error answer that leaves the question out is accepted, as some servers send it. */
int dns_message_read(struct dns_message *out, const uint8_t *p, size_t len, uint16_t id,
                     const struct dns_question *q, struct err *err) MUST_CHECK;

/* "NOERROR", "NXDOMAIN", ...; never NULL. */
const char *dns_rcode_name(int rcode);
const char *dns_type_name(enum dns_type t);

/* The system's recursive resolvers, in its order. ERR_DNS when there is none. */
int dns_system_resolvers(struct net_addr *out, size_t max, size_t *count,
                         struct err *err) MUST_CHECK;

#endif
