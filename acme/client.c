/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "ca_cache.h"
#include "jws.h"
#include "retry.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libcurl's numbers (err->number with ERR_SRC_CURL) for what no further try would mend. */
enum {
    CURL_OVER_CAP = 23,           /* CURLE_WRITE_ERROR: our callback had enough */
    CURL_ANNOUNCED_OVER_CAP = 63, /* CURLE_FILESIZE_EXCEEDED */
    CURL_NO_TRUST = 60,           /* CURLE_PEER_FAILED_VERIFICATION */
    CURL_BAD_CA_FILE = 77,
};

enum {
    WAIT_SLICE_MS = 500,
    HASTY_TRIES = 2,
};

struct client {
    const struct acme_env *env;
    char *url; /* of the directory */
    struct msg_directory directory;
    bool have_directory, from_cache;
    const struct key *key;    /* borrowed */
    const char *kid;          /* borrowed */
    char nonce[CA_NONCE_MAX]; /* "" = none */
    int64_t round_trip_ms;    /* the shortest one seen; -1 = none yet */
    bool clock_seen;
    int64_t clock_offset_s;
};

int client_open(struct client **out, const struct acme_env *env, const char *directory_url,
                struct err *err)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return err_set(err, ERR_FAIL, "ACME client: out of memory");
    if (https_check_url(directory_url, err) || text_dup(&c->url, directory_url, err)) {
        free(c);
        return -1;
    }
    c->env = env;
    c->round_trip_ms = -1;
    *out = c;
    return 0;
}

void client_close(struct client *c)
{
    if (!c)
        return;
    if (c->nonce[0])
        ca_cache_keep_nonce(c->env, c->url, c->nonce);
    msg_directory_clear(&c->directory);
    free(c->url);
    free(c);
}

void client_sign_as(struct client *c, const struct key *key, const char *kid)
{
    c->key = key;
    c->kid = kid;
}

const char *client_directory_url(const struct client *c)
{
    return c->url;
}

struct store *client_store(const struct client *c)
{
    return c->env->store;
}

const struct log *client_log(const struct client *c)
{
    return c->env->log;
}

int64_t client_now(const struct client *c)
{
    return clock_now(c->env->clock);
}

bool client_clock_offset_s(const struct client *c, int64_t *out)
{
    if (c->clock_seen)
        *out = c->clock_offset_s;
    return c->clock_seen;
}

int64_t client_round_trip_ms(const struct client *c)
{
    return c->round_trip_ms < 0 ? 0 : c->round_trip_ms;
}

void client_answer_clear(struct client_answer *a)
{
    https_response_clear(&a->http);
    json_free(a->json);
    *a = (struct client_answer){0};
}

int client_wait(struct client *c, int64_t ms, struct err *err)
{
    while (ms > 0) {
        int64_t slice = ms < WAIT_SLICE_MS ? ms : WAIT_SLICE_MS;
        if (c->env->interrupted && c->env->interrupted())
            return err_set(err, ERR_POSTPONED, "interrupted; the next run goes on from here");
        clock_sleep(c->env->clock, slice);
        ms -= slice;
    }
    return 0;
}

/* ---- one exchange ---- */

/* Takes from an answer what every answer may carry: nonce and time. */
static void learn(struct client *c, const struct https_response *r)
{
    struct err ignored = {0};
    int64_t date = 0;
    const char *nonce = r->replay_nonce;
    if (ca_cache_is_nonce(nonce))
        text_copy(c->nonce, sizeof c->nonce, nonce);
    if (r->date && text_http_date_parse(r->date, &date, &ignored) == 0) {
        c->clock_seen = true;
        c->clock_offset_s = date - clock_now(c->env->clock);
    }
}

static int ask(struct client *c, const struct https_request *rq, struct https_response *out,
               struct err *err)
{
    static const char *const language[] = {"Accept-Language: en", NULL};
    struct https_request with = *rq;
    int64_t began_ms = clock_ms(c->env->clock);
    with.headers = language;
    if (https_request(c->env->https, &with, out, err))
        return -1;
    int64_t took_ms = clock_ms(c->env->clock) - began_ms;
    if (c->round_trip_ms < 0 || took_ms < c->round_trip_ms)
        c->round_trip_ms = took_ms;
    learn(c, out);
    return 0;
}

static bool is_2xx(int status)
{
    return status >= 200 && status <= 299;
}

static const char *url_of(const struct client *c, const struct client_post *p)
{
    switch (p->endpoint) {
    case CLIENT_NEW_ACCOUNT:
        return c->directory.new_account;
    case CLIENT_NEW_ORDER:
        return c->directory.new_order;
    case CLIENT_REVOKE:
        return c->directory.revoke_cert;
    case CLIENT_URL:
        break;
    }
    return p->url;
}

/* A nonce in hand: the one of the last answer, else the one that an earlier run kept, else one that
 * is asked for. When that is refused, its answer stands for the whole: *out is not 2xx then. */
