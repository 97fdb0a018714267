/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { RESTORE_ROUNDS = 3, RESTORE_PAUSE_MS = 300, MAX_COMMAND_BYTES = 2048 };

bool rollback_worthwhile(const struct journal *j)
{
    return j->old.health != OLD_BROKEN && !j->old.expired;
}

/* The outcome takes the cause's place but keeps its text and number. */
static void conclude(struct err *cause, enum err_code code, const char *what)
{
    struct err out = {0};

    err_set(&out, code, "%.*s; %s", (int)(sizeof out.text / 2), cause->text, what);
    out.source = cause->source;
    out.number = cause->number;
    if (cause->hint[0])
        err_hint(&out, "%s", cause->hint);
    *cause = out;
}

/* It takes no command while it is on its way up or down; only the machine's restart ends that. */
static bool hangs(const struct session *s)
{
    const struct target *t = s->ports->target;
    struct service now = {0};
    struct err ignored = {0};

    return t->service_query(t->self, s->journal.service, &now, &ignored) == 0 &&
           (now.state == SERVICE_IS_STARTING || now.state == SERVICE_IS_STOPPING);
}

static void strand(struct session *s, struct err *cause, const char *what, bool to_old)
{
    struct buf commands = BUF_INIT(MAX_COMMAND_BYTES);
    struct observed o = {0};
    struct err ignored = {0};
    char first[120] = "";
    bool seen = session_observe(s, LOOK_SETTING, &o, &ignored) == 0;

    manual_commands(&s->journal, to_old, seen ? &o : NULL, &commands);
    observed_clear(&o);
    conclude(cause, ERR_STRANDED, what);
    cause->hint[0] = '\0'; /* what to type comes before why */
    if (hangs(s))
        text_copy(first, sizeof first,
                  "the service hangs: where net stop is refused (2189), restart the server, then "
                  "rras-acme run; ");
    err_hint(cause, "%sby hand, in an elevated cmd: %s", first, buf_str(&commands));
    log_error(s->env->log, "%s: act now; %sby hand, in an elevated cmd: %s", s->conf->name, first,
              buf_str(&commands));
    buf_clear(&commands);
}

