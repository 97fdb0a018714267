/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https_curl.c - HTTPS over libcurl. One easy handle, set up anew for every request, keeps the
 * connections. Neither headers nor bodies are ever logged.
 */
#include "crypto.h"
#include "https.h"
#include "https_curl_guard.h"
#include "https_curl_headers.h"
#include "https_curl_trust.h"
#include "https_int.h"
#include "os.h"
#include "text.h"

#include <curl/curl.h>

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_TIMEOUT_MS = 15 * 1000,
    TOTAL_TIMEOUT_MS = 60 * 1000,
    LOW_SPEED_S = 30, /* less than LOW_SPEED_BYTES_S for so long: given up */
    LOW_SPEED_BYTES_S = 10,
    MAX_HOST = 300,
};

struct client {
    bool started; /* counted by libcurl, under a lock of its own (since 7.84) */
    CURL *easy;
    char *user_agent, *dns_servers, *directory;
    struct https_trust trust;
    int64_t connect_timeout_ms, total_timeout_ms;
    struct https_stats stats;
    const struct log *log;
    enum https_plain plain;
    struct https_guard guard;
};

/* One request and the answer that is growing. */
struct exchange {
    const struct https_request *req;
    struct https_response resp;
    struct curl_slist *headers;
    size_t header_bytes;
    bool headers_too_long;
    char host[MAX_HOST]; /* with port, for messages */
    char detail[CURL_ERROR_SIZE];
    struct https_way way;
};

/* ---- what curl calls ---- */

static size_t on_header(char *line, size_t one, size_t len, void *user)
{
    struct exchange *x = user;
    (void)one; /* is 1 */
    x->header_bytes += len;
    if (x->header_bytes > HTTPS_MAX_HEADER_BYTES) {
        x->headers_too_long = true;
        return CURL_WRITEFUNC_ERROR;
    }
    /* A status line begins another answer: what a 100 Continue said is not part of the last. */
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        https_response_clear(&x->resp);
    else
        https_response_header(&x->resp, line, len);
    return len;
}

static size_t max_body(const struct https_request *req)
{
    return req->max_body_bytes > 0 ? req->max_body_bytes : HTTPS_MAX_BODY_BYTES;
}

static size_t on_body(char *p, size_t one, size_t len, void *user)
{
    struct exchange *x = user;
    (void)one;
    if (x->resp.body.max == 0)
        buf_init(&x->resp.body, max_body(x->req));
    buf_add(&x->resp.body, p, len);
    return x->resp.body.failed ? CURL_WRITEFUNC_ERROR : len;
}

/* ---- setting up ---- */

#define SET(option, value) (ok = ok && curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

static long as_long(int64_t v)
{
    return v > LONG_MAX ? LONG_MAX : (long)v;
}

/* Of a URL that has passed https_check_api_url. */
static bool is_plain(const char *url)
{
    return url[strlen("http")] == ':';
}

static bool set_limits(CURL *easy, const struct client *c, const struct exchange *x)
{
    bool ok = true;
    bool plain = c->plain != HTTPS_PLAIN_NEVER && is_plain(x->req->url);
    SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
    if (plain)
        SET(CURLOPT_PROXY, ""); /* it must not leave this machine */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's headers are not the answer's */
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, as_long(c->connect_timeout_ms));
    SET(CURLOPT_TIMEOUT_MS, as_long(c->total_timeout_ms));
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES_S);
    SET(CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max_body(x->req)); /* announced; on_body counts */
    if (c->dns_servers != NULL)
        SET(CURLOPT_DNS_SERVERS, c->dns_servers);
    return ok;
}

static bool set_method(CURL *easy, const struct https_request *req)
{
    bool ok = true;
    bool has_body = req->body != NULL || strcmp(req->method, "POST") == 0;
    if (has_body) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
        SET(CURLOPT_POSTFIELDS, req->body != NULL ? (const char *)req->body : "");
    }
    if (strcmp(req->method, "HEAD") == 0)
        SET(CURLOPT_NOBODY, 1L);
    else if (strcmp(req->method, has_body ? "POST" : "GET") != 0)
        SET(CURLOPT_CUSTOMREQUEST, req->method);
    return ok;
}

