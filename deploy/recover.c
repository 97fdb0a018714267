/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <string.h>

bool recover_is_new(const struct journal *j, const struct observed *o)
{
    struct raw_value sha256 = raw_binary(j->sha256, SHA256_BYTES);
    struct raw_value sha1 = raw_binary(j->sha1, SHA1_BYTES);

    if (!raw_equal(&o->value[VALUE_SHA256], &sha256))
        return false;
    if (j->offload)
        return !o->value[VALUE_SHA1].present || raw_equal(&o->value[VALUE_SHA1], &sha1);
    return raw_equal(&o->value[VALUE_SHA1], &sha1) &&
           binding_shows(&o->binding[FAMILY_V4], j->sha1) &&
           (binding_shows(&o->binding[FAMILY_V6], j->sha1) || observed_without_v6(o));
}

bool recover_is_old(const struct journal *j, const struct observed *o)
{
    for (int i = 0; i < VALUE_WRITTEN; i++)
        if (!raw_equal(&o->value[i], &j->old_value[i]))
            return false;
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (!binding_equal(&o->binding[f], &j->old_binding[f]))
            return false;
    return true;
}

bool recover_serves_old(const struct journal *j, const struct observed *o)
{
    struct raw_value sha256 = raw_binary(j->old.sha256, SHA256_BYTES);
    const struct binding *v6 = &o->binding[FAMILY_V6];
    bool v4_alone = !v6->present && !j->old_binding[FAMILY_V6].present && observed_lacks_v6(o);

    if (!j->old.known)
        return recover_is_old(j, o);
    return raw_equal(&o->value[VALUE_SHA256], &sha256) &&
           (j->offload || (binding_shows(&o->binding[FAMILY_V4], j->old.sha1) &&
                           (v4_alone || binding_shows(v6, j->old.sha1)))) &&
           raw_number(&o->value[VALUE_FLAG], 0) == raw_number(&j->old_value[VALUE_FLAG], 0);
}

/* ---- a certificate of somebody else ---- */

static bool is_hash(const struct raw_value *v, uint32_t len)
{
    return v->present && v->type == NAME_REG_BINARY && v->len == len;
}

static bool knows_sha1(const struct journal *j, const uint8_t sha1[SHA1_BYTES])
{
    struct raw_value v = raw_binary(sha1, SHA1_BYTES);

    return memcmp(j->sha1, sha1, SHA1_BYTES) == 0 || raw_equal(&j->old_value[VALUE_SHA1], &v) ||
           binding_shows(&j->old_binding[FAMILY_V4], sha1) ||
           binding_shows(&j->old_binding[FAMILY_V6], sha1) ||
           (j->old.known && memcmp(j->old.sha1, sha1, SHA1_BYTES) == 0);
}

static bool knows_sha256(const struct journal *j, const uint8_t sha256[SHA256_BYTES])
{
    struct raw_value v = raw_binary(sha256, SHA256_BYTES);

    return memcmp(j->sha256, sha256, SHA256_BYTES) == 0 ||
           raw_equal(&j->old_value[VALUE_SHA256], &v) ||
           (j->old.known && memcmp(j->old.sha256, sha256, SHA256_BYTES) == 0);
}

/* Where nothing was bound a start of RRAS binds the first certificate that will do, and leaves the
 * flag at 0 (not documented): nobody has chosen that one. */
static bool may_be_the_choice_of_rras(const struct journal *j, const struct observed *o)
{
    return !j->old_binding[FAMILY_V4].present && !j->old_binding[FAMILY_V6].present &&
           raw_number(&o->value[VALUE_FLAG], 0) == 0;
}

/* Behind a balancer: the certificate need not be on this machine. */
static bool finds_other_hash(const struct journal *j, const struct observed *o, int64_t now)
{
    const struct raw_value *sha256 = &o->value[VALUE_SHA256], *sha1 = &o->value[VALUE_SHA1];
    const struct store_cert *cert;

    if (!is_hash(sha256, SHA256_BYTES) || knows_sha256(j, sha256->bytes))
        return false;
    if (sha1->present && (!is_hash(sha1, SHA1_BYTES) || knows_sha1(j, sha1->bytes)))
        return false;
    cert = observed_by_sha256(o, sha256->bytes);
    return !cert || (now >= cert->not_before && now < cert->not_after);
}

