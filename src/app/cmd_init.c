/* SPDX-License-Identifier: Apache-2.0 */
/* `init`: gathers settings, writes conf.d/NAME.json once it is known to be good, tries it. */
#include "src/app/doc.h"
#include "src/app/init.h"
#include "src/app/init_wait.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 64 * 1024, SCHEMA_MAX_BYTES = 1024 * 1024 };

/* ---- the file ---- */

static int compose(const struct init *in, struct buf *out, struct err *err)
{
    struct conf_given given[INIT_MAX_SETTINGS];
    for (size_t i = 0; i < in->n; i++)
        given[i] = (struct conf_given){in->set[i].key, in->set[i].value};
    return conf_compose(&in->names, given, in->n, out, err);
}

/* One error alone is told as the outcome, several before it, too. */
static int refuse(const char *path, const struct buf *errors, struct err *err)
{
    struct buf all = BUF_INIT(FILE_MAX_BYTES), first = BUF_INIT(FILE_MAX_BYTES);
    init_reword(path, buf_str(errors), &all);
    init_reword(path, err->text, &first);
    const char *nl = strchr(buf_str(&all), '\n');
    if (nl != NULL && nl[1] != '\0')
        os_write(2, buf_str(&all), strlen(buf_str(&all)));
    err_clear(err);
    err_set(err, ERR_USAGE, "%s", buf_str(&first));
    buf_clear(&all);
    buf_clear(&first);
    return err_hint(err,
                    "nothing was written; --set KEY=VALUE gives a key, and some have a flag of "
                    "their own: rras-acme help init");
}

/* What is wrong names the key; elsewhere than at a terminal it is to be given as a flag. */
static int judge(const struct init *in, const char *path, const struct buf *text, struct conf *out,
                 struct err *err)
{
    struct buf shared = BUF_INIT(FILE_MAX_BYTES), errors = BUF_INIT(FILE_MAX_BYTES);
    struct conf_text own = {path, buf_str(text), text->len}, defaults = {0};
    char *shared_path = NULL;
    int failed = conf_shared_path(in->app->config_dir, &shared_path, err);
    if (failed == 0 && os_exists(shared_path))
        failed = os_read_file(shared_path, &shared, err);
    defaults = (struct conf_text){shared_path, buf_str(&shared), shared.len};
    if (failed == 0 &&
        conf_read(out, in->name, shared.len > 0 ? &defaults : NULL, &own, &errors, err) != 0) {
        failed = refuse(path, &errors, err);
    }
    free(shared_path);
    buf_clear(&shared);
    buf_clear(&errors);
    return failed;
}

/* Beside the others it must be good, too: RRAS takes one certificate. */
static int judge_others(const struct init *in, const struct conf *conf, struct err *err)
{
    struct conf_set others = {0};
    struct err ignored = {0};
    int failed = 0;
    if (!os_exists(in->app->config_dir) ||
        conf_load(&others, in->app->config_dir, NULL, &ignored) != 0)
        return 0; /* what is wrong there is said by the check that follows */
    for (size_t i = 0; i < others.n && failed == 0; i++)
        if (conf->deploy.target == CONF_TARGET_RRAS &&
            others.v[i].deploy.target == CONF_TARGET_RRAS &&
            strcmp(others.v[i].name, conf->name) != 0) {
            err_set(err, ERR_USAGE, "deploy.target: \"rras\" is the target of %s already",
                    others.v[i].name);
            failed = err_hint(err, "add --target none; or name both in one certificate");
        }
    conf_set_clear(&others);
    return failed;
}

static int write_schema(const struct init *in, struct err *err)
{
    struct buf text = BUF_INIT(SCHEMA_MAX_BYTES);
    char *path = NULL;
    int failed = -1;
    if (os_path_join(&path, in->app->config_dir, "rras-acme.schema.json", err) == 0 &&
        conf_schema(&text, err) == 0)
        failed = os_write_file(path, buf_str(&text), text.len, err);
    free(path);
    buf_clear(&text);
    return failed;
}

