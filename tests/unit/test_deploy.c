/* SPDX-License-Identifier: Apache-2.0 */
/* The driver on a model machine: what it changes, keeps, tells and leaves alone. */
#include "deploy_world.h"

#include <string.h>

static void deploys_and_then_changes_nothing(struct test *t)
{
    struct pair p;

    for (int i = 0; i < DEPLOY_SITUATIONS; i++) {
        const struct situation_case *c = &deploy_situations[i];
        struct deploy_result out = {0}, again = {0};
        struct err err = {0};
        struct deploy_world w;
        pair_for(t, &p, c);
        deploy_world_make(&w, &p, c);
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), 0);
        CHECK_STR(err.text, "");
        CHECK(out.changed);
        CHECK_INT(out.proven, !c->stays_stopped);
        CHECK_INT(out.restarted, !c->stays_stopped);
        if (c->stays_stopped)
            CHECK_INT(out.outage_ms, -1);
        else if (!w.machine.asks_escalation) /* the model's RRAS takes 700 ms to stop and start */
            CHECK(out.outage_ms >= 690 && out.outage_ms <= 750);
        else
            CHECK(out.outage_ms >= 690 && out.outage_ms < 3000);
        CHECK_INT(w.machine.full_looks, 1); /* what was changed is read back alone */
        CHECK_INT(fake_serves(&w.machine), c->stays_stopped ? -1 : NEW);
        CHECK(!fake_has_orphan_key(&w.machine));
        CHECK_INT(w.machine.binding[0].check_mode,
                  w.machine.binding[0].present && !binding_is_foreign(&w.machine.binding[0])
                      ? 0x1000
                      : 0);
        CHECK_INT(deploy_world_run(&w, &p, &again, &err), 0);
        CHECK(!again.changed && !again.restarted);
        pair_clear(&p);
    }
}

/* Four renewals with `keep` 1; a failing removal, and one that something else names. */
static void previous_certificates_go(struct test *t)
{
    enum { RENEWALS = 4 };
    struct bundle b[RENEWALS] = {{0}};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.conf.deploy.keep = 1;
    for (int i = 0; i < RENEWALS; i++) {
        struct deploy_result out = {0};
        int cert;
        pair_bundle(t, &b[i], NOW + (90 + i) * DAY);
        cert = fake_add_cert(&w.machine, &b[i].leaf, false, false);
        if (i == 0)
            w.machine.elsewhere = cert; /* IIS, say */
        CHECK_INT(drive_run(&w.env, &w.conf, &w.seams.ports, &b[i], &out, &err), 0);
        CHECK_INT(fake_serves(&w.machine), cert);
    }
    CHECK(w.machine.cert[OLD].in_my); /* not ours */
    CHECK(w.machine.cert[2].in_my);   /* named elsewhere */
    CHECK(!w.machine.cert[3].in_my);  /* gone, with its key */
    CHECK(w.machine.cert[4].in_my);   /* kept */
    CHECK(w.machine.cert[5].in_my);   /* serves */
    CHECK(!fake_has_orphan_key(&w.machine));
    for (int i = 0; i < RENEWALS; i++)
        bundle_clear(&b[i]);
    pair_clear(&p);
}

/* A roll-back takes the certificate away and leaves the key, which is not the import's; a clean-up
 * does the same: the key is for its owner to remove. */
