/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ca_serve.c - accounts, orders, authorizations, certificates of fake_ca. */
#include "fake_ca_int.h"

#include "account_label.h"
#include "fake_ca_cert.h"
#include "jws.h"
#include "pki.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- account ---- */

static void answer_account(size_t n, int status, struct fake_answer_to *answer)
{
    answer->status = status;
    answer->body = json_new_object();
    json_put_string(answer->body, "status", "valid");
    snprintf(answer->location, sizeof answer->location, "https://ca.test/a/%zu", n);
}

static void new_account(struct fake_ca *ca, const struct fake_request *r,
                        struct fake_answer_to *answer)
{
    for (size_t i = 0; i < ca->account_count; i++) {
        if (ca->account_jwk[i] && strcmp(ca->account_jwk[i], r->jwk_text) == 0) {
            answer_account(i, 200, answer);
            return;
        }
    }
    if (json_get_bool(r->payload, "onlyReturnExisting", false)) {
        fake_problem(answer, ca->refuse_lookup ? 401 : 400,
                     ca->refuse_lookup ? ca->refuse_lookup : "accountDoesNotExist",
                     "no such account");
    } else if (ca->wants_terms && !json_get_bool(r->payload, "termsOfServiceAgreed", false)) {
        fake_problem(answer, 403, "userActionRequired", "agree first");
    } else if (ca->wants_eab && !json_get(r->payload, "externalAccountBinding")) {
        fake_problem(answer, 401, "externalAccountRequired", "who pays?");
    } else if (ca->account_count == FAKE_MAX_ACCOUNTS) {
        fake_problem(answer, 500, "serverInternal", "full");
    } else {
        size_t n = ca->account_count++;
        ca->new_accounts++;
        ca->account_jwk[n] = strdup(r->jwk_text);
        text_copy(ca->account_payload[n], sizeof ca->account_payload[n], r->payload_text);
        answer_account(n, 201, answer);
    }
}

static void account(struct fake_ca *ca, const struct fake_request *r, size_t n,
                    struct fake_answer_to *answer)
{
    const char *status = json_get_string(r->payload, "status");
    struct json *last = NULL;
    struct err err = {0};
    if (n != r->account) {
        fake_problem(answer, 403, "unauthorized", "another's account");
        return;
    }
    answer_account(n, 200, answer);
    if (json_get(r->payload, "contact"))
        text_copy(ca->account_payload[n], sizeof ca->account_payload[n], r->payload_text);
    if (json_parse(&last, ca->account_payload[n], strlen(ca->account_payload[n]), "", &err) == 0 &&
        json_get(last, "contact"))
        json_put(answer->body, "contact", json_copy_of(json_get(last, "contact")));
    json_free(last);
    if (status && strcmp(status, "deactivated") == 0) {
        json_put_string(answer->body, "status", status);
        free(ca->account_jwk[n]);
        ca->account_jwk[n] = NULL;
        ca->account_off[n] = true;
    }
}

static struct json *inner_part(const struct fake_request *r, const char *member)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct json *j = NULL;
    struct err err = {0};
    const char *s = json_get_string(r->payload, member);
    if (s && text_base64url_decode(&b, s, strlen(s), &err) == 0 &&
        json_parse(&j, buf_str(&b), b.len, member, &err))
        j = NULL;
    buf_clear(&b);
    return j;
}

/* RFC 8555 7.3.5: what a client might get wrong, but for the inner signature. */
static void key_change(struct fake_ca *ca, const struct fake_request *r,
                       struct fake_answer_to *answer)
{
    struct json *head = inner_part(r, "protected"), *body = inner_part(r, "payload");
    struct buf fresh = BUF_INIT(4096), old = BUF_INIT(4096);
    struct err err = {0};
    char kid[64];
    const char *url = json_get_string(head, "url"), *who = json_get_string(body, "account");
    snprintf(kid, sizeof kid, "https://ca.test/a/%zu", r->account);
    if (!json_get(head, "nonce") && url && strcmp(url, r->http->url) == 0 && who &&
        strcmp(who, kid) == 0 && json_get(head, "jwk") && json_get(body, "oldKey") &&
        json_text(json_get(head, "jwk"), JSON_COMPACT, &fresh, &err) == 0 &&
        json_text(json_get(body, "oldKey"), JSON_COMPACT, &old, &err) == 0 &&
        strcmp(buf_str(&old), ca->account_jwk[r->account]) == 0) {
        free(ca->account_jwk[r->account]);
        ca->account_jwk[r->account] = strdup(buf_str(&fresh));
        ca->key_changes++;
        answer_account(r->account, 200, answer);
    } else {
        text_copy(ca->complaint, sizeof ca->complaint, "keyChange");
        fake_problem(answer, 400, "malformed", "keyChange");
    }
    json_free(head);
    json_free(body);
    buf_clear(&fresh);
    buf_clear(&old);
}

