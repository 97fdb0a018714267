/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cloudflare, API v4: one DNS record is one object, so values of others are never touched.
 *
 * The token (not the old global key) goes as bearer token. Finding the zone's id by its name needs
 * Zone:Read; with zone_id the right DNS:Edit for that zone is enough.
 */
#include "publish/api.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BODY_BYTES = 4 * 1024,
    MIN_TTL_S = 60, /* the least that all plans take */
    IDENTICAL_RECORD = 81058,
    RECORD_EXISTS = 81057,
    ID_SIZE = 64,
};

struct cloudflare {
    struct api api;
    const struct conf *conf;
    struct buf token_header;          /* "Authorization: Bearer ..." */
    char zone[256], zone_id[ID_SIZE]; /* the one found last */
};

/* ---- calls ---- */

struct call {
    const char *method, *path, *body; /* path behind the API's URL; body may be NULL */
    const char *what;                 /* for messages */
};

/* The code of the first error; 0 = none. */
static int64_t error_code(const struct json *answer)
{
    return json_get_integer(json_at(json_get(answer, "errors"), 0), "code", 0);
}

static int refused(const struct cloudflare *x, const struct https_response *resp,
                   const struct json *answer, const char *what, struct err *err)
{
    const char *message = json_get_string(json_at(json_get(answer, "errors"), 0), "message");

    api_refused(&x->api, resp, what, message, err);
    if (resp->status == 401 || resp->status == 403 || resp->status == 400)
        return err_hint(err, "dns.cloudflare.token_file: an API token (not the global key) with "
                             "Zone / DNS / Edit for this zone, and Zone / Zone / Read unless "
                             "zone_id is set");
    return -1;
}

static bool succeeded(const struct https_response *resp, const struct json *answer)
{
    return resp->status / 100 == 2 && json_get_bool(answer, "success", false);
}

/* Errors come with 200 and with 4xx alike. That the very record is there already, or is gone
 * already, is success: then *out has no result. */
static int call(const struct cloudflare *x, const struct call *c, struct json **out,
                struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL);
    struct https_response resp = {0};
    struct json *answer = NULL;
    int rc = -1;

    buf_addf(&url, "%s%s", x->conf->dns.cloudflare.api.url, c->path);
    const struct api_request r = {.method = c->method,
                                  .url = buf_str(&url),
                                  .accept = "application/json",
                                  .content_type = c->body ? "application/json" : NULL,
                                  .headers = {buf_str(&x->token_header), NULL},
                                  .body = c->body,
                                  .body_len = c->body ? strlen(c->body) : 0};
    if (buf_check(&url, "cloudflare URL", err) || api_send(&x->api, &r, &resp, err) ||
        api_json(&x->api, &resp, &answer, err))
        goto done;
    int64_t code = error_code(answer);
    bool gone = resp.status == 404 && strcmp(c->method, "DELETE") == 0;
    bool there = code == IDENTICAL_RECORD || code == RECORD_EXISTS;
    if (!succeeded(&resp, answer) && !gone && !there) {
        refused(x, &resp, answer, c->what, err);
        goto done;
    }
    *out = answer;
    answer = NULL;
    rc = 0;
done:
    json_free(answer);
    https_response_clear(&resp);
    buf_clear(&url);
    return rc;
}

/* ---- zone ---- */

/* What goes into paths: hexadecimal in fact. */
static bool is_id(const char *s)
{
    size_t len = s ? strlen(s) : 0;

    return len > 0 && len < ID_SIZE && text_is_base64url(s);
}

static int find_zone(struct cloudflare *x, const char *zone, struct err *err)
{
    struct buf path = BUF_INIT(HTTPS_MAX_URL);
    struct json *answer = NULL;
    char what[300];
    int rc = -1;

    buf_puts(&path, "/zones?name=");
    api_put_escaped(&path, zone);
    snprintf(what, sizeof what, "zone %.255s", zone);
    const struct call c = {"GET", buf_str(&path), NULL, what};
    if (call(x, &c, &answer, err))
        goto done;
    const char *id = json_get_string(json_at(json_get(answer, "result"), 0), "id");
    if (is_id(id)) {
        text_copy(x->zone_id, sizeof x->zone_id, id);
        text_copy(x->zone, sizeof x->zone, zone);
        rc = 0;
    } else {
        err_set(err, ERR_DNS, "cloudflare: zone %s: this token sees no such zone", zone);
        err_hint(err, "give the token Zone / Zone / Read for it, or set dns.cloudflare.zone_id");
    }
done:
    json_free(answer);
    buf_clear(&path);
    return rc;
}

static int use_zone(struct cloudflare *x, const struct publish_record *r, struct err *err)
{
    const char *zone = x->conf->dns.cloudflare.zone, *id = x->conf->dns.cloudflare.zone_id;

    if (id) {
        if (!is_id(id))
            return err_set(err, ERR_USAGE, "dns.cloudflare.zone_id %s: no id of a zone", id);
        text_copy(x->zone_id, sizeof x->zone_id, id);
        return 0;
    }
    zone = zone ? zone : r->zone;
    if (!zone || !*zone)
        return err_set(err, ERR_USAGE, "dns.cloudflare.zone: not given, and none was found");
    return text_equal_nocase(x->zone, zone) ? 0 : find_zone(x, zone, err);
}

