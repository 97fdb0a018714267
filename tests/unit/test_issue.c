/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate from a CA that misbehaves in every way we could think of. */
#include "account_label.h"
#include "fake_ca.h"
#include "issue.h"
#include "test.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a machine with a state folder, and a CA ---- */

struct world {
    struct test *t;
    struct fake_ca *ca;
    struct conf conf;
    struct store *store;
    struct steps steps;
    struct acme_env env;
    struct bundle got;
    struct err err;
    char warned[8192];
};

static void remember(void *user, enum log_level level, const char *text)
{
    struct world *w = user;
    size_t n = strlen(w->warned);
    if (level <= LOG_WARN)
        snprintf(w->warned + n, sizeof w->warned - n, "%s\n", text);
}

static const struct log *world_log(struct world *w, struct log *log)
{
    *log = (struct log){LOG_WARN, remember, w};
    return log;
}

static void dup_into(char **out, const char *s)
{
    struct err err = {0};
    free(*out);
    *out = NULL;
    if (s && text_dup(out, s, &err))
        abort();
}

static void set_names(struct world *w, const char *a, const char *b)
{
    struct err err = {0};
    strings_clear(&w->conf.names);
    if (strings_add(&w->conf.names, a, &err) || (b && strings_add(&w->conf.names, b, &err)))
        abort();
}

static void open_store(struct world *w, const char *folder)
{
    struct err err = {0};
    struct test *t = w->t;
    if (!CHECK_INT(store_open(&w->store, test_path(w->t, folder), STORE_WRITE, NULL, &err), 0))
        CHECK_STR(err.text, "");
}

static void world_open(struct world *w, struct test *t, const char *folder)
{
    *w = (struct world){.t = t, .ca = calloc(1, sizeof *w->ca)};
    if (!w->ca)
        abort();
    fake_ca_init(w->ca);
    dup_into(&w->conf.name, "vpn");
    dup_into(&w->conf.acme.directory, "https://ca.test/dir");
    dup_into(&w->conf.acme.email, "ops@a.test");
    w->conf.acme.agree_tos = true;
    w->conf.key = KEY_EC256;
    set_names(w, "vpn.a.test", NULL);
    open_store(w, folder);
    w->env = (struct acme_env){
        .https = &w->ca->https, .clock = &w->ca->clock, .store = w->store, .steps = &w->steps};
}

static void world_close(struct world *w)
{
    bundle_clear(&w->got);
    steps_clear(&w->steps);
    store_close(w->store);
    conf_clear(&w->conf);
    fake_ca_clear(w->ca);
    free(w->ca);
}

/* One run of the program. */
static int run(struct world *w, const struct cert_info *replaces)
{
    struct log log;
    struct acme_env env = w->env;
    env.log = world_log(w, &log);
    struct issue_task task = {&env, &w->ca->dns, &w->conf, replaces};
    bundle_clear(&w->got);
    err_clear(&w->err);
    w->warned[0] = '\0';
    return issue_run(&task, &w->got, &w->err);
}

/* As run, followed by what the program does with the bundle. */
static int run_and_store(struct world *w, const struct cert_info *replaces)
{
    struct err err = {0};
    int rc = run(w, replaces);
    if (rc)
        return rc;
    return store_hold(w->store, "vpn", &w->got, &err) || acme_issue_done(&w->env, &w->conf, &err);
}

static const char *record(struct world *w, const char *rel)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct err err = {0};
    const char *text = store_get(w->store, rel, &b, &err) ? "" : test_text(w->t, "%s", buf_str(&b));
    buf_clear(&b);
    return text;
}

/* Nothing of ours is left in DNS or in the journal, and the CA had nothing to complain about. */
static void check_clean(struct world *w)
{
    struct test *t = w->t;
    CHECK_INT(w->ca->txt_count, 0);
    CHECK(strstr(record(w, "journal/dns.json"), "vpn") == NULL);
    CHECK_STR(w->ca->complaint, "");
}

static void check_bundle(struct world *w)
{
    struct test *t = w->t;
    if (!CHECK_STR(w->err.text, ""))
        return;
    CHECK(w->got.key != NULL);
    CHECK_INT(w->got.chain.count, 2);
    CHECK_INT(w->got.leaf.name_count, w->conf.names.n);
}

/* ---- the usual ---- */

