/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include <string.h>

enum { SLICE_MS = 50, SLICE_TO_KNOCK_MS = 10, OBSERVE_TRIES = 3, OBSERVE_PAUSE_MS = 500 };

int64_t session_now_ms(const struct session *s)
{
    return clock_ms(s->env->clock);
}

void session_knock(struct session *s, int64_t patience_ms)
{
    struct outage *o = &s->outage;
    const struct wire *wire = s->ports->wire;
    int64_t now_ms = session_now_ms(s);
    bool taken;

    if (!o->measuring || s->knock_at.family == 0)
        return;
    taken = wire->knock(wire->self, &s->knock_at, patience_ms);
    if (!taken && !o->down) {
        o->down = true;
        o->down_since_ms = now_ms;
    } else if (taken && o->down) {
        o->down = false;
        o->total_ms += session_now_ms(s) - o->down_since_ms;
    }
}

int64_t session_outage_ms(const struct session *s)
{
    const struct outage *o = &s->outage;

    if (!o->measuring || s->knock_at.family == 0)
        return -1;
    return o->total_ms + (o->down ? session_now_ms(s) - o->down_since_ms : 0);
}

void session_wait(struct session *s, int64_t ms)
{
    int64_t end_ms = session_now_ms(s) + ms;

    for (;;) {
        int64_t slice_ms = end_ms - session_now_ms(s), knocked_ms;
        if (slice_ms <= 0)
            return;
        if (slice_ms > SLICE_MS)
            slice_ms = SLICE_MS;
        knocked_ms = session_now_ms(s);
        if (slice_ms >= SLICE_TO_KNOCK_MS)
            session_knock(s, slice_ms < KNOCK_MS ? slice_ms : KNOCK_MS);
        knocked_ms = session_now_ms(s) - knocked_ms;
        if (knocked_ms < slice_ms)
            clock_sleep(s->env->clock, slice_ms - knocked_ms);
    }
}

int session_phase(struct session *s, enum journal_phase phase, struct err *err)
{
    s->journal.phase = phase;
    s->journal.changed_at = clock_now(s->env->clock);
    if (journal_save(&s->journal, s->ports->records, err) != 0)
        return err_context(err, "deploy journal");
    return 0;
}

void session_remember(struct session *s, const struct observed *o)
{
    s->hash_mask = plan_hash_mask(o);
    s->local = o->local;
    s->no_v6 = !o->binding[FAMILY_V6].present && observed_lacks_v6(o);
    memcpy(s->service, o->service, sizeof s->service);
}

int session_recall(struct session *s, struct observed *o, bool *stale, struct err *err)
{
    struct journal last;

    if (journal_load(&last, s->ports->records, s->conf->name, err) != 0)
        return -1;
    *stale =
        plan_listener_is_stale(&o->listener, last.proven_write_ms, clock_now(s->env->clock) * 1000);
    o->v6_refused = s->journal.v6_refused = last.v6_refused;
    return 0;
}

int session_observe(struct session *s, unsigned parts, struct observed *out, struct err *err)
{
    const struct target *t = s->ports->target;

    if (t->observe(t->self, s->journal.port, parts, out, err) != 0)
        return -1;
    out->v6_refused = s->journal.v6_refused;
    return 0;
}

int session_observe_hard(struct session *s, unsigned parts, struct observed *out, struct err *err)
{
    struct err e = {0};

    for (int i = 0; i < OBSERVE_TRIES; i++) {
        err_clear(&e);
        if (session_observe(s, parts, out, &e) == 0)
            return 0;
        session_wait(s, OBSERVE_PAUSE_MS);
    }
    *err = e;
    return -1;
}

struct step_mark session_step(struct session *s, const char *name)
{
    steps_begin(s->env->steps, name);
    log_info(s->env->log, "%s: %s", s->conf->name, name);
    return (struct step_mark){name, session_now_ms(s)};
}

void session_step_end(struct session *s, const struct step_mark *m, bool ok, const char *before,
                      const char *after)
{
    steps_end(s->env->steps, m->name, ok, session_now_ms(s) - m->begun_ms, before, after);
}
