/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_log.h"

#include "doctor/doctor.h"

#include <string.h>

/* An RRAS that runs has started well after what its process logged before; one that does not run,
 * or shares its process, is asked about the last day. */
void look_log(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_log *out)
{
    const int64_t day_ms = (int64_t)24 * 3600 * 1000;
    const struct observed *o = before->machine;

    memset(out, 0, sizeof *out);
    out->since_ms = clock_now(env->clock) * 1000 - day_ms;
    if (o && o->listener.seen.ok && o->listener.started_at_ms > 0) {
        out->since_start = true;
        out->since_ms = o->listener.started_at_ms;
    }
    look_events(out->since_ms, out);
}
