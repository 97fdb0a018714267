/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.h - DNS names as text: "vpn.example.com", no final dot; "" is the root. Pure.
 *
 * Names from the wire are in presentation form (RFC 1035 5.1): "\." is a dot inside a label.
 */
#ifndef RRAS_DNS_NAME_H
#define RRAS_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { DNS_NAME_SIZE = 256 }; /* with the NUL */

/* Copies in lower case without the final dot; false if it does not fit. */
bool dns_name_set(char out[DNS_NAME_SIZE], const char *name);
/* name is zone, or lies below it. Everything lies within the root. Lower case expected. */
bool dns_name_within(const char *name, const char *zone);
/* The part after the first label; "" for the root and for a single label. */
const char *dns_name_parent(const char *name);
size_t dns_name_labels(const char *name);
/* The name that lies one label below zone on the way to name ("b.c" for name "a.b.c", zone "c");
 * name itself when it is the zone. */
const char *dns_name_below(const char *name, const char *zone);
/* Labels of 1 to 63 letters, digits, '-' and '_', at most 253 octets: what we are willing to ask
 * for and to publish at. */
bool dns_name_plain(const char *name);
/* For messages: "." for the root. */
const char *dns_name_show(const char *name);

#endif
