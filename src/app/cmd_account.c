/* SPDX-License-Identifier: Apache-2.0 */
/* `account` and `revoke`: what an administrator does at the CA, besides ordering. */
#include "acme/acme.h"
#include "src/app/agent.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/follow.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
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

static int open_store(struct visit *v, struct app *app, const struct conf *conf, struct err *err)
{
    *v = (struct visit){.app = app, .conf = conf};
    os_catch_interrupt();
    return store_open(&v->store, app->state_dir, STORE_WRITE, &app->log, err);
}

/* To the CA of v->conf. */
static int open_line(struct visit *v, struct err *err)
{
    struct app *app = v->app;
    char agent[256];
    agent_name(agent, sizeof(agent));
    struct https_options o = {.ca_file = v->conf->acme.ca_file,
                              .user_agent = agent,
                              .log = &app->log,
                              .directory = v->conf->acme.directory};
    if (https_curl_open(&v->https, &o, err) != 0)
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
    if (*name == '\0')
        err_set(err, ERR_USAGE, "command account: what is to be done with it is missing");
    else
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
        failed = open_store(&v, app, conf, &err) || open_line(&v, &err) ||
                 verb->act(&v.env, conf, &account, &err);
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

/* A certificate, and where it comes from. */
struct condemned {
    struct bundle bundle;
    struct name_state state;
    bool live, elsewhere;
    struct conf issuer;  /* a copy of the configuration, borrowing from it: whom to ask */
    char directory[512]; /* what issuer borrows, too */
};

/* What clients see: the live certificate, or the held one where none is live. */
static int load_bundle(struct visit *v, struct condemned *c, struct err *err)
{
    struct err e = {0};
    c->live = store_load(v->store, v->conf->name, STORE_LIVE, &c->bundle, &e) == 0;
    if (c->live)
        return 0;
    if (e.code == ERR_NOT_FOUND &&
        store_load(v->store, v->conf->name, STORE_HELD, &c->bundle, err) == 0)
        return 0;
    err_clear(err);
    return err_set(err, ERR_USAGE, "%s: no certificate is held", v->conf->name);
}

/* The roots for a CA that another certificate may use now; a public one needs none of its own. */
static char *roots_for(const struct visit *v, const char *directory)
{
    const struct conf_set *all = &v->app->confs;
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->v[i].acme.directory, directory) == 0)
            return all->v[i].acme.ca_file;
    return conf_is_preset(directory) ? NULL : v->conf->acme.ca_file;
}

/* Whom to ask: the CA that issued it, which the configuration may have left since. From then on
 * v->conf is the copy. */
static void find_issuer(struct visit *v, struct condemned *c)
{
    const struct name_state *s = &c->state;
    bool noted = c->live && s->live_directory[0] != '\0';
    const char *from = noted ? s->live_directory : s->directory;
    c->elsewhere = renewal_elsewhere(s, &c->bundle.leaf);
    if (c->elsewhere || from[0] == '\0' || strcmp(from, v->conf->acme.directory) == 0)
        return;
    text_copy(c->directory, sizeof(c->directory), from);
    c->issuer = *v->conf;
    c->issuer.acme.directory = c->issuer.acme.directory_name = c->directory;
    c->issuer.acme.ca_file = roots_for(v, from);
    v->conf = &c->issuer;
}

/* One from a file may be of the same CA: its own key can revoke it there, or nobody here can. */
static int ask_ca(const struct visit *v, const struct condemned *c, int reason, struct err *err)
{
    struct err e = {0};
    if (acme_revoke(&v->env, v->conf, &c->bundle, reason, &e) == 0)
        return 0;
    if (!c->elsewhere || (e.code != ERR_CA && e.code != ERR_USAGE)) {
        *err = e;
        return -1;
    }
    err_set(err, e.code,
            "%s: its certificate was not issued here but came from a file (deploy "
            "--pfx), and %s does not revoke it: %.300s",
            v->conf->name, v->conf->acme.directory, e.text);
    return err_hint(err, "have it revoked by the CA that issued it: %s", c->bundle.leaf.issuer);
}

static int note_revoked(struct visit *v, struct condemned *c, int reason, struct err *err)
{
    if (reason == REASON_CESSATION)
        return 0;
    memcpy(c->state.revoked_sha256, c->bundle.leaf.sha256, SHA256_BYTES);
    return store_state_save(v->store, v->conf->name, &c->state, err);
}

static int revoke_it(struct visit *v, struct condemned *c, int reason, struct json **result,
                     struct err *err)
{
    const char *serial = c->bundle.leaf.serial;
    char what[1000];
    if (load_bundle(v, c, err) != 0 ||
        store_state_load(v->store, v->conf->name, &c->state, err) != 0)
        return -1;
    find_issuer(v, c);
    snprintf(what, sizeof(what), "revoke the certificate of %s (serial %s) at %s", v->conf->name,
             serial, v->conf->acme.directory);
    if (app_confirm(v->app, what, lasting, err) != 0 || open_line(v, err) != 0 ||
        ask_ca(v, c, reason, err) != 0 || note_revoked(v, c, reason, err) != 0)
        return -1;
    show_text(&v->app->out, "%s: certificate %s is revoked%s\n", v->conf->name, serial,
              reason == REASON_CESSATION ? "" : "; the next run replaces it");
    *result = json_new_object();
    json_put_string(*result, "name", v->conf->name);
    json_put_string(*result, "serial", serial);
    json_put_string(*result, "directory", v->conf->acme.directory);
    return 0;
}

int cmd_revoke(struct app *app)
{
    struct err err = {0};
    struct visit v = {0};
    struct condemned *c = calloc(1, sizeof(*c));
    const struct conf *conf = conf_find(&app->confs, app->args->names[0]);
    struct json *result = NULL;
    int reason = 0;
    int failed = conf == NULL
                     ? err_set(&err, ERR_USAGE, "%.100s: no such certificate", app->args->names[0])
                     : reason_code(app, &reason, &err);
    if (!failed && c == NULL)
        failed = err_set(&err, ERR_FAIL, "revoke: out of memory");
    if (!failed && open_store(&v, app, conf, &err) == 0 && revoke_it(&v, c, reason, &result, &err))
        log_debug(&app->log, "nothing was revoked");
    close_visit(&v);
    if (c != NULL)
        bundle_clear(&c->bundle);
    free(c);
    return finish(app, result, "revoked", &err);
}
