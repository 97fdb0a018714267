/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver on a model machine. The fault loop lets every single call fail, lie, and be the one in
 * which the program dies, in each of several situations, and demands of each: the exit code tells
 * the truth, a reboot at that point gives a working VPN, and recovery plus a second run end with
 * the wanted certificate and nothing left over.
 */
#include "fake_target.h"
#include "pki.h"
#include "test.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { PORT = 8443, DAY = 86400, NOW = 1800000000 };

/* A certificate on the machine and the one to deploy. */
struct pair {
    struct bundle old, new_one;
};

static void make_bundle(struct test *t, struct bundle *b, int64_t not_after)
{
    static const char *const names[] = {"vpn.example.test"};
    struct cert_chain chain = {.count = 0};
    struct key *key = NULL;
    struct err err = {0};

    REQUIRE(key_new(&key, KEY_EC256, &err) == 0);
    REQUIRE(cert_self_signed(key, names, 1, not_after - 90 * DAY, not_after, &chain, &err) == 0);
    REQUIRE(bundle_fill(b, &key, &chain, &err) == 0);
}

static void pair_make(struct test *t, struct pair *p, bool expired)
{
    memset(p, 0, sizeof *p);
    make_bundle(t, &p->old, expired ? NOW - DAY : NOW + 5 * DAY);
    make_bundle(t, &p->new_one, NOW + 90 * DAY);
}

static void pair_clear(struct pair *p)
{
    bundle_clear(&p->old);
    bundle_clear(&p->new_one);
}

/* ---- situations ---- */

enum { OLD = 0, NEW = 1 };

struct situation_case {
    const char *name;
    int flag; /* -1 = absent */
    bool expired;
    void (*change)(struct fake *f);
    bool starts_broken; /* the VPN does not work to begin with */
    bool stays_stopped; /* RRAS does not run and is not started */
};

static void drop_v6(struct fake *f)
{
    memset(&f->binding[FAMILY_V6], 0, sizeof f->binding[FAMILY_V6]);
}

static void no_v6(struct fake *f)
{
    drop_v6(f);
    f->no_v6 = true;
}

static void stale_hash(struct fake *f)
{
    f->value[VALUE_SHA256].bytes[0] ^= 1;
    f->cached_sha256[0] ^= 1;
}

static void have_new(struct fake *f)
{
    f->cert[NEW].in_my = true;
    f->cert[NEW].key = 5;
    f->key[5].exists = true;
    text_copy(f->key[5].name, sizeof f->key[5].name, "container-5");
}

/* Everything is the new certificate's, but the listener was not opened anew since. */
static void written_by_hand(struct fake *f)
{
    have_new(f);
    fake_show(f, NEW);
    memcpy(f->cached_sha256, f->cert[OLD].info.sha256, SHA256_BYTES);
    f->written_at_ms = f->started_at_ms + 600000;
}

static void trial_port_is_taken(struct fake *f)
{
    f->taken_port = 61443;
}

static void have_new_without_key(struct fake *f)
{
    f->cert[NEW].in_my = true;
}

static void sees_little(struct fake *f)
{
    f->sees_little = true;
}

static void old_windows(struct fake *f)
{
    f->refuses_aes = true;
}

static void no_sha1(struct fake *f)
{
    memset(&f->value[VALUE_SHA1], 0, sizeof f->value[VALUE_SHA1]);
}

/* The new certificate's key is in a container of the machine, which no import makes. */
static const char CONTAINER[] = "rras-acme-vpn-0123456789abcdef";

static void key_in_machine(struct fake *f)
{
    const int k = FAKE_KEYS - 1;

    f->key[k].exists = true;
    text_copy(f->key[k].name, sizeof f->key[k].name, CONTAINER);
}

/* The same, and the certificate has lost it. */
static void key_in_machine_not_named(struct fake *f)
{
    key_in_machine(f);
    f->cert[NEW].in_my = true;
}

#define IIS "{4dc3e181-e14b-4a21-b022-59fc669b0914}"

static void v4_shared(struct fake *f)
{
    f->asks_binding = CONF_BINDING_SHARE;
    text_copy(f->binding[FAMILY_V4].app_id, sizeof f->binding[0].app_id, IIS);
    f->binding[FAMILY_V4].check_mode = 0;
    f->binding[FAMILY_V4].flags = 0x20;
}

