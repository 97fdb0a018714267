/* SPDX-License-Identifier: Apache-2.0 */
/* https.c - URLs and response headers, without any I/O. */
#include "https.h"

#include "https_int.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_HEADER_VALUE = 8 * 1024, MAX_PORT = 65535 };

int https_request(const struct https *h, const struct https_request *req,
                  struct https_response *resp, struct err *err)
{
    if (https_check_api_url(req->url, h->plain, err))
        return -1;
    return h->request(h->self, req, resp, err);
}

/* ---- URL ---- */

/* Letters, digits and what RFC 3986 2 reserves or leaves unreserved. */
static bool is_url_char(char c)
{
    return c > ' ' && c <= '~' && strchr("\"<>\\^`{|}", c) == NULL;
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

/* ":443" or nothing */
static bool port_ok(const char *p, const char *end)
{
    long port = 0;
    if (p == end)
        return true;
    if (*p != ':' || end - p < 2 || end - p > 6)
        return false;
    for (p++; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        port = port * 10 + (*p - '0');
    }
    return port >= 1 && port <= MAX_PORT;
}

static bool authority_ok(const char *p, const char *end)
{
    const char *host = p;
    if (p < end && *p == '[') {
        for (p++; p < end && (*p == ':' || *p == '.' || (is_host_char(*p) && *p != '-')); p++)
            ;
        return p < end && *p == ']' && p - host > 2 && port_ok(p + 1, end);
    }
    while (p < end && is_host_char(*p))
        p++;
    return p > host && port_ok(p, end);
}

/* The part behind the scheme, or NULL if that is another one. */
static const char *after_scheme(const char *url, const char *scheme)
{
    for (; *scheme; scheme++, url++) {
        char c = *url >= 'A' && *url <= 'Z' ? (char)(*url - 'A' + 'a') : *url;
        if (c != *scheme)
            return NULL;
    }
    return url;
}

/* A numeric address that is this machine's own, or its cloud's for it. */
static bool plain_ok(const char *host, enum https_plain plain)
{
    struct net_addr a;
    struct err not_numeric = {0};
    char text[64];
    size_t n = strcspn(host, "/?#");
    if (plain == HTTPS_PLAIN_NEVER || n >= sizeof text)
        return false;
    memcpy(text, host, n);
    text[n] = '\0';
    if (net_addr_parse(&a, text, 80, &not_numeric))
        return false;
    static const uint8_t loopback6[16] = {[15] = 1};
    static const uint8_t metadata[4] = {169, 254, 169, 254};
    if (a.family == 6)
        return memcmp(a.ip, loopback6, sizeof loopback6) == 0;
    return a.ip[0] == 127 ||
           (plain == HTTPS_PLAIN_METADATA && memcmp(a.ip, metadata, sizeof metadata) == 0);
}

int https_check_url(const char *url, struct err *err)
{
    return https_check_api_url(url, HTTPS_PLAIN_NEVER, err);
}

int https_check_api_url(const char *url, enum https_plain plain, struct err *err)
{
    size_t len = strnlen(url, HTTPS_MAX_URL + 1);
    if (len > HTTPS_MAX_URL)
        return err_set(err, ERR_USAGE, "URL %.80s...: longer than %d characters", url,
                       HTTPS_MAX_URL);
    for (size_t i = 0; i < len; i++) {
        if (!is_url_char(url[i]))
            return err_set(err, ERR_USAGE, "URL %s: a character that may not stand in a URL", url);
    }
    const char *host = after_scheme(url, "https://");
    const char *plain_host = plain == HTTPS_PLAIN_NEVER ? NULL : after_scheme(url, "http://");
    if (!host && !plain_host)
        return err_set(err, ERR_USAGE, "URL %s: does not begin with https://", url);
    if (!host && !plain_ok(plain_host, plain)) {
        err_set(err, ERR_USAGE, "URL %.300s: without TLS only a loopback address may be asked",
                url);
        return err_hint(err, "write https://, or http://127.0.0.1 if it runs on this machine");
    }
    if (!host)
        host = plain_host;
    const char *end = host + strcspn(host, "/?#");
    if (memchr(host, '@', (size_t)(end - host)) != NULL)
        return err_set(err, ERR_USAGE, "URL https://...%.200s: user information is not allowed",
                       end);
    if (!authority_ok(host, end))
        return err_set(err, ERR_USAGE, "URL %s: bad host or port", url);
    return 0;
}

int https_check_servers(const char *servers, struct err *err)
{
    enum { DNS_PORT = 53, MAX_ADDR = 80 };
    for (const char *p = servers;; p++) {
        struct net_addr ignored;
        char one[MAX_ADDR];
        size_t n = strcspn(p, ",");
        if (n >= sizeof one)
            return err_set(err, ERR_USAGE, "DNS servers %s: not \"ip:port,...\"", servers);
        memcpy(one, p, n);
        one[n] = '\0';
        if (net_addr_parse(&ignored, one, DNS_PORT, err))
            return -1;
        p += n;
        if (*p == '\0')
            return 0;
    }
}

/* ---- response ---- */

void https_response_clear(struct https_response *r)
{
    buf_clear(&r->body);
    free(r->content_type);
    free(r->location);
    free(r->replay_nonce);
    free(r->retry_after);
    free(r->date);
    free(r->etag);
    free(r->www_authenticate);
    for (size_t i = 0; i < r->link_count; i++) {
        free(r->links[i].url);
        free(r->links[i].rel);
    }
    *r = (struct https_response){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span {
    const char *p, *end;
};

static struct span trim(struct span s)
{
    while (s.p < s.end && is_blank(*s.p))
        s.p++;
    while (s.p < s.end && (is_blank(s.end[-1]) || s.end[-1] == '\r' || s.end[-1] == '\n'))
        s.end--;
    return s;
}

static bool span_is(struct span s, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)(s.end - s.p) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != name[i])
            return false;
    }
    return true;
}

