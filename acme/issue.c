/* SPDX-License-Identifier: Apache-2.0 */
#include "issue_int.h"

#include "ca_clock.h"
#include "phase.h"
#include "retry.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ORDER_DEADLINE_MS = 5 * 60 * 1000, /* polling an order within one run */
    FINALIZE_TRIES = 3,
};

static void drop_authz(struct issue *s)
{
    order_authz_free(s->authz, s->authz_count);
    s->authz = NULL;
    s->authz_count = 0;
}

static void issue_clear(struct issue *s)
{
    drop_authz(s);
    msg_order_clear(&s->order);
    resume_clear(&s->record);
    key_ahead_drop(s->key_ahead);
    txt_close(&s->txt);
    delegated_clear(&s->delegated);
    client_close(s->client);
    account_clear(&s->account);
}

static void sweep(struct issue *s)
{
    txt_sweep(&s->txt);
    s->txt_left = false;
}

int64_t issue_age_s(const struct issue *s)
{
    int64_t age = clock_now(s->env->clock) - s->record.created;
    return age < 0 ? -age : age;
}

int issue_forget(struct issue *s, const char *why, struct err *err)
{
    if (s->record.order_url)
        log_warn(s->env->log, "order %s is given up: %s", s->record.order_url, why);
    sweep(s);
    drop_authz(s);
    msg_order_clear(&s->order);
    resume_clear(&s->record);
    s->resumed = s->order_is_newer = false;
    s->polls = s->finalize_again = 0;
    return resume_forget(s->env->store, s->conf->name, err);
}

/* ---- carrying it through ---- */

static enum order_step next_step(const struct issue *s)
{
    return order_next(&(struct order_seen){&s->order, s->authz, s->authz_count, s->order_is_newer});
}

static int look_step(struct issue *s, struct err *err)
{
    if (order_authorizations(s->client, &s->order, &s->authz, err))
        return -1;
    s->authz_count = s->order.authorizations.n;
    s->order_is_newer = false;
    return 0;
}

static int prove_step(struct issue *s, struct err *err)
{
    struct prover p = {.env = s->env,
                       .client = s->client,
                       .delegated = &s->delegated,
                       .txt = &s->txt,
                       .thumbprint = s->account.thumbprint,
                       .account = s->account.url,
                       .order_url = s->record.order_url};
    int rc = challenge_prove(&p, s->authz, s->authz_count, err);
    /* While the CA may be looking, the values stay; the journal has them. */
    s->txt_left = rc && p.responded;
    if (s->txt_left && txt_is_here(&s->txt))
        log_warn(s->env->log,
                 "%s: the CA may still ask for our values, and nobody answers it from now on; the "
                 "next run opens the port again, so let it come soon: rras-acme run",
                 s->txt.publisher.name);
    if (!s->txt_left) {
        sweep(s);
        txt_close(&s->txt); /* builtin: nobody has to ask us any more */
    }
    s->order_is_newer = false;
    s->resumed = false;
    return rc;
}

static int fetch_order(struct issue *s, struct err *err)
{
    if (order_fetch(s->client, s->record.order_url, true, &s->order, err) ||
        order_check_names(&s->order, &s->conf->names, err))
        return -1;
    if (s->authz && !order_has_authorizations(&s->order, s->authz, s->authz_count))
        return err_set(err, ERR_CA, "order %s: its authorizations have changed",
                       s->record.order_url);
    s->order_is_newer = true;
    return 0;
}

static int wait_step(struct issue *s, struct err *err)
{
    int64_t now_ms = clock_ms(s->env->clock);
    if (s->polls == 0)
        s->polling_since_ms = now_ms;
    int64_t pause =
        retry_poll_ms(s->order.retry_after_s, s->polls++, client_round_trip_ms(s->client));
    if (now_ms - s->polling_since_ms + pause > ORDER_DEADLINE_MS) {
        if (msg_status_of(s->order.status_text) == MSG_UNKNOWN)
            return err_set(err, ERR_CA, "order %s: the CA leaves it in the state \"%s\"",
                           s->record.order_url, s->order.status_text);
        err_set(err, ERR_POSTPONED, "order %s: it is still %s; the next run goes on from here",
                s->record.order_url, s->order.status_text);
        err->retry_after_s = s->order.retry_after_s > 0 ? s->order.retry_after_s : 0;
        return -1;
    }
    log_debug(s->env->log, "order is %s; waiting %lld ms", s->order.status_text, (long long)pause);
    if (client_wait(s->client, pause, err))
        return -1;
    return fetch_order(s, err);
}

