/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_publisher.h"

#include "publish/azure.h"
#include "publish/publish.h"

#include <string.h>

#define VALUE    "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define REC(v)   "{\"value\":[\"" v "\"]}"
#define SET(records)                                                                               \
    "{\"etag\":\"e-1\",\"properties\":{\"TTL\":60,\"metadata\":{\"a\":\"b\"},\"TXTRecords\":"      \
    "[" records "]}}"
#define BODY(records)                                                                              \
    "{\"properties\":{\"TTL\":60,\"metadata\":{\"a\":\"b\"},\"TXTRecords\":[" records "]}}"

static void merges(struct test *t)
{
    static const struct {
        const char *set;
        bool remove;
        const char *method, *body;
    } cases[] = {
        {NULL, false, "PUT", "{\"properties\":{\"TTL\":10,\"TXTRecords\":[" REC(VALUE) "]}}"},
        {NULL, true, NULL, NULL},
        {SET(REC("a")), false, "PUT", BODY(REC("a") "," REC(VALUE))},
        {SET(REC(VALUE)), false, NULL, NULL},
        {SET(REC("a")), true, NULL, NULL},
        {SET(REC("a") "," REC(VALUE)), true, "PUT", BODY(REC("a"))},
        {SET(REC(VALUE)), true, "DELETE", NULL},
        {SET("{\"value\":[\"" VALUE "\",\"x\"]}"), true, NULL, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct azure_plan plan;
        struct json *set = NULL;
        struct buf text = BUF_INIT(4096);
        struct err err = {0};
        if (cases[i].set)
            REQUIRE(json_parse(&set, cases[i].set, strlen(cases[i].set), "set", &err) == 0);
        azure_merge(set, VALUE, cases[i].remove, &plan);
        CHECK_STR(plan.method ? plan.method : "-", cases[i].method ? cases[i].method : "-");
        if (plan.body)
            CHECK_INT(json_text(plan.body, JSON_COMPACT, &text, &err), 0);
        CHECK_STR(buf_str(&text), cases[i].body ? cases[i].body : "");
        buf_clear(&text);
        json_free(plan.body);
        json_free(set);
    }
}

static void names_are_relative_to_the_zone(struct test *t)
{
    char name[64];

    CHECK(azure_relative("x1.sub.Acme.example", "acme.example", name, sizeof name));
    CHECK_STR(name, "x1.sub");
    CHECK(azure_relative("acme.example", "acme.example", name, sizeof name));
    CHECK_STR(name, "@");
    CHECK(!azure_relative("x1.bacme.example", "acme.example", name, sizeof name));
    CHECK(!azure_relative("example", "acme.example", name, sizeof name));
    CHECK(!azure_relative("x.example", "", name, sizeof name));
}

#define LOGIN "https://login.microsoftonline.com/t-1/oauth2/v2.0/token"
#define URL                                                                                        \
    "https://management.azure.com/subscriptions/s-1/resourceGroups/rg%201/providers/"              \
    "Microsoft.Network/dnsZones/acme.example/TXT/x1?api-version=2018-05-01"
#define KEY   "Authorization: Bearer acc3ss"
#define TOKEN "{\"access_token\":\"acc3ss\",\"expires_in\":3599}"

static bool open_world(struct fake_publisher *w, struct test *t, const struct fake_exchange *script,
                       size_t count, bool managed)
{
    fake_publisher_init(w, t, script, count);
    w->conf.dns.provider = CONF_AZURE;
    w->conf.dns.azure.api.url = (char *)test_text(t, "https://management.azure.com");
    w->conf.dns.azure.login = (char *)test_text(t, "https://login.microsoftonline.com");
    w->conf.dns.azure.subscription = (char *)test_text(t, "s-1");
    w->conf.dns.azure.resource_group = (char *)test_text(t, "rg 1");
    w->conf.dns.azure.managed_identity = managed;
    if (!managed) {
        w->conf.dns.azure.tenant = (char *)test_text(t, "t-1");
        w->conf.dns.azure.client_id = (char *)test_text(t, "c-1");
        w->conf.dns.azure.client_secret_file = fake_secret(t, "key", "t0p~s3&ret\n");
    }
    return fake_publisher_open(w, t);
}

static const struct publish_record record = {"x1.acme.example", "acme.example", VALUE, NULL};

static void merges_again_when_others_are_faster(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"POST", LOGIN,
         "client_id=c-1&client_secret=t0p~s3%26ret&scope=https%3A%2F%2Fmanagement.azure.com%2F."
         "default",
         NULL, 200, TOKEN, NULL},
        {"GET", URL, NULL, KEY, 404, "{\"code\":\"NotFound\"}", NULL},
        {"PUT", URL, VALUE, "If-None-Match: *", 412, "{}", NULL},
        {"GET", URL, NULL, KEY, 200, SET(REC("a")), NULL},
        {"PUT", URL, BODY(REC("a") "," REC(VALUE)), "If-Match: e-1", 200, "{}", NULL},
        {"GET", URL, NULL, KEY, 200, SET(REC(VALUE)), NULL},
        {"DELETE", URL, NULL, "If-Match: e-1", 200, NULL, NULL},
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script), false));
    CHECK_INT(publisher_present(&w.p, &record, &err), 0);
    CHECK_INT(publisher_cleanup(&w.p, &record, &err), 0);
    CHECK_STR(err.text, "");
    fake_publisher_done(&w);
}

