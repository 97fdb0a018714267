/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "acme.h"
#include "publish/publish.h"

#include <string.h>

#define VALUE "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"

struct person {
    struct buf told;
    bool gives_up;
};

static void tell(void *user, const char *text)
{
    struct person *p = user;
    buf_puts(&p->told, text);
}

static int done(void *user, const char *question, struct err *err)
{
    struct person *p = user;
    buf_addf(&p->told, "(%s)", question);
    return p->gives_up ? err_set(err, ERR_POSTPONED, "given up") : 0;
}

static void shows_records_and_waits_once(struct test *t)
{
    struct person person = {.told = BUF_INIT(4096)};
    const struct acme_console console = {tell, done, &person};
    struct conf conf = {.dns.provider = CONF_MANUAL};
    const struct publish_env env = {.conf = &conf, .clock = &os_clock, .console = &console};
    const struct publish_record r = {.fqdn = "x1.acme.example.net", .value = VALUE};
    struct publisher p = {.name = NULL};
    struct err err = {0};

    REQUIRE(publisher_open(&p, &env, &err) == 0);
    CHECK_STR(p.name, "manual");
    CHECK_INT(publisher_present(&p, &r, &err), 0);
    CHECK_STR(buf_str(&person.told), "\nCreate this record, beside those that are there:\n\n"
                                     "    x1.acme.example.net. TXT \"" VALUE "\"\n\n");
    buf_reset(&person.told);
    CHECK_INT(publisher_ready(&p, &err), 0);
    CHECK_STR(buf_str(&person.told), "(Press Enter once all of them are there (n gives up): )");
    buf_reset(&person.told);
    CHECK_INT(publisher_cleanup(&p, &r, &err), 0);
    CHECK(strstr(buf_str(&person.told), "remove it:\n\n    x1.acme.example.net. TXT") != NULL);
    person.gives_up = true;
    CHECK_INT(publisher_ready(&p, &err), -1);
    CHECK_INT(err.code, ERR_POSTPONED);
    publisher_close(&p);
    buf_clear(&person.told);
}

static void is_refused_when_nobody_is_there(struct test *t)
{
    struct conf conf = {.dns.provider = CONF_MANUAL};
    const struct publish_env env = {.conf = &conf, .clock = &os_clock};
    struct publisher p = {.name = NULL};
    struct err err = {0};

    CHECK_INT(publisher_open(&p, &env, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK(strstr(err.hint, "by hand") != NULL);
}

const struct test_case suite_publish_manual[] = {
    {"shows_records_and_waits_once", shows_records_and_waits_once},
    {"is_refused_when_nobody_is_there", is_refused_when_nobody_is_there},
    {NULL, NULL},
};
