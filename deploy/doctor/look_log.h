/* SPDX-License-Identifier: Apache-2.0 */
/* look_log.h - what the System log says since RRAS was last started. */
#ifndef RRAS_DOCTOR_LOOK_LOG_H
#define RRAS_DOCTOR_LOOK_LOG_H

#include "target.h"

struct doctor_env;
struct doctor_seen;

enum { LOG_MAX = 64 };
struct doctor_log { /* all zero = nothing was looked at */
    struct seen seen;
    bool since_start;             /* from the start of RRAS on; else of the last day */
    int64_t since_ms;             /* Unix */
    struct log_event of[LOG_MAX]; /* warnings and errors, the newest first */
    size_t n;
    bool more; /* than these */
};

/* Fills all of it; nothing of it fails. `before` holds all but log and tool. */
void look_log(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_log *out);

/* The platform's part: of and more, or why not. */
void look_events(int64_t since_ms, struct doctor_log *out);

#endif
