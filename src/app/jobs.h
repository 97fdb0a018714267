/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.h - many jobs, several at a time: each worker is a thread with a connection of its own. */
#ifndef RRAS_APP_JOBS_H
#define RRAS_APP_JOBS_H

#include "src/app/job.h"

enum { JOBS_USUAL = 4 }; /* at a time, when nobody says how many */

struct jobs {
    struct app *app;
    struct store *store;
    enum job_wish wish;
    const struct conf *const *list;
    size_t count;
    int at_a_time;
    struct queue queue;         /* changed by the jobs; all zero: nothing is spread */
    struct job_result *results; /* count of them, zero; conf stays NULL where a job was not begun */
    /* Told of each outcome as it comes, never of two at once. */
    void (*done)(const struct app *app, const struct job_result *r);
};

/* Begins the jobs in the order of the list and waits for all that were begun; an interrupt ends the
 * beginning of further ones. Returns how many were begun. Fails, before the first, only where
 * threads cannot be had. */
int jobs_do(struct jobs *jobs, size_t *begun, struct err *err) MUST_CHECK;

#endif
