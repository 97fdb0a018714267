/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate from a CA, its account, and what it replaces. */
#include "issue_world.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- the usual ---- */

static void issues_for_the_first_time(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->wants_terms = true;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    issue_check_bundle(&w);
    issue_check_clean(&w);
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
    issue_world_close(&w);
}

static void renews_with_few_requests(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    w.ca->requests = 0;
    w.ca->now_ms += 3600 * 1000;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->requests, 8); /* directory and account known */
    w.ca->requests = 0;
    w.ca->now_ms += 60LL * 86400 * 1000;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->requests, 9);
    CHECK_INT(w.ca->new_accounts, 1);
    CHECK_INT(w.ca->order_count, 3);
    issue_check_clean(&w);
    issue_world_close(&w);
}

static void keeps_a_nonce_for_the_next_run(struct test *t)
{
    static const char *const kept = "accounts/ca.test_3f0f069f/nonce.json";
    struct issue_world w;
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(store_has(w.store, kept));
    w.ca->trace[0] = '\0';
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "/nonce") == NULL);
    CHECK(text_starts(w.ca->trace, "POST /order 201\n"));
    w.ca->trace[0] = '\0'; /* one that the CA does not know (any more) costs as much as fetching */
    memset(w.ca->nonce_used, true, sizeof w.ca->nonce_used / 2);
    w.ca->nonces = sizeof w.ca->nonce_used / 2;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "POST /order 400\nPOST /order 201\n"));
    CHECK_STR(w.warned, "");
    w.ca->trace[0] = '\0'; /* too old, or of a clock that ran ahead */
    w.ca->now_ms += 3600 * 1000;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "HEAD /nonce 200\nPOST /order 201\n"));
    w.ca->trace[0] = '\0';
    w.ca->now_ms -= 60 * 1000;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "HEAD /nonce 200\nPOST /order 201\n"));
    issue_check_clean(&w);
    issue_world_close(&w);
}

/* It is gone from the store before it is used: what a crash interrupts is not tried again. */
static void a_kept_nonce_is_used_once(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    w.ca->dead = true;
    CHECK_INT(issue_run_and_store(&w, NULL), -1);
    w.ca->dead = false;
    w.ca->trace[0] = '\0';
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(text_starts(w.ca->trace, "HEAD /nonce 200\nPOST /order 201\n"));
    issue_world_close(&w);
}

/* Looks at every request on its way to the CA. */
struct header_watch {
    struct https ca;
    size_t requests, with_language, odd;
};

static int watch_headers(void *self, const struct https_request *rq, struct https_response *out,
                         struct err *err)
{
    struct header_watch *watch = self;
    watch->requests++;
    for (size_t i = 0; rq->headers && rq->headers[i]; i++) {
        if (text_starts(rq->headers[i], "Accept-Language: "))
            watch->with_language++;
        else /* RFC 8555 6.5: Replay-Nonce least of all */
            watch->odd++;
    }
    return https_request(&watch->ca, rq, out, err);
}

static void sends_a_language_and_no_nonce_as_headers(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    struct header_watch watch = {.ca = w.ca->https};
    const struct https watched = {.request = watch_headers, .self = &watch};
    w.env.https = &watched;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK(watch.requests > 8);
    CHECK_INT(watch.with_language, watch.requests);
    CHECK_INT(watch.odd, 0);
    issue_world_close(&w);
}

static void publishes_all_values_before_it_answers(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    issue_set_names(&w, "a.test", "*.a.test");
    w.ca->slow_validation = 2;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    issue_check_bundle(&w);
    issue_check_clean(&w);
    CHECK_INT(w.ca->finds, 1);
    CHECK_INT(w.ca->waits, 1);
    CHECK_INT(w.ca->max_values, 2);
    issue_world_close(&w);
}

/* One request tells of all, whether they are valid or one has failed. */
static void asks_the_order_when_there_are_several(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    issue_set_names(&w, "a.test", "b.test");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "POST /c/0/1 200\nPOST /o/0 200\nPOST /f/0 200\n"));
    w.ca->trace[0] = '\0';
    w.ca->slow_validation = 2; /* then now and then at each; this CA shuffles them */
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "POST /c/1/0 200\nPOST /o/1 200\nPOST /o/1 200\nPOST /z/1/1 200\n"
                              "POST /z/1/0 200\nPOST /f/1 200\n"));
    w.ca->trace[0] = '\0';
    w.ca->slow_validation = 0;
    w.ca->fail_validation = "dns";
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK(strstr(w.ca->trace, "POST /c/2/0 200\nPOST /o/2 200\nPOST /z/2/1 200\n"));
    CHECK(strstr(w.err.text, "validation") != NULL);
    issue_world_close(&w);
}

