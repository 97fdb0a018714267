/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ca.c - clock, faults, headers, and what is checked of every request. */
#include "fake_ca_int.h"

#include "fake_ca_cert.h"
#include "pki.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char origin[] = "https://ca.test";

/* ---- clock ---- */

static int64_t now_s(void *user)
{
    return ((struct fake_ca *)user)->now_ms / 1000;
}

static int64_t monotonic_ms(void *user)
{
    return ((struct fake_ca *)user)->now_ms;
}

static void sleep_ms(void *user, int64_t ms)
{
    ((struct fake_ca *)user)->now_ms += ms;
}

int64_t fake_ca_now(const struct fake_ca *ca)
{
    return ca->now_ms / 1000;
}

/* ---- answers ---- */

int fake_problem(struct fake_answer_to *answer, int status, const char *type, const char *detail)
{
    char urn[96];
    snprintf(urn, sizeof urn, "urn:ietf:params:acme:error:%s", type);
    json_free(answer->body);
    answer->body = json_new_object();
    json_put_string(answer->body, "type", urn);
    json_put_string(answer->body, "detail", detail);
    answer->status = status;
    return -1;
}

static void header(struct https_response *out, const char *line)
{
    https_response_header(out, line, strlen(line));
}

static void nonce_header(struct fake_ca *ca, struct https_response *out)
{
    char line[64];
    snprintf(line, sizeof line, "Replay-Nonce: nonce-%zu", ca->nonces++ % 1024);
    header(out, line);
}

static void date_header(const struct fake_ca *ca, struct https_response *out)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t at = ca->now_ms / 1000 + ca->clock_offset_s;
    char rfc3339[21], line[64];
    int year, month, day, hour, minute, second;
    text_time(at, rfc3339);
    if (sscanf(rfc3339, "%d-%d-%dT%d:%d:%dZ", &year, &month, &day, &hour, &minute, &second) != 6)
        return;
    snprintf(line, sizeof line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT", days[at / 86400 % 7],
             day, months[month - 1], year, hour, minute, second);
    header(out, line);
}

static void send_answer(struct fake_ca *ca, const struct fake_answer_to *answer, bool gives_nonce,
                        struct https_response *out)
{
    struct err err = {0};
    char line[160];
    out->status = answer->status;
    buf_init(&out->body, HTTPS_MAX_BODY_BYTES);
    date_header(ca, out);
    if (gives_nonce) /* as the great CAs do: not with a plain GET */
        nonce_header(ca, out);
    if (answer->location[0]) {
        snprintf(line, sizeof line, "Location: %s", answer->location);
        header(out, line);
    }
    for (size_t i = 0; i < sizeof answer->header / sizeof answer->header[0]; i++) {
        if (answer->header[i][0])
            header(out, answer->header[i]);
    }
    if (answer->pem) {
        header(out, "Content-Type: application/pem-certificate-chain");
        if (ca->pem_prefix)
            buf_puts(&out->body, ca->pem_prefix);
        buf_puts(&out->body, answer->pem);
    } else if (answer->body) {
        header(out, answer->status >= 400 ? "Content-Type: application/problem+json"
                                          : "Content-Type: application/json");
        if (json_text(answer->body, JSON_COMPACT, &out->body, &err))
            out->status = 500;
    }
}

/* ---- what is checked of every request ---- */

static int complain(struct fake_ca *ca, struct fake_answer_to *answer, const char *what)
{
    if (!ca->complaint[0])
        text_copy(ca->complaint, sizeof ca->complaint, what);
    return fake_problem(answer, 400, "malformed", what);
}

static char *decode(const struct json *j, const char *member)
{
    struct buf b = BUF_INIT(256 * 1024);
    struct err err = {0};
    const char *s = json_get_string(j, member);
    buf_puts(&b, "");
    char *text = s && text_base64url_decode(&b, s, strlen(s), &err) == 0 ? buf_take(&b) : NULL;
    buf_clear(&b);
    return text ? text : (s && !*s ? strdup("") : NULL);
}