static void a_key_in_the_machine_stays(struct test *t)
{
    const struct situation_case *c = deploy_situation(t, "key in the machine");
    const int k = FAKE_KEYS - 1;

    for (int fails = 0; fails < 2; fails++) {
        struct deploy_result out = {0};
        struct err err = {0};
        struct bundle next = {0};
        struct pair p;
        struct deploy_world w;
        pair_for(t, &p, c);
        deploy_world_make(&w, &p, c);
        w.machine.start_event = fails ? 20 : 0;
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), fails ? -1 : 0);
        CHECK_INT(w.machine.cert[NEW].in_my, !fails);
        CHECK_INT(fake_serves(&w.machine), fails ? OLD : NEW);
        if (!fails) {
            CHECK_INT(w.machine.cert[NEW].key, k);
            pair_bundle(t, &next, NOW + 95 * DAY); /* keep is 0 */
            fake_add_cert(&w.machine, &next.leaf, false, false);
            CHECK_INT(drive_run(&w.env, &w.conf, &w.seams.ports, &next, &out, &err), 0);
            CHECK(!w.machine.cert[NEW].in_my);
        }
        CHECK(w.machine.key[k].exists);
        bundle_clear(&next);
        pair_clear(&p);
    }
}

static bool interrupted(void)
{
    return true;
}

static void an_interrupt_changes_nothing(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.env.interrupted = interrupted;
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
    CHECK_INT(err.code, ERR_ROLLED_BACK);
    CHECK(strstr(err.text, "nothing was changed"));
    CHECK_INT(fake_serves(&w.machine), OLD);
    CHECK(!w.machine.cert[NEW].in_my && !fake_has_orphan_key(&w.machine));
    pair_clear(&p);
}

static void a_dry_run_changes_nothing(struct test *t)
{
    struct steps steps = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;
    struct fake before;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    w.env.steps = &steps;
    w.machine.sessions = 3;
    before = w.machine;
    CHECK_INT(drive_dry_run(&w.env, &w.conf, &w.seams.ports, &p.new_one, &err), 0);
    REQUIRE(steps.n == 9);
    CHECK_STR(steps.v[0].name, "import");
    CHECK_STR(steps.v[1].name, "set SHA256CertificateHash");
    CHECK_STR(steps.v[3].name, "set isHashConfiguredByAdmin");
    CHECK_STR(steps.v[4].name, "bind 0.0.0.0:8443");
    CHECK_STR(steps.v[6].name, "restart RemoteAccess");
    CHECK_STR(steps.v[7].after, "3 connected; restarted: RemoteAccess, " FAKE_DEPENDENT);
    CHECK(strstr(steps.v[8].after, "go back to certificate"));
    CHECK_MEM(w.machine.value, sizeof before.value, before.value, sizeof before.value);
    CHECK_MEM(w.machine.binding, sizeof before.binding, before.binding, sizeof before.binding);
    CHECK_INT(w.machine.journal_len, 0);
    steps_clear(&steps);
    pair_clear(&p);
}

/* Where nobody can come over IPv6 it is no loss; where somebody can, it is a fault as ever. */
static void without_ipv6_the_deploy_goes_on(struct test *t)
{
    for (int has_v6 = 0; has_v6 < 2; has_v6++) {
        struct deploy_seen seen = {0};
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct deploy_world w;
        pair_make(t, &p, false);
        deploy_world_make(&w, &p, deploy_situation(t, "no IPv6, flag 0"));
        w.machine.has_v6_address = has_v6;
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), has_v6 ? -1 : 0);
        CHECK_INT(err.number, has_v6 ? 87 : 0);
        if (!has_v6) {
            CHECK_INT(fake_serves(&w.machine), NEW);
            CHECK(!w.machine.binding[FAMILY_V6].present);
            CHECK_INT(w.machine.log.n, 1); /* RRAS's own event 13, which only warns */
            CHECK_INT(drive_look(&w.env, &w.conf, &w.seams.ports, &p.new_one.leaf, &seen, &err), 0);
            CHECK_INT(seen.state, DEPLOYED_CURRENT);
            w.machine.no_v6 = false; /* IPv6 comes: now it is wanted */
            w.machine.has_v6_address = true;
            CHECK_INT(deploy_world_run(&w, &p, &out, &err), 0);
            CHECK(out.changed && binding_shows(&w.machine.binding[1], p.new_one.leaf.sha1));
        }
        pair_clear(&p);
    }
}

static const char *level_of(const struct checks *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->v[i].id, id) == 0)
            return check_level_name(c->v[i].level);
    return "";
}

