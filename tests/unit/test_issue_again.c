/* SPDX-License-Identifier: Apache-2.0 */
/* Validations that fail or last, orders of earlier runs, and a CA of its own ways. */
#include "issue_world.h"
#include "text.h"

#include <string.h>

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
        struct issue_world w;
        issue_world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fail_validation = table[i].type;
        CHECK_INT(issue_run_once(&w, NULL), -1);
        CHECK_INT(w.err.code, table[i].code);
        CHECK_STR(w.err.problem, table[i].type);
        CHECK_INT(w.err.retry_after_s, table[i].again_s);
        CHECK(strstr(w.err.text, "vpn.a.test: validation: ") == w.err.text);
        CHECK(strstr(w.err.text, "as the test says") != NULL);
        issue_check_clean(&w);
        CHECK(!store_has(w.store, "certs/vpn/order.json"));
        w.ca->fail_validation = NULL;
        CHECK_INT(issue_run_once(&w, NULL), 0); /* with a new order */
        CHECK_INT(w.ca->order_count, 2);
        issue_world_close(&w);
    }
}

static void keeps_the_order_when_dns_fails(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->fail_wait = true;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    issue_check_clean(&w);
    CHECK_INT(w.ca->order[0].authz[0].answers, 0);
    w.ca->fail_wait = false;
    w.ca->fail_present = true;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_DNS);
    issue_check_clean(&w);
    w.ca->fail_present = false;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK_INT(w.ca->new_orders, 1);
    issue_check_clean(&w);
    issue_world_close(&w);
}

static void sweeps_what_could_not_be_removed(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->fail_cleanup = true;
    CHECK_INT(issue_run_and_store(&w, NULL), 0); /* no reason to fail */
    CHECK_INT(w.ca->txt_count, 1);
    CHECK(strstr(w.warned, "not removed yet") != NULL);
    CHECK(strstr(issue_record(&w, "journal/dns.json"), w.ca->txt[0].value) != NULL);
    w.ca->fail_cleanup = false;
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    issue_check_clean(&w);
    issue_world_close(&w);
}

static void waits_for_a_slow_validation_over_runs(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->slow_validation = 40;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK_INT(w.ca->txt_count, 1); /* the CA may be looking */
    CHECK(strstr(issue_record(&w, "journal/dns.json"), w.ca->txt[0].value) != NULL);
    for (int i = 0; i < 5 && issue_run_once(&w, NULL); i++)
        CHECK_INT(w.err.code, ERR_POSTPONED);
    issue_check_bundle(&w);
    issue_check_clean(&w);
    CHECK_INT(w.ca->new_orders, 1);
    CHECK_INT(w.ca->order[0].authz[0].answers, 1);
    issue_world_close(&w);
}

/* As with the provider builtin: between two runs nobody tells the values. */
static void tells_that_nobody_answers_between_runs(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->here = true;
    w.ca->slow_validation = 40;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    CHECK(strstr(w.warned, "nobody answers it from now on; the next run opens the port again"));
    CHECK_INT(w.ca->txt_count, 0);
    size_t waits = w.ca->waits;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.ca->waits, waits + 1); /* they are there again while it runs */
    for (int i = 0; i < 5 && issue_run_once(&w, NULL); i++)
        CHECK_INT(w.err.code, ERR_POSTPONED);
    issue_check_bundle(&w);
    issue_check_clean(&w);
    CHECK(strstr(w.warned, "nobody answers") == NULL);
    CHECK_INT(w.ca->new_orders, 1);
    issue_world_close(&w);
    issue_world_open(&w, t, "state2");
    w.ca->slow_validation = 40;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_STR(w.warned, ""); /* other servers keep them */
    issue_world_close(&w);
}

static void waits_for_a_slow_order_over_runs(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->slow_order = 40;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    issue_check_clean(&w);
    for (int i = 0; i < 5 && issue_run_once(&w, NULL); i++)
        CHECK_INT(w.err.code, ERR_POSTPONED);
    issue_check_bundle(&w);
    CHECK_INT(w.ca->new_orders, 1);
    CHECK_INT(w.ca->finalizes, 1);
    issue_world_close(&w);
}

/* ---- orders of earlier runs ---- */

static void gives_up_a_saved_order_that_died(struct test *t)
{
    static const char *const ends[] = {"invalid", "deactivated", "gone"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct issue_world w;
        issue_world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fail_wait = true;
        CHECK_INT(issue_run_once(&w, NULL), -1);
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
        CHECK_INT(issue_run_once(&w, NULL), 0);
        issue_check_bundle(&w);
        CHECK_INT(w.ca->new_orders, 2);
        issue_check_clean(&w);
        issue_world_close(&w);
    }
}

/* The CA has moved its orders away, or keeps of old ones no more than half: what is heard of them
 * is no refusal, yet it never gets better. */
