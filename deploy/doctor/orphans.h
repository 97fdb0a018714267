/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orphans.h - private keys that this program made in the machine's provider ("key": "machine") and
 * that nothing needs: no certificate in LocalMachine\MY names them, and no state folder has them
 * written down, so no run will ever remove them. Keys that came with a PFX are named by Windows:
 * they are looked for by their public half, when an import that died is undone.
 */
#ifndef RRAS_DOCTOR_ORPHANS_H
#define RRAS_DOCTOR_ORPHANS_H

#include "target.h"

#include "conf.h"

struct orphans {
    struct seen seen;
    size_t n;
    char first[KEY_NAME_BYTES]; /* one of them */
};

/* Pure: counts the container if it is one. `needed`: names of containers. */
void orphans_judge(struct orphans *o, const char *container, const struct strings *needed);
/* All containers of the machine; `needed` gets the names that certificates in MY give. */
void orphans_look(struct orphans *out, struct strings *needed);

#endif
