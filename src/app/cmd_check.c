/* SPDX-License-Identifier: Apache-2.0 */
#include "acme/acme.h"
#include "deploy/deploy.h"
#include "idn.h"
#include "src/app/agent.h"
#include "src/app/app.h"
#include "src/app/check_look.h"
#include "src/app/doc.h"
#include "src/app/follow.h"
#include "src/app/job.h"
#include "src/app/rivals_look.h"
#include "src/app/trust.h"

#include <stdlib.h>
#include <string.h>

static void check_state(const struct app *app, struct store **store, struct checks *out)
{
    struct err err = {0};
    enum check_level level = CHECK_FAIL;
    if (store_open(store, app->state_dir, STORE_WRITE, &app->log, &err) == 0 &&
        store_check(*store, &err) == 0) {
        checks_addf(out, "state.folder", "state folder", CHECK_OK, "%s: private and writable",
                    app->state_dir);
        return;
    }
    if (err.code == ERR_BUSY)
        level = CHECK_SKIP;
    checks_add(out, "state.folder", "state folder", level, err.text,
               err.hint[0] != '\0' ? err.hint : NULL);
}

static int check_ca(struct app *app, struct store *store, const struct conf *conf,
                    bool delegation_only, struct checks *out, struct err *err)
{
    char agent[256];
    struct https https = {0};
    agent_name(agent, sizeof(agent));
    struct https_options o = {.ca_file = conf->acme.ca_file,
                              .user_agent = agent,
                              .log = &app->log,
                              .directory = conf->acme.directory};
    if (https_curl_open(&https, &o, err) != 0) {
        checks_add(out, "ca.directory", "CA directory", CHECK_FAIL, err->text, NULL);
        err_clear(err);
        return 0;
    }
    struct acme_env env = {.https = &https,
                           .clock = app->clock,
                           .log = &app->log,
                           .store = store,
                           .interrupted = os_interrupted,
                           .responders = app->responders};
    int failed = delegation_only ? acme_check_delegation(&env, conf, out, err)
                                 : acme_check(&env, conf, out, err);
    https_curl_close(&https);
    return failed;
}

/* The file, and what names outside of ASCII have become. */
static void tell_conf(const struct conf *conf, struct checks *out)
{
    struct buf text = BUF_INIT(128 * 1024);
    char shown[1024];
    buf_puts(&text, conf->file);
    for (size_t i = 0; i < conf->names.n; i++) {
        if (idn_to_unicode(conf->names.v[i], shown, sizeof shown))
            buf_addf(&text, "\n%s is %s", conf->names.v[i], shown);
    }
    checks_add(out, "conf", "configuration", CHECK_OK, buf_str(&text), NULL);
    buf_clear(&text);
}

/* False: what dns.exec names must not be started, not even for a check. */
static bool check_trust(const struct app *app, const struct conf *conf, struct checks *out)
{
    static const char id[] = "conf.trust", title[] = "who can change it";
    struct err err = {0}, started = {0};
    if (!os_elevated())
        return true;
    if (trust_name(app, conf, &err) == 0)
        checks_add(out, id, title, CHECK_OK, "administrators alone", NULL);
    else
        checks_add(out, id, title, CHECK_FAIL, err.text, err.hint[0] != '\0' ? err.hint : NULL);
    return trust_started(app, conf, &started) == 0;
}

/* The dress rehearsal: issued for real, but where nobody trusts it, and deployed on paper. */
static void rehearse_deploy(struct app *app, struct store *store, const struct conf *conf,
                            struct checks *out)
{
    static const char id[] = "rehearsal.deploy", title[] = "rehearsal: deploy";
    char name[CONF_REHEARSAL_BYTES];
    struct steps steps = {0};
    struct deploy_env env = {
        .clock = app->clock, .log = &app->log, .store = store, .steps = &steps};
    struct bundle b = {0};
    struct err err = {0};
    struct buf text = BUF_INIT(64 * 1024);
    conf_rehearsal_name(conf->name, name);
    if (store_load(store, name, STORE_LIVE, &b, &err) != 0 ||
        deploy_dry_run(&env, conf, &b, &err) != 0) {
        checks_add(out, id, title, CHECK_FAIL, err.text, err.hint[0] != '\0' ? err.hint : NULL);
    } else {
        for (size_t i = 0; i < steps.n; i++)
            buf_addf(&text, "%s%s: %s%s%s", i > 0 ? "\n" : "would ", steps.v[i].name,
                     steps.v[i].before, steps.v[i].before[0] != '\0' ? " -> " : "",
                     steps.v[i].after);
        checks_add(out, id, title, CHECK_OK, steps.n > 0 ? buf_str(&text) : "would change nothing",
                   NULL);
    }
    buf_clear(&text);
    steps_clear(&steps);
    bundle_clear(&b);
}