static void shared(struct fake *f)
{
    v4_shared(f);
    f->binding[FAMILY_V6] = f->binding[FAMILY_V4];
}

static void taken_over(struct fake *f)
{
    shared(f);
    f->asks_binding = CONF_BINDING_TAKEOVER;
}

static void shared_stopped(struct fake *f)
{
    shared(f);
    fake_stop_rras(f);
}

static void gets_stuck(struct fake *f)
{
    f->asks_escalation = f->gets_stuck = true;
}

static void offload(struct fake *f)
{
    f->asks_mode = CONF_OFFLOAD;
    f->value[VALUE_USE_HTTPS] = raw_dword(0);
    f->balancer = NEW;
}

static void offload_seen(struct fake *f)
{
    offload(f);
    f->asks_balancer = true;
}

static void offload_sha256_only(struct fake *f)
{
    offload_seen(f);
    no_sha1(f);
    memset(f->binding, 0, sizeof f->binding);
}

static const struct situation_case situations[] = {
    {"flag 0", 0, false, NULL, false, false},
    {"flag 1", 1, false, NULL, false, false},
    {"flag absent", -1, false, NULL, false, false},
    {"no SHA-1 hash", 0, false, no_sha1, false, false},
    {"old certificate expired", 0, true, NULL, false, false},
    {"v6 not bound", 0, false, drop_v6, true, false},
    {"no IPv6, flag 0", 0, false, no_v6, false, false},
    {"no IPv6, flag 1", 1, false, no_v6, false, false},
    {"stale hash", 1, false, stale_hash, true, false},
    {"new certificate there already", 0, false, have_new, false, false},
    {"new certificate there without key", 0, false, have_new_without_key, false, false},
    {"Windows without AES in PFX", 0, false, old_windows, false, false},
    {"hashes written by hand, listener old", 0, false, written_by_hand, true, false},
    {"somebody has the port of the trial", 0, false, trial_port_is_taken, false, false},
    {"nothing beside can be read", 0, false, sees_little, false, false},
    {"RRAS stopped", 0, false, fake_stop_rras, true, true},
    {"shared, flag 0", 0, false, shared, false, false},
    {"shared, flag 1", 1, false, shared, false, false},
    {"shared, IPv4 only another's", 0, false, v4_shared, false, false},
    {"shared, IPv4 only another's, flag 1", 1, false, v4_shared, false, false},
    {"shared, old certificate expired", 0, true, shared, false, false},
    {"shared, RRAS stopped", 0, false, shared_stopped, true, true},
    {"RRAS gets stuck, escalation allowed", 0, false, gets_stuck, false, false},
    {"RRAS gets stuck, escalation allowed, flag 1", 1, false, gets_stuck, false, false},
    {"offload, balancer out of view", 1, false, offload, true, false},
    {"offload", 1, false, offload_seen, true, false},
    {"offload, nothing bound", -1, false, offload_sha256_only, true, false},
    {"key in the machine", 0, false, key_in_machine, false, false},
    {"key in the machine, flag 1", 1, false, key_in_machine, false, false},
    {"key in the machine, not named", 0, false, key_in_machine_not_named, false, false},
    {"taken over, flag 0", 0, false, taken_over, false, false},
    {"taken over, flag 1", 1, false, taken_over, false, false},
};
enum { SITUATIONS = sizeof situations / sizeof situations[0] };

/* The certificates of a situation. */
static void pair_for(struct test *t, struct pair *p, const struct situation_case *c)
{
    struct key *k = NULL;
    struct err err = {0};

    pair_make(t, p, c->expired);
    if (c->change != key_in_machine && c->change != key_in_machine_not_named)
        return;
    REQUIRE(key_refer_cert(&k, CONTAINER, p->new_one.chain.cert[0].der,
                           p->new_one.chain.cert[0].len, &err) == 0);
    key_free(p->new_one.key);
    p->new_one.key = k;
}

/* ---- one machine with the program on it ---- */

