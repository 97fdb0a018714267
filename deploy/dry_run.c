/* SPDX-License-Identifier: Apache-2.0 */
/* What a deploy would do; nothing is changed. */
#include "drive.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static void tell(struct steps *steps, const char *name, const char *before, const char *after)
{
    steps_begin(steps, name);
    steps_end(steps, name, true, 0, before, after);
}

/* The dependents restart as well, and every session of RRAS ends, whatever its protocol. */
static void tell_who(struct steps *steps, const struct situation *now)
{
    const struct sessions *seen = &now->observed.sessions;
    char before[200], after[400];
    size_t used;

    if (seen->seen.ok)
        snprintf(before, sizeof before, "%lu connected", (unsigned long)seen->n);
    else
        snprintf(before, sizeof before, "not known: %s", seen_trouble(&seen->seen));
    snprintf(after, sizeof after, "%s; restarted:", before);
    for (size_t i = 0; i < now->running.n; i++) {
        used = strlen(after);
        snprintf(after + used, sizeof after - used, "%s %s", i ? "," : "", now->running.name[i]);
    }
    tell(steps, "who is disconnected", "", after);
}

static void tell_way_back(struct steps *steps, const struct situation *now)
{
    const struct old_state *old = &now->plan.old;
    char sha1[2 * SHA1_BYTES + 1], after[400];

    text_hex(old->sha1, SHA1_BYTES, sha1);
    if (old->health == OLD_BROKEN || old->expired)
        snprintf(after, sizeof after, "nothing to go back to (%s): the new certificate stays",
                 old->expired ? "the old certificate has expired" : old->why);
    else
        snprintf(
            after, sizeof after,
            "hashes, flag and bindings go back to certificate %s%s, the new one is removed", sha1,
            old->health == OLD_HEALTHY ? ", which is proven from the wire after a restart" : "");
    tell(steps, "if it fails", "", after);
}

/* A look shall tell what there is, also of a service that never ends to start. */
static int look(struct session *s, const struct bundle *b, struct situation *out, struct err *err)
{
    struct err e = {0};

    if (restart_await(s, s->conf->deploy.restart.service, &e) != 0)
        log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
    return drive_situation(s, b, out, err);
}

int drive_dry_run(const struct deploy_env *env, const struct conf *conf,
                  const struct deploy_ports *ports, const struct bundle *b, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct situation now = {0};
    int rc = look(&s, b, &now, err);

    for (size_t i = 0; rc == 0 && i < now.plan.n; i++) {
        const struct plan_step *p = &now.plan.step[i];
        tell(env->steps, p->object, p->before, p->after);
    }
    if (rc == 0 && plan_has(&now.plan, PLAN_RESTART))
        tell_who(env->steps, &now);
    if (rc == 0 && now.plan.n > 0)
        tell_way_back(env->steps, &now);
    observed_clear(&now.observed);
    return rc;
}

/* Behind a balancer nothing is known but the hash: the certificate need not be in this store, and
 * may be the one at hand (NULL = none). */
static void put_served(const struct observed *o, const struct old_state *old,
                       const struct cert_info *at_hand, struct deploy_survey *out)
{
    const struct store_cert *cert;

    if (!old->known)
        return;
    memcpy(out->served_sha256, old->sha256, SHA256_BYTES);
    cert = observed_by_sha256(o, old->sha256);
    if (cert) {
        out->served_until = cert->not_after;
        out->served_from = cert->not_before;
    } else if (at_hand && memcmp(old->sha256, at_hand->sha256, SHA256_BYTES) == 0) {
        out->served_until = at_hand->not_after;
        out->served_from = at_hand->not_before;
    }
}

int drive_survey(const struct deploy_env *env, const struct conf *conf,
                 const struct deploy_ports *ports, const struct bundle *b,
                 struct deploy_survey *out, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct situation now = {0};
    const struct old_state *old = &now.plan.old;
    int rc = look(&s, b, &now, err);

    if (rc == 0) {
        *out = (struct deploy_survey){.interrupts = plan_has(&now.plan, PLAN_RESTART),
                                      .broken = old->health == OLD_BROKEN,
                                      .sessions_known = now.observed.sessions.seen.ok,
                                      .sessions = now.observed.sessions.n};
        text_copy(out->sessions_why, sizeof out->sessions_why,
                  seen_trouble(&now.observed.sessions.seen));
        text_copy(out->why, sizeof out->why, old->why);
        put_served(&now.observed, old, &b->leaf, out);
    } else if (err->code != ERR_USAGE) {
        rollback_nothing(err);
    }
    observed_clear(&now.observed);
    return rc;
}

int drive_serves(const struct deploy_env *env, const struct conf *conf,
                 const struct deploy_ports *ports, struct deploy_survey *out, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct observed seen = {0};
    struct wire_view view = {0};
    struct old_state old = {0};
    int rc;

    s.journal.port = conf->deploy.port;
    s.journal.offload = conf->deploy.mode == CONF_OFFLOAD;
    rc = session_observe(&s, LOOK_ALL, &seen, err);
    if (rc == 0) {
        session_remember(&s, &seen);
        prove_look(&s, &view, true);
        plan_judge_old(&seen, &view, clock_now(env->clock), &old);
        *out = (struct deploy_survey){0};
        put_served(&seen, &old, NULL, out);
    }
    observed_clear(&seen);
    return rc;
}
