/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watched restart. Waiting follows "Stopping a service" of the Windows documentation: a service
 * hangs when its checkpoint does not move for longer than its wait hint. That is told, not acted
 * on: the host process is shared with other services and is never killed.
 *
 * While a service is down nobody can connect, so the looks come soon at first: what is lost between
 * two of them is at most 50 ms, or 5 % of a restart that takes longer. The documented rhythm (a
 * tenth of the wait hint, 1 to 10 s) is for those who have time.
 */
#include "drive.h"

#include "rras/codes.h"
#include "rras/sentence.h"
#include "text.h"

#include <string.h>

enum {
    POLL_LEAST_MS = 5,
    POLL_SOON_MS = 50,
    POLL_MOST_MS = 250,
    MAX_BLIND_QUERIES = 5,
    BLIND_PAUSE_MS = 50,
    MAX_REFUSALS = 3,
    REFUSED_PAUSE_MS = 500,
    MIN_HINT_MS = 10000,
};

/* One service on its way to a state. */
struct watch {
    struct session *s;
    const char *name;
    int64_t begun_ms, deadline_ms;
    bool asked;                 /* the command was taken */
    int refusals, max_refusals; /* of the command, for whatever reason */
    int blind;                  /* queries that failed in a row */
    uint32_t checkpoint;
    int64_t checkpoint_ms;
    bool hang_told;
};

static struct watch watch_begin(struct session *s, const char *name)
{
    int64_t now_ms = session_now_ms(s);
    return (struct watch){.s = s,
                          .name = name,
                          .begun_ms = now_ms,
                          .deadline_ms = now_ms + s->conf->deploy.restart.timeout_ms,
                          .checkpoint_ms = now_ms};
}

/* A single failing query is no verdict. */
static int watch_query(struct watch *w, struct service *out, struct err *err)
{
    const struct target *t = w->s->ports->target;
    struct err e = {0};

    for (;;) {
        err_clear(&e);
        if (t->service_query(t->self, w->name, out, &e) == 0)
            break;
        if (++w->blind > MAX_BLIND_QUERIES) {
            *err = e;
            return -1;
        }
        session_wait(w->s, BLIND_PAUSE_MS);
    }
    w->blind = 0;
    if (!out->exists)
        return err_set(err, ERR_FAIL, "service %s: not installed", w->name);
    return 0;
}

static void watch_hang(struct watch *w, const struct service *now)
{
    int64_t hint_ms = now->wait_hint_ms > MIN_HINT_MS ? now->wait_hint_ms : MIN_HINT_MS;
    int64_t now_ms = session_now_ms(w->s);

    if (now->checkpoint != w->checkpoint) {
        w->checkpoint = now->checkpoint;
        w->checkpoint_ms = now_ms;
    } else if (!w->hang_told && now_ms - w->checkpoint_ms > hint_ms) {
        w->hang_told = true;
        log_warn(w->s->env->log,
                 "service %s: %s without progress for longer than it promised; still waiting, "
                 "nothing is killed",
                 w->name, service_state_name(now->state));
    }
}

int64_t restart_poll_ms(int64_t passed_ms)
{
    if (passed_ms < 2 * POLL_LEAST_MS)
        return POLL_LEAST_MS;
    if (passed_ms < 2 * POLL_SOON_MS)
        return passed_ms / 2;
    if (passed_ms < 20 * POLL_SOON_MS)
        return POLL_SOON_MS;
    return passed_ms < 20 * POLL_MOST_MS ? passed_ms / 20 : POLL_MOST_MS;
}

static int watch_wait(struct watch *w, const struct service *now, struct err *err)
{
    watch_hang(w, now);
    if (session_now_ms(w->s) >= w->deadline_ms) {
        err_set(err, ERR_TIMEOUT, "service %s: still %s after %lld s; nothing was killed", w->name,
                service_state_name(now->state),
                (long long)(w->s->conf->deploy.restart.timeout_ms / 1000));
        return err_hint(err, "look at it with: sc queryex %s", w->name);
    }
    session_wait(w->s, restart_poll_ms(session_now_ms(w->s) - w->begun_ms));
    return 0;
}