struct world {
    struct fake machine;
    struct fake_ports seams;
    struct conf conf;
    struct deploy_env env;
    char *names[1], *probes[2];
    char name_text[32], probe_text[2][16], conf_name[8], service[16];
};

static void world_make(struct world *w, const struct pair *p, const struct situation_case *c)
{
    memset(w, 0, sizeof *w);
    fake_init(&w->machine, PORT, c->flag);
    fake_add_cert(&w->machine, &p->old.leaf, true, true);
    fake_add_cert(&w->machine, &p->new_one.leaf, false, false);
    fake_show(&w->machine, OLD);
    if (c->change)
        c->change(&w->machine);
    fake_open_ports(&w->machine, &w->seams);
    w->env = (struct deploy_env){.clock = &w->seams.clock};
    text_copy(w->name_text, sizeof w->name_text, "vpn.example.test");
    text_copy(w->probe_text[0], sizeof w->probe_text[0], "127.0.0.1");
    text_copy(w->probe_text[1], sizeof w->probe_text[1], "::1");
    text_copy(w->conf_name, sizeof w->conf_name, "vpn");
    text_copy(w->service, sizeof w->service, "RemoteAccess");
    w->names[0] = w->name_text;
    w->probes[0] = w->probe_text[0];
    if (w->machine.asks_balancer)
        text_copy(w->probe_text[1], sizeof w->probe_text[1], "198.51.100.1");
    w->probes[1] = w->probe_text[1];
    w->conf.name = w->conf_name;
    w->conf.names = (struct strings){w->names, 1};
    w->conf.deploy.port = PORT;
    w->conf.deploy.binding = w->machine.asks_binding;
    w->conf.deploy.mode = w->machine.asks_mode;
    w->conf.deploy.restart.escalate = w->machine.asks_escalation;
    w->conf.deploy.restart.service = w->service;
    w->conf.deploy.restart.timeout_ms = 20000;
    w->conf.deploy.verify.timeout_ms = 20000;
    w->conf.deploy.verify.stable_ms = 10000;
    w->conf.deploy.verify.probe = (struct strings){w->probes, 2};
}

static int run(struct world *w, const struct pair *p, struct deploy_result *out, struct err *err)
{
    return drive_run(&w->env, &w->conf, &w->seams.ports, &p->new_one, out, err);
}

static int recover(struct world *w, struct err *err)
{
    return drive_recover(&w->env, &w->conf, &w->seams.ports, err);
}

static void mend(struct world *w)
{
    memset(w->machine.fault, 0, sizeof w->machine.fault);
    w->machine.dead = false;
}

/* ---- what must hold ---- */

static const char *where(struct test *t, const struct situation_case *c, const struct world *w)
{
    static const char *const kinds[] = {"-", "fails", "lies", "dies before", "dies after"};
    const struct fake_fault *f = w->machine.fault;

    return test_text(t, "%s, call %d (%s) %s%s, then call %d %s", c->name, f[0].at,
                     w->machine.last_call, kinds[f[0].kind], f[0].for_good ? " for good" : "",
                     f[1].at, kinds[f[1].kind]);
}

static bool holds(struct test *t, bool cond, const char *what, const char *case_name)
{
    return CHECK_STR(cond ? "" : what, "") || CHECK_STR(case_name, "");
}

/* The exit code tells the truth about what serves. */
static void check_truth(struct test *t, const struct situation_case *c, const struct world *w,
                        int rc, const struct err *err)
{
    int serves = fake_serves(&w->machine);
    const char *name = test_text(t, "%s: %d %s", where(t, c, w), (int)err->code, err->text);

    if (c->stays_stopped) {
        holds(t, serves == -1, "RRAS was started", name);
        return;
    }
    if (rc == 0)
        holds(t, serves == NEW, "success, but the new certificate does not serve", name);
    else if (err->code == ERR_STRANDED)
        holds(t, err->hint[0] != '\0', "stranded without a hint", name);
    else if (!c->starts_broken)
        holds(t, serves == OLD, "says rolled back, but the old certificate does not serve", name);
    if (rc == 0 || err->code != ERR_STRANDED)
        holds(t, fake_all_run(&w->machine), "a service was left stopped", name);
}