static int need_nonce(struct client *c, const char *what, struct https_response *out,
                      struct err *err)
{
    struct https_request head = {.method = "HEAD", .url = c->directory.new_nonce};
    if (!c->nonce[0])
        ca_cache_take_nonce(c->env, c->url, c->nonce);
    if (c->nonce[0])
        return 0;
    if (ask(c, &head, out, err))
        return -1;
    if (!is_2xx(out->status))
        c->nonce[0] = '\0';
    else if (!c->nonce[0])
        return err_set(err, ERR_CA, "%s: %s: the answer has no nonce", what, head.url);
    return 0;
}

/* Signs and sends once. */
static int post_once(struct client *c, const struct client_post *p, struct https_response *out,
                     struct err *err)
{
    struct buf body = BUF_INIT(HTTPS_MAX_BODY_BYTES);
    char nonce[CA_NONCE_MAX];
    int rc = -1;
    const char *url = url_of(c, p);
    if (!url)
        return err_set(err, ERR_CA, "%s: the CA does not offer this", p->what);
    if (need_nonce(c, p->what, out, err))
        return -1;
    if (!c->nonce[0])
        return 0;
    https_response_clear(out);
    text_copy(nonce, sizeof nonce, c->nonce);
    c->nonce[0] = '\0'; /* used up, whatever becomes of the request */
    struct jws h = {c->key, p->with_jwk ? NULL : c->kid, nonce, url};
    struct https_request rq = {.method = "POST",
                               .url = url,
                               .content_type = "application/jose+json",
                               .accept = p->accept ? p->accept : "application/json",
                               .max_body_bytes = p->max_body_bytes};
    if (jws_sign(&h, p->payload ? p->payload : "", &body, err))
        goto done;
    rq.body = body.p;
    rq.body_len = body.len;
    rc = ask(c, &rq, out, err);
done:
    buf_clear(&body);
    return rc;
}

/* Stands for the one request that is made without a directory in hand. */
static const struct client_post directory_request = {.what = "directory", .unsigned_get = true};

static int get_once(struct client *c, const char *url, struct https_response *out, struct err *err)
{
    struct https_request rq = {.method = "GET", .url = url, .accept = "application/json"};
    return ask(c, &rq, out, err);
}

/* ---- judging an answer ---- */

static bool is_json(const struct https_response *r)
{
    return r->content_type && strstr(r->content_type, "json");
}

/* The problem document of a refusal; from its status alone when the body is something else, as
 * the error pages of gateways are. */
static void read_problem(struct problem *out, const struct https_response *r)
{
    struct json *j = NULL;
    struct err ignored = {0};
    if (is_json(r) && r->body.len > 0 &&
        json_parse(&j, r->body.p, r->body.len, "problem document", &ignored))
        j = NULL;
    problem_read(out, j);
    json_free(j);
    out->status = r->status;
}

/* Puts a page that the CA names behind what the hint says already (RFC 8555 6.6, 7.3.3). */
static void hint_page(struct err *e, const char *what, const char *url)
{
    char shown[200];
    size_t n = strlen(e->hint);
    problem_foreign(shown, sizeof shown, url);
    if (shown[0])
        snprintf(e->hint + n, sizeof e->hint - n, "%s%s %s", n ? "; " : "", what, shown);
}

/* Turns an answer that is no 2xx into err. */
static void refuse(struct client *c, const char *what, const struct https_response *r,
                   struct err *err)
{
    struct problem p;
    int64_t now = clock_now(c->env->clock);
    int64_t after = retry_after_s(r->retry_after, now);
    if (r->status >= 300 && r->status <= 399) {
        err_sys(err, ERR_CA, ERR_SRC_HTTP, (uint32_t)r->status,
                "%s: the CA redirects, which is not followed; give its present directory URL",
                what);
        return;
    }
    read_problem(&p, r);
    problem_err(&p, what, err);
    hint_page(err, "terms of service:", https_response_link(r, "terms-of-service"));
    hint_page(err, "see", https_response_link(r, "help"));
    if (problem_reaction(p.type, p.status) == REACT_RATE) {
        if (after == RETRY_AFTER_NONE)
            after = retry_after_from_detail(p.detail, now);
        err->retry_after_s = after == RETRY_AFTER_NONE ? RETRY_RATE_DEFAULT_S : after;
    } else if (r->status == 503 && after != RETRY_AFTER_NONE) {
        err->code = ERR_POSTPONED;
        err->retry_after_s = after;
    }
}

static bool directory_is_stale(const struct client *c, const struct client_post *p, int status)
{
    return c->from_cache && p->endpoint != CLIENT_URL &&
           (status == 404 || status == 405 || status == 410);
}

enum { TRY_DONE = RETRY_CAUSES, TRY_HOPELESS }; /* beside enum retry_cause */

