/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https_guard.h - where a CA's URLs may lead. Pure.
 *
 * A CA hands out URLs, and who asks them stands inside a network that the CA does not: a URL to an
 * address of that network would make this program ask there in the CA's name. Public addresses are
 * always allowed; of the others, only the kind at which the configured directory itself was found.
 * Until its host has answered, over TLS, nobody else inside is asked.
 */
#ifndef RRAS_HTTPS_GUARD_H
#define RRAS_HTTPS_GUARD_H

#include "net.h"

enum { HTTPS_GUARD_HOST = 256 };

struct https_guard {
    char home[HTTPS_GUARD_HOST]; /* host of the directory, lower case; "" = no guard */
    unsigned found;              /* bits 1 << enum net_scope: where connections to it went */
    bool settled;                /* it has answered: nothing is added any more */
};

/* From the directory's URL; NULL = no guard. ERR_USAGE when its host does not fit. */
int https_guard_init(struct https_guard *g, const char *directory_url, struct err *err) MUST_CHECK;
/* Is the URL at the directory's host? */
bool https_guard_is_home(const struct https_guard *g, const char *url);
/* May a connection go there? Notes where those to the directory's host go. */
bool https_guard_allows(struct https_guard *g, bool to_home, const struct net_addr *to);

#endif
