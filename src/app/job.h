/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - one certificate from start to end: due? preflight, order, hold, deploy, prove, keep.
 * `run`, `issue` and `deploy` are this with different wishes.
 */
#ifndef RRAS_APP_JOB_H
#define RRAS_APP_JOB_H

#include "acme/shared.h"
#include "src/app/app.h"
#include "src/app/deadman.h"
#include "src/app/queue.h"

enum job_wish {
    JOB_RUN,      /* what is due and allowed */
    JOB_ISSUE,    /* order even if not due */
    JOB_DEPLOY,   /* do not ask the CA */
    JOB_ROLLBACK, /* back to the certificate before */
    JOB_DRY_RUN,  /* as JOB_DEPLOY, changing nothing */
    JOB_REHEARSE, /* order at the staging directory, apart from all else */
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
    bool issued;                       /* a new certificate is there, whatever came after */
    bool news;                         /* another outcome than the last one */
    bool held_back;                    /* due, but left to one of the next runs (spread.h) */
    int failures, failures_before;     /* in a row, now and before this job */
    char sha256[2 * SHA256_BYTES + 1]; /* of the certificate it was about; "" = none */
    int64_t not_after;                 /* its end; 0 = none */
    struct deadman_served served;      /* what clients are served; of `run` only */
};

/* The connection to a CA, kept from one job to the next. Zero = none yet. Of one thread. */
struct job_line {
    struct https https;
    bool open;
    const char *ca_file, *directory; /* it was opened with; borrowed from a conf */
};
void job_line_close(struct job_line *l);

/* What jobs that run side by side share. All zero: they run one after another. */
struct job_turns {
    struct acme_shared acme;
    struct os_mutex *output;  /* an outcome or a log line is written */
    struct os_mutex *machine; /* the deploy target is looked at or changed */
    struct os_mutex *start;   /* a line is opened, an order begins */
    int64_t next_start_ms;    /* no order is placed before, by the monotonic clock */
};

struct job_place {
    struct app *app;
    struct store *store;
    struct job_line *line;
    struct job_turns *turns;   /* NULL: no other job runs */
    const struct queue *queue; /* what its CA may be asked for is counted there; never NULL */
};

/* Does all of it and records the outcome in the state folder. The outcome is in *out; its err is
 * set when it failed or was postponed. */
void job_do(const struct job_place *at, const struct conf *conf, enum job_wish wish,
            struct job_result *out);
void job_result_clear(struct job_result *r);

/* Exit code of several outcomes: 7 before 6, 6 before 3, 3 before 4, 4 before 5, 5 before 10. */
int job_worst_exit(int a, int b);

#endif