/* Commands that were not taken but may be a moment later. */
static bool worth_another_try(const struct err *e)
{
    if (e->source != ERR_SRC_WIN32)
        return false;
    switch (e->number) {
    case CODE_ERROR_INVALID_SERVICE_CONTROL:
    case CODE_ERROR_SERVICE_CANNOT_ACCEPT_CTRL:
    case CODE_ERROR_SERVICE_DATABASE_LOCKED:
    case CODE_ERROR_DEPENDENT_SERVICES_RUNNING: /* one of them is still on its way down */
    case CODE_ERROR_SERVICE_ALREADY_RUNNING:    /* the next query tells */
    case CODE_ERROR_SERVICE_NOT_ACTIVE:
        return true;
    default:
        return false;
    }
}

static int command(struct watch *w, int (*op)(void *, const char *, struct err *), struct err *err)
{
    const struct target *t = w->s->ports->target;
    struct err e = {0};

    if (op(t->self, w->name, &e) == 0 ||
        (e.source == ERR_SRC_WIN32 && e.number == CODE_ERROR_SERVICE_REQUEST_TIMEOUT)) {
        w->asked = true; /* "did not answer in time" is no refusal: it may come up yet */
        w->s->touched = true;
        return 0;
    }
    if (worth_another_try(&e) || ++w->refusals < w->max_refusals) {
        log_debug(w->s->env->log, "%s; trying again", e.text);
        return 0;
    }
    *err = e;
    return -1;
}

static int stop_one(struct session *s, const char *name, struct err *err)
{
    const struct target *t = s->ports->target;
    struct watch w = watch_begin(s, name);
    struct service now;

    for (;;) {
        if (watch_query(&w, &now, err) != 0)
            return -1;
        if (now.state != SERVICE_IS_RUNNING)
            s->touched = true;
        if (now.state == SERVICE_IS_STOPPED)
            return 0;
        if (!w.asked && now.state != SERVICE_IS_STOPPING && command(&w, t->service_stop, err) != 0)
            return -1;
        if (watch_wait(&w, &now, err) != 0)
            return -1;
    }
}

static int start_failed(const char *name, const struct service *now, struct err *err)
{
    uint32_t code =
        now->exit_code == CODE_ERROR_SERVICE_SPECIFIC_ERROR ? now->specific_code : now->exit_code;
    if (code == 0)
        return err_set(err, ERR_FAIL, "service %s: stopped again without an error code", name);
    return sentence_err(err, SENTENCE_SERVICE, code, "service %s: did not start", name);
}

/* Asks for the start; what passes is asked again after a pause. */
static int ask_start(struct watch *w, struct err *err)
{
    if (command(w, w->s->ports->target->service_start, err) != 0)
        return -1;
    if (!w->asked)
        session_wait(w->s, REFUSED_PAUSE_MS);
    return 0;
}

/* `stopped`: it has just been seen to be, so there is no need to look first. */
static int start_one(struct session *s, const char *name, bool stopped, struct err *err)
{
    struct watch w = watch_begin(s, name);
    struct service now = {.state = SERVICE_IS_STOPPED};

    /* The VPN is down: what may pass is tried again before it means going back. A refused stop is
     * not, as nothing has happened yet. */
    w.max_refusals = MAX_REFUSALS;
    for (;; stopped = false) {
        if (!stopped && watch_query(&w, &now, err) != 0)
            return -1;
        if (now.state == SERVICE_IS_RUNNING)
            return 0;
        if (now.state == SERVICE_IS_STOPPED) {
            if (w.asked)
                return start_failed(name, &now, err);
            if (ask_start(&w, err) != 0)
                return -1;
        }
        if (watch_wait(&w, &now, err) != 0)
            return -1;
    }
}

