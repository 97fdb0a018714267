/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static int check_limits(const struct conf *conf, struct err *err)
{
    if (conf->deploy.port < 1 || conf->deploy.port > 65535)
        return err_set(err, ERR_USAGE, "deploy.port %d: not a port", conf->deploy.port);
    if (strlen(conf->deploy.restart.service) >= SERVICE_NAME_CHARS)
        return err_set(err, ERR_USAGE, "deploy.restart.service: too long");
    return 0;
}

/* ---- observe and plan ---- */

/* With the hash of a certificate that the balancer does not serve every call would fail: two
 * restarts to find that out can be saved. */
static int check_balancer(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES],
                          struct err *err)
{
    char trouble[160];

    view_balancer_trouble(v, sha256, trouble, sizeof trouble);
    if (!trouble[0])
        return 0;
    err_set(err, ERR_FAIL, "%s instead of the one to deploy", trouble);
    return err_hint(err, "put the certificate on the balancer first; the hash follows at the next "
                         "run");
}

int drive_situation(struct session *s, const struct bundle *b, struct situation *out,
                    struct err *err)
{
    const char *service = s->conf->deploy.restart.service;
    struct wanted w = {.port = s->conf->deploy.port, .service = service};

    s->journal.port = w.port;
    s->journal.offload = s->conf->deploy.mode == CONF_OFFLOAD;
    if (check_limits(s->conf, err) != 0 || session_observe(s, LOOK_ALL, &out->observed, err) != 0 ||
        plan_check_host(&out->observed, s->conf, &b->leaf, err) != 0 ||
        restart_list(s, service, &out->running, err) != 0 ||
        session_recall(s, &out->observed, &w.stale, err) != 0)
        return -1;
    session_remember(s, &out->observed);
    prove_look(s, &out->view, true);
    w.stale = w.stale || s->env->restart;
    w.running = out->running.n > 0;
    w.failed = service_has_failed(&out->observed.service[SERVICE_REMOTEACCESS]);
    w.now = clock_now(s->env->clock);
    w.binding = s->conf->deploy.binding;
    memcpy(w.sha1, b->leaf.sha1, SHA1_BYTES);
    memcpy(w.sha256, b->leaf.sha256, SHA256_BYTES);
    plan_make(&out->plan, &out->observed, &out->view, &w);
    return s->journal.offload ? check_balancer(&out->view, w.sha256, err) : 0;
}

/* ---- snapshot ---- */

/* Of a key that the import makes: by it what a dead import left behind is found. A key that was in
 * its container before must not be found so, and stays. */
static int take_public_key(struct journal *j, const struct bundle *b, struct err *err)
{
    struct buf spki = BUF_INIT(PUBLIC_KEY_MAX_BYTES);
    int rc;

    /* Nothing to sweep: it is in the store already and none of our making, or in a container that
     * is looked after elsewhere. */
    if (!b->key || key_container(b->key))
        return 0;
    rc = key_spki(b->key, &spki, err);
    if (rc == 0) {
        memcpy(j->public_key.der, spki.p, spki.len);
        j->public_key.len = spki.len;
    }
    buf_clear(&spki);
    return rc;
}

/* A root is not sent. */
static int take_issuer(struct journal *j, const struct bundle *b, struct err *err)
{
    struct cert_info issuer = {0};

    if (b->chain.count < 2)
        return 0;
    if (cert_info_read(&issuer, b->chain.cert[1].der, b->chain.cert[1].len, err) != 0)
        return -1;
    j->has_issuer = !issuer.self_signed;
    cert_info_clear(&issuer);
    return 0;
}

static int begin_journal(struct session *s, const struct bundle *b, const struct situation *now,
                         struct err *err)
{
    struct step_mark step = session_step(s, "snapshot");
    struct journal *j = &s->journal;
    struct journal last = {0};
    int rc = -1;