static void looks_and_checks(struct test *t)
{
    struct deploy_seen seen = {0};
    struct deploy_result out = {0};
    struct checks checks = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;

    pair_make(t, &p, false);
    deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
    CHECK_INT(drive_look(&w.env, &w.conf, &w.seams.ports, &p.new_one.leaf, &seen, &err), 0);
    CHECK_INT(seen.state, DEPLOYED_DRIFT);
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), 0);
    CHECK_INT(drive_look(&w.env, &w.conf, &w.seams.ports, &p.new_one.leaf, &seen, &err), 0);
    CHECK_INT(seen.state, DEPLOYED_CURRENT);
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_INT(checks.n, 15);
    CHECK_INT(checks_worst(&checks), CHECK_OK);
    checks_clear(&checks);
    size_t probes = w.conf.deploy.verify.probe.n;
    w.conf.deploy.verify.probe.n = 0; /* nothing would prove that calls begin */
    w.conf.deploy.verify.account.user = (char[]){"probe"};
    w.conf.deploy.verify.account.password_file = (char[]){"env:RRAS_TEST_NO_SUCH_NAME"};
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_STR(level_of(&checks, "deploy.wire"), "warn");
    CHECK_STR(level_of(&checks, "deploy.account"), "warn");
    checks_clear(&checks);
    w.conf.deploy.verify.probe.n = probes;
    w.conf.deploy.verify.account.user = NULL;
    w.machine.record = (struct http_record){.where = "192.0.2.10:443", .hash_len = SHA1_BYTES};
    memcpy(w.machine.record.hash, p.new_one.leaf.sha1, SHA1_BYTES); /* right until the next one */
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_STR(level_of(&checks, "deploy.records"), "warn");
    checks_clear(&checks);
    w.machine.record.hash[0] ^= 1;
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_STR(level_of(&checks, "deploy.records"), "fail");
    checks_clear(&checks);
    w.machine.record.where[0] = '\0';
    w.machine.binding[1].hash[0] ^= 1;
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_INT(checks_worst(&checks), CHECK_WARN);
    checks_clear(&checks);
    w.machine.no_ports = true;
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_INT(checks_worst(&checks), CHECK_FAIL);
    checks_clear(&checks);
    w.machine.sees_little = true; /* not known: nothing is said of it */
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    for (size_t i = 0; i < checks.n; i++)
        CHECK(strcmp(checks.v[i].id, "deploy.ports") != 0);
    checks_clear(&checks);
    pair_clear(&p);
}

static void write_journal(struct fake *f, const char *text)
{
    f->journal_len = strlen(text);
    memcpy(f->journal, text, f->journal_len + 1);
}

static void a_damaged_journal_stops_nothing_that_runs(struct test *t)
{
    static const char *const texts[] = {"", "{", "{}", "{\"version\": 1, \"phase\": \"bind\"}",
                                        "{\"version\": 2}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bool other_version = i == 4;
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct deploy_world w;
        pair_make(t, &p, false);
        deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
        fake_stop_rras(&w.machine); /* by whom? */
        write_journal(&w.machine, i == 0 ? " " : texts[i]);
        CHECK_INT(deploy_world_recover(&w, &err), -1);
        CHECK(strstr(err.text, "deploy journal") && strstr(err.hint, "move the journal away"));
        CHECK_STR(w.machine.journal, i == 0 ? " " : texts[i]);
        fake_reboot(&w.machine);
        err_clear(&err);
        CHECK_INT(deploy_world_recover(&w, &err), other_version ? -1 : 0);
        err_clear(&err);
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), other_version ? -1 : 0);
        CHECK_INT(fake_serves(&w.machine), other_version ? OLD : NEW);
        pair_clear(&p);
    }
}

