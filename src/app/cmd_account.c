/* SPDX-License-Identifier: Apache-2.0 */
/* `account` and `revoke`: what an administrator does at the CA, besides ordering. */
#include "acme/acme.h"
#include "src/app/agent.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/follow.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const char lasting[] = "This cannot be undone";

/* What either command works with. */
struct visit {
    struct app *app;
    const struct conf *conf;
    struct store *store;
    struct https https;
    bool have_https;
    struct acme_env env;
};

static void close_visit(struct visit *v)
{
    if (v->have_https)
        https_curl_close(&v->https);
    store_close(v->store);
}

static int open_visit(struct visit *v, struct app *app, const struct conf *conf, struct err *err)
{
    char agent[256];
    agent_name(agent, sizeof(agent));
    struct https_options o = {.ca_file = conf->acme.ca_file,
                              .user_agent = agent,
                              .log = &app->log,
                              .directory = conf->acme.directory};
    *v = (struct visit){.app = app, .conf = conf};
    os_catch_interrupt();
    if (store_open(&v->store, app->state_dir, STORE_WRITE, &app->log, err) != 0 ||
        https_curl_open(&v->https, &o, err) != 0)
        return -1;
    v->have_https = true;
    v->env = (struct acme_env){.https = &v->https,
                               .clock = app->clock,
                               .log = &app->log,
                               .store = v->store,
                               .interrupted = os_interrupted};
    return 0;
}

static int finish(struct app *app, struct json *result, const char *key, const struct err *err)
{
    int code = err_is_set(err) ? err_exit_code(err) : 0;
    if (code != 0)
        show_error(&app->out, NULL, err);
    if (app->args->json) {
        struct json *doc = doc_new(app->args->command->name, code, code != 0 ? err : NULL);
        if (result != NULL)
            json_put(doc, key, result);
        doc_print(doc);
    } else {
        json_free(result);
    }
    return code;
}

/* ---- account ---- */

enum verb_id { VERB_SHOW, VERB_REGISTER, VERB_UPDATE, VERB_ROLLOVER, VERB_DEACTIVATE };

static const struct verb {
    const char *name;
    int (*act)(const struct acme_env *env, const struct conf *conf, struct acme_account *out,
               struct err *err);
} verbs[] = {
    [VERB_SHOW] = {"show", acme_account_show},
    [VERB_REGISTER] = {"register", acme_account_register},
    [VERB_UPDATE] = {"update", acme_account_update},
    [VERB_ROLLOVER] = {"rollover", acme_account_rollover},
    [VERB_DEACTIVATE] = {"deactivate", acme_account_deactivate},
};

static int find_verb(const struct app *app, const struct verb **out, struct err *err)
{
    const char *name = app->args->name_count > 0 ? app->args->names[0] : "";
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            *out = &verbs[i];
            return 0;
        }
    }
    err_set(err, ERR_USAGE, "command account: \"%.40s\" is none of its verbs", name);
    return err_hint(err, "rras-acme account %s", app->args->command->usage);
}

/* The first that is ordered from a CA; NULL = none. */
static const struct conf *first_ordered(const struct app *app)
{
    for (size_t i = 0; i < app->confs.n; i++)
        if (!follow_wanted(&app->confs.v[i]))
            return &app->confs.v[i];
    return NULL;
}

/* The configuration whose account is meant. */
static int find_conf(const struct app *app, const struct conf **out, struct err *err)
{
    const char *name = app->args->name_count > 1 ? app->args->names[1] : NULL;
    if (app->args->name_count > 2)
        return err_set(err, ERR_USAGE, "command account: takes one name at most");
    if (app->confs.n == 0)
        return err_set(err, ERR_USAGE, "configuration %s: no certificate is configured",
                       app->config_dir);
    *out = name != NULL ? conf_find(&app->confs, name) : first_ordered(app);
    if (*out == NULL && name != NULL)
        return err_set(err, ERR_USAGE, "%.100s: no such certificate", name);
    if (*out == NULL || follow_wanted(*out))
        return err_set(err, ERR_USAGE, "deploy.source \"balancer\": there is no account for it");
    for (size_t i = 1; name == NULL && i < app->confs.n; i++) {
        if (!follow_wanted(&app->confs.v[i]) &&
            strcmp(app->confs.v[i].acme.directory, (*out)->acme.directory) != 0) {
            err_set(err, ERR_USAGE, "command account: the configurations use several directories");
            return err_hint(err, "name one: rras-acme account %s %s", app->args->names[0],
                            (*out)->name);
        }
    }
    return 0;
}

static struct json *doc_account(const struct conf *conf, const struct acme_account *a)
{
    struct json *o = json_new_object();
    json_put_string(o, "directory", conf->acme.directory);
    json_put_bool(o, "known", a->known);
    json_put_string(o, "url", a->known ? a->url : NULL);
    json_put_string(o, "status", a->known ? a->status : NULL);
    json_put_string(o, "contact", a->contact[0] != '\0' ? a->contact : NULL);
    json_put_string(o, "thumbprint", a->known ? a->thumbprint : NULL);
    return o;
}

