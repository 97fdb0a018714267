/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/rivals.h"

#include "text.h"

void rivals_look_services(struct rivals *r)
{
    r->seen.ok = false;
    text_copy(r->seen.why, sizeof r->seen.why, "only on Windows");
}