static void revoke(struct fake_ca *ca, const struct fake_request *r, struct fake_answer_to *answer)
{
    if (!r->jwk_text && ca->refuse_revoke) {
        fake_problem(answer, 403, ca->refuse_revoke, "as the test says");
    } else if (ca->revocations++ > 0) {
        fake_problem(answer, 400, "alreadyRevoked", "twice");
    } else {
        ca->reason = (int)json_get_integer(r->payload, "reason", -1);
        ca->revoked_by_cert = r->jwk_text != NULL;
        answer->status = 200;
    }
}

/* ---- order ---- */

static struct json *problem_member(const char *type)
{
    char urn[96];
    struct json *p = json_new_object();
    snprintf(urn, sizeof urn, "urn:ietf:params:acme:error:%s", type);
    json_put_string(p, "type", urn);
    json_put_string(p, "detail", "as the test says");
    return p;
}

static void answer_order(struct fake_ca *ca, size_t n, struct fake_answer_to *answer)
{
    struct fake_order *o = &ca->order[n];
    struct json *body = json_new_object(), *names = json_new_array(), *authz = json_new_array();
    char url[128];
    for (const char *p = o->names; *p; p += strcspn(p, ",") + 1) {
        struct json *one = json_new_object();
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
        json_put_string(one, "type", "dns");
        json_put_string(one, "value", name);
        json_append(names, one);
    }
    json_put_string(body, "status", o->status);
    json_put_string(body, "expires", "2099-01-01T00:00:00Z");
    json_put(body, "identifiers", names);
    for (size_t i = 0; i < o->authz_count; i++) {
        /* Turned round at each answer: no order may be relied on. */
        size_t k = (i + ca->requests) % o->authz_count;
        snprintf(url, sizeof url, "https://ca.test/z/%zu/%zu", n, k);
        json_append_string(authz, url);
    }
    json_put(body, "authorizations", authz);
    snprintf(url, sizeof url, "https://ca.test/f/%zu", n);
    json_put_string(body, "finalize", url);
    if (strcmp(o->status, "valid") == 0) {
        snprintf(url, sizeof url, "https://ca.test/cert/%zu", n);
        json_put_string(body, "certificate", url);
    }
    if (o->problem[0])
        json_put(body, "error", problem_member(o->problem));
    answer->body = body;
    answer->status = answer->status ? answer->status : 200;
}

static void add_authz(struct fake_ca *ca, struct fake_order *o, const char *name)
{
    struct fake_authz *z = &o->authz[o->authz_count];
    z->wildcard = text_starts(name, "*.");
    text_copy(z->name, sizeof z->name, z->wildcard ? name + 2 : name);
    text_copy(z->status, sizeof z->status, "pending");
    snprintf(z->token, sizeof z->token, "token_%zu-%zu", ca->order_count,
             ca->same_token ? 0 : o->authz_count);
    o->authz_count++;
}

static void new_order(struct fake_ca *ca, const struct fake_request *r,
                      struct fake_answer_to *answer)
{
    const struct json *list = json_get(r->payload, "identifiers");
    const char *replaces = json_get_string(r->payload, "replaces");
    const char *profile = json_get_string(r->payload, "profile");
    ca->new_orders++;
    if (ca->refuse_order) {
        fake_problem(answer, 403, ca->refuse_order, "as the test says");
        return;
    }
    if (replaces && ca->refuse_replaces) {
        fake_problem(answer, ca->refuse_replaces_status, ca->refuse_replaces, "as the test says");
        return;
    }
    if (json_count(list) == 0 || json_count(list) > FAKE_MAX_AUTHZ ||
        ca->order_count == FAKE_MAX_ORDERS) {
        fake_problem(answer, 400, "malformed", "identifiers");
        return;
    }
    size_t n = ca->order_count;
    struct fake_order *o = &ca->order[n];
    o->account = r->account;
    o->polls = ca->slow_order;
    text_copy(o->status, sizeof o->status, "pending");
    text_copy(o->replaces, sizeof o->replaces, replaces ? replaces : "");
    text_copy(o->profile, sizeof o->profile, profile ? profile : "");
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_get_string(json_at(list, i), "value");
        size_t at = strlen(o->names);
        snprintf(o->names + at, sizeof o->names - at, "%s,", name);
        add_authz(ca, o, name);
    }
    ca->order_count++;
    answer->status = 201;
    snprintf(answer->location, sizeof answer->location, "https://ca.test/o/%zu", n);
    answer_order(ca, n, answer);
}

/* ---- authorizations ---- */

