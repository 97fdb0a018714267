/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_find.h - the CAA records that a CA will go by for a name (RFC 8659 3).
 */
#ifndef RRAS_DNS_CAA_FIND_H
#define RRAS_DNS_CAA_FIND_H

#include "dns/delegation.h"
#include "dns/exchange.h"

enum { CAA_MAX_RECORDS = 64 }; /* of one set; one with more is refused */

struct caa_record {
    uint8_t flags;
    char tag[32]; /* lower case */
    char *value;  /* owned; as it came, then a NUL */
    size_t value_len;
};
/* Valid, and empty, when zero. */
struct caa_set {
    char owner[256]; /* the name, or its closest ancestor, that has records; "" = none has */
    char alias[256]; /* what `owner`, or without one the name itself, is a CNAME to; "" = is none */
    struct caa_record *v; /* owned */
    size_t n;
};
int caa_set_add(struct caa_set *s, const struct caa_record *one, struct err *err) MUST_CHECK;
void caa_set_clear(struct caa_set *s);

/* Climbs from `name` ("*." is dropped) to the closest ancestor with a set, by the zones' own
 * servers; a name that is a CNAME has its target's set. None anywhere is success. ERR_DNS when a
 * server on the way does not answer, or with SERVFAIL: a CA will then not issue either. */
int caa_find(const struct delegation_env *env, const char *name, struct caa_set *out,
             struct err *err) MUST_CHECK;
/* The same with the name servers handed in. */
int caa_walk(const struct delegation_env *env, const struct dns_io *io, const char *name,
             struct caa_set *out, struct err *err) MUST_CHECK;

#endif
