/* SPDX-License-Identifier: Apache-2.0 */
/* look_wire.h - what clients see of the listener, at each address, with and without a name. */
#ifndef RRAS_DOCTOR_LOOK_WIRE_H
#define RRAS_DOCTOR_LOOK_WIRE_H

#include "target.h"
#include "wire.h"

struct doctor_env;
struct doctor_seen;

struct doctor_wire { /* all zero = nothing was looked at */
    bool looked;
};

/* Fills all of it; nothing of it fails. `before` holds all but wire, log and tool. */
void look_wire(const struct doctor_env *env, const struct doctor_seen *before,
               struct doctor_wire *out);

#endif
