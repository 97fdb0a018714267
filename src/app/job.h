/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - one certificate from start to end: due? preflight, order, hold, deploy, prove, keep.
 * `run`, `issue` and `deploy` are this with different wishes.
 */
#ifndef RRAS_APP_JOB_H
#define RRAS_APP_JOB_H

#include "src/app/app.h"

enum job_wish {
    JOB_RUN,     /* what is due and allowed */
    JOB_ISSUE,   /* order even if not due */
    JOB_DEPLOY,  /* do not ask the CA */
    JOB_DRY_RUN, /* as JOB_DEPLOY, changing nothing */
};

enum job_action {
    ACTION_NONE,
    ACTION_ISSUED,
    ACTION_RENEWED,
    ACTION_DEPLOYED,
    ACTION_HELD,
    ACTION_ROLLED_BACK,
    ACTION_FAILED,
    ACTION_POSTPONED,
};
const char *job_action_name(enum job_action a);

/* What came of it; job_result_clear frees the steps. */
struct job_result {
    const struct conf *conf;
    enum job_action action;
    struct steps steps;
    bool deployed; /* something was put in place */
    bool proven;   /* ... and clients are served it, as seen from the wire */
    bool restarted;
    int64_t outage_ms; /* -1 = not measured */
    int64_t next_s;    /* next renewal, or the time until which it is postponed; 0 = unknown */
    char note[320];    /* why nothing was done */
    struct https_stats stats;
    struct err err;
};

/* Does all of it and records the outcome in the state folder. The outcome is in *out; its err is
 * set when it failed or was postponed. */
void job_do(struct app *app, struct store *store, const struct conf *conf, enum job_wish wish,
            struct job_result *out);
void job_result_clear(struct job_result *r);

/* Exit code of several outcomes: 7 before 6, 6 before 3, 3 before 4, 4 before 5, 5 before 10. */
int job_worst_exit(int a, int b);

#endif
