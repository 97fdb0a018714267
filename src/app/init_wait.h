/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_wait.h - `init --wait`: what is worth waiting for.
 *
 * A record that is not there yet, or not at every name server, comes without anything being changed
 * here. A credential that is refused, a CA that refuses, a CNAME that leads elsewhere do not: those
 * end the wait at once.
 */
#ifndef RRAS_APP_INIT_WAIT_H
#define RRAS_APP_INIT_WAIT_H

#include "src/app/app.h"

enum init_wait_state {
    INIT_WAIT_OVER, /* nothing fails */
    INIT_WAIT_FOR,  /* all that fails may come by itself */
    INIT_WAIT_VAIN, /* something that fails does not */
};
enum { INIT_WAIT_BYTES = 512 };
struct init_wait {
    enum init_wait_state state;
    bool delegation_only;       /* it is enough to look at that */
    char what[INIT_WAIT_BYTES]; /* of what decided: "delegation of a.example, ..." */
    int64_t remembered_s;       /* the longest of them; 0 = not known */
};
/* Pure. */
void init_wait_judge(const struct checks *checks, struct init_wait *out);

/* Checks, waits if the arguments say so, shows it all; the exit code. `app` has the configuration
 * that was written. */
int init_wait(struct app *app);

#endif
