/* SPDX-License-Identifier: Apache-2.0 */
/* `selftest`: needs neither configuration nor state folder. */
#include "deploy/selftest/selftest.h"
#include "deploy/wire.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "text.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 256 * 1024, WINDOWS_BYTES = 96 };

static const char default_file[] = "rras-acme-selftest.json";

/* ---- where the journal is ---- */

static int temporary_dir(char **out, struct err *err)
{
    char *temp = os_getenv("TEMP");
    int rc = temp != NULL ? os_path_join(out, temp, "rras-acme-selftest", err)
                          : err_set(err, ERR_FAIL, "environment variable TEMP: not set");
    free(temp);
    return rc;
}

static bool has_journal(const char *dir)
{
    struct err ignored = {0};
    char *path = NULL;
    bool there = os_path_join(&path, dir, "journal", &ignored) == 0 && os_exists(path);
    free(path);
    return there;
}

/* In the state folder when there is one; but what a dead selftest has left is found first. */
static int choose_dir(const struct args *a, char **out, struct err *err)
{
    char *state = NULL, *in_state = NULL, *temp = NULL;
    int rc = -1;
    if ((a->state_dir != NULL ? text_dup(&state, a->state_dir, err)
                              : os_default_state_dir(&state, err)) != 0 ||
        os_path_join(&in_state, state, "selftest", err) != 0 || temporary_dir(&temp, err) != 0)
        goto done;
    bool use_state = os_exists(state) && !has_journal(temp);
    *out = use_state ? in_state : temp;
    free(use_state ? temp : in_state);
    in_state = temp = NULL;
    rc = 0;
done:
    free(state);
    free(in_state);
    free(temp);
    return rc;
}

/* ---- what is told ---- */

static struct json *row_json(enum selftest_row_id id, const struct selftest_report *r)
{
    const struct selftest_outcome *o = &r->outcome[id];
    struct json *row = json_new_object(), *figures = json_new_object();
    json_put_string(row, "row", selftest_row_table[id].name);
    json_put_string(row, "title", selftest_row_table[id].title);
    json_put_string(row, "level", check_level_name(r->verdict[id].level));
    json_put_integer(row, "ms", o->ms);
    if (o->number != 0)
        json_put_integer(row, "code", o->number);
    else
        json_put_null(row, "code");
    json_put_string(row, "finding",
                    r->verdict[id].finding[0] != '\0' ? r->verdict[id].finding : NULL);
    for (size_t i = 0; i < o->figures; i++)
        json_put_integer(figures, o->figure[i].name, o->figure[i].value);
    json_put(row, "figures", figures);
    return row;
}

/* `detail` stays out: it may name what is nobody's business. */
static struct json *document(const struct selftest_report *r, const char *windows, int code,
                             const struct err *verdict)
{
    struct json *doc = doc_new("selftest", code, verdict), *rows = json_new_array();
    json_put_string(doc, "program", RRAS_ACME_VERSION);
    json_put_string(doc, "windows", windows);
    json_put_time(doc, "at", clock_now(&os_clock));
    for (int i = 0; i < SELFTEST_ROWS; i++)
        json_append(rows, row_json((enum selftest_row_id)i, r));
    json_put(doc, "rows", rows);
    return doc;
}

static void show_row(const struct show *s, enum selftest_row_id id, const struct selftest_report *r)
{
    static const enum show_style styles[] = {SHOW_GOOD, SHOW_PLAIN, SHOW_WARN, SHOW_BAD, SHOW_DIM};
    static const char *const words[] = {"ok  ", "note", "WARN", "FAIL", "skip"};
    const struct selftest_outcome *o = &r->outcome[id];
    const struct selftest_verdict *v = &r->verdict[id];
    char took[32];
    show_duration(o->ms, took);
    show_text(s, "  ");
    show_styled(s, styles[v->level], "%s", words[v->level]);
    show_text(s, "  %-42s %9s  %s\n", selftest_row_table[id].title, o->skip != NULL ? "" : took,
              v->finding);
    if (v->level != CHECK_OK && o->detail[0] != '\0')
        show_styled(s, SHOW_DIM, "        %s\n", o->detail);
}

static void show_report(const struct show *s, const struct selftest_report *r, const char *windows)
{
    show_styled(s, SHOW_BOLD, "selftest on %s\n", windows);
    for (int i = 0; i < SELFTEST_ROWS; i++)
        show_row(s, (enum selftest_row_id)i, r);
    if (selftest_failed(r))
        show_styled(s, SHOW_BAD, "a row failed\n");
    else
        show_styled(s, SHOW_GOOD, "no row failed\n");
}

static int write_file(const char *path, const struct json *doc, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    int rc = json_text(doc, JSON_PRETTY, &text, err);
    buf_putc(&text, '\n');
    if (rc == 0 && (rc = buf_check(&text, path, err)) == 0)
        rc = os_write_shared_file(path, text.p, text.len, err);
    buf_clear(&text);
    return rc;
}

/* ---- the command ---- */

static int try_everything(const struct app *app, const char *windows, struct selftest_report *out,
                          struct err *err)
{
    struct wire wire = wire_real(&os_clock);
    struct selftest_env env = {.wire = &wire,
                               .clock = &os_clock,
                               .log = &app->log,
                               .windows = windows,
                               .elevated = os_elevated(),
                               .interrupted = os_interrupted};
    struct selftest_host *host = NULL;
    char *dir = NULL;
    int rc = -1;
    if (selftest_host_open(&host, err) != 0 || choose_dir(app->args, &dir, err) != 0)
        goto done;
    env.host = host;
    env.dir = dir;
    rc = selftest_run(&env, out, err);
    struct err ignored = {0}; /* an empty folder is no harm */
    if (rc == 0 && out->outcome[SELFTEST_CLEANUP].done && os_remove_tree(dir, &ignored) != 0)
        log_warn(&app->log, "%s", ignored.text);
done:
    selftest_host_close(host);
    free(dir);
    return rc;
}

int cmd_selftest(struct app *app)
{
    const char *path = app->args->out != NULL ? app->args->out : default_file;
    struct selftest_report *report = calloc(1, sizeof(*report));
    char windows[WINDOWS_BYTES];
    struct err err = {0};
    struct json *doc = NULL;
    os_catch_interrupt();
    os_describe(windows, sizeof(windows));
    app->sink.clock = &os_clock;
    app->sink.console_level = app->args->log_level_given ? app->args->log_level : LOG_WARN;
    app->sink.file_level = LOG_INFO;
    app->sink.file = app->args->log_file;
    app->log = logsink_log(&app->sink);
    int failed = report != NULL ? try_everything(app, windows, report, &err)
                                : err_set(&err, ERR_FAIL, "selftest: out of memory");
    if (failed == 0) {
        struct err verdict = {0};
        if (selftest_failed(report))
            err_set(&verdict, ERR_CHECK, "a row of the selftest failed");
        show_report(&app->out, report, windows);
        doc =
            document(report, windows, err_is_set(&verdict) ? err_exit_code(&verdict) : 0, &verdict);
        if (write_file(path, doc, &err) == 0) {
            show_text(&app->out, "written: %s (nothing in it names this machine)\n", path);
            err = verdict;
        }
    }
    int code = err_is_set(&err) ? err_exit_code(&err) : 0;
    if (code != 0 && err.code != ERR_CHECK)
        show_error(&app->out, NULL, &err);
    if (app->args->json)
        doc_print(doc != NULL ? doc : doc_new("selftest", code, &err));
    else
        json_free(doc);
    free(report);
    return code;
}