static void issues_for_the_first_time(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->wants_terms = true;
    CHECK_INT(run(&w, NULL), 0);
    check_bundle(&w);
    check_clean(&w);
    CHECK_INT(w.ca->requests, 10);
    CHECK_STR(w.ca->trace, "GET /dir 200\nHEAD /nonce 200\nPOST /acct 201\nPOST /order 201\n"
                           "POST /z/0/0 200\nPOST /c/0/0 200\nPOST /z/0/0 200\nPOST /f/0 200\n"
                           "POST /o/0 200\nPOST /cert/0 200\n");
    CHECK_STR(w.ca->account_payload[0],
              "{\"termsOfServiceAgreed\":true,\"contact\":[\"mailto:ops@a.test\"]}");
    const char *const names[] = {"delegation",  "account",  "caa",      "order",   "publish",
                                 "propagation", "validate", "finalize", "download"};
    REQUIRE(w.steps.n == sizeof names / sizeof names[0]);
    for (size_t i = 0; i < w.steps.n; i++) {
        CHECK_STR(w.steps.v[i].name, names[i]);
        CHECK(w.steps.v[i].ok);
    }
    CHECK_STR(w.steps.v[0].after,
              "_acme-challenge.vpn.a.test -> vpn.a.test.acme.test (zone acme.test)");
    struct err err = {0};
    CHECK(store_has(w.store, "certs/vpn/order.json"));
    CHECK_INT(acme_issue_done(&w.env, &w.conf, &err), 0);
    CHECK(!store_has(w.store, "certs/vpn/order.json"));
    CHECK(!store_has(w.store, "certs/vpn/order.key"));
    CHECK(!store_has(w.store, "certs/vpn/order.csr"));
    world_close(&w);
}

static void renews_with_few_requests(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    CHECK_INT(run_and_store(&w, NULL), 0);
    w.ca->requests = 0;
    w.ca->now_ms += 3600 * 1000;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->requests, 8); /* directory and account known */
    w.ca->requests = 0;
    w.ca->now_ms += 60LL * 86400 * 1000;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->requests, 9);
    CHECK_INT(w.ca->new_accounts, 1);
    CHECK_INT(w.ca->order_count, 3);
    check_clean(&w);
    world_close(&w);
}

static void keeps_a_nonce_for_the_next_run(struct test *t)
{
    static const char *const kept = "accounts/ca.test_3f0f069f/nonce.json";
    struct world w;
    world_open(&w, t, "state");
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(store_has(w.store, kept));
    w.ca->trace[0] = '\0';
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "/nonce") == NULL);
    CHECK(text_starts(w.ca->trace, "POST /order 201\n"));
    w.ca->trace[0] = '\0'; /* one that the CA does not know (any more) costs as much as fetching */
    memset(w.ca->nonce_used, true, sizeof w.ca->nonce_used / 2);
    w.ca->nonces = sizeof w.ca->nonce_used / 2;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "POST /order 400\nPOST /order 201\n"));
    CHECK_STR(w.warned, "");
    w.ca->trace[0] = '\0'; /* too old, or of a clock that ran ahead */
    w.ca->now_ms += 3600 * 1000;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "HEAD /nonce 200\nPOST /order 201\n"));
    w.ca->trace[0] = '\0';
    w.ca->now_ms -= 60 * 1000;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "HEAD /nonce 200\nPOST /order 201\n"));
    check_clean(&w);
    world_close(&w);
}

/* It is gone from the store before it is used: what a crash interrupts is not tried again. */
static void a_kept_nonce_is_used_once(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    CHECK_INT(run_and_store(&w, NULL), 0);
    w.ca->dead = true;
    CHECK_INT(run_and_store(&w, NULL), -1);
    w.ca->dead = false;
    w.ca->trace[0] = '\0';
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "HEAD /nonce 200\nPOST /order 201\n"));
    world_close(&w);
}

static void publishes_all_values_before_it_answers(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    set_names(&w, "a.test", "*.a.test");
    w.ca->slow_validation = 2;
    CHECK_INT(run(&w, NULL), 0);
    check_bundle(&w);
    check_clean(&w);
    CHECK_INT(w.ca->finds, 1);
    CHECK_INT(w.ca->waits, 1);
    CHECK_INT(w.ca->max_values, 2);
    world_close(&w);
}