    if (journal_load(&last, s->ports->records, s->conf->name, err) != 0)
        goto done;
    memset(j, 0, sizeof *j);
    text_copy(j->name, sizeof j->name, s->conf->name);
    text_copy(j->service, sizeof j->service, s->conf->deploy.restart.service);
    j->started_at = clock_now(s->env->clock);
    j->port = s->conf->deploy.port;
    j->old = now->plan.old;
    memcpy(j->old_value, now->observed.value, sizeof j->old_value);
    memcpy(j->old_binding, now->observed.binding, sizeof j->old_binding);
    j->offload = s->conf->deploy.mode == CONF_OFFLOAD;
    j->takeover = s->conf->deploy.binding == CONF_BINDING_TAKEOVER;
    j->v6_refused = last.v6_refused;
    j->running = now->running;
    memcpy(j->sha1, b->leaf.sha1, SHA1_BYTES);
    memcpy(j->sha256, b->leaf.sha256, SHA256_BYTES);
    if (!j->offload && (take_public_key(j, b, err) != 0 || take_issuer(j, b, err) != 0))
        goto done;
    /* One that was there before, even without its key, is not ours to remove. */
    j->import_ours =
        plan_has(&now->plan, PLAN_IMPORT) && !observed_by_sha256(&now->observed, b->leaf.sha256);
    memcpy(j->import, last.import, sizeof j->import);
    j->import_count = last.import_count;
    rc = session_phase(s, JOURNAL_SNAPSHOT, err);
done:
    session_step_end(s, &step, rc == 0, "", "");
    return rc;
}

/* ---- act ---- */

static int stage(struct session *s, const struct bundle *b, const struct plan *plan,
                 struct err *err)
{
    if (plan_has(plan, PLAN_IMPORT) && !b->key)
        return err_set(err, ERR_FAIL, "LocalMachine\\MY: the certificate or its key is gone");
    if (plan_has(plan, PLAN_IMPORT) && act_import(s, b, err) != 0)
        return -1;
    if (!s->journal.offload && act_prove_key(s, err) != 0)
        return -1;
    if (session_phase(s, JOURNAL_READY, err) != 0)
        return -1;
    if (plan_has(plan, PLAN_BINDING) && act_try_binding(s, err) != 0)
        return -1;
    if (s->env->interrupted && s->env->interrupted())
        return err_set(err, ERR_ROLLED_BACK, "%s: interrupted", s->conf->name);
    return 0;
}

static int stop_step(struct session *s, const struct plan *plan, struct err *err)
{
    char name[SERVICE_NAME_CHARS + 16];
    struct step_mark step;
    int rc;

    if (!plan_has(plan, PLAN_STOP))
        return 0;
    snprintf(name, sizeof name, "stop %s", s->journal.service);
    step = session_step(s, name);
    rc = restart_stop(s, err);
    session_step_end(s, &step, rc == 0, "running", rc == 0 ? "stopped" : "");
    return rc;
}

static int act(struct session *s, const struct plan *plan, struct err *err)
{
    if (plan_has(plan, PLAN_STOP))
        s->journal.disturbed = true; /* once begun, a death may come at any point */
    if (session_phase(s, JOURNAL_ARM, err) != 0 || stop_step(s, plan, err) != 0 ||
        act_values(s, plan, err) != 0 || session_phase(s, JOURNAL_BIND, err) != 0 ||
        act_bindings(s, plan, err) != 0)
        return -1;
    return drive_finish(s, plan_has(plan, PLAN_RESTART), err);
}

static int restart_step(struct session *s, struct err *err)
{
    char name[SERVICE_NAME_CHARS + 16];
    struct step_mark step;
    int rc;

    snprintf(name, sizeof name, "restart %s", s->journal.service);
    step = session_step(s, name);
    s->journal.disturbed = true; /* once begun, a death may come at any point */
    rc = session_phase(s, JOURNAL_RESTART, err);
    if (rc == 0) {
        s->changed = true;
        events_begin(s);
        rc = restart_services(s, err);
        if (rc != 0)
            events_explain(s, err);
    }
    session_step_end(s, &step, rc == 0, "running", rc == 0 ? "running" : "");
    return rc;
}

static int prove_step(struct session *s, struct err *err)
{
    struct proof proof = {
        .sha256 = s->journal.sha256, .calls = true, .issuer = s->journal.has_issuer};
    struct step_mark step = session_step(s, "prove");
    struct err e = {0};
    char leaf[2 * SHA256_BYTES + 1];
    int rc;

    if (session_phase(s, JOURNAL_PROVE, &e) != 0) /* at worst the next run restarts once more */
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    rc = prove_wire(s, &proof, err);
    if (rc == 0)
        rc = prove_account(s, err);
    if (rc == 0)
        rc = prove_records(s, err);
    if (rc != 0)
        events_explain(s, err);
    else
        rc = events_prove(s, err);
    s->proven = rc == 0;
    text_hex(s->journal.sha256, SHA256_BYTES, leaf);
    session_step_end(s, &step, rc == 0, "", rc == 0 ? leaf : "");
    return rc;
}

