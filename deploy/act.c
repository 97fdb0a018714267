/* SPDX-License-Identifier: Apache-2.0 */
/* Single changes. What an operation says is not taken on trust: each is read back. */
#include "drive.h"

#include "rras/codes.h"
#include "text.h"

#include <stdio.h>

enum { UNDO_TRIES = 3, UNDO_PAUSE_MS = 200 };

/* ---- import ---- */

static bool is_wrong_password(const struct err *e)
{
    return e->source == ERR_SRC_WIN32 &&
           (e->number == CODE_ERROR_INVALID_PASSWORD || e->number == CODE_HRESULT_INVALID_PASSWORD);
}

static int import_leaf(struct session *s, const struct bundle *b, struct err *err)
{
    const struct target *t = s->ports->target;
    struct import_request q = {.bundle = b, .style = PFX_MODERN};
    char friendly_name[192], now[21];
    struct err e = {0};
    int rc;

    text_time(clock_now(s->env->clock), now);
    snprintf(friendly_name, sizeof friendly_name, "rras-acme %.120s %.10s", s->conf->name, now);
    q.friendly_name = friendly_name;
    rc = t->import_pfx(t->self, &q, &s->journal.key, &e);
    if (rc != 0 && is_wrong_password(&e)) {
        /* Server 2016 and older do not know AES in a PFX and call it a wrong password. The file
         * exists in memory only, under a random password: 3DES does no harm. */
        log_info(s->env->log, "%s: this Windows refuses a modern PFX; using 3DES", s->conf->name);
        err_clear(&e);
        q.style = PFX_LEGACY;
        rc = t->import_pfx(t->self, &q, &s->journal.key, &e);
    }
    if (rc != 0)
        *err = e;
    return rc;
}

static int import_intermediates(struct session *s, const struct bundle *b, struct err *err)
{
    const struct target *t = s->ports->target;

    for (size_t i = 1; i < b->chain.count; i++) {
        const uint8_t *der = b->chain.cert[i].der;
        struct cert_info info = {0};
        bool root;
        if (cert_info_read(&info, der, b->chain.cert[i].len, err) != 0)
            return -1;
        root = info.self_signed;
        cert_info_clear(&info);
        if (!root && t->add_intermediate(t->self, der, b->chain.cert[i].len, err) != 0)
            return -1;
    }
    return 0;
}

int act_import(struct session *s, const struct bundle *b, struct err *err)
{
    struct step_mark step = session_step(s, "import");
    char sha1[2 * SHA1_BYTES + 1];
    int rc = -1;

    if (session_phase(s, JOURNAL_IMPORT, err) != 0)
        goto done;
    s->changed = true;
    if (import_leaf(s, b, err) != 0 || import_intermediates(s, b, err) != 0)
        goto done;
    rc = 0;
done:
    text_hex(b->leaf.sha1, SHA1_BYTES, sha1);
    session_step_end(s, &step, rc == 0, "", sha1);
    return rc;
}

int act_prove_key(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;
    struct step_mark step = session_step(s, "prove key");
    struct observed o = {0};
    int rc = -1;

    if (session_observe(s, LOOK_CERTS, &o, err) != 0)
        goto done;
    if (!observed_by_sha256(&o, s->journal.sha256)) {
        err_set(err, ERR_FAIL, "LocalMachine\\MY: the imported certificate is not there");
        goto done;
    }
    rc = t->prove_key(t->self, s->journal.sha1, err);
done:
    observed_clear(&o);
    session_step_end(s, &step, rc == 0, "", rc == 0 ? "signs and verifies" : "");
    return rc;
}

static bool import_is_gone(struct session *s)
{
    struct observed o = {0};
    struct err e = {0};
    bool gone =
        session_observe(s, LOOK_CERTS, &o, &e) == 0 && !observed_by_sha256(&o, s->journal.sha256);

    observed_clear(&o);
    return gone;
}

/* An import that died may have left a key whose name was never written down. */
static int sweep_keys(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;

    if (s->journal.public_key.len == 0)
        return 0;
    return t->sweep_keys(t->self, &s->journal.public_key, err);
}

int act_undo_import(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;
    struct err e = {0};

    if (s->journal.offload || (!s->journal.import_ours && s->journal.public_key.len == 0))
        return 0;
    if (!s->journal.import_ours) /* the certificate was there: only what nothing names may go */
        return sweep_keys(s, err);
    for (int i = 0; i < UNDO_TRIES; i++) {
        if (i > 0)
            session_wait(s, UNDO_PAUSE_MS);
        err_clear(&e);
        if (t->remove_cert(t->self, s->journal.sha1, &s->journal.key, &e) != 0)
            continue;
        if (sweep_keys(s, &e) != 0)
            continue;
        if (import_is_gone(s))
            return 0;
        err_set(&e, ERR_FAIL, "LocalMachine\\MY: the certificate is still there after its removal");
    }
    *err = e;
    return -1;
}