static void gives_up_a_saved_order_that_tells_nothing(struct test *t)
{
    static const struct {
        bool gone;
        int64_t kept_s, given_up_s;
    } table[] = {{false, 3600, 25 * 3600}, {true, 6 * 86400, 8 * 86400}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct issue_world w;
        struct err err = {0};
        issue_world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fail_wait = true;
        CHECK_INT(issue_run_once(&w, NULL), -1);
        w.ca->fail_wait = false;
        int64_t began_ms = w.ca->now_ms;
        const char *old = issue_record(&w, "certs/vpn/order.json"), *at = strstr(old, "ca.test/o");
        REQUIRE(at != NULL);
        const char *moved = test_text(t, "%.*sgone.test%s", (int)(at - old), old, at + 7);
        if (table[i].gone)
            REQUIRE(store_put(w.store, "certs/vpn/order.json", moved, strlen(moved), &err) == 0);
        else
            w.ca->order[0].authz_count = 0;
        w.ca->now_ms = began_ms + table[i].kept_s * 1000;
        CHECK_INT(issue_run_once(&w, NULL), -1);
        CHECK_INT(w.ca->new_orders, 1);
        w.ca->now_ms = began_ms + table[i].given_up_s * 1000;
        CHECK_INT(issue_run_once(&w, NULL), 0);
        issue_check_bundle(&w);
        CHECK_INT(w.ca->new_orders, 2);
        issue_check_clean(&w);
        issue_world_close(&w);
    }
}

static void gives_up_a_saved_order_that_does_not_fit(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->fail_wait = true;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    w.ca->fail_wait = false;
    issue_set_names(&w, "vpn.a.test", "www.a.test");
    CHECK_INT(issue_run_once(&w, NULL), 0);
    issue_check_bundle(&w);
    CHECK_INT(w.ca->new_orders, 2);
    w.conf.key = KEY_RSA2048;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK_STR(w.got.leaf.key, "rsa2048");
    CHECK_INT(w.ca->new_orders, 3);
    issue_world_close(&w);
}

/* RFC 8555 11.1: the account's key must never be a certificate's, wherever an order has it from. */
static void gives_up_a_saved_order_with_the_accounts_key(struct test *t)
{
    struct issue_world w;
    struct buf pem = BUF_INIT(64 * 1024), spki = BUF_INIT(8 * 1024);
    struct key *account = NULL;
    struct err err = {0};
    uint8_t sha256[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    char rel[200];
    issue_world_open(&w, t, "state");
    w.ca->fail_wait = true;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    w.ca->fail_wait = false;
    store_account_dir("https://ca.test/dir", rel);
    REQUIRE(store_get_secret(w.store, test_text(t, "%s/account.key", rel), &pem, &err) == 0);
    REQUIRE(key_from_pem(&account, buf_str(&pem), pem.len, "test", &err) == 0);
    REQUIRE(store_put_secret(w.store, "certs/vpn/order.key", pem.p, pem.len, &err) == 0);
    REQUIRE(key_spki(account, &spki, &err) == 0);
    crypto_sha256(spki.p, spki.len, sha256);
    text_hex(sha256, sizeof sha256, hex);
    const char *old = issue_record(&w, "certs/vpn/order.json");
    const char *at = strstr(old, "\"key_spki_sha256\": \"");
    REQUIRE(at != NULL);
    at += strlen("\"key_spki_sha256\": \"");
    const char *fresh = test_text(t, "%.*s%s%s", (int)(at - old), old, hex, at + 2 * sizeof sha256);
    REQUIRE(store_put(w.store, "certs/vpn/order.json", fresh, strlen(fresh), &err) == 0);
    CHECK_INT(issue_run_once(&w, NULL), 0);
    issue_check_bundle(&w);
    CHECK(strstr(w.warned, "is given up: its key is the account's") != NULL);
    CHECK_INT(w.ca->new_orders, 2);
    CHECK(w.got.key && !key_same_public(w.got.key, account));
    key_free(account);
    buf_wipe(&pem);
    buf_clear(&spki);
    issue_world_close(&w);
}

static void downloads_again_until_it_is_stored(struct test *t)
{
    struct issue_world w;
    uint8_t first[SHA256_BYTES];
    struct err err = {0};
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_once(&w, NULL), 0);
    memcpy(first, w.got.leaf.sha256, sizeof first);
    CHECK_INT(issue_run_once(&w, NULL), 0); /* the program died before it stored the bundle */
    CHECK_MEM(w.got.leaf.sha256, sizeof first, first, sizeof first);
    CHECK_INT(w.ca->new_orders, 1);
    /* It died between storing and acme_issue_done: that order has done its work. */
    CHECK_INT(store_hold(w.store, "vpn", &w.got, &err), 0);
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK(memcmp(w.got.leaf.sha256, first, sizeof first) != 0);
    CHECK_INT(w.ca->new_orders, 2);
    issue_world_close(&w);
}

