/* SPDX-License-Identifier: Apache-2.0 */
/* job_int.h - what the files of a job share: job.c (what to do), job_order.c (asking the CA). */
#ifndef RRAS_APP_JOB_INT_H
#define RRAS_APP_JOB_INT_H

#include "acme/acme.h"
#include "renew.h"
#include "src/app/job.h"

struct job {
    struct app *app;
    struct store *store;
    const struct conf *conf;
    enum job_wish wish;
    struct job_result *r;
    struct name_state state;
    struct bundle live, held;
    bool have_live, have_held;
    bool issued;
    struct https https; /* opened when the CA is first asked; one connection for all of a job */
    bool have_https;
    struct acme_budget budget;
};

/* What is to be in place: the held certificate, else the live one, else NULL. */
const struct bundle *job_current(const struct job *j);
void job_decide(const struct job *j, struct renew_decision *out);

/* Asks the CA when it wants the certificate renewed, if the time for that has come. */
void job_ask_ca(struct job *j);
/* The page on which the CA explains its window; "" = none. */
const char *job_explanation(const struct job *j);
/* Orders and holds the certificate. */
int job_order(struct job *j, struct err *err) MUST_CHECK;
/* Takes the statistics into the result. */
void job_https_close(struct job *j);

#endif
