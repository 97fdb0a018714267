/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_publisher.h"

#include "publish/powerdns.h"

#include <stdlib.h>
#include <string.h>

#define VALUE    "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"
#define URL      "http://127.0.0.1:8081/api/v1/servers/localhost/zones/acme.example."
#define READ     URL "?rrset_name=x1.acme.example.&rrset_type=TXT"
#define KEY      "X-API-Key: t0ps3cret"
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char empty[] = "{\"name\":\"acme.example.\",\"rrsets\":[]}";
static const char ours[] =
    "{\"rrsets\":[{\"name\":\"x1.acme.example.\",\"type\":\"TXT\",\"ttl\":10,"
    "\"records\":[{\"content\":\"\\\"" VALUE "\\\"\",\"disabled\":false}]}]}";

/* ---- the decision ---- */

static void merges(struct test *t)
{
#define SET(type, records)                                                                         \
    "{\"rrsets\":[{\"name\":\"X1.acme.example.\",\"type\":\"" type                                 \
    "\",\"ttl\":60,\"records\":[" records "]}]}"
#define REC(value, disabled) "{\"content\":\"\\\"" value "\\\"\",\"disabled\":" disabled "}"
#define PATCH(ttl, records)                                                                        \
    "{\"rrsets\":[{\"name\":\"x1.acme.example.\",\"type\":\"TXT\",\"changetype\":\"REPLACE\","     \
    "\"ttl\":" ttl ",\"records\":[" records "]}]}"
#define DELETE                                                                                     \
    "{\"rrsets\":[{\"name\":\"x1.acme.example.\",\"type\":\"TXT\",\"changetype\":\"DELETE\"}]}"
    static const struct {
        const char *zone;
        bool remove;
        const char *patch; /* NULL = nothing to do */
    } cases[] = {
        {empty, false, PATCH("10", REC(VALUE, "false"))},
        {empty, true, NULL},
        {SET("TXT", REC("other", "false")), false,
         PATCH("60", REC("other", "false") "," REC(VALUE, "false"))},
        {SET("TXT", REC("other", "true") "," REC(VALUE, "false")), false, NULL},
        {SET("TXT", REC(VALUE, "true")), false, PATCH("60", REC(VALUE, "false"))},
        {SET("TXT", REC("other", "true") "," REC(VALUE, "false")), true,
         PATCH("60", REC("other", "true"))},
        {SET("TXT", REC(VALUE, "false")), true, DELETE},
        {SET("TXT", REC("other", "false")), true, NULL},
        {SET("CNAME", REC(VALUE, "false")), true, NULL},
    };
    const struct publish_record r = {"x1.acme.example", "acme.example", VALUE, NULL};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *zone = NULL, *patch = NULL;
        struct buf text = BUF_INIT(4096);
        struct err err = {0};
        REQUIRE(json_parse(&zone, cases[i].zone, strlen(cases[i].zone), "zone", &err) == 0);
        CHECK_INT(powerdns_merge(zone, &r, cases[i].remove, &patch, &err), 0);
        CHECK((patch == NULL) == (cases[i].patch == NULL));
        if (patch && json_text(patch, JSON_COMPACT, &text, &err) == 0)
            CHECK_STR(buf_str(&text), cases[i].patch);
        buf_clear(&text);
        json_free(zone);
        json_free(patch);
    }
}

/* ---- the exchange ---- */

static bool open_world(struct fake_publisher *w, struct test *t, const struct fake_exchange *script,
                       size_t count)
{
    fake_publisher_init(w, t, script, count);
    w->conf.dns.provider = CONF_POWERDNS;
    w->conf.dns.powerdns.api.url = (char *)test_text(t, "http://127.0.0.1:8081");
    w->conf.dns.powerdns.server_id = (char *)test_text(t, "localhost");
    w->conf.dns.powerdns.key_file = fake_secret(t, "key", "t0ps3cret\n");
    return fake_publisher_open(w, t);
}

static int run(struct fake_publisher *w, bool remove, struct err *err)
{
    const struct publish_record r = {"x1.acme.example", "acme.example", VALUE, NULL};
    int rc = remove ? publisher_cleanup(&w->p, &r, err) : publisher_present(&w->p, &r, err);

    fake_publisher_done(w);
    return rc;
}

static void adds_and_looks_again(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"GET", READ, NULL, KEY, 200, empty, NULL},
        {"PATCH", URL, "\"REPLACE\"", KEY, 204, NULL, NULL},
        {"GET", READ, NULL, KEY, 200, empty, NULL}, /* another client was faster */
        {"PATCH", URL, VALUE, KEY, 204, NULL, NULL},
        {"GET", READ, NULL, KEY, 200, ours, NULL},
        {"PUT", URL "/notify", NULL, KEY, 422, "{\"error\":\"not a master\"}", NULL},
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(run(&w, false, &err), 0);
    CHECK_STR(err.text, "");
}

/* Another client, which had read before us, writes after our second look. */
static void mends_what_another_client_undoes(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"GET", READ, NULL, KEY, 200, ours, NULL},
        {"GET", READ, NULL, KEY, 200, empty, NULL},
        {"PATCH", URL, VALUE, KEY, 204, NULL, NULL},
        {"PUT", URL "/notify", NULL, KEY, 200, NULL, NULL},
        {"GET", READ, NULL, KEY, 200, ours, NULL},
        {"GET", READ, NULL, KEY, 200, empty, NULL}, /* removed: not looked for any more */
    };
    const struct publish_record r = {"x1.acme.example", "acme.example", VALUE, NULL};
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(publisher_present(&w.p, &r, &err), 0);
    CHECK_INT(w.fake.slept_ms, 0);
    CHECK_INT(publisher_ready(&w.p, &err), 0);
    CHECK(w.fake.slept_ms >= 800 && w.fake.slept_ms <= 1600);
    CHECK_INT(publisher_cleanup(&w.p, &r, &err), 0);
    CHECK_INT(publisher_ready(&w.p, &err), 0);
    CHECK_STR(err.text, "");
    fake_publisher_done(&w);
}