static void settle(struct fake_order *o)
{
    size_t valid = 0;
    for (size_t i = 0; i < o->authz_count; i++) {
        valid += strcmp(o->authz[i].status, "valid") == 0;
        if (strcmp(o->authz[i].status, "invalid") == 0)
            text_copy(o->status, sizeof o->status, "invalid");
    }
    if (valid == o->authz_count && strcmp(o->status, "pending") == 0)
        text_copy(o->status, sizeof o->status, "ready");
}

/* Where the CNAMEs lead to. */
static void fake_target(const struct fake_ca *ca, const char *name, size_t account, char *out,
                        size_t size)
{
    char url[64], label[ACCOUNT_LABEL_CHARS + 1];
    if (ca->challenge && strcmp(ca->challenge, "dns-account-01") == 0) {
        snprintf(url, sizeof url, "https://ca.test/a/%zu", account);
        account_label(url, label);
        snprintf(out, size, "%s.%s.acme.test", label, name);
    } else {
        snprintf(out, size, ca->not_delegated ? "_acme-challenge.%s" : "%s.acme.test", name);
    }
}

static void validate(struct fake_ca *ca, const struct fake_order *o, struct fake_authz *z)
{
    char thumbprint[64], value[JWS_TXT_CHARS + 1], target[300];
    uint8_t digest[SHA256_BYTES];
    struct buf b = BUF_INIT(64);
    struct err err = {0};
    const char *jwk = ca->account_jwk[o->account];
    crypto_sha256(jwk, strlen(jwk), digest);
    text_base64url(&b, digest, sizeof digest);
    text_copy(thumbprint, sizeof thumbprint, buf_str(&b));
    buf_clear(&b);
    fake_target(ca, z->name, o->account, target, sizeof target);
    bool ok = jws_txt_value(z->token, thumbprint, value, &err) == 0 &&
              fake_txt_has(ca, target, value) && !ca->fail_validation;
    text_copy(z->status, sizeof z->status, ok ? "valid" : "invalid");
    text_copy(z->problem, sizeof z->problem,
              ok ? "" : (ca->fail_validation ? ca->fail_validation : "unauthorized"));
}

static struct json *challenge_body(const struct fake_ca *ca, const struct fake_authz *z, size_t n,
                                   size_t k)
{
    char url[128];
    struct json *c = json_new_object();
    const char *status = strcmp(z->status, "pending") == 0 && z->answers ? "processing" : z->status;
    snprintf(url, sizeof url, "https://ca.test/c/%zu/%zu", n, k);
    json_put_string(c, "type", ca->challenge ? ca->challenge : "dns-01");
    json_put_string(c, "url", url);
    json_put_string(c, "status", status);
    json_put_string(c, "token", z->token);
    if (z->problem[0])
        json_put(c, "error", problem_member(z->problem));
    return c;
}

/* Time passes with every look. */
static void go_on_validating(struct fake_ca *ca, struct fake_order *o, struct fake_authz *z)
{
    if (z->answers && strcmp(z->status, "pending") == 0 && z->polls-- <= 0)
        validate(ca, o, z);
}

static void answer_authz(struct fake_ca *ca, size_t n, size_t k, struct fake_answer_to *answer)
{
    struct fake_order *o = &ca->order[n];
    struct fake_authz *z = &o->authz[k];
    go_on_validating(ca, o, z);
    settle(o);
    struct json *body = json_new_object(), *id = json_new_object(), *list = json_new_array();
    struct json *odd = json_new_object();
    json_put_string(odd, "type", "dns-persist-01"); /* no token, no use to us */
    json_put_string(odd, "url", "https://ca.test/never");
    json_append(list, odd);
    json_append(list, challenge_body(ca, z, n, k));
    json_put_string(id, "type", "dns");
    json_put_string(id, "value", z->name);
    json_put_string(body, "status", z->status);
    json_put(body, "identifier", id);
    json_put(body, "challenges", list);
    if (z->wildcard)
        json_put_bool(body, "wildcard", true);
    answer->body = body;
    answer->status = 200;
}

static void challenge(struct fake_ca *ca, const struct fake_request *r, size_t n, size_t k,
                      struct fake_answer_to *answer)
{
    struct fake_authz *z = &ca->order[n].authz[k];
    if (!r->payload || !json_is_object(r->payload)) {
        text_copy(ca->complaint, sizeof ca->complaint, "challenge not answered with {}");
        fake_problem(answer, 400, "malformed", ca->complaint);
        return;
    }
    if (strcmp(z->status, "pending") != 0 || z->answers) {
        fake_problem(answer, 400, "malformed", "challenge is not pending");
        return;
    }
    z->answers++;
    z->polls = ca->slow_validation;
    answer->status = 200;
    answer->body = challenge_body(ca, z, n, k);
}