int drive_finish(struct session *s, bool restart, struct err *err)
{
    struct err e = {0};

    if (s->journal.running.n == 0) {
        if (prove_records(s, err) != 0)
            return -1;
        log_warn(s->env->log,
                 "%s: %s is stopped and stays so: in place, but not proven from the wire",
                 s->conf->name, s->journal.service);
        return drive_commit(s, err);
    }
    if (restart ? restart_step(s, err) != 0 : restart_missing(s, err) != 0)
        return -1;
    if (prove_step(s, &e) != 0 && escalate(s, &e)) {
        err_clear(&e);
        (void)!prove_step(s, &e);
    }
    if (err_is_set(&e)) {
        *err = e;
        return -1;
    }
    return drive_commit(s, err);
}

/* What was written last has been read by the listener that was proven; the flag, which may come
 * after, is nothing that it reads. */
static void note_write(struct session *s)
{
    struct observed o = {0};
    struct err ignored = {0};

    s->journal.proven_write_ms = 0;
    if (s->proven && session_observe(s, LOOK_LISTENER, &o, &ignored) == 0 && o.listener.seen.ok)
        s->journal.proven_write_ms = o.listener.written_at_ms;
    observed_clear(&o);
}

/* It serves and is proven: nothing that fails here undoes that. */
int drive_commit(struct session *s, struct err *err)
{
    struct err e = {0};

    (void)err;
    if (session_phase(s, JOURNAL_COMMIT, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    err_clear(&e);
    if (act_restore_flag(s, &e) != 0)
        log_warn(s->env->log, "%s: %s; the flag stays raised, which does no harm", s->conf->name,
                 e.text);
    err_clear(&e);
    s->journal.disturbed = false;
    note_write(s);
    if (s->journal.import_ours)
        journal_note_import(&s->journal, clock_now(s->env->clock));
    if (session_phase(s, JOURNAL_COMMITTED, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    if (s->proven)
        cleanup_run(s);
    return 0;
}

/* ---- run ---- */

static int settle_failure(struct session *s, struct err *err)
{
    if (s->journal.phase < JOURNAL_ARM)
        rollback_unchanged(s, err);
    else if (rollback_worthwhile(&s->journal))
        rollback_run(s, err);
    else if (rollback_forward(s, err) == 0) {
        err_clear(err);
        return 0;
    }
    return -1;
}

static int change(struct session *s, const struct bundle *b, const struct situation *now,
                  struct err *err)
{
    struct err e = {0};

    if (begin_journal(s, b, now, err) != 0) {
        rollback_nothing(err);
        return -1;
    }
    if (now->observed.trial_port != 0 && act_drop_trial(s, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    if (stage(s, b, &now->plan, err) == 0 && act(s, &now->plan, err) == 0)
        return 0;
    return settle_failure(s, err);
}

static void nothing_to_do(struct session *s, const struct situation *now)
{
    s->proven = now->running.n > 0;
    if (!s->proven)
        log_warn(s->env->log,
                 "%s: %s is stopped and stays so: all is in place, but no client is answered; if "
                 "it ought to run: net start %s",
                 s->conf->name, s->conf->deploy.restart.service, s->conf->deploy.restart.service);
    if (s->proven && !view_answers_calls(&now->view, s->hash_mask)) {
        char trouble[300] = "";
        view_trouble(&now->view, now->plan.old.sha256, trouble, sizeof trouble);
        log_warn(s->env->log, "%s: the right certificate serves, but calls do not begin: %s",
                 s->conf->name, trouble);
    }
}

static void tell(const struct session *s, const struct bundle *b, bool served,
                 struct deploy_result *out)
{
    out->changed = s->changed;
    out->restarted = s->restarted;
    out->proven = s->proven;
    out->outage_ms = session_outage_ms(s);
    if (served)
        memcpy(out->sha256, b->leaf.sha256, SHA256_BYTES);
    else
        memcpy(out->sha256, s->journal.old.sha256, SHA256_BYTES);
}

int drive_run(const struct deploy_env *env, const struct conf *conf,
              const struct deploy_ports *ports, const struct bundle *b, struct deploy_result *out,
              struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct situation now = {0};
    int rc = -1;

    if (restart_await(&s, conf->deploy.restart.service, err) != 0 ||
        drive_situation(&s, b, &now, err) != 0) {
        if (err->code != ERR_USAGE)
            rollback_nothing(err);
        goto done;
    }
    if (now.plan.n == 0) {
        nothing_to_do(&s, &now);
        rc = 0;
    } else {
        rc = change(&s, b, &now, err);
    }
    tell(&s, b, rc == 0, out);
done:
    observed_clear(&now.observed);
    return rc;
}
