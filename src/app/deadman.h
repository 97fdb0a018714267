/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deadman.h - the alarms that do not depend on anything going well: what is served nears its end,
 * `run` has not run. Pure.
 */
#ifndef RRAS_APP_DEADMAN_H
#define RRAS_APP_DEADMAN_H

#include "event.h"

enum {
    DEADMAN_LIFE_S = 90 * 24 * 3600, /* of a certificate whose beginning is not known */
    DEADMAN_SILENCE_S = 12 * 3600,   /* without a run: alarm */
    DEADMAN_SET_BACK_S = 24 * 3600,  /* a run so far in the future was by a wrong clock */
};

/* The certificate that clients are served, whatever our files say. */
struct deadman_served {
    int64_t from, until; /* notBefore (0 = not known), notAfter; until 0 = not known what serves */
    int64_t renew_at;    /* planned renewal; 0 = now or not known */
    bool held;           /* a newer one waits for its maintenance window ... */
    int64_t held_until;  /* ... which opens then; 0 = nobody knows */
};
/* EVENT_NONE, or EVENT_EXPIRY_THIRD, _FIFTH (so much of its life is left, or less), _TENTH,
 * EVENT_EXPIRED. The first two are quiet while all goes as planned: the renewal is not due yet, or
 * the newer one will be in place before a tenth is left. */
enum event_id deadman_expiry(const struct deadman_served *s, int64_t now);

/* The task of `run` as the scheduler tells it. */
struct deadman_task {
    bool asked; /* there is a scheduler, and it answered */
    bool registered, enabled;
};
/* EVENT_NONE, EVENT_SCHEDULE_BROKEN (the task is gone or disabled) or EVENT_NOT_RUN. last_run: the
 * end of the last run, 0 = there was none. */
enum event_id deadman_silence(const struct deadman_task *task, int64_t last_run, int64_t now);

#endif
