/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route53.h - the XML of Amazon Route 53 (API 2013-04-01), as far as we need it. Pure.
 *
 * Answers are searched by element names, which are never nested in themselves there. Values of
 * others are taken and given back with their XML escapes as they are.
 */
#ifndef RRAS_PUBLISH_ROUTE53_H
#define RRAS_PUBLISH_ROUTE53_H

#include "buf.h"

struct xml_span {
    const char *p, *end;
};
/* The contents of the first element NAME in s; false if there is none. s moves behind it. */
bool xml_next(struct xml_span *s, const char *name, struct xml_span *out);
/* Into a fixed array; false if it is not there or does not fit. */
bool xml_text(struct xml_span s, const char *name, char *out, size_t size);

/* The id of the public zone of this name, from an answer of ListHostedZonesByName. */
bool route53_zone_id(struct xml_span answer, const char *zone, char *out, size_t size);

struct route53_change {
    const char *fqdn, *value;
    bool remove;
};
/* Appends the request that makes the TXT set right, from an answer of ListResourceRecordSets; adds
 * nothing when it is right already. A set that is there is deleted as it was read and made anew,
 * in one batch: the service refuses that if somebody changed it meanwhile. ERR_DNS for a set with
 * a routing policy, which is not ours to change. */
int route53_merge(struct xml_span answer, const struct route53_change *c, struct buf *out,
                  struct err *err) MUST_CHECK;

#endif