/* Sends the CSR. Finalized before (an answer that was lost), or not ready yet: the order tells. */
static int finalize_once(struct issue *s, struct err *err)
{
    struct err e = {0};
    if (order_finalize(s->client, &s->record.csr, &s->order, &e) == 0) {
        s->order_is_newer = true;
    } else if (problem_reaction(e.problem, 0) != REACT_LOOK) {
        *err = e;
        return -1;
    } else if (fetch_order(s, err)) {
        return -1;
    }
    if (s->order.status != MSG_READY)
        return 0;
    if (s->finalize_again == FINALIZE_TRIES)
        return err_set(err, ERR_CA, "order %s: it stays ready after finalize", s->record.order_url);
    int64_t pause =
        retry_poll_ms(s->order.retry_after_s, s->finalize_again++, client_round_trip_ms(s->client));
    return client_wait(s->client, pause, err);
}

static int finalize_step(struct issue *s, struct err *err)
{
    struct phase phase = phase_begin(s->env, "finalize");
    int rc = finalize_once(s, err);
    while (rc == 0 && next_step(s) == ORDER_WAIT)
        rc = wait_step(s, err);
    return phase_end(&phase, rc, NULL, s->order.status_text);
}

/* A validation that failed while nobody was looking counts, too. */
static void note_failed_validation(const struct issue *s)
{
    const struct acme_budget *budget = s->env->budget;
    for (size_t i = 0; budget && i < s->authz_count; i++)
        if (s->authz[i].status == MSG_INVALID)
            budget->failed(budget->user, s->authz[i].name);
}

static int failed_step(struct issue *s, struct err *err)
{
    char what[600];
    note_failed_validation(s);
    snprintf(what, sizeof what, "order %s", s->record.order_url);
    if (problem_is_set(&s->order.error))
        return problem_err(&s->order.error, what, err);
    for (size_t i = 0; i < s->authz_count; i++) {
        const struct msg_authz *a = &s->authz[i];
        if (a->status != MSG_VALID && a->status != MSG_PENDING)
            return err_set(err, ERR_CA, "%s: the authorization of %s is %s", what, a->name,
                           a->status_text);
    }
    return err_set(err, ERR_CA, "%s: it is %s", what, s->order.status_text);
}

static int download_step(struct issue *s, struct bundle *out, struct err *err)
{
    struct phase phase = phase_begin(s->env, "download");
    struct cert_chain chain = {0};
    struct bundle b = {0};
    char after[320] = "", until[21];
    struct cert_wanted want = {s->record.key, (const char *const *)s->conf->names.v,
                               s->conf->names.n, ca_clock_now(s->client)};
    int rc = order_download(s->client, s->order.certificate, &want, s->conf->acme.preferred_chain,
                            &chain, err);
    if (rc == 0)
        rc = bundle_fill(&b, &s->record.key, &chain, err);
    if (rc == 0) {
        text_time(b.leaf.not_after, until);
        snprintf(after, sizeof after, "valid until %s, issued by %s", until, b.leaf.issuer);
        *out = b;
    }
    cert_chain_clear(&chain);
    return phase_end(&phase, rc, NULL, after);
}

static int one_step(struct issue *s, enum order_step step, struct bundle *out, struct err *err)
{
    switch (step) {
    case ORDER_LOOK:
        return look_step(s, err);
    case ORDER_PROVE:
        return prove_step(s, err);
    case ORDER_FINALIZE:
        return finalize_step(s, err);
    case ORDER_WAIT:
        return wait_step(s, err);
    case ORDER_DOWNLOAD:
        return download_step(s, out, err);
    case ORDER_FAILED:
        break;
    }
    return failed_step(s, err);
}

