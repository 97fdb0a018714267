/* SPDX-License-Identifier: Apache-2.0 */
/* rivals_look.h - other ACME clients on this machine, by their services and scheduled tasks. */
#ifndef RRAS_APP_RIVALS_LOOK_H
#define RRAS_APP_RIVALS_LOOK_H

#include "deploy/doctor/rivals.h"

/* What cannot be read is told in out->seen; what the other half saw stays. `names`: those of our
 * certificates, borrowed. */
void rivals_look(const char *const *names, size_t count, struct rivals *out);

#endif
