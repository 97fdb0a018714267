/* SPDX-License-Identifier: Apache-2.0 */
/* job_deploy.c - the half of a job that puts the certificate in place. */
#include "hold.h"
#include "src/app/job_int.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

struct deploy_env job_deploy_env(const struct job *j)
{
    return (struct deploy_env){.clock = j->app->clock,
                               .log = &j->app->log,
                               .store = j->store,
                               .steps = &j->r->steps,
                               .interrupted = os_interrupted};
}

bool job_to_rras(const struct job *j)
{
    return j->conf->deploy.target == CONF_TARGET_RRAS;
}

static int promote(struct job *j, struct err *err)
{
    if (store_promote(j->store, j->conf->name, err) != 0)
        return -1;
    if (j->have_live && memcmp(j->live.leaf.sha256, j->held.leaf.sha256, SHA256_BYTES) != 0)
        memcpy(j->state.previous_sha256, j->live.leaf.sha256, SHA256_BYTES);
    text_copy(j->state.live_directory, sizeof(j->state.live_directory), j->state.directory);
    j->state.held_reason[0] = '\0';
    j->state.held_since = j->state.held_until = 0;
    return 0;
}

/* b is in place. */
static int keep(struct job *j, const struct bundle *b, struct err *err)
{
    if (b == &j->held && promote(j, err) != 0)
        return -1;
    return store_prune(j->store, j->conf->name, j->conf->deploy.keep, err);
}

int job_nothing_to_deploy(const struct job *j, struct err *err)
{
    if (!job_to_rras(j)) {
        err_set(err, ERR_USAGE, "deploy.target is \"none\": there is nothing to deploy to");
        return err_hint(err, "set deploy.target to \"rras\" in %s", j->conf->file);
    }
    err_set(err, ERR_USAGE, "no certificate is held yet");
    return err_hint(err, "rras-acme issue %s", j->r->conf->name);
}

/* A certificate of a staging directory is never put where clients would meet it: neither into RRAS
 * nor, where others fetch it from the state folder, over one that they trust. */
static bool must_hold_back(const struct job *j)
{
    bool staging = j->have_held && conf_is_staging(j->conf, j->state.directory);
    bool live_is_trusted = j->have_live && !conf_is_staging(j->conf, j->state.live_directory);
    return staging && (job_to_rras(j) || live_is_trusted);
}

static void hold_back_staging(struct job *j)
{
    j->state.deployed = DEPLOYED_HELD;
    text_copy(j->state.held_reason, sizeof(j->state.held_reason),
              "it comes from a staging directory, which no client trusts");
    text_copy(j->r->note, sizeof(j->r->note),
              "held, not deployed: it comes from a staging directory, which no client trusts");
    if (!j->issued)
        j->r->action = ACTION_HELD;
}

/* ---- held until it may interrupt ---- */

static int windows_of(const struct conf *conf, struct windows *out, struct err *err)
{
    const struct strings *list = &conf->deploy.window;
    for (out->n = 0; out->n < list->n && out->n < WINDOW_MAX; out->n++)
        if (window_parse(list->v[out->n], &out->v[out->n], err) != 0)
            return -1;
    return 0;
}

/* What an administrator limits nothing by is not looked at twice. */
static bool may_be_held(const struct job *j, const struct window_state *window)
{
    return !window->open || j->conf->deploy.restart.max_sessions >= 0;
}

/* Of a certificate that is not in the machine's store, as behind a balancer, our own copy tells. */
static int64_t served_until(const struct job *j, const struct deploy_survey *survey)
{
    bool ours =
        j->have_live && memcmp(survey->served_sha256, j->live.leaf.sha256, SHA256_BYTES) == 0;
    return survey->served_until == 0 && ours ? j->live.leaf.not_after : survey->served_until;
}

static int decide_hold(const struct job *j, const struct bundle *b, struct hold_decision *out,
                       struct err *err)
{
    struct deploy_env env = job_deploy_env(j);
    struct deploy_survey survey;
    struct windows windows;
    struct hold_facts f = {.at_once = j->app->args->now,
                           .override_s = j->conf->deploy.override_s,
                           .max_sessions = j->conf->deploy.restart.max_sessions,
                           .now = clock_now(j->app->clock)};
    *out = (struct hold_decision){.answer = HOLD_GO};
    if (windows_of(j->conf, &windows, err) != 0)
        return -1;
    window_look(&windows, f.now, j->app->zone, &f.window);
    if (f.at_once || !may_be_held(j, &f.window))
        return 0;
    if (deploy_survey(&env, j->conf, b, &survey, err) != 0)
        return -1;
    f.interrupts = survey.interrupts;
    f.sessions_known = survey.sessions_known;
    f.sessions = survey.sessions;
    f.broken = survey.broken;
    f.served_until = served_until(j, &survey);
    f.served_revoked = f.served_until != 0 &&
                       memcmp(survey.served_sha256, j->state.revoked_sha256, SHA256_BYTES) == 0;
    hold_decide(&f, out);
    if (out->answer == HOLD_GO && f.interrupts && f.max_sessions >= 0 && !f.sessions_known)
        log_warn(&j->app->log,
                 "%s: how many sessions are connected is not known (%s): not waited for",
                 j->conf->name, survey.sessions_why);
    if (out->answer == HOLD_GO && !f.window.open && f.interrupts && f.broken)
        log_warn(&j->app->log, "%s: clients are refused (%s): put in place outside of the window",
                 j->conf->name, survey.why);
    return 0;
}