/* NULL when memory runs out: then the header counts as absent, as a peer may leave it out, too. */
static char *span_dup(struct span s)
{
    size_t n = (size_t)(s.end - s.p);
    char *copy = malloc(n + 1);
    if (copy != NULL) {
        memcpy(copy, s.p, n);
        copy[n] = '\0';
    }
    return copy;
}

/* RFC 8288 3 ";name=token" and ";name=\"quoted\"": the next parameter, false at the end. */
static bool next_param(struct span *s, struct span *name, struct span *value)
{
    *s = trim(*s);
    if (s->p == s->end || *s->p != ';')
        return false;
    s->p++;
    name->p = s->p;
    while (s->p < s->end && *s->p != '=' && *s->p != ';' && *s->p != ',')
        s->p++;
    name->end = s->p;
    *name = trim(*name);
    *value = (struct span){s->p, s->p};
    if (s->p == s->end || *s->p != '=')
        return true;
    s->p++;
    while (s->p < s->end && is_blank(*s->p))
        s->p++;
    bool quoted = s->p < s->end && *s->p == '"';
    value->p = quoted ? ++s->p : s->p;
    while (s->p < s->end && (quoted ? *s->p != '"' : *s->p != ';' && *s->p != ',')) {
        if (quoted && *s->p == '\\' && s->p + 1 < s->end)
            s->p++;
        s->p++;
    }
    value->end = s->p;
    *value = trim(*value);
    if (quoted && s->p < s->end)
        s->p++;
    return true;
}

static void add_link(struct https_response *r, struct span url, struct span rel)
{
    if (r->link_count == HTTPS_MAX_LINKS || url.end - url.p > HTTPS_MAX_URL || rel.p == rel.end)
        return;
    struct https_link link = {span_dup(url), span_dup(rel)};
    if (link.url == NULL || link.rel == NULL) {
        free(link.url);
        free(link.rel);
        return;
    }
    text_lower(link.rel); /* RFC 8288 2.1.1: registered relations know no case */
    r->links[r->link_count++] = link;
}

/* Link = #( "<" URI-Reference ">" *( ";" link-param ) ). Whatever does not fit ends it. */
static void parse_links(struct https_response *r, struct span s)
{
    for (;;) {
        s = trim(s);
        while (s.p < s.end && (*s.p == ',' || is_blank(*s.p)))
            s.p++;
        if (s.p == s.end || *s.p != '<')
            return;
        struct span url = {s.p + 1, memchr(s.p, '>', (size_t)(s.end - s.p))};
        if (url.end == NULL)
            return;
        s.p = url.end + 1;
        struct span name, value, rel = {NULL, NULL};
        while (next_param(&s, &name, &value)) {
            if (rel.p == NULL && span_is(name, "rel"))
                rel = value; /* RFC 8288 3.3: the first one counts */
        }
        if (rel.p != NULL)
            add_link(r, url, rel);
    }
}

static void set_first(char **field, struct span value)
{
    if (*field == NULL)
        *field = span_dup(value);
}

static void set_content_type(struct https_response *r, struct span value)
{
    const char *params = memchr(value.p, ';', (size_t)(value.end - value.p));
    if (r->content_type != NULL)
        return;
    if (params != NULL)
        value.end = params;
    r->content_type = span_dup(trim(value));
    if (r->content_type != NULL)
        text_lower(r->content_type);
}

void https_response_header(struct https_response *r, const char *line, size_t len)
{
    const char *colon = len > 0 ? memchr(line, ':', len) : NULL;
    if (colon == NULL)
        return;
    struct span name = {line, colon};
    struct span value = trim((struct span){colon + 1, line + len});
    if (value.end - value.p > MAX_HEADER_VALUE)
        return;
    for (const char *p = value.p; p < value.end; p++) {
        if ((unsigned char)*p < ' ' && *p != '\t')
            return; /* no value of ours has control characters */
    }
    const struct {
        const char *name;
        char **field;
    } plain[] = {
        {"location", &r->location},
        {"replay-nonce", &r->replay_nonce},
        {"retry-after", &r->retry_after},
        {"date", &r->date},
        {"etag", &r->etag},
        {"www-authenticate", &r->www_authenticate},
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (span_is(name, plain[i].name))
            set_first(plain[i].field, value);
    }
    if (span_is(name, "content-type"))
        set_content_type(r, value);
    else if (span_is(name, "link"))
        parse_links(r, value);
}

/* rel may hold several relations, separated by spaces. */
static bool rel_has(const char *rel, const char *wanted)
{
    size_t n = strlen(wanted);
    while (*rel != '\0') {
        size_t word = strcspn(rel, " \t");
        if (word == n && memcmp(rel, wanted, n) == 0)
            return true;
        rel += word;
        rel += strspn(rel, " \t");
    }
    return false;
}

const char *https_response_link(const struct https_response *r, const char *rel)
{
    for (size_t i = 0; i < r->link_count; i++) {
        if (rel_has(r->links[i].rel, rel))
            return r->links[i].url;
    }
    return NULL;
}