/* One request tells of all, whether they are valid or one has failed. */
static void asks_the_order_when_there_are_several(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    set_names(&w, "a.test", "b.test");
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "POST /c/0/1 200\nPOST /o/0 200\nPOST /f/0 200\n"));
    w.ca->trace[0] = '\0';
    w.ca->slow_validation = 2; /* then now and then at each; this CA shuffles them */
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "POST /c/1/0 200\nPOST /o/1 200\nPOST /o/1 200\nPOST /z/1/1 200\n"
                              "POST /z/1/0 200\nPOST /f/1 200\n"));
    w.ca->trace[0] = '\0';
    w.ca->slow_validation = 0;
    w.ca->fail_validation = "dns";
    CHECK_INT(run(&w, NULL), -1);
    CHECK(strstr(w.ca->trace, "POST /c/2/0 200\nPOST /o/2 200\nPOST /z/2/1 200\n"));
    CHECK(strstr(w.err.text, "validation") != NULL);
    world_close(&w);
}

static void survives_equal_tokens(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    set_names(&w, "a.test", "*.a.test");
    w.ca->same_token = true;
    CHECK_INT(run(&w, NULL), 0);
    check_bundle(&w);
    check_clean(&w);
    CHECK_INT(w.ca->max_values, 1);
    world_close(&w);
}

static void asks_for_a_profile(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->offers_profiles = true;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_STR(w.ca->order[0].profile, "classic"); /* a subject, whatever the CA's default */
    dup_into(&w.conf.acme.profile, "shortlived");
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_STR(w.ca->order[1].profile, "shortlived");
    dup_into(&w.conf.acme.profile, "shortlifed");
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_USAGE);
    CHECK(strstr(w.err.text, "classic, shortlived") != NULL);
    CHECK_INT(w.ca->new_orders, 2);
    world_close(&w);
}

static void takes_the_preferred_chain(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    dup_into(&w.conf.acme.preferred_chain, "Other Root");
    CHECK_INT(run_and_store(&w, NULL), 0);
    check_bundle(&w);
    CHECK(strstr(w.ca->trace, "POST /cert/0/other 200") != NULL);
    dup_into(&w.conf.acme.preferred_chain, "No Such Root");
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.warned, "No Such Root") != NULL);
    world_close(&w);
}

/* ---- refusals before an order ---- */

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
    struct world w;
    struct tally n = {0};
    const struct acme_budget budget = {tally_may_order, tally_ordered, tally_failed, &n};
    world_open(&w, t, "state");
    w.env.budget = &budget;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_INT(n.ordered, 1);
    CHECK_INT(n.failed, 0);

    w.ca->fail_validation = "dns";
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(n.ordered, 2);
    CHECK_INT(n.failed, 1);
    CHECK_STR(n.names, "vpn.a.test ");

    w.ca->fail_validation = NULL; /* taken up again, it is no new order */
    w.ca->dead = false;
    w.ca->fault = FAKE_DIES;
    w.ca->fault_at = w.ca->requests + 4;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(n.ordered, 3);
    w.ca->fault = FAKE_NONE;
    w.ca->dead = false;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_INT(n.ordered, 3);
    CHECK_INT(n.asked, 3);

    n.refuse = true;
    size_t orders = w.ca->new_orders;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK_INT(w.ca->new_orders, orders);
    world_close(&w);
}

static void wants_delegation_first(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->not_delegated = true;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    CHECK(strstr(w.err.hint, "_acme-challenge.vpn.a.test. CNAME ") != NULL);
    CHECK_INT(w.ca->requests, 0);

    w.conf.dns.provider = CONF_RFC2136;
    dup_into(&w.conf.dns.rfc2136.zone, "Prod.test."); /* said in so many words */
    CHECK_INT(run_and_store(&w, NULL), 0);
    dup_into(&w.conf.dns.rfc2136.zone, "acme.test");
    CHECK_INT(run(&w, NULL), -1);
    dup_into(&w.conf.dns.target, "_acme-challenge.vpn.a.test");
    CHECK_INT(run_and_store(&w, NULL), 0);
    dup_into(&w.conf.dns.target, "elsewhere.acme.test");
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    w.ca->fail_find = true;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_STR(w.err.text, "vpn.a.test: no server answers");
    world_close(&w);
}

