/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "jws.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNT_MAX_BYTES = 64 * 1024 };

struct places {
    char key[160], record[160], pending[160], away[160];
};

static void find_places(const struct client *c, struct places *out)
{
    char folder[128];
    store_account_dir(client_directory_url(c), folder);
    snprintf(out->key, sizeof out->key, "%s/account.key", folder);
    snprintf(out->record, sizeof out->record, "%s/account.json", folder);
    snprintf(out->pending, sizeof out->pending, "%s/pending.key", folder);
    snprintf(out->away, sizeof out->away, "%s/deactivated-%lld.key", folder,
             (long long)client_now(c));
}

void account_clear(struct account *a)
{
    key_free(a->key);
    free(a->url);
    *a = (struct account){0};
}

/* ---- store ---- */

static int load_key(struct client *c, const char *rel, struct account *a, struct err *err)
{
    struct buf pem = BUF_INIT(ACCOUNT_MAX_BYTES);
    struct err e = {0};
    int rc = -1;
    if (store_get_secret(client_store(c), rel, &pem, &e)) {
        rc = e.code == ERR_NOT_FOUND ? 0 : err_set(err, e.code, "%s", e.text);
        goto done;
    }
    if (key_from_pem(&a->key, buf_str(&pem), pem.len, rel, err) ||
        key_thumbprint(a->key, a->thumbprint, err)) {
        err_hint(err, "put it back from a backup, or remove its folder: the next run then "
                      "registers a new account");
        goto done;
    }
    rc = 0;
done:
    buf_wipe(&pem);
    return rc;
}

/* The URL of a record that belongs to this key and directory. A record that cannot be used costs
 * one look-up at the CA, so it is no error. */
static int load_url(struct client *c, const char *rel, struct account *a, struct err *err)
{
    struct buf text = BUF_INIT(ACCOUNT_MAX_BYTES);
    struct json *j = NULL;
    struct err ignored = {0};
    int rc = 0;
    if (store_get(client_store(c), rel, &text, &ignored) ||
        json_parse(&j, buf_str(&text), text.len, rel, &ignored))
        goto done;
    const char *url = json_get_string(j, "url");
    const char *directory = json_get_string(j, "directory");
    const char *thumbprint = json_get_string(j, "thumbprint");
    if (url && directory && thumbprint && strcmp(directory, client_directory_url(c)) == 0 &&
        strcmp(thumbprint, a->thumbprint) == 0 && https_check_url(url, &ignored) == 0)
        rc = text_dup(&a->url, url, err);
done:
    json_free(j);
    buf_clear(&text);
    return rc;
}

int account_load(struct client *c, struct account *out, struct err *err)
{
    struct account a = {0};
    struct places at = {0};
    find_places(c, &at);
    if (load_key(c, at.key, &a, err) || (a.key && load_url(c, at.record, &a, err))) {
        account_clear(&a);
        return -1;
    }
    *out = a;
    return 0;
}

/* RFC 8555 11.1: a key of its own; ES256, which every CA takes (6.2). */
static int make_key(struct client *c, const char *rel, struct account *a, struct err *err)
{
    struct buf pem = BUF_INIT(ACCOUNT_MAX_BYTES);
    int rc = -1;
    if (key_new(&a->key, KEY_EC256, err) || key_thumbprint(a->key, a->thumbprint, err) ||
        key_to_pem(a->key, &pem, err) || buf_check(&pem, rel, err) ||
        store_put_secret(client_store(c), rel, pem.p, pem.len, err))
        goto done;
    rc = 0;
done:
    buf_wipe(&pem);
    return rc;
}

static int save_record(struct client *c, const struct account *a, struct err *err)
{
    struct buf text = BUF_INIT(ACCOUNT_MAX_BYTES);
    struct places at = {0};
    struct json *j = json_new_object();
    find_places(c, &at);
    json_put_string(j, "url", a->url);
    json_put_string(j, "directory", client_directory_url(c));
    json_put_string(j, "thumbprint", a->thumbprint);
    json_put_time(j, "created", client_now(c));
    int rc = json_text(j, JSON_PRETTY, &text, err);
    if (!rc)
        rc = store_put(client_store(c), at.record, buf_str(&text), text.len, err);
    json_free(j);
    buf_clear(&text);
    return rc;
}

/* ---- newAccount ---- */

int account_may_register(const struct msg_directory *d, const struct conf *conf, struct err *err)
{
    if (d->terms && !conf->acme.agree_tos) {
        err_set(err, ERR_USAGE, "%s: the CA's terms of service are not agreed to: %s",
                conf->acme.directory, d->terms);
        return err_hint(err, "read them and set acme.agree_tos to true");
    }
    if (d->external_account_required && !conf->acme.eab_kid) {
        err_set(err, ERR_USAGE, "%s: the CA wants an external account binding",
                conf->acme.directory);
        return err_hint(err, "get a key identifier and HMAC key from the CA's account page and "
                             "set acme.eab.kid and acme.eab.hmac_key_file");
    }
    return 0;
}