static void show_account(const struct app *app, const struct conf *conf,
                         const struct acme_account *a)
{
    const struct show *s = &app->out;
    show_text(s, "directory   %s\n", conf->acme.directory);
    if (!a->known) {
        show_text(s, "account     none in this state folder\n");
        return;
    }
    show_text(s, "account     %s\nstatus      %s\ncontact     %s\nkey         %s\n", a->url,
              a->status, a->contact[0] != '\0' ? a->contact : "none", a->thumbprint);
}

int cmd_account(struct app *app)
{
    struct err err = {0};
    struct visit v = {0};
    const struct verb *verb = NULL;
    const struct conf *conf = NULL;
    struct acme_account account = {0};
    struct json *result = NULL;
    char what[600];
    int failed = find_verb(app, &verb, &err) || find_conf(app, &conf, &err);
    if (!failed && verb == &verbs[VERB_DEACTIVATE]) {
        snprintf(what, sizeof(what), "deactivate the account at %s", conf->acme.directory);
        failed = app_confirm(app, what, lasting, &err);
    }
    if (!failed)
        failed = open_visit(&v, app, conf, &err) || verb->act(&v.env, conf, &account, &err);
    if (!failed) {
        show_account(app, conf, &account);
        result = doc_account(conf, &account);
    }
    close_visit(&v);
    return finish(app, result, "account", &err);
}

/* ---- revoke ---- */

enum { REASON_CESSATION = 5 };

/* The codes of RFC 5280 5.3.1 that the great CAs take from subscribers. */
static int reason_code(const struct app *app, int *out, struct err *err)
{
    static const struct {
        const char *name;
        int code;
    } reasons[] = {{"unspecified", 0},
                   {"keyCompromise", 1},
                   {"superseded", 4},
                   {"cessationOfOperation", REASON_CESSATION}};
    const char *name = app->args->reason;
    for (size_t i = 0; name != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (text_equal_nocase(reasons[i].name, name)) {
            *out = reasons[i].code;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE,
                   "option --reason: %s; give unspecified, keyCompromise, superseded or "
                   "cessationOfOperation",
                   name == NULL ? "missing" : "none of the known ones");
}

/* What clients see: the live certificate, or the held one where none is live. */
static int load_bundle(struct visit *v, struct bundle *out, struct err *err)
{
    struct err e = {0};
    if (store_load(v->store, v->conf->name, STORE_LIVE, out, &e) == 0)
        return 0;
    if (e.code == ERR_NOT_FOUND && store_load(v->store, v->conf->name, STORE_HELD, out, err) == 0)
        return 0;
    err_clear(err);
    return err_set(err, ERR_USAGE, "%s: no certificate is held", v->conf->name);
}

static int note_revoked(struct visit *v, const struct bundle *b, int reason, struct err *err)
{
    struct name_state state = {0};
    if (reason == REASON_CESSATION)
        return 0;
    if (store_state_load(v->store, v->conf->name, &state, err) != 0)
        return -1;
    memcpy(state.revoked_sha256, b->leaf.sha256, SHA256_BYTES);
    return store_state_save(v->store, v->conf->name, &state, err);
}

static int revoke_it(struct visit *v, int reason, struct json **result, struct err *err)
{
    struct bundle b = {0};
    char what[400];
    int failed = load_bundle(v, &b, err);
    if (!failed) {
        snprintf(what, sizeof(what), "revoke the certificate of %s (serial %s)", v->conf->name,
                 b.leaf.serial);
        failed = app_confirm(v->app, what, lasting, err) ||
                 acme_revoke(&v->env, v->conf, &b, reason, err) || note_revoked(v, &b, reason, err);
    }
    if (!failed) {
        show_text(&v->app->out, "%s: certificate %s is revoked%s\n", v->conf->name, b.leaf.serial,
                  reason == REASON_CESSATION ? "" : "; the next run replaces it");
        *result = json_new_object();
        json_put_string(*result, "name", v->conf->name);
        json_put_string(*result, "serial", b.leaf.serial);
    }
    bundle_clear(&b);
    return failed;
}

int cmd_revoke(struct app *app)
{
    struct err err = {0};
    struct visit v = {0};
    const struct conf *conf = conf_find(&app->confs, app->args->names[0]);
    struct json *result = NULL;
    int reason = 0;
    int failed = conf == NULL
                     ? err_set(&err, ERR_USAGE, "%.100s: no such certificate", app->args->names[0])
                     : reason_code(app, &reason, &err);
    if (!failed && open_visit(&v, app, conf, &err) == 0 && revoke_it(&v, reason, &result, &err))
        log_debug(&app->log, "nothing was revoked");
    close_visit(&v);
    return finish(app, result, "revoked", &err);
}
