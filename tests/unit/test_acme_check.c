/* SPDX-License-Identifier: Apache-2.0 */
#include "acme/check.h"

#include "fake_ca.h"
#include "issue.h"
#include "test.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct fake_ca *ca;
    struct conf conf;
    struct store *store;
    struct acme_env env;
    struct checks found;
};

static void world_open(struct world *w, struct test *t)
{
    struct err err = {0};
    *w = (struct world){.ca = calloc(1, sizeof *w->ca)};
    if (!w->ca)
        abort();
    fake_ca_init(w->ca);
    w->conf.acme.agree_tos = true;
    w->conf.key = KEY_EC256;
    CHECK(text_dup(&w->conf.name, "vpn", &err) == 0 &&
          text_dup(&w->conf.acme.directory, "https://ca.test/dir", &err) == 0 &&
          strings_add(&w->conf.names, "a.test", &err) == 0 &&
          strings_add(&w->conf.names, "*.a.test", &err) == 0 &&
          store_open(&w->store, test_path(t, "state"), STORE_WRITE, NULL, &err) == 0);
    w->env = (struct acme_env){
        .https = &w->ca->https, .clock = &w->ca->clock, .store = w->store, .log = NULL};
}

static void world_close(struct world *w)
{
    checks_clear(&w->found);
    store_close(w->store);
    conf_clear(&w->conf);
    fake_ca_clear(w->ca);
    free(w->ca);
}

static void look(struct world *w, struct test *t)
{
    struct check_task task = {.env = &w->env, .dns = &w->ca->dns, .conf = &w->conf};
    struct err err = {0};
    checks_clear(&w->found);
    CHECK_INT(check_run(&task, &w->found, &err), 0);
}

/* The check of this id as "level: finding", "" if there is none. */
static const char *finding(const struct world *w, struct test *t, const char *id)
{
    for (size_t i = 0; i < w->found.n; i++) {
        const struct check *c = &w->found.v[i];
        if (strcmp(c->id, id) == 0)
            return test_text(t, "%s: %s", check_level_name(c->level), c->finding);
    }
    return "";
}

static void finds_all_well(struct test *t)
{
    struct world w;
    world_open(&w, t);
    w.ca->offers_profiles = true;
    look(&w, t);
    CHECK_STR(finding(&w, t, "ca.directory"),
              "ok: https://ca.test/dir answers; renewal information (ARI): no\n"
              "profile classic: as ever\nprofile shortlived: six days");
    CHECK_STR(finding(&w, t, "ca.clock"), "ok: they agree");
    CHECK_STR(finding(&w, t, "ca.account"), "note: none yet; the first run registers one");
    CHECK_STR(finding(&w, t, "dns.chain"),
              "ok: _acme-challenge.a.test (zone prod.test, asked 192.0.2.1:53): CNAME "
              "a.test.acme.test, TTL 300 s\n"
              "a.test.acme.test (zone acme.test, asked 192.0.2.1:53): end of the chain");
    CHECK(strstr(finding(&w, t, "dns.zone"), "acme.test, primary server ns1.acme.test; a \"no\" is "
                                             "remembered for 300 s") != NULL);
    CHECK_STR(finding(&w, t, "dns.servers"), "ok: NS1.acme.test 192.0.2.1:53");
    CHECK(text_starts(finding(&w, t, "dns.write"), "ok: "));
    CHECK_INT(w.found.n, 11);
    CHECK_INT(w.ca->requests, 1); /* no order, no account */
    CHECK_INT(w.ca->txt_count, 0);
    world_close(&w);
}

static void knows_the_account(struct test *t)
{
    struct world w;
    struct bundle b = {0};
    struct err err = {0};
    world_open(&w, t);
    struct issue_task task = {&w.env, &w.ca->dns, &w.conf, NULL};
    CHECK_INT(issue_run(&task, &b, &err), 0);
    look(&w, t);
    CHECK_STR(finding(&w, t, "ca.account"), "ok: https://ca.test/a/0: valid");
    fake_ca_forget(w.ca);
    look(&w, t);
    CHECK(text_starts(finding(&w, t, "ca.account"), "warn: https://ca.test/a/0: "));
    bundle_clear(&b);
    world_close(&w);
}

