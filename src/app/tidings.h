/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tidings.h - outcomes on their way to the event log and to those who are notified.
 *
 * Facts (issued, deployed) are told once each. Troubles last: they are told when they come, once a
 * day while they stay, and when they have gone; alerts.h keeps what was told.
 */
#ifndef RRAS_APP_TIDINGS_H
#define RRAS_APP_TIDINGS_H

#include "event.h"
#include "src/app/alerts.h"
#include "src/app/app.h"
#include "src/app/deadman.h"
#include "src/app/job.h"
#include "src/app/tiding.h"

#define ALERTS_FILE   "alerts.json"  /* of `run` and what is done by hand */
#define WATCHDOG_FILE STORE_UNLOCKED /* of the watchdog, which never waits for the lock */

enum { TIDINGS_MAX = 2000 };
struct tidings { /* tidings_close frees */
    struct app *app;
    char *path; /* of the alerts */
    struct alerts alerts;
    struct tiding *v; /* for notification */
    size_t n;
    bool by_hand; /* somebody is looking: failures need no mail */
};

/* file: in the state folder, which exists. */
int tidings_open(struct tidings *t, struct app *app, const char *file, struct err *err) MUST_CHECK;
/* Saves what was told and frees. What cannot be saved is logged. */
void tidings_close(struct tidings *t);

/* What a trouble, or its end, is about. */
struct trouble {
    const char *name, *what; /* together the key: "vpn", "failure" */
    const char *class;       /* NULL = there is none (any more) */
    enum tiding_kind kind;
    enum event_id id;          /* when it comes, and daily */
    const struct event *event; /* its text and pairs; the id is taken from above */
};
void tidings_trouble(struct tidings *t, const struct trouble *what);
void tidings_fact(struct tidings *t, enum tiding_kind kind, const char *name,
                  const struct event *event);

/* ---- outcome.c ---- */
/* All that is to be told of one job. */
void tidings_outcome(struct tidings *t, const struct job_result *r, enum job_wish wish);
/* The served certificate nears its end, or does not. */
void tidings_expiry(struct tidings *t, const char *name, const struct deadman_served *s);
/* The event of a job that failed; the class of failures that are told once a day. Pure. */
enum event_id outcome_failure_event(const struct err *err);
void outcome_class(const struct err *err, char out[ALERT_CLASS_BYTES]);

#endif
