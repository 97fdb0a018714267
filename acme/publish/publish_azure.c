/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure DNS (Microsoft.Network/dnsZones, API 2018-05-01). A record set is read, merged and written
 * with If-Match, so that a change by others in between is refused (412) and read again.
 *
 * The token comes from Microsoft Entra with a client secret; for a machine in Azure from its
 * metadata service, which speaks plain http at a link-local address; or for one that is registered
 * with Azure Arc from the agent there.
 */
#include "publish/api.h"
#include "publish/azure.h"
#include "publish/azure_arc.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_URL "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"

enum {
    MAX_BODY_BYTES = 256 * 1024,
    ROUNDS = 5,
    TOKEN_SPARE_S = 120, /* a token is not used in its last moments */
    DEFAULT_TOKEN_S = 600,
    MAX_TOKEN_S = 24 * 3600,
};

struct azure {
    struct api api;
    const struct conf *conf;
    struct azure_arc arc; /* of a managed identity */
    struct buf secret;
    struct buf token_header; /* "Authorization: Bearer ..." */
    int64_t token_until_s;
};

/* ---- token ---- */

static void put_field(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, "%s%s=", out->len ? "&" : "", name);
    api_put_escaped(out, value);
}

static int ask_login(const struct azure *x, struct https_response *resp, struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL), form = BUF_INIT(API_MAX_SECRET_BYTES * 3);
    struct buf scope = BUF_INIT(HTTPS_MAX_URL);
    int rc = -1;

    buf_addf(&url, "%s/", x->conf->dns.azure.login);
    api_put_escaped(&url, x->conf->dns.azure.tenant);
    buf_puts(&url, "/oauth2/v2.0/token");
    buf_addf(&scope, "%s/.default", x->conf->dns.azure.api.url);
    put_field(&form, "grant_type", "client_credentials");
    put_field(&form, "client_id", x->conf->dns.azure.client_id);
    put_field(&form, "client_secret", buf_str(&x->secret));
    put_field(&form, "scope", buf_str(&scope));
    if (buf_check(&url, "azure URL", err) || buf_check(&form, "azure token request", err))
        goto done;
    const struct api_request r = {.method = "POST",
                                  .url = buf_str(&url),
                                  .content_type = "application/x-www-form-urlencoded",
                                  .accept = "application/json",
                                  .body = form.p,
                                  .body_len = form.len};
    rc = api_send(&x->api, &r, resp, err);
done:
    buf_clear(&url);
    buf_clear(&scope);
    buf_wipe(&form);
    return rc;
}

static int ask_metadata(const struct azure *x, struct https_response *resp, struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL);
    struct buf resource = BUF_INIT(HTTPS_MAX_URL);
    int rc = -1;

    buf_addf(&resource, "%s/", x->conf->dns.azure.api.url);
    if (x->arc.url[0]) {
        rc = azure_arc_ask(&x->api, &x->arc, buf_str(&resource), resp, err);
        goto done;
    }
    buf_puts(&url, METADATA_URL "&resource=");
    api_put_escaped(&url, buf_str(&resource));
    if (x->conf->dns.azure.client_id) {
        buf_puts(&url, "&client_id=");
        api_put_escaped(&url, x->conf->dns.azure.client_id);
    }
    const struct api_request r = {
        .method = "GET", .url = buf_str(&url), .headers = {"Metadata: true", NULL}};
    if (buf_check(&url, "azure URL", err) == 0)
        rc = api_send(&x->api, &r, resp, err);
done:
    buf_clear(&url);
    buf_clear(&resource);
    return rc;
}

/* expires_in is a number from the one and a string from the other. */
static int64_t lifetime_s(const struct json *answer)
{
    const struct json *v = json_get(answer, "expires_in");
    int64_t s = json_string_of(v) ? strtoll(json_string_of(v), NULL, 10)
                                  : json_integer_value_or(v, DEFAULT_TOKEN_S);

    return s < 0 ? 0 : s > MAX_TOKEN_S ? MAX_TOKEN_S : s;
}

