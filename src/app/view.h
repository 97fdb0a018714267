/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - what `status` knows of one certificate: read once (cmd_status.c), judged purely, then
 * shown as a table, as JSON, as a page and as metrics (status_out.h).
 */
#ifndef RRAS_APP_VIEW_H
#define RRAS_APP_VIEW_H

#include "conf.h"
#include "crypto.h"
#include "deploy/deploy.h"
#include "renew.h"
#include "store.h"

enum view_level { VIEW_GOOD, VIEW_NOTE, VIEW_WARN, VIEW_BAD };
enum view_state { VIEW_NONE, VIEW_PENDING, VIEW_VALID, VIEW_DUE, VIEW_EXPIRED, VIEW_STATES };
const char *view_state_name(enum view_state s); /* as in --json: "none" ... "expired" */

enum { VIEW_MAX_NEXT = 5 };

struct status_view { /* view_clear frees */
    /* What was read. */
    const struct conf *conf; /* borrowed */
    struct name_state state; /* state.deployed: as seen, where the machine was looked at */
    struct past rehearsal;   /* the last one of issue --staging; at 0 = never */
    struct cert_info live, held;
    char container[MACHINE_KEY_NAME_BYTES]; /* of its key; "" = the state folder has the key */
    bool have_live, have_held, order_pending;
    bool by_hand; /* no scheduled task starts `run`, as far as is known */
    bool looked;  /* `seen` is of the live certificate */
    struct deploy_seen seen;
    struct history *history; /* owned; NULL = not read */
    int64_t now;

    /* What follows from it: view_judge. */
    struct renew_decision renew; /* at 0 = not ours to renew: the balancer's is followed */
    enum view_state word;
    enum view_level level;
    int64_t days_left; /* whole ones; 0 of one that has expired */
    int left_permille; /* of its life: 0 to 1000 */
    struct {
        char text[640];
    } next[VIEW_MAX_NEXT]; /* what happens next, or is to be done */
    size_t next_count;
};
void view_clear(struct status_view *v);
void view_judge(struct status_view *v);

/* The held certificate, else the live one, else NULL. */
const struct cert_info *view_leaf(const struct status_view *v);
/* The CA's window (ARI) is known, and about that certificate. */
bool view_knows_window(const struct status_view *v);
/* The machine was looked at, and nobody listens there: what agrees serves no client. */
bool view_wire_is_dark(const struct status_view *v);
/* The last try failed by something that an administrator has to mend first: it counts no failure,
 * and the next run tries again. */
bool view_last_try_failed(const struct status_view *v);
/* Of the time that is left alone, whatever else is wrong. */
enum view_level view_life_level(const struct status_view *v);
/* When something last succeeded; 0 = not known. */
int64_t view_last_success(const struct status_view *v);

#endif
