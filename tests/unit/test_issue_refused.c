/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused before a CA gets an order. */
#include "account_label.h"
#include "issue_world.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static struct tally {
    int asked, ordered, failed;
    char names[200]; /* that failed */
    bool refuse;
} * tally_of(void *user)
{
    return user;
}

static int tally_may_order(void *user, struct err *err)
{
    tally_of(user)->asked++;
    return tally_of(user)->refuse ? err_set(err, ERR_POSTPONED, "not now") : 0;
}

static void tally_ordered(void *user)
{
    tally_of(user)->ordered++;
}

static void tally_failed(void *user, const char *name)
{
    struct tally *n = tally_of(user);
    size_t len = strlen(n->names);
    n->failed++;
    snprintf(n->names + len, sizeof n->names - len, "%s ", name);
}

static void keeps_the_books(struct test *t)
{
    struct issue_world w;
    struct tally n = {0};
    const struct acme_budget budget = {tally_may_order, tally_ordered, tally_failed, &n};
    issue_world_open(&w, t, "state");
    w.env.budget = &budget;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_INT(n.ordered, 1);
    CHECK_INT(n.failed, 0);

    w.ca->fail_validation = "dns";
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(n.ordered, 2);
    CHECK_INT(n.failed, 1);
    CHECK_STR(n.names, "vpn.a.test ");

    w.ca->fail_validation = NULL; /* taken up again, it is no new order */
    w.ca->dead = false;
    w.ca->fault = FAKE_DIES;
    w.ca->fault_at = w.ca->requests + 4;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(n.ordered, 3);
    w.ca->fault = FAKE_NONE;
    w.ca->dead = false;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_INT(n.ordered, 3);
    CHECK_INT(n.asked, 3);

    n.refuse = true;
    size_t orders = w.ca->new_orders;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK_INT(w.ca->new_orders, orders);
    issue_world_close(&w);
}

static void wants_delegation_first(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->not_delegated = true;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    CHECK(strstr(w.err.hint, "_acme-challenge.vpn.a.test. CNAME ") != NULL);
    CHECK_INT(w.ca->requests, 0);

    w.conf.dns.provider = CONF_RFC2136;
    issue_dup(&w.conf.dns.rfc2136.zone, "Prod.test."); /* said in so many words */
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    issue_dup(&w.conf.dns.rfc2136.zone, "acme.test");
    CHECK_INT(issue_run_once(&w, NULL), -1);
    issue_dup(&w.conf.dns.target, "_acme-challenge.vpn.a.test");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    issue_dup(&w.conf.dns.target, "elsewhere.acme.test");
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    w.ca->fail_find = true;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_STR(w.err.text, "vpn.a.test: no server answers");
    issue_world_close(&w);
}

static void obeys_caa_records(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->caa_identity = "ca.test";
    w.ca->caa = "other.test";
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    CHECK_STR(w.err.text, "vpn.a.test: its CAA records forbid the certificate: vpn.a.test. CAA 0 "
                          "issue \"other.test\": is not for this CA, whose name would be "
                          "\"ca.test\"");
    CHECK(strstr(w.err.hint, "vpn.a.test. CAA 0 issue \"ca.test; "
                             "accounturi=https://ca.test/a/0; validationmethods=dns-01\"") != NULL);
    CHECK_INT(w.ca->new_orders, 0);
    w.ca->caa = "ca.test; accounturi=https://ca.test/a/0; validationmethods=dns-01";
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    w.ca->fail_caa = true; /* our own trouble: the CA is left to judge */
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.warned, "refuses to issue while this lasts") != NULL);
    w.ca->fail_caa = false;
    w.ca->caa = "other.test";
    w.ca->caa_identity = NULL; /* the CA does not say who it is */
    w.ca->now_ms += 2 * 86400 * 1000;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.warned, "does not tell its CAA names") != NULL);
    issue_world_close(&w);
}

static void proves_by_the_accounts_own_name(struct test *t)
{
    struct issue_world w;
    char label[ACCOUNT_LABEL_CHARS + 1];
    account_label("https://example.com/acme/acct/ExampleAccount", label);
    CHECK_STR(label, "_ujmmovf2vn55tgye"); /* the example of the draft */
    issue_world_open(&w, t, "state");
    w.conf.acme.challenge = CONF_DNS_ACCOUNT_01;
    w.ca->challenge = "dns-account-01";
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    issue_check_clean(&w);
    account_label("https://ca.test/a/0", label);
    CHECK_STR(w.steps.v[1].name, "delegation"); /* after the account */
    CHECK_STR(w.steps.v[1].after,
              test_text(t,
                        "%s._acme-challenge.vpn.a.test -> %s.vpn.a.test.acme.test (zone acme.test)",
                        label, label));
    fake_ca_forget(w.ca); /* another account URL, another name */
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 2);
    issue_check_clean(&w);
    w.ca->challenge = NULL;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_STR(w.err.text, "vpn.a.test: the CA offers no dns-account-01 challenge");
    issue_world_close(&w);
}

static void wants_terms_and_binding(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->wants_terms = true;
    w.conf.acme.agree_tos = false;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_USAGE);
    CHECK(strstr(w.err.text, "https://ca.test/terms") != NULL);
    CHECK_INT(w.ca->requests, 1);
    w.conf.acme.agree_tos = true;
    w.ca->wants_eab = true;
    w.ca->now_ms += 2LL * 86400 * 1000; /* past the cached directory */
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_USAGE);
    CHECK(strstr(w.err.hint, "acme.eab") != NULL);
    issue_dup(&w.conf.acme.eab_kid, "kid-1");
    issue_dup(&w.conf.acme.eab_hmac_key_file, test_write(t, "eab.key", "AAEC+/8=\n", 9));
    if (issue_run_once(&w, NULL) == 0)
        CHECK(strstr(w.ca->account_payload[0], "externalAccountBinding") != NULL);
    else
        CHECK(strstr(w.err.text, "eab.key") != NULL); /* where others may read a test's files */
    issue_world_close(&w);
}

static void refuses_odd_contacts(struct test *t)
{
    static const char *const odd[] = {"ops", "a@a.test,b@b.test", "a@a.test?subject=x"};
    struct issue_world w;
    issue_world_open(&w, t, "state");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        issue_dup(&w.conf.acme.email, odd[i]);
        CHECK_INT(issue_run_once(&w, NULL), -1);
        CHECK_INT(w.err.code, ERR_USAGE);
    }
    CHECK_INT(w.ca->new_accounts, 0);
    issue_world_close(&w);
}

static void passes_the_cas_refusal_on(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->refuse_order = "rejectedIdentifier";
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_CA);
    CHECK_STR(w.err.problem, "rejectedIdentifier");
    CHECK_STR(w.err.text, "new order: rejectedIdentifier: as the test says");
    CHECK_INT(w.ca->new_orders, 1);
    issue_check_clean(&w);
    issue_world_close(&w);
}

const struct test_case suite_issue_refused[] = {
    {"keeps_the_books", keeps_the_books},
    {"wants_delegation_first", wants_delegation_first},
    {"obeys_caa_records", obeys_caa_records},
    {"proves_by_the_accounts_own_name", proves_by_the_accounts_own_name},
    {"wants_terms_and_binding", wants_terms_and_binding},
    {"refuses_odd_contacts", refuses_odd_contacts},
    {"passes_the_cas_refusal_on", passes_the_cas_refusal_on},
    {NULL, NULL},
};