static int take_token(struct azure *x, const struct https_response *resp, struct err *err)
{
    struct json *answer = NULL;
    int rc = -1;

    if (api_json(&x->api, resp, &answer, err))
        return -1;
    const char *token = json_get_string(answer, "access_token");
    if (resp->status != 200) {
        api_refused(&x->api, resp, "no token", json_get_string(answer, "error_description"), err);
        err_hint(err, x->conf->dns.azure.managed_identity
                          ? "has this machine a managed identity (client_id for one of several)?"
                          : "check dns.azure.tenant, client_id and client_secret_file (expired?)");
    } else if (!token) {
        err_set(err, ERR_DNS, "azure: the answer holds no access token");
    } else {
        buf_wipe(&x->token_header);
        buf_addf(&x->token_header, "Authorization: Bearer %s", token);
        x->token_until_s = clock_now(x->api.env.clock) + lifetime_s(answer) - TOKEN_SPARE_S;
        rc = buf_check(&x->token_header, "azure access token", err);
    }
    json_free(answer);
    return rc;
}

static int need_token(struct azure *x, struct err *err)
{
    struct https_response resp = {0};

    if (x->token_header.len && clock_now(x->api.env.clock) < x->token_until_s)
        return 0;
    int rc = x->conf->dns.azure.managed_identity ? ask_metadata(x, &resp, err)
                                                 : ask_login(x, &resp, err);
    if (rc == 0)
        rc = take_token(x, &resp, err);
    buf_wipe(&resp.body);
    https_response_clear(&resp);
    return rc;
}

/* ---- record set ---- */

struct change {
    const struct publish_record *r;
    const char *url;
    bool remove;
};

/* {"error": {"code": "...", "message": "..."}} or {"code", "message"} */
static int refused(const struct azure *x, const struct https_response *resp, const struct change *c,
                   struct err *err)
{
    struct json *j = NULL;
    struct err ignored = {0};

    if (json_parse(&j, buf_str(&resp->body), resp->body.len, "", &ignored))
        j = NULL;
    const struct json *error = json_get(j, "error") ? json_get(j, "error") : j;
    api_refused(&x->api, resp, c->r->fqdn, json_get_string(error, "message"), err);
    json_free(j);
    if (resp->status == 401 || resp->status == 403)
        return err_hint(err, "give the identity the role DNS Zone Contributor on the zone, or on "
                             "this TXT record set alone");
    if (resp->status == 404)
        return err_hint(err, "check dns.azure.subscription, resource_group and zone");
    return -1;
}

/* *set stays NULL when there is none. */
static int read_set(const struct azure *x, const struct change *c, struct json **set,
                    struct err *err)
{
    struct https_response resp = {0};
    const struct api_request r = {.method = "GET",
                                  .url = c->url,
                                  .accept = "application/json",
                                  .headers = {buf_str(&x->token_header), NULL}};
    int rc = -1;

    if (api_send(&x->api, &r, &resp, err))
        goto done;
    if (resp.status == 404 && !strstr(buf_str(&resp.body), "ResourceGroupNotFound") &&
        !strstr(buf_str(&resp.body), "ParentResourceNotFound"))
        rc = 0;
    else if (resp.status != 200)
        refused(x, &resp, c, err);
    else
        rc = api_json(&x->api, &resp, set, err);
done:
    https_response_clear(&resp);
    return rc;
}

/* *again: the set is another one by now. */
static int write_set(const struct azure *x, const struct change *c, const struct json *set,
                     const struct azure_plan *plan, bool *again, struct err *err)
{
    struct buf body = BUF_INIT(MAX_BODY_BYTES), match = BUF_INIT(1024);
    struct https_response resp = {0};
    const char *etag = json_get_string(set, "etag");
    int rc = -1;

    if (set && !etag)
        return err_set(err, ERR_DNS, "azure: %s: the record set came without etag", c->r->fqdn);
    if (set)
        buf_addf(&match, "If-Match: %s", etag);
    else
        buf_puts(&match, "If-None-Match: *");
    if (buf_check(&match, "azure etag", err) ||
        (plan->body && json_text(plan->body, JSON_COMPACT, &body, err)))
        goto done;
    const struct api_request r = {.method = plan->method,
                                  .url = c->url,
                                  .content_type = plan->body ? "application/json" : NULL,
                                  .accept = "application/json",
                                  .headers = {buf_str(&x->token_header), buf_str(&match), NULL},
                                  .body = plan->body ? body.p : NULL,
                                  .body_len = body.len};
    if (api_send(&x->api, &r, &resp, err))
        goto done;
    *again = resp.status == 412;
    rc = resp.status / 100 == 2 ? 0 : refused(x, &resp, c, err);
done:
    https_response_clear(&resp);
    buf_clear(&body);
    buf_clear(&match);
    return rc;
}

