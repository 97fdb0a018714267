/* SPDX-License-Identifier: Apache-2.0 */
/* issue_begin.c - up to a placed order: delegation, profile, account, what an earlier run left. */
#include "issue_int.h"

#include "caa.h"
#include "phase.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { JUST_PLACED_S = 60 }; /* so long a CA's replicas may not know an order yet */

/* ---- before an order ---- */

int issue_delegation(struct issue *s, struct err *err)
{
    struct phase phase = phase_begin(s->env, "delegation");
    const struct delegation *d = NULL;
    char after[800] = "";
    int rc = conf_publishes(s->conf) ? txt_open(&s->txt, err) : 0; /* builtin: we are asked, too */
    for (size_t i = 0; i < s->conf->names.n && rc == 0; i++)
        rc = delegated_find(&s->delegated, s->conf->names.v[i], &d, err);
    if (s->delegated.n > 0) {
        d = s->delegated.v[0];
        snprintf(after, sizeof after, "%s -> %s (zone %s)%s", d->challenge, d->target, d->zone,
                 s->delegated.n > 1 ? ", ..." : "");
    }
    return phase_end(&phase, rc, NULL, after);
}

/* The profile to ask for. "classic" where nothing is configured: it has a Subject, which some
 * Windows roles (DirectAccess IP-HTTPS) insist on, and a CA's own default may change. */
int issue_profile(struct issue *s, struct err *err)
{
    static const char usual[] = "classic";
    const struct msg_directory *d = NULL;
    const char *wanted = s->conf->acme.profile;
    struct buf offered = BUF_INIT(16 * 1024);
    if (client_directory(s->client, &d, err))
        return -1;
    s->profile = NULL;
    if (!wanted && !msg_directory_has_profile(d, usual))
        return 0;
    if (!wanted || msg_directory_has_profile(d, wanted)) {
        s->profile = wanted ? wanted : usual;
        return 0;
    }
    for (size_t i = 0; i < d->profile_count; i++)
        buf_addf(&offered, "%s%s", i ? ", " : "", d->profile[i].name);
    err_set(err, ERR_USAGE, "acme.profile: the CA does not offer \"%s\"; it offers %s", wanted,
            d->profile_count ? buf_str(&offered) : "no profiles");
    buf_clear(&offered);
    return -1;
}

int issue_account(struct issue *s, struct err *err)
{
    struct phase phase = phase_begin(s->env, "account");
    /* Whoever comes first registers; the others find the account then. */
    os_mutex_lock(shared_account(s->env->shared));
    int rc = account_ensure(s->client, s->conf, &s->account, err);
    os_mutex_unlock(shared_account(s->env->shared));
    if (rc == 0)
        delegated_for_account(&s->delegated, s->account.url);
    return phase_end(&phase, rc, NULL, s->account.url);
}

/* Refuses early what the CA would refuse at the end, with the record that stops it. */
static int issue_caa(struct issue *s, struct err *err)
{
    struct phase phase = phase_begin(s->env, "caa");
    const struct msg_directory *d = NULL;
    int rc = client_directory(s->client, &d, err);
    for (size_t i = 0; i < s->conf->names.n && rc == 0; i++) {
        struct caa_wanted w = {s->conf->names.v[i], &d->caa_identities, s->account.url,
                               challenge_type(s->conf)};
        rc = caa_preflight(s->task->dns, &s->delegated.env, &w, err);
    }
    return phase_end(&phase, rc, NULL, NULL);
}

static struct resume_for wanted(const struct issue *s)
{
    return (struct resume_for){client_directory_url(s->client), s->account.url, s->profile,
                               clock_now(s->env->clock)};
}

/* ---- placing ---- */

static int register_again(struct issue *s, struct err *err)
{
    log_warn(s->env->log, "the CA does not know account %s (any more); registering its key again",
             s->account.url);
    os_mutex_lock(shared_account(s->env->shared));
    int rc = account_register_again(s->client, s->conf, &s->account, err);
    os_mutex_unlock(shared_account(s->env->shared));
    if (rc)
        return -1;
    delegated_for_account(&s->delegated, s->account.url);
    return s->delegated.n == 0 ? issue_delegation(s, err) : 0;
}

/* Refusals that `replaces` may have caused. Servers are of many minds here: alreadyReplaced,
 * malformed, serverInternal, unauthorized have all been seen. */
static bool may_be_replaces(const struct err *e)
{
    switch (problem_reaction(e->problem, (int)e->number)) {
    case REACT_WITHOUT_REPLACES:
    case REACT_REFUSED:
    case REACT_SERVER:
        return e->source == ERR_SRC_HTTP && e->code != ERR_POSTPONED;
    default:
        return false;
    }
}

static const char *replaces_id(struct issue *s, const struct msg_directory *d)
{
    const struct cert_info *old = s->task->replaces;
    return old && old->ari_id[0] && d->renewal_info ? old->ari_id : NULL;
}

