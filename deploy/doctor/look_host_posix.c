/* SPDX-License-Identifier: Apache-2.0 */
/* There is no RRAS here: every piece says so. */
#include "doctor/look_host_os.h"

#include "text.h"

static void not_here(struct seen *s)
{
    s->ok = false;
    text_copy(s->why, sizeof s->why, "only on Windows");
}

void host_look_services(struct doctor_host *out)
{
    not_here(&out->chain.seen);
    not_here(&out->memory.seen);
    not_here(&out->reboot.seen);
}

void host_look_keys(struct doctor_host *out)
{
    (void)out; /* not looked at */
}

void host_look_listener(int port, struct doctor_host *out)
{
    (void)port;
    not_here(&out->listener.seen);
}

void host_look_http(int port, struct doctor_host *out)
{
    (void)port;
    for (int f = 0; f < FAMILY_COUNT; f++)
        not_here(&out->written[f].seen);
    not_here(&out->update_call.seen);
}