bool recover_finds_other(const struct journal *j, const struct observed *o, int64_t now,
                         uint8_t sha256[SHA256_BYTES])
{
    const struct store_cert *cert;

    if (j->offload == observed_https(o)) /* the mode is another one since */
        return false;
    if (j->offload) {
        if (!finds_other_hash(j, o, now))
            return false;
        memcpy(sha256, o->value[VALUE_SHA256].bytes, SHA256_BYTES);
        return true;
    }
    cert = plan_agreed(o);
    if (!cert || now < cert->not_before || now >= cert->not_after || knows_sha1(j, cert->sha1) ||
        knows_sha256(j, cert->sha256) || may_be_the_choice_of_rras(j, o))
        return false;
    memcpy(sha256, cert->sha256, SHA256_BYTES);
    return true;
}

/* From the wire; where RRAS was stopped before and is now, nothing can be seen and nobody is
 * served. */
static bool is_served(struct session *s, const struct observed *o,
                      const uint8_t sha256[SHA256_BYTES])
{
    const struct old_state *old = &s->journal.old;
    const struct service *rras = &o->service[SERVICE_REMOTEACCESS];
    /* Calls that never began, for whatever reason, say nothing about this certificate. */
    struct proof proof = {.sha256 = sha256, .calls = old->answers || old->health != OLD_HEALTHY};
    struct err e = {0};

    if (s->journal.running.n == 0 && rras->state == SERVICE_IS_STOPPED && !service_has_failed(rras))
        return true;
    if (prove_wire(s, &proof, &e) == 0)
        return true;
    log_warn(s->env->log,
             "%s: somebody put another certificate in place since, but it does not serve: %s",
             s->conf->name, e.text);
    return false;
}

/* The one thing that is told of it, before anything is swept. */
static void tell_of_other(const struct session *s, const struct observed *o,
                          const uint8_t sha256[SHA256_BYTES])
{
    const struct store_cert *cert = observed_by_sha256(o, sha256);
    char hex[2 * SHA256_BYTES + 1], flag[64], until[21] = "?";

    text_hex(sha256, SHA256_BYTES, hex);
    raw_text(&o->value[VALUE_FLAG], flag, sizeof flag);
    if (cert)
        text_time(cert->not_after, until);
    log_warn(s->env->log,
             "%s: somebody has put certificate %s (SHA-256; %s, until %s) in place since, neither "
             "the one of that deploy nor the one before it: hashes and bindings agree on it, so it "
             "is left as it is (" NAME_VALUE_FLAG " %s). To this and later runs it is a difference "
             "like any other: the configured certificate goes in place at once, or in the next "
             "window of deploy.window",
             s->conf->name, hex, cert ? cert->subject : "not on this machine", until, flag);
}

/* The flag stays at what it is, whoever set it: as everything agrees, RRAS starts with either
 * value, and 1 may be the mark of the person who chose this certificate. A service that we left
 * stopped is started. */