static void obeys_caa_records(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->caa_identity = "ca.test";
    w.ca->caa = "other.test";
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    CHECK_STR(w.err.text, "vpn.a.test: its CAA records forbid the certificate: vpn.a.test. CAA 0 "
                          "issue \"other.test\": is not for this CA, whose name would be "
                          "\"ca.test\"");
    CHECK(strstr(w.err.hint, "vpn.a.test. CAA 0 issue \"ca.test; "
                             "accounturi=https://ca.test/a/0; validationmethods=dns-01\"") != NULL);
    CHECK_INT(w.ca->new_orders, 0);
    w.ca->caa = "ca.test; accounturi=https://ca.test/a/0; validationmethods=dns-01";
    CHECK_INT(run_and_store(&w, NULL), 0);
    w.ca->fail_caa = true; /* our own trouble: the CA is left to judge */
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.warned, "refuses to issue while this lasts") != NULL);
    w.ca->fail_caa = false;
    w.ca->caa = "other.test";
    w.ca->caa_identity = NULL; /* the CA does not say who it is */
    w.ca->now_ms += 2 * 86400 * 1000;
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.warned, "does not tell its CAA names") != NULL);
    world_close(&w);
}

static void proves_by_the_accounts_own_name(struct test *t)
{
    struct world w;
    char label[ACCOUNT_LABEL_CHARS + 1];
    account_label("https://example.com/acme/acct/ExampleAccount", label);
    CHECK_STR(label, "_ujmmovf2vn55tgye"); /* the example of the draft */
    world_open(&w, t, "state");
    w.conf.acme.challenge = CONF_DNS_ACCOUNT_01;
    w.ca->challenge = "dns-account-01";
    CHECK_INT(run_and_store(&w, NULL), 0);
    check_clean(&w);
    account_label("https://ca.test/a/0", label);
    CHECK_STR(w.steps.v[1].name, "delegation"); /* after the account */
    CHECK_STR(w.steps.v[1].after,
              test_text(t,
                        "%s._acme-challenge.vpn.a.test -> %s.vpn.a.test.acme.test (zone acme.test)",
                        label, label));
    fake_ca_forget(w.ca); /* another account URL, another name */
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 2);
    check_clean(&w);
    w.ca->challenge = NULL;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_STR(w.err.text, "vpn.a.test: the CA offers no dns-account-01 challenge");
    world_close(&w);
}

static void wants_terms_and_binding(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->wants_terms = true;
    w.conf.acme.agree_tos = false;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_USAGE);
    CHECK(strstr(w.err.text, "https://ca.test/terms") != NULL);
    CHECK_INT(w.ca->requests, 1);
    w.conf.acme.agree_tos = true;
    w.ca->wants_eab = true;
    w.ca->now_ms += 2LL * 86400 * 1000; /* past the cached directory */
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_USAGE);
    CHECK(strstr(w.err.hint, "acme.eab") != NULL);
    dup_into(&w.conf.acme.eab_kid, "kid-1");
    dup_into(&w.conf.acme.eab_hmac_key_file, test_write(t, "eab.key", "AAEC+/8=\n", 9));
    if (run(&w, NULL) == 0)
        CHECK(strstr(w.ca->account_payload[0], "externalAccountBinding") != NULL);
    else
        CHECK(strstr(w.err.text, "eab.key") != NULL); /* where others may read a test's files */
    world_close(&w);
}

static void refuses_odd_contacts(struct test *t)
{
    static const char *const odd[] = {"ops", "a@a.test,b@b.test", "a@a.test?subject=x"};
    struct world w;
    world_open(&w, t, "state");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        dup_into(&w.conf.acme.email, odd[i]);
        CHECK_INT(run(&w, NULL), -1);
        CHECK_INT(w.err.code, ERR_USAGE);
    }
    CHECK_INT(w.ca->new_accounts, 0);
    world_close(&w);
}

static void passes_the_cas_refusal_on(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->refuse_order = "rejectedIdentifier";
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_CA);
    CHECK_STR(w.err.problem, "rejectedIdentifier");
    CHECK_STR(w.err.text, "new order: rejectedIdentifier: as the test says");
    CHECK_INT(w.ca->new_orders, 1);
    check_clean(&w);
    world_close(&w);
}

/* ---- accounts ---- */

