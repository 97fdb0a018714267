/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_publisher.h"

#include "publish/publish.h"

#include <string.h>

#define VALUE    "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"
#define API      "https://api.cloudflare.com/client/v4"
#define KEY      "Authorization: Bearer t0ps3cret"
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ZONE                                                                                       \
    {                                                                                              \
        "GET", API "/zones?name=acme.example", NULL, KEY, 200,                                     \
            "{\"success\":true,\"errors\":[],\"result\":[{\"id\":\"023e105f\"}]}", NULL            \
    }
#define CREATE(status, answer)                                                                     \
    {                                                                                              \
        "POST", API "/zones/023e105f/dns_records",                                                 \
            "{\"type\":\"TXT\",\"name\":\"x1.acme.example\",\"content\":\"\\\"" VALUE              \
            "\\\"\",\"ttl\":60}",                                                                  \
            KEY, status, answer, NULL                                                              \
    }
#define LIST(result)                                                                               \
    {                                                                                              \
        "GET",                                                                                     \
            API                                                                                    \
            "/zones/023e105f/dns_records?type=TXT&name=x1.acme.example&content.contains=" VALUE    \
            "&per_page=100",                                                                       \
            NULL, KEY, 200, "{\"success\":true,\"errors\":[],\"result\":[" result "]}", NULL       \
    }
#define RECORD(id, content)                                                                        \
    "{\"id\":\"" id "\",\"type\":\"TXT\",\"name\":\"x1.acme.example\",\"content\":\"" content "\"" \
    "}"
#define FAILED(code, text)                                                                         \
    "{\"success\":false,\"errors\":[{\"code\":" code ",\"message\":\"" text "\"}],\"result\":"     \
    "null}"
#define DONE "{\"success\":true,\"errors\":[],\"result\":{\"id\":\"r1\"}}"

static bool open_world(struct fake_publisher *w, struct test *t, const struct fake_exchange *script,
                       size_t count)
{
    fake_publisher_init(w, t, script, count);
    w->conf.dns.provider = CONF_CLOUDFLARE;
    w->conf.dns.cloudflare.api.url = (char *)test_text(t, API);
    w->conf.dns.cloudflare.token_file = fake_secret(t, "token", "t0ps3cret\n");
    return fake_publisher_open(w, t);
}

static const struct publish_record record = {"x1.acme.example", "acme.example", VALUE, NULL};

static void adds_one_record_and_looks_the_zone_up_once(struct test *t)
{
    static const struct fake_exchange script[] = {
        ZONE,
        CREATE(200, DONE),
        CREATE(400, FAILED("81058", "An identical record already exists.")),
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(publisher_present(&w.p, &record, &err), 0);
    CHECK_INT(publisher_present(&w.p, &record, &err), 0);
    CHECK_STR(err.text, "");
    fake_publisher_done(&w);
}

static void removes_exactly_its_own(struct test *t)
{
    static const struct fake_exchange script[] = {
        ZONE,
        LIST(RECORD("a1", "other") "," RECORD("b2", "\\\"" VALUE "\\\"") "," RECORD(
            "c3", VALUE) "," RECORD("d4", "x" VALUE)),
        {"DELETE", API "/zones/023e105f/dns_records/b2", NULL, KEY, 200, DONE, NULL},
        {"DELETE", API "/zones/023e105f/dns_records/c3", NULL, KEY, 404,
         FAILED("81044", "Record does not exist."), NULL},
        LIST(""),
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(publisher_cleanup(&w.p, &record, &err), 0);
    CHECK_INT(publisher_cleanup(&w.p, &record, &err), 0);
    CHECK_STR(err.text, "");
    fake_publisher_done(&w);
}

static void a_zone_id_spares_the_look_up(struct test *t)
{
    static const struct fake_exchange script[] = {CREATE(200, DONE)};
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    w.conf.dns.cloudflare.zone_id = (char *)test_text(t, "023e105f");
    CHECK_INT(publisher_present(&w.p, &record, &err), 0);
    fake_publisher_done(&w);
}

static void refusals_are_one_clear_line(struct test *t)
{
    static const struct {
        struct fake_exchange first;
        const char *text, *hint;
    } cases[] = {
        {{"GET", API "/zones?name=acme.example", NULL, KEY, 403,
          FAILED("9109", "Invalid access token"), NULL},
         "cloudflare: zone acme.example: Invalid access token",
         "token_file"},
        {{"GET", API "/zones?name=acme.example", NULL, KEY, 200,
          "{\"success\":true,\"errors\":[],\"result\":[]}", NULL},
         "sees no such zone",
         "zone_id"},
        {{"GET", API "/zones?name=acme.example", NULL, KEY, 200,
          "{\"success\":true,\"result\":[{\"id\":\"../x\"}]}", NULL},
         "sees no such zone",
         "zone_id"},
        {{"GET", API "/zones?name=acme.example", NULL, KEY, 200, FAILED("1", "no\\nline"), NULL},
         "no?line",
         ""},
        {{"GET", API "/zones?name=acme.example", NULL, KEY, 500, "oops", NULL}, "is not JSON", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake_publisher w;
        struct err err = {0};
        REQUIRE(open_world(&w, t, &cases[i].first, 1));
        CHECK_INT(publisher_present(&w.p, &record, &err), -1);
        CHECK_INT(err.code, ERR_DNS);
        if (!CHECK(strstr(err.text, cases[i].text) != NULL))
            CHECK_STR(err.text, cases[i].text);
        CHECK(strstr(err.hint, cases[i].hint) != NULL);
        CHECK(strstr(err.text, "t0ps3cret") == NULL && strstr(err.hint, "t0ps3cret") == NULL);
        fake_publisher_done(&w);
    }
}

const struct test_case suite_publish_cloudflare[] = {
    {"adds_one_record_and_looks_the_zone_up_once", adds_one_record_and_looks_the_zone_up_once},
    {"removes_exactly_its_own", removes_exactly_its_own},
    {"a_zone_id_spares_the_look_up", a_zone_id_spares_the_look_up},
    {"refusals_are_one_clear_line", refusals_are_one_clear_line},
    {NULL, NULL},
};
