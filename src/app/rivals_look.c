/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/rivals_look.h"

#include "src/app/scheduler.h"
#include "text.h"

#include <string.h>

/* Of the XML only what the task starts: a description may speak of anything. */
static void see_task(void *user, const char *path, bool enabled, const char *xml)
{
    const char *actions = strstr(xml, "<Actions");
    rivals_add_task(user, path, enabled, actions != NULL ? actions : "");
}

void rivals_look(const char *const *names, size_t count, struct rivals *out)
{
    struct err err = {0};
    *out = (struct rivals){.names = names, .name_count = count};
    rivals_look_services(out);
    if (scheduler_each(see_task, out, &err) != 0 && out->seen.ok) {
        out->seen.ok = false;
        text_copy(out->seen.why, sizeof(out->seen.why), err.text);
    }
    /* Whoever was found is there, whatever could not be read. */
    out->seen.ok = out->seen.ok || out->n > 0;
}