static bool set_up(struct client *c, struct exchange *x)
{
    CURL *easy = c->easy;
    bool ok = true;
    curl_easy_reset(easy); /* connections and the session cache stay */
    SET(CURLOPT_ERRORBUFFER, x->detail);
    SET(CURLOPT_URL, x->req->url);
    SET(CURLOPT_PATH_AS_IS, 1L); /* RFC 8555 6.4: the URL octet for octet */
    SET(CURLOPT_USERAGENT, c->user_agent);
    SET(CURLOPT_HTTPHEADER, x->headers);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, (void *)x);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, (void *)x);
    ok = ok && https_way_begin(&x->way, &c->guard, easy, x->req->url);
    return ok && https_trust_apply(&c->trust, easy) && set_limits(easy, c, x) &&
           set_method(easy, x->req);
}

#undef SET

/* ---- what happened ---- */

/* "host:port" of a URL that https_check_url has passed. */
static void put_host(char out[MAX_HOST], const char *url)
{
    const char *host = strchr(url, ':') + strlen("://");
    size_t n = strcspn(host, "/?#");
    if (n >= MAX_HOST)
        n = MAX_HOST - 1;
    memcpy(out, host, n);
    out[n] = '\0';
}

static int64_t info_us(CURL *easy, CURLINFO what)
{
    curl_off_t v = 0;
    return curl_easy_getinfo(easy, what, &v) == CURLE_OK ? (int64_t)v : 0;
}

/* How far the transfer got, for a time-out's text. To libcurl, TLS is a part of connecting. */
static const char *phase(CURL *easy)
{
    if (info_us(easy, CURLINFO_NAMELOOKUP_TIME_T) == 0)
        return "looking up its name";
    if (info_us(easy, CURLINFO_APPCONNECT_TIME_T) == 0)
        return "setting up the TCP and TLS connection";
    if (info_us(easy, CURLINFO_STARTTRANSFER_TIME_T) == 0)
        return "waiting for the answer";
    return "reading the answer";
}

static int fail(const struct client *c, const struct exchange *x, CURLcode code, struct err *err)
{
    const char *detail = https_trust_detail(&c->trust, (int)code, x->detail);
    uint32_t number = (uint32_t)code;
    if (https_way_check(&x->way, x->host, err))
        return -1;
    if (x->headers_too_long)
        return err_sys(err, ERR_NET, ERR_SRC_CURL, number,
                       "%s: the answer's headers are longer than %d bytes", x->host,
                       HTTPS_MAX_HEADER_BYTES);
    if (x->resp.body.failed || code == CURLE_FILESIZE_EXCEEDED)
        return err_sys(err, ERR_NET, ERR_SRC_CURL, number,
                       "%s: the answer is longer than %zu bytes", x->host, max_body(x->req));
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_sys(err, ERR_NET, ERR_SRC_CURL, number, "%s: no answer in time (gave up %s)",
                       x->host, phase(c->easy));
    err_sys(err, https_curl_err_code((int)code), ERR_SRC_CURL, number, "%s: %s: %s", x->host,
            https_curl_words((int)code), detail);
    const char *hint = https_curl_hint((int)code, detail, c->trust.pem.len > 0);
    if (hint != NULL)
        err_hint(err, "%s", hint);
    return -1;
}

static void count(struct client *c)
{
    long connections = 0, header_in = 0, request_out = 0;
    curl_off_t in = 0, out = 0;
    curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(c->easy, CURLINFO_HEADER_SIZE, &header_in);
    curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &request_out);
    curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &in);
    curl_easy_getinfo(c->easy, CURLINFO_SIZE_UPLOAD_T, &out);
    c->stats.requests++;
    c->stats.connections += connections;
    c->stats.bytes_in += header_in + in;
    c->stats.bytes_out += request_out + out;
}

static void log_exchange(const struct client *c, const struct exchange *x, CURLcode code)
{
    const char *url = x->req->url;
    int before_query = (int)strcspn(url, "?#"); /* queries can hold secrets */
    if (x->req->secret_url)
        before_query = (int)(strlen("https://") + strcspn(url + strlen("https://"), "/?#"));
    int64_t ms = info_us(c->easy, CURLINFO_TOTAL_TIME_T) / 1000;
    if (code == CURLE_OK)
        log_debug(c->log, "%s %.*s -> %d, %" PRId64 " ms, %zu bytes", x->req->method, before_query,
                  url, x->resp.status, ms, x->resp.body.len);
    else
        log_debug(c->log, "%s %.*s -> curl error %d, %" PRId64 " ms", x->req->method, before_query,
                  url, (int)code, ms);
}

/* ---- doing it ---- */

