/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/try.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char needs_other[] = "not tried: a row that it needs did not succeed";
static const char was_interrupted[] = "not tried: interrupted";

typedef int try_fn(struct selftest *s, struct selftest_outcome *o, struct err *err);

/* What a row does; in rows of two kinds of key the functions know by the row. */
static try_fn *const tries[SELFTEST_ROWS] = {
    [SELFTEST_WINDOWS] = try_windows,
    [SELFTEST_ELEVATED] = try_elevated,
    [SELFTEST_FOLDER] = try_folder,
    [SELFTEST_SWEEP] = try_sweep,
    [SELFTEST_EXPORT_UPDATE] = try_export_update,
    [SELFTEST_EXPORT_SESSIONS] = try_export_sessions,
    [SELFTEST_LOCAL_TIME] = try_local_time,
    [SELFTEST_ACL] = try_acl,
    [SELFTEST_DPAPI] = try_dpapi,
    [SELFTEST_REGISTRY] = try_registry,
    [SELFTEST_EVENT_WRITE] = try_event_write,
    [SELFTEST_EVENT_READ] = try_event_read,
    [SELFTEST_SERVICE] = try_service,
    [SELFTEST_DEPENDENTS] = try_dependents,
    [SELFTEST_SESSIONS] = try_sessions,
    [SELFTEST_SYSTEM] = try_system,
    [SELFTEST_SYSTEM_DPAPI] = try_system_dpapi,
    [SELFTEST_RSA_AES] = try_rsa_aes,
    [SELFTEST_RSA_3DES] = try_rsa_3des,
    [SELFTEST_RSA_CONTAINER] = try_rsa_container,
    [SELFTEST_RSA_KEY] = try_rsa_key,
    [SELFTEST_RSA_SYSTEM] = try_rsa_system,
    [SELFTEST_EC_AES] = try_ec_aes,
    [SELFTEST_EC_3DES] = try_ec_3des,
    [SELFTEST_EC_CONTAINER] = try_ec_container,
    [SELFTEST_EC_KEY] = try_ec_key,
    [SELFTEST_EC_SYSTEM] = try_ec_system,
    [SELFTEST_MACHINE_MAKE] = try_machine_make,
    [SELFTEST_MACHINE_PUT] = try_machine_put,
    [SELFTEST_MACHINE_CONTAINER] = try_machine_container,
    [SELFTEST_MACHINE_KEY] = try_machine_key,
    [SELFTEST_MACHINE_SYSTEM] = try_machine_system,
    [SELFTEST_LISTEN_V4] = try_listen_v4,
    [SELFTEST_BIND_V4] = try_bind_v4,
    [SELFTEST_FIELDS_V4] = try_fields_v4,
    [SELFTEST_SERVED_V4] = try_served_v4,
    [SELFTEST_LISTEN_V6] = try_listen_v6,
    [SELFTEST_BIND_V6] = try_bind_v6,
    [SELFTEST_FIELDS_V6] = try_fields_v6,
    [SELFTEST_SERVED_V6] = try_served_v6,
    [SELFTEST_TWICE] = try_twice,
    [SELFTEST_UPDATE] = try_update,
    [SELFTEST_UPDATE_FIELDS] = try_fields_v4,
    [SELFTEST_REPLACE] = try_replace,
    [SELFTEST_KEYLESS] = try_keyless,
    [SELFTEST_DELETE] = try_delete,
    [SELFTEST_MACHINE_BIND] = try_machine_bind,
    [SELFTEST_MACHINE_SERVED] = try_machine_served,
    [SELFTEST_CLEANUP] = try_cleanup,
};

static bool is_interrupted(const struct selftest *s)
{
    return s->env->interrupted && s->env->interrupted();
}

/* Only cleaning up goes on when somebody has had enough. */
static const char *reason_to_skip(const struct selftest *s, enum selftest_row_id id)
{
    int needs = selftest_row_table[id].needs;

    if (needs != SELFTEST_NO_NEED && !s->out->outcome[needs].stands)
        return needs_other;
    return id != SELFTEST_CLEANUP && is_interrupted(s) ? was_interrupted : NULL;
}

static void try_row(struct selftest *s, enum selftest_row_id id)
{
    struct selftest_outcome *o = &s->out->outcome[id];
    int64_t begun_ms = clock_ms(s->env->clock);
    struct err err = {0};

    o->skip = reason_to_skip(s, id);
    if (!o->skip) {
        log_info(s->env->log, "selftest: %s", selftest_row_table[id].title);
        o->done = tries[id](s, o, &err) == 0 && !o->skip;
        o->stands = o->stands || o->done;
        o->ms = clock_ms(s->env->clock) - begun_ms;
    }
    if (err_is_set(&err)) {
        o->number = err.source == ERR_SRC_WIN32 ? err.number : 0;
        text_copy(o->detail, sizeof o->detail, err.text);
    }
    selftest_judge(id, o, &s->out->verdict[id]);
}

int selftest_note(const struct selftest *s, const struct selftest_object *o, struct err *err)
{
    return selftest_journal_add(s->env->dir, o, err);
}

static int take_lock(struct selftest *s, struct os_lock **out, struct err *err)
{
    char *path = NULL;
    int rc = -1;

    if (os_make_dir(s->env->dir, err) == 0 && os_check_private(s->env->dir, err) == 0 &&
        os_path_join(&path, s->env->dir, "lock", err) == 0)
        rc = os_lock_open(out, path, err);
    free(path);
    return rc;
}

int selftest_run(const struct selftest_env *env, struct selftest_report *out, struct err *err)
{
    struct selftest s = {.env = env, .out = out};
    struct os_lock *lock = NULL;
    struct err e = {0};

    memset(out, 0, sizeof *out);
    if (env->elevated && take_lock(&s, &lock, &e) != 0 && e.code == ERR_BUSY) {
        *err = e;
        return err_context(err, "another selftest runs");
    }
    s.folder = e; /* the row "folder" tells it */
    for (int i = 0; i < SELFTEST_ROWS; i++)
        try_row(&s, (enum selftest_row_id)i);
    env->host->listen_end(env->host->self);
    for (int k = 0; k < SELFTEST_KINDS; k++)
        bundle_clear(&s.bundle[k]);
    key_free(s.machine_key);
    free(s.sealed);
    os_lock_close(lock);
    return 0;
}
