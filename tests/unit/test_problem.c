/* SPDX-License-Identifier: Apache-2.0 */
/* What the CA refuses, and how long we wait: problem.h and retry.h. */
#include "problem.h"

#include "retry.h"
#include "test.h"
#include "text.h"

#include <string.h>

enum { NOW = 1792630000 }; /* 2026-10-22T00:46:40Z */

static void read(struct problem *out, const char *text)
{
    struct json *j = NULL;
    struct err err = {0};
    if (json_parse(&j, text, strlen(text), "test", &err))
        j = NULL;
    problem_read(out, j);
    json_free(j);
}

static void reacts_by_type_and_status(struct test *t)
{
    static const struct {
        const char *type;
        int status;
        enum problem_reaction reaction;
        enum err_code code;
    } table[] = {
        {"badNonce", 400, REACT_NONCE, ERR_CA},
        {"malformed", 400, REACT_REFUSED, ERR_CA},
        {"malformed", 500, REACT_SERVER, ERR_CA},
        {"unauthorized", 401, REACT_REFUSED, ERR_CA},
        {"unauthorized", 403, REACT_REFUSED, ERR_CA},
        {"accountDoesNotExist", 400, REACT_REGISTER, ERR_CA},
        {"userActionRequired", 403, REACT_HUMAN, ERR_CA},
        {"agreementRequired", 403, REACT_HUMAN, ERR_CA},
        {"externalAccountRequired", 401, REACT_EAB, ERR_USAGE},
        {"badSignatureAlgorithm", 400, REACT_REFUSED, ERR_CA},
        {"badPublicKey", 400, REACT_REFUSED, ERR_CA},
        {"badCSR", 400, REACT_REFUSED, ERR_CA},
        {"rejectedIdentifier", 400, REACT_REFUSED, ERR_CA},
        {"caa", 403, REACT_REFUSED, ERR_CA},
        {"dns", 400, REACT_CHALLENGE, ERR_DNS},
        {"connection", 400, REACT_CHALLENGE, ERR_DNS},
        {"tls", 400, REACT_CHALLENGE, ERR_DNS},
        {"incorrectResponse", 403, REACT_CHALLENGE, ERR_DNS},
        {"rateLimited", 429, REACT_RATE, ERR_POSTPONED},
        {"rateLimited", 503, REACT_RATE, ERR_POSTPONED},
        {"serverInternal", 500, REACT_SERVER, ERR_CA},
        {"orderNotReady", 403, REACT_LOOK, ERR_CA},
        {"alreadyRevoked", 400, REACT_DONE, ERR_CA},
        {"alreadyReplaced", 409, REACT_WITHOUT_REPLACES, ERR_CA},
        {"invalidProfile", 400, REACT_REFUSED, ERR_USAGE},
        {"compound", 403, REACT_REFUSED, ERR_CA},
        {"ofTheFuture", 403, REACT_REFUSED, ERR_CA},
        {"ofTheFuture", 429, REACT_RATE, ERR_POSTPONED},
        {"ofTheFuture", 502, REACT_SERVER, ERR_CA},
        {"", 429, REACT_RATE, ERR_POSTPONED},
        {"", 404, REACT_REFUSED, ERR_CA},
        {"", 502, REACT_SERVER, ERR_NET},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct problem p = {.status = table[i].status};
        struct err err = {0};
        text_copy(p.type, sizeof p.type, table[i].type);
        CHECK_INT(problem_reaction(p.type, p.status), table[i].reaction);
        CHECK_INT(problem_err(&p, "order", &err), -1);
        if (!CHECK_INT(err.code, table[i].code))
            CHECK_STR(table[i].type, "");
        CHECK_STR(err.problem, table[i].type);
        CHECK_INT(err.source, ERR_SRC_HTTP);
        CHECK_INT(err.number, table[i].status);
    }
}

static void tells_subproblems_and_names(struct test *t)
{
    struct problem p;
    struct err err = {0};
    read(&p, "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"2 names\","
             "\"status\":400,\"new\":[1],\"subproblems\":["
             "{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"forbidden\","
             "\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}},"
             "7,{\"type\":\"https://other.test/kind\",\"detail\":\"x\"}]}");
    problem_err(&p, "new order", &err);
    CHECK_STR(err.text, "new order: rejectedIdentifier: 2 names (a.test: caa: forbidden; "
                        "https://other.test/kind: x)");
    CHECK(err.hint[0] != '\0');
}

static void cleans_foreign_text(struct test *t)
{
    struct problem p;
    char cut[8];
    read(&p, "{\"type\":\"about:blank\",\"title\":\"a\\u001b[31m\\r\\nb\\u009bc\"}");
    CHECK_STR(p.type, "");
    CHECK(!strpbrk(p.detail, "\x1b\r\n"));
    CHECK(p.detail[0] == 'a');
    problem_foreign(cut, sizeof cut, "12345\xc3\xa4\xc3\xa4");
    CHECK_STR(cut, "12345\xc3\xa4"); /* never half a character */
    problem_foreign(cut, sizeof cut, "123456\xc3\xa4");
    CHECK_STR(cut, "123456");
}

