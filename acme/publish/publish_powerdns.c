/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerDNS Authoritative Server, HTTP API v1.
 *
 * PATCH with changetype REPLACE sets a whole RRset: it is read first, and what others have there
 * is written back. The API has no precondition, so the set is read again after the write, and
 * mended if another client wrote between our two steps. One that had read before us and writes
 * after us is only seen later: so all is looked at again after a moment, which is longer than
 * another client has from its reading to its writing, and is by chance, so that two clients that
 * mend do not do it in step.
 */
#include "dns/name.h"
#include "publish/api.h"
#include "publish/powerdns.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_URL_BYTES = HTTPS_MAX_URL,
    MAX_BODY_BYTES = 256 * 1024,
    ROUNDS = 6,
    MOMENT_MS = 400,
    VALUE_SIZE = 64,
};

struct placed {
    char fqdn[DNS_NAME_SIZE], zone[DNS_NAME_SIZE], value[VALUE_SIZE];
};

struct powerdns {
    struct api api;
    const struct conf *conf;
    struct buf key_header; /* "X-API-Key: ..." */
    struct placed *placed; /* by us, and not removed yet */
    size_t placed_count;
};

struct change {
    const struct publish_record *r;
    const char *zone;
    bool remove;
    bool last; /* try */
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
    /* 500 is also its word for a database that another client is writing to: looked at again. */
    rc = resp.status / 100 == 2 || (resp.status == 500 && !c->last) ? 0 : refused(x, &resp, c, err);
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

/* From one to two moments. */
static void pause(const struct powerdns *x)
{
    uint8_t random = 0;
    struct err ignored = {0};

    if (os_random(&random, sizeof random, &ignored))
        random = 0;
    clock_sleep(x->api.env.clock, MOMENT_MS + MOMENT_MS * random / 255);
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
        if (i > 1)
            pause(x);
        c.last = i == ROUNDS - 1;
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

/* ---- what others may have undone ---- */

static int remember(struct powerdns *x, const struct publish_record *r, struct err *err)
{
    struct placed *v = realloc(x->placed, (x->placed_count + 1) * sizeof *v);

    if (!v)
        return err_set(err, ERR_FAIL, "powerdns: out of memory");
    x->placed = v;
    struct placed *p = &v[x->placed_count++];
    text_copy(p->fqdn, sizeof p->fqdn, r->fqdn);
    text_copy(p->zone, sizeof p->zone, r->zone ? r->zone : "");
    text_copy(p->value, sizeof p->value, r->value);
    return 0;
}

static void forget(struct powerdns *x, const struct publish_record *r)
{
    for (size_t i = 0; i < x->placed_count; i++) {
        if (strcmp(x->placed[i].fqdn, r->fqdn) == 0 && strcmp(x->placed[i].value, r->value) == 0)
            x->placed[i--] = x->placed[--x->placed_count];
    }
}

/* Sets *lost when something was missing and was written again. */
static int look_again(const struct powerdns *x, bool *lost, struct err *err)
{
    const char *own = x->conf->dns.powerdns.zone;

    *lost = false;
    for (size_t i = 0; i < x->placed_count; i++) {
        const struct placed *p = &x->placed[i];
        const struct publish_record r = {.fqdn = p->fqdn, .zone = p->zone, .value = p->value};
        struct change c = {.r = &r, .zone = own ? own : p->zone};
        bool there = false;
        if (one_round(x, &c, &there, err))
            return -1;
        if (!there) {
            log_info(x->api.env.log, "powerdns: TXT at %s: another client undid it; added again",
                     p->fqdn);
            notify(x, &c);
        }
        *lost |= !there;
    }
    return 0;
}

static int ready(void *self, struct err *err)
{
    const struct powerdns *x = self;
    bool lost = true;

    for (int i = 0; i < ROUNDS && lost; i++) {
        pause(x);
        if (look_again(x, &lost, err))
            return -1;
    }
    return lost ? err_set(err, ERR_DNS,
                          "powerdns: another client undoes what we write, again and "
                          "again")
                : 0;
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    if (change(self, r, false, err))
        return -1;
    return remember(self, r, err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    forget(self, r);
    return change(self, r, true, err);
}

static void close_powerdns(void *self)
{
    struct powerdns *x = self;

    api_close(&x->api);
    buf_wipe(&x->key_header);
    free(x->placed);
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
                              .ready = ready,
                              .close = close_powerdns,
                              .self = x};
    return 0;
}
