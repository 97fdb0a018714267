/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided from what was seen: steps, old state, recovery. */
#include "plan_world.h"
#include "text.h"

#include <string.h>

struct plan_case {
    const char *name;
    void (*change)(struct observed *o, struct wire_view *v, struct wanted *w);
    const char *plan;
    enum old_health old;
};

static void renewal(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)v;
    *w = plan_want('B');
}

static void renewal_in_store(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v;
    *w = plan_want('B');
    plan_add_cert(o, 'B', true, NOW + 2000);
    o->value[VALUE_FLAG] = raw_dword(1);
}

static void keyless(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v, (void)w;
    o->cert[0].has_key = false;
}

static void v6_gone(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v, (void)w;
    memset(&o->binding[FAMILY_V6], 0, sizeof o->binding[FAMILY_V6]);
}

static void v6_other(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)w;
    plan_bind(o, FAMILY_V6, 'C');
    plan_wire_shows(v, 'A', 'C');
}

static void other_store(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v, (void)w;
    text_copy(o->binding[FAMILY_V4].store, sizeof o->binding[0].store, "WebHosting");
}

static void short_hash(struct observed *o, struct wire_view *v, struct wanted *w)
{
    static const uint8_t typed_literally[] = {0x32};
    (void)v, (void)w;
    o->value[VALUE_SHA256] = raw_binary(typed_literally, 1);
}

static void no_sha1(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v, (void)w;
    memset(&o->value[VALUE_SHA1], 0, sizeof o->value[VALUE_SHA1]);
}

static void wrong_on_wire(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)w;
    plan_wire_shows(v, 'A', 'Z');
}

static void stale(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)v;
    w->stale = true;
}

static void no_ipv6(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)w;
    plan_wire_shows(v, 'A', '-');
}

static void stopped(struct observed *o, struct wire_view *v, struct wanted *w)
{
    *w = plan_want('B');
    w->running = false;
    v->n = 0;
    o->service[SERVICE_REMOTEACCESS].state = SERVICE_IS_STOPPED;
}

static void failed(struct observed *o, struct wire_view *v, struct wanted *w)
{
    stopped(o, v, w);
    o->service[SERVICE_REMOTEACCESS].exit_code = 13;
    w->running = w->failed = true;
}

static void shared_right(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v;
    plan_give_to(&o->binding[FAMILY_V4], IIS);
    w->binding = CONF_BINDING_SHARE;
}

static void shared(struct observed *o, struct wire_view *v, struct wanted *w)
{
    *w = plan_want('B');
    shared_right(o, v, w);
}

static void shared_flag_1(struct observed *o, struct wire_view *v, struct wanted *w)
{
    shared(o, v, w);
    o->value[VALUE_FLAG] = raw_dword(1);
}

static void shared_stopped(struct observed *o, struct wire_view *v, struct wanted *w)
{
    stopped(o, v, w);
    shared_right(o, v, w);
}

static void taken(struct observed *o, struct wire_view *v, struct wanted *w)
{
    shared_right(o, v, w);
    w->binding = CONF_BINDING_TAKEOVER;
}

