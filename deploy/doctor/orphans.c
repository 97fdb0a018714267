/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/orphans.h"

#include "machine_key.h"
#include "text.h"

void orphans_judge(struct orphans *o, const char *container, const struct strings *needed)
{
    if (!machine_key_is_ours(container))
        return;
    for (size_t i = 0; i < needed->n; i++)
        if (text_equal_nocase(needed->v[i], container))
            return;
    if (o->n++ == 0)
        text_copy(o->first, sizeof o->first, container);
}