static void hold_until(struct job *j, const struct bundle *b, const struct hold_decision *d)
{
    bool fresh = b == &j->held;
    char until[21]; /* for people: as their windows are written */
    text_time(d->until + j->app->zone->offset_s(j->app->zone->user, d->until), until);
    snprintf(j->r->note, sizeof(j->r->note), "%s: %s; until %.10s %.5s local time",
             fresh ? "not deployed" : "the gateway differs from it, but serves", d->reason, until,
             until + 11);
    text_copy(j->state.held_reason, sizeof(j->state.held_reason), d->reason);
    j->state.held_until = d->until;
    j->state.deployed = fresh ? DEPLOYED_HELD : DEPLOYED_DRIFT;
    j->r->action = ACTION_HELD;
}

/* ---- putting it in place ---- */

/* A deploy that failed is an outage each time it is tried: `run` waits its back-off, too. */
static int check_back_off(struct job *j, struct err *err)
{
    bool failed = j->state.deployed == DEPLOYED_FAILED || j->state.deployed == DEPLOYED_ROLLED_BACK;
    char until[21];
    if (j->wish != JOB_RUN || !failed || j->issued ||
        !renew_waits(j->state.not_before_s, clock_now(j->app->clock)))
        return 0;
    j->waits = true;
    text_time(j->state.not_before_s, until);
    err_set(err, ERR_POSTPONED, "the deploy is put off until %s after an earlier failure", until);
    return err_hint(err, "mend the cause, then rras-acme deploy %s", j->r->conf->name);
}

const struct bundle *job_wanted(const struct job *j)
{
    if (j->have_held && j->have_live && renewal_rejected(&j->state, &j->held.leaf))
        return &j->live;
    return job_current(j);
}

static int deploy_failed(struct job *j, struct err *err)
{
    bool back = err->code == ERR_ROLLED_BACK;
    j->state.deployed = back ? DEPLOYED_ROLLED_BACK : DEPLOYED_FAILED;
    text_copy(j->state.held_reason, sizeof(j->state.held_reason), "the deploy failed");
    j->state.held_until = 0;
    return -1;
}

int job_deploy(struct job *j, const struct bundle *b, struct err *err)
{
    struct deploy_env env = job_deploy_env(j);
    struct deploy_result done = {.outage_ms = -1};
    int failed = deploy_run(&env, j->conf, b, &done, err);
    j->r->restarted = done.restarted;
    j->r->outage_ms = done.outage_ms;
    if (failed != 0)
        return deploy_failed(j, err);
    j->state.deployed = DEPLOYED_CURRENT;
    memcpy(j->state.deployed_sha256, b->leaf.sha256, SHA256_BYTES);
    if (done.proven)
        j->state.verified_at = clock_now(j->app->clock);
    if (done.changed)
        j->state.deployed_at = clock_now(j->app->clock);
    j->r->deployed = done.changed;
    j->r->proven = done.proven;
    if (done.changed && !j->issued)
        j->r->action = ACTION_DEPLOYED;
    return keep(j, b, err);
}

int job_put_in_place(struct job *j, struct err *err)
{
    const struct bundle *b;
    struct hold_decision d;
    if (j->wish == JOB_DEPLOY) /* also what was rolled back: it is asked for by name */
        memset(j->state.rejected_sha256, 0, SHA256_BYTES);
    b = job_wanted(j);
    if (check_back_off(j, err) != 0)
        return -1;
    if (b == NULL)
        return job_nothing_to_deploy(j, err);
    if (must_hold_back(j)) {
        hold_back_staging(j);
        return 0;
    }
    if (!job_to_rras(j)) {
        j->state.deployed = DEPLOYED_NONE;
        return keep(j, b, err);
    }
    if (decide_hold(j, b, &d, err) != 0)
        return deploy_failed(j, err);
    if (d.answer == HOLD_GO)
        return job_deploy(j, b, err);
    hold_until(j, b, &d);
    return 0;
}

int job_dry_run(struct job *j, struct err *err)
{
    if (!job_to_rras(j) || job_current(j) == NULL)
        return job_nothing_to_deploy(j, err);
    struct deploy_env env = job_deploy_env(j);
    if (deploy_dry_run(&env, j->conf, job_current(j), err) != 0)
        return -1;
    text_copy(j->r->note, sizeof(j->r->note),
              j->r->steps.n == 0 ? "nothing differs: a deploy would change nothing"
                                 : "dry run: nothing was changed");
    return 0;
}