static void rehearse(struct app *app, struct store *store, const struct conf *conf,
                     struct checks *out)
{
    static const char id[] = "rehearsal.order", title[] = "rehearsal: order";
    struct job_line line = {0};
    struct job_place at = {.app = app, .store = store, .line = &line};
    struct job_result r;
    job_do(&at, conf, JOB_REHEARSE, &r);
    bool good = !err_is_set(&r.err);
    if (good)
        checks_addf(out, id, title, CHECK_OK, "issued: %s", r.note);
    else
        checks_add(out, id, title, CHECK_FAIL, r.err.text,
                   r.err.hint[0] != '\0' ? r.err.hint : NULL);
    job_result_clear(&r);
    job_line_close(&line);
    if (good && conf->deploy.target == CONF_TARGET_RRAS)
        rehearse_deploy(app, store, conf, out);
}

static int check_all_of(struct app *app, struct store *store, const struct conf *conf,
                        struct checks *out, struct err *err);

/* What failed before would fail again. */
static int check_one(struct app *app, struct store *store, const struct conf *conf,
                     struct checks *out, struct err *err)
{
    if (check_all_of(app, store, conf, out, err) != 0)
        return -1;
    if (!app->args->staging)
        return 0;
    if (store != NULL && checks_worst(out) != CHECK_FAIL)
        rehearse(app, store, conf, out);
    else
        checks_add(out, "rehearsal.order", "rehearsal: order", CHECK_SKIP, "a check failed", NULL);
    return 0;
}

/* Said before the take-over: whoever looks after the certificate now goes on doing so. Once for the
 * machine, however many certificates. */
static void check_rivals(const struct conf *conf, struct checks *out)
{
    static const char id[] = "deploy.rivals", title[] = "other ACME clients";
    struct rivals rivals;
    char list[RIVALS_TEXT_BYTES], cure[RIVALS_TEXT_BYTES];
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->v[i].id, id) == 0)
            return;
    rivals_look((const char *const *)conf->names.v, conf->names.n, &rivals);
    rivals_text(&rivals, list);
    rivals_cure(&rivals, cure);
    if (!rivals.seen.ok)
        checks_add(out, id, title, CHECK_SKIP, rivals.seen.why, NULL);
    else if (rivals.n == 0)
        checks_add(out, id, title, CHECK_OK, "no active task or service of one", NULL);
    else
        checks_addf(out, id, title, CHECK_WARN,
                    "%s: two programs that deploy to one gateway undo each other's work", list);
    if (rivals.n > 0)
        checks_cure(out, "before the first deploy: %s", cure);
}

/* Asked beforehand: an order that finds out has spent one of the CA's few. */
static void check_key(const struct conf *conf, struct checks *out)
{
    static const char id[] = "key.provider", title[] = "the machine's key provider";
    struct err err = {0};
    if (conf->key != CONF_KEY_MACHINE)
        return;
    if (machine_key_try(&err) == 0)
        checks_add(out, id, title, CHECK_OK, "makes RSA 2048 keys; the one it made is gone", NULL);
    else
        checks_add(out, id, title, CHECK_FAIL, err.text,
                   err.hint[0] != '\0' ? err.hint
                                       : "repair the provider, or \"key\": \"rsa2048\" until then");
}

static int check_all_of(struct app *app, struct store *store, const struct conf *conf,
                        struct checks *out, struct err *err)
{
    struct deploy_env deploy = {.clock = app->clock, .log = &app->log, .store = store};
    tell_conf(conf, out);
    if (!check_trust(app, conf, out))
        return 0;
    check_key(conf, out);
    if (follow_wanted(conf))
        follow_check(&deploy, conf, out);
    else if (store != NULL && check_ca(app, store, conf, false, out, err) != 0)
        return -1;
    if (conf->deploy.target == CONF_TARGET_NONE) {
        checks_add(out, "deploy.target", "deploy target", CHECK_SKIP, "deploy.target is \"none\"",
                   NULL);
        return 0;
    }
    check_rivals(conf, out);
    return deploy_check(&deploy, conf, out, err);
}

