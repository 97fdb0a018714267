/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amazon Route 53. Requests are signed by ourselves (sigv4.h). After a change the service is asked
 * until it is INSYNC: before that its name servers answer one way and the other.
 */
#include "publish/api.h"
#include "publish/route53.h"
#include "publish/sigv4.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BODY_BYTES = 256 * 1024,
    ROUNDS = 5,
    ID_SIZE = 64,
    PAUSE_MS = 2000, /* five requests a second are allowed to the whole account */
    INSYNC_LIMIT_MS = 180 * 1000,
};

struct route53 {
    struct api api;
    const struct conf *conf;
    struct buf secret_key, session_token; /* token: empty = none */
    char host[300];
    char zone[256], zone_id[ID_SIZE]; /* the one found last */
};

/* ---- one signed call ---- */

struct call {
    const char *method, *path, *query; /* query sorted; "" = none */
    const struct buf *body;            /* NULL = none */
};

static int sign(const struct route53 *x, const struct call *c, char date[SIGV4_DATE_SIZE],
                struct buf *out, struct err *err)
{
    const struct sigv4_keys keys = {x->conf->dns.route53.access_key_id, buf_str(&x->secret_key),
                                    x->session_token.len ? buf_str(&x->session_token) : NULL};
    const struct sigv4_request r = {.method = c->method,
                                    .host = x->host,
                                    .path = c->path,
                                    .query = c->query,
                                    .body = c->body ? c->body->p : NULL,
                                    .body_len = c->body ? c->body->len : 0,
                                    .region = x->conf->dns.route53.region,
                                    .service = "route53",
                                    .now_s = clock_now(x->api.env.clock)};

    buf_puts(out, "Authorization: ");
    return sigv4_sign(&keys, &r, date, out, err);
}

static int send_once(const struct route53 *x, const struct call *c, struct https_response *resp,
                     struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL), authorization = BUF_INIT(API_MAX_SECRET_BYTES);
    struct buf token = BUF_INIT(API_MAX_SECRET_BYTES);
    char date[SIGV4_DATE_SIZE], date_header[40];
    int rc = -1;

    buf_addf(&url, "%s%s%s%s", x->conf->dns.route53.api.url, c->path, *c->query ? "?" : "",
             c->query);
    buf_addf(&token, "x-amz-security-token: %s", buf_str(&x->session_token));
    if (sign(x, c, date, &authorization, err) || buf_check(&url, "route53 URL", err) ||
        buf_check(&token, "dns.route53.session_token_file", err))
        goto done;
    snprintf(date_header, sizeof date_header, "x-amz-date: %s", date);
    const struct api_request r = {.method = c->method,
                                  .url = buf_str(&url),
                                  .content_type = c->body ? "text/xml" : NULL,
                                  .headers = {buf_str(&authorization), date_header,
                                              x->session_token.len ? buf_str(&token) : NULL, NULL},
                                  .body = c->body ? c->body->p : NULL,
                                  .body_len = c->body ? c->body->len : 0};
    rc = api_send(&x->api, &r, resp, err);
done:
    buf_clear(&url);
    buf_wipe(&authorization);
    buf_wipe(&token);
    return rc;
}

static struct xml_span body_of(const struct https_response *resp)
{
    const char *p = buf_str(&resp->body);

    return (struct xml_span){p, p + resp->body.len};
}

static bool has_code(const struct https_response *resp, const char *wanted)
{
    char code[100];

    return xml_text(body_of(resp), "Code", code, sizeof code) && strcmp(code, wanted) == 0;
}

/* Overload comes as 400 here. */
static int send_call(const struct route53 *x, const struct call *c, struct https_response *resp,
                     struct err *err)
{
    for (int i = 1;; i++) {
        if (send_once(x, c, resp, err))
            return -1;
        if (resp->status != 400 || i == ROUNDS ||
            (!has_code(resp, "Throttling") && !has_code(resp, "PriorRequestNotComplete")))
            return 0;
        clock_sleep(x->api.env.clock, (int64_t)i * PAUSE_MS);
    }
}

/* <Error><Code/><Message/></Error>. The message of a bad signature repeats what was signed, the
 * session token included: not shown. */
static int refused(const struct route53 *x, const struct https_response *resp, const char *what,
                   struct err *err)
{
    char code[100] = "", message[400] = "", text[600];

