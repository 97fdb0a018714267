/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerDNS Authoritative Server, HTTP API v1.
 *
 * PATCH with changetype REPLACE sets a whole RRset: it is read first, and what others have there
 * is written back. The API has no precondition, so the set is read again after the write, and
 * mended if another client wrote between our two steps.
 */
#include "publish/api.h"
#include "publish/powerdns.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_URL_BYTES = HTTPS_MAX_URL, MAX_BODY_BYTES = 256 * 1024, ROUNDS = 4 };

struct powerdns {
    struct api api;
    const struct conf *conf;
    struct buf key_header; /* "X-API-Key: ..." */
};

struct change {
    const struct publish_record *r;
    const char *zone;
    bool remove;
};

static void put_zone_url(const struct powerdns *x, const char *zone, struct buf *url)
{
    buf_addf(url, "%s/api/v1/servers/", x->conf->dns.powerdns.api.url);
    api_put_escaped(url, x->conf->dns.powerdns.server_id);
    buf_addf(url, "/zones/%s.", zone);
}

static struct api_request request(const struct powerdns *x, const char *method,
                                  const struct buf *url)
{
    return (struct api_request){.method = method,
                                .url = buf_str(url),
                                .accept = "application/json",
                                .headers = {buf_str(&x->key_header), NULL}};
}

/* {"error": "..."} */
static int refused(const struct powerdns *x, const struct https_response *resp,
                   const struct change *c, struct err *err)
{
    struct json *j = NULL;
    struct err ignored = {0};
    char what[400];

    if (resp->status == 401 || resp->status == 403) {
        api_refused(&x->api, resp, "does not accept the API key", NULL, err);
        return err_hint(err,
                        "compare dns.powerdns.key_file with api-key in the server's pdns.conf");
    }
    if (json_parse(&j, buf_str(&resp->body), resp->body.len, "", &ignored))
        j = NULL;
    snprintf(what, sizeof what, "TXT at %.200s in zone %.150s", c->r->fqdn, c->zone);
    api_refused(&x->api, resp, what, json_get_string(j, "error"), err);
    json_free(j);
    if (resp->status == 404)
        return err_hint(err, "does this server hold the zone %s? Else set dns.powerdns.zone",
                        c->zone);
    return -1;
}

/* The zone with the TXT set in question; older servers do not filter and send all of it. */
static int read_zone(const struct powerdns *x, const struct change *c, struct json **out,
                     struct err *err)
{
    struct buf url = BUF_INIT(MAX_URL_BYTES);
    struct https_response resp = {0};
    int rc = -1;

    put_zone_url(x, c->zone, &url);
    buf_addf(&url, "?rrset_name=%s.&rrset_type=TXT", c->r->fqdn);
    struct api_request r = request(x, "GET", &url);
    if (buf_check(&url, "powerdns URL", err) || api_send(&x->api, &r, &resp, err))
        goto done;
    rc = resp.status == 200 ? api_json(&x->api, &resp, out, err) : refused(x, &resp, c, err);
done:
    https_response_clear(&resp);
    buf_clear(&url);
    return rc;
}

static int write_set(const struct powerdns *x, const struct change *c, const struct json *patch,
                     struct err *err)
{
    struct buf url = BUF_INIT(MAX_URL_BYTES), body = BUF_INIT(MAX_BODY_BYTES);
    struct https_response resp = {0};
    int rc = -1;

    put_zone_url(x, c->zone, &url);
    if (json_text(patch, JSON_COMPACT, &body, err) || buf_check(&url, "powerdns URL", err))
        goto done;
    struct api_request r = request(x, "PATCH", &url);
    r.content_type = "application/json";
    r.body = buf_str(&body);
    r.body_len = body.len;
    if (api_send(&x->api, &r, &resp, err))
        goto done;
    rc = resp.status / 100 == 2 ? 0 : refused(x, &resp, c, err);
done:
    https_response_clear(&resp);
    buf_clear(&url);
    buf_clear(&body);
    return rc;
}

/* Secondaries are told at once instead of at their next refresh. Only a primary can: what it
 * answers does not matter, the propagation is watched anyway. */
static void notify(const struct powerdns *x, const struct change *c)
{
    struct buf url = BUF_INIT(MAX_URL_BYTES);
    struct https_response resp = {0};
    struct err e = {0};

    put_zone_url(x, c->zone, &url);
    buf_puts(&url, "/notify");
    struct api_request r = request(x, "PUT", &url);
    if (url.failed || api_send(&x->api, &r, &resp, &e))
        log_debug(x->api.env.log, "powerdns: notify: %s", e.text);
    https_response_clear(&resp);
    buf_clear(&url);
}

/* Sets *done when the set is as it shall be; else writes it. */
static int one_round(const struct powerdns *x, const struct change *c, bool *done, struct err *err)
{
    struct json *zone = NULL, *patch = NULL;
    int rc = -1;

    if (read_zone(x, c, &zone, err))
        return -1;
    if (powerdns_merge(zone, c->r, c->remove, &patch, err))
        goto done;
    *done = patch == NULL;
    rc = patch ? write_set(x, c, patch, err) : 0;
done:
    json_free(zone);
    json_free(patch);
    return rc;
}

static int change(const struct powerdns *x, const struct publish_record *r, bool remove,
                  struct err *err)
{
    const char *own = x->conf->dns.powerdns.zone;
    struct change c = {.r = r, .zone = own ? own : r->zone, .remove = remove};
    bool done = false;

    if (!c.zone || !*c.zone)
        return err_set(err, ERR_USAGE, "dns.powerdns.zone: not given, and none was found");
    log_info(x->api.env.log, "powerdns: %s TXT at %s in zone %s", remove ? "remove" : "add",
             r->fqdn, c.zone);
    for (int i = 0; i < ROUNDS; i++) {
        if (one_round(x, &c, &done, err))
            return -1;
        if (done) {
            if (i > 0)
                notify(x, &c);
            return 0;
        }
    }
    return err_set(err, ERR_DNS,
                   "powerdns: TXT at %s: written %d times, and each time it was not there after: "
                   "does another client set it?",
                   r->fqdn, ROUNDS);
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    return change(self, r, false, err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    return change(self, r, true, err);
}

static void close_powerdns(void *self)
{
    struct powerdns *x = self;

    api_close(&x->api);
    buf_wipe(&x->key_header);
    free(x);
}

static int read_key(struct powerdns *x, struct err *err)
{
    struct buf key = BUF_INIT(API_MAX_SECRET_BYTES);
    int rc = api_secret(x->conf->dns.powerdns.key_file, "dns.powerdns.key_file", &key, err);

    if (rc == 0) {
        buf_addf(&x->key_header, "X-API-Key: %s", buf_str(&key));
        rc = buf_check(&x->key_header, "dns.powerdns.key_file", err);
    }
    buf_wipe(&key);
    return rc;
}

int publish_powerdns_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    const struct conf_api *api = &env->conf->dns.powerdns.api;
    struct powerdns *x;

    if (!api->url)
        return err_set(err, ERR_USAGE, "dns.powerdns.api: not given");
    x = calloc(1, sizeof *x);
    if (!x)
        return err_set(err, ERR_FAIL, "dns.powerdns: out of memory");
    x->conf = env->conf;
    buf_init(&x->key_header, API_MAX_SECRET_BYTES);
    if (read_key(x, err) || api_open(&x->api, "powerdns", env, api, HTTPS_PLAIN_LOOPBACK, err)) {
        close_powerdns(x);
        return -1;
    }
    *out = (struct publisher){.name = "powerdns",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_powerdns,
                              .self = x};
    return 0;
}