/* Another program's record stays its own, or not, as configured; all but the hash is kept. */
static void check_owner(struct test *t, const struct world *w, const char *name)
{
    const struct binding *v4 = &w->machine.binding[FAMILY_V4];

    if (w->machine.asks_mode == CONF_OFFLOAD)
        holds(t, !w->machine.cert[NEW].in_my, "the certificate was imported", name);
    else if (w->machine.asks_binding == CONF_BINDING_SHARE)
        holds(t, strcmp(v4->app_id, IIS) == 0 && v4->flags == 0x20 && v4->check_mode == 0,
              "the record of the other program was changed", name);
    else
        holds(t, !binding_is_foreign(v4) && v4->flags == 0, "the record is not SSTP's", name);
}

/* After the fault is gone: settled, deployed, nothing left over. */
static void check_second_run(struct test *t, const struct situation_case *c, struct world *w,
                             const struct pair *p, const char *name)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct journal j;

    mend(w);
    if (!holds(t, recover(w, &err) == 0, err.text, name))
        return;
    if (!holds(t, run(w, p, &out, &err) == 0, err.text, name))
        return;
    if (c->stays_stopped) {
        holds(t, binding_shows(&w->machine.binding[1], p->new_one.leaf.sha1), "not bound", name);
        fake_reboot(&w->machine); /* that somebody starts RRAS must be enough */
    }
    holds(t, fake_serves(&w->machine) == NEW, "the new certificate does not serve in the end",
          name);
    holds(t, fake_all_run(&w->machine), "a service is stopped in the end", name);
    check_owner(t, w, name);
    holds(t, !fake_has_orphan_key(&w->machine), "a key container was left over", name);
    holds(t, w->machine.trial_port == 0, "a trial binding was left over", name);
    holds(t, c->flag != 1 || raw_number(&w->machine.value[VALUE_FLAG], 9) == 1, "flag lost", name);
    holds(t, c->flag != 0 || raw_number(&w->machine.value[VALUE_FLAG], 9) == 0, "flag kept", name);
    if (holds(t, journal_load(&j, &w->seams.records, "vpn", &err) == 0, err.text, name))
        holds(t, !journal_unfinished(&j), "the journal is unfinished", name);
}

/* What RRAS cannot mend by itself: records of another program that differ from each other. The
 * program keeps that to the two calls; never does it leave one that differs from a hash that the
 * flag makes the authority. */
static bool only_the_next_run_mends(const struct fake *f)
{
    const struct binding *v4 = &f->binding[FAMILY_V4], *v6 = &f->binding[FAMILY_V6];

    return raw_number(&f->value[VALUE_FLAG], 0) == 0 && binding_is_foreign(v4) &&
           binding_is_foreign(v6) && memcmp(v4->hash, v6->hash, SHA1_BYTES) != 0;
}

/* A reboot right where the program died: RRAS alone has to make a working VPN of it. */
static void check_reboot(struct test *t, const struct situation_case *c, const struct world *w,
                         const char *name)
{
    struct fake copy = w->machine;

    if (c->stays_stopped || c->starts_broken || only_the_next_run_mends(&copy))
        return;
    fake_reboot(&copy);
    holds(t, fake_serves(&copy) >= 0, "after a reboot at this point the VPN does not work", name);
}

/* Runs one case; returns the number of calls the program made. */
static int one_case(struct test *t, const struct situation_case *c, const struct pair *p,
                    const struct fake_fault faults[FAKE_FAULTS], bool reboot)
{
    struct deploy_result out = {.outage_ms = -1};
    struct err err = {0};
    struct world w;
    const char *name;
    int rc, calls;

    world_make(&w, p, c);
    memcpy(w.machine.fault, faults, sizeof w.machine.fault);
    rc = run(&w, p, &out, &err);
    calls = w.machine.calls;
    name = where(t, c, &w);
    if (w.machine.dead)
        check_reboot(t, c, &w, name);
    else
        check_truth(t, c, &w, rc, &err);
    if (faults[1].kind == FAKE_NONE && !faults[0].for_good && !w.machine.dead)
        holds(t, rc == 0 || err.code != ERR_STRANDED || c->starts_broken || c->expired,
              "a single fault stranded it", test_text(t, "%s: %s", name, err.text));
    if (reboot && w.machine.dead && !c->stays_stopped)
        fake_reboot(&w.machine);
    check_second_run(t, c, &w, p, name);
    return calls;
}