static void plans_the_smallest_set_of_steps(struct test *t)
{
    static const char all_b[] = "set SHA256CertificateHash, set SHA1CertificateHash, "
                                "set isHashConfiguredByAdmin, bind 0.0.0.0:443, bind [::]:443";
    const struct plan_case cases[] = {
        {"nothing", NULL, "", OLD_HEALTHY},
        {"renewal", renewal, test_text(t, "import, %s, restart RemoteAccess", all_b), OLD_HEALTHY},
        {"renewal in store, flag 1", renewal_in_store,
         "set SHA256CertificateHash, set SHA1CertificateHash, bind 0.0.0.0:443, bind [::]:443, "
         "restart RemoteAccess",
         OLD_HEALTHY},
        {"keyless", keyless,
         "import, set isHashConfiguredByAdmin, bind 0.0.0.0:443, bind [::]:443, restart "
         "RemoteAccess",
         OLD_BROKEN},
        {"v6 gone", v6_gone, "set isHashConfiguredByAdmin, bind [::]:443, restart RemoteAccess",
         OLD_BROKEN},
        {"v6 other", v6_other, "set isHashConfiguredByAdmin, bind [::]:443, restart RemoteAccess",
         OLD_BROKEN},
        {"other store", other_store,
         "set isHashConfiguredByAdmin, bind 0.0.0.0:443, restart RemoteAccess", OLD_HEALTHY},
        {"hash of one byte", short_hash,
         "set SHA256CertificateHash, set isHashConfiguredByAdmin, restart RemoteAccess",
         OLD_BROKEN},
        {"no SHA-1", no_sha1,
         "set SHA1CertificateHash, set isHashConfiguredByAdmin, restart RemoteAccess", OLD_HEALTHY},
        {"wrong on the wire", wrong_on_wire, "restart RemoteAccess", OLD_BROKEN},
        {"no IPv6", no_ipv6, "", OLD_HEALTHY},
        {"hash not read yet", stale, "restart RemoteAccess", OLD_HEALTHY},
        {"stopped", stopped, test_text(t, "import, %s", all_b), OLD_STOPPED},
        {"another's record, shared", shared,
         "import, stop RemoteAccess, set SHA256CertificateHash, set SHA1CertificateHash, "
         "bind 0.0.0.0:443, bind [::]:443, restart RemoteAccess",
         OLD_HEALTHY},
        {"another's record, shared, flag 1", shared_flag_1,
         "import, stop RemoteAccess, set isHashConfiguredByAdmin, set SHA256CertificateHash, set "
         "SHA1CertificateHash, bind 0.0.0.0:443, bind [::]:443, restart RemoteAccess",
         OLD_HEALTHY},
        {"another's record, shared, nothing to do", shared_right, "", OLD_HEALTHY},
        {"another's record, shared, RRAS stopped", shared_stopped,
         "import, set SHA256CertificateHash, set SHA1CertificateHash, bind 0.0.0.0:443, "
         "bind [::]:443",
         OLD_STOPPED},
        {"another's record, taken over", taken,
         "stop RemoteAccess, bind 0.0.0.0:443, restart RemoteAccess", OLD_HEALTHY},
        {"failed", failed, test_text(t, "import, %s, restart RemoteAccess", all_b), OLD_BROKEN},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wanted w = plan_want('A');
        struct observed o;
        struct wire_view v;
        struct plan p;
        plan_machine(&o);
        plan_wire_shows(&v, 'A', 'A');
        if (cases[i].change)
            cases[i].change(&o, &v, &w);
        plan_make(&p, &o, &v, &w);
        if (!CHECK_STR(plan_text(t, &p), cases[i].plan) || !CHECK_INT(p.old.health, cases[i].old))
            CHECK_STR(cases[i].name, "");
        observed_clear(&o);
    }
}

static void a_record_is_cloned_but_for_its_hash(struct test *t)
{
    struct observed o;
    struct binding b;
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

    plan_machine(&o);
    plan_hashes('B', sha1, sha256);
    o.binding[0].flags = 0x20;
    b = plan_binding(&o.binding[0], sha1, false);
    CHECK(binding_shows(&b, sha1));
    CHECK_INT(b.check_mode, 0x1000);
    CHECK_INT(b.flags, 0x20);
    memcpy(b.hash, o.binding[0].hash, sizeof b.hash);
    CHECK(binding_equal(&b, &o.binding[0]));
    observed_clear(&o);
}

static void what_becomes_of_a_record_of_another_program(struct test *t)
{
    static const struct {
        const char *name, *app_id;
        bool takeover;
        const char *want_app_id;
        uint32_t want_mode, want_flags;
    } cases[] = {
        {"shared", IIS, false, IIS, 0, 0x20},
        {"taken over", IIS, true, SSTP, 0x1000, 0},
        {"our own, taken over", SSTP, true, SSTP, 0, 0x20},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct binding old = {.present = true}, b;
        uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];
        plan_hashes('B', sha1, sha256);
        text_copy(old.store, sizeof old.store, "my");
        plan_give_to(&old, cases[i].app_id);
        b = plan_binding(&old, sha1, cases[i].takeover);
        if (!CHECK_STR(b.app_id, cases[i].want_app_id) ||
            !CHECK_INT(b.check_mode, cases[i].want_mode) ||
            !CHECK_INT(b.flags, cases[i].want_flags) || !CHECK(binding_shows(&b, sha1)) ||
            !CHECK(binding_is_in_my(&b)))
            CHECK_STR(cases[i].name, "");
    }
}

static void an_expired_certificate_is_noticed(struct test *t)
{
    struct observed o;
    struct wire_view v;
    struct old_state old;

    plan_machine(&o);
    plan_wire_shows(&v, 'A', 'A');
    plan_judge_old(&o, &v, NOW, &old);
    CHECK(!old.expired && old.answers && old.known);
    plan_judge_old(&o, &v, NOW + 1000, &old);
    CHECK(old.expired);
    observed_clear(&o);
}

