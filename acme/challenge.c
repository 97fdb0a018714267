/* SPDX-License-Identifier: Apache-2.0 */
#include "challenge.h"

#include "jws.h"
#include "order.h"
#include "persist.h"
#include "phase.h"
#include "retry.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    POLL_DEADLINE_MS = 5 * 60 * 1000,
    EACH_ROUND = 3, /* every so many rounds each authorization is asked for, not the order */
    /* The CA's resolvers remember a "no" for the zone's negative TTL (RFC 2308 5). */
    AGAIN_MIN_S = 60,
    AGAIN_MAX_S = 3600,
};

/* One value to be seen in DNS. */
struct proof {
    struct msg_authz *authz;
    const struct delegation *at;
    char value[JWS_TXT_CHARS + 1];
};

const char *challenge_type(const struct conf *conf)
{
    switch (conf->acme.challenge) {
    case CONF_DNS_ACCOUNT_01:
        return "dns-account-01";
    case CONF_DNS_PERSIST_01:
        return "dns-persist-01";
    case CONF_DNS_01:
        break;
    }
    return "dns-01";
}

static const struct msg_challenge *find_challenge(const struct prover *p, const struct msg_authz *a)
{
    return msg_authz_find(a, challenge_type(p->delegated->env.conf));
}

static bool is_published(const struct prover *p)
{
    return conf_publishes(p->delegated->env.conf);
}

static bool is_open(const struct msg_authz *a)
{
    return a->status == MSG_PENDING || a->status == MSG_PROCESSING || a->status == MSG_UNKNOWN;
}

/* ---- what is to be proven ---- */

static int prepare_one(struct prover *p, struct msg_authz *a, struct proof *out, struct err *err)
{
    const struct msg_challenge *c = find_challenge(p, a);
    if (!c || !c->url) {
        err_set(err, ERR_CA, "%s%s: the CA offers no %s challenge", a->wildcard ? "*." : "",
                a->name, challenge_type(p->delegated->env.conf));
        return -1;
    }
    out->authz = a;
    if (!is_published(p))
        return delegated_find(p->delegated, a->name, &out->at, err);
    if (!c->token[0]) {
        err_set(err, ERR_CA, "%s: the challenge's token is missing or no base64url", a->name);
        return -1;
    }
    if (jws_txt_value(c->token, p->thumbprint, out->value, err))
        return -1;
    return delegated_find(p->delegated, a->name, &out->at, err);
}

static int prepare(struct prover *p, struct msg_authz *v, size_t n, struct proof *out,
                   size_t *count, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_open(&v[i]))
            continue;
        if ((is_published(p) && txt_open(p->txt, err)) || prepare_one(p, &v[i], &out[*count], err))
            return -1;
        ++*count;
    }
    return 0;
}

/* ---- publish and wait ---- */

static int publish(struct prover *p, const struct proof *v, size_t n, struct err *err)
{
    struct phase phase = phase_begin(p->env, "publish");
    char after[320] = "";
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        log_info(p->env->log, "publishing TXT for %s at %s", v[i].at->challenge, v[i].at->target);
        rc = txt_put(p->txt, v[i].at, v[i].value, err);
    }
    if (rc == 0 && n > 0)
        rc = publisher_ready(&p->txt->publisher, err);
    if (n > 0)
        snprintf(after, sizeof after, "%zu TXT value%s at %s%s", n, n == 1 ? "" : "s",
                 v[0].at->target, n == 1 ? "" : ", ...");
    return phase_end(&phase, rc, NULL, after);
}

static bool is_wanted(const struct propagation_wanted *w, const char *value)
{
    for (size_t i = 0; i < w->value_count; i++) {
        if (strcmp(w->values[i], value) == 0)
            return true;
    }
    return false;
}

/* Waits for the values at the target of v[first], skipping targets that came before. */
static int wait_for_target(struct prover *p, const struct proof *v, size_t n, size_t first,
                           struct err *err)
{
    const struct delegation *at = v[first].at;
    struct propagation_wanted w = {.values = {0}, .value_count = 0};
    for (size_t i = 0; i < first; i++) {
        if (text_equal_nocase(v[i].at->target, at->target))
            return 0;
    }
    for (size_t i = first; i < n; i++) {
        if (!text_equal_nocase(v[i].at->target, at->target) || is_wanted(&w, v[i].value))
            continue;
        w.values[w.value_count++] = v[i].value;
        if (w.value_count == DELEGATION_MAX_VALUES) { /* many names share one target */
            if (p->txt->dns->wait(p->txt->dns->self, &p->delegated->env, at, &w, err))
                return -1;
            w.value_count = 0;
        }
    }
    if (w.value_count == 0)
        return 0;
    return p->txt->dns->wait(p->txt->dns->self, &p->delegated->env, at, &w, err);
}