/* ---- tests ---- */

static void deploys_and_then_changes_nothing(struct test *t)
{
    struct pair p;

    for (int i = 0; i < SITUATIONS; i++) {
        const struct situation_case *c = &situations[i];
        struct deploy_result out = {0}, again = {0};
        struct err err = {0};
        struct world w;
        pair_for(t, &p, c);
        world_make(&w, &p, c);
        CHECK_INT(run(&w, &p, &out, &err), 0);
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
        CHECK_INT(run(&w, &p, &again, &err), 0);
        CHECK(!again.changed && !again.restarted);
        pair_clear(&p);
    }
}

static void every_single_fault_is_survived(struct test *t)
{
    int cases = 0;

    for (int i = 0; i < SITUATIONS; i++) {
        struct pair p;
        pair_for(t, &p, &situations[i]);
        for (int kind = FAKE_FAIL; kind <= FAKE_DIE_AFTER; kind++)
            for (int reboot = 0; reboot <= (kind >= FAKE_DIE_BEFORE ? 1 : 0); reboot++) {
                int calls = 1;
                for (int at = 1; at <= calls; at++, cases++) {
                    struct fake_fault f[FAKE_FAULTS] = {{(enum fake_fault_kind)kind, at, false}};
                    int made = one_case(t, &situations[i], &p, f, reboot);
                    calls = at == 1 ? 200 : calls;
                    if (made < at)
                        break;
                }
            }
        pair_clear(&p);
    }
    printf("      %d cases with one fault\n", cases);
    CHECK(cases > 1000);
}

static const struct situation_case *situation(struct test *t, const char *name)
{
    for (int i = 0; i < SITUATIONS; i++)
        if (strcmp(situations[i].name, name) == 0)
            return &situations[i];
    CHECK_STR(name, "a situation");
    return &situations[0];
}

/* The ones that differ most in what a death leaves. */
static const char *const deep[] = {"flag 0", "shared, flag 0"};
enum { DEEP = sizeof deep / sizeof deep[0] };

/* Every call that a run makes gets the first fault; the second goes through all that it makes after
 * that, with a stride, beginning elsewhere each time. */
static int two_faults(struct test *t, const struct situation_case *c)
{
    enum { STEP = 3 };
    const struct fake_fault none[FAKE_FAULTS] = {{FAKE_NONE, 0, false}};
    struct pair p;
    int cases = 0, calls;

    pair_make(t, &p, false);
    calls = one_case(t, c, &p, none, false);
    for (int at = 1; at <= calls; at++) {
        const struct fake_fault one[FAKE_FAULTS] = {{FAKE_FAIL, at, false}};
        int with_one = one_case(t, c, &p, one, false); /* putting back takes calls, too */
        for (int kind = FAKE_FAIL; kind <= FAKE_LIE; kind++) {
            struct fake_fault lasting[FAKE_FAULTS] = {{(enum fake_fault_kind)kind, at, true}};
            one_case(t, c, &p, lasting, false);
            cases++;
        }
        for (int second = at + 1 + at % STEP; second <= with_one; second += STEP) {
            static const enum fake_fault_kind kinds[] = {FAKE_FAIL, FAKE_LIE, FAKE_DIE_BEFORE,
                                                         FAKE_DIE_AFTER};
            struct fake_fault f[FAKE_FAULTS] = {{FAKE_FAIL, at, false},
                                                {kinds[(at + second) % 4], second, false}};
            one_case(t, c, &p, f, second % 2);
            cases++;
        }
    }
    pair_clear(&p);
    return cases;
}

static void two_faults_and_lasting_ones_are_survived(struct test *t)
{
    int cases = 0;

    for (int i = 0; i < DEEP; i++)
        cases += two_faults(t, situation(t, deep[i]));
    printf("      %d cases with two faults or a lasting one\n", cases);
}

