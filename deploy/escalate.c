/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy.restart.escalate: a restart of RemoteAccess that was not enough. SstpSvc reads the hashes
 * when its listener opens, and RemoteAccess's start makes it do so; should it hold on to older ones
 * (not documented either way), restarting the whole chain RemoteAccess, RasMan, SstpSvc helps. It
 * is done once in a deploy, and the server itself is never restarted.
 */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>

/* A service that stopped, or hangs, has another trouble. */
static bool is_worth_it(struct session *s)
{
    const struct target *t = s->ports->target;
    struct service now = {0};
    struct err ignored = {0};

    return s->conf->deploy.restart.escalate && !s->journal.escalated && s->journal.running.n > 0 &&
           !text_equal_nocase(s->journal.service, NAME_SSTPSVC) &&
           t->service_query(t->self, s->journal.service, &now, &ignored) == 0 &&
           now.state == SERVICE_IS_RUNNING;
}

/* The chain with all that depends on it and runs now, in the order to start it; what ran at first
 * and does not now comes last. */
static int widen_list(struct session *s, struct err *err)
{
    struct service_list chain, *list = &s->journal.running;

    if (restart_list(s, NAME_SSTPSVC, &chain, err) != 0)
        return -1;
    if (!service_list_has(&chain, s->journal.service)) /* then a stop of it would not go through */
        return err_set(err, ERR_FAIL, "service " NAME_SSTPSVC ": %s is not told to depend on it",
                       s->journal.service);
    for (size_t i = 0; i < list->n; i++)
        if (!service_list_has(&chain, list->name[i])) {
            if (chain.n == SERVICE_MAX_LIST)
                return err_set(err, ERR_FAIL, "services: too many to restart");
            text_copy(chain.name[chain.n++], SERVICE_NAME_CHARS, list->name[i]);
        }
    *list = chain;
    return 0;
}

static int restart_chain(struct session *s, struct err *err)
{
    bool back = s->journal.phase == JOURNAL_ROLLBACK;

    if (widen_list(s, err) != 0)
        return -1;
    s->journal.escalated = s->journal.disturbed = true; /* a death may come at any point */
    if (session_phase(s, back ? JOURNAL_ROLLBACK : JOURNAL_ESCALATE, err) != 0 && !back)
        return -1;
    err_clear(err);
    events_begin(s); /* what the first restart logged is no part of the second proof */
    return restart_services(s, err);
}

bool escalate(struct session *s, const struct err *why)
{
    struct step_mark step;
    struct err e = {0};
    int rc;

    if (!is_worth_it(s))
        return false;
    log_warn(s->env->log, "%s: %s; restarting " NAME_SSTPSVC " and all that depends on it",
             s->conf->name, why->text);
    step = session_step(s, "restart " NAME_SSTPSVC);
    rc = restart_chain(s, &e);
    session_step_end(s, &step, rc == 0, "running", rc == 0 ? "running" : "");
    if (rc != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    return rc == 0;
}
