/* SPDX-License-Identifier: Apache-2.0 */
/* account_admin.c - what an administrator does with an account (RFC 8555 7.3.2, 7.3.5, 7.3.6). */
#include "account.h"

#include "jws.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADMIN_MAX_BYTES = 64 * 1024 };

/* One visit to the CA's account. */
struct visit {
    struct client *client;
    struct account account;
    const struct conf *conf;
};

static void visit_end(struct visit *v)
{
    client_close(v->client);
    account_clear(&v->account);
}

/* Loads the account and mends a rollover that was cut short. v->account.url NULL: there is none. */
static int visit_begin(struct visit *v, const struct acme_env *env, const struct conf *conf,
                       struct err *err)
{
    *v = (struct visit){.conf = conf};
    if (client_open(&v->client, env, conf->acme.directory, err) || account_heal(v->client, err) ||
        account_load(v->client, &v->account, err))
        return -1;
    client_sign_as(v->client, v->account.key, v->account.url);
    return 0;
}

static int need_account(const struct visit *v, struct err *err)
{
    if (v->account.key && v->account.url)
        return 0;
    err_set(err, ERR_USAGE, "%s: there is no account in this state folder",
            v->conf->acme.directory);
    return err_hint(err, "rras-acme account register %s", v->conf->name);
}

static void read_account(const struct visit *v, const struct json *j, struct acme_account *out)
{
    const struct json *contact = json_get(j, "contact");
    struct buf list = BUF_INIT(sizeof out->contact);
    *out = (struct acme_account){.known = true};
    problem_foreign(out->url, sizeof out->url, v->account.url);
    problem_foreign(out->status, sizeof out->status, json_get_string(j, "status"));
    text_copy(out->thumbprint, sizeof out->thumbprint, v->account.thumbprint);
    for (size_t i = 0; i < json_count(contact); i++) {
        const char *one = json_string_of(json_at(contact, i));
        buf_addf(&list, "%s%s", i ? ", " : "", one ? one : "?");
    }
    problem_foreign(out->contact, sizeof out->contact, buf_str(&list));
    buf_clear(&list);
}

/* POSTs to the account's URL; payload NULL only looks. */
static int post(struct visit *v, const struct json *payload, struct acme_account *out,
                struct err *err)
{
    struct buf text = BUF_INIT(ADMIN_MAX_BYTES);
    struct client_answer answer = {0};
    int rc = need_account(v, err);
    if (!rc && payload)
        rc = json_text(payload, JSON_COMPACT, &text, err);
    if (!rc) {
        struct client_post p = {
            .what = "account", .url = v->account.url, .payload = payload ? buf_str(&text) : NULL};
        rc = client_post(v->client, &p, &answer, err);
    }
    if (!rc)
        read_account(v, answer.json, out);
    client_answer_clear(&answer);
    buf_clear(&text);
    return rc;
}

int acme_account_show(const struct acme_env *env, const struct conf *conf, struct acme_account *out,
                      struct err *err)
{
    struct visit v;
    int rc = visit_begin(&v, env, conf, err);
    if (!rc && !v.account.url)
        *out = (struct acme_account){0};
    else if (!rc)
        rc = post(&v, NULL, out, err);
    visit_end(&v);
    return rc;
}

int acme_account_register(const struct acme_env *env, const struct conf *conf,
                          struct acme_account *out, struct err *err)
{
    struct visit v = {.conf = conf};
    int rc = client_open(&v.client, env, conf->acme.directory, err);
    if (!rc)
        rc = account_ensure(v.client, conf, &v.account, err);
    if (!rc)
        rc = post(&v, NULL, out, err);
    visit_end(&v);
    return rc;
}

int acme_account_update(const struct acme_env *env, const struct conf *conf,
                        struct acme_account *out, struct err *err)
{
    struct visit v;
    struct json *payload = json_new_object();
    int rc = visit_begin(&v, env, conf, err);
    if (!rc && !conf->acme.email)
        json_put(payload, "contact", json_new_array());
    else if (!rc)
        rc = account_put_contact(payload, conf, err);
    if (!rc)
        rc = post(&v, payload, out, err);
    json_free(payload);
    visit_end(&v);
    return rc;
}

/* RFC 8555 7.3.6: whatever a deactivated account asks for is refused so. It was this one, or its
 * key's use would have been refused in other words. */