static bool is_on_its_way(enum service_state state)
{
    return state == SERVICE_IS_STARTING || state == SERVICE_IS_STOPPING ||
           state == SERVICE_IS_CONTINUING || state == SERVICE_IS_PAUSING;
}

int restart_await(struct session *s, const char *service, struct err *err)
{
    const struct target *t = s->ports->target;
    struct watch w = watch_begin(s, service);
    struct service now = {0};
    struct err e = {0};
    int absent = 0; /* not believed at once; the look at everything has the right words for it */

    for (;;) {
        if (t->service_query(t->self, service, &now, err) != 0)
            return -1;
        if (now.exists ? !is_on_its_way(now.state) : absent++ > 0)
            return 0;
        if (!now.exists || watch_wait(&w, &now, &e) == 0)
            continue;
        /* It reads what it finds when it starts again, so one that never ends to stop is no reason
         * to wait; one that starts may have read the hashes, or not. */
        if (now.state == SERVICE_IS_STOPPING) {
            log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
            return 0;
        }
        *err = e;
        return -1;
    }
}

int restart_list(struct session *s, const char *service, struct service_list *out, struct err *err)
{
    const struct target *t = s->ports->target;
    struct service_list dependents = {0};
    struct service now = {0};

    memset(out, 0, sizeof *out);
    if (t->service_query(t->self, service, &now, err) != 0)
        return -1;
    if (!now.exists) {
        err_set(err, ERR_USAGE, "service %s: not installed", service);
        return err_hint(err, "deploy.restart.service names the service to restart");
    }
    if (now.state != SERVICE_IS_RUNNING && !service_has_failed(&now))
        return 0;
    if (t->service_dependents(t->self, service, &dependents, err) != 0)
        return -1;
    if (dependents.n >= SERVICE_MAX_LIST)
        return err_set(err, ERR_FAIL, "service %s: too many services depend on it", service);
    text_copy(out->name[out->n++], SERVICE_NAME_CHARS, service);
    while (dependents.n > 0) /* told in the order to stop them */
        text_copy(out->name[out->n++], SERVICE_NAME_CHARS, dependents.name[--dependents.n]);
    return 0;
}

static int start_all(struct session *s, bool stopped, struct err *err)
{
    for (size_t i = 0; i < s->journal.running.n; i++)
        if (start_one(s, s->journal.running.name[i], stopped, err) != 0)
            return -1;
    session_knock(s, KNOCK_MS);
    return 0;
}

int restart_missing(struct session *s, struct err *err)
{
    return start_all(s, false, err);
}

bool service_list_has(const struct service_list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (text_equal_nocase(l->name[i], name))
            return true;
    return false;
}

/* Dependents that came up since the snapshot: they have to go down and come back as well. */
static int add_newcomers(struct session *s, struct err *err)
{
    struct service_list *list = &s->journal.running;
    struct service_list now;
    size_t before = list->n;

    if (restart_list(s, s->journal.service, &now, err) != 0)
        return -1;
    for (size_t i = 0; i < now.n && list->n < SERVICE_MAX_LIST; i++)
        if (!service_list_has(list, now.name[i]))
            text_copy(list->name[list->n++], SERVICE_NAME_CHARS, now.name[i]);
    return list->n == before ? 0 : session_phase(s, s->journal.phase, err);
}

int restart_stop(struct session *s, struct err *err)
{
    if (s->journal.running.n > 0 && add_newcomers(s, err) != 0)
        return -1;
    s->restarted = true;
    s->outage.measuring = true;
    session_knock(s, KNOCK_MS);
    for (size_t i = s->journal.running.n; i-- > 0;)
        if (stop_one(s, s->journal.running.name[i], err) != 0)
            return -1;
    session_knock(s, KNOCK_BRIEF_MS);
    return 0;
}

int restart_services(struct session *s, struct err *err)
{
    return restart_stop(s, err) == 0 ? start_all(s, true, err) : -1;
}
