/* SPDX-License-Identifier: Apache-2.0 */
/* addresses.h - what one recursive name server says about the addresses of a name. */
#ifndef RRAS_DNS_ADDRESSES_H
#define RRAS_DNS_ADDRESSES_H

#include "acme.h"
#include "dns/exchange.h"

/* acme_addresses through any io. */
int addresses_ask(const struct dns_io *io, const struct net_addr *server, const char *name,
                  struct acme_addresses *out, struct err *err) MUST_CHECK;

#endif
