/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/job_int.h"

#include "renew.h"
#include "src/app/follow.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

const char *job_action_name(enum job_action a)
{
    static const char *const names[] = {"none", "issued",      "renewed", "deployed",
                                        "held", "rolled_back", "failed",  "postponed"};
    return names[a];
}

void job_result_clear(struct job_result *r)
{
    steps_clear(&r->steps);
    memset(r, 0, sizeof(*r));
}

int job_worst_exit(int a, int b)
{
    static const int order[] = {7, 6, 3, 4, 5, 10, 2, 1, 9, 8};
    if (a == 0 || b == 0)
        return a == 0 ? b : a;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return 1;
}

/* A slot that cannot be read must not stop the renewal that would replace it. Key and chain are
 * read only where they are to be put somewhere: the leaf's data decides everything else. */
static bool load_slot(struct job *j, enum store_slot slot, struct bundle *out, bool *damaged)
{
    struct err err = {0};
    int failed = job_to_rras(j) ? store_load(j->store, j->conf->name, slot, out, &err)
                                : store_load_leaf(j->store, j->conf->name, slot, &out->leaf, &err);
    if (failed == 0 && job_key_is_there(out, &err))
        return true;
    bundle_clear(out);
    if (err.code != ERR_NOT_FOUND)
        log_warn(&j->app->log, "%s: treated as if it were not there", err.text);
    *damaged = *damaged || err.code != ERR_NOT_FOUND;
    return false;
}

static void load_slots(struct job *j)
{
    struct err lost = {0};
    bool damaged = false;
    j->have_live = load_slot(j, STORE_LIVE, &j->live, &damaged);
    j->have_held = load_slot(j, STORE_HELD, &j->held, &damaged);
    if (!j->have_live && !j->have_held && !damaged && !follow_wanted(j->conf) &&
        renewal_is_lost(j->conf->name, &j->state, &lost))
        log_warn(&j->app->log, "%s", lost.text);
}

const struct bundle *job_current(const struct job *j)
{
    if (j->have_followed)
        return &j->followed;
    if (j->have_held)
        return &j->held;
    return j->have_live ? &j->live : NULL;
}

/* Whether this run orders; a postponement is an error of its own. */
static int due(struct job *j, bool *out, struct err *err)
{
    struct renew_decision d;
    if (j->wish == JOB_RUN) {
        job_check_clock(j);
        job_ask_ca(j);
    }
    job_decide(j, &d);
    *out = j->wish == JOB_ISSUE || j->wish == JOB_REHEARSE ||
           (j->wish == JOB_RUN && d.answer == RENEW_DUE);
    if (*out && j->wish == JOB_RUN)
        *out = job_may_order_now(j);
    if (j->wish != JOB_RUN || d.answer == RENEW_DUE)
        return 0;
    char at[21];
    text_time(d.at, at);
    j->waits = d.answer == RENEW_POSTPONED;
    if (d.answer == RENEW_NOT_DUE) {
        snprintf(j->r->note, sizeof(j->r->note), "not due before %s%s%s", at,
                 job_explanation(j)[0] != '\0' ? "; the CA explains: " : "", job_explanation(j));
        return 0;
    }
    err->retry_after_s = d.at - clock_now(j->app->clock);
    err_set(err, ERR_POSTPONED, "put off until %s after an earlier failure: %s", at,
            j->state.last_message);
    return err_hint(err, "mend the cause, then rras-acme issue %s", j->r->conf->name);
}

void job_lock_machine(const struct job *j)
{
    os_mutex_lock(job_to_rras(j) && j->turns != NULL ? j->turns->machine : NULL);
}

void job_unlock_machine(const struct job *j)
{
    os_mutex_unlock(job_to_rras(j) && j->turns != NULL ? j->turns->machine : NULL);
}

static int at_machine(struct job *j,
                      int (*what)(const struct deploy_env *, const struct conf *, struct err *),
                      struct err *err)
{
    struct deploy_env env = job_deploy_env(j);
    job_lock_machine(j);
    int failed = what(&env, j->conf, err);
    job_unlock_machine(j);
    return failed;
}

/* What an earlier deploy has left unsettled; afterwards nothing is. */
static int recover(struct job *j, struct err *err)
{
    if (at_machine(j, deploy_recover, err) != 0)
        return -1;
    if (j->state.deployed == DEPLOYED_FAILED)
        j->state.deployed = DEPLOYED_ROLLED_BACK;
    return 0;
}

/* Nothing is ordered: the balancer's certificate is the one. */
static int follow(struct job *j, struct err *err)
{
    if (j->wish != JOB_DRY_RUN && recover(j, err) != 0)
        return -1;
    job_lock_machine(j);
    int failed = job_take_served(j, err);
    if (failed == 0)
        failed = j->wish == JOB_DRY_RUN ? job_dry_run(j, err) : job_put_in_place(j, err);
    job_unlock_machine(j);
    return failed;
}

