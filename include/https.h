/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https.h - HTTPS requests to a CA or to a DNS provider's API. The only door to libcurl.
 *
 * `struct https` is a table so that tests can play the other side; https_curl_open makes the real
 * one. One connection per host is kept and used again for the life of the object. Only https (see
 * enum https_plain for the exception), no redirects, no content decoding, the peer always verified,
 * TLS 1.2 or newer, caps on headers and body, limits on every phase. Not for use by two threads at
 * once; each thread may have one of its own. libcurl and OpenSSL are set up when the first one is
 * opened, so a run that asks nobody does not pay for them.
 */
#ifndef RRAS_HTTPS_H
#define RRAS_HTTPS_H

#include "buf.h"
#include "log.h"

enum {
    HTTPS_MAX_BODY_BYTES = 1024 * 1024,
    HTTPS_MAX_HEADER_BYTES = 64 * 1024,
    HTTPS_MAX_URL = 2048,
};

struct https_request {
    const char *method; /* "GET" "HEAD" "POST" "PUT" "PATCH" "DELETE" */
    const char *url;
    const char *content_type;   /* NULL = no body header */
    const char *accept;         /* NULL = none sent */
    const char *const *headers; /* more "Name: value" lines, NULL-ended; may be NULL */
    const void *body;
    size_t body_len;
    size_t max_body_bytes; /* of the answer; 0 = HTTPS_MAX_BODY_BYTES */
    bool secret_url;       /* whoever knows it can use it: no path is logged */
};

enum { HTTPS_MAX_LINKS = 16 };

struct https_link {
    char *url, *rel;
};

/* An answer. Zero is valid and empty; https_response_clear frees. Header values that this product
 * reads; a header sent twice: the first counts, Link headers are collected. */
struct https_response {
    int status;
    struct buf body;
    char *content_type; /* lower case, parameters cut; NULL if absent, likewise the others */
    char *location;
    char *replay_nonce;
    char *retry_after;
    char *date;
    char *etag;
    char *www_authenticate;
    struct https_link links[HTTPS_MAX_LINKS];
    size_t link_count;
};
void https_response_clear(struct https_response *r);
/* URL of the first link with this relation, or NULL. Relative targets are resolved by the caller.
 */
const char *https_response_link(const struct https_response *r, const char *rel);
/* Feeds one header line "Name: value" (no line end); pure, for the driver, tests and fuzzers. */
void https_response_header(struct https_response *r, const char *line, size_t len);

/* Which http:// URLs a client may ask. By default none; an API on this very machine may do without
 * TLS, but only at a numeric address: a name could lead elsewhere. */
enum https_plain {
    HTTPS_PLAIN_NEVER,
    HTTPS_PLAIN_LOOPBACK, /* 127.0.0.0/8 and [::1] */
    HTTPS_PLAIN_METADATA, /* these and 169.254.169.254, where a cloud tells its own machines */
};

struct https_stats {
    int64_t requests, connections, bytes_in, bytes_out;
};

struct https {
    /* 0 whenever an HTTP answer came, of any status. ERR_NET when none came, time-outs and answers
     * over a cap included: source curl, its number, host and phase in the text. ERR_USAGE for a URL
     * that is not https. *resp must be zero or hold an earlier answer, which is then freed. */
    int (*request)(void *self, const struct https_request *req, struct https_response *resp,
                   struct err *err);
    void (*stats)(void *self, struct https_stats *out);
    void *self;
    enum https_plain plain;
};
int https_request(const struct https *h, const struct https_request *req,
                  struct https_response *resp, struct err *err) MUST_CHECK;

struct https_options {
    const char *ca_file;    /* PEM that replaces the system's roots; NULL = system */
    const char *user_agent; /* required by CAs; RFC 8555 6.1 */
    int64_t connect_timeout_ms, total_timeout_ms; /* 0 = 15 s, 60 s */
    const char *dns_servers; /* "127.0.0.1:5353,..." for the resolver; NULL = system */
    const struct log *log;
    enum https_plain plain;
    /* URLs come from the CA with this directory: they must not lead into networks where it is not
     * itself (https_guard.h). NULL = the administrator has named them. */
    const char *directory;
};
/* *out is filled, close with https_curl_close. ERR_USAGE when ca_file cannot be read or holds no
 * certificate, or dns_servers are no addresses; nothing is contacted yet. Proxies: as libcurl takes
 * them from the environment (https_proxy, no_proxy). */
int https_curl_open(struct https *out, const struct https_options *o, struct err *err) MUST_CHECK;
void https_curl_close(struct https *h);
/* "libcurl/8.14.1 OpenSSL/3.5.7 c-ares/1.34.5": for `version` and User-Agent. Static text,
 * written by each call: not for two threads at once. */
const char *https_library_versions(void);

/* scheme, no user info, sane length, printable ASCII: checked before use of any URL a CA sends. */
int https_check_url(const char *url, struct err *err) MUST_CHECK;
/* The same where http:// is allowed, too, as far as `plain` goes. */
int https_check_api_url(const char *url, enum https_plain plain, struct err *err) MUST_CHECK;

#endif
