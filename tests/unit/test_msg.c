/* SPDX-License-Identifier: Apache-2.0 */
#include "msg.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct json *parse(const char *text)
{
    struct json *j = NULL;
    struct err err = {0};
    return json_parse(&j, text, strlen(text), "test", &err) ? NULL : j;
}

static void reads_a_directory(struct test *t)
{
    struct json *j =
        parse("{\"newNonce\":\"https://ca.test/n?x=1\",\"newAccount\":\"https://ca.test/a\","
              "\"newOrder\":\"https://ca.test/o\",\"renewalInfo\":\"https://ca.test/ari\","
              "\"randomWord\":\"https://community.test\",\"future\":{\"a\":[1]},"
              "\"meta\":{\"termsOfService\":\"data:text/plain,Do\\u0007what\",\"caaIdentities\":"
              "[\"ca.test\",7],\"externalAccountRequired\":true,"
              "\"profiles\":{\"classic\":\"the old one\",\"shortlived\":\"six\\ndays\"}}}");
    struct msg_directory d = {0};
    struct err err = {0};
    REQUIRE(msg_directory_read(&d, j, &err) == 0);
    CHECK_STR(d.new_nonce, "https://ca.test/n?x=1");
    CHECK_STR(d.renewal_info, "https://ca.test/ari");
    CHECK(d.revoke_cert == NULL);
    CHECK_STR(d.terms, "data:text/plain,Do?what");
    CHECK(d.external_account_required);
    CHECK_INT(d.caa_identities.n, 1);
    CHECK_INT(d.profile_count, 2);
    CHECK_STR(d.profile[1].text, "six?days");
    CHECK(msg_directory_has_profile(&d, "shortlived"));
    CHECK(!msg_directory_has_profile(&d, "short"));
    msg_directory_clear(&d);
    json_free(j);
}

static void refuses_directories(struct test *t)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "{\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\"}",
        "{\"newNonce\":\"http://ca.test/n\",\"newAccount\":\"https://ca.test/a\","
        "\"newOrder\":\"https://ca.test/o\"}",
        "{\"newNonce\":\"https://u:p@ca.test/n\",\"newAccount\":\"https://ca.test/a\","
        "\"newOrder\":\"https://ca.test/o\"}",
        "{\"newNonce\":7,\"newAccount\":\"https://ca.test/a\",\"newOrder\":\"https://ca.test/o\"}",
        "{\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\","
        "\"newOrder\":\"https://ca.test/o\",\"renewalInfo\":\"file:///etc/passwd\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *j = parse(texts[i]);
        struct msg_directory d = {0};
        struct err err = {0};
        CHECK_INT(msg_directory_read(&d, j, &err), -1);
        CHECK_INT(err.code, ERR_CA);
        msg_directory_clear(&d);
        json_free(j);
    }
}

static void reads_an_order(struct test *t)
{
    struct json *j =
        parse("{\"status\":\"invalid\",\"expires\":\"2026-11-22T01:02:03.45+01:00\",\"profile\":"
              "\"x\",\"identifiers\":[{\"type\":\"dns\",\"value\":\"*.a.test\"}],"
              "\"authorizations\":[\"https://ca.test/z/1\"],\"finalize\":\"https://ca.test/f\","
              "\"error\":{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\"}}");
    struct msg_order o = {0};
    struct err err = {0};
    REQUIRE(msg_order_read(&o, j, &err) == 0);
    CHECK_INT(o.status, MSG_INVALID);
    CHECK_INT(o.expires, 1795305723);
    CHECK_STR(o.names.v[0], "*.a.test");
    CHECK_STR(o.authorizations.v[0], "https://ca.test/z/1");
    CHECK(o.certificate == NULL);
    CHECK_STR(o.error.type, "caa");
    msg_order_clear(&o);
    json_free(j);
}

static void keeps_unknown_statuses(struct test *t)
{
    struct json *j = parse("{\"status\":\"hib\\u001bernating\",\"authorizations\":"
                           "[\"https://ca.test/z/1\"],\"finalize\":\"https://ca.test/f\"}");
    struct msg_order o = {0};
    struct err err = {0};
    REQUIRE(msg_order_read(&o, j, &err) == 0);
    CHECK_INT(o.status, MSG_UNKNOWN);
    CHECK_STR(o.status_text, "hib?ernating");
    msg_order_clear(&o);
    json_free(j);
}

static void refuses_orders(struct test *t)
{
    static const char *const texts[] = {
        "7",
        "{\"status\":\"pending\",\"finalize\":\"https://ca.test/f\"}",
        "{\"authorizations\":[],\"finalize\":\"https://ca.test/f\"}",
        "{\"authorizations\":[7],\"finalize\":\"https://ca.test/f\"}",
        "{\"authorizations\":[\"http://ca.test/z\"],\"finalize\":\"https://ca.test/f\"}",
        "{\"authorizations\":[\"https://ca.test/z\"]}",
        "{\"authorizations\":[\"https://ca.test/z\"],\"finalize\":\"https://ca.test/f\","
        "\"certificate\":\"ftp://ca.test/c\"}",
        "{\"authorizations\":[\"https://ca.test/z\"],\"finalize\":\"https://ca.test/f\","
        "\"identifiers\":[{\"type\":\"ip\",\"value\":\"192.0.2.1\"}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *j = parse(texts[i]);
        struct msg_order o = {0};
        struct err err = {0};
        CHECK_INT(msg_order_read(&o, j, &err), -1);
        CHECK_INT(err.code, ERR_CA);
        json_free(j);
    }
}

