/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rivals.h - other ACME clients at work on this machine: two programs that deploy to one gateway
 * take turns. Known by the words in the names, commands and display names of tasks and services.
 * Only what is active counts: a task that is disabled, or a service that neither runs nor starts by
 * itself, changes nothing. What they renew they keep to themselves, but for a task whose arguments
 * name it.
 */
#ifndef RRAS_DOCTOR_RIVALS_H
#define RRAS_DOCTOR_RIVALS_H

#include "target.h"

enum { RIVALS_MAX = 8, RIVAL_NAME_BYTES = 128 };
struct rival {
    bool service; /* else a scheduled task */
    bool running; /* a service */
    bool ours;    /* a task, and its arguments hold one of our names */
    char name[RIVAL_NAME_BYTES];
    const char *client; /* static: "win-acme" */
};
struct rivals { /* all zero = nobody looked */
    struct seen seen;
    const char *const *names; /* ours, borrowed; set before anything is added */
    size_t name_count;
    struct rival of[RIVALS_MAX];
    size_t n;
};

/* Pure: the client whose word stands in the text, between characters that are no letters or digits;
 * NULL = none. */
const char *rival_client(const char *text);
/* Pure: adds it when it is an active one of theirs. `actions`: the commands, or XML that holds
 * them. Another of the same name adds nothing. */
void rivals_add_task(struct rivals *r, const char *path, bool enabled, const char *actions);
void rivals_add_service(struct rivals *r, const char *name, const char *display,
                        const struct service *now);
/* Services of this machine; the tasks are for the program to add. Sets r->seen. */
void rivals_look_services(struct rivals *r);

enum { RIVALS_TEXT_BYTES = 400 };
/* "scheduled task "\win-acme renew (host)" (win-acme), scheduled task "\tls" (lego, for our name),
 * service "Certify.Service" (Certify The Web, running)" */
void rivals_text(const struct rivals *r, char out[RIVALS_TEXT_BYTES]);
/* True when one of them is known to be for our names. */
bool rivals_ours(const struct rivals *r);
/* How one of them is switched off, first of all one for our names; docs/migrate.md tells the rest.
 */
void rivals_cure(const struct rivals *r, char out[RIVALS_TEXT_BYTES]);

#endif