static const char *cure(const struct world *w, const char *id)
{
    for (size_t i = 0; i < w->found.n; i++) {
        if (strcmp(w->found.v[i].id, id) == 0)
            return w->found.v[i].cure ? w->found.v[i].cure : "";
    }
    return "";
}

static void judges_caa_records(struct test *t)
{
    struct world w;
    struct bundle b = {0};
    struct err err = {0};
    world_open(&w, t);
    struct issue_task task = {&w.env, &w.ca->dns, &w.conf, NULL};
    w.ca->caa_identity = "ca.test";
    look(&w, t); /* no account, so no record to suggest */
    CHECK_STR(finding(&w, t, "dns.caa"), "ok: no records, here or above: any CA may issue");
    w.ca->caa = "ca.test; accounturi=https://ca.test/a/7";
    look(&w, t);
    CHECK(text_starts(finding(&w, t, "dns.caa"), "warn: a.test. CAA 0 issue \"ca.test; "));
    w.ca->caa = "ca.test";
    CHECK_INT(issue_run(&task, &b, &err), 0);
    bundle_clear(&b);
    look(&w, t);
    CHECK_STR(finding(&w, t, "dns.caa"),
              "ok: a.test. CAA 0 issue \"ca.test\": lets this CA issue\n"
              "a record for this account alone: a.test. CAA 0 issue \"ca.test; "
              "accounturi=https://ca.test/a/0; validationmethods=dns-01\"");
    w.ca->caa = "other.test";
    look(&w, t);
    CHECK(text_starts(finding(&w, t, "dns.caa"),
                      "fail: a.test. CAA 0 issue \"other.test\": is not for this CA, whose name "
                      "would be \"ca.test\""));
    CHECK(text_starts(cure(&w, "dns.caa"), "add or replace by: a.test. CAA 0 issue \"ca.test; "));
    w.ca->fail_caa = true;
    look(&w, t);
    CHECK(text_starts(finding(&w, t, "dns.caa"), "warn: zone a.test: "));
    CHECK(strstr(cure(&w, "dns.caa"), "refuses to issue while this lasts") != NULL);
    world_close(&w);
}

static void tells_of_bogus_signatures(struct test *t)
{
    struct world w;
    world_open(&w, t);
    look(&w, t);
    CHECK_STR(finding(&w, t, "dns.dnssec"), "ok: asked");
    w.ca->bogus_zone = "prod.test"; /* that of the CNAME, not the delegated one */
    look(&w, t);
    CHECK_STR(finding(&w, t, "dns.dnssec"), "fail: asked");
    CHECK(strstr(cure(&w, "dns.dnssec"), "dig prod.test DNSKEY") != NULL);
    world_close(&w);
}

static void registers_when_the_name_depends_on_it(struct test *t)
{
    struct world w;
    world_open(&w, t);
    w.conf.acme.challenge = CONF_DNS_ACCOUNT_01;
    w.conf.acme.agree_tos = false;
    w.ca->wants_terms = true;
    look(&w, t); /* not without consent */
    CHECK(text_starts(finding(&w, t, "ca.account"), "fail: "));
    CHECK(text_starts(finding(&w, t, "dns.chain"), "skip: "));
    CHECK_INT(w.ca->new_accounts, 0);
    w.conf.acme.agree_tos = true;
    look(&w, t);
    CHECK(
        text_starts(finding(&w, t, "ca.account"), "ok: https://ca.test/a/0: registered just now"));
    CHECK(text_starts(finding(&w, t, "dns.chain"), "ok: _") &&
          strstr(finding(&w, t, "dns.chain"), "._acme-challenge.a.test (zone") != NULL);
    look(&w, t);
    CHECK_STR(finding(&w, t, "ca.account"), "ok: https://ca.test/a/0: valid");
    CHECK_INT(w.ca->new_accounts, 1);
    CHECK_INT(w.ca->new_orders, 0);
    world_close(&w);
}

