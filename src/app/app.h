/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app.h - what a command works with: arguments, configuration, log, output.
 */
#ifndef RRAS_APP_H
#define RRAS_APP_H

#include "acme/acme.h"
#include "conf.h"
#include "https.h"
#include "json.h"
#include "os.h"
#include "report.h"
#include "src/app/args.h"
#include "src/app/logsink.h"
#include "src/app/show.h"
#include "store.h"

struct app {
    const struct args *args;
    const struct clock *clock;
    const struct zone *zone;
    struct logsink sink;
    struct log log;
    struct show out; /* people's output and colours */
    char *config_dir, *state_dir;
    struct conf_set confs;
    struct buf conf_errors; /* one a line, when app_open failed for them */
    struct responders *responders;
    struct acme_console console;
};

/* Folders and log alone: for `init`, which has no configuration yet. */
int app_begin(struct app *app, const struct args *args, struct err *err) MUST_CHECK;
/* Folders, configuration, log. With ERR_USAGE of the configuration, all its errors were shown. */
int app_open(struct app *app, const struct args *args, struct err *err) MUST_CHECK;
void app_close(struct app *app);

/* The configurations that the arguments name, all when they name none. *out is the caller's
 * (free); ERR_USAGE for a name that is not configured, or when nothing is configured at all. */
int app_select(const struct app *app, const struct conf ***out, size_t *count,
               struct err *err) MUST_CHECK;

/* Who can be asked to create records by hand; NULL when nobody watches. */
const struct acme_console *app_console(struct app *app);

/* Asks for "yes" before what cannot simply be done again; `after` tells what becomes of it, as
 * "This cannot be undone". --yes answers beforehand. ERR_USAGE when the answer is another one, or
 * when nobody can be asked. */
int app_confirm(const struct app *app, const char *what, const char *after,
                struct err *err) MUST_CHECK;

/* Each command returns the exit code and has reported its outcome. */
int cmd_account(struct app *app);
int cmd_check(struct app *app);
int cmd_deploy(struct app *app);
int cmd_doctor(struct app *app);
int cmd_explain(struct app *app); /* doctor --explain */
int cmd_export(struct app *app);
int cmd_init(struct app *app);
int cmd_issue(struct app *app);
int cmd_notify(struct app *app);
int cmd_probe(struct app *app);
int cmd_revoke(struct app *app);
int cmd_rollback(struct app *app);
int cmd_run(struct app *app);
int cmd_schedule(struct app *app);
int cmd_selftest(struct app *app);
int cmd_status(struct app *app);
int cmd_watchdog(struct app *app);
int cmd_version(struct app *app);
int cmd_help(struct app *app);

#endif
