/* SPDX-License-Identifier: Apache-2.0 */
/* Rows about the machine: version, rights, registry, event log, services. */
#include "selftest/try.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SECRET_BYTES = 4096, SECRET_BYTES = 32, MARK_BYTES = 8 };

/* Read only: it runs on every Windows, and nothing of it concerns us. */
static const char harmless_service[] = "EventLog";

int try_windows(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const char *build = strrchr(s->env->windows, '.');

    if (!build)
        return err_set(err, ERR_FAIL, "%s: no version in it", s->env->windows);
    selftest_figure(o, "build", strtol(build + 1, NULL, 10));
    return 0;
}

int try_elevated(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    if (s->env->elevated)
        return 0;
    o->fact = "this needs an elevated administrator prompt";
    return err_set(err, ERR_DENIED, "open a command prompt with \"Run as administrator\"");
}

int try_folder(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    if (!err_is_set(&s->folder))
        return 0;
    o->fact = "it cannot be made, or belongs to somebody else";
    *err = s->folder;
    return -1;
}

/* Figures and text of what a sweep found. */
static int sweep(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    struct selftest_left left;
    struct err e = {0};
    int rc = selftest_journal_sweep(s->env->dir, selftest_host(s), &left, &e);

    selftest_figure(o, "found", left.found);
    selftest_figure(o, "left", left.left);
    if (rc != 0) {
        o->fact = "something is left; the table names it, with the command that removes it";
        err_set(err, ERR_FAIL, "%s", left.left ? buf_str(&left.text) : e.text);
        if (left.number) {
            err->source = ERR_SRC_WIN32;
            err->number = left.number;
        }
    }
    buf_clear(&left.text);
    return rc;
}

int try_sweep(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return sweep(s, o, err);
}

int try_cleanup(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    selftest_host(s)->listen_end(selftest_host(s)->self);
    return sweep(s, o, err);
}

static int try_export(struct selftest *s, const char *dll, const char *function,
                      struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    bool there = false;

    if (h->export_there(h->self, dll, function, &there, err) != 0)
        return -1;
    selftest_figure(o, "there", there);
    return 0;
}

int try_export_update(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_export(s, "httpapi.dll", "HttpUpdateServiceConfiguration", o, err);
}

int try_export_sessions(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_export(s, "mprapi.dll", "MprAdminConnectionEnum", o, err);
}

int try_local_time(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return selftest_host(s)->local_time(selftest_host(s)->self, err);
}

int try_acl(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_object folder = {.kind = SELFTEST_OBJECT_FOLDER};
    const struct selftest_host *h = selftest_host(s);
    char *path = NULL;
    bool is_protected = false;
    int entries = 0, rc = -1;

    if (selftest_acl_folder(&path, s->env->dir, err) != 0 || selftest_note(s, &folder, err) != 0 ||
        os_make_dir(path, err) != 0 || os_check_private(path, err) != 0)
        goto done;
    rc = h->read_acl(h->self, path, &is_protected, &entries, err);
    if (rc == 0) {
        selftest_figure(o, "protected", is_protected);
        selftest_figure(o, "entries", entries);
    }
done:
    free(path);
    return rc;
}

int try_dpapi(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    struct buf sealed = BUF_INIT(MAX_SECRET_BYTES), opened = BUF_INIT(MAX_SECRET_BYTES);
    uint8_t secret[SECRET_BYTES];
    int rc = -1;

    if (os_random(secret, sizeof secret, err) != 0 ||
        os_protect(secret, sizeof secret, &sealed, err) != 0 ||
        os_unprotect(sealed.p, sealed.len, &opened, err) != 0)
        goto done;
    if (opened.len != sizeof secret || memcmp(opened.p, secret, sizeof secret) != 0) {
        o->fact = "it came back as something else";
        err_set(err, ERR_FAIL, "the secret came back as something else");
        goto done;
    }
    s->sealed = malloc(2 * sealed.len + 1);
    if (!s->sealed) {
        err_set(err, ERR_FAIL, "secret: out of memory");
        goto done;
    }
    text_hex(sealed.p, sealed.len, s->sealed);
    rc = 0;
done:
    buf_wipe(&sealed);
    buf_wipe(&opened);
    return rc;
}