int account_put_contact(struct json *payload, const struct conf *conf, struct err *err)
{
    const char *email = conf->acme.email;
    struct json *list;
    char *uri = NULL;
    if (!email)
        return 0;
    /* RFC 8555 7.3: one address, no header fields. */
    if (!strchr(email, '@') || strpbrk(email, ",?&%<>\" \t\r\n"))
        return err_set(err, ERR_USAGE, "acme.email: \"%s\" is not one plain address", email);
    if (text_fmt(&uri, err, "mailto:%s", email))
        return -1;
    list = json_new_array();
    json_append_string(list, uri);
    json_put(payload, "contact", list);
    free(uri);
    return 0;
}

static int put_binding(struct json *payload, const struct msg_directory *d, const struct conf *conf,
                       const struct key *key, struct err *err)
{
    struct buf secret = BUF_INIT(4096), mac = BUF_INIT(4096), inner = BUF_INIT(ACCOUNT_MAX_BYTES);
    struct json *j = NULL;
    struct err e = {0};
    int rc = -1;
    if (!conf->acme.eab_kid)
        return 0;
    if (!conf->acme.eab_hmac_key_file)
        return err_set(err, ERR_USAGE, "acme.eab.hmac_key_file: missing beside acme.eab.kid");
    if (conf_secret(conf->acme.eab_hmac_key_file, "acme.eab.hmac_key_file", &secret, err))
        goto done;
    /* CAs hand these out in both alphabets, with and without padding. */
    if (text_base64_decode(&mac, buf_str(&secret), secret.len, &e) || mac.len == 0) {
        err_set(err, ERR_USAGE, "acme.eab.hmac_key_file: its contents are not base64");
        goto done;
    }
    struct jws_eab b = {conf->acme.eab_kid, mac.p, mac.len, d->new_account, key};
    if (jws_bind(&b, &inner, err) ||
        json_parse(&j, inner.p, inner.len, "external account binding", err))
        goto done;
    json_put(payload, "externalAccountBinding", j);
    rc = 0;
done:
    buf_wipe(&secret);
    buf_wipe(&mac);
    buf_clear(&inner);
    return rc;
}

static int post_account(struct client *c, struct json *payload, struct account *a, struct err *err)
{
    struct buf text = BUF_INIT(ACCOUNT_MAX_BYTES);
    struct client_answer answer = {0};
    int rc = -1;
    if (json_text(payload, JSON_COMPACT, &text, err))
        goto done;
    struct client_post p = {.what = "account",
                            .endpoint = CLIENT_NEW_ACCOUNT,
                            .payload = buf_str(&text),
                            .with_jwk = true};
    client_sign_as(c, a->key, NULL);
    if (client_post(c, &p, &answer, err))
        goto done;
    const char *status = json_get_string(answer.json, "status");
    if (status && msg_status_of(status) != MSG_VALID) {
        char shown[24];
        problem_foreign(shown, sizeof shown, status);
        err_set(err, ERR_CA, "account: the CA says that it is %s", shown);
        err_hint(err, "to register anew, move the account's folder in accounts/ away");
        goto done;
    }
    if (!answer.http.location) {
        err_set(err, ERR_CA, "account: the CA's answer has no Location");
        goto done;
    }
    if (msg_resolve_url(&a->url, client_directory_url(c), answer.http.location, err))
        goto done;
    rc = 0;
done:
    client_answer_clear(&answer);
    buf_clear(&text);
    return rc;
}

static int lookup(struct client *c, struct account *a, struct err *err)
{
    struct json *payload = json_new_object();
    json_put_bool(payload, "onlyReturnExisting", true);
    int rc = post_account(c, payload, a, err);
    json_free(payload);
    return rc;
}

static int register_key(struct client *c, const struct conf *conf, struct account *a,
                        struct err *err)
{
    const struct msg_directory *d = NULL;
    struct json *payload = json_new_object();
    struct err e = {0};
    int rc = -1;
    if (client_directory(c, &d, err) || account_may_register(d, conf, err))
        goto done;
    if (conf->acme.agree_tos)
        json_put_bool(payload, "termsOfServiceAgreed", true);
    if (account_put_contact(payload, conf, err) || put_binding(payload, d, conf, a->key, err))
        goto done;
    rc = post_account(c, payload, a, &e);
    if (rc) {
        if (conf->acme.eab_kid && strcmp(e.problem, "unauthorized") == 0)
            text_copy(e.hint, sizeof e.hint,
                      "look at acme.eab: wrong, used up or expired credentials are refused so");
        *err = e;
    }
done:
    json_free(payload);
    return rc;
}

/* ---- a change of keys ---- */

static bool is_unknown(const struct err *e)
{
    return problem_reaction(e->problem, 0) == REACT_REGISTER;
}

/* An answer, and no word on whether the account exists: some CAs ask for a customer first. */
static bool is_refusal(const struct err *e)
{
    return e->source == ERR_SRC_HTTP && (e->code == ERR_CA || e->code == ERR_USAGE) &&
           e->number < 500;
}