static int deaths_in_recovery(struct test *t, const struct situation_case *c)
{
    enum { STEP = 3 };
    const struct fake_fault none[FAKE_FAULTS] = {{FAKE_NONE, 0, false}};
    struct pair p;
    int cases = 0, calls;

    pair_make(t, &p, false);
    calls = one_case(t, c, &p, none, false);
    for (int at = 1; at <= calls; at++)
        for (int second = 1 + at % STEP, last = second; second <= last; second += STEP) {
            struct deploy_result out = {0};
            struct err err = {0};
            struct world w;
            const char *name;
            world_make(&w, &p, c);
            w.machine.fault[0] = (struct fake_fault){FAKE_DIE_AFTER, at, false};
            (void)!run(&w, &p, &out, &err);
            mend(&w);
            w.machine.calls = 0;
            w.machine.fault[0] =
                (struct fake_fault){second % 2 ? FAKE_DIE_AFTER : FAKE_FAIL, second, false};
            (void)!recover(&w, &err);
            if (w.machine.calls >= second) /* it was reached: there may be more */
                last = second + STEP;
            name = where(t, c, &w);
            if (w.machine.dead)
                check_reboot(t, c, &w, name);
            check_second_run(t, c, &w, &p, name);
            cases++;
        }
    pair_clear(&p);
    return cases;
}

static void a_death_in_recovery_is_survived(struct test *t)
{
    int cases = 0;

    for (int i = 0; i < DEEP; i++)
        cases += deaths_in_recovery(t, situation(t, deep[i]));
    printf("      %d cases with a death in the deploy and a fault in the recovery\n", cases);
}

