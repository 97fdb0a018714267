/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job_rollback.c - back to the certificate that was in place before.
 *
 * The store is turned first: the earlier one becomes live, the one to leave becomes held, marked as
 * rejected. So a run after a crash at any point brings about what was asked for. If the deploy
 * fails, the store is turned back.
 */
#include "src/app/job_int.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static bool is_zero(const uint8_t sha256[SHA256_BYTES])
{
    static const uint8_t none[SHA256_BYTES];
    return memcmp(sha256, none, SHA256_BYTES) == 0;
}

static int nothing_before(const struct job *j, struct err *err)
{
    const char *name = j->conf->name;
    err_set(err, ERR_USAGE, "no certificate of ours was in place before the present one");
    if (j->have_held)
        return err_hint(err, "rras-acme deploy %s puts the held one in place", name);
    return err_hint(err, "it can be rolled back after the next renewal, if deploy.keep is not 0");
}

/* The earlier certificate with its key, fit to serve. */
static int find_previous(const struct job *j, struct bundle *out, struct err *err)
{
    const uint8_t *sha256 = j->state.previous_sha256;
    char at[21];
    struct err e = {0};
    if (!j->have_live || is_zero(sha256) || memcmp(sha256, j->live.leaf.sha256, SHA256_BYTES) == 0)
        return nothing_before(j, err);
    if (store_load_archived(j->store, j->conf->name, sha256, out, &e) != 0) {
        err_set(err, ERR_USAGE, "the certificate before, or its key, is gone: %s", e.text);
        return err_hint(err, "deploy.keep is %d: so many earlier ones are kept",
                        j->conf->deploy.keep);
    }
    if (!job_key_is_there(out, &e))
        return err_set(err, ERR_USAGE, "the key of the certificate before is gone: %s", e.text);
    text_time(out->leaf.not_after, at);
    if (clock_now(j->app->clock) >= out->leaf.not_after)
        return err_set(err, ERR_USAGE, "the certificate before expired at %s", at);
    if (memcmp(j->state.revoked_sha256, sha256, SHA256_BYTES) == 0)
        return err_set(err, ERR_USAGE, "the certificate before was revoked");
    return 0;
}

/* What the store was before it was turned. */
struct turned {
    bool was_held; /* a newer one was held already: it stays */
    struct bundle from;
    uint8_t rejected[SHA256_BYTES];
};

/* Takes *previous over. */
static int turn(struct job *j, struct bundle *previous, struct turned *t, struct err *err)
{
    const struct bundle *newest = j->have_held ? &j->held : &j->live;
    t->was_held = j->have_held;
    memcpy(t->rejected, j->state.rejected_sha256, SHA256_BYTES);
    memcpy(j->state.rejected_sha256, newest->leaf.sha256, SHA256_BYTES);
    text_copy(j->state.held_reason, sizeof(j->state.held_reason),
              "rolled back; it waits for a newer certificate, or for the command deploy");
    j->state.held_since = clock_now(j->app->clock);
    j->state.held_until = 0;
    if (job_save_state(j, err) != 0)
        return -1;
    if (!t->was_held && store_hold(j->store, j->conf->name, &j->live, err) != 0)
        return -1;
    if (store_replace_live(j->store, j->conf->name, previous, err) != 0)
        return -1;
    if (t->was_held)
        t->from = j->live;
    else
        j->held = j->live;
    j->have_held = true;
    j->live = *previous;
    memset(previous, 0, sizeof(*previous));
    return 0;
}

/* The deploy failed: what serves is what served. */
static void turn_back(struct job *j, const struct turned *t)
{
    struct err err = {0};
    int failed = t->was_held ? store_replace_live(j->store, j->conf->name, &t->from, &err)
                             : store_promote(j->store, j->conf->name, &err);
    memcpy(j->state.rejected_sha256, t->rejected, SHA256_BYTES);
    if (failed != 0)
        log_warn(&j->app->log, "%s: %s", j->conf->name, err.text);
}

static void tell(struct job *j)
{
    char hex[2 * SHA256_BYTES + 1], until[21];
    text_hex(j->live.leaf.sha256, SHA256_BYTES, hex);
    text_time(j->live.leaf.not_after, until);
    memset(j->state.previous_sha256, 0, SHA256_BYTES);
    j->r->action = ACTION_ROLLED_BACK;
    snprintf(j->r->note, sizeof(j->r->note),
             "certificate %.16s.. is in place again, it expires %s; the newer one is held until "
             "another is issued, or rras-acme deploy %.60s",
             hex, until, j->conf->name);
}

int job_roll_back(struct job *j, struct err *err)
{
    struct bundle previous = {0};
    struct turned t = {0};
    int failed = -1;
    if (find_previous(j, &previous, err) != 0 || turn(j, &previous, &t, err) != 0)
        goto done;
    failed = job_deploy(j, &j->live, err);
    if (failed != 0)
        turn_back(j, &t);
    else
        tell(j);
done:
    bundle_clear(&previous);
    bundle_clear(&t.from);
    return failed;
}
