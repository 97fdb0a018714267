/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine on which the program died in a deploy, and which a person then mended by hand with
 * another certificate: what the next run makes of it.
 */
#include "deploy_world.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { OTHER = 2 };

/* As in the console, or with netsh and reg; then `net start`: what depends on it stays as it is.
 * Records keep all but their hash. */
static void mend_by_hand(struct fake *f, int cert)
{
    enum { DEPENDENT_SERVICE = FAKE_SERVICES - 1 };
    enum service_state dependent = f->service[DEPENDENT_SERVICE].now.state;
    const struct store_cert *c = &f->cert[cert].info;
    struct binding before[FAMILY_COUNT];

    memcpy(before, f->binding, sizeof before);
    fake_show(f, cert);
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (before[i].present) {
            f->binding[i] = before[i];
            memcpy(f->binding[i].hash, c->sha1, SHA1_BYTES);
        }
    if (f->no_v6) /* http.sys takes none there */
        f->binding[FAMILY_V6] = before[FAMILY_V6];
    fake_reboot(f);
    f->service[DEPENDENT_SERVICE].now.state = dependent;
}

/* A deploy that died with call `at`, and then a person. False when it made fewer calls. */
static bool die_and_mend(struct test *t, struct deploy_world *w, const struct pair *p,
                         const struct situation_case *c, const struct bundle *bought, int at)
{
    struct deploy_result out = {0};
    struct err err = {0};

    deploy_world_make(w, p, c);
    CHECK_INT(fake_add_cert(&w->machine, &bought->leaf, true, true), OTHER);
    w->machine.fault[0] = (struct fake_fault){FAKE_DIE_AFTER, at, false};
    (void)!deploy_world_run(w, p, &out, &err);
    if (w->machine.calls < at)
        return false;
    deploy_world_mend(w);
    mend_by_hand(&w->machine, OTHER);
    w->machine.calls = 0;
    return true;
}

static bool unfinished(const struct deploy_world *w)
{
    struct journal j;
    struct err err = {0};

    return w->machine.journal_len > 0 && journal_load(&j, &w->seams.records, "vpn", &err) == 0 &&
           journal_unfinished(&j);
}

static bool holds(struct test *t, bool cond, const char *what, const char *name)
{
    return CHECK_STR(cond ? "" : what, "") || CHECK_STR(name, "");
}

static void check_left(struct test *t, const struct deploy_world *w, const struct fake *before,
                       const char *name)
{
    const struct fake *f = &w->machine;

    holds(t, fake_serves(f) == OTHER, "what somebody put in place serves no more", name);
    for (int i = 0; i < FAMILY_COUNT; i++)
        holds(t, binding_equal(&f->binding[i], &before->binding[i]), "a record changed", name);
    for (int i = 0; i < VALUE_COUNT; i++)
        holds(t, raw_equal(&f->value[i], &before->value[i]), "a value changed", name);
    holds(t, f->started_at_ms == before->started_at_ms, "RRAS was restarted", name);
}

static void check_swept(struct test *t, const struct deploy_world *w, const char *name)
{
    const struct fake *f = &w->machine;

    holds(t, fake_all_run(f), "a service was left stopped", name);
    holds(t, !f->cert[NEW].in_my, "the imported certificate was left", name);
    holds(t, f->cert[OLD].in_my && f->cert[OTHER].in_my, "a certificate that is not ours went",
          name);
    holds(t, !fake_has_orphan_key(f), "a key was left", name);
    holds(t, f->trial_port == 0, "a trial record was left", name);
    holds(t, !unfinished(w), "the journal is unfinished", name);
}

/* Drift is what it is to every other run. */
static void check_next_run(struct test *t, struct deploy_world *w, const struct pair *p,
                           const char *name)
{
    struct deploy_result out = {0};
    struct err err = {0};

    deploy_world_mend(w);
    if (!holds(t, deploy_world_recover(w, &err) == 0, err.text, name) ||
        !holds(t, deploy_world_run(w, p, &out, &err) == 0, err.text, name))
        return;
    holds(t, fake_serves(&w->machine) == NEW, "the next run does not deploy", name);
    holds(t, !fake_has_orphan_key(&w->machine), "a key was left in the end", name);
    holds(t, fake_all_run(&w->machine), "a service is stopped in the end", name);
}