static void a_failed_start_is_rolled_back(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    w.machine.start_fails = 13;
    CHECK_INT(run(&w, &p, &out, &err), -1);
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
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    w.machine.calls_fail = true; /* before as well: the old state is judged as it was */
    CHECK_INT(run(&w, &p, &out, &err), -1);
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
        struct world w;
        char path[512];
        text_copy(path, sizeof path, test_path(t, cases[i].file));
        if (cases[i].logons > 0)
            REQUIRE(os_write_file(path, "secret\n", 7, &err) == 0);
        pair_make(t, &p, false);
        world_make(&w, &p, &situations[0]);
        w.conf.deploy.verify.account.user = user;
        w.conf.deploy.verify.account.password_file = path;
        w.machine.logon = cases[i].logon;
        CHECK_INT(run(&w, &p, &out, &err), cases[i].serves == NEW ? 0 : -1);
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
    struct world w;
    struct fake before;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    w.machine.refuses_binding = true;
    before = w.machine;
    CHECK_INT(run(&w, &p, &out, &err), -1);
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
        struct world w;
        pair_make(t, &p, false);
        issue_new_one(&p);
        world_make(&w, &p, &situations[0]);
        w.machine.loses_intermediates = lost;
        CHECK_INT(run(&w, &p, &out, &err), lost ? -1 : 0);
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
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    w.machine.shadowed = true;
    CHECK_INT(run(&w, &p, &out, &err), -1);
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
        struct world w;
        pair_make(t, &p, false);
        world_make(&w, &p, &situations[0]);
        w.machine.start_event = (uint32_t)id;
        w.machine.calls_fail = id == 22;
        CHECK_INT(run(&w, &p, &out, &err), -1);
        CHECK_INT(err.code, ERR_ROLLED_BACK);
        CHECK(strstr(err.text, id == 20 ? "RasSstp event 20: something is wrong"
                                        : "RasSstp event 22: something is wrong"));
        CHECK_INT(fake_serves(&w.machine), OLD);
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
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    w.conf.deploy.keep = 1;
    for (int i = 0; i < RENEWALS; i++) {
        struct deploy_result out = {0};
        int cert;
        make_bundle(t, &b[i], NOW + (90 + i) * DAY);
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
    const struct situation_case *c = situation(t, "key in the machine");
    const int k = FAKE_KEYS - 1;

    for (int fails = 0; fails < 2; fails++) {
        struct deploy_result out = {0};
        struct err err = {0};
        struct bundle next = {0};
        struct pair p;
        struct world w;
        pair_for(t, &p, c);
        world_make(&w, &p, c);
        w.machine.start_event = fails ? 20 : 0;
        CHECK_INT(run(&w, &p, &out, &err), fails ? -1 : 0);
        CHECK_INT(w.machine.cert[NEW].in_my, !fails);
        CHECK_INT(fake_serves(&w.machine), fails ? OLD : NEW);
        if (!fails) {
            CHECK_INT(w.machine.cert[NEW].key, k);
            make_bundle(t, &next, NOW + 95 * DAY); /* keep is 0 */
            fake_add_cert(&w.machine, &next.leaf, false, false);
            CHECK_INT(drive_run(&w.env, &w.conf, &w.seams.ports, &next, &out, &err), 0);
            CHECK(!w.machine.cert[NEW].in_my);
        }
        CHECK(w.machine.key[k].exists);
        bundle_clear(&next);
        pair_clear(&p);
    }
}

/* The removal of a previous certificate fails, lies or dies: the deploy stays as it is. */
static void a_failing_clean_up_harms_nothing(struct test *t)
{
    struct pair p;

    pair_make(t, &p, false);
    for (int kind = FAKE_FAIL; kind <= FAKE_DIE_AFTER; kind++)
        for (int at = 1;; at++) {
            struct deploy_result out = {0};
            struct err err = {0};
            struct bundle next = {0};
            struct world w;
            int cert, rc;
            bool hit;
            world_make(&w, &p, &situations[0]);
            CHECK_INT(run(&w, &p, &out, &err), 0);
            make_bundle(t, &next, NOW + 95 * DAY);
            cert = fake_add_cert(&w.machine, &next.leaf, false, false);
            w.machine.calls = 0;
            w.machine.fault[0] = (struct fake_fault){(enum fake_fault_kind)kind, at, false};
            rc = drive_run(&w.env, &w.conf, &w.seams.ports, &next, &out, &err);
            hit = w.machine.calls >= at;
            mend(&w);
            err_clear(&err);
            if (rc == 0)
                holds(t, fake_serves(&w.machine) == cert, "not the newest serves",
                      w.machine.last_call);
            CHECK_INT(recover(&w, &err), 0);
            CHECK_INT(drive_run(&w.env, &w.conf, &w.seams.ports, &next, &out, &err), 0);
            holds(t, fake_serves(&w.machine) == cert, "not the newest serves in the end",
                  w.machine.last_call);
            holds(t, w.machine.cert[OLD].in_my, "a certificate that is not ours went",
                  w.machine.last_call);
            holds(t, !fake_has_orphan_key(&w.machine), "a key was left", w.machine.last_call);
            bundle_clear(&next);
            if (!hit)
                break;
        }
    pair_clear(&p);
}

static void it_has_to_stay_right_for_a_while(struct test *t)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct pair p;
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    CHECK_INT(run(&w, &p, &out, &err), 0);
    CHECK(fake_unix_ms(&w.machine) - w.machine.started_at_ms >= 10000);
    CHECK(fake_unix_ms(&w.machine) - w.machine.started_at_ms < 13000);
    pair_clear(&p);
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
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    w.env.interrupted = interrupted;
    CHECK_INT(run(&w, &p, &out, &err), -1);
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
    struct world w;
    struct fake before;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
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
        struct world w;
        pair_make(t, &p, false);
        world_make(&w, &p, situation(t, "no IPv6, flag 0"));
        w.machine.has_v6_address = has_v6;
        CHECK_INT(run(&w, &p, &out, &err), has_v6 ? -1 : 0);
        CHECK_INT(err.number, has_v6 ? 87 : 0);
        if (!has_v6) {
            CHECK_INT(fake_serves(&w.machine), NEW);
            CHECK(!w.machine.binding[FAMILY_V6].present);
            CHECK_INT(w.machine.log.n, 1); /* RRAS's own event 13, which only warns */
            CHECK_INT(drive_look(&w.env, &w.conf, &w.seams.ports, &p.new_one.leaf, &seen, &err), 0);
            CHECK_INT(seen.state, DEPLOYED_CURRENT);
            w.machine.no_v6 = false; /* IPv6 comes: now it is wanted */
            w.machine.has_v6_address = true;
            CHECK_INT(run(&w, &p, &out, &err), 0);
            CHECK(out.changed && binding_shows(&w.machine.binding[1], p.new_one.leaf.sha1));
        }
        pair_clear(&p);
    }
}

