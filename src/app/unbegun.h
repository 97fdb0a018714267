/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unbegun.h - `run` or `watchdog` that cannot even begin: a configuration with errors, a state
 * folder that cannot be opened. Nobody looks at the exit code of a task, so it is told as every
 * lasting trouble is (tidings.h): an event and a message when it comes, once a day, and at its end.
 *
 * Whom to tell stands in rras-acme.json: its notify is read by itself. When even that has errors,
 * those of the last run that could begin are asked, which keeps a copy of the file's text in the
 * state folder; what the file names as secret stays where it is.
 */
#ifndef RRAS_APP_UNBEGUN_H
#define RRAS_APP_UNBEGUN_H

#include "src/app/tidings.h"

#define UNBEGUN_COPY_FILE "rras-acme.json.good"

/* The configuration could not be read: log and notify into app->confs, as far as they can. */
void unbegun_salvage(struct app *app);
/* Tells of what app_open, or what comes before the first job, has failed with. That another
 * instance runs (ERR_BUSY) is no trouble. */
void unbegun_tell(struct app *app, const struct err *err);
/* It could begin: tells so if it could not before. */
void unbegun_over(struct tidings *t);
/* Keeps a copy of rras-acme.json, which was just read without error. Needs the lock. */
void unbegun_keep_copy(const struct app *app);

/* ---- pure ---- */
/* What is the same trouble: of the configuration the errors themselves, else outcome_class. */
void unbegun_class(const struct err *err, char out[ALERT_CLASS_BYTES]);
/* Whether to send a message when it cannot be noted that it was sent: in every sixth hour. */
bool unbegun_blind_hour(int64_t now);

#endif