static int one_round(const struct azure *x, const struct change *c, bool *again, struct err *err)
{
    struct azure_plan plan = {NULL, NULL};
    struct json *set = NULL;
    int rc = 0;

    *again = false;
    if (read_set(x, c, &set, err))
        return -1;
    azure_merge(set, c->r->value, c->remove, &plan);
    if (plan.method)
        rc = write_set(x, c, set, &plan, again, err);
    json_free(plan.body);
    json_free(set);
    return rc;
}

static int put_url(const struct azure *x, const struct publish_record *r, struct buf *url,
                   struct err *err)
{
    const char *zone = x->conf->dns.azure.zone ? x->conf->dns.azure.zone : r->zone;
    char name[256];

    if (!zone || !*zone)
        return err_set(err, ERR_USAGE, "dns.azure.zone: not given, and none was found");
    if (!azure_relative(r->fqdn, zone, name, sizeof name)) {
        err_set(err, ERR_DNS, "azure: %s: lies outside of zone %s (dns.azure.zone)", r->fqdn, zone);
        return err_hint(err, "let the CNAME point to a name in %s, or correct the zone", zone);
    }
    buf_addf(url, "%s/subscriptions/", x->conf->dns.azure.api.url);
    api_put_escaped(url, x->conf->dns.azure.subscription);
    buf_puts(url, "/resourceGroups/");
    api_put_escaped(url, x->conf->dns.azure.resource_group);
    buf_addf(url, "/providers/Microsoft.Network/dnsZones/%s/TXT/%s?api-version=2018-05-01", zone,
             name);
    return buf_check(url, "azure URL", err);
}

static int change(struct azure *x, const struct publish_record *r, bool remove, struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL);
    struct change c = {.r = r, .remove = remove};
    struct err e = {0};
    bool again = true;
    int rc = -1;

    if (put_url(x, r, &url, err) || need_token(x, err))
        goto done;
    c.url = buf_str(&url);
    log_info(x->api.env.log, "azure: %s TXT at %s", remove ? "remove" : "add", r->fqdn);
    for (int i = 0; i < ROUNDS && rc && again; i++) {
        e = (struct err){0};
        rc = one_round(x, &c, &again, &e);
    }
    if (rc)
        *err = e;
done:
    buf_clear(&url);
    return rc;
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    return change(self, r, false, err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    return change(self, r, true, err);
}

/* ---- opening ---- */

static void close_azure(void *self)
{
    struct azure *x = self;

    api_close(&x->api);
    azure_arc_clear(&x->arc);
    buf_wipe(&x->secret);
    buf_wipe(&x->token_header);
    free(x);
}

static int read_secret(struct azure *x, struct err *err)
{
    if (x->conf->dns.azure.managed_identity)
        return azure_arc_find(&x->arc, err);
    if (!x->conf->dns.azure.tenant || !x->conf->dns.azure.client_id)
        return err_set(err, ERR_USAGE, "dns.azure.%s: not given",
                       x->conf->dns.azure.tenant ? "client_id" : "tenant");
    return api_secret(x->conf->dns.azure.client_secret_file, "dns.azure.client_secret_file",
                      &x->secret, err);
}

int publish_azure_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    const struct conf_api *api = &env->conf->dns.azure.api;
    enum https_plain plain =
        env->conf->dns.azure.managed_identity ? HTTPS_PLAIN_METADATA : HTTPS_PLAIN_NEVER;
    struct azure *x = calloc(1, sizeof *x);

    if (!x)
        return err_set(err, ERR_FAIL, "dns.azure: out of memory");
    x->conf = env->conf;
    buf_init(&x->secret, API_MAX_SECRET_BYTES);
    buf_init(&x->token_header, API_MAX_SECRET_BYTES);
    if (read_secret(x, err) || api_open(&x->api, "azure", env, api, plain, err)) {
        close_azure(x);
        return -1;
    }
    *out = (struct publisher){
        .name = "azure", .present = present, .cleanup = cleanup, .close = close_azure, .self = x};
    return 0;
}