/* Where the program died: between storing and acme_issue_done, or within the latter. */
static void tidies_up_after_a_delivered_order(struct test *t)
{
    static const char *const files[] = {"order.json", "order.key", "order.csr"};
    for (size_t gone = 0; gone < 3; gone++) {
        struct issue_world w;
        struct err err = {0};
        issue_world_open(&w, t, test_text(t, "state%zu", gone));
        CHECK_INT(issue_run_once(&w, NULL), 0);
        CHECK_INT(acme_issue_tidy(w.store, &w.conf, &err), 0); /* not stored: all is needed */
        for (size_t i = 0; i < 3; i++)
            CHECK(store_has(w.store, test_text(t, "certs/vpn/%s", files[i])));
        CHECK_INT(store_hold(w.store, "vpn", &w.got, &err), 0);
        for (size_t i = 0; i < gone; i++)
            CHECK_INT(store_remove(w.store, test_text(t, "certs/vpn/%s", files[i]), &err), 0);
        CHECK_INT(acme_issue_tidy(w.store, &w.conf, &err), 0);
        for (size_t i = 0; i < 3; i++)
            CHECK(!store_has(w.store, test_text(t, "certs/vpn/%s", files[i])));
        issue_world_close(&w);
    }
}

static void refuses_a_planted_key(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->pem_prefix = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_CA);
    w.ca->pem_prefix = NULL; /* what was wrong may have been on our side: no new order at once */
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK_INT(w.ca->new_orders, 1);
    issue_world_close(&w);
}

static void refuses_an_overdue_order_at_last(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.ca->pem_prefix = "-----BEGIN X-----\n";
    CHECK_INT(issue_run_once(&w, NULL), -1);
    w.ca->now_ms += 2LL * 86400 * 1000;
    CHECK_INT(issue_run_once(&w, NULL), -1); /* given up, and a new order fares no better */
    CHECK_INT(w.ca->new_orders, 2);
    issue_world_close(&w);
}

/* ---- the CA's ways ---- */

static void postpones_when_told_to(struct test *t)
{
    static const struct {
        enum fake_fault fault;
        int64_t retry_after_s;
    } table[] = {{FAKE_429, 3600}, {FAKE_503, 7200}};
    for (size_t i = 0; i < 2; i++) {
        struct issue_world w;
        issue_world_open(&w, t, test_text(t, "state%zu", i));
        w.ca->fault = table[i].fault;
        w.ca->fault_at = 3;
        CHECK_INT(issue_run_once(&w, NULL), -1);
        CHECK_INT(w.err.code, ERR_POSTPONED);
        CHECK_INT(w.err.retry_after_s, table[i].retry_after_s);
        if (table[i].fault == FAKE_429)
            CHECK_STR(w.err.hint, "see https://ca.test/limits");
        CHECK_INT(issue_run_once(&w, NULL), 0);
        issue_world_close(&w);
    }
}

static void finds_the_directory_that_moved(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    w.ca->moved = true;
    w.ca->trace[0] = '\0';
    CHECK_INT(issue_run_and_store(&w, NULL), 0);
    CHECK(strstr(w.ca->trace, "POST /order 404\nGET /dir 200\nPOST /order-2 201\n") != NULL);
    issue_world_close(&w);
}

static bool always(void)
{
    return true;
}

static void stops_when_interrupted(struct test *t)
{
    struct issue_world w;
    issue_world_open(&w, t, "state");
    w.env.interrupted = always;
    CHECK_INT(issue_run_once(&w, NULL), -1);
    CHECK_INT(w.err.code, ERR_POSTPONED);
    w.env.interrupted = NULL;
    CHECK_INT(issue_run_once(&w, NULL), 0);
    CHECK_INT(w.ca->new_orders, 1);
    issue_check_clean(&w);
    issue_world_close(&w);
}

const struct test_case suite_issue_again[] = {
    {"tells_failed_validations", tells_failed_validations},
    {"keeps_the_order_when_dns_fails", keeps_the_order_when_dns_fails},
    {"sweeps_what_could_not_be_removed", sweeps_what_could_not_be_removed},
    {"waits_for_a_slow_validation_over_runs", waits_for_a_slow_validation_over_runs},
    {"tells_that_nobody_answers_between_runs", tells_that_nobody_answers_between_runs},
    {"waits_for_a_slow_order_over_runs", waits_for_a_slow_order_over_runs},
    {"gives_up_a_saved_order_that_died", gives_up_a_saved_order_that_died},
    {"gives_up_a_saved_order_that_tells_nothing", gives_up_a_saved_order_that_tells_nothing},
    {"gives_up_a_saved_order_that_does_not_fit", gives_up_a_saved_order_that_does_not_fit},
    {"gives_up_a_saved_order_with_the_accounts_key", gives_up_a_saved_order_with_the_accounts_key},
    {"downloads_again_until_it_is_stored", downloads_again_until_it_is_stored},
    {"tidies_up_after_a_delivered_order", tidies_up_after_a_delivered_order},
    {"refuses_a_planted_key", refuses_a_planted_key},
    {"refuses_an_overdue_order_at_last", refuses_an_overdue_order_at_last},
    {"postpones_when_told_to", postpones_when_told_to},
    {"finds_the_directory_that_moved", finds_the_directory_that_moved},
    {"stops_when_interrupted", stops_when_interrupted},
    {NULL, NULL},
};
