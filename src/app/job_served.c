/* SPDX-License-Identifier: Apache-2.0 */
/* job_served.c - what clients are served at the end of a job, for the dead-man's alarm: by what the
 * machine shows, not by what our files say, and also when the job has failed. */
#include "src/app/job_int.h"
#include "text.h"

#include <string.h>

/* The leaf that the deploy has just found, or put, in place and proven; NULL = not proven. */
static const struct cert_info *proven_leaf(const struct job *j)
{
    const uint8_t *sha256 = j->state.deployed_sha256;
    if (err_is_set(&j->r->err) || j->r->action == ACTION_HELD ||
        j->state.deployed != DEPLOYED_CURRENT)
        return NULL;
    if (j->have_held && memcmp(j->held.leaf.sha256, sha256, SHA256_BYTES) == 0)
        return &j->held.leaf;
    if (j->have_live && memcmp(j->live.leaf.sha256, sha256, SHA256_BYTES) == 0)
        return &j->live.leaf;
    return NULL;
}

static void take(struct deadman_served *s, const struct cert_info *leaf)
{
    s->from = leaf->not_before;
    s->until = leaf->not_after;
}

/* b: NULL = nothing was ever issued; what was there before us is watched all the same. */
static void survey(struct job *j, const struct bundle *b, struct deadman_served *s)
{
    struct deploy_env env = job_deploy_env(j);
    struct deploy_survey seen = {0};
    struct err err = {0};
    job_lock_machine(j);
    int failed = b != NULL ? deploy_survey(&env, j->conf, b, &seen, &err)
                           : deploy_serves(&env, j->conf, &seen, &err);
    job_unlock_machine(j);
    if (failed != 0) {
        log_info(&j->app->log, "%s: what is served cannot be told: %s", j->conf->name, err.text);
        return;
    }
    s->from = seen.served_from;
    s->until = seen.served_until;
}

void job_look_at_served(struct job *j)
{
    struct deadman_served *s = &j->r->served;
    const struct bundle *b = job_current(j);
    const struct cert_info *leaf = proven_leaf(j);
    struct renew_decision d;
    if (b == NULL) {
        if (j->wish == JOB_RUN && job_to_rras(j))
            survey(j, NULL, s);
        return;
    }
    text_hex(b->leaf.sha256, SHA256_BYTES, j->r->sha256);
    j->r->not_after = b->leaf.not_after;
    if (j->wish != JOB_RUN)
        return;
    job_decide(j, &d);
    s->renew_at = d.answer == RENEW_NOT_DUE ? d.at : 0;
    s->held = j->r->action == ACTION_HELD;
    s->held_until = s->held ? j->state.held_until : 0;
    if (!job_to_rras(j)) /* who takes it from the state folder is not known */
        leaf = j->have_live ? &j->live.leaf : &b->leaf;
    if (leaf != NULL)
        take(s, leaf);
    else
        survey(j, b, s);
}