static int write_conf(const struct init *in, const char *path, const struct buf *text,
                      struct err *err)
{
    if (in->app->args->yes)
        return os_write_file(path, buf_str(text), text->len, err);
    if (os_create_file(path, buf_str(text), text->len, err) == 0)
        return 0;
    return err->code == ERR_EXISTS ? err_hint(err, "--yes writes over it") : -1;
}

/* `run` obeys what lies there, as SYSTEM: nobody else may have a hand in it. What is made here is
 * private; what somebody made before us need not be. */
static int make_folder(const struct init *in, const char *folder, struct err *err)
{
    if (os_make_dir(folder, err) == 0 && os_check_private(in->app->config_dir, err) == 0 &&
        os_check_private(folder, err) == 0)
        return 0;
    err_of_setup(err);
    return err_context(err, "nothing was written");
}

static int make_conf(const struct init *in, const char *folder, const char *path, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct conf conf = {0};
    int failed = -1;
    if (!in->app->args->yes && os_exists(path)) {
        err_set(err, ERR_USAGE, "%s: is there already", path);
        return err_hint(err, "--yes writes over it");
    }
    if (compose(in, &text, err) == 0 && judge(in, path, &text, &conf, err) == 0 &&
        judge_others(in, &conf, err) == 0 && make_folder(in, folder, err) == 0 &&
        write_schema(in, err) == 0)
        failed = write_conf(in, path, &text, err);
    conf_clear(&conf);
    buf_clear(&text);
    return failed;
}

/* ---- trying it ---- */

static void show_records(const struct init *in)
{
    const struct show *s = &in->app->out;
    char record[512];
    for (size_t i = 0; i < in->names.n; i++) {
        init_caa(init_get(in, "acme.directory"), in->names.v[i], record, sizeof(record));
        if (record[0] != '\0')
            show_text(s, "suggested, so that no other CA issues: %s\n", record);
    }
}

static int check_it(const struct init *in)
{
    const char *names[] = {in->name};
    struct args args = *in->app->args;
    struct app app;
    struct err err = {0};
    args.command = command_find("check");
    args.names = names;
    args.name_count = 1;
    int failed = app_open(&app, &args, &err);
    int code = failed != 0 ? err_exit_code(&err) : init_wait(&app);
    if (failed != 0)
        show_error(&in->app->out, NULL, &err);
    app_close(&app);
    return code;
}

static int report(const struct init *in, const char *path, const struct err *err)
{
    const struct app *app = in->app;
    int code = err_is_set(err) ? err_exit_code(err) : 0;
    if (err_is_set(err)) {
        show_error(&app->out, NULL, err);
    } else {
        show_styled(&app->out, SHOW_GOOD, "written: %s\n", path);
        show_records(in);
    }
    if (app->args->json && (code != 0 || app->args->no_check)) {
        struct json *doc = doc_new("init", code, code != 0 ? err : NULL);
        json_put_string(doc, "file", code == 0 ? path : NULL);
        doc_print(doc);
    }
    return code;
}

int cmd_init(struct app *app)
{
    struct init in = {.app = app};
    char *folder = NULL, *path = NULL, *file = NULL;
    struct err err = {0};
    os_catch_interrupt();
    in.asks = os_is_terminal(0) && os_is_terminal(2) && !app->args->json && !app->args->yes;
    if (init_take(&in, app->args, &err) == 0 && text_fmt(&file, &err, "%s.json", in.name) == 0 &&
        os_path_join(&folder, app->config_dir, "conf.d", &err) == 0 &&
        os_path_join(&path, folder, file, &err) == 0) {
        init_look(&in);
        if (init_ask(&in, &err) == 0 && make_conf(&in, folder, path, &err) != 0)
            log_debug(&app->log, "nothing was written");
    }
    int code = report(&in, path, &err);
    if (code == 0 && !app->args->no_check) {
        code = check_it(&in);
        show_text(&app->out,
                  code == 0 ? "next: rras-acme check %s --staging, then rras-acme issue "
                              "%s, then rras-acme schedule install\n"
                            : "next: what is named above, then rras-acme check %s, then "
                              "rras-acme issue %s\n",
                  in.name, in.name);
    }
    init_clear(&in);
    free(folder);
    free(path);
    free(file);
    return code;
}
