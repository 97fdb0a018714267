/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phase.h - one step of the report, timed.
 */
#ifndef RRAS_PHASE_H
#define RRAS_PHASE_H

#include "acme.h"

struct phase {
    const struct acme_env *env;
    const char *name;
    int64_t began_ms;
};
struct phase phase_begin(const struct acme_env *env, const char *name);
/* Ends it with the outcome rc, which is returned. before and after may be NULL. */
int phase_end(const struct phase *p, int rc, const char *before, const char *after);

#endif