static int left_to_next_run(struct err *err)
{
    return err_set(err, ERR_POSTPONED, "due, but many are: left to one of the next runs");
}

/* Asks for a new certificate where it is due. */
static int renew(struct job *j, struct err *err)
{
    bool order_now = false;
    if (j->wish != JOB_ROLLBACK && due(j, &order_now, err) != 0)
        return -1;
    if (order_now && job_to_rras(j) && at_machine(j, deploy_preflight, err) != 0)
        return -1;
    return order_now ? job_order(j, err) : 0;
}

/* Of two failures the gateway's is told when it is the worse one. */
static void take_worse(const struct job *j, const struct err *second, struct err *err)
{
    int code = err_exit_code(err), other = err_exit_code(second);
    bool worse = job_worst_exit(code, other) != code;
    log_warn(&j->app->log, "%s: %s", j->conf->name, worse ? err->text : second->text);
    if (worse)
        *err = *second;
}

/* No new certificate is to be had now, which may last for weeks. What there is goes in place all
 * the same: its window may be open, or somebody may have changed the machine. */
static void keep_in_place(struct job *j, struct err *err)
{
    struct err e = {0};
    if (j->wish != JOB_RUN || !job_to_rras(j) || job_current(j) == NULL || os_interrupted())
        return;
    job_lock_machine(j);
    if (job_put_in_place(j, &e) != 0)
        take_worse(j, &e, err);
    job_unlock_machine(j);
}

static int work(struct job *j, struct err *err)
{
    if (follow_wanted(j->conf))
        return follow(j, err);
    if (j->app->args->pfx != NULL && job_to_rras(j) && job_take_pfx(j, err) != 0)
        return -1;
    if (j->wish == JOB_DRY_RUN)
        return job_dry_run(j, err);
    bool by_hand = j->wish == JOB_DEPLOY || j->wish == JOB_ROLLBACK;
    if (by_hand && (!job_to_rras(j) || job_current(j) == NULL))
        return job_nothing_to_deploy(j, err);
    if (job_to_rras(j) && recover(j, err) != 0)
        return -1;
    if (renew(j, err) != 0) {
        keep_in_place(j, err);
        return -1;
    }
    if (j->r->held_back && job_current(j) == NULL)
        return left_to_next_run(err);
    job_lock_machine(j);
    int failed = j->wish == JOB_ROLLBACK ? job_roll_back(j, err) : job_put_in_place(j, err);
    job_unlock_machine(j);
    bool idle = failed == 0 && j->r->action == ACTION_NONE;
    return j->r->held_back && idle ? left_to_next_run(err) : failed;
}

/* A run that finds all as it was leaves the last real result standing, and nothing is written then.
 * The end of a row of failures is news, also of those that wait for nobody (ERR_USAGE). */
static bool is_as_it_was(const struct job *j)
{
    bool held = j->r->action == ACTION_HELD &&
                strcmp(j->state.last_result, job_action_name(ACTION_HELD)) == 0;
    bool failed = strcmp(j->state.last_result, job_action_name(ACTION_FAILED)) == 0;
    return !j->issued && (j->r->action == ACTION_NONE || held) && j->state.failures == 0 &&
           !failed && j->state.last_at != 0;
}

static void note_success(struct job *j)
{
    struct renew_decision d = {.at = 0};
    if (!follow_wanted(j->conf)) /* else nobody here renews it */
        job_decide(j, &d);
    if (j->wish == JOB_REHEARSE)
        snprintf(j->r->note, sizeof(j->r->note),
                 "a rehearsal at %.200s; the certificate in use was not touched",
                 j->conf->acme.directory_name);
    else
        j->r->next_s =
            j->r->action == ACTION_HELD && j->state.held_until != 0 ? j->state.held_until : d.at;
    j->news = !is_as_it_was(j);
    if (!j->news)
        return;
    j->state.failures = 0;
    j->state.not_before_s = 0;
    text_copy(j->state.last_message, sizeof(j->state.last_message), j->r->note);
}