/* From here on a journal that cannot be written must not keep us from mending the machine. */
static void note_phase(struct session *s, enum journal_phase phase)
{
    struct err e = {0};

    if (session_phase(s, phase, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
}

/* ---- back ---- */

static int restore_value(struct session *s, const struct observed *o, enum value_id id,
                         struct err *err)
{
    const struct target *t = s->ports->target;
    const struct raw_value *old = &s->journal.old_value[id];

    return raw_equal(&o->value[id], old) ? 0 : t->set_value(t->self, id, old, err);
}

static int restore_binding(struct session *s, const struct observed *o, enum family f,
                           struct err *err)
{
    const struct target *t = s->ports->target;
    const struct binding *old = &s->journal.old_binding[f];

    if (binding_equal(&o->binding[f], old))
        return 0;
    return t->set_binding(t->self, f, s->journal.port, old, err);
}

/* Each crash in between must leave what RRAS can start with: the hash that the flag makes the
 * authority has to be a good one for as long as the bindings may differ. */
static int restore_once(struct session *s, const struct observed *o, struct err *err)
{
    bool old_hash_is_good = s->journal.old.health != OLD_BROKEN;

    if (old_hash_is_good &&
        (restore_value(s, o, VALUE_SHA256, err) != 0 || restore_value(s, o, VALUE_SHA1, err) != 0))
        return -1;
    if (restore_binding(s, o, FAMILY_V4, err) != 0 || restore_binding(s, o, FAMILY_V6, err) != 0 ||
        restore_value(s, o, VALUE_FLAG, err) != 0)
        return -1;
    if (!old_hash_is_good &&
        (restore_value(s, o, VALUE_SHA256, err) != 0 || restore_value(s, o, VALUE_SHA1, err) != 0))
        return -1;
    return 0;
}

/* RRAS does not start on another program's records while they differ from each other or the hash:
 * it had better not try meanwhile. A stop that fails is no reason to leave them as they are. */
static void hold_still(struct session *s)
{
    struct err e = {0};

    if (!journal_has_foreign(&s->journal) || s->journal.running.n == 0)
        return;
    if (!s->journal.disturbed) {
        s->journal.disturbed = true;
        note_phase(s, JOURNAL_ROLLBACK);
    }
    if (restart_stop(s, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
}

static int restore(struct session *s, struct err *err)
{
    struct err e = {0};

    for (int round = 0; round <= RESTORE_ROUNDS; round++) {
        struct observed o = {0};
        bool back = false;
        struct err seen = {0};
        if (session_observe_hard(s, LOOK_SETTING, &o, &seen) == 0)
            back = recover_is_old(&s->journal, &o);
        if (!back && !err_is_set(&seen) && round < RESTORE_ROUNDS) {
            err_clear(&e);
            hold_still(s);
            restore_once(s, &o, &e);
        }
        observed_clear(&o);
        if (back)
            return 0;
        if (err_is_set(&seen) && !err_is_set(&e))
            e = seen;
        session_wait(s, RESTORE_PAUSE_MS);
    }
    if (!err_is_set(&e))
        err_set(&e, ERR_FAIL, "hashes and bindings: they do not stay as they are put back");
    *err = e;
    return -1;
}

/* A listener that was restarted holds the new hash: only another restart makes it read again. */
static int revive(struct session *s, struct err *err)
{
    if (!s->touched)
        return restart_missing(s, err);
    if (restart_services(s, err) == 0)
        return 0;
    /* Whatever went wrong may have passed by now: a second limit, then it is over. */
    log_warn(s->env->log, "%s: %s; once more", s->conf->name, err->text);
    err_clear(err);
    return restart_services(s, err);
}

/* What did not serve before cannot be asked to serve now: as far as it goes. */
static bool revive_broken(struct session *s)
{
    struct err e = {0};

    if (s->journal.old.health != OLD_BROKEN)
        return false;
    if (revive(s, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    return true;
}

static int prove_old(struct session *s, struct err *err)
{
    struct proof proof = {.sha256 = s->journal.old.sha256, .calls = s->journal.old.answers};
    struct observed o = {0};
    int rc = -1;

    if (s->journal.old.health == OLD_HEALTHY && prove_wire(s, &proof, err) != 0)
        return -1;
    if (session_observe_hard(s, LOOK_SETTING, &o, err) != 0)
        goto done;
    if (!recover_serves_old(&s->journal, &o)) {
        err_set(err, ERR_FAIL, "hashes and bindings: RRAS changed what was put back");
        goto done;
    }
    rc = 0;
done:
    observed_clear(&o);
    return rc;
}

static int prove_old_hard(struct session *s, struct err *err)
{
    struct err e = {0};

    if (prove_old(s, &e) != 0 && escalate(s, &e)) {
        err_clear(&e);
        (void)!prove_old(s, &e);
    }
    if (!err_is_set(&e))
        return 0;
    *err = e;
    return -1;
}

/* Somebody may have found it in the store and put it to use. Not known = it may be. */
static bool import_is_used(struct session *s, struct err *err)
{
    struct observed o = {0};
    bool used = true;

    if (!s->journal.import_ours || s->journal.offload)
        return false;
    if (session_observe_hard(s, LOOK_VALUES | LOOK_RECORDS, &o, err) == 0) {
        used = cleanup_is_named(&o, s->journal.sha1, s->journal.sha256);
        if (used)
            err_set(err, ERR_FAIL, "the certificate of the deploy is in use");
    }
    observed_clear(&o);
    return used;
}

void rollback_tidy_up(struct session *s)
{
    struct err e = {0};

    if (s->journal.trial_port != 0 && act_drop_trial(s, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    err_clear(&e);
    if (!import_is_used(s, &e) && act_undo_import(s, &e) == 0)
        return;
    log_warn(s->env->log, "%s: %s; it stays in LocalMachine\\MY", s->conf->name, e.text);
    if (s->journal.import_ours)
        journal_note_import(&s->journal, clock_now(s->env->clock)); /* so that it can go later */
}

static void describe_back(const struct session *s, char *out, size_t size)
{
    char sha1[2 * SHA1_BYTES + 1];

    text_hex(s->journal.old.sha1, SHA1_BYTES, sha1);
    if (s->journal.old.health == OLD_HEALTHY)
        snprintf(out, size, "rolled back: certificate %s serves, proven from the wire", sha1);
    else if (s->journal.old.health == OLD_STOPPED)
        snprintf(out, size, "everything was put back; %s was stopped and still is",
                 s->journal.service);
    else
        snprintf(out, size, "everything was put back, as broken as it was before (%.80s)",
                 s->journal.old.why);
}

void rollback_run(struct session *s, struct err *cause)
{
    struct step_mark step = session_step(s, "rollback");
    struct err e = {0};
    char what[sizeof e.text];
    bool back;

    log_warn(s->env->log, "%s: rolling back: %s", s->conf->name, cause->text);
    note_phase(s, JOURNAL_ROLLBACK);
    back = restore(s, &e) == 0 &&
           (revive_broken(s) || (revive(s, &e) == 0 && prove_old_hard(s, &e) == 0));
    if (back) {
        s->journal.disturbed = s->touched = false;
        rollback_tidy_up(s);
        note_phase(s, JOURNAL_ROLLED_BACK);
        describe_back(s, what, sizeof what);
        conclude(cause, s->journal.old.health == OLD_BROKEN ? ERR_STRANDED : ERR_ROLLED_BACK, what);
    } else {
        snprintf(what, sizeof what, "the rollback failed, each run tries it again: %.600s", e.text);
        strand(s, cause, what, true);
    }
    session_step_end(s, &step, back, "", "");
}

void rollback_nothing(struct err *cause)
{
    conclude(cause, ERR_ROLLED_BACK, "nothing was changed");
}

void rollback_unchanged(struct session *s, struct err *cause)
{
    if (s->journal.phase >= JOURNAL_IMPORT)
        rollback_tidy_up(s);
    note_phase(s, JOURNAL_ROLLED_BACK);
    rollback_nothing(cause);
}

/* ---- forward ---- */

/* All that still differs, as far as it can be done. */
static void push(struct session *s)
{
    struct observed o = {0};
    struct wire_view nothing_seen = {.n = 0};
    struct wanted w = {.port = s->journal.port, .service = s->journal.service};
    struct plan plan;
    struct err e = {0};

    w.binding = s->journal.takeover ? CONF_BINDING_TAKEOVER : CONF_BINDING_SHARE;
    memcpy(w.sha1, s->journal.sha1, SHA1_BYTES);
    memcpy(w.sha256, s->journal.sha256, SHA256_BYTES);
    if (session_observe_hard(s, LOOK_ALL, &o, &e) == 0) {
        plan_make(&plan, &o, &nothing_seen, &w);
        if (act_values(s, &plan, &e) != 0)
            log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
        err_clear(&e);
        if (act_bindings(s, &plan, &e) != 0)
            log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    }
    observed_clear(&o);
}

int rollback_forward(struct session *s, struct err *cause)
{
    struct err e = {0};
    char what[sizeof e.text];
    const char *why = s->journal.old.expired ? "its certificate has expired" : s->journal.old.why;

    log_warn(s->env->log, "%s: %s; there is nothing to go back to (%s): going on", s->conf->name,
             cause->text, why);
    hold_still(s);
    push(s);
    push(s); /* a second time for what only failed once; nothing to do otherwise */
    if (drive_finish(s, true, &e) == 0)
        return 0;
    snprintf(what, sizeof what,
             "not put back, as there is nothing to go back to (%.150s); the new certificate stays, "
             "each run tries again to put it in place: %.300s",
             why, e.text);
    strand(s, cause, what, false);
    return -1;
}
