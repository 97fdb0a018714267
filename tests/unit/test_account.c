/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator does with an account, and revocation. */
#include "account.h"
#include "fake_ca.h"
#include "test.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct office {
    struct fake_ca *ca;
    struct conf conf;
    struct store *store;
    struct acme_env env;
    struct acme_account got;
    struct err err;
};

static void office_open(struct office *o, struct test *t, const char *folder)
{
    struct err err = {0};
    *o = (struct office){.ca = calloc(1, sizeof *o->ca)};
    if (!o->ca || text_dup(&o->conf.acme.directory, "https://ca.test/dir", &err) ||
        text_dup(&o->conf.name, "vpn", &err) || text_dup(&o->conf.acme.email, "a@a.test", &err) ||
        store_open(&o->store, test_path(t, folder), STORE_WRITE, NULL, &err))
        abort();
    fake_ca_init(o->ca);
    o->env = (struct acme_env){
        .https = &o->ca->https, .clock = &o->ca->clock, .store = o->store, .steps = NULL};
}

static void office_close(struct office *o)
{
    store_close(o->store);
    conf_clear(&o->conf);
    fake_ca_clear(o->ca);
    free(o->ca);
}

typedef int act(const struct acme_env *env, const struct conf *conf, struct acme_account *out,
                struct err *err);

static int doing(struct office *o, act *what)
{
    err_clear(&o->err);
    return what(&o->env, &o->conf, &o->got, &o->err);
}

static void a_life_from_end_to_end(struct test *t)
{
    struct office o;
    struct err err = {0};
    office_open(&o, t, "state");
    CHECK_INT(doing(&o, acme_account_show), 0);
    CHECK(!o.got.known);
    CHECK_INT(o.ca->requests, 0);
    CHECK_INT(doing(&o, acme_account_update), -1);
    CHECK_INT(o.err.code, ERR_USAGE);

    CHECK_INT(doing(&o, acme_account_register), 0);
    CHECK_STR(o.got.url, "https://ca.test/a/0");
    CHECK_STR(o.got.status, "valid");
    CHECK_STR(o.got.contact, "mailto:a@a.test");
    CHECK_INT(doing(&o, acme_account_register), 0);
    CHECK_INT(o.ca->new_accounts, 1);

    free(o.conf.acme.email);
    o.conf.acme.email = NULL;
    CHECK_INT(doing(&o, acme_account_update), 0);
    CHECK_STR(o.got.contact, "");

    char before[44];
    text_copy(before, sizeof before, o.got.thumbprint);
    CHECK_INT(doing(&o, acme_account_rollover), 0);
    CHECK_INT(o.ca->key_changes, 1);
    CHECK(strcmp(o.got.thumbprint, before) != 0);
    CHECK_INT(doing(&o, acme_account_show), 0);
    CHECK_STR(o.got.status, "valid");

    CHECK_INT(doing(&o, acme_account_deactivate), 0);
    CHECK_STR(o.got.status, "deactivated");
    char folder[128];
    store_account_dir("https://ca.test/dir", folder);
    struct buf kept = BUF_INIT(64 * 1024);
    CHECK_INT(store_get_secret(
                  o.store,
                  test_text(t, "%s/deactivated-%lld.key", folder, (long long)fake_ca_now(o.ca)),
                  &kept, &err),
              0);
    buf_wipe(&kept);
    CHECK_INT(doing(&o, acme_account_show), 0);
    CHECK(!o.got.known);
    CHECK_INT(doing(&o, acme_account_register), 0);
    CHECK_INT(o.ca->new_accounts, 2);
    CHECK_STR(o.ca->complaint, "");
    office_close(&o);
}

/* Whatever befalls a rollover, the next start works with the key that the CA knows. */
static void a_rollover_that_is_cut_short_is_mended(struct test *t)
{
    for (int fault = FAKE_REFUSED; fault < FAKE_FAULTS; fault++) {
        for (size_t at = 0; at < 5; at++) {
            struct office o;
            office_open(&o, t, test_text(t, "state-%d-%zu", fault, at));
            CHECK_INT(doing(&o, acme_account_register), 0);
            o.ca->fault = (enum fake_fault)fault;
            o.ca->fault_at = o.ca->requests + at;
            if (doing(&o, acme_account_rollover))
                CHECK(o.err.text[0] != '\0');
            o.ca->fault = FAKE_NONE;
            o.ca->dead = false;
            if (!CHECK_INT(doing(&o, acme_account_show), 0))
                CHECK_STR(o.err.text, test_text(t, "fault %d at %zu", fault, at));
            CHECK_STR(o.got.url, "https://ca.test/a/0");
            CHECK_INT(o.ca->new_accounts, 1);
            office_close(&o);
        }
    }
}

/* Also when only the CA knows that it is done: an answer was lost, or somebody else did it. */
static void a_deactivation_whose_answer_was_lost_counts(struct test *t)
{
    static const enum fake_fault faults[] = {FAKE_LOST, FAKE_DIES_DONE, FAKE_GARBAGE};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct office o;
        office_open(&o, t, test_text(t, "state-%zu", i));
        CHECK_INT(doing(&o, acme_account_register), 0);
        char url[512];
        text_copy(url, sizeof url, o.got.url);
        o.ca->fault = faults[i];
        o.ca->fault_at = o.ca->requests;
        if (doing(&o, acme_account_deactivate)) {
            o.ca->fault = FAKE_NONE;
            o.ca->dead = false;
            CHECK_INT(doing(&o, acme_account_deactivate), 0);
        }
        CHECK_STR(o.err.text, "");
        CHECK_STR(o.got.status, "deactivated");
        CHECK_STR(o.got.url, url);
        CHECK(o.ca->account_off[0]);
        CHECK_INT(doing(&o, acme_account_show), 0);
        CHECK(!o.got.known);
        CHECK_INT(doing(&o, acme_account_register), 0);
        CHECK_INT(o.ca->new_accounts, 2);
        office_close(&o);
    }
}