/* SQLite under two writers. What stays so is told. */
static void a_database_in_use_is_tried_again(struct test *t)
{
    struct fake_exchange script[] = {
        {"GET", READ, NULL, KEY, 200, empty, NULL},
        {"PATCH", URL, VALUE, KEY, 500, "Internal Server Error", NULL},
        {"GET", READ, NULL, KEY, 200, empty, NULL},
        {"PATCH", URL, VALUE, KEY, 204, NULL, NULL},
        {"GET", READ, NULL, KEY, 200, ours, NULL},
        {"PUT", URL "/notify", NULL, KEY, 200, NULL, NULL},
    };
    struct fake_exchange lasting[12];
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(run(&w, false, &err), 0);
    for (size_t i = 0; i < COUNT(lasting); i++)
        lasting[i] = script[i % 2];
    REQUIRE(open_world(&w, t, lasting, COUNT(lasting)));
    CHECK_INT(run(&w, false, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK_INT(err.number, 500);
}

static void what_is_so_already_is_success(struct test *t)
{
    static const struct fake_exchange there[] = {{"GET", READ, NULL, KEY, 200, ours, NULL}};
    static const struct fake_exchange gone[] = {{"GET", READ, NULL, KEY, 200, empty, NULL}};
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, there, COUNT(there)));
    CHECK_INT(run(&w, false, &err), 0);
    REQUIRE(open_world(&w, t, gone, COUNT(gone)));
    CHECK_INT(run(&w, true, &err), 0);
}

static void an_overloaded_server_is_asked_again(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"GET", READ, NULL, KEY, 503, "busy", "Retry-After: 7"},
        {"GET", READ, NULL, KEY, 429, "busy", NULL},
        {"GET", READ, NULL, KEY, 200, ours, NULL},
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(run(&w, false, &err), 0);
    CHECK_INT(w.fake.slept_ms, 7000 + 4000);
}

static void refusals_are_one_clear_line(struct test *t)
{
    static const struct {
        struct fake_exchange first;
        enum err_code code;
        const char *text, *hint;
    } cases[] = {
        {{"GET", READ, NULL, KEY, 401, "Unauthorized", NULL},
         ERR_DNS,
         "powerdns: does not accept the API key",
         "dns.powerdns.key_file"},
        {{"GET", READ, NULL, KEY, 404, "{\"error\":\"Could not find domain 'acme.example.'\"}",
          NULL},
         ERR_DNS,
         "Could not find domain 'acme.example.'",
         "dns.powerdns.zone"},
        {{"GET", READ, NULL, KEY, 200, "<html>", NULL}, ERR_DNS, "is not JSON", ""},
        {{"GET", READ, NULL, KEY, 200, "{}", NULL}, ERR_DNS, "names no rrsets", ""},
        {{"GET", READ, NULL, KEY, 0, NULL, NULL}, ERR_NET, "powerdns: fake: not reachable", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake_publisher w;
        struct err err = {0};
        REQUIRE(open_world(&w, t, &cases[i].first, 1));
        CHECK_INT(run(&w, false, &err), -1);
        CHECK_INT(err.code, cases[i].code);
        if (!CHECK(strstr(err.text, cases[i].text) != NULL))
            CHECK_STR(err.text, cases[i].text);
        CHECK(strstr(err.hint, cases[i].hint) != NULL);
        CHECK(strstr(err.text, "t0ps3cret") == NULL && strstr(err.hint, "t0ps3cret") == NULL);
    }
}

static void a_key_of_two_lines_is_refused_and_not_shown(struct test *t)
{
    struct fake_publisher w = {.p = {.name = NULL}};
    struct err err = {0};

    fake_https_init(&w.fake, t, NULL, 0);
    w.conf.dns.provider = CONF_POWERDNS;
    w.conf.dns.powerdns.api.url = (char *)test_text(t, "http://127.0.0.1:8081");
    w.conf.dns.powerdns.key_file = fake_secret(t, "key", "t0p\ns3cret\n");
    const struct publish_env env = {
        .conf = &w.conf, .clock = &w.fake.clock, .https = &w.fake.https};
    CHECK_INT(publisher_open(&w.p, &env, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK(strstr(err.text, "dns.powerdns.key_file") != NULL && strstr(err.text, "s3cret") == NULL);
}

const struct test_case suite_publish_powerdns[] = {
    {"merges", merges},
    {"adds_and_looks_again", adds_and_looks_again},
    {"mends_what_another_client_undoes", mends_what_another_client_undoes},
    {"a_database_in_use_is_tried_again", a_database_in_use_is_tried_again},
    {"what_is_so_already_is_success", what_is_so_already_is_success},
    {"an_overloaded_server_is_asked_again", an_overloaded_server_is_asked_again},
    {"refusals_are_one_clear_line", refusals_are_one_clear_line},
    {"a_key_of_two_lines_is_refused_and_not_shown", a_key_of_two_lines_is_refused_and_not_shown},
    {NULL, NULL},
};
