/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acme-dns (github.com/joohoi/acme-dns): a small name server with an API of two calls.
 *
 * POST /register gives a name of our own with a user and a password, once for each certificate
 * name; it is kept in the state folder. POST /update puts a value at that name. The server keeps
 * the newest two values of a name and has no call to remove one: two are what a name and its
 * wildcard need, and a third would push out the first before the CA has seen it.
 */
#include "dns/name.h"
#include "publish/api.h"
#include "publish/registrations.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BODY_BYTES = 16 * 1024, MAX_VALUES = 2, MAX_NAMES = CERT_MAX_NAMES };

/* What this run has put at one name. */
struct shown {
    char fqdn[DNS_NAME_SIZE];
    char value[MAX_VALUES][64];
    size_t count;
};

struct acme_dns_api {
    struct api api;
    const struct conf *conf;
    char file[160]; /* in the store */
    struct shown *shown;
    size_t shown_count;
};

/* ---- the file ---- */

static int load(const struct acme_dns_api *x, struct json **out, struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct err e = {0};
    int rc = 0;

    if (!x->api.env.store) {
        err_set(err, ERR_USAGE,
                "acme-dns: the registrations are kept in the state folder, and "
                "there is none yet");
        return err_hint(err, "run issue once, which makes it");
    }
    if (store_get_secret(x->api.env.store, x->file, &text, &e) == 0)
        rc = json_parse(out, buf_str(&text), text.len, x->file, err);
    else if (e.code == ERR_NOT_FOUND)
        *out = json_new_object();
    else
        rc = (*err = e, -1);
    buf_wipe(&text);
    return rc;
}

static int save(const struct acme_dns_api *x, const struct json *all, struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    int rc = json_text(all, JSON_PRETTY, &text, err);

    if (rc == 0)
        rc = store_put_secret(x->api.env.store, x->file, buf_str(&text), text.len, err);
    buf_wipe(&text);
    return rc;
}

/* ---- register ---- */

static int post_register(const struct acme_dns_api *x, struct https_response *resp, struct err *err)
{
    const struct strings *from = &x->conf->dns.acme_dns.allow_from;
    struct buf url = BUF_INIT(HTTPS_MAX_URL), body = BUF_INIT(MAX_BODY_BYTES);
    struct json *j = json_new_object(), *list = json_new_array();
    int rc = -1;

    for (size_t i = 0; i < from->n; i++)
        json_append_string(list, from->v[i]);
    json_put(j, "allowfrom", list);
    buf_addf(&url, "%s/register", x->conf->dns.acme_dns.api.url);
    if (json_text(j, JSON_COMPACT, &body, err) || buf_check(&url, "acme-dns URL", err))
        goto done;
    const struct api_request r = {.method = "POST",
                                  .url = buf_str(&url),
                                  .content_type = "application/json",
                                  .accept = "application/json",
                                  .body = buf_str(&body),
                                  .body_len = body.len};
    rc = api_send(&x->api, &r, resp, err);
done:
    json_free(j);
    buf_clear(&url);
    buf_clear(&body);
    return rc;
}

/* {"error": "..."}; its text is a word like "malformed_json_payload". */
static int refused(const struct acme_dns_api *x, const struct https_response *resp,
                   const char *what, struct err *err)
{
    struct json *j = NULL;
    struct err ignored = {0};

    if (json_parse(&j, buf_str(&resp->body), resp->body.len, "", &ignored))
        j = NULL;
    api_refused(&x->api, resp, what, json_get_string(j, "error"), err);
    json_free(j);
    return -1;
}

static int register_name(const struct acme_dns_api *x, const char *name, struct json *all,
                         struct err *err)
{
    struct https_response resp = {0};
    struct json *answer = NULL;
    int rc = -1;

    log_info(x->api.env.log, "acme-dns: registering a name for %s", name);
    if (post_register(x, &resp, err))
        goto done;
    if (resp.status != 201) {
        refused(x, &resp, "registration", err);
        err_hint(err, "does the server allow registration (disable_registration)?");
        goto done;
    }
    if (api_json(&x->api, &resp, &answer, err))
        goto done;
    if (registration_check(answer)) {
        err_set(err, ERR_DNS, "acme-dns: the answer to the registration is not of its form");
        goto done;
    }
    json_put(all, name, json_copy_of(answer));
    rc = save(x, all, err); /* before anybody is told of the name */
done:
    json_free(answer);
    buf_wipe(&resp.body);
    https_response_clear(&resp);
    return rc;
}

static int target(void *self, const char *name, char out[256], struct err *err)
{
    struct acme_dns_api *x = self;
    struct json *all = NULL;
    int rc = -1;

    if (load(x, &all, err))
        return -1;
    if (registration_check(json_get(all, name)) && register_name(x, name, all, err))
        goto done;
    text_copy(out, 256, json_get_string(json_get(all, name), "fulldomain"));
    rc = 0;
done:
    json_free(all);
    return rc;
}

/* ---- update ---- */