static void fill_bundle(struct test *t, struct bundle *out)
{
    static const char *const names[] = {"vpn.a.test"};
    struct err err = {0};
    struct cert_chain chain = {0};
    struct key *key = NULL;
    REQUIRE(key_new(&key, KEY_EC256, &err) == 0);
    REQUIRE(cert_self_signed(key, names, 1, 1000, 2000, &chain, &err) == 0);
    REQUIRE(bundle_fill(out, &key, &chain, &err) == 0);
    key_free(key);
    cert_chain_clear(&chain);
}

static void revokes_by_either_key(struct test *t)
{
    struct office o;
    struct bundle b = {0};
    office_open(&o, t, "state");
    fill_bundle(t, &b);
    CHECK_INT(acme_revoke(&o.env, &o.conf, &b, 4, &o.err), 0); /* there is no account */
    CHECK(o.ca->revoked_by_cert);
    CHECK_INT(o.ca->reason, 4);
    CHECK_INT(doing(&o, acme_account_register), 0);
    CHECK_INT(acme_revoke(&o.env, &o.conf, &b, 1, &o.err), 0); /* alreadyRevoked */

    o.ca->revocations = 0;
    CHECK_INT(acme_revoke(&o.env, &o.conf, &b, 1, &o.err), 0);
    CHECK(!o.ca->revoked_by_cert);
    CHECK_INT(o.ca->reason, 1);

    o.ca->revocations = 0;
    o.ca->refuse_revoke = "unauthorized";
    CHECK_INT(acme_revoke(&o.env, &o.conf, &b, 0, &o.err), 0);
    CHECK(o.ca->revoked_by_cert);

    key_free(b.key);
    b.key = NULL;
    CHECK_INT(acme_revoke(&o.env, &o.conf, &b, 0, &o.err), -1);
    CHECK_STR(o.err.problem, "unauthorized");
    CHECK_STR(o.ca->complaint, "");
    bundle_clear(&b);
    office_close(&o);
}

/* What is left of a key change that was cut short cannot be read. */
static void a_damaged_pending_key_is_no_end(struct test *t)
{
    static const char pending[] = "/pending.key";
    struct office o;
    struct err err = {0};
    char rel[160];
    office_open(&o, t, "state");
    CHECK_INT(doing(&o, acme_account_register), 0);
    store_account_dir("https://ca.test/dir", rel);
    snprintf(rel + strlen(rel), sizeof rel - strlen(rel), "%s", pending);
    REQUIRE(store_put_secret(o.store, rel, "garbage", 7, &err) == 0);
    CHECK_INT(doing(&o, acme_account_show), 0); /* the CA knows the old key: nothing was changed */
    CHECK(!store_has(o.store, rel));
    CHECK_INT(o.ca->account_count, 1);
    REQUIRE(store_put_secret(o.store, rel, "garbage", 7, &err) == 0);
    fake_ca_forget(o.ca); /* it may know the key that is lost: a person has to look */
    CHECK_INT(doing(&o, acme_account_show), -1);
    CHECK(strstr(o.err.text, "pending.key") != NULL && strstr(o.err.hint, "pending.key") != NULL);
    CHECK(store_has(o.store, rel));
    office_close(&o);
}

/* Some CAs ask for a customer before they look whether they know the key. */
static void a_lookup_that_is_refused_is_no_end(struct test *t)
{
    struct office o;
    struct err err = {0};
    char rel[160], record[200];
    office_open(&o, t, "state");
    CHECK_INT(doing(&o, acme_account_register), 0);
    store_account_dir("https://ca.test/dir", rel);
    o.ca->refuse_lookup = "externalAccountRequired";
    o.ca->fault = FAKE_DIES; /* the key is made, the CA never hears of it */
    o.ca->fault_at = o.ca->requests;
    CHECK_INT(doing(&o, acme_account_rollover), -1);
    o.ca->dead = false;
    o.ca->fault = FAKE_NONE;
    snprintf(record, sizeof record, "%s/pending.key", rel);
    CHECK(store_has(o.store, record));
    CHECK_INT(doing(&o, acme_account_show), 0);
    CHECK(!store_has(o.store, record));
    snprintf(record, sizeof record, "%s/account.json", rel);
    fake_ca_forget(o.ca);
    CHECK_INT(store_remove(o.store, record, &err), 0);
    CHECK_INT(doing(&o, acme_account_register), 0); /* asks for the key's account, or makes one */
    CHECK_INT(o.ca->account_count, 2);
    office_close(&o);
}

const struct test_case suite_account[] = {
    {"a_life_from_end_to_end", a_life_from_end_to_end},
    {"a_rollover_that_is_cut_short_is_mended", a_rollover_that_is_cut_short_is_mended},
    {"a_deactivation_whose_answer_was_lost_counts", a_deactivation_whose_answer_was_lost_counts},
    {"revokes_by_either_key", revokes_by_either_key},
    {"a_damaged_pending_key_is_no_end", a_damaged_pending_key_is_no_end},
    {"a_lookup_that_is_refused_is_no_end", a_lookup_that_is_refused_is_no_end},
    {NULL, NULL},
};
