/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.h - one door for the DNS providers with an HTTP API.
 *
 * Each has a client of its own: its roots are the system's or its api_ca_file, not those of the
 * ACME server. Answers of overload (429, 502 to 504) are tried again after a pause. What the API
 * says in an error goes through api_refused, so that errors look alike and hold no secret.
 */
#ifndef RRAS_PUBLISH_API_H
#define RRAS_PUBLISH_API_H

#include "json.h"
#include "publish/publish.h"

enum {
    API_TTL_S = 10, /* of a TXT set that we make: short, so that a second value is seen soon */
    API_MAX_HEADERS = 8,
    API_MAX_SECRET_BYTES = 8 * 1024, /* access tokens are long */
};

struct api {
    const char *name; /* of the provider, for messages */
    struct publish_env env;
    struct https own; /* unless env has one */
};
/* Nothing is contacted. ERR_USAGE for a ca_file that cannot be used. */
int api_open(struct api *out, const char *name, const struct publish_env *env,
             const struct conf_api *settings, enum https_plain plain, struct err *err) MUST_CHECK;
void api_close(struct api *a);

struct api_request {
    const char *method;
    const char *url; /* whole */
    const char *content_type, *accept;
    const char *headers[API_MAX_HEADERS + 1]; /* "Name: value", NULL-ended */
    const void *body;
    size_t body_len;
};
/* Any HTTP answer is success, into *resp (see https.h). ERR_NET with the provider's name when none
 * came. */
int api_send(const struct api *a, const struct api_request *r, struct https_response *resp,
             struct err *err) MUST_CHECK;
/* The body as JSON; ERR_DNS if it is none. *out is the caller's. */
int api_json(const struct api *a, const struct https_response *resp, struct json **out,
             struct err *err) MUST_CHECK;
/* ERR_DNS: "NAME: WHAT: detail (http STATUS)". detail is foreign text or NULL. Returns -1. */
int api_refused(const struct api *a, const struct https_response *resp, const char *what,
                const char *detail, struct err *err);

/* A secret of the settings: one line of printable characters without spaces, so that it fits in
 * a header. ERR_USAGE, naming `key`. out must be wiped. */
int api_secret(const char *ref, const char *key, struct buf *out, struct err *err) MUST_CHECK;

/* Appends s for one part of a path or query: all but unreserved characters as %XX (RFC 3986 2). */
void api_put_escaped(struct buf *out, const char *s);

#endif
