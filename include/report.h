/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what was done (steps) and what was found (checks), gathered for the program to show.
 * acme and deploy fill them; only src/app turns them into text or JSON.
 */
#ifndef RRAS_REPORT_H
#define RRAS_REPORT_H

#include "buf.h"

/* ---- steps of --json: results[].steps[] ---- */
struct step {
    char name[48]; /* "order", "publish", "bind [::]:443", ... */
    bool ok;
    int64_t ms;
    char before[160], after[160]; /* "" = not applicable (null in JSON) */
};
struct steps {
    struct step *v; /* owned */
    size_t n, cap;
    /* Told at the begin (done = NULL) and at the end of each step, for live progress. May be
     * NULL. */
    void (*progress)(void *user, const char *begun, const struct step *done);
    void *user;
};
void steps_begin(struct steps *s, const char *name);
/* Adds the step. Out of memory drops it: steps are for people. s may be NULL for all of these. */
void steps_end(struct steps *s, const char *name, bool ok, int64_t ms, const char *before,
               const char *after);
void steps_clear(struct steps *s);

/* ---- checks of --json: checks[] ---- */
enum check_level { CHECK_OK, CHECK_NOTE, CHECK_WARN, CHECK_FAIL, CHECK_SKIP };
struct check {
    char id[24]; /* "dns.chain", "B3", ... */
    char title[96];
    enum check_level level;
    char *finding; /* owned; one or more lines */
    char *cure;    /* owned; NULL when there is nothing to do */
    char seed[16]; /* which public document asks for it; "" = none */
    /* Of a failure: it may be well later without anything being changed here, as a record that is
     * not there yet, or not at every server. */
    bool awaited;
    int64_t remembered_s; /* so long may whoever asked before remember its absence; 0 = not known */
};
struct checks {
    struct check *v; /* owned */
    size_t n, cap;
    bool failed; /* out of memory while adding */
};
/* finding and cure are copied; cure may be NULL. */
void checks_add(struct checks *c, const char *id, const char *title, enum check_level level,
                const char *finding, const char *cure);
void checks_addf(struct checks *c, const char *id, const char *title, enum check_level level,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Sets the cure of the newest check. */
void checks_cure(struct checks *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ... which public document asks for it. */
void checks_seed(struct checks *c, const char *seed);
/* Marks the newest check as awaited. */
void checks_await(struct checks *c, int64_t remembered_s);
enum check_level
checks_worst(const struct checks *c); /* CHECK_FAIL > WARN > NOTE > OK; SKIP = OK */
void checks_clear(struct checks *c);
const char *check_level_name(enum check_level l);

#endif