static int place_any_way(struct issue *s, char **url, struct err *err)
{
    const struct msg_directory *d = NULL;
    struct err e = {0};
    if (client_directory(s->client, &d, err))
        return -1;
    struct order_wish wish = {&s->conf->names, s->profile, replaces_id(s, d)};
    if (wish.replaces) {
        if (order_place(s->client, &wish, &s->order, url, &e) == 0)
            return 0;
        if (!may_be_replaces(&e)) {
            *err = e;
            return -1;
        }
        log_info(s->env->log, "%s; ordering without \"replaces\"", e.text);
        wish.replaces = NULL;
    }
    return order_place(s->client, &wish, &s->order, url, err);
}

static int make_record(struct issue *s, struct err *err)
{
    struct resume_for want = wanted(s);
    struct resume_place at = {s->env->store, s->env->keys};
    struct key *key = NULL;
    if (s->conf->key != CONF_KEY_MACHINE &&
        key_ahead_take(&s->key_ahead, (enum key_type)s->conf->key, &key, err))
        return -1;
    return resume_make(&at, s->conf, &want, key, &s->record, err);
}

static int place(struct issue *s, struct err *err)
{
    char *url = NULL;
    struct err e = {0};
    const struct acme_budget *budget = s->env->budget;
    if (budget && budget->may_order(budget->user, err))
        return -1;
    if (!s->record.key && make_record(s, err))
        return -1;
    if (place_any_way(s, &url, &e)) {
        if (problem_reaction(e.problem, 0) != REACT_REGISTER) {
            *err = e;
            return -1;
        }
        if (register_again(s, err) || place_any_way(s, &url, err))
            return -1;
        free(s->record.account);
        s->record.account = NULL;
        if (text_dup(&s->record.account, s->account.url, err)) {
            free(url);
            return -1;
        }
    }
    s->record.order_url = url;
    if (budget)
        budget->ordered(budget->user);
    return resume_save(s->env->store, s->conf->name, &s->record, err);
}

/* ---- finding what an earlier run left ---- */

/* No order to go on with came back. A refusal says that it is gone, not ours any more, or of an
 * account that the CA has lost; without one it is waited for, but not for ever: a CA may move its
 * orders away, or keep of old ones what cannot be read. */
static bool is_lost_for_good(const struct issue *s, const struct err *e)
{
    int64_t age_s = issue_age_s(s);
    bool answered = e->source == ERR_SRC_HTTP;
    if (e->code == ERR_CA && answered && e->number < 500)
        return true;
    if (e->code == ERR_CA && !answered)
        return age_s > ISSUE_DOUBTFUL_S;
    return (e->code == ERR_CA || e->code == ERR_NET) && age_s > ISSUE_SILENT_S;
}

/* True when the saved order will not do; its fate is told in `why`. */
static bool is_dead(struct issue *s, const struct err *e, char *why, size_t size)
{
    struct order_seen seen = {&s->order, NULL, 0, false};
    struct err names = {0};
    if (err_is_set(e)) {
        text_copy(why, size, e->text);
        return is_lost_for_good(s, e);
    }
    if (order_check_names(&s->order, &s->conf->names, &names)) {
        text_copy(why, size, names.text);
        return true;
    }
    text_copy(why, size, s->order.status_text);
    return order_next(&seen) == ORDER_FAILED;
}

/* Sets s->resumed if there is an order to go on with. */
static int take_up(struct issue *s, struct err *err)
{
    char why[200];
    struct err e = {0};
    struct resume_for want = wanted(s);
    if (!s->record.key)
        return 0;
    if (!resume_fits(&s->record, s->conf, &want))
        return issue_forget(s, "names, key type, directory, profile or account have changed", err);
    /* RFC 8555 11.1: of our making it cannot be, but the folder may have been in other hands. */
    if (key_same_public(s->record.key, s->account.key))
        return issue_forget(s, "its key is the account's", err);
    if (resume_is_delivered(s->env->store, s->conf->name, &s->record))
        return issue_forget(s, "its certificate is here already", err);
    if (!s->record.order_url)
        return 0; /* key and CSR will do */
    bool just_placed = issue_age_s(s) < JUST_PLACED_S;
    (void)!order_fetch(s->client, s->record.order_url, just_placed, &s->order, &e);
    if (is_dead(s, &e, why, sizeof why))
        return issue_forget(s, why, err);
    if (err_is_set(&e)) {
        *err = e;
        return -1;
    }
    s->resumed = true;
    return 0;
}

int issue_order(struct issue *s, struct err *err)
{
    if (take_up(s, err))
        return -1;
    if (!s->resumed && s->delegated.n == 0 && issue_delegation(s, err))
        return -1;
    if (!s->resumed && issue_caa(s, err))
        return -1;
    struct phase phase = phase_begin(s->env, "order");
    int rc = s->resumed ? 0 : place(s, err);
    return phase_end(&phase, rc, s->resumed ? "resumed" : NULL, s->record.order_url);
}