    xml_text(body_of(resp), "Code", code, sizeof code);
    if (strcmp(code, "SignatureDoesNotMatch") != 0)
        xml_text(body_of(resp), "Message", message, sizeof message);
    snprintf(text, sizeof text, "%s%s%s", code, *message ? ": " : "", message);
    api_refused(&x->api, resp, what, text, err);
    if (strcmp(code, "SignatureDoesNotMatch") == 0)
        return err_hint(err, "compare dns.route53.secret_key_file with the key of access_key_id, "
                             "and this machine's clock");
    if (strcmp(code, "InvalidClientTokenId") == 0)
        return err_hint(err, "dns.route53.access_key_id: AWS knows no such key (any more)");
    if (resp->status == 403)
        return err_hint(err, "the policy must allow route53:ListResourceRecordSets and "
                             "ChangeResourceRecordSets on the zone, GetChange, and without "
                             "zone_id ListHostedZonesByName");
    return -1;
}

/* ---- zone ---- */

static int find_zone(struct route53 *x, const char *zone, struct err *err)
{
    struct buf query = BUF_INIT(HTTPS_MAX_URL);
    struct https_response resp = {0};
    char what[300];
    int rc = -1;

    buf_puts(&query, "dnsname=");
    api_put_escaped(&query, zone);
    snprintf(what, sizeof what, "zone %.255s", zone);
    const struct call c = {"GET", "/2013-04-01/hostedzonesbyname", buf_str(&query), NULL};
    if (send_call(x, &c, &resp, err))
        goto done;
    if (resp.status != 200) {
        refused(x, &resp, what, err);
    } else if (route53_zone_id(body_of(&resp), zone, x->zone_id, sizeof x->zone_id)) {
        text_copy(x->zone, sizeof x->zone, zone);
        rc = 0;
    } else {
        err_set(err, ERR_DNS, "route53: zone %s: this account has no such public zone", zone);
        err_hint(err, "set dns.route53.zone or zone_id, or let the CNAME lead into a zone of it");
    }
done:
    https_response_clear(&resp);
    buf_clear(&query);
    return rc;
}

static int use_zone(struct route53 *x, const struct publish_record *r, struct err *err)
{
    const char *zone = x->conf->dns.route53.zone, *id = x->conf->dns.route53.zone_id;

    if (id) {
        if (!text_is_base64url(id) || !text_copy(x->zone_id, sizeof x->zone_id, id))
            return err_set(err, ERR_USAGE, "dns.route53.zone_id %s: no id of a zone", id);
        return 0;
    }
    zone = zone ? zone : r->zone;
    if (!zone || !*zone)
        return err_set(err, ERR_USAGE, "dns.route53.zone: not given, and none was found");
    return text_equal_nocase(x->zone, zone) ? 0 : find_zone(x, zone, err);
}

/* ---- change ---- */

static int read_set(const struct route53 *x, const struct publish_record *r,
                    struct https_response *resp, struct err *err)
{
    struct buf query = BUF_INIT(HTTPS_MAX_URL);
    char path[128];

    snprintf(path, sizeof path, "/2013-04-01/hostedzone/%s/rrset", x->zone_id);
    buf_puts(&query, "maxitems=1&name=");
    api_put_escaped(&query, r->fqdn);
    buf_puts(&query, ".&type=TXT");
    const struct call c = {"GET", path, buf_str(&query), NULL};
    int rc = send_call(x, &c, resp, err);
    buf_clear(&query);
    if (rc == 0 && resp->status != 200)
        return refused(x, resp, r->fqdn, err);
    return rc;
}

static int wait_insync(const struct route53 *x, const char *id, struct err *err)
{
    const struct publish_env *env = &x->api.env;
    int64_t end_ms = clock_ms(env->clock) + INSYNC_LIMIT_MS;
    struct https_response resp = {0};
    char path[128], status[16] = "";
    int rc = -1;

    snprintf(path, sizeof path, "/2013-04-01/change/%s", id);
    const struct call c = {"GET", path, "", NULL};
    for (;;) {
        if (send_call(x, &c, &resp, err))
            break;
        if (resp.status != 200) {
            refused(x, &resp, "state of the change", err);
            break;
        }
        if (xml_text(body_of(&resp), "Status", status, sizeof status) &&
            strcmp(status, "INSYNC") == 0) {
            rc = 0;
            break;
        }
        if (clock_ms(env->clock) > end_ms || (env->interrupted && env->interrupted())) {
            err_set(err, ERR_DNS, "route53: the change is not on all of its servers after %lld s",
                    (long long)(INSYNC_LIMIT_MS - (end_ms - clock_ms(env->clock))) / 1000);
            break;
        }
        clock_sleep(env->clock, PAUSE_MS);
    }
    https_response_clear(&resp);
    return rc;
}