static CURLcode perform(struct client *c, struct exchange *x)
{
    long status = 0;
    x->header_bytes = 0;
    x->detail[0] = '\0';
    https_response_clear(&x->resp);
    if (!set_up(c, x))
        return CURLE_BAD_FUNCTION_ARGUMENT;
    CURLcode code = x->way.refused ? CURLE_COULDNT_CONNECT : curl_easy_perform(c->easy);
    https_way_end(&x->way, code == CURLE_OK);
    count(c);
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    x->resp.status = (int)status;
    log_exchange(c, x, code);
    return code;
}

static int request_once(struct client *c, const struct https_request *req,
                        struct https_response *resp, bool *refused, struct err *err)
{
    struct exchange x = {.req = req};
    int rc = -1;
    put_host(x.host, req->url);
    if (https_curl_headers(&x.headers, req, x.host, err))
        goto done;
    CURLcode code = perform(c, &x);
    *refused = x.way.refused;
    if (code != CURLE_OK) {
        fail(c, &x, code, err);
        goto done;
    }
    https_response_clear(resp);
    *resp = x.resp;
    x.resp = (struct https_response){0};
    rc = 0;
done:
    https_response_clear(&x.resp);
    curl_slist_free_all(x.headers);
    return rc;
}

/* Whoever has the directory's contents from an earlier run did not ask its host in this one: then
 * it is asked for the guard's sake, when a first URL has been refused. Any answer will do. */
static bool find_home(struct client *c)
{
    const struct https_request get = {
        .method = "GET", .url = c->directory, .accept = "application/json"};
    struct https_response ignored = {0};
    struct err e = {0};
    bool refused = false, found = request_once(c, &get, &ignored, &refused, &e) == 0;
    if (!found)
        log_info(c->log, "where the CA's directory is cannot be told: %s", e.text);
    https_response_clear(&ignored);
    return found;
}

static int client_request(void *self, const struct https_request *req, struct https_response *resp,
                          struct err *err)
{
    struct client *c = self;
    struct err e = {0};
    bool refused = false;
    int rc = request_once(c, req, resp, &refused, &e);
    if (rc && refused && !c->guard.settled && !https_guard_is_home(&c->guard, req->url) &&
        find_home(c)) {
        err_clear(&e);
        rc = request_once(c, req, resp, &refused, &e);
    }
    if (rc)
        *err = e;
    return rc;
}

static void client_stats(void *self, struct https_stats *out)
{
    *out = ((const struct client *)self)->stats;
}

/* ---- life ---- */

static void client_free(struct client *c)
{
    curl_easy_cleanup(c->easy);
    free(c->user_agent);
    free(c->dns_servers);
    free(c->directory);
    https_trust_clear(&c->trust);
    if (c->started)
        curl_global_cleanup();
    free(c);
}

static int set_dns_servers(struct client *c, const char *servers, struct err *err)
{
    if (servers == NULL)
        return 0;
    if (https_check_servers(servers, err))
        return -1;
    if (curl_easy_setopt(c->easy, CURLOPT_DNS_SERVERS, servers) != CURLE_OK)
        return err_set(err, ERR_USAGE, "DNS servers %s: this libcurl cannot be told (no c-ares)",
                       servers);
    return text_dup(&c->dns_servers, servers, err);
}

int https_curl_open(struct https *out, const struct https_options *o, struct err *err)
{
    if (o->user_agent == NULL || o->user_agent[0] == '\0')
        return err_set(err, ERR_FAIL, "HTTPS: no user agent"); /* RFC 8555 6.1 */
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(err, ERR_FAIL, "HTTPS: out of memory");
    if (https_guard_init(&c->guard, o->directory, err))
        goto failed;
    c->log = o->log;
    c->plain = o->plain;
    c->connect_timeout_ms = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    c->total_timeout_ms = o->total_timeout_ms > 0 ? o->total_timeout_ms : TOTAL_TIMEOUT_MS;
    c->started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    c->easy = c->started ? curl_easy_init() : NULL;
    if (c->easy == NULL) {
        err_set(err, ERR_FAIL, "HTTPS: libcurl cannot be set up");
        goto failed;
    }
    if (text_dup(&c->user_agent, o->user_agent, err) ||
        (o->directory && text_dup(&c->directory, o->directory, err)) ||
        https_trust_open(&c->trust, o->ca_file, err) || set_dns_servers(c, o->dns_servers, err))
        goto failed;
    *out = (struct https){client_request, client_stats, c, o->plain};
    return 0;
failed:
    client_free(c);
    return -1;
}

void https_curl_close(struct https *h)
{
    if (h->self != NULL)
        client_free(h->self);
    *h = (struct https){0};
}

const char *https_library_versions(void)
{
    return curl_version();
}
