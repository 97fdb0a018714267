/* SPDX-License-Identifier: Apache-2.0 */
/* job_order.c - the half of a job that asks the CA: when to renew, and a new certificate. */
#include "budget.h"
#include "src/app/agent.h"
#include "src/app/job_int.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- the way to the CA ---- */

static int open_https(struct job *j, struct err *err)
{
    char agent[256];
    if (j->have_https)
        return 0;
    agent_name(agent, sizeof(agent));
    struct https_options o = {
        .ca_file = j->conf->acme.ca_file, .user_agent = agent, .log = &j->app->log};
    if (https_curl_open(&j->https, &o, err) != 0)
        return -1;
    j->have_https = true;
    return 0;
}

void job_https_close(struct job *j)
{
    if (!j->have_https)
        return;
    j->https.stats(j->https.self, &j->r->stats);
    https_curl_close(&j->https);
    j->have_https = false;
}

static struct acme_env acme_env_of(struct job *j)
{
    return (struct acme_env){.https = &j->https,
                             .clock = j->app->clock,
                             .log = &j->app->log,
                             .store = j->store,
                             .steps = &j->r->steps,
                             .interrupted = os_interrupted,
                             .budget = &j->budget};
}

/* ---- whether it is due ---- */

void job_decide(const struct job *j, struct renew_decision *out)
{
    const struct bundle *b = job_current(j);
    struct renew_facts f =
        renewal_facts(j->conf, &j->state, b != NULL ? &b->leaf : NULL, clock_now(j->app->clock));
    renew_decide(&f, out);
}

/* A certificate of another directory, or one whose time an administrator has fixed, is none of
 * this CA's business. */
void job_ask_ca(struct job *j)
{
    struct err err = {0};
    const struct bundle *b = job_current(j);
    if (b == NULL || !j->conf->renew.automatic || !renewal_same_directory(j->conf, &j->state) ||
        !acme_ari_wanted(&b->leaf, &j->state.ari, clock_now(j->app->clock)))
        return;
    int64_t before = j->state.ari.renew_at;
    struct acme_env env = acme_env_of(j);
    if (open_https(j, &err) != 0 || acme_ari(&env, j->conf, &b->leaf, &j->state.ari, &err) != 0)
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

/* The hash of a directory and, unless NULL, of a set of names in whatever order. */
static void hash_of(const char *directory, const struct strings *names,
                    char out[2 * SHA256_BYTES + 1])
{
    uint8_t sum[SHA256_BYTES], one[SHA256_BYTES];
    crypto_sha256(directory, strlen(directory), sum);
    for (size_t i = 0; names != NULL && i < names->n; i++) {
        crypto_sha256(names->v[i], strlen(names->v[i]), one);
        for (size_t k = 0; k < sizeof(sum); k++)
            sum[k] ^= one[k];
    }
    text_hex(sum, sizeof(sum), out);
}

static void start_anew_unless(char kept_for[2 * SHA256_BYTES + 1], const char *now_for,
                              int64_t at[STATE_MAX_EVENTS])
{
    if (strcmp(kept_for, now_for) == 0)
        return;
    memset(at, 0, STATE_MAX_EVENTS * sizeof(at[0]));
    text_copy(kept_for, 2 * SHA256_BYTES + 1, now_for);
}

static int not_before(const struct job *j, int64_t at, const char *what, struct err *err)
{
    char when[21];
    text_time(at, when);
    err_set(err, ERR_POSTPONED, "%s; it may be tried again at %s", what, when);
    err->retry_after_s = at - clock_now(j->app->clock);
    return err_hint(err, "use the time to find the cause: rras-acme check %s", j->conf->name);
}

static int may_validate(const struct job *j, struct err *err)
{
    int64_t at = budget_free_at(j->state.failed_at, BUDGET_FAILED, BUDGET_FAILED_S,
                                clock_now(j->app->clock));
    return at == 0 ? 0 : not_before(j, at, "three validations have failed within an hour", err);
}

static int may_order(void *user, struct err *err)
{
    const struct job *j = user;
    const struct bundle *b = job_current(j);
    int64_t life_s = b != NULL ? b->leaf.not_after - b->leaf.not_before : 0;
    int64_t at = budget_free_at(j->state.ordered_at, BUDGET_ORDERS, budget_orders_s(life_s),
                                clock_now(j->app->clock));
    return at == 0 ? 0 : not_before(j, at, "five orders for these names were placed lately", err);
}

/* To disk at once: a run that is killed now has used it up all the same. */
static void note_event(struct job *j, int64_t at[STATE_MAX_EVENTS])
{
    struct err err = {0};
    budget_note(at, clock_now(j->app->clock));
    if (store_state_save(j->store, j->conf->name, &j->state, &err) != 0)
        log_warn(&j->app->log, "%s", err.text);
}

static void ordered(void *user)
{
    struct job *j = user;
    note_event(j, j->state.ordered_at);
}

static void validation_failed(void *user)
{
    struct job *j = user;
    note_event(j, j->state.failed_at);
}

/* Before anybody is asked. An order under way is no new one. */
static int within_budget(struct job *j, struct err *err)
{
    char directory[2 * SHA256_BYTES + 1], names[2 * SHA256_BYTES + 1], rel[300];
    hash_of(j->conf->acme.directory, NULL, directory);
    hash_of(j->conf->acme.directory, &j->conf->names, names);
    start_anew_unless(j->state.failed_for, directory, j->state.failed_at);
    start_anew_unless(j->state.ordered_for, names, j->state.ordered_at);
    j->budget = (struct acme_budget){may_order, ordered, validation_failed, j};
    snprintf(rel, sizeof(rel), "certs/%s/order.json", j->conf->name);
    if (may_validate(j, err) != 0)
        return -1;
    return store_has(j->store, rel) ? 0 : may_order(j, err);
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
    j->held = *fresh;
    memset(fresh, 0, sizeof(*fresh));
    j->have_held = true;
    j->issued = true;
    j->state.held_since = clock_now(j->app->clock);
    text_copy(j->state.directory, sizeof(j->state.directory), j->conf->acme.directory);
    return 0;
}

int job_order(struct job *j, struct err *err)
{
    struct bundle fresh = {0};
    if (within_budget(j, err) != 0 || store_check(j->store, err) != 0 || open_https(j, err) != 0)
        return -1;
    struct acme_env env = acme_env_of(j);
    const struct bundle *before = job_current(j);
    bool renewal = before != NULL;
    bool ours = renewal && renewal_same_directory(j->conf, &j->state);
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
