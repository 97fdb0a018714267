/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault loop lets every single call fail, lie, and be the one in which the program dies, in
 * each of several situations, and demands of each: the exit code tells the truth, a reboot at that
 * point gives a working VPN, and recovery plus a second run end with the wanted certificate and
 * nothing left over.
 */
#include "deploy_world.h"

#include <stdio.h>
#include <string.h>

static const char *where(struct test *t, const struct situation_case *c,
                         const struct deploy_world *w)
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
static void check_truth(struct test *t, const struct situation_case *c,
                        const struct deploy_world *w, int rc, const struct err *err)
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
        holds(t,
              err->hint[0] != '\0' &&
                  (strstr(err->text, "each run tries") || strstr(err->text, "as broken as it was")),
              "stranded without a hint, or without what is tried next", name);
    else if (!c->starts_broken)
        holds(t, serves == OLD, "says rolled back, but the old certificate does not serve", name);
    if (rc == 0 || err->code != ERR_STRANDED)
        holds(t, fake_all_run(&w->machine), "a service was left stopped", name);
}

/* Another program's record stays its own, or not, as configured; all but the hash is kept. */
static void check_owner(struct test *t, const struct deploy_world *w, const char *name)
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
static void check_second_run(struct test *t, const struct situation_case *c, struct deploy_world *w,
                             const struct pair *p, const char *name)
{
    struct deploy_result out = {0};
    struct err err = {0};
    struct journal j;

    deploy_world_mend(w);
    if (!holds(t, deploy_world_recover(w, &err) == 0, err.text, name))
        return;
    if (!holds(t, deploy_world_run(w, p, &out, &err) == 0, err.text, name))
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
static void check_reboot(struct test *t, const struct situation_case *c,
                         const struct deploy_world *w, const char *name)
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
    struct deploy_world w;
    const char *name;
    bool starting;
    int rc, calls;

    deploy_world_make(&w, p, c);
    memcpy(w.machine.fault, faults, sizeof w.machine.fault);
    starting = w.machine.service[0].now.state == SERVICE_IS_STARTING;
    rc = deploy_world_run(&w, p, &out, &err);
    calls = w.machine.calls;
    name = where(t, c, &w);
    if (starting) /* it gets there, whatever becomes of us */
        clock_sleep(&w.seams.clock, 5000);
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

static int single_faults(struct test *t, const struct situation_case *c, size_t n)
{
    int cases = 0;

    for (size_t i = 0; i < n; i++) {
        struct pair p;
        pair_for(t, &p, &c[i]);
        for (int kind = FAKE_FAIL; kind <= FAKE_DIE_AFTER; kind++)
            for (int reboot = 0; reboot <= (kind >= FAKE_DIE_BEFORE ? 1 : 0); reboot++) {
                int calls = 1;
                for (int at = 1; at <= calls; at++, cases++) {
                    struct fake_fault f[FAKE_FAULTS] = {{(enum fake_fault_kind)kind, at, false}};
                    int made = one_case(t, &c[i], &p, f, reboot);
                    calls = at == 1 ? 200 : calls;
                    if (made < at)
                        break;
                }
            }
        pair_clear(&p);
    }
    printf("      %d cases with one fault\n", cases);
    return cases;
}

static void every_single_fault_is_survived(struct test *t)
{
    CHECK(single_faults(t, deploy_situations, DEPLOY_SITUATIONS) > 1000);
}

static void every_single_fault_of_a_fix_is_survived(struct test *t)
{
    CHECK(single_faults(t, deploy_fixes, DEPLOY_FIXES) > 500);
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
        cases += two_faults(t, deploy_situation(t, deep[i]));
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
            struct deploy_world w;
            const char *name;
            deploy_world_make(&w, &p, c);
            w.machine.fault[0] = (struct fake_fault){FAKE_DIE_AFTER, at, false};
            (void)!deploy_world_run(&w, &p, &out, &err);
            deploy_world_mend(&w);
            w.machine.calls = 0;
            w.machine.fault[0] =
                (struct fake_fault){second % 2 ? FAKE_DIE_AFTER : FAKE_FAIL, second, false};
            (void)!deploy_world_recover(&w, &err);
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
        cases += deaths_in_recovery(t, deploy_situation(t, deep[i]));
    printf("      %d cases with a death in the deploy and a fault in the recovery\n", cases);
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
            struct deploy_world w;
            int cert, rc;
            bool hit;
            deploy_world_make(&w, &p, deploy_situation(t, "flag 0"));
            CHECK_INT(deploy_world_run(&w, &p, &out, &err), 0);
            pair_bundle(t, &next, NOW + 95 * DAY);
            cert = fake_add_cert(&w.machine, &next.leaf, false, false);
            w.machine.calls = 0;
            w.machine.fault[0] = (struct fake_fault){(enum fake_fault_kind)kind, at, false};
            rc = drive_run(&w.env, &w.conf, &w.seams.ports, &next, &out, &err);
            hit = w.machine.calls >= at;
            deploy_world_mend(&w);
            err_clear(&err);
            if (rc == 0)
                holds(t, fake_serves(&w.machine) == cert, "not the newest serves",
                      w.machine.last_call);
            CHECK_INT(deploy_world_recover(&w, &err), 0);
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

const struct test_case suite_deploy_faults[] = {
    {"every_single_fault_is_survived", every_single_fault_is_survived},
    {"every_single_fault_of_a_fix_is_survived", every_single_fault_of_a_fix_is_survived},
    {"two_faults_and_lasting_ones_are_survived", two_faults_and_lasting_ones_are_survived},
    {"a_death_in_recovery_is_survived", a_death_in_recovery_is_survived},
    {"a_failing_clean_up_harms_nothing", a_failing_clean_up_harms_nothing},
    {NULL, NULL},
};