static void leave(struct session *s)
{
    struct err e = {0};

    if (s->journal.disturbed && restart_missing(s, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    err_clear(&e);
    rollback_tidy_up(s);
    s->journal.disturbed = false;
    if (session_phase(s, JOURNAL_ROLLED_BACK, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
}

/* ---- what it comes to ---- */

enum recovery recover_decide(const struct journal *j, const struct observed *o, bool other_serves)
{
    const struct store_cert *cert = observed_by_sha256(o, j->sha256);
    bool usable = j->offload || (cert && cert->has_key);

    if (j->phase < JOURNAL_ARM)
        return RECOVER_UNDO_IMPORT;
    if (other_serves)
        return RECOVER_LEAVE;
    if (usable && recover_is_new(j, o))
        return j->phase == JOURNAL_COMMIT ? RECOVER_COMMIT : RECOVER_FINISH;
    if (rollback_worthwhile(j) || !usable)
        return RECOVER_BACK;
    return RECOVER_FORWARD;
}

static int stranded(struct session *s, struct err *err)
{
    char cause[sizeof err->text];

    text_copy(cause, sizeof cause, err->text);
    err_clear(err);
    return err_set(
        err, ERR_STRANDED,
        "%s: an earlier deploy ended halfway and cannot be settled, each run tries again: %s",
        s->conf->name, cause);
}

/* 0 when the machine is in a proven state, whichever. */
static int settle(struct session *s, enum recovery what, struct err *err)
{
    struct err e = {0};

    err_set(&e, ERR_FAIL, "an earlier deploy ended in phase \"%s\"",
            journal_phase_name(s->journal.phase));
    switch (what) {
    case RECOVER_UNDO_IMPORT:
        rollback_unchanged(s, &e);
        return 0;
    case RECOVER_COMMIT:
        return drive_commit(s, err);
    case RECOVER_LEAVE:
        leave(s);
        return 0;
    case RECOVER_FINISH:
        err_clear(&e);
        if (drive_finish(s, s->journal.phase != JOURNAL_PROVE, &e) == 0)
            return 0;
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
        break;
    case RECOVER_FORWARD:
    case RECOVER_BACK:
        break;
    }
    if (what == RECOVER_FORWARD || (what == RECOVER_FINISH && !rollback_worthwhile(&s->journal))) {
        if (rollback_forward(s, &e) == 0)
            return 0;
    } else {
        rollback_run(s, &e);
        if (s->journal.phase == JOURNAL_ROLLED_BACK)
            return 0;
    }
    *err = e;
    return -1;
}

/* A damaged journal tells neither what was there before nor what ran. As long as the service runs,
 * nobody needs to know: what was left halfway is seen by a look, and put right like any other
 * difference. That it does not run may be our doing, and then a person has to look. */
static int go_on_without(struct session *s, const struct err *damage, struct err *err)
{
    const struct target *t = s->ports->target;
    const char *service = s->conf->deploy.restart.service;
    struct journal empty = {.port = s->conf->deploy.port};
    struct service now = {0};
    struct err ignored = {0};

    if (damage->code != ERR_FAIL || t->service_query(t->self, service, &now, &ignored) != 0 ||
        now.state != SERVICE_IS_RUNNING) {
        *err = *damage;
        return err_hint(err, "look at what the machine serves, then move the journal away");
    }
    text_copy(empty.name, sizeof empty.name, s->conf->name);
    text_copy(empty.service, sizeof empty.service, service);
    if (journal_set_aside(s->ports->records, &empty, err) != 0)
        return -1;
    log_warn(s->env->log,
             "%s: %s; kept as .damaged. %s runs: going on without it; certificates of earlier "
             "deploys stay in LocalMachine\\MY",
             s->conf->name, damage->text, service);
    return 0;
}

/* The listener may hold what is not the old certificate's though no restart of ours was begun: RRAS
 * was started since, on something else. */
static bool may_hold_another(const struct journal *j, const struct observed *o)
{
    return o->listener.seen.ok && o->listener.started_at_ms > j->started_at * 1000 &&
           !recover_serves_old(j, o);
}

/* What ended halfway, and the facts. The journal of the session is unfinished. */
static int recover(struct session *s, struct observed *o, struct err *err)
{
    uint8_t other[SHA256_BYTES];
    bool found, serves;
    enum recovery what;
    struct err ignored = {0};

    /* RRAS writes hashes and bindings while it starts. One that never gets there is dealt with by
     * what comes after. */
    (void)!restart_await(s, s->journal.service, &ignored);
    if (session_observe_hard(s, LOOK_ALL, o, err) != 0)
        return stranded(s, err);
    session_remember(s, o);
    found = s->journal.phase >= JOURNAL_ARM &&
            recover_finds_other(&s->journal, o, clock_now(s->env->clock), other);
    serves = found && is_served(s, o, other);
    s->touched = s->journal.disturbed || found || may_hold_another(&s->journal, o);
    what = recover_decide(&s->journal, o, serves);
    if (what == RECOVER_LEAVE)
        tell_of_other(s, o, other);
    if (settle(s, what, err) != 0)
        return -1;
    log_info(s->env->log, "%s: settled: %s", s->conf->name,
             what == RECOVER_LEAVE ? "left as found" : journal_phase_name(s->journal.phase));
    return 0;
}

int drive_recover(const struct deploy_env *env, const struct conf *conf,
                  const struct deploy_ports *ports, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct observed o = {0};
    struct err damage = {0};
    int rc;

    if (journal_load(&s.journal, ports->records, conf->name, &damage) != 0)
        return go_on_without(&s, &damage, err);
    if (!journal_unfinished(&s.journal))
        return 0;
    log_warn(env->log, "%s: an earlier deploy ended in phase \"%s\"; settling it", conf->name,
             journal_phase_name(s.journal.phase));
    rc = recover(&s, &o, err);
    observed_clear(&o);
    return rc;
}