static void caps_lists(struct test *t)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct msg_order o = {0};
    struct err err = {0};
    buf_puts(&b, "{\"finalize\":\"https://ca.test/f\",\"authorizations\":[");
    for (int i = 0; i < MSG_MAX_NAMES + 1; i++)
        buf_addf(&b, "%s\"https://ca.test/z/%d\"", i ? "," : "", i);
    buf_puts(&b, "]}");
    struct json *j = parse(buf_str(&b));
    CHECK_INT(msg_order_read(&o, j, &err), -1);
    json_free(j);
    buf_clear(&b);
}

static void reads_an_authorization(struct test *t)
{
    struct json *j = parse(
        "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"A.test\"},"
        "\"wildcard\":true,\"challenges\":["
        "{\"type\":\"dns-persist-01\",\"url\":\"https://ca.test/c/0\",\"status\":\"pending\"},"
        "{\"type\":\"of-the-future-01\",\"status\":\"asleep\",\"token\":{}},"
        "7,"
        "{\"type\":\"dns-01\",\"url\":\"https://ca.test/c/1\",\"status\":\"invalid\",\"token\":"
        "\"abc_-123\",\"error\":{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":"
        "\"NXDOMAIN\"}}]}");
    struct msg_authz a = {0};
    struct err err = {0};
    REQUIRE(msg_authz_read(&a, j, &err) == 0);
    CHECK_STR(a.name, "a.test");
    CHECK(a.wildcard);
    CHECK_INT(a.challenge_count, 3);
    const struct msg_challenge *c = msg_authz_find(&a, "dns-01");
    REQUIRE(c != NULL && c->error != NULL);
    CHECK_STR(c->token, "abc_-123");
    CHECK_STR(c->error->type, "dns");
    CHECK(msg_authz_find(&a, "http-01") == NULL);
    msg_authz_clear(&a);
    json_free(j);
}

static void refuses_tokens(struct test *t)
{
    char longest[MSG_MAX_TOKEN + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const tokens[] = {"",   "a.b", "../../x", "a b",   "a\\u0000b",
                                  "a=", "a+b", "a/b",     "$(id)", longest};
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct json *j = parse(test_text(
            t, "{\"type\":\"dns-01\",\"url\":\"https://ca.test/c\",\"token\":\"%s\"}", tokens[i]));
        struct msg_challenge c = {0};
        struct err err = {0};
        if (j && CHECK(msg_challenge_read(&c, j, &err) == 0))
            CHECK_STR(c.token, "");
        msg_challenge_clear(&c);
        json_free(j);
    }
    struct json *j = parse(test_text(t, "{\"type\":\"dns-01\",\"token\":\"%s\"}", longest + 1));
    struct msg_challenge c = {0};
    struct err err = {0};
    CHECK(msg_challenge_read(&c, j, &err) == 0);
    CHECK_INT(strlen(c.token), MSG_MAX_TOKEN);
    msg_challenge_clear(&c);
    json_free(j);
}

static void refuses_authorizations_of_no_name(struct test *t)
{
    static const char *const texts[] = {
        "{}",
        "{\"identifier\":{\"type\":\"ip\",\"value\":\"192.0.2.1\"}}",
        "{\"identifier\":{\"type\":\"dns\",\"value\":\"a..test\"}}",
        "{\"identifier\":{\"type\":\"dns\",\"value\":\"*.a.test\"}}",
        "{\"identifier\":{\"type\":\"dns\"}}",
        "{\"identifier\":\"a.test\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *j = parse(texts[i]);
        struct msg_authz a = {0};
        struct err err = {0};
        CHECK_INT(msg_authz_read(&a, j, &err), -1);
        json_free(j);
    }
}

static void resolves_references(struct test *t)
{
    static const struct {
        const char *base, *ref, *want; /* NULL = refused */
    } table[] = {
        {"https://ca.test:14000/dir", "https://ca.test/acct/1", "https://ca.test/acct/1"},
        {"https://ca.test:14000/dir?x", "/acct/1?y=z", "https://ca.test:14000/acct/1?y=z"},
        {"https://ca.test", "/acct/1", "https://ca.test/acct/1"},
        {"https://ca.test/dir", "http://ca.test/acct/1", NULL},
        {"https://ca.test/dir", "//evil.test/acct/1", NULL},
        {"https://ca.test/dir", "acct/1", NULL},
        {"https://ca.test/dir", "", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char *url = NULL;
        struct err err = {0};
        int rc = msg_resolve_url(&url, table[i].base, table[i].ref, &err);
        CHECK_INT(rc, table[i].want ? 0 : -1);
        if (rc == 0 && table[i].want)
            CHECK_STR(url, table[i].want);
        free(url);
    }
}

const struct test_case suite_msg[] = {
    {"reads_a_directory", reads_a_directory},
    {"refuses_directories", refuses_directories},
    {"reads_an_order", reads_an_order},
    {"keeps_unknown_statuses", keeps_unknown_statuses},
    {"refuses_orders", refuses_orders},
    {"caps_lists", caps_lists},
    {"reads_an_authorization", reads_an_authorization},
    {"refuses_tokens", refuses_tokens},
    {"refuses_authorizations_of_no_name", refuses_authorizations_of_no_name},
    {"resolves_references", resolves_references},
    {NULL, NULL},
};