static void a_listener_older_than_its_hashes_is_noticed(struct test *t)
{
    enum { MINUTE = 60000 };
    const int64_t now_ms = (int64_t)NOW * 1000, hour_ago = now_ms - 60 * MINUTE;
    static const struct {
        const char *name;
        bool ok, stale;
        int64_t written, started; /* minutes after an hour ago; -1 = 0 */
        int64_t proven;           /* the same; -1 = not known */
    } cases[] = {
        {"written before the start", true, false, 0, 10, -1},
        {"written by RRAS while it started", true, false, 4, 0, -1},
        {"written later", true, true, 6, 0, -1},
        {"written later, but proven since", true, false, 6, 0, 6},
        {"written again after the proof", true, true, 20, 0, 6},
        {"does not run", true, false, 6, -1, -1},
        {"not readable", false, false, 6, 0, -1},
        {"written in the future", true, false, 70, 0, -1},
        {"started in the future", true, false, 66, 62, -1},
        {"no time", true, false, -1, 0, -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct listener_age age = {.seen.ok = cases[i].ok};
        int64_t proven = cases[i].proven < 0 ? 0 : hour_ago + cases[i].proven * MINUTE;
        age.written_at_ms = cases[i].written < 0 ? 0 : hour_ago + cases[i].written * MINUTE;
        age.started_at_ms = cases[i].started < 0 ? 0 : hour_ago + cases[i].started * MINUTE;
        if (!CHECK_INT(plan_listener_is_stale(&age, proven, now_ms), cases[i].stale))
            CHECK_STR(cases[i].name, "");
    }
}

static void events_are_weighed(struct test *t)
{
    static const struct {
        const char *provider;
        uint32_t id;
        const char *text;
        enum event_weight want;
    } cases[] = {
        {"RasSstp", 13, "", EVENT_FAILS},
        {"Microsoft-Windows-RasSstp", 24, "", EVENT_FAILS},
        {"RasSstp", 6, "a client", EVENT_IS_NOTHING},
        {"RasSstp", 23, "a client", EVENT_IS_NOTHING},
        {"Microsoft-Windows-HttpEvent", 15021, "endpoint 0.0.0.0:443.", EVENT_FAILS},
        {"Microsoft-Windows-HttpEvent", 15021, "endpoint [::]:4433", EVENT_IS_NOTHING},
        {"Microsoft-Windows-HttpEvent", 15021, "endpoint [::]:443", EVENT_FAILS},
        {"Microsoft-Windows-HttpEvent", 15300, "endpoint 0.0.0.0:443", EVENT_IS_NOTHING},
        {"Schannel", 36870, "a key", EVENT_WARNS},
        {"Schannel", 36887, "an alert", EVENT_IS_NOTHING},
        {"Service Control Manager", 7024, "Routing und RAS ended", EVENT_FAILS},
        {"Service Control Manager", 7024, "Print Spooler ended", EVENT_IS_NOTHING},
        {"Service Control Manager", 7036, "Routing und RAS runs", EVENT_IS_NOTHING},
        {"Somebody", 13, "", EVENT_IS_NOTHING},
    };
    const struct service service[2] = {{.display = "Routing und RAS"}, {.display = ""}};
    const struct event_scope scope = {.port = 443, .service = service, .services = 2};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log_event e = {.id = cases[i].id};
        text_copy(e.provider, sizeof e.provider, cases[i].provider);
        text_copy(e.text, sizeof e.text, cases[i].text);
        if (!CHECK_INT(event_weigh(&e, &scope), cases[i].want))
            CHECK_INT(i, -1);
    }
    for (int no_v6 = 0; no_v6 < 2; no_v6++) {
        const struct event_scope alone = {.port = 443, .no_v6 = no_v6};
        const struct log_event e12 = {.provider = "RasSstp", .id = 12};
        const struct log_event e13 = {.provider = "RasSstp", .id = 13};
        CHECK_INT(event_weigh(&e12, &alone), EVENT_FAILS);
        CHECK_INT(event_weigh(&e13, &alone), no_v6 ? EVENT_WARNS : EVENT_FAILS);
    }
}

