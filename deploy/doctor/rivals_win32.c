/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/rivals.h"

#include "rras/rras_win32.h"
#include "wide.h"

/* Only of those whose name says something the start type is asked for. */
static void see(void *user, const struct service_entry *s)
{
    char name[SERVICE_NAME_CHARS] = "", display[256] = "";
    struct rivals *r = user;
    struct service now = {0};
    struct err ignored = {0};

    wide_copy(name, sizeof name, s->name);
    wide_copy(display, sizeof display, s->display);
    if ((rival_client(name) || rival_client(display)) &&
        service_query_one(name, &now, &ignored) == 0)
        rivals_add_service(r, name, display, &now);
}

void rivals_look_services(struct rivals *r)
{
    struct err e = {0};

    r->seen.ok = service_each(true, see, r, &e) == 0;
    if (!r->seen.ok)
        seen_fail(&r->seen, &e);
}