/* It may have read the hashes, or not: nothing is changed. A look tells all the same. */
static void a_service_that_never_ends_to_start(struct test *t)
{
    const struct situation_case *c = deploy_situation(t, "RRAS is starting");
    struct deploy_survey s = {0};
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct deploy_world w;
    pair_for(t, &p, c);
    deploy_world_make(&w, &p, c);
    w.machine.service[0].changes_at_ms = INT64_MAX;
    CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
    CHECK(s.broken);
    CHECK_INT(s.served_until, p.old.leaf.not_after);
    CHECK_INT(deploy_world_run(&w, &p, &out, &err), -1);
    CHECK_INT(err.code, ERR_ROLLED_BACK);
    CHECK(strstr(err.text, "after 20 s; nothing was killed; nothing was changed") != NULL);
    CHECK_INT(w.machine.journal_len, 0);
    pair_clear(&p);
}

/* What decides whether a deploy waits for its window. */
static void surveys_what_a_deploy_would_interrupt(struct test *t)
{
    static const struct {
        const char *name; /* of a situation */
        bool interrupts, broken;
    } cases[] = {
        {"flag 0", true, false},
        {"no SHA-1 hash", true, false},
        {"old certificate expired", true, false},
        {"v6 not bound", true, true},
        {"stale hash", true, true},
        {"RRAS stopped", false, false},
        {"offload, balancer out of view", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct situation_case *c = deploy_situation(t, cases[i].name);
        struct deploy_survey s = {0}, alone = {0};
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct deploy_world w;
        pair_for(t, &p, c);
        deploy_world_make(&w, &p, c);
        CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
        if (!CHECK_INT(s.interrupts, cases[i].interrupts) || !CHECK_INT(s.broken, cases[i].broken))
            CHECK_STR(c->name, "as the table says");
        CHECK(s.broken == (s.why[0] != '\0'));
        if (!s.broken) {
            CHECK_INT(s.served_until, p.old.leaf.not_after);
            CHECK_MEM(s.served_sha256, SHA256_BYTES, p.old.leaf.sha256, SHA256_BYTES);
        }
        /* The same without a certificate of ours. */
        CHECK_INT(drive_serves(&w.env, &w.conf, &w.seams.ports, &alone, &err), 0);
        CHECK_INT(alone.served_until, s.served_until);
        CHECK_INT(alone.served_from, s.served_from);
        CHECK_MEM(alone.served_sha256, SHA256_BYTES, s.served_sha256, SHA256_BYTES);
        CHECK(s.sessions_known);
        CHECK_INT(s.sessions, 0);
        CHECK_INT(w.machine.journal_len, 0);
        w.machine.sessions = 7;
        CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
        CHECK_INT(s.sessions, 7);
        w.machine.sees_little = true;
        CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
        CHECK(!s.sessions_known && s.sessions_why[0] != '\0');
        w.machine.sees_little = false;
        CHECK_INT(deploy_world_run(&w, &p, &out, &err), 0);
        CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
        CHECK(!s.interrupts && !s.broken);
        CHECK_INT(s.served_until, p.new_one.leaf.not_after);
        pair_clear(&p);
    }
}

const struct test_case suite_deploy[] = {
    {"surveys_what_a_deploy_would_interrupt", surveys_what_a_deploy_would_interrupt},
    {"a_damaged_journal_stops_nothing_that_runs", a_damaged_journal_stops_nothing_that_runs},
    {"a_service_that_never_ends_to_start", a_service_that_never_ends_to_start},
    {"deploys_and_then_changes_nothing", deploys_and_then_changes_nothing},
    {"previous_certificates_go", previous_certificates_go},
    {"a_key_in_the_machine_stays", a_key_in_the_machine_stays},
    {"an_interrupt_changes_nothing", an_interrupt_changes_nothing},
    {"a_dry_run_changes_nothing", a_dry_run_changes_nothing},
    {"without_ipv6_the_deploy_goes_on", without_ipv6_the_deploy_goes_on},
    {"looks_and_checks", looks_and_checks},
    {NULL, NULL},
};
