/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/selftest/selftest.h"
#include "net.h"
#include "src/app/app.h"
#include "src/app/args_guess.h"
#include "src/app/doc.h"
#include "src/app/unbegun.h"

#include <string.h>

static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static int fail(const char *command, bool json, const struct err *err)
{
    struct show s = {.silent = json, .err_color = os_is_terminal(2)};
    show_error(&s, NULL, err);
    if (json)
        doc_print(doc_new(command, err_exit_code(err), err));
    return err_exit_code(err);
}

/* All that is wrong with the configuration, for programs: {"errors": [lines]}. */
static int fail_to_open(const struct app *app, const struct err *err)
{
    struct show s = {.silent = app->args->json, .err_color = os_is_terminal(2)};
    struct json *doc = doc_new(app->args->command->name, err_exit_code(err), err);
    struct json *errors = json_new_array();
    struct buf line = BUF_INIT(4096);
    for (const char *p = buf_str(&app->conf_errors); *p != '\0'; p += strspn(p, "\n")) {
        size_t len = strcspn(p, "\n");
        buf_add(&line, p, len);
        json_append_string(errors, buf_str(&line));
        buf_reset(&line);
        p += len;
    }
    buf_clear(&line);
    json_put(doc, "errors", errors);
    show_error(&s, NULL, err);
    if (app->args->json)
        doc_print(doc);
    else
        json_free(doc);
    return err_exit_code(err);
}

/* Nobody looks at what a task says or ends with: it is told as any other trouble of it. Who sits at
 * a terminal has read it. */
static int fail_to_parse(const struct args *guess, bool json, const struct err *err)
{
    struct app app = {0};
    struct err ignored = {0};
    int code = fail("none", json, err);
    if (guess->command == NULL || os_is_terminal(2) || net_start(&ignored) != 0)
        return code;
    if (app_open(&app, guess, &ignored) != 0)
        log_info(&app.log, "%s", ignored.text);
    unbegun_tell(&app, err);
    app_close(&app);
    return code;
}

static int dispatch(struct app *app)
{
    switch (app->args->command->id) {
    case CMD_ACCOUNT:
        return cmd_account(app);
    case CMD_CHECK:
        return cmd_check(app);
    case CMD_DEPLOY:
        return cmd_deploy(app);
    case CMD_DOCTOR:
        return app->args->explain != NULL ? cmd_explain(app) : cmd_doctor(app);
    case CMD_EXPORT:
        return cmd_export(app);
    case CMD_INIT:
        return cmd_init(app);
    case CMD_ISSUE:
        return cmd_issue(app);
    case CMD_NOTIFY:
        return cmd_notify(app);
    case CMD_PROBE:
        return cmd_probe(app);
    case CMD_REVOKE:
        return cmd_revoke(app);
    case CMD_ROLLBACK:
        return cmd_rollback(app);
    case CMD_RUN:
        return cmd_run(app);
    case CMD_SCHEDULE:
        return cmd_schedule(app);
    case CMD_SELFTEST:
        return cmd_selftest(app);
    case CMD_STATUS:
        return cmd_status(app);
    case CMD_WATCHDOG:
        return cmd_watchdog(app);
    case CMD_VERSION:
        return cmd_version(app);
    case CMD_HELP:
    case CMD_NONE:
        break;
    }
    return cmd_help(app);
}

/* These must work where nothing is configured yet. */
static bool needs_configuration(const struct args *a)
{
    return a->command->id != CMD_HELP && a->command->id != CMD_VERSION &&
           a->command->id != CMD_SELFTEST && a->command->id != CMD_PROBE && a->explain == NULL &&
           !a->schema;
}

static int with_args(const struct args *args)
{
    struct app app = {.args = args};
    struct err err = {0};
    int code;
    if (!needs_configuration(args)) {
        app.out = (struct show){.silent = args->json,
                                .color = !args->no_color && os_is_terminal(1),
                                .err_color = !args->no_color && os_is_terminal(2)};
        return dispatch(&app);
    }
    if (args->command->id == CMD_INIT) {
        code = app_begin(&app, args, &err) != 0 ? fail(args->command->name, args->json, &err)
                                                : cmd_init(&app);
        app_close(&app);
        return code;
    }
    if (app_open(&app, args, &err) == 0) {
        code = dispatch(&app);
    } else {
        code = fail_to_open(&app, &err);
        if (args->command->id == CMD_RUN || args->command->id == CMD_WATCHDOG)
            unbegun_tell(&app, &err);
    }
    app_close(&app);
    return code;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct args args = {0}, guess = {0};
    int own_argc = 0, code;
    char **own_argv = NULL;
    if (os_args(argc, argv, &own_argc, &own_argv, &err) != 0)
        return fail("none", asks_for_json(argc, argv), &err);
    if (selftest_service(own_argc, own_argv, &code)) { /* started by the service control manager */
        os_args_free(own_argv);
        return code;
    }
    bool json = asks_for_json(own_argc, own_argv);
    (void)args_guess(&guess, own_argc, own_argv);
    if (args_parse(&args, own_argc, own_argv, &err) != 0)
        code = fail_to_parse(&guess, json, &err);
    else if (net_start(&err) != 0)
        code = fail(args.command->name, json, &err);
    else
        code = with_args(&args);
    net_stop();
    os_args_free(own_argv);
    return code;
}
