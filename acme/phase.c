/* SPDX-License-Identifier: Apache-2.0 */
#include "phase.h"

struct phase phase_begin(const struct acme_env *env, const char *name)
{
    steps_begin(env->steps, name);
    return (struct phase){env, name, clock_ms(env->clock)};
}

int phase_end(const struct phase *p, int rc, const char *before, const char *after)
{
    steps_end(p->env->steps, p->name, rc == 0, clock_ms(p->env->clock) - p->began_ms,
              before ? before : "", after ? after : "");
    return rc;
}
