/* SPDX-License-Identifier: Apache-2.0 */
/* init.h - what `init` gathers for a new configuration. */
#ifndef RRAS_APP_INIT_H
#define RRAS_APP_INIT_H

#include "src/app/app.h"

enum { INIT_MAX_SETTINGS = 96 };

/* Settings so far; init_clear frees. */
struct init {
    const struct app *app;
    bool asks; /* somebody is at the terminal */
    char *name;
    struct strings names; /* canonical */
    struct {
        char *key, *value; /* owned */
    } set[INIT_MAX_SETTINGS];
    size_t n;
};
void init_clear(struct init *in);
/* The last one of a key counts. */
int init_set(struct init *in, const char *key, const char *value, struct err *err) MUST_CHECK;
const char *init_get(const struct init *in, const char *key); /* NULL = not given */
/* From the command line. */
int init_take(struct init *in, const struct args *a, struct err *err) MUST_CHECK;

/* What the composed file was refused for, line by line, in terms of who gave the settings: without
 * the place in a file that nobody has written. Pure. */
void init_reword(const char *path, const char *text, struct buf *out);

/* init_ask.c: what this machine tells, then what somebody answers. */
void init_look(struct init *in);
int init_ask(struct init *in, struct err *err) MUST_CHECK;

/* The CAA record that lets this CA, and no other, issue for the name; "" = its name for CAA is not
 * known here. Pure. */
void init_caa(const char *directory, const char *name, char *out, size_t size);

#endif
