/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

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

enum recovery recover_decide(const struct journal *j, const struct observed *o)
{
    const struct store_cert *cert = observed_by_sha256(o, j->sha256);
    bool usable = j->offload || (cert && cert->has_key);

    if (j->phase < JOURNAL_ARM)
        return RECOVER_UNDO_IMPORT;
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
    return err_set(err, ERR_STRANDED,
                   "%s: an earlier deploy ended halfway and cannot be settled: %s", s->conf->name,
                   cause);
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

int drive_recover(const struct deploy_env *env, const struct conf *conf,
                  const struct deploy_ports *ports, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct observed o = {0};
    struct err damage = {0};
    enum recovery what;
    int rc = -1;

    if (journal_load(&s.journal, ports->records, conf->name, &damage) != 0)
        return go_on_without(&s, &damage, err);
    if (!journal_unfinished(&s.journal))
        return 0;
    log_warn(env->log, "%s: an earlier deploy ended in phase \"%s\"; settling it", conf->name,
             journal_phase_name(s.journal.phase));
    if (session_observe_hard(&s, LOOK_ALL, &o, err) != 0) {
        stranded(&s, err);
        goto done;
    }
    session_remember(&s, &o);
    s.touched = s.journal.disturbed;
    what = recover_decide(&s.journal, &o);
    rc = settle(&s, what, err);
    if (rc == 0)
        log_info(env->log, "%s: settled: %s", conf->name, journal_phase_name(s.journal.phase));
done:
    observed_clear(&o);
    return rc;
}
