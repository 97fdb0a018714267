/* SPDX-License-Identifier: Apache-2.0 */
/* dns-persist-01: which TXT values satisfy a CA, in both forms of the draft. */
#include "test.h"

#include "persist.h"
#include "text.h"

#include <string.h>

#define THUMBPRINT "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
#define ACCOUNT    "https://ca.example/acct/123"
#define HASH       "5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw" /* of example.com */
#define HASH_ANY   "NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug" /* of "*" */

static void hashes_like_the_draft(struct test *t)
{
    char out[PERSIST_HASH_CHARS + 1];
    persist_hash("example.com", THUMBPRINT, ACCOUNT, out);
    CHECK_STR(out, HASH);
    persist_hash("*", THUMBPRINT, ACCOUNT, out);
    CHECK_STR(out, HASH_ANY);
}

static void judges_values(struct test *t)
{
    enum { WILDCARD = 1, HASHED = 2 };
    static const struct {
        const char *text;
        int how;
        bool want;
    } cases[] = {
        {"ca.example; accounturi=" ACCOUNT, 0, true},
        {"CA.example;AccountURI=" ACCOUNT "; unknown=x", 0, true},
        {"ca2.example; accounturi=" ACCOUNT, 0, true},
        {"other.example; accounturi=" ACCOUNT, 0, false},
        {"ca.example", 0, false},
        {"ca.example; accounturi=" ACCOUNT "4", 0, false},
        {"ca.example; accounturi=" ACCOUNT ";", 0, false},
        {"ca.example; accounturi=" ACCOUNT "; accounturi=" ACCOUNT, 0, false},
        {"ca.example; accounturi=" ACCOUNT "; persistUntil=1000", 0, true},
        {"ca.example; accounturi=" ACCOUNT "; persistuntil=999", 0, false},
        {"ca.example; accounturi=" ACCOUNT "; persistUntil=soon", 0, false},
        {"ca.example; accounturi=" ACCOUNT "; persistUntil=", 0, false},
        {"ca.example; accounturi=" ACCOUNT, WILDCARD, false},
        {"ca.example; accounturi=" ACCOUNT "; policy=wildcard", WILDCARD, true},
        {"ca.example; accounturi=" ACCOUNT "; policy=wildcard", 0, true},
        {"ca.example; accounturi=" ACCOUNT "; policy=else", WILDCARD, false},
        {"43characters-of-another-challenge-altogether", 0, false},
        {"", 0, false},
        {"ca.example; accounturi=https://ca.example/h/sha-256/" HASH, HASHED, true},
        {"ca.example; accounturi=https://ca.example/h/sha-256/" HASH_ANY, HASHED, true},
        {"ca.example; accounturi=" ACCOUNT, HASHED, false},
        {"ca.example; accounturi=https://ca.example/h/sha-256/" HASH, 0, false},
    };
    char one[] = "ca.example", two[] = "ca2.example", *list[] = {one, two};
    char prefix[] = "https://ca.example/h/";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct msg_persist ca = {{list, 2}, cases[i].how & HASHED ? prefix : NULL};
        struct persist_wanted w = {cases[i].how & WILDCARD ? "*.example.com" : "example.com", &ca,
                                   ACCOUNT, THUMBPRINT, 999};
        if (!CHECK_INT(persist_fits(&w, cases[i].text, strlen(cases[i].text)), cases[i].want))
            CHECK_STR(cases[i].text, "(the case above)");
    }
}

static void what_it_prints_fits(struct test *t)
{
    static const char *const want[] = {
        "_validation-persist.example.com. TXT \"ca.example; accounturi=" ACCOUNT "\"",
        "_validation-persist.example.com. TXT \"ca.example; accounturi=" ACCOUNT
        "; policy=wildcard\"",
        "_validation-persist.example.com. TXT \"ca.example; "
        "accounturi=https://ca.example/h/sha-256/" HASH "\"",
    };
    char one[] = "ca.example", *list[] = {one}, prefix[] = "https://ca.example/h/";
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct msg_persist ca = {{list, 1}, i == 2 ? prefix : NULL};
        struct persist_wanted w = {i == 1 ? "*.example.com" : "example.com", &ca, ACCOUNT,
                                   THUMBPRINT, 999};
        struct buf out = BUF_INIT(4096);
        persist_record(&w, &out);
        CHECK_STR(buf_str(&out), want[i]);
        const char *value = strchr(buf_str(&out), '"');
        REQUIRE(value != NULL);
        CHECK(persist_fits(&w, value + 1, strlen(value) - 2));
        buf_clear(&out);
    }
}

static void reads_what_the_ca_says(struct test *t)
{
    static const struct {
        const char *json;
        size_t issuers;
        const char *prefix;
    } cases[] = {
        {"{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[\"ca.example\",\"b.example\"]}", 2,
         NULL},
        {"{\"type\":\"dns-persist-01\",\"issuerDomainNames\":[\"ca.example\"],"
         "\"accountHashPrefix\":\"https://ca.example/h/\"}",
         1, "https://ca.example/h/"},
        {"{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[]}", 0, NULL},
        {"{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[\"ca.example\",\"a b\"]}", 0, NULL},
        {"{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[1]}", 0, NULL},
        {"{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[\"a.b\",\"a.b\",\"a.b\",\"a.b\","
         "\"a.b\",\"a.b\",\"a.b\",\"a.b\",\"a.b\",\"a.b\",\"a.b\"]}",
         0, NULL}, /* eleven */
        {"{\"issuerDomainNames\":[\"ca.example\"],\"accountHashPrefix\":\"https://x/; a=\"}", 1,
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct msg_challenge c = {.url = NULL};
        struct json *j = NULL;
        struct err err = {0};
        REQUIRE(json_parse(&j, cases[i].json, strlen(cases[i].json), "case", &err) == 0);
        CHECK_INT(msg_challenge_read(&c, j, &err), 0);
        CHECK_INT(c.persist.issuers.n, cases[i].issuers);
        if (cases[i].prefix)
            CHECK_STR(c.persist.hash_prefix, cases[i].prefix);
        else
            CHECK(c.persist.hash_prefix == NULL);
        msg_challenge_clear(&c);
        json_free(j);
    }
}

const struct test_case suite_persist[] = {
    {"hashes_like_the_draft", hashes_like_the_draft},
    {"judges_values", judges_values},
    {"what_it_prints_fits", what_it_prints_fits},
    {"reads_what_the_ca_says", reads_what_the_ca_says},
    {NULL, NULL},
};