static void survives_equal_tokens(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    issue_set_names(&w, "a.test", "*.a.test");
    w.ca->same_token = true;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    issue_check_bundle(&w);
    issue_check_clean(&w);
    CHECK_INT(w.ca->max_values, 1);
    issue_world_close(&w);
}

static void asks_for_a_profile(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->offers_profiles = true;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_STR(w.ca->order[0].profile, "classic"); /* a subject, whatever the CA's default */
    issue_dup(&w.conf.acme.profile, "shortlived");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_STR(w.ca->order[1].profile, "shortlived");
    issue_dup(&w.conf.acme.profile, "shortlifed");
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_USAGE);
    CHECK(strstr(w.err.text, "classic, shortlived") != NULL);
    CHECK_INT(w.ca->new_orders, 2);
    issue_world_close(&w);
}

static void takes_the_preferred_chain(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    issue_dup(&w.conf.acme.preferred_chain, "Other Root");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    issue_check_bundle(&w);
    CHECK(strstr(w.ca->trace, "POST /cert/0/other 200") != NULL);
    issue_dup(&w.conf.acme.preferred_chain, "No Such Root");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.warned, "No Such Root") != NULL);
    issue_world_close(&w);
}

/* ---- accounts ---- */

static void registers_again_what_the_ca_forgot(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    const char *before = test_text(t, "%s", w.ca->account_jwk[0]);
    fake_ca_forget(w.ca);
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    issue_check_bundle(&w);
    CHECK_INT(w.ca->new_accounts, 2);
    CHECK_STR(w.ca->account_jwk[1], before); /* the same key */
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 2);
    issue_world_close(&w);
}

static void looks_up_an_account_that_was_not_saved(struct test *t)
{
    struct issue_world w;
    char folder[128];
    struct err err = {0};
    issue_world_open(&w, t, "state");
    w.ca->fault = FAKE_DIES_DONE; /* registered, and the program died */
    w.ca->fault_at = 2;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    w.ca->dead = false;
    w.ca->wants_eab = true; /* single use: registering once more would fail */
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 1);
    store_account_dir("https://ca.test/dir", folder);
    CHECK_INT(store_remove(w.store, test_text(t, "%s/account.json", folder), &err), 0);
    CHECK_INT(acme_issue_done(&w.env, &w.conf, &err), 0);
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK_INT(w.ca->new_accounts, 1);
    issue_world_close(&w);
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
    struct issue_world w;
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_and_store(&w, &old), 0);
    CHECK_STR(w.ca->order[0].replaces, ""); /* the CA has no renewalInfo */
    w.ca->offers_ari = true;
    w.ca->now_ms += 2LL * 86400 * 1000;
    CHECK_INT(issue_run_and_store(&w, &old), 0);
    CHECK_STR(w.ca->order[1].replaces, old.ari_id);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        w.ca->refuse_replaces = refusals[i].type;
        w.ca->refuse_replaces_status = refusals[i].status;
        CHECK_INT(issue_run_and_store(&w, &old), 0);
        CHECK_STR(w.ca->order[2 + i].replaces, "");
    }
    w.ca->refuse_replaces = "rateLimited";
    w.ca->refuse_replaces_status = 429;
    size_t before = w.ca->order_count;
    CHECK_INT(issue_run_once(&w, &old), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK(w.err.retry_after_s > 0);
    CHECK_INT(w.ca->order_count, before);
    issue_world_close(&w);
}

const struct test_case suite_issue[] = {
    {"issues_for_the_first_time", issues_for_the_first_time},
    {"renews_with_few_requests", renews_with_few_requests},
    {"keeps_a_nonce_for_the_next_run", keeps_a_nonce_for_the_next_run},
    {"a_kept_nonce_is_used_once", a_kept_nonce_is_used_once},
    {"sends_a_language_and_no_nonce_as_headers", sends_a_language_and_no_nonce_as_headers},
    {"publishes_all_values_before_it_answers", publishes_all_values_before_it_answers},
    {"asks_the_order_when_there_are_several", asks_the_order_when_there_are_several},
    {"survives_equal_tokens", survives_equal_tokens},
    {"asks_for_a_profile", asks_for_a_profile},
    {"takes_the_preferred_chain", takes_the_preferred_chain},
    {"registers_again_what_the_ca_forgot", registers_again_what_the_ca_forgot},
    {"looks_up_an_account_that_was_not_saved", looks_up_an_account_that_was_not_saved},
    {"drops_replaces_when_it_is_refused", drops_replaces_when_it_is_refused},
    {NULL, NULL},
};