int try_registry(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_object key = {.kind = SELFTEST_OBJECT_REGISTRY};
    const struct selftest_host *h = selftest_host(s);

    (void)o;
    if (selftest_note(s, &key, err) != 0)
        return -1;
    return h->registry_try(h->self, err);
}

int try_event_write(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    uint8_t mark[MARK_BYTES];
    char hex[2 * MARK_BYTES + 1];

    (void)o;
    if (os_random(mark, sizeof mark, err) != 0)
        return -1;
    text_hex(mark, sizeof mark, hex);
    snprintf(s->event, sizeof s->event, "selftest event %s", hex);
    return h->event_write(h->self, s->event, err);
}

/* The log takes events up in its own time. */
int try_event_read(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    enum { LIMIT_MS = 5000, PAUSE_MS = 50 };
    const struct selftest_host *h = selftest_host(s);
    int64_t deadline_ms = clock_ms(s->env->clock) + LIMIT_MS;
    bool found = false;

    for (;;) {
        if (h->event_find(h->self, s->event, &found, err) != 0)
            return -1;
        if (found)
            return 0;
        if (clock_ms(s->env->clock) >= deadline_ms)
            break;
        clock_sleep(s->env->clock, PAUSE_MS);
    }
    o->fact = "the event was not in the Application log within 5 s";
    return err_set(err, ERR_FAIL, "Application log: no event \"%s\"", s->event);
}

int try_service(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct target *t = selftest_host(s)->target;
    struct service seen = {0};

    if (t->service_query(t->self, harmless_service, &seen, err) != 0)
        return -1;
    selftest_figure(o, "exists", seen.exists);
    selftest_figure(o, "state", seen.state);
    selftest_figure(o, "start_type", seen.start_type);
    return 0;
}

int try_dependents(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct target *t = selftest_host(s)->target;
    struct service_list list = {.n = 0};

    if (t->service_dependents(t->self, harmless_service, &list, err) != 0)
        return -1;
    selftest_figure(o, "running", (int64_t)list.n);
    return 0;
}

int try_sessions(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    uint32_t n = 0;

    if (selftest_figure_of(&s->out->outcome[SELFTEST_EXPORT_SESSIONS], "there") != 1) {
        o->skip = "not tried: this Windows has no such function";
        return 0;
    }
    o->fact = "Routing and Remote Access does not answer here";
    return h->sessions(h->self, &n, err); /* how many there are is nobody's business */
}

/* ---- as SYSTEM ---- */

int selftest_as_system(const struct selftest *s, const char *verb, const char *argument,
                       struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    uint32_t result = 0;

    if (h->system_run(h->self, verb, argument, &result, err) != 0)
        return -1;
    if (result == 0)
        return 0;
    err_sys(err, ERR_FAIL, ERR_SRC_WIN32, result, "as SYSTEM");
    return -1;
}

int try_system(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_object service = {.kind = SELFTEST_OBJECT_SERVICE};
    const struct selftest_host *h = selftest_host(s);
    uint32_t result = 0;

    o->fact = "a service cannot be made or started here";
    if (selftest_note(s, &service, err) != 0 || h->system_open(h->self, err) != 0 ||
        h->system_run(h->self, "who", "", &result, err) != 0)
        return -1;
    selftest_figure(o, "system", result == 0);
    return 0;
}

int try_system_dpapi(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    if (!selftest_stands(s, SELFTEST_DPAPI)) {
        o->skip = "not tried: no secret was sealed";
        return 0;
    }
    return selftest_as_system(s, "secret", s->sealed, err);
}