static void registers_again_what_the_ca_forgot(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    CHECK_INT(run_and_store(&w, NULL), 0);
    const char *before = test_text(t, "%s", w.ca->account_jwk[0]);
    fake_ca_forget(w.ca);
    CHECK_INT(run_and_store(&w, NULL), 0);
    check_bundle(&w);
    CHECK_INT(w.ca->new_accounts, 2);
    CHECK_STR(w.ca->account_jwk[1], before); /* the same key */
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 2);
    world_close(&w);
}

static void looks_up_an_account_that_was_not_saved(struct test *t)
{
    struct world w;
    char folder[128];
    struct err err = {0};
    world_open(&w, t, "state");
    w.ca->fault = FAKE_DIES_DONE; /* registered, and the program died */
    w.ca->fault_at = 2;
    CHECK_INT(run(&w, NULL), -1);
    w.ca->dead = false;
    w.ca->wants_eab = true; /* single use: registering once more would fail */
    CHECK_INT(run(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 1);
    store_account_dir("https://ca.test/dir", folder);
    CHECK_INT(store_remove(w.store, test_text(t, "%s/account.json", folder), &err), 0);
    CHECK_INT(acme_issue_done(&w.env, &w.conf, &err), 0);
    CHECK_INT(run(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 1);
    world_close(&w);
}

/* ---- replaces ---- */

static void drops_replaces_when_it_is_refused(struct test *t)
{
    static const struct {
        const char *type;
        int status;
    } refusals[] = {{"alreadyReplaced", 409},
                    {"malformed", 400},
                    {"serverInternal", 500},
                    {"unauthorized", 403},
                    {"noSuchType", 404}};
    struct cert_info old = {.ari_id = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"};
    struct world w;
    world_open(&w, t, "state");
    CHECK_INT(run_and_store(&w, &old), 0);
    CHECK_STR(w.ca->order[0].replaces, ""); /* the CA has no renewalInfo */
    w.ca->offers_ari = true;
    w.ca->now_ms += 2LL * 86400 * 1000;
    CHECK_INT(run_and_store(&w, &old), 0);
    CHECK_STR(w.ca->order[1].replaces, old.ari_id);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        w.ca->refuse_replaces = refusals[i].type;
        w.ca->refuse_replaces_status = refusals[i].status;
        CHECK_INT(run_and_store(&w, &old), 0);
        CHECK_STR(w.ca->order[2 + i].replaces, "");
    }
    w.ca->refuse_replaces = "rateLimited";
    w.ca->refuse_replaces_status = 429;
    size_t before = w.ca->order_count;
    CHECK_INT(run(&w, &old), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK(w.err.retry_after_s > 0);
    CHECK_INT(w.ca->order_count, before);
    world_close(&w);
}

/* ---- validation ---- */

static void tells_failed_validations(struct test *t)
{
    static const struct {
        const char *type;
        enum err_code code;
        int64_t again_s;
    } table[] = {{"dns", ERR_DNS, 300},        {"unauthorized", ERR_DNS, 300},
                 {"connection", ERR_DNS, 300}, {"incorrectResponse", ERR_DNS, 300},
                 {"caa", ERR_CA, 0},           {"malformed", ERR_CA, 0},
                 {"serverInternal", ERR_CA, 0}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fail_validation = table[i].type;
        CHECK_INT(run(&w, NULL), -1);
        CHECK_INT(w.err.code, table[i].code);
        CHECK_STR(w.err.problem, table[i].type);
        CHECK_INT(w.err.retry_after_s, table[i].again_s);
        CHECK(strstr(w.err.text, "vpn.a.test: validation: ") == w.err.text);
        CHECK(strstr(w.err.text, "as the test says") != NULL);
        check_clean(&w);
        CHECK(!store_has(w.store, "certs/vpn/order.json"));
        w.ca->fail_validation = NULL;
        CHECK_INT(run(&w, NULL), 0); /* with a new order */
        CHECK_INT(w.ca->order_count, 2);
        world_close(&w);
    }
}

static void keeps_the_order_when_dns_fails(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->fail_wait = true;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    check_clean(&w);
    CHECK_INT(w.ca->order[0].authz[0].answers, 0);
    w.ca->fail_wait = false;
    w.ca->fail_present = true;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    check_clean(&w);
    w.ca->fail_present = false;
    CHECK_INT(run(&w, NULL), 0);
    CHECK_INT(w.ca->new_orders, 1);
    check_clean(&w);
    world_close(&w);
}

static void sweeps_what_could_not_be_removed(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->fail_cleanup = true;
    CHECK_INT(run_and_store(&w, NULL), 0); /* no reason to fail */
    CHECK_INT(w.ca->txt_count, 1);
    CHECK(strstr(w.warned, "not removed yet") != NULL);
    CHECK(strstr(record(&w, "journal/dns.json"), w.ca->txt[0].value) != NULL);
    w.ca->fail_cleanup = false;
    CHECK_INT(run_and_store(&w, NULL), 0);
    check_clean(&w);
    world_close(&w);
}

static void waits_for_a_slow_validation_over_runs(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->slow_validation = 40;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK_INT(w.ca->txt_count, 1); /* the CA may be looking */
    CHECK(strstr(record(&w, "journal/dns.json"), w.ca->txt[0].value) != NULL);
    for (int i = 0; i < 5 && run(&w, NULL); i++)
        CHECK_INT(w.err.code, ERR_POSTPONED);
    check_bundle(&w);
    check_clean(&w);
    CHECK_INT(w.ca->new_orders, 1);
    CHECK_INT(w.ca->order[0].authz[0].answers, 1);
    world_close(&w);
}

/* As with the provider builtin: between two runs nobody tells the values. */
static void tells_that_nobody_answers_between_runs(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->here = true;
    w.ca->slow_validation = 40;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK(strstr(w.warned, "nobody answers it from now on; the next run opens the port again"));
    CHECK_INT(w.ca->txt_count, 0);
    size_t waits = w.ca->waits;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.ca->waits, waits + 1); /* they are there again while it runs */
    for (int i = 0; i < 5 && run(&w, NULL); i++)
        CHECK_INT(w.err.code, ERR_POSTPONED);
    check_bundle(&w);
    check_clean(&w);
    CHECK(strstr(w.warned, "nobody answers") == NULL);
    CHECK_INT(w.ca->new_orders, 1);
    world_close(&w);
    world_open(&w, t, "state2");
    w.ca->slow_validation = 40;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_STR(w.warned, ""); /* other servers keep them */
    world_close(&w);
}

static void waits_for_a_slow_order_over_runs(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->slow_order = 40;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    check_clean(&w);
    for (int i = 0; i < 5 && run(&w, NULL); i++)
        CHECK_INT(w.err.code, ERR_POSTPONED);
    check_bundle(&w);
    CHECK_INT(w.ca->new_orders, 1);
    CHECK_INT(w.ca->finalizes, 1);
    world_close(&w);
}

/* ---- orders of earlier runs ---- */

static void gives_up_a_saved_order_that_died(struct test *t)
{
    static const char *const ends[] = {"invalid", "deactivated", "gone"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct world w;
        world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fail_wait = true;
        CHECK_INT(run(&w, NULL), -1);
        w.ca->fail_wait = false;
        w.ca->now_ms += 3600 * 1000;
        struct fake_order *o = &w.ca->order[0];
        if (strcmp(ends[i], "gone") == 0)
            o->status[0] = '\0';
        else if (strcmp(ends[i], "invalid") == 0)
            text_copy(o->status, sizeof o->status, "invalid");
        else /* Pebble 2.4 shows this status for both */
            text_copy(o->status, sizeof o->status, "deactivated"),
                text_copy(o->authz[0].status, sizeof o->authz[0].status, "deactivated");
        CHECK_INT(run(&w, NULL), 0);
        check_bundle(&w);
        CHECK_INT(w.ca->new_orders, 2);
        check_clean(&w);
        world_close(&w);
    }
}

static void gives_up_a_saved_order_that_does_not_fit(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->fail_wait = true;
    CHECK_INT(run(&w, NULL), -1);
    w.ca->fail_wait = false;
    set_names(&w, "vpn.a.test", "www.a.test");
    CHECK_INT(run(&w, NULL), 0);
    check_bundle(&w);
    CHECK_INT(w.ca->new_orders, 2);
    w.conf.key = KEY_RSA2048;
    CHECK_INT(run(&w, NULL), 0);
    CHECK_STR(w.got.leaf.key, "rsa2048");
    CHECK_INT(w.ca->new_orders, 3);
    world_close(&w);
}

static void downloads_again_until_it_is_stored(struct test *t)
{
    struct world w;
    uint8_t first[SHA256_BYTES];
    struct err err = {0};
    world_open(&w, t, "state");
    CHECK_INT(run(&w, NULL), 0);
    memcpy(first, w.got.leaf.sha256, sizeof first);
    CHECK_INT(run(&w, NULL), 0); /* the program died before it stored the bundle */
    CHECK_MEM(w.got.leaf.sha256, sizeof first, first, sizeof first);
    CHECK_INT(w.ca->new_orders, 1);
    /* It died between storing and acme_issue_done: that order has done its work. */
    CHECK_INT(store_hold(w.store, "vpn", &w.got, &err), 0);
    CHECK_INT(run(&w, NULL), 0);
    CHECK(memcmp(w.got.leaf.sha256, first, sizeof first) != 0);
    CHECK_INT(w.ca->new_orders, 2);
    world_close(&w);
}

static void refuses_a_planted_key(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->pem_prefix = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_CA);
    w.ca->pem_prefix = NULL; /* what was wrong may have been on our side: no new order at once */
    CHECK_INT(run(&w, NULL), 0);
    CHECK_INT(w.ca->new_orders, 1);
    world_close(&w);
}

static void refuses_an_overdue_order_at_last(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.ca->pem_prefix = "-----BEGIN X-----\n";
    CHECK_INT(run(&w, NULL), -1);
    w.ca->now_ms += 2LL * 86400 * 1000;
    CHECK_INT(run(&w, NULL), -1); /* given up, and a new order fares no better */
    CHECK_INT(w.ca->new_orders, 2);
    world_close(&w);
}

/* ---- the CA's ways ---- */

static void postpones_when_told_to(struct test *t)
{
    static const struct {
        enum fake_fault fault;
        int64_t retry_after_s;
    } table[] = {{FAKE_429, 3600}, {FAKE_503, 7200}};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fault = table[i].fault;
        w.ca->fault_at = 3;
        CHECK_INT(run(&w, NULL), -1);
        CHECK_INT(w.err.code, ERR_POSTPONED);
        CHECK_INT(w.err.retry_after_s, table[i].retry_after_s);
        if (table[i].fault == FAKE_429)
            CHECK_STR(w.err.hint, "see https://ca.test/limits");
        CHECK_INT(run(&w, NULL), 0);
        world_close(&w);
    }
}

