/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - requests to one CA: directory, nonces, signatures, tries (RFC 8555 6, 7.1.1, 7.2).
 *
 * One object for one directory and one run. It keeps the newest nonce, and between runs nonce and
 * directory (ca_cache.h; the latter is forgotten when one of its URLs is gone), and sends a request
 * again where
 * that is right (retry.h). Every answer that reaches the caller is a 2xx; everything else is err
 * with the CA's problem type in err->problem and its HTTP status in err->number.
 *
 * Errors of all functions that ask: ERR_CA, ERR_DNS, ERR_USAGE (see problem_err), ERR_NET (no
 * answer), ERR_POSTPONED (rate limit, CA busy for longer than we wait, or interrupted).
 */
#ifndef RRAS_CLIENT_H
#define RRAS_CLIENT_H

#include "acme.h"
#include "msg.h"

struct client; /* opaque */

int client_open(struct client **out, const struct acme_env *env, const char *directory_url,
                struct err *err) MUST_CHECK;
void client_close(struct client *c);

/* The directory, from the cache if it is young enough. Borrowed until the next call of this
 * function or client_close. */
int client_directory(struct client *c, const struct msg_directory **out,
                     struct err *err) MUST_CHECK;
/* Asks for the directory, cache or not. */
int client_refresh(struct client *c, struct err *err) MUST_CHECK;

/* Who signs; both are borrowed. kid NULL: no account URL yet. */
void client_sign_as(struct client *c, const struct key *key, const char *kid);
const char *client_directory_url(const struct client *c);
struct store *client_store(const struct client *c);
int64_t client_now(const struct client *c);
const struct log *client_log(const struct client *c);
/* CA's clock minus ours, in seconds, from the newest Date header; false = none seen. */
bool client_clock_offset_s(const struct client *c, int64_t *out);

/* The shortest time that an answer took so far; 0 = nothing was asked yet. */
int64_t client_round_trip_ms(const struct client *c);

enum client_endpoint { CLIENT_URL, CLIENT_NEW_ACCOUNT, CLIENT_NEW_ORDER, CLIENT_REVOKE };

struct client_post {
    const char *what; /* for messages: "new order" */
    enum client_endpoint endpoint;
    const char *url;       /* with CLIENT_URL */
    const char *payload;   /* JSON text; NULL = POST-as-GET */
    const char *accept;    /* NULL = JSON, which is then parsed */
    size_t max_body_bytes; /* 0 = default */
    bool with_jwk;         /* newAccount: the key itself instead of the account URL */
    bool just_given;       /* the CA gave us this URL a moment ago: 404 may be a slow replica */
    bool unsigned_get;     /* no POST at all: a plain GET of url (RFC 9773 4.1) */
    bool hasty;            /* a second way exists: after 5xx try once more only */
};
struct client_answer {
    struct https_response http;
    struct json *json;     /* NULL if accept was given or the body is empty */
    int64_t retry_after_s; /* RETRY_AFTER_NONE */
};
int client_post(struct client *c, const struct client_post *p, struct client_answer *out,
                struct err *err) MUST_CHECK;
void client_answer_clear(struct client_answer *a);

/* Sleeps by the injected clock, asking now and then whether we are interrupted. */
int client_wait(struct client *c, int64_t ms, struct err *err) MUST_CHECK;

#endif