/* After a failure: will this order never give a certificate? */
static bool is_lost(const struct issue *s, const struct err *e)
{
    bool answered = e->source == ERR_SRC_HTTP;
    if (next_step(s) == ORDER_FAILED)
        return true;
    if (e->code != ERR_CA || (answered && e->number >= 500))
        return e->code == ERR_USAGE && answered;
    if (!answered) /* our own judgement of what the CA said */
        return issue_age_s(s) > ISSUE_DOUBTFUL_S;
    return true;
}

/* Steps until the certificate is there, or err. *lost: see is_lost. */
static int carry_through(struct issue *s, struct bundle *out, bool *lost, struct err *err)
{
    for (;;) {
        enum order_step step = next_step(s);
        if (s->env->interrupted && s->env->interrupted())
            return err_set(err, ERR_POSTPONED, "interrupted; the next run goes on from here");
        if (s->txt_left && (step == ORDER_FINALIZE || step == ORDER_DOWNLOAD))
            sweep(s); /* of an earlier run */
        if (one_step(s, step, out, err)) {
            *lost = is_lost(s, err);
            return -1;
        }
        if (step == ORDER_DOWNLOAD)
            return 0;
    }
}

/* ---- the whole ---- */

static int prepare(struct issue *s, const struct issue_task *task, struct err *err)
{
    struct resume_place at = {task->env->store, task->env->keys};
    *s = (struct issue){.task = task, .env = task->env, .conf = task->conf};
    delegated_init(&s->delegated, s->env, s->conf, task->dns);
    txt_init(&s->txt, s->env, s->conf, task->dns);
    /* First of all: settings and secrets of the back end are judged without asking anybody. */
    if ((conf_publishes(s->conf) && txt_open(&s->txt, err)) ||
        resume_load(&at, s->conf->name, &s->record, err))
        return -1;
    s->txt_left = s->record.order_url != NULL;
    if (!s->txt_left) {
        sweep(s); /* leftovers belong to no order */
        if (!s->record.key && s->conf->key != CONF_KEY_MACHINE)
            s->key_ahead = key_ahead_start((enum key_type)s->conf->key);
        /* Before the CA hears of us: a name that is not delegated needs no account either. */
        if (s->conf->acme.challenge == CONF_DNS_01 && issue_delegation(s, err))
            return -1;
    }
    if (client_open(&s->client, s->env, s->conf->acme.directory, err) || issue_profile(s, err))
        return -1;
    return issue_account(s, err);
}

/* An order of an earlier run may be at its end before we did anything: then once anew. */
static int carry_or_renew(struct issue *s, struct bundle *out, struct err *err)
{
    for (;;) {
        struct err e = {0}, cleanup = {0};
        bool lost = false;
        if (issue_order(s, err))
            return -1;
        ca_clock_warn(s->client);
        if (carry_through(s, out, &lost, &e) == 0)
            return 0;
        bool anew = lost && s->resumed;
        if (lost && issue_forget(s, e.text, &cleanup))
            log_warn(s->env->log, "%s", cleanup.text);
        if (!anew) {
            *err = e;
            return -1;
        }
    }
}

int issue_run(const struct issue_task *task, struct bundle *out, struct err *err)
{
    struct issue s;
    int rc = prepare(&s, task, err);
    if (rc == 0)
        rc = carry_or_renew(&s, out, err);
    issue_clear(&s);
    return rc;
}

int acme_issue(const struct acme_env *env, const struct conf *conf,
               const struct cert_info *replaces, struct bundle *out, struct err *err)
{
    struct issue_task task = {env, &acme_dns_real, conf, replaces};
    return issue_run(&task, out, err);
}

int acme_issue_done(const struct acme_env *env, const struct conf *conf, struct err *err)
{
    return resume_forget(env->store, conf->name, err);
}

int acme_issue_tidy(struct store *s, const struct conf *conf, struct err *err)
{
    return resume_tidy(s, conf->name, err);
}
