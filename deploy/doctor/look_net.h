/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_net.h - the way to this host and from it: adapters, gateway, name servers, domain
 * controller, public names, firewall, proxies, the CA.
 */
#ifndef RRAS_DOCTOR_LOOK_NET_H
#define RRAS_DOCTOR_LOOK_NET_H

#include "target.h"

struct doctor_env;
struct doctor_seen;

struct doctor_net { /* all zero = nothing was looked at */
    struct {
        struct seen seen; /* ok: somebody told the time */
        int64_t ahead_s;  /* our clock is ahead of theirs by this much; below 0: behind */
        char by[128];     /* who told */
    } skew;
};

/* Fills all of it; nothing of it fails. `before` holds machine, host and cert. */
void look_net(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_net *out);

#endif