static void note_failure(struct job *j)
{
    const struct err *e = &j->r->err;
    j->r->action = e->code == ERR_POSTPONED     ? ACTION_POSTPONED
                   : e->code == ERR_ROLLED_BACK ? ACTION_ROLLED_BACK
                                                : ACTION_FAILED;
    j->news = j->r->action != ACTION_POSTPONED;
    if (j->r->held_back && e->code == ERR_POSTPONED) /* nothing has happened to it */
        return;
    if (e->code != ERR_POSTPONED || !j->waits) /* else it would be told of itself, ever longer */
        text_copy(j->state.last_message, sizeof(j->state.last_message), e->text);
    int64_t now = clock_now(j->app->clock);
    if (e->code == ERR_POSTPONED) {
        if (!renew_waits(j->state.not_before_s, now) && e->retry_after_s > 0)
            j->state.not_before_s = now + e->retry_after_s;
    } else if (e->code != ERR_USAGE) {
        uint8_t jitter = 0;
        struct err ignored = {0};
        if (os_random(&jitter, sizeof(jitter), &ignored) != 0)
            jitter = 0;
        j->state.failures++;
        j->state.not_before_s = renew_backoff(j->state.failures, now, e->retry_after_s, jitter);
    }
    j->r->next_s = j->state.not_before_s;
}

/* For people: that it cannot be written stops nothing. */
static void remember(const struct job *j)
{
    const struct job_result *r = j->r;
    bool mended = r->action == ACTION_POSTPONED; /* what was deployed while it waits */
    struct past p = {.at = clock_now(j->app->clock),
                     .ok = mended || !err_is_set(&r->err),
                     .restarted = r->restarted,
                     .outage_ms = r->outage_ms};
    struct err err = {0};
    text_copy(p.action, sizeof(p.action), job_action_name(mended ? ACTION_DEPLOYED : r->action));
    text_copy(p.message, sizeof(p.message), p.ok ? r->note : r->err.text);
    if (store_history_add(j->store, j->conf->name, &p, &err) != 0)
        log_warn(&j->app->log, "%s", err.text);
}

/* Where only padding differs the store finds the same text, and leaves the file alone, too. */
int job_save_state(struct job *j, struct err *err)
{
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c): as said */
    if (memcmp(&j->state, &j->found, sizeof(j->state)) == 0)
        return 0;
    if (store_state_save(j->store, j->conf->name, &j->state, err) != 0)
        return -1;
    memcpy(&j->found, &j->state, sizeof(j->found));
    return 0;
}

static void record(struct job *j)
{
    struct err err = {0};
    bool left = j->r->held_back && j->r->action == ACTION_POSTPONED;
    if (j->wish == JOB_DRY_RUN || left)
        return;
    if (j->news) {
        j->state.last_at = clock_now(j->app->clock);
        text_copy(j->state.last_result, sizeof(j->state.last_result),
                  job_action_name(j->r->action));
    }
    if (j->news || j->r->deployed)
        remember(j);
    if (job_save_state(j, &err) == 0)
        return;
    if (err_is_set(&j->r->err)) {
        log_warn(&j->app->log, "%s", err.text); /* the first failure is the one to tell */
        return;
    }
    j->r->err = err;
    j->r->action = ACTION_FAILED;
}

/* Of an order that an earlier run has brought to its end. */
static void tidy(const struct job *j)
{
    struct err err = {0};
    if (acme_issue_tidy(j->store, j->conf, &err) != 0)
        log_warn(&j->app->log, "%s", err.text);
}

static void do_it(struct job *j)
{
    struct job_result *r = j->r;
    if (store_state_load(j->store, j->conf->name, &j->state, &r->err) != 0) {
        r->action = ACTION_FAILED;
        return;
    }
    memcpy(&j->found, &j->state, sizeof(j->found));
    load_slots(j);
    r->failures_before = j->state.failures;
    if (j->wish != JOB_DRY_RUN)
        tidy(j);
    if (work(j, &r->err) != 0)
        note_failure(j);
    else if (j->wish != JOB_DRY_RUN)
        note_success(j);
    job_look_at_served(j);
    record(j);
    if (j->wish != JOB_DRY_RUN)
        job_sweep_keys(j);
    r->issued = j->issued;
    r->news = j->news;
    r->failures = j->state.failures;
}

void job_do(const struct job_place *at, const struct conf *conf, enum job_wish wish,
            struct job_result *out)
{
    struct job j = {.app = at->app,
                    .store = at->store,
                    .line = at->line,
                    .turns = at->turns,
                    .queue = at->queue,
                    .conf = conf,
                    .wish = wish,
                    .r = out};
    struct conf_rehearsal rehearsal;
    memset(out, 0, sizeof(*out));
    out->conf = conf;
    out->outage_ms = -1;
    out->steps = show_live_steps(&at->app->out);
    if (wish == JOB_REHEARSE) {
        if (conf_rehearse(conf, &rehearsal, &out->err) != 0) {
            out->action = ACTION_FAILED;
            return;
        }
        j.conf = &rehearsal.conf;
    }
    do_it(&j);
    job_take_stats(&j);
    bundle_clear(&j.live);
    bundle_clear(&j.held);
    bundle_clear(&j.followed);
}
