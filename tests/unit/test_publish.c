/* SPDX-License-Identifier: Apache-2.0 */
/* What is checked before any back end is asked, and what the settings must hold. */
#include "test.h"

#include "publish/publish.h"

#include <string.h>

#define VALUE "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"

static int count_call(void *self, const struct publish_record *r, struct err *err)
{
    (void)r;
    (void)err;
    ++*(int *)self;
    return 0;
}

static void hands_on_only_clean_records(struct test *t)
{
    static const struct {
        const char *fqdn, *value;
        bool good;
    } cases[] = {
        {"x1.acme.example.net", VALUE, true},
        {"_acme-challenge.vpn.example.com", "-" VALUE, false}, /* 44 characters */
        {"x1.acme.example.net", "", false},
        {"x1.acme.example.net", NULL, false},
        {"x1.acme.example.net", "$(rm -rf /)Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg", false},
        {"x1.acme.example.net", "gfj9Xq+Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_", false},
        {"x1;y.acme.example.net", VALUE, false},
        {"x1.acme.example.net.", VALUE, false},
        {"net", VALUE, false},
        {"", VALUE, false},
        {NULL, VALUE, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct publish_record r = {.fqdn = cases[i].fqdn, .value = cases[i].value};
        struct err err = {0};
        int calls = 0;
        struct publisher p = {
            .name = "fake", .present = count_call, .cleanup = count_call, .self = &calls};
        CHECK_INT(publisher_present(&p, &r, &err), cases[i].good ? 0 : -1);
        err_clear(&err);
        CHECK_INT(publisher_cleanup(&p, &r, &err), cases[i].good ? 0 : -1);
        CHECK_INT(calls, cases[i].good ? 2 : 0);
    }
}

static void check_refused(struct test *t, const struct conf *c, const char *want)
{
    struct publish_env env = {.conf = c, .clock = &os_clock};
    struct publisher p = {.name = NULL};
    struct err err = {0};

    if (!CHECK_INT(publisher_open(&p, &env, &err), -1)) {
        publisher_close(&p);
        return;
    }
    CHECK_INT(err.code, ERR_USAGE);
    if (!CHECK(strstr(err.text, want) != NULL))
        CHECK_STR(err.text, want);
}

static void names_the_setting_that_lacks(struct test *t)
{
    char key_name[] = "rras.key", none[] = "/nowhere/tsig.key", md5[] = "hmac-md5";
    char relative[] = "publish", absent[] = "/nowhere/publish";
    char *argv[1];
    struct conf c = {.name = NULL};

    check_refused(t, &c, "dns.provider: not given");
    c.dns.provider = CONF_MANUAL;
    check_refused(t, &c, "manual needs somebody at a terminal");
    c.dns.provider = CONF_BUILTIN;
    check_refused(t, &c, "builtin cannot be used");
    c.dns.provider = CONF_RFC2136;
    c.dns.rfc2136.key_name = key_name;
    check_refused(t, &c, "dns.rfc2136.key_file: not given");
    c.dns.rfc2136.key_file = none;
    c.dns.rfc2136.algorithm = md5;
    check_refused(t, &c, "hmac-md5: must be");
    c.dns.rfc2136.key_name = NULL;
    check_refused(t, &c, "dns.rfc2136.key_name: not given");
    c.dns.provider = CONF_EXEC;
    check_refused(t, &c, "dns.exec.command: not given");
    argv[0] = relative;
    c.dns.exec.command = (struct strings){argv, 1};
    check_refused(t, &c, "not an absolute path");
    argv[0] = absent;
    check_refused(t, &c, "");
}

static void a_tsig_secret_never_shows_in_an_error(struct test *t)
{
    static const char secret[] = "c2VjcmV0 is not base64!";
    const char *path = test_write(t, "tsig.key", secret, sizeof secret - 1);
    char key_name[] = "rras.key";
    struct conf c = {.name = NULL};
    struct publish_env env = {.conf = &c, .clock = &os_clock};
    struct publisher p = {.name = NULL};
    struct err err = {0};

    c.dns.provider = CONF_RFC2136;
    c.dns.rfc2136.key_name = key_name;
    c.dns.rfc2136.key_file = (char *)(uintptr_t)path; /* only read */
    REQUIRE(CHECK_INT(publisher_open(&p, &env, &err), -1));
    CHECK_INT(err.code, ERR_USAGE);
    CHECK(strstr(err.text, "c2Vj") == NULL && strstr(err.hint, "c2Vj") == NULL);
}

const struct test_case suite_publish[] = {
    {"hands_on_only_clean_records", hands_on_only_clean_records},
    {"names_the_setting_that_lacks", names_the_setting_that_lacks},
    {"a_tsig_secret_never_shows_in_an_error", a_tsig_secret_never_shows_in_an_error},
    {NULL, NULL},
};
