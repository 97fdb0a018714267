/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/view.h"

#include "src/app/follow.h"
#include "src/app/ration.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 3600, LAST_PART = 10 }; /* below a tenth of its life it is no small matter */

void view_clear(struct status_view *v)
{
    cert_info_clear(&v->live);
    cert_info_clear(&v->held);
    free(v->history);
    v->history = NULL;
}

const char *view_state_name(enum view_state s)
{
    static const char *const names[] = {"none", "pending", "valid", "due", "expired"};
    return names[s];
}

const struct cert_info *view_leaf(const struct status_view *v)
{
    if (v->have_held)
        return &v->held;
    return v->have_live ? &v->live : NULL;
}

bool view_knows_window(const struct status_view *v)
{
    return renewal_knows_window(&v->state, view_leaf(v)) && v->state.ari.start != 0;
}

int64_t view_last_success(const struct status_view *v)
{
    for (size_t i = 0; v->history != NULL && i < v->history->n; i++)
        if (v->history->v[i].ok)
            return v->history->v[i].at;
    return v->state.failures == 0 ? v->state.last_at : 0; /* of a version without a history */
}

enum view_level view_life_level(const struct status_view *v)
{
    if (v->word == VIEW_EXPIRED || (view_leaf(v) != NULL && v->left_permille < 1000 / LAST_PART))
        return VIEW_BAD;
    return v->word == VIEW_VALID ? VIEW_GOOD : VIEW_NOTE;
}

static void judge_renewal(struct status_view *v)
{
    if (follow_wanted(v->conf))
        return; /* nobody here renews it */
    if (v->state.failed[0].at[0] != 0 || v->state.ordered_at[0] != 0)
        ration_begin(&v->state, v->conf); /* another CA, other names: they start anew */
    struct renew_facts f = renewal_facts(v->conf, &v->state, view_leaf(v), v->now);
    if (v->have_live && v->have_held && renewal_rejected(&v->state, &v->held))
        renewal_limit(&f, v->conf, &v->state, &v->live);
    renew_decide(&f, &v->renew);
}

static enum view_state word_of(const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    if (leaf == NULL)
        return v->order_pending ? VIEW_PENDING : VIEW_NONE;
    if (v->now >= leaf->not_after)
        return VIEW_EXPIRED;
    return follow_wanted(v->conf) || v->renew.answer == RENEW_NOT_DUE ? VIEW_VALID : VIEW_DUE;
}

static int permille_left(const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    if (leaf == NULL || leaf->not_after <= v->now || leaf->not_after <= leaf->not_before)
        return 0;
    if (v->now <= leaf->not_before)
        return 1000;
    return (int)(1000 * (leaf->not_after - v->now) / (leaf->not_after - leaf->not_before));
}

bool view_wire_is_dark(const struct status_view *v)
{
    return v->looked && v->seen.place[PLACE_WIRE].state == PLACE_UNSEEN &&
           v->seen.place[PLACE_WIRE].shows[0] != '\0';
}

bool view_last_try_failed(const struct status_view *v)
{
    return v->state.failures == 0 && strcmp(v->state.last_result, "failed") == 0;
}

static enum view_level level_of(const struct status_view *v)
{
    enum deployed_state d = v->state.deployed;
    if (view_life_level(v) == VIEW_BAD || d == DEPLOYED_FAILED)
        return VIEW_BAD;
    if (v->state.failures > 0 || d == DEPLOYED_DRIFT || d == DEPLOYED_ROLLED_BACK ||
        view_wire_is_dark(v) || view_last_try_failed(v))
        return VIEW_WARN;
    return v->word == VIEW_VALID && d != DEPLOYED_HELD ? VIEW_GOOD : VIEW_NOTE;
}

/* "2026-12-21 04:15 UTC" */
static void when(int64_t t, char out[24])
{
    char text[21];
    text_time(t, text);
    snprintf(out, 24, "%.10s %.5s UTC", text, text + 11);
}

