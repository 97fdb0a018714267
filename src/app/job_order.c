/* SPDX-License-Identifier: Apache-2.0 */
/* job_order.c - the half of a job that asks the CA: when to renew, and a new certificate. */
#include "budget.h"
#include "src/app/agent.h"
#include "src/app/job_int.h"
#include "src/app/ration.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { START_APART_MS = 20 };

/* ---- the way to the CA ---- */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void job_line_close(struct job_line *l)
{
    if (l->open)
        https_curl_close(&l->https);
    *l = (struct job_line){0};
}

static int open_line(struct job *j, struct err *err)
{
    struct job_line *l = j->line;
    const struct conf *conf = j->conf;
    struct os_mutex *turn = j->turns != NULL ? j->turns->start : NULL;
    char agent[256];
    if (l->open && same_text(l->ca_file, conf->acme.ca_file) &&
        same_text(l->directory, conf->acme.directory))
        return 0;
    job_line_close(l);
    os_mutex_lock(turn); /* libcurl writes its version into one place */
    agent_name(agent, sizeof(agent));
    os_mutex_unlock(turn);
    struct https_options o = {.ca_file = conf->acme.ca_file,
                              .user_agent = agent,
                              .log = &j->app->log,
                              .directory = conf->acme.directory};
    if (https_curl_open(&l->https, &o, err) != 0)
        return -1;
    l->open = true;
    l->ca_file = conf->acme.ca_file;
    l->directory = conf->acme.directory;
    return 0;
}

static int reach_ca(struct job *j, struct err *err)
{
    if (j->asked)
        return 0;
    if (open_line(j, err) != 0)
        return -1;
    j->line->https.stats(j->line->https.self, &j->before);
    j->asked = true;
    return 0;
}

void job_take_stats(struct job *j)
{
    struct https_stats *s = &j->r->stats;
    if (!j->asked)
        return;
    j->line->https.stats(j->line->https.self, s);
    s->requests -= j->before.requests;
    s->connections -= j->before.connections;
    s->bytes_in -= j->before.bytes_in;
    s->bytes_out -= j->before.bytes_out;
}

static struct acme_env acme_env_of(struct job *j)
{
    return (struct acme_env){.https = &j->line->https,
                             .clock = j->app->clock,
                             .log = &j->app->log,
                             .store = j->store,
                             .steps = &j->r->steps,
                             .interrupted = os_interrupted,
                             .budget = &j->budget,
                             .shared = j->turns != NULL ? &j->turns->acme : NULL,
                             .responders = j->app->responders,
                             .keys = &machine_keys_os,
                             .console = j->turns != NULL ? NULL : app_console(j->app)};
}

/* ---- whether it is due ---- */

void job_decide(const struct job *j, struct renew_decision *out)
{
    const struct bundle *b = job_current(j);
    int64_t now = clock_now(j->app->clock) + j->clock_correction_s;
    struct renew_facts f = renewal_facts(j->conf, &j->state, b != NULL ? &b->leaf : NULL, now);
    if (j->have_live && j->have_held && renewal_rejected(&j->state, &j->held.leaf))
        renewal_limit(&f, j->conf, &j->state, &j->live.leaf);
    renew_decide(&f, out);
}

void job_check_clock(struct job *j)
{
    struct err err = {0};
    const struct bundle *b = job_current(j);
    int64_t now = clock_now(j->app->clock), by = 0;
    bool likely = b == NULL || (now >= b->leaf.not_before && now < b->leaf.not_after);
    if (likely || renew_waits(j->state.not_before_s, now))
        return;
    struct acme_env env = acme_env_of(j);
    if (reach_ca(j, &err) != 0 || acme_clock_correction(&env, j->conf, &by, &err) != 0) {
        log_info(&j->app->log, "%s: what time it is: %s", j->conf->name, err.text);
        return;
    }
    if (by != 0)
        log_warn(&j->app->log, "%s: this machine's clock is %lld days %s the CA's; the CA's counts",
                 j->conf->name, (long long)((by < 0 ? -by : by) / (24 * 3600)),
                 by > 0 ? "behind" : "ahead of");
    j->clock_correction_s = by;
}

/* A certificate of another directory, or one whose time an administrator has fixed, is none of
 * this CA's business. */
void job_ask_ca(struct job *j)
{
    struct err err = {0};
    const struct bundle *b = job_current(j);
    if (b == NULL || !j->conf->renew.automatic || !renewal_same_directory(j->conf, &j->state) ||
        renewal_elsewhere(&j->state, &b->leaf) ||
        !acme_ari_wanted(&b->leaf, &j->state.ari, clock_now(j->app->clock)))
        return;
    int64_t before = j->state.ari.renew_at;
    struct acme_env env = acme_env_of(j);
    if (reach_ca(j, &err) != 0 || acme_ari(&env, j->conf, &b->leaf, &j->state.ari, &err) != 0)
        log_info(&j->app->log, "%s: when to renew: %s", j->conf->name, err.text);
    else if (j->state.ari.renew_at != before && j->state.ari.explanation_url[0] != '\0')
        log_warn(&j->app->log, "%s: the CA wants another renewal time; it explains: %s",
                 j->conf->name, j->state.ari.explanation_url);
}

const char *job_explanation(const struct job *j)
{
    return j->state.ari.explanation_url;
}

/* ---- budget ---- */

static int not_before(const struct job *j, int64_t at, const char *what, struct err *err)
{
    char when[21];
    text_time(at, when);
    err_set(err, ERR_POSTPONED, "%s; it may be tried again at %s", what, when);
    err->retry_after_s = at - clock_now(j->app->clock);
    return err_hint(err, "use the time to find the cause: rras-acme check %s", j->r->conf->name);
}