/* The checks of several certificates stand in one list: ids get the name in front then. */
int check_report(struct app *app, const struct checks *checks, const struct err *err)
{
    struct err verdict = err != NULL ? *err : (struct err){0};
    if (err == NULL && checks_worst(checks) == CHECK_FAIL)
        err_set(&verdict, ERR_CHECK, "a check failed");
    int code = err_is_set(&verdict) ? err_exit_code(&verdict) : 0;
    if (err != NULL)
        show_error(&app->out, NULL, err);
    else if (code == 0 && checks_worst(checks) == CHECK_WARN)
        show_styled(&app->out, SHOW_WARN, "no check failed, but there are warnings\n");
    else if (code == 0)
        show_styled(&app->out, SHOW_GOOD, "all checks passed\n");
    else
        show_styled(&app->out, SHOW_BAD, "a check failed\n");
    if (app->args->json) {
        struct json *doc = doc_new("check", code, &verdict);
        json_put(doc, "checks", doc_checks(checks));
        doc_print(doc);
    }
    return code;
}

/* The configuration was read before any command: that it was is the answer. */
static int check_config_only(struct app *app)
{
    struct err err = {0};
    const struct conf **list = NULL;
    size_t count = 0;
    int code = app_select(app, &list, &count, &err) != 0 ? err_exit_code(&err) : 0;
    if (code != 0)
        show_error(&app->out, NULL, &err);
    else
        show_text(&app->out, "%s: %zu certificate%s configured, no error\n", app->config_dir,
                  app->confs.n, app->confs.n == 1 ? "" : "s");
    if (app->args->json) {
        struct json *doc = doc_new("check", code, code != 0 ? &err : NULL);
        json_put(doc, "errors", json_new_array());
        doc_print(doc);
    }
    free(list);
    return code;
}

static int print_schema(struct app *app)
{
    struct buf text = BUF_INIT(1024 * 1024);
    struct err err = {0};
    int failed = conf_schema(&text, &err);
    buf_putc(&text, '\n');
    if (failed == 0)
        os_write(1, buf_str(&text), text.len);
    else
        show_error(&app->out, NULL, &err);
    buf_clear(&text);
    return failed != 0 ? err_exit_code(&err) : 0;
}

int check_look(struct app *app, struct checks *out, struct err *err)
{
    struct store *store = NULL;
    const struct conf **list = NULL;
    size_t count = 0;
    int failed = app_select(app, &list, &count, err);
    if (failed == 0)
        check_state(app, &store, out);
    for (size_t i = 0; failed == 0 && i < count && !os_interrupted(); i++) {
        size_t before = i == 0 ? 0 : out->n;
        failed = check_one(app, store, list[i], out, err);
        struct checks mine = {.v = out->v + before, .n = out->n - before};
        show_styled(&app->out, SHOW_BOLD, "%s\n", list[i]->name);
        show_checks(&app->out, &mine);
    }
    store_close(store);
    free(list);
    return failed;
}

int check_look_delegation(struct app *app, struct checks *out, struct err *err)
{
    struct store *store = NULL;
    const struct conf **list = NULL;
    size_t count = 0;
    int failed = app_select(app, &list, &count, err) != 0 ||
                         store_open(&store, app->state_dir, STORE_WRITE, &app->log, err) != 0
                     ? -1
                     : 0;
    for (size_t i = 0; failed == 0 && i < count && !os_interrupted(); i++)
        failed = check_ca(app, store, list[i], true, out, err);
    store_close(store);
    free(list);
    return failed;
}

int cmd_check(struct app *app)
{
    if (app->args->schema)
        return print_schema(app);
    if (app->args->config_only)
        return check_config_only(app);
    struct err err = {0};
    struct checks checks = {0};
    os_catch_interrupt();
    int failed = check_look(app, &checks, &err);
    int code = check_report(app, &checks, failed != 0 ? &err : NULL);
    checks_clear(&checks);
    return code;
}