/* ---- records ---- */

static int present(void *self, const struct publish_record *r, struct err *err)
{
    struct cloudflare *x = self;
    struct buf body = BUF_INIT(MAX_BODY_BYTES);
    struct json *j = json_new_object(), *answer = NULL;
    char path[128], content[80];
    int rc = -1;

    if (use_zone(x, r, err))
        goto done;
    log_info(x->api.env.log, "cloudflare: add TXT at %s", r->fqdn);
    snprintf(path, sizeof path, "/zones/%s/dns_records", x->zone_id);
    snprintf(content, sizeof content, "\"%s\"", r->value); /* without quotes it warns */
    json_put_string(j, "type", "TXT");
    json_put_string(j, "name", r->fqdn);
    json_put_string(j, "content", content);
    json_put_integer(j, "ttl", MIN_TTL_S);
    if (json_text(j, JSON_COMPACT, &body, err))
        goto done;
    const struct call c = {"POST", path, buf_str(&body), r->fqdn};
    rc = call(x, &c, &answer, err);
done:
    json_free(answer);
    json_free(j);
    buf_clear(&body);
    return rc;
}

static int delete_record(const struct cloudflare *x, const char *id, const char *fqdn,
                         struct err *err)
{
    struct json *answer = NULL;
    char path[200];

    snprintf(path, sizeof path, "/zones/%s/dns_records/%s", x->zone_id, id);
    const struct call c = {"DELETE", path, NULL, fqdn};
    int rc = call(x, &c, &answer, err);
    json_free(answer);
    return rc;
}

/* The name has one or two of these records: one page holds them all, however many others there
 * are, as the content is asked for, too. It is compared here again, quoted or not. */
static int list_records(const struct cloudflare *x, const struct publish_record *r,
                        struct json **out, struct err *err)
{
    struct buf path = BUF_INIT(HTTPS_MAX_URL);

    buf_addf(&path, "/zones/%s/dns_records?type=TXT&name=", x->zone_id);
    api_put_escaped(&path, r->fqdn);
    buf_addf(&path, "&content.contains=%s&per_page=100", r->value);
    const struct call c = {"GET", buf_str(&path), NULL, r->fqdn};
    int rc = call(x, &c, out, err);
    buf_clear(&path);
    return rc;
}

static bool is_ours(const struct json *record, const struct publish_record *r)
{
    const char *name = json_get_string(record, "name"), *type = json_get_string(record, "type");
    const char *content = json_get_string(record, "content");
    char quoted[80];

    snprintf(quoted, sizeof quoted, "\"%s\"", r->value);
    return name && type && content && text_equal_nocase(name, r->fqdn) &&
           strcmp(type, "TXT") == 0 &&
           (strcmp(content, r->value) == 0 || strcmp(content, quoted) == 0);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    struct cloudflare *x = self;
    struct json *answer = NULL;
    int rc = 0;

    if (use_zone(x, r, err) || list_records(x, r, &answer, err))
        return -1;
    log_info(x->api.env.log, "cloudflare: remove TXT at %s", r->fqdn);
    const struct json *list = json_get(answer, "result");
    for (size_t i = 0; i < json_count(list) && rc == 0; i++) {
        const char *id = json_get_string(json_at(list, i), "id");
        if (is_ours(json_at(list, i), r) && is_id(id))
            rc = delete_record(x, id, r->fqdn, err);
    }
    json_free(answer);
    return rc;
}

/* ---- opening ---- */

static void close_cloudflare(void *self)
{
    struct cloudflare *x = self;

    api_close(&x->api);
    buf_wipe(&x->token_header);
    free(x);
}

static int read_token(struct cloudflare *x, struct err *err)
{
    struct buf token = BUF_INIT(API_MAX_SECRET_BYTES);
    int rc =
        api_secret(x->conf->dns.cloudflare.token_file, "dns.cloudflare.token_file", &token, err);

    if (rc == 0) {
        buf_addf(&x->token_header, "Authorization: Bearer %s", buf_str(&token));
        rc = buf_check(&x->token_header, "dns.cloudflare.token_file", err);
    }
    buf_wipe(&token);
    return rc;
}

int publish_cloudflare_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    const struct conf_api *api = &env->conf->dns.cloudflare.api;
    struct cloudflare *x = calloc(1, sizeof *x);

    if (!x)
        return err_set(err, ERR_FAIL, "dns.cloudflare: out of memory");
    x->conf = env->conf;
    buf_init(&x->token_header, API_MAX_SECRET_BYTES);
    if (read_token(x, err) || api_open(&x->api, "cloudflare", env, api, HTTPS_PLAIN_NEVER, err)) {
        close_cloudflare(x);
        return -1;
    }
    *out = (struct publisher){.name = "cloudflare",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_cloudflare,
                              .self = x};
    return 0;
}