static int wait_for_all(struct prover *p, const struct proof *v, size_t n, struct err *err)
{
    struct phase phase = phase_begin(p->env, "propagation");
    char after[320] = "";
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = wait_for_target(p, v, n, i, err);
    if (n > 0)
        snprintf(after, sizeof after, "on %zu server address%s of %s%s", v[0].at->server_count,
                 v[0].at->server_count == 1 ? "" : "es", v[0].at->zone, n == 1 ? "" : ", ...");
    return phase_end(&phase, rc, NULL, after);
}

/* ---- or look for what is there ---- */

static int look_for_record(struct prover *p, const struct proof *v, struct err *err)
{
    struct checks seen = {0};
    char name[260];
    const struct msg_challenge *c = find_challenge(p, v->authz);
    struct persist_wanted w = {.name = name,
                               .ca = &c->persist,
                               .account = p->account,
                               .thumbprint = p->thumbprint,
                               .now = clock_now(p->env->clock)};
    snprintf(name, sizeof name, "%s%s", v->authz->wildcard ? "*." : "", v->authz->name);
    if (c->persist.issuers.n == 0)
        return err_set(err, ERR_CA, "%s: the CA's dns-persist-01 challenge lacks its domain names",
                       name);
    int rc = persist_look(p->txt->dns, &p->delegated->env, v->at, &w, &seen, err);
    checks_clear(&seen);
    return rc;
}

static int look_for_all(struct prover *p, const struct proof *v, size_t n, struct err *err)
{
    struct phase phase = phase_begin(p->env, "persistent record");
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = look_for_record(p, &v[i], err);
    return phase_end(&phase, rc, NULL, NULL);
}

static int make_visible(struct prover *p, const struct proof *v, size_t n, struct err *err)
{
    if (!is_published(p))
        return look_for_all(p, v, n, err);
    return publish(p, v, n, err) || wait_for_all(p, v, n, err) ? -1 : 0;
}

/* ---- the CA's side ---- */

/* Tells the CA to look. A refusal counts only if the authorization has not moved: some CAs refuse
 * an answer to a challenge that they look at already. */
static int respond(struct prover *p, struct msg_authz *a, struct err *err)
{
    const struct msg_challenge *c = find_challenge(p, a);
    struct client_answer answer = {0};
    struct msg_challenge now = {0};
    struct err refused = {0};
    if (!c || c->status != MSG_PENDING)
        return 0;
    struct client_post post = {
        .what = "challenge", .url = c->url, .payload = "{}", .just_given = true};
    p->responded = true;
    if (client_post(p->client, &post, &answer, &refused)) {
        if (refused.code != ERR_CA) {
            *err = refused;
            return -1;
        }
        if (order_authorization(p->client, a->url, a, err))
            return -1;
        c = find_challenge(p, a);
        if (is_open(a) && (!c || c->status == MSG_PENDING)) {
            *err = refused;
            return -1;
        }
        return 0;
    }
    a->retry_after_s = answer.retry_after_s;
    if (msg_challenge_read(&now, answer.json, &refused) == 0 && now.status == MSG_VALID)
        a->status = MSG_VALID; /* RFC 8555 7.1.6: with its challenge, the authorization is */
    msg_challenge_clear(&now);
    client_answer_clear(&answer);
    return 0;
}

static int failed(const struct proof *proof, struct err *err)
{
    const struct msg_authz *a = proof->authz;
    char what[320];
    const struct problem *why = NULL;
    for (size_t i = 0; i < a->challenge_count && !why; i++)
        why = a->challenge[i].error;
    snprintf(what, sizeof what, "%s%s: validation", a->wildcard ? "*." : "", a->name);
    if (!why)
        return err_set(err, ERR_CA, "%s: the authorization is %s", what, a->status_text);
    problem_err(why, what, err);
    if (strcmp(why->type, "unauthorized") == 0) { /* of a challenge, not of an account */
        err->code = ERR_DNS;
        err->hint[0] = '\0';
    }
    if (err->code == ERR_DNS) {
        int64_t again = proof->at->negative_ttl_s;
        err->retry_after_s = again < AGAIN_MIN_S   ? AGAIN_MIN_S
                             : again > AGAIN_MAX_S ? AGAIN_MAX_S
                                                   : again;
        err_hint(err, "the CA looked for a TXT value at %s and followed its CNAMEs%s%s",
                 proof->at->challenge, proof->value[0] ? "; we published at " : "",
                 proof->value[0] ? proof->at->target : "");
    }
    return -1;
}