static const char *const mended[] = {"flag 0",          "flag 1",         "flag absent",
                                     "no IPv6, flag 1", "shared, flag 0", "shared, flag 1"};
enum { MENDED = sizeof mended / sizeof mended[0] };

static void what_somebody_put_in_place_is_left_there(struct test *t)
{
    int cases = 0;

    for (int i = 0; i < MENDED; i++) {
        const struct situation_case *c = deploy_situation(t, mended[i]);
        struct bundle bought = {0};
        struct deploy_world w;
        struct pair p;
        pair_for(t, &p, c);
        pair_bundle(t, &bought, NOW + 60 * DAY);
        for (int at = 1; die_and_mend(t, &w, &p, c, &bought, at); at++) {
            const char *name = test_text(t, "%s, died after call %d", c->name, at);
            struct fake before = w.machine;
            struct err err = {0};
            if (!unfinished(&w))
                continue;
            cases++;
            holds(t, deploy_world_recover(&w, &err) == 0, err.text, name);
            check_left(t, &w, &before, name);
            check_swept(t, &w, name);
            check_next_run(t, &w, &p, name);
        }
        bundle_clear(&bought);
        pair_clear(&p);
    }
    printf("      %d deaths\n", cases);
    CHECK(cases > 60);
}

/* A call that lies about what is there may lead astray; one that fails, or the last one of the
 * program, may not. */
static void a_fault_on_the_way_takes_nothing_away(struct test *t)
{
    static const enum fake_fault_kind kinds[] = {FAKE_FAIL, FAKE_DIE_BEFORE, FAKE_DIE_AFTER};
    const struct situation_case *c = deploy_situation(t, "flag 0");
    struct bundle bought = {0};
    struct deploy_world w;
    struct pair p;
    int cases = 0;

    pair_for(t, &p, c);
    pair_bundle(t, &bought, NOW + 60 * DAY);
    for (int at = 1; die_and_mend(t, &w, &p, c, &bought, at); at++)
        for (int second = 1, made = 1; second <= made; second++) {
            const char *name = test_text(t, "died after call %d, then call %d", at, second);
            struct err err = {0};
            struct fake before;
            if (!die_and_mend(t, &w, &p, c, &bought, at) || !unfinished(&w))
                break;
            before = w.machine;
            w.machine.fault[0] = (struct fake_fault){kinds[(at + second) % 3], second, false};
            (void)!deploy_world_recover(&w, &err);
            made = w.machine.calls >= second ? second + 1 : 0;
            check_left(t, &w, &before, name);
            deploy_world_mend(&w);
            err_clear(&err);
            holds(t, deploy_world_recover(&w, &err) == 0, err.text, name);
            check_left(t, &w, &before, name);
            holds(t, fake_all_run(&w.machine), "a service was left stopped", name);
            check_next_run(t, &w, &p, name);
            cases++;
        }
    bundle_clear(&bought);
    pair_clear(&p);
    printf("      %d cases with a fault\n", cases);
    CHECK(cases > 200);
}

/* Half a change by hand, or one whose key is gone: what was there before comes back, and the
 * listener, which was started on something else, reads it. */
