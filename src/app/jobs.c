/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/jobs.h"

#include <string.h>

struct crew {
    struct jobs *jobs;
    struct job_turns turns;
    struct os_mutex *next_lock;
    size_t next; /* place in the list of the job to be begun next */
};

/* ---- one worker ---- */

/* The next job that nobody has begun; false when there is none, or no more is wanted. */
static bool take(struct crew *c, size_t *out)
{
    os_mutex_lock(c->next_lock);
    bool there = c->next < c->jobs->count && !os_interrupted();
    if (there)
        *out = c->next++;
    os_mutex_unlock(c->next_lock);
    return there;
}

static void work(struct crew *c, bool alone)
{
    struct jobs *jobs = c->jobs;
    struct job_line line = {0};
    struct job_place at = {jobs->app, jobs->store, &line, alone ? NULL : &c->turns, &jobs->queue};
    size_t i = 0;
    while (take(c, &i)) {
        job_do(&at, jobs->list[i], jobs->wish, &jobs->results[i]);
        os_mutex_lock(c->turns.output);
        jobs->done(jobs->app, &jobs->results[i]);
        os_mutex_unlock(c->turns.output);
    }
    job_line_close(&line);
}

static void worker(void *user)
{
    work(user, false);
}

/* ---- all of them ---- */

static void crew_close(struct crew *c)
{
    acme_shared_close(&c->turns.acme);
    os_mutex_close(c->turns.output);
    os_mutex_close(c->turns.machine);
    os_mutex_close(c->turns.start);
    os_mutex_close(c->next_lock);
}

static int crew_open(struct crew *c, struct err *err)
{
    if (acme_shared_open(&c->turns.acme, err) != 0 || os_mutex_open(&c->turns.output, err) != 0 ||
        os_mutex_open(&c->turns.machine, err) != 0 || os_mutex_open(&c->turns.start, err) != 0 ||
        os_mutex_open(&c->next_lock, err) != 0) {
        crew_close(c);
        return -1;
    }
    return 0;
}

/* Fewer threads than wished for will do, as long as there is one. */
static int run_crew(struct crew *c, size_t workers, struct err *err)
{
    struct os_thread *thread[ARGS_MAX_JOBS] = {NULL};
    struct err e = {0};
    size_t n = 0;
    while (n < workers && os_thread_start(&thread[n], worker, c, &e) == 0)
        n++;
    for (size_t i = 0; i < n; i++)
        os_thread_join(thread[i]);
    if (n > 0)
        return 0;
    *err = e;
    return -1;
}

int jobs_do(struct jobs *jobs, size_t *begun, struct err *err)
{
    struct crew c = {.jobs = jobs};
    struct app *app = jobs->app;
    int at_a_time = jobs->at_a_time > ARGS_MAX_JOBS ? ARGS_MAX_JOBS : jobs->at_a_time;
    size_t workers = at_a_time < 1 ? 1 : (size_t)at_a_time;
    int failed = 0;
    if (workers > jobs->count)
        workers = jobs->count;
    if (workers <= 1) {
        work(&c, true);
    } else {
        if (crew_open(&c, err) != 0)
            return -1;
        bool live = app->out.live;
        app->out.live = false; /* steps of several at once cannot be drawn on one line */
        app->sink.lock = c.turns.output;
        failed = run_crew(&c, workers, err);
        app->sink.lock = NULL;
        app->out.live = live;
        crew_close(&c);
    }
    *begun = c.next;
    return failed;
}