static int look_for_failure(const struct proof *v, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_open(v[i].authz) && v[i].authz->status != MSG_VALID)
            return failed(&v[i], err);
    }
    return 0;
}

/* All of them have used something up, though one is enough to tell of. */
static void note_failures(const struct prover *p, const struct proof *v, size_t n)
{
    const struct acme_budget *budget = p->env->budget;
    for (size_t i = 0; budget && i < n; i++)
        if (!is_open(v[i].authz) && v[i].authz->status != MSG_VALID)
            budget->failed(budget->user, v[i].authz->name);
}

static size_t count_open(const struct proof *v, size_t n)
{
    size_t open = 0;
    for (size_t i = 0; i < n; i++)
        open += is_open(v[i].authz);
    return open;
}

/* The pause before the next round: the longest that one of those still open asks for. */
static int64_t next_pause_ms(const struct prover *p, const struct proof *v, size_t n,
                             unsigned round, int64_t *wish_s)
{
    int64_t pause = 0, round_trip = client_round_trip_ms(p->client);
    for (size_t i = 0; i < n; i++) {
        if (!is_open(v[i].authz))
            continue;
        int64_t ms = retry_poll_ms(v[i].authz->retry_after_s, round, round_trip);
        if (ms > pause)
            pause = ms;
        if (v[i].authz->retry_after_s > *wish_s)
            *wish_s = v[i].authz->retry_after_s;
    }
    return pause;
}

/* Sets *each when the order does not tell: something has failed, or is not as expected. */
static int look_at_order(struct prover *p, const struct proof *v, size_t n, bool *each,
                         struct err *err)
{
    struct msg_order order = {0};
    if (order_fetch(p->client, p->order_url, true, &order, err))
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (!is_open(v[i].authz))
            continue;
        v[i].authz->retry_after_s = order.retry_after_s;
        if (order.status == MSG_READY)
            v[i].authz->status = MSG_VALID;
    }
    *each = order.status != MSG_READY && order.status != MSG_PENDING;
    msg_order_clear(&order);
    return 0;
}

static int look(struct prover *p, const struct proof *v, size_t n, unsigned round, struct err *err)
{
    /* Now and then at each of them all the same, should an order stay pending after a failure. */
    bool each = count_open(v, n) < 2 || round % EACH_ROUND == EACH_ROUND - 1;
    if (!each && look_at_order(p, v, n, &each, err))
        return -1;
    for (size_t i = 0; each && i < n; i++) {
        if (is_open(v[i].authz) && order_authorization(p->client, v[i].authz->url, v[i].authz, err))
            return -1;
    }
    return 0;
}

static int poll_all(struct prover *p, const struct proof *v, size_t n, struct err *err)
{
    int64_t began = clock_ms(p->env->clock);
    for (unsigned round = 0;; round++) {
        int64_t wish_s = 0;
        if (look_for_failure(v, n, err)) {
            note_failures(p, v, n);
            return -1;
        }
        if (count_open(v, n) == 0)
            return 0;
        int64_t pause = next_pause_ms(p, v, n, round, &wish_s);
        if (clock_ms(p->env->clock) - began + pause > POLL_DEADLINE_MS) {
            err_set(err, ERR_POSTPONED,
                    "%s: the CA is still checking; the next run goes on from "
                    "here",
                    v[0].authz->name);
            err->retry_after_s = wish_s;
            return -1;
        }
        log_debug(p->env->log, "waiting %lld ms for the CA's validation", (long long)pause);
        if (client_wait(p->client, pause, err))
            return -1;
        if (look(p, v, n, round, err))
            return -1;
    }
}

static int validate(struct prover *p, const struct proof *v, size_t n, struct err *err)
{
    struct phase phase = phase_begin(p->env, "validate");
    char after[320];
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = respond(p, v[i].authz, err);
    if (rc == 0)
        rc = poll_all(p, v, n, err);
    snprintf(after, sizeof after, "%zu authorization%s valid", n, n == 1 ? "" : "s");
    return phase_end(&phase, rc, NULL, rc ? NULL : after);
}

int challenge_prove(struct prover *p, struct msg_authz *v, size_t n, struct err *err)
{
    size_t count = 0;
    struct proof *proofs = calloc(n ? n : 1, sizeof *proofs);
    if (!proofs)
        return err_set(err, ERR_FAIL, "challenges: out of memory");
    int rc = -1;
    if (prepare(p, v, n, proofs, &count, err))
        goto done;
    if (count == 0 || !proofs[0].authz || !proofs[0].at) { /* all are valid already */
        rc = 0;
        goto done;
    }
    if (make_visible(p, proofs, count, err) || validate(p, proofs, count, err))
        goto done;
    rc = 0;
done:
    free(proofs);
    return rc;
}