static void what_does_not_serve_is_not_left(struct test *t)
{
    const struct situation_case *c = deploy_situation(t, "flag 0");
    struct bundle bought = {0};
    struct deploy_world w;
    struct pair p;
    int backs = 0;

    pair_for(t, &p, c);
    pair_bundle(t, &bought, NOW + 60 * DAY);
    for (int at = 1; die_and_mend(t, &w, &p, c, &bought, at); at++)
        for (int half = 0; half < 2; half++) {
            struct err err = {0};
            struct journal j;
            struct fake *f = &w.machine;
            if (half && !die_and_mend(t, &w, &p, c, &bought, at))
                break;
            if (!unfinished(&w) || journal_load(&j, &w.seams.records, "vpn", &err) != 0 ||
                j.phase < JOURNAL_ARM)
                break;
            if (half)
                memcpy(f->binding[FAMILY_V6].hash, f->cert[OLD].info.sha1, SHA1_BYTES);
            else
                f->key[f->cert[OTHER].key].exists = false;
            f->sees_little = !half; /* then nobody knows when RRAS was started */
            if (!CHECK_INT(deploy_world_recover(&w, &err), 0) || !CHECK_INT(fake_serves(f), OLD))
                CHECK_STR(test_text(t, "%s, died after call %d in phase %s",
                                    half ? "half" : "no key", at, journal_phase_name(j.phase)),
                          err.text);
            backs++;
        }
    CHECK(backs > 40);
    bundle_clear(&bought);
    pair_clear(&p);
}

/* Nothing live was touched yet, and the person took what the import had left in the store. */
static void an_import_that_is_in_use_is_not_undone(struct test *t)
{
    const struct situation_case *c = deploy_situation(t, "flag 0");
    struct bundle bought = {0};
    struct deploy_world w;
    struct pair p;
    int kept = 0;

    pair_for(t, &p, c);
    pair_bundle(t, &bought, NOW + 60 * DAY);
    for (int at = 1; die_and_mend(t, &w, &p, c, &bought, at); at++) {
        struct err err = {0};
        struct journal j;
        if (!unfinished(&w) || !w.machine.cert[NEW].in_my)
            continue;
        mend_by_hand(&w.machine, NEW);
        CHECK_INT(deploy_world_recover(&w, &err), 0);
        CHECK_INT(fake_serves(&w.machine), NEW);
        if (CHECK_INT(journal_load(&j, &w.seams.records, "vpn", &err), 0))
            CHECK_INT(j.import_count, 1); /* to be removed when it has served */
        kept++;
    }
    CHECK(kept > 10);
    bundle_clear(&bought);
    pair_clear(&p);
}

/* Hash and flag were set by hand and Windows started again: RRAS itself binds what the hash says
 * while it starts, so half a change is not half a change yet. */
static void a_start_under_way_is_awaited(struct test *t)
{
    const struct situation_case *c = deploy_situation(t, "flag 1");
    struct bundle bought = {0};
    struct deploy_world w;
    struct pair p;
    int left = 0;

    pair_for(t, &p, c);
    pair_bundle(t, &bought, NOW + 60 * DAY);
    for (int at = 1; die_and_mend(t, &w, &p, c, &bought, at); at++) {
        enum { RRAS = 0, DEPENDENT_SERVICE = FAKE_SERVICES - 1 };
        struct fake *f = &w.machine;
        struct err err = {0};
        if (!unfinished(&w))
            continue;
        for (int i = 0; i < FAMILY_COUNT; i++)
            memcpy(f->binding[i].hash, f->cert[OLD].info.sha1, SHA1_BYTES);
        fake_stop_rras(f);
        f->service[DEPENDENT_SERVICE].now.state = SERVICE_IS_RUNNING;
        f->service[RRAS].now.state = SERVICE_IS_STARTING;
        f->service[RRAS].next = SERVICE_IS_RUNNING;
        f->service[RRAS].changes_at_ms = f->now_ms + 2500;
        if (!CHECK_INT(deploy_world_recover(&w, &err), 0) || !CHECK_INT(fake_serves(f), OTHER))
            CHECK_STR(test_text(t, "died after call %d", at), err.text);
        left++;
    }
    CHECK(left > 40);
    bundle_clear(&bought);
    pair_clear(&p);
}

const struct test_case suite_recover_machine[] = {
    {"what_somebody_put_in_place_is_left_there", what_somebody_put_in_place_is_left_there},
    {"a_fault_on_the_way_takes_nothing_away", a_fault_on_the_way_takes_nothing_away},
    {"what_does_not_serve_is_not_left", what_does_not_serve_is_not_left},
    {"an_import_that_is_in_use_is_not_undone", an_import_that_is_in_use_is_not_undone},
    {"a_start_under_way_is_awaited", a_start_under_way_is_awaited},
    {NULL, NULL},
};
