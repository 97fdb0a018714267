/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responders.h - the responders of this process: certificates that name the same addresses share
 * one, and each zone is served while somebody holds it. May be used by several threads.
 */
#ifndef RRAS_PUBLISH_RESPONDERS_H
#define RRAS_PUBLISH_RESPONDERS_H

#include "acme.h"
#include "publish/responder_serve.h"

struct responder_setup {
    struct net_addr listen[RESPONDER_MAX_LISTEN];
    size_t listen_count;
    struct responder_zone zone; /* without texts */
};

struct responder_lease; /* opaque: one zone at one responder */

/* Opens the ports if nobody has yet, and serves the zone. ERR_BUSY, ERR_DENIED, ERR_NET when the
 * ports cannot be had; ERR_USAGE when the zone is served already with other settings. */
int responders_join(struct responders *all, const struct responder_setup *setup,
                    struct responder_lease **out, struct err *err) MUST_CHECK;
/* The last one closes the ports; NULL ok. Returns how many questions were answered, if so. */
unsigned responders_leave(struct responder_lease *l);

/* Again is no error. ERR_DNS when the name lies outside of the zone, or there are too many. */
int responders_add(struct responder_lease *l, const char *owner, const char *value,
                   struct err *err) MUST_CHECK;
void responders_remove(struct responder_lease *l, const char *owner, const char *value);

#endif