static struct json *parse(const char *text)
{
    struct json *j = NULL;
    struct err err = {0};
    return text && json_parse(&j, text, strlen(text), "request", &err) == 0 ? j : NULL;
}

static char *to_text(const struct json *j)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct err err = {0};
    char *text = json_text(j, JSON_COMPACT, &b, &err) ? NULL : buf_take(&b);
    buf_clear(&b);
    return text;
}

static bool signature_ok(const struct json *body, const char *jwk_text)
{
    struct json *jwk = parse(jwk_text);
    struct key *key = fake_key_of_jwk(json_get_string(jwk, "x"), json_get_string(jwk, "y"));
    const char *sig = json_get_string(body, "signature");
    struct buf raw = BUF_INIT(1024), input = BUF_INIT(256 * 1024);
    struct err err = {0};
    buf_addf(&input, "%s.%s", json_get_string(body, "protected"), json_get_string(body, "payload"));
    bool ok = key && sig && text_base64url_decode(&raw, sig, strlen(sig), &err) == 0 &&
              raw.len == 64 && pki_jws_verify(key, input.p, input.len, raw.p, raw.len);
    json_free(jwk);
    key_free(key);
    buf_clear(&raw);
    buf_clear(&input);
    return ok;
}

/* Used once, and of ours. */
static bool take_nonce(struct fake_ca *ca, const char *nonce)
{
    size_t n = 0;
    if (!nonce || sscanf(nonce, "nonce-%zu", &n) != 1 || n >= ca->nonces || n >= 1024 ||
        ca->nonce_used[n])
        return false;
    return ca->nonce_used[n] = true;
}

static int check_signer(struct fake_ca *ca, const struct json *header, struct fake_request *out,
                        struct fake_answer_to *answer)
{
    const char *kid = json_get_string(header, "kid");
    const struct json *jwk = json_get(header, "jwk");
    bool any = strcmp(out->path, "/revoke") == 0;
    bool wants_jwk = any ? jwk != NULL : strcmp(out->path, "/acct") == 0;
    if (!kid == !jwk)
        return complain(ca, answer, "neither or both of kid and jwk");
    if (wants_jwk != (jwk != NULL))
        return complain(ca, answer, "kid where jwk belongs, or jwk where kid belongs");
    if (jwk) {
        out->jwk_text = to_text(jwk);
        return 0;
    }
    bool known = sscanf(kid, "https://ca.test/a/%zu", &out->account) == 1;
    if (known && out->account < ca->account_count && ca->account_off[out->account])
        return fake_problem(answer, 401, "unauthorized", "deactivated");
    if (!known || out->account >= ca->account_count || !ca->account_jwk[out->account])
        return fake_problem(answer, 400, "accountDoesNotExist", "never heard of it");
    return 0;
}

int fake_check_request(struct fake_ca *ca, const struct https_request *http,
                       struct fake_request *out, struct fake_answer_to *answer)
{
    struct json *body = NULL, *head = NULL;
    char *head_text = NULL;
    int rc = -1;
    *out = (struct fake_request){.http = http, .path = http->url + strlen(origin)};
    if (!http->content_type || strcmp(http->content_type, "application/jose+json") != 0) {
        fake_problem(answer, 415, "malformed", "content type");
        goto done;
    }
    char *text = malloc(http->body_len + 1);
    memcpy(text, http->body, http->body_len);
    text[http->body_len] = '\0';
    body = parse(text);
    free(text);
    head_text = decode(body, "protected");
    head = parse(head_text);
    out->payload_text = decode(body, "payload");
    if (!head || !out->payload_text) {
        complain(ca, answer, "no JWS");
        goto done;
    }
    if (out->payload_text[0] && !(out->payload = parse(out->payload_text))) {
        complain(ca, answer, "payload is no JSON");
        goto done;
    }
    const char *alg = json_get_string(head, "alg"), *url = json_get_string(head, "url");
    if (!alg || strcmp(alg, "ES256") != 0 || !url || strcmp(url, http->url) != 0) {
        complain(ca, answer, "alg or url in the header");
        goto done;
    }
    if (!take_nonce(ca, json_get_string(head, "nonce"))) {
        fake_problem(answer, 400, "badNonce", "used or unknown");
        goto done;
    }
    if (check_signer(ca, head, out, answer))
        goto done;
    if (!signature_ok(body, out->jwk_text ? out->jwk_text : ca->account_jwk[out->account])) {
        complain(ca, answer, "signature");
        goto done;
    }
    rc = 0;
done:
    free(head_text);
    json_free(head);
    json_free(body);
    return rc;
}