static void survives_odd_documents(struct test *t)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "\"x\"",
        "{\"type\":7,\"detail\":{},\"status\":\"a\",\"subproblems\":{}}",
        "{\"status\":99999999999,\"subproblems\":[[],{},null]}",
        "nonsense"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct problem p;
        read(&p, texts[i]);
        CHECK(!problem_is_set(&p));
        CHECK_INT(p.status, 0);
    }
}

static void reads_retry_after(struct test *t)
{
    static const struct {
        const char *value;
        int64_t want;
    } table[] = {
        {NULL, RETRY_AFTER_NONE},
        {"", RETRY_AFTER_NONE},
        {"0", 0},
        {"120", 120},
        {"86400", 86400},
        {"99999999999999999999999", RETRY_AFTER_MAX_S},
        {"-5", RETRY_AFTER_NONE},
        {"3.5", RETRY_AFTER_NONE},
        {"soon", RETRY_AFTER_NONE},
        {"Thu, 22 Oct 2026 00:47:40 GMT", 60},
        {"Thu, 22 Oct 2026 00:46:40 GMT", 0},
        {"Wed, 21 Oct 2015 07:28:00 GMT", 0},
        {"Fri, 22 Oct 2027 00:46:40 GMT", RETRY_AFTER_MAX_S},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!CHECK_INT(retry_after_s(table[i].value, NOW), table[i].want))
            CHECK_STR(table[i].value, "");
    }
    CHECK_INT(retry_after_from_detail(
                  "too many certificates, retry after 2026-10-22 00:56:40 UTC: see x", NOW),
              600);
    CHECK_INT(retry_after_from_detail("retry after a while", NOW), RETRY_AFTER_NONE);
    CHECK_INT(retry_after_from_detail(NULL, NOW), RETRY_AFTER_NONE);
}

static void polls_within_bounds(struct test *t)
{
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 0, 0), 50);
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 2, 0), 800);
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 1000, 0), 30000);
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 0, 20), 30); /* the way there counts */
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 0, 50), 0);
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 0, 900), 0);
    CHECK_INT(retry_poll_ms(RETRY_AFTER_NONE, 1, 900), 150); /* only before the first look */
    CHECK_INT(retry_poll_ms(7, 0, 900), 7000);
    CHECK_INT(retry_poll_ms(0, 5, 0), 1000);
    CHECK_INT(retry_poll_ms(7, 5, 0), 7000);
    CHECK_INT(retry_poll_ms(86400, 0, 0), 60000);
}

static void gives_up_in_the_end(struct test *t)
{
    struct retry r = {{0}};
    CHECK_INT(retry_next_ms(&r, RETRY_NONCE, RETRY_AFTER_NONE), 0);
    CHECK_INT(retry_next_ms(&r, RETRY_NONCE, RETRY_AFTER_NONE), 0);
    CHECK_INT(retry_next_ms(&r, RETRY_NONCE, RETRY_AFTER_NONE), 0);
    CHECK_INT(retry_next_ms(&r, RETRY_NONCE, RETRY_AFTER_NONE), 250);
    for (int i = 4; i < 10; i++)
        CHECK(retry_next_ms(&r, RETRY_NONCE, RETRY_AFTER_NONE) > 0);
    CHECK_INT(retry_next_ms(&r, RETRY_NONCE, RETRY_AFTER_NONE), -1);

    CHECK_INT(retry_next_ms(&r, RETRY_SERVER, 7), 7000);
    CHECK_INT(retry_next_ms(&r, RETRY_SERVER, RETRY_PATIENCE_S + 1), -1);
    CHECK_INT(retry_next_ms(&r, RETRY_RATE, 3600), -1);
    CHECK_INT(retry_next_ms(&r, RETRY_RATE, 0), 1000);
    for (int cause = 0; cause < RETRY_CAUSES; cause++) {
        struct retry fresh = {{0}};
        int64_t total_ms = 0;
        int tries = 0;
        for (int64_t ms;
             (ms = retry_next_ms(&fresh, (enum retry_cause)cause, RETRY_AFTER_NONE)) >= 0; tries++)
            total_ms += ms;
        CHECK(tries >= 2 && tries <= 10);
        CHECK(total_ms <= 60000);
    }
}

static void a_type_has_a_meaning(struct test *t)
{
    const char *hint = NULL, *with_urn = NULL;

    CHECK(problem_meaning("rateLimited", &hint) != NULL && hint == NULL);
    CHECK(problem_meaning("caa", &hint) != NULL && hint != NULL);
    CHECK_STR(problem_meaning("urn:ietf:params:acme:error:caa", &with_urn),
              problem_meaning("caa", &hint));
    CHECK(problem_meaning("Caa", &hint) == NULL);
    CHECK(problem_meaning("", &hint) == NULL);
}

const struct test_case suite_problem[] = {
    {"reacts_by_type_and_status", reacts_by_type_and_status},
    {"tells_subproblems_and_names", tells_subproblems_and_names},
    {"cleans_foreign_text", cleans_foreign_text},
    {"survives_odd_documents", survives_odd_documents},
    {"reads_retry_after", reads_retry_after},
    {"polls_within_bounds", polls_within_bounds},
    {"gives_up_in_the_end", gives_up_in_the_end},
    {"a_type_has_a_meaning", a_type_has_a_meaning},
    {NULL, NULL},
};
