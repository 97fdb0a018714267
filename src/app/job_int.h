/* SPDX-License-Identifier: Apache-2.0 */
/* job_int.h - what the files of a job share: job.c (what to do), job_order.c (asking the CA),
 * job_deploy.c (putting it in place), job_rollback.c (and back), job_keys.c (keys of the machine).
 */
#ifndef RRAS_APP_JOB_INT_H
#define RRAS_APP_JOB_INT_H

#include "acme/acme.h"
#include "deploy/deploy.h"
#include "renew.h"
#include "src/app/job.h"

struct job {
    struct app *app;
    struct store *store;
    struct job_line *line;
    struct job_turns *turns; /* NULL: no other job runs */
    const struct queue *queue;
    const struct conf *conf;
    enum job_wish wish;
    struct job_result *r;
    struct name_state state, found; /* as it is now, and as it is on disk */
    struct bundle live, held;       /* deploy.target "none": their leaves only */
    struct bundle followed; /* deploy.source "balancer": what it serves, instead of the two */
    bool have_live, have_held, have_followed;
    bool issued;
    bool waits;                /* after an earlier failure, whose message stays the last one */
    bool news;                 /* the outcome is to be remembered as the last one */
    struct https_stats before; /* of the line, when the CA was first asked */
    bool asked;
    struct acme_budget budget;
    int64_t clock_correction_s; /* added to our time where a certificate's times are judged */
};

/* What is to be in place: what is followed, else the held certificate, else the live one, else
 * NULL. */
const struct bundle *job_current(const struct job *j);
void job_decide(const struct job *j, struct renew_decision *out);

/* When our clock says of the certificate in place that it has expired, or is not valid yet, asks
 * the CA what time it is: the clock may be what is wrong. */
void job_check_clock(struct job *j);
/* Asks the CA when it wants the certificate renewed, if the time for that has come. */
void job_ask_ca(struct job *j);
/* The page on which the CA explains its window; "" = none. */
const char *job_explanation(const struct job *j);
/* Whether the CA may be asked for one more certificate in this run; notes it when not. */
bool job_may_order_now(struct job *j);
/* Orders and holds the certificate. */
int job_order(struct job *j, struct err *err) MUST_CHECK;

bool job_to_rras(const struct job *j);
/* Certificates are issued side by side, but one machine is changed by one job at a time. */
void job_lock_machine(const struct job *j);
void job_unlock_machine(const struct job *j);
/* What clients are served, however the job ended: from what was just proven, else by a look. */
void job_look_at_served(struct job *j); /* of other wishes than JOB_RUN: our certificate alone */
struct deploy_env job_deploy_env(const struct job *j);
/* ERR_USAGE: the configuration says so, or there is no certificate. */
int job_nothing_to_deploy(const struct job *j, struct err *err) MUST_CHECK;
/* What a run puts in place: the current certificate, but the live one when the held one was rolled
 * back. */
const struct bundle *job_wanted(const struct job *j);
/* Puts it in place, now. */
int job_deploy(struct job *j, const struct bundle *b, struct err *err) MUST_CHECK;
/* deploy.source "balancer": what it serves is wanted. ERR_USAGE where there is something else to be
 * done. */
int job_take_served(struct job *j, struct err *err) MUST_CHECK;
/* deploy --pfx: the file's certificate is held from now on. */
int job_take_pfx(struct job *j, struct err *err) MUST_CHECK;
/* The certificate that was in place before, in place again. */
int job_roll_back(struct job *j, struct err *err) MUST_CHECK;
/* The wanted certificate, unless something holds it back, which is no error. */
int job_put_in_place(struct job *j, struct err *err) MUST_CHECK;
int job_dry_run(struct job *j, struct err *err) MUST_CHECK;

/* False when the key was made in the machine's provider and is not there any more: then the
 * certificate is good for nothing. */
bool job_key_is_there(const struct bundle *b, struct err *why);
/* Removes keys of the machine's provider that nothing needs any more. */
void job_sweep_keys(struct job *j);

/* Takes j->state to disk, unless it is there. */
int job_save_state(struct job *j, struct err *err) MUST_CHECK;

/* Takes what the CA was asked into the result. */
void job_take_stats(struct job *j);

#endif