/* ---- certificate ---- */

static char *sign(struct fake_ca *ca, const struct fake_order *o, const struct key *leaf,
                  bool other)
{
    const char *names[FAKE_MAX_AUTHZ];
    char copy[sizeof o->names], serial[24];
    size_t count = 0;
    text_copy(copy, sizeof copy, o->names);
    for (char *p = copy, *comma; (comma = strchr(p, ',')) && count < FAKE_MAX_AUTHZ;
         p = comma + 1) {
        *comma = '\0';
        names[count++] = p;
    }
    snprintf(serial, sizeof serial, "%08zX", 0x87654321 + ca->finalizes);
    struct fake_issue what = {.root_key = other ? ca->other_key : ca->root_key,
                              .mid_key = ca->mid_key,
                              .leaf_key = leaf,
                              .root_cn = other ? "Other Root" : "Fake Root",
                              .names = names,
                              .name_count = count,
                              .now = fake_ca_now(ca),
                              .serial = serial};
    return fake_issue_pem(&what);
}

static void finalize(struct fake_ca *ca, const struct fake_request *r, size_t n,
                     struct fake_answer_to *answer)
{
    struct fake_order *o = &ca->order[n];
    const char *csr = json_get_string(r->payload, "csr");
    struct buf der = BUF_INIT(64 * 1024);
    struct err err = {0};
    settle(o);
    if (strcmp(o->status, "ready") != 0) {
        fake_problem(answer, 403, "orderNotReady", o->status);
        return;
    }
    ca->finalizes++;
    struct key *leaf = csr && text_base64url_decode(&der, csr, strlen(csr), &err) == 0
                           ? fake_key_of_csr(der.p, der.len)
                           : NULL;
    if (!leaf) {
        fake_problem(answer, 400, "badCSR", "cannot read it");
    } else {
        o->pem = sign(ca, o, leaf, false);
        o->pem_other = sign(ca, o, leaf, true);
        text_copy(o->status, sizeof o->status, "processing");
        answer_order(ca, n, answer);
    }
    key_free(leaf);
    buf_clear(&der);
}

static void fetch_order(struct fake_ca *ca, size_t n, struct fake_answer_to *answer)
{
    struct fake_order *o = &ca->order[n];
    for (size_t k = 0; k < o->authz_count; k++)
        go_on_validating(ca, o, &o->authz[k]);
    settle(o);
    if (strcmp(o->status, "processing") == 0 && o->polls-- <= 0)
        text_copy(o->status, sizeof o->status, "valid");
    answer_order(ca, n, answer);
}

/* ---- by path ---- */

static bool is_ours(const struct fake_ca *ca, const struct fake_request *r, size_t n)
{
    return n < ca->order_count && ca->order[n].status[0] && ca->order[n].account == r->account;
}

void fake_serve(struct fake_ca *ca, const struct fake_request *r, struct fake_answer_to *answer)
{
    size_t n = 0, k = 0;
    if (strcmp(r->path, "/acct") == 0)
        new_account(ca, r, answer);
    else if (strcmp(r->path, ca->moved ? "/order-2" : "/order") == 0)
        new_order(ca, r, answer);
    else if (sscanf(r->path, "/a/%zu", &n) == 1)
        account(ca, r, n, answer);
    else if (strcmp(r->path, "/key") == 0)
        key_change(ca, r, answer);
    else if (strcmp(r->path, "/revoke") == 0)
        revoke(ca, r, answer);
    else if (sscanf(r->path, "/o/%zu", &n) == 1 && is_ours(ca, r, n))
        fetch_order(ca, n, answer);
    else if (sscanf(r->path, "/z/%zu/%zu", &n, &k) == 2 && is_ours(ca, r, n) && !r->payload)
        answer_authz(ca, n, k, answer);
    else if (sscanf(r->path, "/c/%zu/%zu", &n, &k) == 2 && is_ours(ca, r, n))
        challenge(ca, r, n, k, answer);
    else if (sscanf(r->path, "/f/%zu", &n) == 1 && is_ours(ca, r, n))
        finalize(ca, r, n, answer);
    else if (sscanf(r->path, "/cert/%zu", &n) == 1 && is_ours(ca, r, n) && ca->order[n].pem) {
        bool other = strstr(r->path, "/other") != NULL;
        answer->status = 200;
        answer->pem = other ? ca->order[n].pem_other : ca->order[n].pem;
        text_copy(answer->header[0], sizeof answer->header[0],
                  "Link: </missing>;rel=\"alternate\"");
        snprintf(answer->header[1], sizeof answer->header[1],
                 "Link: <https://ca.test/cert/%zu/other>;rel=\"alternate\"", n);
    } else {
        fake_problem(answer, 404, "malformed", "no such thing");
    }
}