static void add_next(struct status_view *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_next(struct status_view *v, const char *fmt, ...)
{
    va_list ap;
    if (v->next_count == VIEW_MAX_NEXT)
        return;
    va_start(ap, fmt);
    vsnprintf(v->next[v->next_count].text, sizeof(v->next[0].text), fmt, ap);
    va_end(ap);
    v->next_count++;
}

static void next_of_failures(struct status_view *v)
{
    const char *name = v->conf->name, *verb = follow_wanted(v->conf) ? "deploy" : "issue";
    char at[24];
    if (view_last_try_failed(v))
        add_next(v, "The last try failed: %s", v->state.last_message);
    if (v->state.failures == 0)
        return;
    add_next(v, "It failed %d time%s in a row%s%s", v->state.failures,
             v->state.failures == 1 ? "" : "s", v->state.last_message[0] != '\0' ? ": " : "",
             v->state.last_message);
    if (renew_waits(v->state.not_before_s, v->now)) {
        when(v->state.not_before_s, at);
        add_next(v,
                 "The next run after %s tries again. Sooner, when the cause is mended: "
                 "rras-acme %s %s",
                 at, verb, name);
    } else {
        add_next(v, "The next run tries again. To see what is wrong: rras-acme check %s", name);
    }
}

static void next_of_deploy(struct status_view *v)
{
    const char *name = v->conf->name, *reason = v->state.held_reason;
    char at[24];
    switch (v->state.deployed) {
    case DEPLOYED_HELD:
        if (v->state.held_until != 0) {
            when(v->state.held_until, at);
            add_next(v,
                     "Held: %s. The first run after %s puts it in place; at once: "
                     "rras-acme deploy %s --now",
                     reason, at, name);
        } else {
            add_next(v, "Held: %s", reason[0] != '\0' ? reason : "not deployed yet");
        }
        break;
    case DEPLOYED_DRIFT:
        add_next(v,
                 "The machine does not show what was deployed. The next run mends it; now: "
                 "rras-acme deploy %s",
                 name);
        break;
    case DEPLOYED_FAILED:
        add_next(v,
                 "The last deploy failed, and clients may be refused. Act now: rras-acme doctor, "
                 "then rras-acme deploy %s",
                 name);
        break;
    case DEPLOYED_ROLLED_BACK:
        add_next(v,
                 "The certificate before it serves again. To see why: rras-acme check %s; to "
                 "put the newer one in place: rras-acme deploy %s",
                 name, name);
        break;
    case DEPLOYED_NONE:
    case DEPLOYED_CURRENT:
        break;
    }
}

static void next_of_wire(struct status_view *v)
{
    if (view_wire_is_dark(v))
        add_next(v, "%s: no client is answered. To see what is wrong: rras-acme doctor",
                 v->seen.place[PLACE_WIRE].shows);
}

static void next_of_following(struct status_view *v)
{
    if (v->word == VIEW_EXPIRED)
        add_next(v, "Clients are refused. Renew it on the balancer; the next run follows");
    else if (v->word == VIEW_VALID)
        add_next(v, "Whatever the balancer serves, each run follows");
    else
        add_next(v,
                 "Nothing was taken over from the balancer yet. Try everything: "
                 "rras-acme check %s; then follow it: rras-acme deploy %s",
                 v->conf->name, v->conf->name);
}

static void next_of_renewal(struct status_view *v)
{
    const char *name = v->conf->name;
    char at[24];
    when(v->renew.at, at);
    switch (v->word) {
    case VIEW_NONE:
        add_next(v,
                 "Nothing was issued yet. Try everything: rras-acme check %s; then order: "
                 "rras-acme issue %s",
                 name, name);
        break;
    case VIEW_PENDING:
        add_next(v, "An order is under way; the next run takes it up again");
        break;
    case VIEW_VALID:
        add_next(v,
                 v->by_hand ? "Due from %s; no scheduled task renews it: rras-acme schedule install"
                            : "Renews by itself from %s",
                 at);
        break;
    case VIEW_DUE:
        if (v->renew.answer == RENEW_DUE)
            add_next(v, "The next run renews it%s",
                     v->by_hand ? "; no scheduled task starts one: rras-acme schedule install"
                                : "");
        break;
    case VIEW_EXPIRED:
        if (v->state.failures == 0)
            add_next(v, "Clients are refused. Order now: rras-acme issue %s", name);
        break;
    case VIEW_STATES:
        break;
    }
}

void view_judge(struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    judge_renewal(v);
    v->word = word_of(v);
    v->left_permille = permille_left(v);
    v->days_left =
        leaf != NULL && leaf->not_after > v->now ? (leaf->not_after - v->now) / DAY_S : 0;
    v->level = level_of(v);
    v->next_count = 0;
    next_of_failures(v);
    next_of_wire(v);
    next_of_deploy(v);
    if (follow_wanted(v->conf))
        next_of_following(v);
    else
        next_of_renewal(v);
}