static void tells_what_is_wrong(struct test *t)
{
    struct world w;
    struct err err = {0};
    world_open(&w, t);
    w.ca->clock_offset_s = -400;
    w.ca->wants_terms = true;
    w.conf.acme.agree_tos = false;
    w.ca->fail_wait = true;
    CHECK_INT(text_dup(&w.conf.acme.profile, "none", &err), 0);
    look(&w, t);
    CHECK_STR(finding(&w, t, "ca.clock"), "warn: this machine's clock is 400 s ahead of the CA's");
    CHECK(text_starts(finding(&w, t, "ca.account"), "fail: "));
    CHECK(text_starts(finding(&w, t, "ca.profile"), "fail: "));
    CHECK_STR(finding(&w, t, "dns.write"), "fail: a.test.acme.test: not seen on NS1.acme.test");
    CHECK(text_starts(finding(&w, t, "dns.server"), "ok: ")); /* each server by itself */
    CHECK_INT(w.ca->txt_count, 0);
    world_close(&w);
}

static void gives_the_record_to_create(struct test *t)
{
    struct world w;
    world_open(&w, t);
    w.ca->not_delegated = true;
    look(&w, t);
    CHECK(text_starts(finding(&w, t, "dns.chain"), "fail: _acme-challenge.a.test: "));
    bool told = false;
    for (size_t i = 0; i < w.found.n; i++)
        told |= w.found.v[i].cure && strstr(w.found.v[i].cure, "_acme-challenge.a.test. CNAME ");
    CHECK(told);
    CHECK_STR(finding(&w, t, "dns.write"), "");
    world_close(&w);
}

static void tells_what_may_come_by_itself(struct test *t)
{
    static const struct {
        bool not_delegated, fail_present, fail_wait;
        const char *awaited; /* ids */
    } cases[] = {{true, false, false, "dns.chain dns.chain "},
                 {false, true, false, ""}, /* a credential */
                 {false, false, true, ""}, /* no server lacks it: it cannot be seen */
                 {false, false, false, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[200] = "";
        struct world w;
        world_open(&w, t);
        w.ca->not_delegated = cases[i].not_delegated;
        w.ca->fail_present = cases[i].fail_present;
        w.ca->fail_wait = cases[i].fail_wait;
        look(&w, t);
        for (size_t k = 0; k < w.found.n; k++)
            if (w.found.v[k].awaited)
                snprintf(got + strlen(got), sizeof got - strlen(got), "%s ", w.found.v[k].id);
        CHECK_STR(got, cases[i].awaited);
        world_close(&w);
    }
}

static void looks_at_the_delegation_alone(struct test *t)
{
    struct world w;
    world_open(&w, t);
    struct check_task task = {
        .env = &w.env, .dns = &w.ca->dns, .conf = &w.conf, .delegation_only = true};
    struct err err = {0};
    CHECK_INT(check_run(&task, &w.found, &err), 0);
    CHECK_INT(w.found.n, 0);
    w.ca->not_delegated = true;
    CHECK_INT(check_run(&task, &w.found, &err), 0);
    CHECK_STR(finding(&w, t, "ca.directory"), "");
    CHECK(strstr(finding(&w, t, "dns.chain"), "it is not delegated") != NULL);
    CHECK(w.found.n > 0 && w.found.v[0].awaited);
    world_close(&w);
}

static void goes_on_without_a_ca(struct test *t)
{
    struct world w;
    world_open(&w, t);
    w.ca->dead = true;
    w.env.store = NULL;
    look(&w, t);
    CHECK(text_starts(finding(&w, t, "ca.directory"), "fail: "));
    CHECK(text_starts(finding(&w, t, "dns.chain"), "ok: "));
    CHECK(text_starts(finding(&w, t, "dns.write"), "skip: "));
    world_close(&w);
}

const struct test_case suite_acme_check[] = {
    {"finds_all_well", finds_all_well},
    {"knows_the_account", knows_the_account},
    {"judges_caa_records", judges_caa_records},
    {"registers_when_the_name_depends_on_it", registers_when_the_name_depends_on_it},
    {"tells_of_bogus_signatures", tells_of_bogus_signatures},
    {"tells_what_is_wrong", tells_what_is_wrong},
    {"gives_the_record_to_create", gives_the_record_to_create},
    {"goes_on_without_a_ca", goes_on_without_a_ca},
    {"tells_what_may_come_by_itself", tells_what_may_come_by_itself},
    {"looks_at_the_delegation_alone", looks_at_the_delegation_alone},
    {NULL, NULL},
};