void fake_request_clear(struct fake_request *r)
{
    json_free(r->payload);
    free(r->payload_text);
    free(r->jwk_text);
}

/* ---- faults ---- */

static int no_connection(struct err *err)
{
    return err_sys(err, ERR_NET, ERR_SRC_CURL, 7, "ca.test: could not connect");
}

/* True if the fault makes the answer itself, so that nothing is done. */
static bool spoiled(enum fake_fault fault, bool is_post, struct fake_answer_to *answer)
{
    switch (fault) {
    case FAKE_500:
        fake_problem(answer, 500, "serverInternal", "oops");
        return true;
    case FAKE_502:
        answer->status = 502;
        answer->pem = "<html>Bad Gateway</html>";
        return true;
    case FAKE_503:
        answer->status = 503;
        text_copy(answer->header[0], sizeof answer->header[0], "Retry-After: 7200");
        return true;
    case FAKE_429:
        fake_problem(answer, 429, "rateLimited", "slow down");
        text_copy(answer->header[0], sizeof answer->header[0], "Retry-After: 3600");
        text_copy(answer->header[1], sizeof answer->header[1],
                  "Link: <https://ca.test/limits>;rel=\"help\"");
        return true;
    case FAKE_404:
        fake_problem(answer, 404, "malformed", "no such thing");
        return true;
    case FAKE_BAD_NONCE:
        if (!is_post)
            return false;
        fake_problem(answer, 400, "badNonce", "not to my liking");
        return true;
    default:
        return false;
    }
}

static void directory(const struct fake_ca *ca, struct fake_answer_to *answer)
{
    struct json *d = json_new_object(), *meta = json_new_object();
    json_put_string(d, "newNonce", "https://ca.test/nonce");
    json_put_string(d, "newAccount", "https://ca.test/acct");
    json_put_string(d, "newOrder", ca->moved ? "https://ca.test/order-2" : "https://ca.test/order");
    json_put_string(d, "revokeCert", "https://ca.test/revoke");
    json_put_string(d, "keyChange", "https://ca.test/key");
    if (ca->offers_ari)
        json_put_string(d, "renewalInfo", "https://ca.test/ari");
    if (ca->wants_terms)
        json_put_string(meta, "termsOfService", "https://ca.test/terms");
    json_put_bool(meta, "externalAccountRequired", ca->wants_eab);
    if (ca->caa_identity) {
        struct json *list = json_new_array();
        json_append_string(list, ca->caa_identity);
        json_put(meta, "caaIdentities", list);
    }
    if (ca->offers_profiles) {
        struct json *profiles = json_new_object();
        json_put_string(profiles, "classic", "as ever");
        json_put_string(profiles, "shortlived", "six days");
        json_put(meta, "profiles", profiles);
    }
    json_put(d, "meta", meta);
    answer->status = 200;
    answer->body = d;
}

static void renewal_info(const struct fake_ca *ca, struct fake_answer_to *answer)
{
    char start[21], end[21];
    struct json *window = json_new_object();
    answer->status = ca->ari_status ? ca->ari_status : 200;
    answer->body = ca->ari_text ? parse(ca->ari_text) : json_new_object();
    if (!ca->ari_text) {
        text_time(ca->ari_start, start);
        text_time(ca->ari_end, end);
        json_put_string(window, "start", start);
        json_put_string(window, "end", end);
        json_put(answer->body, "suggestedWindow", json_copy_of(window));
        if (ca->ari_page)
            json_put_string(answer->body, "explanationURL", ca->ari_page);
    }
    if (ca->ari_retry_after)
        snprintf(answer->header[0], sizeof answer->header[0], "Retry-After: %s",
                 ca->ari_retry_after);
    json_free(window);
}