static struct shown *shown_at(struct acme_dns_api *x, const char *fqdn)
{
    for (size_t i = 0; i < x->shown_count; i++)
        if (text_equal_nocase(x->shown[i].fqdn, fqdn))
            return &x->shown[i];
    if (x->shown_count == MAX_NAMES)
        return NULL;
    struct shown *s = &x->shown[x->shown_count++];
    text_copy(s->fqdn, sizeof s->fqdn, fqdn);
    return s;
}

static int post_update(const struct acme_dns_api *x, const struct json *registration,
                       const struct publish_record *r, struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL), body = BUF_INIT(MAX_BODY_BYTES);
    struct buf user = BUF_INIT(512), key = BUF_INIT(512);
    struct https_response resp = {0};
    struct json *j = json_new_object();
    int rc = -1;

    json_put_string(j, "subdomain", json_get_string(registration, "subdomain"));
    json_put_string(j, "txt", r->value);
    buf_addf(&url, "%s/update", x->conf->dns.acme_dns.api.url);
    buf_addf(&user, "X-Api-User: %s", json_get_string(registration, "username"));
    buf_addf(&key, "X-Api-Key: %s", json_get_string(registration, "password"));
    if (json_text(j, JSON_COMPACT, &body, err) || buf_check(&url, "acme-dns URL", err) ||
        buf_check(&user, "acme-dns user", err) || buf_check(&key, "acme-dns password", err))
        goto done;
    const struct api_request q = {.method = "POST",
                                  .url = buf_str(&url),
                                  .content_type = "application/json",
                                  .accept = "application/json",
                                  .headers = {buf_str(&user), buf_str(&key), NULL},
                                  .body = buf_str(&body),
                                  .body_len = body.len};
    if (api_send(&x->api, &q, &resp, err))
        goto done;
    if (resp.status == 200) {
        rc = 0;
    } else {
        refused(x, &resp, r->fqdn, err);
        if (resp.status == 401)
            err_hint(err, "the server no longer knows our registration, or allows updates from "
                          "other addresses only (allow_from)");
    }
done:
    json_free(j);
    buf_clear(&url);
    buf_clear(&body);
    buf_clear(&user);
    buf_wipe(&key);
    https_response_clear(&resp);
    return rc;
}

static int update(const struct acme_dns_api *x, const struct publish_record *r, struct err *err)
{
    struct json *all = NULL;
    int rc = -1;

    if (load(x, &all, err))
        return -1;
    const struct json *registration = registration_of(all, r->fqdn);
    if (registration) {
        log_info(x->api.env.log, "acme-dns: add TXT at %s", r->fqdn);
        rc = post_update(x, registration, r, err);
    } else {
        err_set(err, ERR_DNS, "acme-dns: %s: is no name that we registered at %s", r->fqdn,
                x->conf->dns.acme_dns.api.url);
        err_hint(err, "let the CNAME lead to the name that check prints once it is gone");
    }
    json_free(all);
    return rc;
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    struct acme_dns_api *x = self;
    struct shown *s = shown_at(x, r->fqdn);

    if (!s)
        return err_set(err, ERR_DNS, "acme-dns: more than %d names in one run", MAX_NAMES);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->value[i], r->value) == 0)
            return 0;
    if (s->count == MAX_VALUES) {
        err_set(err, ERR_DNS, "acme-dns: %s: a third value at once, and the server keeps two",
                r->fqdn);
        return err_hint(err, "give each name a CNAME of its own: run check with one name after "
                             "the other to have them registered");
    }
    if (update(x, r, err))
        return -1;
    text_copy(s->value[s->count++], sizeof s->value[0], r->value);
    return 0;
}

/* The server has no call for it: the next two values take the place. */
static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    struct acme_dns_api *x = self;
    struct shown *s = shown_at(x, r->fqdn);

    (void)err;
    for (size_t i = 0; s && i < s->count; i++) {
        if (strcmp(s->value[i], r->value) == 0) {
            memmove(s->value[i], s->value[--s->count], sizeof s->value[0]);
            break;
        }
    }
    return 0;
}

/* ---- opening ---- */

static void close_acme_dns(void *self)
{
    struct acme_dns_api *x = self;

    api_close(&x->api);
    free(x->shown);
    free(x);
}

int publish_acme_dns_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    const struct conf_api *api = &env->conf->dns.acme_dns.api;
    struct acme_dns_api *x;
    char folder[128];

    if (!api->url)
        return err_set(err, ERR_USAGE, "dns.acme-dns.api: not given");
    x = calloc(1, sizeof *x);
    if (!x)
        return err_set(err, ERR_FAIL, "dns.acme-dns: out of memory");
    x->conf = env->conf;
    x->shown = calloc(MAX_NAMES, sizeof *x->shown);
    store_account_dir(api->url, folder);
    text_copy(x->file, sizeof x->file, folder);
    memcpy(x->file + strlen(x->file), "/acme-dns.json", sizeof "/acme-dns.json");
    if (!x->shown) {
        err_set(err, ERR_FAIL, "dns.acme-dns: out of memory");
        goto failed;
    }
    if (api_open(&x->api, "acme-dns", env, api, HTTPS_PLAIN_LOOPBACK, err))
        goto failed;
    *out = (struct publisher){.name = "acme-dns",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_acme_dns,
                              .target = target,
                              .self = x};
    return 0;
failed:
    close_acme_dns(x);
    return -1;
}
