/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as proven after a deploy, and what is rolled back. */
#include "deploy_world.h"
#include "text.h"

#include <string.h>

static void a_failed_start_is_rolled_back(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.machine.start_fails = 13;
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
    CHECK_INT(err.code, ERR_ROLLED_BACK);
    CHECK_INT(err.number, 13);
    CHECK(strstr(err.text, "RemoteAccess") && strstr(err.text, "rolled back"));
    CHECK_INT(fake_serves(&w.machine), OLD);
    CHECK(!w.machine.cert[NEW].in_my && !fake_has_orphan_key(&w.machine));
    pair_clear(&p);
}

static void without_a_call_it_is_not_proven(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.machine.calls_fail = true; /* before as well: the old state is judged as it was */
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
    CHECK_INT(err.code, ERR_ROLLED_BACK);
    CHECK(strstr(err.text, "not proven"));
    CHECK_INT(fake_serves(&w.machine), OLD);
    pair_clear(&p);
}

/* With the account the proof asks for the hash; what a logon cannot tell changes nothing. */
static void an_account_proves_the_hash(struct test *t)
{
    static const struct {
        enum wire_hash logon;
        const char *file;
        int logons;
        int serves;
    } cases[] = {{WIRE_HASH_ACCEPTED, "password", 1, NEW},
                 {WIRE_HASH_OPEN, "password", 1, NEW},
                 {WIRE_HASH_OPEN, "no-such-file", 0, NEW},
                 {WIRE_HASH_REFUSED, "password", 1, OLD}};
    char user[] = "probe";

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct deploy_world w;
        char path[512];
        text_copy(path, sizeof path, test_path(t, cases[i].file));
        if (cases[i].logons > 0)
            REQUIRE(os_write_file(path, "secret\n", 7, &err) == 0);
        pair_make(t, &p, false);
        deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
        w.conf.deploy.verify.account.user = user;
        w.conf.deploy.verify.account.password_file = path;
        w.machine.logon = cases[i].logon;
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), cases[i].serves == NEW ? 0 : -1);
        CHECK_INT(w.machine.logons, cases[i].logons);
        CHECK_INT(fake_serves(&w.machine), cases[i].serves);
        if (cases[i].serves == OLD) {
            CHECK_INT(err.code, ERR_ROLLED_BACK);
            CHECK(strstr(err.text, "not proven with the account probe: as the test says") != NULL);
        }
        pair_clear(&p);
    }
}

static void http_sys_judges_before_anything_live_is_touched(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;
    struct fake before;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.machine.refuses_binding = true;
    before = w.machine;
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
    CHECK_INT(err.code, ERR_ROLLED_BACK);
    CHECK_INT(err.number, 1312);
    CHECK(strstr(err.text, "trial binding") && strstr(err.text, "nothing was changed"));
    CHECK_MEM(w.machine.value, sizeof before.value, before.value, sizeof before.value);
    CHECK_MEM(w.machine.binding, sizeof before.binding, before.binding, sizeof before.binding);
    CHECK(!w.machine.cert[NEW].in_my && !fake_has_orphan_key(&w.machine));
    CHECK(!out.restarted);
    pair_clear(&p);
}

/* The new certificate with the certificate of its issuer. */
static void issue_new_one(struct pair *p)
{
    static const char *const names[] = {"vpn.example.test"};
    struct key *root_key = pki_key(KEY_EC256), *ca_key = pki_key(KEY_EC256);
    struct key *key = pki_key(KEY_EC256);
    struct pki_spec ca = {.ca = true, .not_before = NOW - DAY, .not_after = NOW + 900 * DAY};
    struct pki_spec own = {.key = key,
                           .cn = names[0],
                           .names = names,
                           .name_count = 1,
                           .usage = "serverAuth",
                           .not_before = NOW - DAY,
                           .not_after = NOW + 90 * DAY};
    struct cert_chain chain = {.count = 0};
    struct err err = {0};

    ca.key = root_key;
    ca.cn = "Root";
    pki_issue(&chain, &ca, root_key);
    ca.key = ca_key;
    ca.cn = "CA";
    pki_issue(&chain, &ca, root_key);
    pki_issue(&chain, &own, ca_key);
    bundle_clear(&p->new_one);
    (void)!bundle_fill(&p->new_one, &key, &chain, &err);
    key_free(ca_key);
    key_free(root_key);
}

static void the_issuer_has_to_be_sent(struct test *t)
{
    for (int lost = 0; lost < 2; lost++) {
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct deploy_world w;
        pair_make(t, &p, false);
        issue_new_one(&p);
        deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
        w.machine.loses_intermediates = lost;
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), lost ? -1 : 0);
        CHECK_INT(err.code, lost ? ERR_ROLLED_BACK : ERR_NONE);
        CHECK(!lost || strstr(err.text, "without its issuer"));
        CHECK_INT(fake_serves(&w.machine), lost ? OLD : NEW);
        pair_clear(&p);
    }
}

static void an_own_address_with_another_certificate_is_no_proof(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.machine.shadowed = true;
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
    CHECK_INT(err.code, ERR_ROLLED_BACK);
    if (!strstr(err.text, "192.0.2.10:8443: serves certificate"))
        CHECK_STR(err.text, "");
    CHECK_INT(fake_serves(&w.machine), OLD);
    pair_clear(&p);
}

static void an_event_speaks_against_it(struct test *t)
{
    for (int id = 20; id <= 22; id += 2) {
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct deploy_world w;
        pair_make(t, &p, false);
        deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
        w.machine.start_event = (uint32_t)id;
        w.machine.calls_fail = id == 22;
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
        CHECK_INT(err.code, ERR_ROLLED_BACK);
        CHECK(strstr(err.text, id == 20 ? "RasSstp event 20: something is wrong"
                                        : "RasSstp event 22: something is wrong"));
        CHECK_INT(fake_serves(&w.machine), OLD);
        pair_clear(&p);
    }
}

static void it_has_to_stay_right_for_a_while(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), 0);
    CHECK(fake_unix_ms(&w.machine) - w.machine.started_at_ms >= 10000);
    CHECK(fake_unix_ms(&w.machine) - w.machine.started_at_ms < 13000);
    pair_clear(&p);
}

const struct test_case suite_deploy_proof[] = {
    {"a_failed_start_is_rolled_back", a_failed_start_is_rolled_back},
    {"without_a_call_it_is_not_proven", without_a_call_it_is_not_proven},
    {"an_account_proves_the_hash", an_account_proves_the_hash},
    {"http_sys_judges_before_anything_live_is_touched",
     http_sys_judges_before_anything_live_is_touched},
    {"the_issuer_has_to_be_sent", the_issuer_has_to_be_sent},
    {"an_own_address_with_another_certificate_is_no_proof",
     an_own_address_with_another_certificate_is_no_proof},
    {"an_event_speaks_against_it", an_event_speaks_against_it},
    {"it_has_to_stay_right_for_a_while", it_has_to_stay_right_for_a_while},
    {NULL, NULL},
};