static void serve(struct fake_ca *ca, const struct https_request *http,
                  struct fake_answer_to *answer)
{
    struct fake_request r;
    const char *path = http->url + strlen(origin);
    if (strcmp(http->method, "POST") == 0) {
        if (fake_check_request(ca, http, &r, answer) == 0)
            fake_serve(ca, &r, answer);
        fake_request_clear(&r);
    } else if (strcmp(http->method, "GET") == 0 && strcmp(path, "/dir") == 0) {
        directory(ca, answer);
    } else if (strcmp(http->method, "GET") == 0 && text_starts(path, "/ari/")) {
        renewal_info(ca, answer);
    } else if (strcmp(http->method, "HEAD") == 0 && strcmp(path, "/nonce") == 0) {
        answer->status = 200;
    } else {
        fake_problem(answer, 405, "malformed", "method");
    }
}

static void note(struct fake_ca *ca, const struct https_request *rq, int status)
{
    size_t n = strlen(ca->trace);
    snprintf(ca->trace + n, sizeof ca->trace - n, "%s %s %d\n", rq->method,
             rq->url + strlen(origin), status);
}

static int request(void *self, const struct https_request *rq, struct https_response *out,
                   struct err *err)
{
    struct fake_ca *ca = self;
    struct fake_answer_to answer = {0};
    bool hit = ca->fault != FAKE_NONE && ca->requests == ca->fault_at;
    enum fake_fault fault = hit ? ca->fault : FAKE_NONE;
    ca->requests++;
    ca->now_ms += 10;
    if (strncmp(rq->url, origin, strlen(origin)) != 0)
        return err_set(err, ERR_NET, "%s: unknown host", rq->url);
    if (fault == FAKE_DIES)
        ca->dead = true;
    if (ca->dead || fault == FAKE_REFUSED) {
        note(ca, rq, 0);
        return no_connection(err);
    }
    if (!spoiled(fault, strcmp(rq->method, "POST") == 0, &answer))
        serve(ca, rq, &answer);
    note(ca, rq, answer.status);
    if (fault == FAKE_LOST || fault == FAKE_DIES_DONE) {
        ca->dead = fault == FAKE_DIES_DONE;
        json_free(answer.body);
        return no_connection(err);
    }
    if (strstr(rq->url, "/order") && answer.status == 201 && fault != FAKE_GARBAGE)
        ca->orders_answered++;
    send_answer(ca, &answer, strcmp(rq->method, "GET") != 0, out);
    if (fault == FAKE_GARBAGE) {
        buf_reset(&out->body);
        buf_puts(&out->body, "{\"status\":");
    }
    json_free(answer.body);
    return 0;
}

static void stats(void *self, struct https_stats *out)
{
    const struct fake_ca *ca = self;
    *out = (struct https_stats){.requests = (int64_t)ca->requests};
}

void fake_ca_init(struct fake_ca *ca)
{
    *ca = (struct fake_ca){.now_ms = 1795000000LL * 1000};
    ca->https = (struct https){.request = request, .stats = stats, .self = ca};
    ca->clock = (struct clock){now_s, monotonic_ms, sleep_ms, ca};
    fake_dns_table(ca);
    ca->root_key = pki_key(KEY_EC256);
    ca->other_key = pki_key(KEY_EC256);
    ca->mid_key = pki_key(KEY_EC256);
}

void fake_ca_forget(struct fake_ca *ca)
{
    for (size_t i = 0; i < FAKE_MAX_ORDERS; i++) {
        free(ca->order[i].pem);
        free(ca->order[i].pem_other);
        ca->order[i] = (struct fake_order){0};
    }
    for (size_t i = 0; i < FAKE_MAX_ACCOUNTS; i++) {
        free(ca->account_jwk[i]);
        ca->account_jwk[i] = NULL;
    }
}

void fake_ca_clear(struct fake_ca *ca)
{
    fake_ca_forget(ca);
    key_free(ca->root_key);
    key_free(ca->other_key);
    key_free(ca->mid_key);
}