static void looks_and_checks(struct test *t)
{
    struct deploy_seen seen = {0};
    struct deploy_result out = {0};
    struct checks checks = {0};
    struct err err = {0};
    struct pair p;
    struct world w;

    pair_make(t, &p, false);
    world_make(&w, &p, &situations[0]);
    CHECK_INT(drive_look(&w.env, &w.conf, &w.seams.ports, &p.new_one.leaf, &seen, &err), 0);
    CHECK_INT(seen.state, DEPLOYED_DRIFT);
    CHECK_INT(run(&w, &p, &out, &err), 0);
    CHECK_INT(drive_look(&w.env, &w.conf, &w.seams.ports, &p.new_one.leaf, &seen, &err), 0);
    CHECK_INT(seen.state, DEPLOYED_CURRENT);
    CHECK_INT(drive_check(&w.env, &w.conf, &w.seams.ports, &checks, &err), 0);
    CHECK_INT(checks.n, 15);
    CHECK_INT(checks_worst(&checks), CHECK_OK);
    checks_clear(&checks);
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
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct situation_case *c = situations;
        struct deploy_survey s = {0};
        struct deploy_result out = {0};
        struct err err = {0};
        struct pair p;
        struct world w;
        while (strcmp(c->name, cases[i].name) != 0)
            c++;
        pair_for(t, &p, c);
        world_make(&w, &p, c);
        CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
        if (!CHECK_INT(s.interrupts, cases[i].interrupts) || !CHECK_INT(s.broken, cases[i].broken))
            CHECK_STR(c->name, "as the table says");
        CHECK(s.broken == (s.why[0] != '\0'));
        if (!s.broken) {
            CHECK_INT(s.served_until, p.old.leaf.not_after);
            CHECK_MEM(s.served_sha256, SHA256_BYTES, p.old.leaf.sha256, SHA256_BYTES);
        }
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
        CHECK_INT(run(&w, &p, &out, &err), 0);
        CHECK_INT(drive_survey(&w.env, &w.conf, &w.seams.ports, &p.new_one, &s, &err), 0);
        CHECK(!s.interrupts && !s.broken);
        CHECK_INT(s.served_until, p.new_one.leaf.not_after);
        pair_clear(&p);
    }
}

const struct test_case suite_deploy[] = {
    {"surveys_what_a_deploy_would_interrupt", surveys_what_a_deploy_would_interrupt},
    {"deploys_and_then_changes_nothing", deploys_and_then_changes_nothing},
    {"every_single_fault_is_survived", every_single_fault_is_survived},
    {"two_faults_and_lasting_ones_are_survived", two_faults_and_lasting_ones_are_survived},
    {"a_death_in_recovery_is_survived", a_death_in_recovery_is_survived},
    {"a_failed_start_is_rolled_back", a_failed_start_is_rolled_back},
    {"without_a_call_it_is_not_proven", without_a_call_it_is_not_proven},
    {"an_account_proves_the_hash", an_account_proves_the_hash},
    {"http_sys_judges_before_anything_live_is_touched",
     http_sys_judges_before_anything_live_is_touched},
    {"the_issuer_has_to_be_sent", the_issuer_has_to_be_sent},
    {"an_own_address_with_another_certificate_is_no_proof",
     an_own_address_with_another_certificate_is_no_proof},
    {"an_event_speaks_against_it", an_event_speaks_against_it},
    {"previous_certificates_go", previous_certificates_go},
    {"a_key_in_the_machine_stays", a_key_in_the_machine_stays},
    {"a_failing_clean_up_harms_nothing", a_failing_clean_up_harms_nothing},
    {"it_has_to_stay_right_for_a_while", it_has_to_stay_right_for_a_while},
    {"an_interrupt_changes_nothing", an_interrupt_changes_nothing},
    {"a_dry_run_changes_nothing", a_dry_run_changes_nothing},
    {"without_ipv6_the_deploy_goes_on", without_ipv6_the_deploy_goes_on},
    {"looks_and_checks", looks_and_checks},
    {NULL, NULL},
};