/* A [::] record that http.sys refused is wanted again when somebody could come over IPv6. */
static void without_ipv6_one_binding_is_enough(struct test *t)
{
    static const struct {
        const char *name;
        bool refused, seen, has_v6, present; /* present: a record with the old certificate */
        bool want_bind, want_broken;
    } cases[] = {
        {"never tried", false, true, false, false, true, false},
        {"refused", true, true, false, false, false, false},
        {"refused, IPv6 since", true, true, true, false, true, true},
        {"refused, addresses not readable", true, false, false, false, true, true},
        {"refused, but there by now", true, true, false, true, true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct observed o;
        struct wire_view v;
        struct plan p;
        struct wanted w = {
            .port = PLAN_PORT, .service = "RemoteAccess", .running = true, .now = NOW};
        bool bound = false;
        plan_machine(&o);
        plan_wire_shows(&v, 'A', 'A');
        plan_hashes('A', w.sha1, w.sha256);
        memset(&o.binding[FAMILY_V6], 0, sizeof o.binding[0]);
        if (cases[i].present)
            plan_bind(&o, FAMILY_V6, 'C');
        o.v6_refused = cases[i].refused;
        o.local.seen.ok = cases[i].seen;
        o.local.has_v6 = cases[i].has_v6;
        plan_make(&p, &o, &v, &w);
        for (size_t k = 0; k < p.n; k++)
            bound = bound || (p.step[k].kind == PLAN_BINDING && p.step[k].family == FAMILY_V6);
        if (!CHECK_INT(bound, cases[i].want_bind) || !CHECK_INT(p.n == 0, !cases[i].want_bind) ||
            !CHECK_INT(p.old.health == OLD_BROKEN, cases[i].want_broken))
            CHECK_STR(cases[i].name, "");
        observed_clear(&o);
    }
}

static void facts_decide_the_recovery(struct test *t)
{
    static const struct {
        enum journal_phase phase;
        char v4, v6, hashes; /* what is there; A is old, B new */
        enum old_health old;
        enum recovery want;
    } cases[] = {
        {JOURNAL_SNAPSHOT, 'A', 'A', 'A', OLD_HEALTHY, RECOVER_UNDO_IMPORT},
        {JOURNAL_READY, 'A', 'A', 'A', OLD_HEALTHY, RECOVER_UNDO_IMPORT},
        {JOURNAL_ARM, 'A', 'A', 'A', OLD_HEALTHY, RECOVER_BACK},
        {JOURNAL_ARM, 'A', 'A', 'B', OLD_HEALTHY, RECOVER_BACK},
        {JOURNAL_BIND, 'B', 'A', 'B', OLD_HEALTHY, RECOVER_BACK},
        {JOURNAL_BIND, 'B', 'B', 'B', OLD_HEALTHY, RECOVER_FINISH},
        {JOURNAL_RESTART, 'B', 'B', 'B', OLD_HEALTHY, RECOVER_FINISH},
        {JOURNAL_ESCALATE, 'B', 'B', 'B', OLD_HEALTHY, RECOVER_FINISH},
        {JOURNAL_ESCALATE, 'B', 'A', 'B', OLD_HEALTHY, RECOVER_BACK},
        {JOURNAL_COMMIT, 'B', 'B', 'B', OLD_HEALTHY, RECOVER_COMMIT},
        {JOURNAL_COMMIT, 'A', 'B', 'B', OLD_HEALTHY, RECOVER_BACK},
        {JOURNAL_ROLLBACK, 'B', 'A', 'A', OLD_STOPPED, RECOVER_BACK},
        {JOURNAL_BIND, 'B', 'A', 'B', OLD_BROKEN, RECOVER_FORWARD},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct journal j = {.phase = cases[i].phase, .old.health = cases[i].old};
        struct observed o;
        plan_machine(&o);
        memcpy(j.old_value, o.value, sizeof j.old_value);
        memcpy(j.old_binding, o.binding, sizeof j.old_binding);
        plan_hashes('B', j.sha1, j.sha256);
        plan_add_cert(&o, 'B', true, NOW + 2000);
        plan_bind(&o, FAMILY_V4, cases[i].v4);
        plan_bind(&o, FAMILY_V6, cases[i].v6);
        plan_hash(&o, cases[i].hashes);
        if (!CHECK_INT(recover_decide(&j, &o, false), cases[i].want))
            CHECK_INT(i, -1);
        observed_clear(&o);
    }
}

const struct test_case suite_plan[] = {
    {"plans_the_smallest_set_of_steps", plans_the_smallest_set_of_steps},
    {"a_record_is_cloned_but_for_its_hash", a_record_is_cloned_but_for_its_hash},
    {"what_becomes_of_a_record_of_another_program", what_becomes_of_a_record_of_another_program},
    {"an_expired_certificate_is_noticed", an_expired_certificate_is_noticed},
    {"a_listener_older_than_its_hashes_is_noticed", a_listener_older_than_its_hashes_is_noticed},
    {"events_are_weighed", events_are_weighed},
    {"without_ipv6_one_binding_is_enough", without_ipv6_one_binding_is_enough},
    {"facts_decide_the_recovery", facts_decide_the_recovery},
    {NULL, NULL},
};