static void finds_the_directory_that_moved(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    CHECK_INT(run_and_store(&w, NULL), 0);
    w.ca->moved = true;
    w.ca->trace[0] = '\0';
    CHECK_INT(run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "POST /order 404\nGET /dir 200\nPOST /order-2 201\n") != NULL);
    world_close(&w);
}

static bool always(void)
{
    return true;
}

static void stops_when_interrupted(struct test *t)
{
    struct world w;
    world_open(&w, t, "state");
    w.env.interrupted = always;
    CHECK_INT(run(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    w.env.interrupted = NULL;
    CHECK_INT(run(&w, NULL), 0);
    CHECK_INT(w.ca->new_orders, 1);
    check_clean(&w);
    world_close(&w);
}

/* ---- every request fails in turn ---- */

static const char *const fault_names[FAKE_FAULTS] = {"none",      "refused", "lost", "500",
                                                     "502",       "503",     "429",  "404",
                                                     "bad nonce", "garbage", "dies", "dies done"};

/* The key that the record on disk speaks of; "" if there is none. */
static const char *saved_key(struct world *w)
{
    const char *text = record(w, "certs/vpn/order.json");
    const char *at = strstr(text, "key_spki_sha256");
    at = at ? strchr(at, ':') : NULL;
    at = at ? strchr(at, '"') : NULL;
    return at ? test_text(w->t, "%.64s", at + 1) : "";
}

/* False when the fault came behind the last request. */
static bool fault_case(struct test *t, enum fake_fault fault, size_t at, bool renewal)
{
    struct world w;
    char spki[2 * SHA256_BYTES + 1] = "";
    const char *what =
        test_text(t, "%s at request %zu%s", fault_names[fault], at, renewal ? " of a renewal" : "");
    world_open(&w, t, test_text(t, "%d-%zu-%d", fault, at, renewal));
    set_names(&w, "a.test", "*.a.test");
    if (renewal)
        CHECK_INT(run_and_store(&w, NULL), 0);
    size_t orders_before = w.ca->order_count;
    w.ca->requests = w.ca->orders_answered = 0;
    w.ca->fault = fault;
    w.ca->fault_at = at;
    int rc = run(&w, NULL);
    bool reached = w.ca->requests > at;
    const char *key = saved_key(&w);
    for (int again = 0; rc && again < 3; again++) {
        w.ca->dead = false;
        rc = run(&w, NULL);
    }
    if (rc == 0)
        text_hex(w.got.leaf.spki_sha256, SHA256_BYTES, spki);
    bool whole = rc == 0 && (!*key || strcmp(key, spki) == 0) && w.ca->orders_answered == 1 &&
                 w.ca->order_count - orders_before <= 2 && w.ca->new_accounts == 1;
    if (!CHECK(whole))
        CHECK_STR(test_text(t, "%s: %s\n%s", what, w.err.text, w.ca->trace), "");
    check_clean(&w);
    world_close(&w);
    return reached;
}

static void is_whole_after_every_fault(struct test *t)
{
    for (int fault = FAKE_REFUSED; fault < FAKE_FAULTS; fault++) {
        size_t at = 0;
        while (at < 40 && fault_case(t, (enum fake_fault)fault, at, false))
            at++;
        CHECK(at >= 10 && at < 40);
    }
}

static void is_whole_after_faults_of_a_renewal(struct test *t)
{
    static const enum fake_fault faults[] = {FAKE_REFUSED, FAKE_LOST, FAKE_404, FAKE_DIES,
                                             FAKE_DIES_DONE};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        size_t at = 0;
        while (at < 40 && fault_case(t, faults[i], at, true))
            at++;
        CHECK(at >= 8 && at < 40);
    }
}

const struct test_case suite_issue[] = {
    {"issues_for_the_first_time", issues_for_the_first_time},
    {"renews_with_few_requests", renews_with_few_requests},
    {"keeps_a_nonce_for_the_next_run", keeps_a_nonce_for_the_next_run},
    {"a_kept_nonce_is_used_once", a_kept_nonce_is_used_once},
    {"publishes_all_values_before_it_answers", publishes_all_values_before_it_answers},
    {"asks_the_order_when_there_are_several", asks_the_order_when_there_are_several},
    {"survives_equal_tokens", survives_equal_tokens},
    {"asks_for_a_profile", asks_for_a_profile},
    {"takes_the_preferred_chain", takes_the_preferred_chain},
    {"keeps_the_books", keeps_the_books},
    {"wants_delegation_first", wants_delegation_first},
    {"obeys_caa_records", obeys_caa_records},
    {"proves_by_the_accounts_own_name", proves_by_the_accounts_own_name},
    {"wants_terms_and_binding", wants_terms_and_binding},
    {"refuses_odd_contacts", refuses_odd_contacts},
    {"passes_the_cas_refusal_on", passes_the_cas_refusal_on},
    {"registers_again_what_the_ca_forgot", registers_again_what_the_ca_forgot},
    {"looks_up_an_account_that_was_not_saved", looks_up_an_account_that_was_not_saved},
    {"drops_replaces_when_it_is_refused", drops_replaces_when_it_is_refused},
    {"tells_failed_validations", tells_failed_validations},
    {"keeps_the_order_when_dns_fails", keeps_the_order_when_dns_fails},
    {"sweeps_what_could_not_be_removed", sweeps_what_could_not_be_removed},
    {"waits_for_a_slow_validation_over_runs", waits_for_a_slow_validation_over_runs},
    {"tells_that_nobody_answers_between_runs", tells_that_nobody_answers_between_runs},
    {"waits_for_a_slow_order_over_runs", waits_for_a_slow_order_over_runs},
    {"gives_up_a_saved_order_that_died", gives_up_a_saved_order_that_died},
    {"gives_up_a_saved_order_that_does_not_fit", gives_up_a_saved_order_that_does_not_fit},
    {"downloads_again_until_it_is_stored", downloads_again_until_it_is_stored},
    {"refuses_a_planted_key", refuses_a_planted_key},
    {"refuses_an_overdue_order_at_last", refuses_an_overdue_order_at_last},
    {"postpones_when_told_to", postpones_when_told_to},
    {"finds_the_directory_that_moved", finds_the_directory_that_moved},
    {"stops_when_interrupted", stops_when_interrupted},
    {"is_whole_after_every_fault", is_whole_after_every_fault},
    {"is_whole_after_faults_of_a_renewal", is_whole_after_faults_of_a_renewal},
    {NULL, NULL},
};
