/* SPDX-License-Identifier: Apache-2.0 */
/* azure.h - what to do with a TXT record set of Azure DNS. Pure. */
#ifndef RRAS_PUBLISH_AZURE_H
#define RRAS_PUBLISH_AZURE_H

#include "json.h"

struct azure_plan {
    const char *method; /* "PUT", "DELETE", or NULL: it is right already */
    struct json *body;  /* of PUT; the caller's (json_free) */
};
/* set: the record set as read, NULL if there is none. Adds the value or removes it; values of
 * others, the TTL and the metadata stay. */
void azure_merge(const struct json *set, const char *value, bool remove, struct azure_plan *out);

/* The set's name within the zone, "@" for the zone's own; false if fqdn is not in it. */
bool azure_relative(const char *fqdn, const char *zone, char *out, size_t size);

#endif