static int may_validate(const struct job *j, struct err *err)
{
    char what[400];
    const char *name = "";
    int64_t at = ration_validate_at(&j->state, j->conf, clock_now(j->app->clock), &name);
    snprintf(what, sizeof(what), "%s: three validations have failed within an hour", name);
    return at == 0 ? 0 : not_before(j, at, what, err);
}

static int may_order(void *user, struct err *err)
{
    const struct job *j = user;
    const struct bundle *b = job_current(j);
    int64_t life_s = b != NULL ? b->leaf.not_after - b->leaf.not_before : 0;
    int64_t at = ration_order_at(&j->state, life_s, clock_now(j->app->clock));
    return at == 0 ? 0 : not_before(j, at, "five orders for these names were placed lately", err);
}

/* To disk at once: a run that is killed now has used it up all the same. */
static void save_books(struct job *j)
{
    struct err err = {0};
    if (job_save_state(j, &err) != 0)
        log_warn(&j->app->log, "%s", err.text);
}

static void ordered(void *user)
{
    struct job *j = user;
    budget_note(j->state.ordered_at, clock_now(j->app->clock));
    save_books(j);
}

static void validation_failed(void *user, const char *name)
{
    struct job *j = user;
    ration_note_failed(&j->state, name, clock_now(j->app->clock));
    save_books(j);
}

/* Before anybody is asked. An order under way is no new one. */
static int within_budget(struct job *j, struct err *err)
{
    char rel[300];
    ration_begin(&j->state, j->conf);
    j->budget = (struct acme_budget){may_order, ordered, validation_failed, j};
    snprintf(rel, sizeof(rel), "certs/%s/order.json", j->conf->name);
    if (may_validate(j, err) != 0)
        return -1;
    return store_has(j->store, rel) ? 0 : may_order(j, err);
}

/* An order under way is no new one. */
bool job_may_order_now(struct job *j)
{
    struct spread_ca *ca = queue_ca(j->queue, j->conf->acme.directory);
    const struct bundle *b = job_current(j);
    int64_t now = clock_now(j->app->clock) + j->clock_correction_s;
    struct os_mutex *turn = j->turns != NULL ? j->turns->start : NULL;
    struct spread_facts f = {0};
    char rel[300];
    snprintf(rel, sizeof(rel), "certs/%s/order.json", j->conf->name);
    if (ca == NULL || store_has(j->store, rel))
        return true;
    if (b != NULL)
        f = (struct spread_facts){
            .revoked = memcmp(j->state.revoked_sha256, b->leaf.sha256, SHA256_BYTES) == 0,
            .not_before = b->leaf.not_before,
            .not_after = b->leaf.not_after};
    os_mutex_lock(turn);
    bool may = spread_take(ca, spread_urgent(&f, now));
    os_mutex_unlock(turn);
    j->r->held_back = !may;
    return may;
}

/* ---- a new certificate ---- */

static int hold(struct job *j, const struct acme_env *env, struct bundle *fresh, struct err *err)
{
    if (store_hold(j->store, j->conf->name, fresh, err) != 0)
        return -1;
    if (acme_issue_done(env, j->conf, err) != 0)
        return -1;
    if (j->have_held)
        bundle_clear(&j->held);
    else if (j->have_live && j->state.live_directory[0] == '\0') /* of an earlier version */
        text_copy(j->state.live_directory, sizeof(j->state.live_directory), j->state.directory);
    j->held = *fresh;
    memset(fresh, 0, sizeof(*fresh));
    j->have_held = true;
    j->issued = true;
    j->state.held_since = clock_now(j->app->clock);
    text_copy(j->state.directory, sizeof(j->state.directory), j->conf->acme.directory);
    return 0;
}

/* Orders that begin side by side are spread a little: CAs count requests a second, too. */
static void wait_for_start(const struct job *j)
{
    struct job_turns *turns = j->turns;
    if (turns == NULL)
        return;
    os_mutex_lock(turns->start);
    int64_t now_ms = clock_ms(j->app->clock);
    int64_t at_ms = turns->next_start_ms > now_ms ? turns->next_start_ms : now_ms;
    turns->next_start_ms = at_ms + START_APART_MS;
    os_mutex_unlock(turns->start);
    clock_sleep(j->app->clock, at_ms - now_ms);
}

/* The record that is written to try the store is one for all. */
static int check_store(const struct job *j, struct err *err)
{
    struct os_mutex *turn = j->turns != NULL ? j->turns->acme.records : NULL;
    os_mutex_lock(turn);
    int failed = store_check(j->store, err);
    os_mutex_unlock(turn);
    return failed;
}

int job_order(struct job *j, struct err *err)
{
    struct bundle fresh = {0};
    if (within_budget(j, err) != 0 || check_store(j, err) != 0 || reach_ca(j, err) != 0)
        return -1;
    wait_for_start(j);
    struct acme_env env = acme_env_of(j);
    const struct bundle *before = job_current(j);
    bool renewal = before != NULL;
    bool ours = renewal && renewal_same_directory(j->conf, &j->state) &&
                !renewal_elsewhere(&j->state, &before->leaf);
    int failed = acme_issue(&env, j->conf, ours ? &before->leaf : NULL, &fresh, err);
    if (failed == 0)
        failed = hold(j, &env, &fresh, err);
    if (failed == 0) {
        j->r->action = renewal ? ACTION_RENEWED : ACTION_ISSUED;
        job_ask_ca(j); /* RFC 9773 4.3: first look right after issuance */
    }
    bundle_clear(&fresh);
    return failed;
}
