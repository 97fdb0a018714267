/* SPDX-License-Identifier: Apache-2.0 */
/* look_log.h - what the System log says since RRAS was last started. */
#ifndef RRAS_DOCTOR_LOOK_LOG_H
#define RRAS_DOCTOR_LOOK_LOG_H

#include "target.h"

struct doctor_env;
struct doctor_seen;

struct doctor_log { /* all zero = nothing was looked at */
    struct seen seen;
};

/* Fills all of it; nothing of it fails. `before` holds all but log and tool. */
void look_log(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_log *out);

#endif
