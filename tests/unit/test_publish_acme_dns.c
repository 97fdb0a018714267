/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_publisher.h"

#include "publish/publish.h"
#include "publish/registrations.h"

#include <string.h>

#define V1       "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n1"
#define V2       "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n2"
#define V3       "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n3"
#define API      "https://auth.example"
#define FULL     "d420c923.auth.example"
#define KEY      "X-Api-Key: t0ps3cret"
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define REGISTERED                                                                                 \
    "{\"username\":\"u-1\",\"password\":\"t0ps3cret\",\"fulldomain\":\"" FULL                      \
    "\",\"subdomain\":\"d420c923\",\"allowfrom\":[]}"
#define UPDATE(v, status, answer)                                                                  \
    {                                                                                              \
        "POST", API "/update", "{\"subdomain\":\"d420c923\",\"txt\":\"" v "\"}", KEY, status,      \
            answer, NULL                                                                           \
    }

static bool open_world(struct fake_publisher *w, struct test *t, const struct fake_exchange *script,
                       size_t count)
{
    struct err err = {0};

    fake_publisher_init(w, t, script, count);
    w->conf.dns.provider = CONF_ACME_DNS;
    w->conf.dns.acme_dns.api.url = (char *)test_text(t, API);
    if (!CHECK_INT(store_open(&w->store, test_path(t, "state"), STORE_WRITE, NULL, &err), 0))
        return false;
    return fake_publisher_open(w, t);
}

static void close_world(struct fake_publisher *w)
{
    fake_publisher_done(w);
    store_close(w->store);
}

static int put(struct fake_publisher *w, const char *value, struct err *err)
{
    const struct publish_record r = {.fqdn = FULL, .zone = "auth.example", .value = value};

    return publisher_present(&w->p, &r, err);
}

static void registers_a_name_once(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"POST", API "/register", "{\"allowfrom\":[]}", NULL, 201, REGISTERED, NULL},
        UPDATE(V1, 200, "{\"txt\":\"" V1 "\"}"),
    };
    struct fake_publisher w;
    struct err err = {0};
    char name[256];

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    for (int i = 0; i < 2; i++) {
        REQUIRE(CHECK_INT(w.p.target(w.p.self, "vpn.example.com", name, &err), 0));
        CHECK_STR(name, FULL);
    }
    CHECK_INT(put(&w, V1, &err), 0);
    CHECK_STR(err.text, "");
    close_world(&w);
}

static void the_third_value_is_refused(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"POST", API "/register", "{\"allowfrom\":[]}", NULL, 201, REGISTERED, NULL},
        UPDATE(V1, 200, ""),
        UPDATE(V2, 200, ""),
        UPDATE(V3, 200, ""),
    };
    const struct publish_record first = {.fqdn = FULL, .zone = "", .value = V1};
    struct fake_publisher w;
    struct err err = {0};
    char name[256];

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(w.p.target(w.p.self, "vpn.example.com", name, &err), 0);
    CHECK_INT(put(&w, V1, &err), 0);
    CHECK_INT(put(&w, V1, &err), 0); /* again is no error, and nothing is sent */
    CHECK_INT(put(&w, V2, &err), 0);
    CHECK_INT(put(&w, V3, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.text, "keeps two") != NULL);
    err_clear(&err);
    CHECK_INT(publisher_cleanup(&w.p, &first, &err), 0);
    CHECK_INT(put(&w, V3, &err), 0);
    close_world(&w);
}

static void refusals_are_one_clear_line(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"POST", API "/register", "{\"allowfrom\":[]}", NULL, 404, "", NULL},
        {"POST", API "/register", "{\"allowfrom\":[]}", NULL, 201, "{\"username\":\"a b\"}", NULL},
        {"POST", API "/register", "{\"allowfrom\":[]}", NULL, 201, REGISTERED, NULL},
        UPDATE(V1, 401, "{\"error\":\"forbidden\"}"),
    };
    static const char *const texts[] = {"acme-dns: registration", "is not of its form"};
    struct fake_publisher w;
    struct err err = {0};
    char name[256];

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(put(&w, V1, &err), -1); /* before any registration */
    CHECK(strstr(err.text, "is no name that we registered") != NULL);
    for (size_t i = 0; i < COUNT(texts); i++) {
        err_clear(&err);
        CHECK_INT(w.p.target(w.p.self, "vpn.example.com", name, &err), -1);
        CHECK_INT(err.code, ERR_DNS);
        CHECK(strstr(err.text, texts[i]) != NULL);
    }
    err_clear(&err);
    CHECK_INT(w.p.target(w.p.self, "vpn.example.com", name, &err), 0);
    CHECK_INT(put(&w, V1, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.text, "acme-dns: " FULL ": forbidden") != NULL);
    CHECK(strstr(err.hint, "allow_from") != NULL);
    CHECK(strstr(err.text, "t0ps3cret") == NULL && strstr(err.hint, "t0ps3cret") == NULL);
    close_world(&w);
}

const struct test_case suite_publish_acme_dns[] = {
    {"registers_a_name_once", registers_a_name_once},
    {"the_third_value_is_refused", the_third_value_is_refused},
    {"refusals_are_one_clear_line", refusals_are_one_clear_line},
    {NULL, NULL},
};