/* ---- values ---- */

static int write_value(struct session *s, const struct plan_step *p, struct err *err)
{
    const struct target *t = s->ports->target;
    struct step_mark step = session_step(s, p->object);
    int rc = t->set_value(t->self, p->value, &p->raw, err);

    s->changed = true;
    session_step_end(s, &step, rc == 0, p->before, p->after);
    return rc;
}

static int check_values(const struct observed *o, const struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct plan_step *p = &plan->step[i];
        if (p->kind == PLAN_VALUE && !raw_equal(&o->value[p->value], &p->raw))
            return err_set(err, ERR_FAIL, "SstpSvc %s: reads otherwise than it was written",
                           value_name(p->value));
    }
    return 0;
}

int act_values(struct session *s, const struct plan *plan, struct err *err)
{
    struct observed o = {0};
    int rc = -1;

    for (size_t i = 0; i < plan->n; i++)
        if (plan->step[i].kind == PLAN_VALUE && write_value(s, &plan->step[i], err) != 0)
            return -1;
    if (session_observe(s, LOOK_VALUES, &o, err) == 0)
        rc = check_values(&o, plan, err);
    observed_clear(&o);
    return rc;
}

int act_restore_flag(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;
    struct observed o = {0};
    int rc = -1;

    for (int i = 0; i < UNDO_TRIES; i++) {
        struct err e = {0};
        const struct raw_value *old = &s->journal.old_value[VALUE_FLAG];
        bool right =
            session_observe(s, LOOK_VALUES, &o, &e) == 0 && raw_equal(&o.value[VALUE_FLAG], old);
        observed_clear(&o);
        if (right)
            return 0;
        if (!err_is_set(&e) && t->set_value(t->self, VALUE_FLAG, old, &e) == 0)
            err_set(&e, ERR_FAIL, "SstpSvc %s: reads otherwise than it was written",
                    value_name(VALUE_FLAG));
        if (i + 1 == UNDO_TRIES)
            *err = e;
    }
    return rc;
}

/* ---- bindings ---- */

/* Without an IPv6 address nobody comes over IPv6: a [::] record that cannot be made is no loss, as
 * long as there is none that shows another certificate. RRAS tries, too, and logs event 13. */
static bool goes_without(struct session *s, const struct plan_step *p, const struct err *why)
{
    struct observed o = {0};
    struct err ignored = {0};

    if (p->family != FAMILY_V6 || s->journal.old_binding[FAMILY_V6].present)
        return false;
    s->journal.v6_refused = session_observe(s, LOOK_RECORDS | LOOK_ADDRESSES, &o, &ignored) == 0 &&
                            observed_lacks_v6(&o) && !o.binding[FAMILY_V6].present;
    observed_clear(&o);
    if (s->journal.v6_refused)
        log_warn(s->env->log, "%s: %s; this machine has no IPv6 address: going on without it",
                 s->conf->name, why->text);
    return s->journal.v6_refused;
}

static int write_binding(struct session *s, const struct plan_step *p, struct err *err)
{
    const struct target *t = s->ports->target;
    struct step_mark step = session_step(s, p->object);
    struct observed o = {0};
    bool without;
    int rc = -1;

    s->changed = true;
    if (t->set_binding(t->self, p->family, s->journal.port, &p->binding, err) != 0 ||
        session_observe(s, LOOK_RECORDS, &o, err) != 0)
        goto done;
    if (!binding_equal(&o.binding[p->family], &p->binding)) {
        err_set(err, ERR_FAIL, "%s: reads otherwise than it was written", p->object);
        goto done;
    }
    if (p->family == FAMILY_V6)
        s->journal.v6_refused = s->no_v6 = false;
    rc = 0;
done:
    observed_clear(&o);
    without = rc != 0 && goes_without(s, p, err);
    if (without) {
        err_clear(err);
        rc = 0;
    }
    session_step_end(s, &step, rc == 0, p->before,
                     without ? "none, as there is no IPv6" : p->after);
    return rc;
}

int act_bindings(struct session *s, const struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->step[i].kind == PLAN_BINDING && write_binding(s, &plan->step[i], err) != 0)
            return -1;
    return 0;
}