int account_make_pending(struct client *c, struct key **out, struct err *err)
{
    struct account fresh = {0};
    struct places at = {0};
    find_places(c, &at);
    if (make_key(c, at.pending, &fresh, err)) {
        account_clear(&fresh);
        return -1;
    }
    *out = fresh.key;
    return 0;
}

/* Copies a secret record, then removes the first. */
static int move_secret(struct client *c, const char *from, const char *to, struct err *err)
{
    struct buf pem = BUF_INIT(ACCOUNT_MAX_BYTES);
    int rc = store_get_secret(client_store(c), from, &pem, err);
    if (!rc)
        rc = store_put_secret(client_store(c), to, pem.p, pem.len, err);
    if (!rc)
        rc = store_remove(client_store(c), from, err);
    buf_wipe(&pem);
    return rc;
}

/* The pending key cannot be read, or the CA does not say whether it knows it (`why`). As long as it
 * knows the account's own key, nothing was changed there. */
static int heal_without(struct client *c, const struct places *at, const struct err *why,
                        struct err *err)
{
    struct account current = {0};
    struct err seen = {0};
    int rc = -1;
    if (load_key(c, at->key, &current, err))
        goto done;
    if (current.key && lookup(c, &current, &seen) == 0) {
        log_warn(client_log(c), "%s; the CA knows the old key: the change of keys is given up",
                 why->text);
        rc = store_remove(client_store(c), at->pending, err);
    } else if (current.key && !is_unknown(&seen)) {
        *err = seen;
    } else {
        *err = *why;
        if (is_refusal(why))
            goto done;
        err->hint[0] = '\0';
        err_hint(err,
                 "the CA may know the account by this key alone: put %s back from a backup, or "
                 "remove it; the next run then registers anew",
                 at->pending);
    }
done:
    account_clear(&current);
    return rc;
}

int account_heal(struct client *c, struct err *err)
{
    struct account pending = {0};
    struct places at = {0};
    struct err e = {0};
    int rc = -1;
    find_places(c, &at);
    if (!store_has(client_store(c), at.pending))
        return 0;
    if (load_key(c, at.pending, &pending, &e))
        rc = heal_without(c, &at, &e, err);
    else if (pending.key && lookup(c, &pending, &e) == 0) {
        /* The record goes first: a URL is only believed beside the key that it was saved with. */
        rc = save_record(c, &pending, err) || move_secret(c, at.pending, at.key, err) ? -1 : 0;
    } else if (!pending.key || is_unknown(&e)) {
        rc = store_remove(client_store(c), at.pending, err);
    } else if (is_refusal(&e)) {
        rc = heal_without(c, &at, &e, err);
    } else {
        *err = e;
    }
    client_sign_as(c, NULL, NULL);
    account_clear(&pending);
    return rc;
}

int account_put_away(struct client *c, struct err *err)
{
    struct places at = {0};
    find_places(c, &at);
    if (move_secret(c, at.key, at.away, err))
        return -1;
    return store_remove(client_store(c), at.record, err);
}

/* ---- the whole ---- */

int account_ensure(struct client *c, const struct conf *conf, struct account *out, struct err *err)
{
    struct account a = {0};
    const struct msg_directory *d = NULL;
    struct places at = {0};
    struct err e = {0};
    find_places(c, &at);
    if (account_heal(c, err) || account_load(c, &a, err))
        return -1;
    if (!a.key) {
        if (store_has(client_store(c), at.record))
            log_warn(client_log(c),
                     "%s: is not there any more: a new account is registered; what names the old "
                     "one (CAA records, an external account binding) has to be changed",
                     at.key);
        /* Asked before the key is made: nothing is left behind of a try that cannot succeed. */
        if (client_directory(c, &d, err) || account_may_register(d, conf, err) ||
            make_key(c, at.key, &a, err) || register_key(c, conf, &a, err) ||
            save_record(c, &a, err))
            goto fail;
    } else if (!a.url) {
        if (lookup(c, &a, &e)) {
            /* RFC 8555 7.3: who registers a key that is known gets its account. */
            if (!is_unknown(&e) && problem_reaction(e.problem, 0) != REACT_EAB) {
                *err = e;
                goto fail;
            }
            if (register_key(c, conf, &a, err))
                goto fail;
        }
        if (save_record(c, &a, err))
            goto fail;
    }
    client_sign_as(c, a.key, a.url);
    *out = a;
    return 0;
fail:
    client_sign_as(c, NULL, NULL);
    account_clear(&a);
    return -1;
}

int account_register_again(struct client *c, const struct conf *conf, struct account *a,
                           struct err *err)
{
    struct places at = {0};
    struct err e = {0};
    find_places(c, &at);
    free(a->url);
    a->url = NULL;
    if (store_remove(client_store(c), at.record, &e))
        return err_set(err, e.code, "%s", e.text);
    if (register_key(c, conf, a, err) || save_record(c, a, err))
        return -1;
    client_sign_as(c, a->key, a->url);
    return 0;
}