static bool is_deactivated(const struct visit *v, const struct err *e, struct acme_account *out)
{
    if (strcmp(e->problem, "unauthorized") != 0)
        return false;
    *out = (struct acme_account){.known = true, .status = "deactivated"};
    problem_foreign(out->url, sizeof out->url, v->account.url);
    text_copy(out->thumbprint, sizeof out->thumbprint, v->account.thumbprint);
    return true;
}

int acme_account_deactivate(const struct acme_env *env, const struct conf *conf,
                            struct acme_account *out, struct err *err)
{
    struct visit v;
    struct json *payload = json_new_object();
    int rc = visit_begin(&v, env, conf, err);
    json_put_string(payload, "status", "deactivated");
    struct err refused = {0};
    if (!rc && post(&v, payload, out, &refused) && !is_deactivated(&v, &refused, out)) {
        *err = refused;
        rc = -1;
    }
    if (!rc)
        rc = account_put_away(v.client, err);
    json_free(payload);
    visit_end(&v);
    return rc;
}

/* ---- keyChange, RFC 8555 7.3.5 ---- */

static int jwk_of(const struct key *key, struct json **out, struct err *err)
{
    struct buf text = BUF_INIT(ADMIN_MAX_BYTES);
    int rc = key_jwk(key, &text, err) || buf_check(&text, "account key", err) ||
                     json_parse(out, text.p, text.len, "account key", err)
                 ? -1
                 : 0;
    buf_clear(&text);
    return rc;
}

/* The inner JWS: signed by the new key, the same URL, no nonce. */
static int key_change_text(const struct visit *v, const struct key *fresh, const char *url,
                           struct buf *out, struct err *err)
{
    struct buf text = BUF_INIT(ADMIN_MAX_BYTES);
    struct json *payload = json_new_object(), *old = NULL;
    const struct jws inner = {.key = fresh, .url = url};
    int rc = jwk_of(v->account.key, &old, err);
    json_put_string(payload, "account", v->account.url);
    if (!rc)
        json_put(payload, "oldKey", old);
    if (!rc)
        rc = json_text(payload, JSON_COMPACT, &text, err);
    if (!rc)
        rc = jws_sign(&inner, buf_str(&text), out, err);
    json_free(payload);
    buf_clear(&text);
    return rc;
}

static int change_key(struct visit *v, const struct key *fresh, struct err *err)
{
    struct buf text = BUF_INIT(ADMIN_MAX_BYTES);
    struct client_answer answer = {0};
    const struct msg_directory *d = NULL;
    int rc = client_directory(v->client, &d, err);
    if (!rc && !d->key_change)
        rc = err_set(err, ERR_CA, "%s: the CA does not offer a change of the account's key",
                     v->conf->acme.directory);
    if (!rc)
        rc = key_change_text(v, fresh, d->key_change, &text, err);
    if (!rc) {
        struct client_post p = {
            .what = "key change", .url = d->key_change, .payload = buf_str(&text)};
        rc = client_post(v->client, &p, &answer, err);
    }
    client_answer_clear(&answer);
    buf_clear(&text);
    return rc;
}

int acme_account_rollover(const struct acme_env *env, const struct conf *conf,
                          struct acme_account *out, struct err *err)
{
    struct visit v;
    struct key *fresh = NULL;
    struct err refused = {0};
    int rc = visit_begin(&v, env, conf, err);
    if (!rc)
        rc = need_account(&v, err);
    if (!rc)
        rc = account_make_pending(v.client, &fresh, err);
    /* A refusal may be of a second try whose first one was taken, but its answer lost. */
    if (!rc && change_key(&v, fresh, &refused) && refused.code != ERR_CA) {
        *err = refused;
        rc = -1;
    }
    if (!rc)
        rc = account_heal(v.client, err); /* the CA says which key counts; that one is kept */
    if (!rc) {
        account_clear(&v.account);
        rc = account_load(v.client, &v.account, err);
        client_sign_as(v.client, v.account.key, v.account.url);
    }
    if (!rc && !key_same_public(v.account.key, fresh)) {
        rc = err_set(err, ERR_CA, "key change: the CA took it, yet goes on with the old key");
        if (err_is_set(&refused))
            *err = refused;
    }
    if (!rc)
        rc = post(&v, NULL, out, err);
    key_free(fresh);
    visit_end(&v);
    return rc;
}
