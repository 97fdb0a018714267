/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - what could not be delivered to somebody who is notified: kept with the alerts and sent
 * with the next message, until it is three days old. Texts only, as messages have them. A trouble
 * that is raised anew takes the place of the older one; one that nobody has heard of and that is
 * over is dropped.
 */
#ifndef RRAS_APP_OUTBOX_H
#define RRAS_APP_OUTBOX_H

#include "json.h"
#include "src/app/tiding.h"

enum {
    ALERT_CHANNELS = 8, /* CONF_NOTIFY_MAX */
    OUTBOX_MAX = 100,   /* the oldest are given up */
    OUTBOX_KEEP_S = 3 * 24 * 3600,
};

struct outbox {       /* outbox_clear frees; zero = empty */
    struct tiding *v; /* the oldest first */
    size_t n;
    int64_t tried_at[ALERT_CHANNELS]; /* last failure of a channel; 0 = the last try was none */
};
void outbox_clear(struct outbox *o);

/* What has become unneeded: nobody was told of it. */
void outbox_drop(struct outbox *o, const char *key);
/* Moves all to the front of *v (n of them, the caller's), but for those that are there anew: these
 * are marked `again`. False (no memory): all stays as it was. */
bool outbox_move_to(struct outbox *o, struct tiding **v, size_t *n);
/* Copies those that have not got to all channels, `now` the time of those that were not tried
 * before. *given_up: how many were too many, or too old; *first: one of them, NULL = none. */
void outbox_fill(struct outbox *o, const struct tiding *v, size_t n, int64_t now, size_t *given_up,
                 const struct tiding **first);
/* Whether to try a channel again whose oldest waits since `oldest`: less and less often, so that
 * the tries of a day stay well below its limit of messages. */
bool outbox_due(int64_t oldest, int64_t tried_at, int64_t now);

/* ---- as JSON ---- */
struct json *outbox_json(const struct outbox *o);
/* What cannot be understood is left out. o: empty. */
void outbox_read(struct outbox *o, const struct json *j);

#endif