/* Reads, writes what is to change and waits. *again: somebody was faster. */
static int one_round(const struct route53 *x, const struct publish_record *r, bool remove,
                     bool *again, struct err *err)
{
    static const char prefix[] = "/change/";
    const struct route53_change change = {r->fqdn, r->value, remove};
    struct buf body = BUF_INIT(MAX_BODY_BYTES);
    struct https_response resp = {0};
    char path[128], id[ID_SIZE] = "";
    int rc = -1;

    *again = false;
    snprintf(path, sizeof path, "/2013-04-01/hostedzone/%s/rrset", x->zone_id);
    if (read_set(x, r, &resp, err) || route53_merge(body_of(&resp), &change, &body, err))
        goto done;
    if (body.len == 0) {
        rc = 0;
        goto done;
    }
    const struct call c = {"POST", path, "", &body};
    if (send_call(x, &c, &resp, err))
        goto done;
    if (resp.status == 400 && has_code(&resp, "InvalidChangeBatch")) {
        *again = true;
        refused(x, &resp, r->fqdn, err);
    } else if (resp.status != 200) {
        refused(x, &resp, r->fqdn, err);
    } else if (!xml_text(body_of(&resp), "Id", id, sizeof id) || !text_starts(id, prefix) ||
               !text_is_base64url(id + sizeof prefix - 1)) {
        err_set(err, ERR_DNS, "route53: the answer to the change of %s is not of its form",
                r->fqdn);
    } else {
        rc = remove ? 0 : wait_insync(x, id + sizeof prefix - 1, err);
    }
done:
    https_response_clear(&resp);
    buf_clear(&body);
    return rc;
}

static int change(struct route53 *x, const struct publish_record *r, bool remove, struct err *err)
{
    struct err e = {0};
    bool again = true;

    if (use_zone(x, r, err))
        return -1;
    log_info(x->api.env.log, "route53: %s TXT at %s", remove ? "remove" : "add", r->fqdn);
    for (int i = 0; i < ROUNDS && again; i++) {
        e = (struct err){0};
        if (one_round(x, r, remove, &again, &e) == 0)
            return 0;
    }
    *err = e;
    return -1;
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

static void close_route53(void *self)
{
    struct route53 *x = self;

    api_close(&x->api);
    buf_wipe(&x->secret_key);
    buf_wipe(&x->session_token);
    free(x);
}

static int read_keys(struct route53 *x, struct err *err)
{
    const char *token = x->conf->dns.route53.session_token_file;

    if (!x->conf->dns.route53.access_key_id)
        return err_set(err, ERR_USAGE, "dns.route53.access_key_id: not given");
    if (api_secret(x->conf->dns.route53.secret_key_file, "dns.route53.secret_key_file",
                   &x->secret_key, err))
        return -1;
    return token ? api_secret(token, "dns.route53.session_token_file", &x->session_token, err) : 0;
}

int publish_route53_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    const struct conf_api *api = &env->conf->dns.route53.api;
    struct route53 *x = calloc(1, sizeof *x);

    if (!x)
        return err_set(err, ERR_FAIL, "dns.route53: out of memory");
    x->conf = env->conf;
    buf_init(&x->secret_key, API_MAX_SECRET_BYTES / 2);
    buf_init(&x->session_token, API_MAX_SECRET_BYTES / 2);
    text_copy(x->host, sizeof x->host, api->url + strlen("https://"));
    if (read_keys(x, err) || api_open(&x->api, "route53", env, api, HTTPS_PLAIN_NEVER, err)) {
        close_route53(x);
        return -1;
    }
    *out = (struct publisher){.name = "route53",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_route53,
                              .self = x};
    return 0;
}
