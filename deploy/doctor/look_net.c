/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_net.h"

#include <string.h>

void look_net(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_net *out)
{
    (void)env, (void)before;
    memset(out, 0, sizeof *out);
}