static void a_managed_identity_needs_no_secret(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"GET",
         "http://169.254.169.254/metadata/identity/oauth2/"
         "token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F",
         NULL, "Metadata: true", 200, "{\"access_token\":\"acc3ss\",\"expires_in\":\"3599\"}",
         NULL},
        {"GET", URL, NULL, KEY, 200, SET(REC(VALUE)), NULL},
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script), true));
    CHECK_INT(publisher_present(&w.p, &record, &err), 0);
    CHECK_STR(err.text, "");
    fake_publisher_done(&w);
}

/* However long it says that its token lives, it is asked for no more than that. */
static void a_token_that_lives_for_ever(struct test *t)
{
    static const char *const lives[] = {"9223372036854775807", "\"9223372036854775807\"",
                                        "-9223372036854775808"};
    for (size_t i = 0; i < COUNT(lives); i++) {
        const char *token =
            test_text(t, "{\"access_token\":\"acc3ss\",\"expires_in\":%s}", lives[i]);
        const struct fake_exchange script[] = {
            {"POST", LOGIN, "", NULL, 200, token, NULL},
            {"GET", URL, NULL, KEY, 200, SET(REC(VALUE)), NULL},
            {"GET", URL, NULL, KEY, 200, SET(REC("a")), NULL},
        };
        struct fake_publisher w;
        struct err err = {0};
        REQUIRE(open_world(&w, t, script, COUNT(script), false));
        CHECK_INT(publisher_present(&w.p, &record, &err), 0);
        CHECK_INT(i < 2 ? publisher_cleanup(&w.p, &record, &err) : 0, 0);
        CHECK_STR(err.text, "");
        if (i < 2)
            fake_publisher_done(&w);
        else
            publisher_close(&w.p);
    }
}

static void refusals_are_one_clear_line(struct test *t)
{
    static const struct fake_exchange no_token[] = {
        {"POST", LOGIN, "", NULL, 401,
         "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid\"}", NULL}};
    static const struct fake_exchange no_right[] = {
        {"POST", LOGIN, "", NULL, 200, TOKEN, NULL},
        {"GET", URL, NULL, KEY, 403,
         "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"no right\"}}", NULL}};
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, no_token, COUNT(no_token), false));
    CHECK_INT(publisher_present(&w.p, &record, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.text, "azure: no token: AADSTS7000215: Invalid") != NULL);
    CHECK(strstr(err.hint, "client_secret_file") != NULL);
    publisher_close(&w.p);
    err_clear(&err);
    REQUIRE(open_world(&w, t, no_right, COUNT(no_right), false));
    CHECK_INT(publisher_present(&w.p, &record, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.text, "azure: x1.acme.example: no right") != NULL);
    CHECK(strstr(err.hint, "DNS Zone Contributor") != NULL);
    publisher_close(&w.p);
}

const struct test_case suite_publish_azure[] = {
    {"merges", merges},
    {"names_are_relative_to_the_zone", names_are_relative_to_the_zone},
    {"merges_again_when_others_are_faster", merges_again_when_others_are_faster},
    {"a_managed_identity_needs_no_secret", a_managed_identity_needs_no_secret},
    {"a_token_that_lives_for_ever", a_token_that_lives_for_ever},
    {"refusals_are_one_clear_line", refusals_are_one_clear_line},
    {NULL, NULL},
};
