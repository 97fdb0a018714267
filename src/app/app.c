/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/app.h"

#include "src/app/unbegun.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONF_ERRORS_BYTES = 256 * 1024 };

static void set_up_log(struct app *app)
{
    const struct args *a = app->args;
    enum log_level level = app->out.live ? LOG_WARN : LOG_INFO;
    if (app->confs.log_given)
        level = app->confs.log_level;
    if (a->log_level_given)
        level = a->log_level;
    app->sink.console_level = level;
    app->sink.file_level = level > LOG_INFO ? level : LOG_INFO;
    app->sink.file = a->log_file != NULL ? a->log_file : app->confs.log_file;
    app->sink.json = app->confs.log_format == CONF_LOG_JSON;
    app->sink.max_bytes = (int64_t)app->confs.log_max_mib * 1024 * 1024;
    app->sink.keep = app->confs.log_keep;
    app->log = logsink_log(&app->sink);
}

static int find_dirs(struct app *app, struct err *err)
{
    const struct args *a = app->args;
    int failed = a->config_dir != NULL ? text_dup(&app->config_dir, a->config_dir, err)
                                       : os_default_config_dir(&app->config_dir, err);
    if (failed != 0)
        return -1;
    return a->state_dir != NULL ? text_dup(&app->state_dir, a->state_dir, err)
                                : os_default_state_dir(&app->state_dir, err);
}

static void show_all_errors(const struct buf *errors)
{
    const char *nl = strchr(buf_str(errors), '\n');
    if (nl == NULL || nl[1] == '\0')
        return; /* the one there is will be shown as the outcome */
    os_write(2, buf_str(errors), strlen(buf_str(errors)));
}

/* ---- somebody at the terminal ---- */

static void tell(void *user, const char *text)
{
    (void)user;
    os_write(2, text, strlen(text));
}

static int done(void *user, const char *question, struct err *err)
{
    char answer[16] = "";
    tell(user, question);
    if (!os_read_line(answer, sizeof(answer)) || os_interrupted())
        return err_set(err, ERR_POSTPONED, "interrupted while records were to be made by hand");
    if (answer[0] != '\n' && answer[0] != '\r' && !text_starts(answer, "y"))
        return err_set(err, ERR_POSTPONED, "given up while records were to be made by hand");
    return 0;
}

/* The doctor works on a gateway where nothing was ever configured. */
static bool is_unconfigured(const struct app *app)
{
    return app->args->command->id == CMD_DOCTOR && app->args->config_dir == NULL &&
           app->args->name_count == 0 && !os_exists(app->config_dir);
}

int app_begin(struct app *app, const struct args *args, struct err *err)
{
    memset(app, 0, sizeof(*app));
    buf_init(&app->conf_errors, MAX_CONF_ERRORS_BYTES);
    app->args = args;
    app->clock = &os_clock;
    app->zone = &os_zone;
    app->sink.clock = app->clock;
    app->out.silent = args->json;
    app->out.color = !args->no_color && os_is_terminal(1);
    app->out.err_color = app->sink.color = !args->no_color && os_is_terminal(2);
    app->out.live = os_is_terminal(2);
    set_up_log(app);
    return find_dirs(app, err);
}

int app_open(struct app *app, const struct args *args, struct err *err)
{
    if (app_begin(app, args, err) != 0)
        return -1;
    if (!is_unconfigured(app) &&
        conf_load(&app->confs, app->config_dir, &app->conf_errors, err) != 0) {
        show_all_errors(&app->conf_errors);
        unbegun_salvage(app);
        set_up_log(app);
        return -1;
    }
    set_up_log(app);
    app->console = (struct acme_console){tell, done, app};
    return responders_open(&app->responders, err);
}

void app_close(struct app *app)
{
    conf_set_clear(&app->confs);
    buf_clear(&app->conf_errors);
    responders_close(app->responders);
    free(app->config_dir);
    free(app->state_dir);
    memset(app, 0, sizeof(*app));
}

int app_confirm(const struct app *app, const char *what, const char *after, struct err *err)
{
    char answer[16] = "", question[512];
    if (app->args->yes)
        return 0;
    if (app->args->json || !os_is_terminal(0)) {
        err_set(err, ERR_USAGE, "%s: not done without being confirmed", what);
        return err_hint(err, "add --yes");
    }
    snprintf(question, sizeof(question), "%s? %s. Type yes: ", what, after);
    os_write(2, question, strlen(question));
    if (!os_read_line(answer, sizeof(answer)) || !text_starts(answer, "yes"))
        return err_set(err, ERR_USAGE, "%s: not confirmed; nothing was done", what);
    return 0;
}

const struct acme_console *app_console(struct app *app)
{
    if (app->args->json || app->args->yes || !os_is_terminal(0) || !os_is_terminal(2))
        return NULL;
    return &app->console;
}

static int unknown_name(const struct app *app, const char *name, struct err *err)
{
    const char *near = conf_nearest(&app->confs, name);
    if (near != NULL)
        return err_set(err, ERR_USAGE, "%.100s: no such certificate; did you mean %s?", name, near);
    return err_set(err, ERR_USAGE,
                   "%.100s: no such certificate; there is no %.100s.json in folder conf.d of %s",
                   name, name, app->config_dir);
}

static bool is_in(const struct conf *const *list, size_t n, const struct conf *one)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == one)
            return true;
    return false;
}

int app_select(const struct app *app, const struct conf ***out, size_t *count, struct err *err)
{
    size_t n = app->args->name_count > 0 ? app->args->name_count : app->confs.n;
    if (app->confs.n == 0) {
        err_set(err, ERR_USAGE, "configuration %s: no certificate is configured", app->config_dir);
        return err_hint(err, "write NAME.json into its folder conf.d; README shows one");
    }
    const struct conf **list = calloc(n, sizeof(*list));
    if (list == NULL)
        return err_set(err, ERR_FAIL, "out of memory");
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const struct conf *one = app->args->name_count > 0
                                     ? conf_find(&app->confs, app->args->names[i])
                                     : &app->confs.v[i];
        if (one == NULL) {
            free(list);
            return unknown_name(app, app->args->names[i], err);
        }
        if (!is_in(list, found, one)) /* a name that is said twice counts once */
            list[found++] = one;
    }
    *out = list;
    *count = found;
    return 0;
}