/* What befell a request with this answer. */
static int cause_of(const struct client_post *p, const struct https_response *r, int64_t now,
                    int64_t *after_s)
{
    struct problem problem;
    read_problem(&problem, r);
    *after_s = retry_after_s(r->retry_after, now);
    if (r->status == 404 && p->just_given)
        return RETRY_NOT_YET;
    if (r->status >= 300 && r->status <= 399)
        return TRY_HOPELESS;
    switch (problem_reaction(problem.type, r->status)) {
    case REACT_NONCE:
        return RETRY_NONCE;
    case REACT_SERVER:
        return RETRY_SERVER;
    case REACT_RATE:
        /* A limit that names its end is over then; only the nameless kind is tried again. */
        if (*after_s == RETRY_AFTER_NONE)
            *after_s = retry_after_from_detail(problem.detail, now);
        return RETRY_RATE;
    default:
        return TRY_HOPELESS;
    }
}

/* ---- the loop ---- */

/* The first cause wins. */
static int give(struct err *err, const struct err *cause)
{
    if (!err_is_set(err))
        *err = *cause;
    return -1;
}

/* One try. TRY_DONE: *out is a 2xx. Otherwise err is set, and the answer (if any) is in *out. */
static int try_once(struct client *c, const struct client_post *p, struct https_response *out,
                    int64_t *after_s, struct err *err)
{
    int rc = p == &directory_request ? get_once(c, c->url, out, err)
             : p->unsigned_get       ? get_once(c, p->url, out, err)
                                     : post_once(c, p, out, err);
    if (rc) {
        if (err->code == ERR_TIMEOUT)
            err->code = ERR_NET;
        bool lasting = err->source == ERR_SRC_CURL &&
                       (err->number == CURL_NO_TRUST || err->number == CURL_BAD_CA_FILE ||
                        err->number == CURL_OVER_CAP || err->number == CURL_ANNOUNCED_OVER_CAP);
        return err->code == ERR_NET && !lasting ? RETRY_CONNECTION : TRY_HOPELESS;
    }
    if (is_2xx(out->status))
        return TRY_DONE;
    refuse(c, p->what, out, err);
    return cause_of(p, out, clock_now(c->env->clock), after_s);
}

/* Tries until a 2xx comes or no further try makes sense. */
static int exchange(struct client *c, const struct client_post *p, struct https_response *out,
                    struct err *err)
{
    struct retry tries = {{0}};
    for (;;) {
        struct err e = {0};
        int64_t after = RETRY_AFTER_NONE;
        int cause = try_once(c, p, out, &after, &e);
        if (cause == TRY_DONE)
            return 0;
        bool stale = directory_is_stale(c, p, out->status);
        https_response_clear(out);
        if (stale) {
            if (client_refresh(c, err))
                return -1;
            continue;
        }
        if (cause == RETRY_SERVER && p->hasty && tries.count[RETRY_SERVER] >= HASTY_TRIES - 1)
            cause = TRY_HOPELESS;
        int64_t ms =
            cause == TRY_HOPELESS ? -1 : retry_next_ms(&tries, (enum retry_cause)cause, after);
        if (ms < 0)
            return give(err, &e);
        if (cause != RETRY_NONCE)
            log_info(c->env->log, "%s; trying again in %lld ms", e.text, (long long)ms);
        if (client_wait(c, ms, err))
            return -1;
    }
}

int client_post(struct client *c, const struct client_post *p, struct client_answer *out,
                struct err *err)
{
    struct client_answer a = {.retry_after_s = RETRY_AFTER_NONE};
    const struct msg_directory *directory = NULL;
    struct err e = {0};
    if (client_directory(c, &directory, err) || exchange(c, p, &a.http, err))
        return -1;
    a.retry_after_s = retry_after_s(a.http.retry_after, clock_now(c->env->clock));
    if (!p->accept && a.http.body.len > 0 &&
        json_parse(&a.json, a.http.body.p, a.http.body.len, p->what, &e)) {
        client_answer_clear(&a);
        return err_set(err, ERR_CA, "%s", e.text);
    }
    *out = a;
    return 0;
}

/* ---- directory ---- */

static int read_directory(struct client *c, const struct https_response *r, struct err *err)
{
    struct json *j = NULL;
    struct msg_directory fresh = {0};
    struct err e = {0};
    if (json_parse(&j, buf_str(&r->body), r->body.len, c->url, &e) ||
        msg_directory_read(&fresh, j, &e)) {
        json_free(j);
        return err_set(err, ERR_CA, "%s: this is no ACME directory (%s)", c->url, e.text);
    }
    msg_directory_clear(&c->directory);
    c->directory = fresh;
    c->have_directory = true;
    c->from_cache = false;
    ca_cache_keep_directory(c->env, c->url, j);
    json_free(j);
    return 0;
}

int client_refresh(struct client *c, struct err *err)
{
    struct https_response r = {0};
    c->from_cache = false;
    if (exchange(c, &directory_request, &r, err))
        return -1;
    int rc = read_directory(c, &r, err);
    https_response_clear(&r);
    return rc;
}

int client_directory(struct client *c, const struct msg_directory **out, struct err *err)
{
    if (!c->have_directory && ca_cache_directory(c->env, c->url, &c->directory))
        c->have_directory = c->from_cache = true;
    if (!c->have_directory && client_refresh(c, err))
        return -1;
    *out = &c->directory;
    return 0;
}
