/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/orphans.h"

#include "text.h"

void orphans_look(struct orphans *out, struct strings *needed)
{
    (void)needed;
    text_copy(out->seen.why, sizeof out->seen.why, "only on Windows");
}
