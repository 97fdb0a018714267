/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided from what was seen: steps, old state, refusals, recovery. */
#include "deploy/drive.h"
#include "test.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { PORT = 443, NOW = 1800000000 };
#define IIS  "{4dc3e181-e14b-4a21-b022-59fc669b0914}"
#define SSTP "{ba195980-cd49-458b-9e23-c84ee0adcd75}"

/* Certificates are one letter: their hashes consist of it. */
static void hashes_of(char letter, uint8_t sha1[SHA1_BYTES], uint8_t sha256[SHA256_BYTES])
{
    memset(sha1, letter, SHA1_BYTES);
    memset(sha256, letter + 32, SHA256_BYTES);
}

static void add_cert(struct observed *o, char letter, bool has_key, int64_t not_after)
{
    struct store_cert *c = &o->cert[o->cert_count++];

    hashes_of(letter, c->sha1, c->sha256);
    c->has_key = has_key;
    c->not_after = not_after;
}

static void bind(struct observed *o, enum family f, char letter)
{
    struct binding none = {.present = false};
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

    hashes_of(letter, sha1, sha256);
    o->binding[f] = plan_binding(&none, sha1, false);
    o->binding[f].check_mode = 0x1000;
}

static void hash(struct observed *o, char letter)
{
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

    hashes_of(letter, sha1, sha256);
    o->value[VALUE_SHA256] = raw_binary(sha256, SHA256_BYTES);
    o->value[VALUE_SHA1] = raw_binary(sha1, SHA1_BYTES);
}

/* A in place everywhere, RRAS runs. Wipe with free(o->cert). */
static void machine(struct observed *o)
{
    memset(o, 0, sizeof *o);
    o->elevated = true;
    o->cert = calloc(8, sizeof *o->cert);
    for (int i = 0; i < SERVICE_COUNT; i++)
        o->service[i] = (struct service){
            .exists = true, .state = SERVICE_IS_RUNNING, .start_type = SERVICE_START_AUTOMATIC};
    add_cert(o, 'A', true, NOW + 1000);
    bind(o, FAMILY_V4, 'A');
    bind(o, FAMILY_V6, 'A');
    hash(o, 'A');
}

static void wire_shows(struct wire_view *v, char v4, char v6)
{
    uint8_t sha1[SHA1_BYTES];

    memset(v, 0, sizeof *v);
    for (int i = 0; i < 2; i++) {
        v->point[i].with_name = true;
        v->point[i].called = true;
        v->point[i].look = (struct wire_look){
            .tls = true, .get_status = 401, .post_status = 200, .call = true, .hash_mask = 2};
        hashes_of(i ? v6 : v4, sha1, v->point[i].look.leaf_sha256);
        v->point[i].look.unreachable = (i ? v6 : v4) == '-';
    }
    v->n = 2;
}

static struct wanted want(char letter)
{
    struct wanted w = {.port = PORT, .service = "RemoteAccess", .running = true, .now = NOW};

    hashes_of(letter, w.sha1, w.sha256);
    return w;
}

/* The plan in one line. */
static const char *plan_text(struct test *t, const struct plan *p)
{
    const char *s = "";

    for (size_t i = 0; i < p->n; i++)
        s = test_text(t, "%s%s%s", s, *s ? ", " : "", p->step[i].object);
    return s;
}

struct plan_case {
    const char *name;
    void (*change)(struct observed *o, struct wire_view *v, struct wanted *w);
    const char *plan;
    enum old_health old;
};

static void renewal(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)v;
    *w = want('B');
}

static void renewal_in_store(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v;
    *w = want('B');
    add_cert(o, 'B', true, NOW + 2000);
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
    bind(o, FAMILY_V6, 'C');
    wire_shows(v, 'A', 'C');
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
    wire_shows(v, 'A', 'Z');
}

static void stale(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)v;
    w->stale = true;
}

static void no_ipv6(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)o, (void)w;
    wire_shows(v, 'A', '-');
}

static void stopped(struct observed *o, struct wire_view *v, struct wanted *w)
{
    *w = want('B');
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

static void give_to(struct binding *b, const char *app_id)
{
    text_copy(b->app_id, sizeof b->app_id, app_id);
    b->check_mode = 0;
    b->flags = 0x20;
}

static void shared_right(struct observed *o, struct wire_view *v, struct wanted *w)
{
    (void)v;
    give_to(&o->binding[FAMILY_V4], IIS);
    w->binding = CONF_BINDING_SHARE;
}

static void shared(struct observed *o, struct wire_view *v, struct wanted *w)
{
    *w = want('B');
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
        struct wanted w = want('A');
        struct observed o;
        struct wire_view v;
        struct plan p;
        machine(&o);
        wire_shows(&v, 'A', 'A');
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

    machine(&o);
    hashes_of('B', sha1, sha256);
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
        hashes_of('B', sha1, sha256);
        text_copy(old.store, sizeof old.store, "my");
        give_to(&old, cases[i].app_id);
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

    machine(&o);
    wire_shows(&v, 'A', 'A');
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
        struct wanted w = {.port = PORT, .service = "RemoteAccess", .running = true, .now = NOW};
        bool bound = false;
        machine(&o);
        wire_shows(&v, 'A', 'A');
        hashes_of('A', w.sha1, w.sha256);
        memset(&o.binding[FAMILY_V6], 0, sizeof o.binding[0]);
        if (cases[i].present)
            bind(&o, FAMILY_V6, 'C');
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

/* ---- refusals ---- */

static void add_record(struct observed *o, enum record_kind kind, const char *host)
{
    o->record = calloc(1, sizeof *o->record);
    o->record_count = 1;
    o->record->kind = kind;
    text_copy(o->record->host, sizeof o->record->host, host);
    text_copy(o->record->where, sizeof o->record->where, *host ? host : "203.0.113.5:443");
    text_copy(o->record->app_id, sizeof o->record->app_id,
              "{4dc3e181-e14b-4a21-b022-59fc669b0914}");
    memset(o->record->hash, 'I', SHA1_BYTES);
    o->record->hash_len = SHA1_BYTES;
}

static void sni_for_us(struct observed *o)
{
    add_record(o, RECORD_SNI, "VPN.example.test");
}

static void sni_wildcard(struct observed *o)
{
    add_record(o, RECORD_SNI, "*.example.test");
}

static void sni_for_others(struct observed *o)
{
    add_record(o, RECORD_SNI, "www.example.test");
}

static void sni_same_certificate(struct observed *o)
{
    add_record(o, RECORD_SNI, "vpn.example.test");
    memset(o->record->hash, 'B', SHA1_BYTES);
}

static void an_address(struct observed *o)
{
    add_record(o, RECORD_IP, "");
}

static void central_store(struct observed *o)
{
    add_record(o, RECORD_CCS, "");
}

static void of_iis(struct observed *o)
{
    text_copy(o->binding[1].app_id, sizeof o->binding[1].app_id,
              "{4DC3E181-E14B-4A21-B022-59FC669B0914}");
}

static void of_somebody(struct observed *o)
{
    text_copy(o->binding[0].app_id, sizeof o->binding[0].app_id,
              "{12345678-0000-0000-0000-000000000001}");
}

static void asks_for_client_certificates(struct observed *o)
{
    give_to(&o->binding[0], IIS);
    o->binding[0].flags = BINDING_NEGOTIATE_CLIENT_CERT;
}

static void has_a_trust_list(struct observed *o)
{
    give_to(&o->binding[0], "{5d89a20c-beab-4389-9447-324788eb944a}");
    text_copy(o->binding[0].ctl_store, sizeof o->binding[0].ctl_store, "AdfsTrustedDevices");
}

static void ip_https(struct observed *o)
{
    give_to(&o->binding[0], "{5d8e2743-ef20-4d38-8751-7e400f200e65}");
    o->direct_access.bound = true;
    memset(o->direct_access.sha1, 'A', SHA1_BYTES);
    text_copy(o->cert[0].subject, sizeof o->cert[0].subject, "O=Contoso, CN=VPN.example.test");
}

static void ip_https_of_another_name(struct observed *o)
{
    ip_https(o);
    text_copy(o->cert[0].subject, sizeof o->cert[0].subject, "CN=da.example.test");
}

static void ip_https_beside(struct observed *o)
{
    ip_https(o);
    bind(o, FAMILY_V4, 'A');
    o->direct_access.bound = false;
    o->direct_access.configured = true;
}

static void offload(struct observed *o)
{
    o->value[VALUE_USE_HTTPS] = raw_dword(0);
}

static void proxy(struct observed *o)
{
    o->value[VALUE_PROXY_ENABLED] = raw_dword(1);
}

static void other_port(struct observed *o)
{
    o->value[VALUE_LISTENER_PORT] = raw_dword(8443);
}

static void port_zero(struct observed *o)
{
    o->value[VALUE_LISTENER_PORT] = raw_dword(0);
}

static void not_installed(struct observed *o)
{
    o->service[SERVICE_SSTPSVC].exists = false;
}

static void disabled(struct observed *o)
{
    o->service[SERVICE_REMOTEACCESS].start_type = SERVICE_START_DISABLED;
}

static void not_elevated(struct observed *o)
{
    o->elevated = false;
}

static void long_value(struct observed *o)
{
    o->value[VALUE_SHA1].present = true;
    o->value[VALUE_SHA1].len = 5000;
}

static void no_ports(struct observed *o)
{
    o->ports.seen.ok = true;
}

static void ports_not_known(struct observed *o)
{
    o->ports.seen.ok = false;
    o->ports.n = 0;
}

static void refuses_what_it_cannot_do_safely(struct test *t)
{
    static const struct {
        void (*change)(struct observed *o);
        const char *text; /* part of the error; NULL = not refused */
        enum conf_binding binding;
    } cases[] = {
        {sni_for_us, "host name record VPN.example.test of IIS", CONF_BINDING_REFUSE},
        {sni_wildcard, "host name record *.example.test", CONF_BINDING_REFUSE},
        {sni_for_others, NULL, CONF_BINDING_REFUSE},
        {sni_same_certificate, NULL, CONF_BINDING_REFUSE},
        {an_address, "address record 203.0.113.5:443", CONF_BINDING_REFUSE},
        {central_store, "central certificate store record", CONF_BINDING_REFUSE},
        {of_iis, "binding [::]:443: belongs to IIS", CONF_BINDING_REFUSE},
        {of_somebody, "binding 0.0.0.0:443: belongs to another program", CONF_BINDING_REFUSE},
        {of_iis, NULL, CONF_BINDING_SHARE},
        {of_iis, NULL, CONF_BINDING_TAKEOVER},
        {asks_for_client_certificates, "belongs to IIS", CONF_BINDING_REFUSE},
        {asks_for_client_certificates, NULL, CONF_BINDING_SHARE},
        {asks_for_client_certificates, "IIS asks for client certificates", CONF_BINDING_TAKEOVER},
        {has_a_trust_list, NULL, CONF_BINDING_SHARE},
        {has_a_trust_list, "AD FS has a trust list", CONF_BINDING_TAKEOVER},
        {ip_https, "DirectAccess: IP-HTTPS", CONF_BINDING_REFUSE},
        {ip_https, "DirectAccess: IP-HTTPS", CONF_BINDING_TAKEOVER},
        {ip_https, NULL, CONF_BINDING_SHARE},
        {ip_https_of_another_name, "common name", CONF_BINDING_SHARE},
        {ip_https_beside, "DirectAccess: IP-HTTPS", CONF_BINDING_REFUSE},
        {ip_https_beside, NULL, CONF_BINDING_SHARE},
        {sni_for_us, "certificate 4949494949494949", CONF_BINDING_SHARE},
        {offload, "UseHttps", CONF_BINDING_REFUSE},
        {proxy, "ProxyEnabled", CONF_BINDING_REFUSE},
        {other_port, "SstpSvc listens on port 8443", CONF_BINDING_REFUSE},
        {port_zero, NULL, CONF_BINDING_REFUSE},
        {not_installed, "service SstpSvc: not installed", CONF_BINDING_REFUSE},
        {disabled, "service RemoteAccess: disabled", CONF_BINDING_REFUSE},
        {no_ports, "no SSTP ports", CONF_BINDING_REFUSE},
        {ports_not_known, NULL, CONF_BINDING_REFUSE},
        {not_elevated, "administrator rights", CONF_BINDING_REFUSE},
        {long_value, "SHA1CertificateHash: 5000 bytes", CONF_BINDING_REFUSE},
    };
    char name_text[] = "vpn.example.test", *name = name_text;
    struct conf conf = {.names = {&name, 1}, .deploy.port = PORT};
    struct cert_info leaf = {.subject = "CN=vpn.example.test"};

    hashes_of('B', leaf.sha1, leaf.sha256);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct observed o;
        machine(&o);
        cases[i].change(&o);
        conf.deploy.binding = cases[i].binding;
        CHECK_INT(plan_check_host(&o, &conf, &leaf, &err), cases[i].text ? -1 : 0);
        if (cases[i].text) {
            CHECK_INT(err.code, ERR_USAGE);
            CHECK(err.hint[0]);
            if (!strstr(err.text, cases[i].text))
                CHECK_STR(err.text, cases[i].text);
        } else {
            CHECK_STR(err.text, "");
        }
        observed_clear(&o);
    }
}

/* ---- recovery ---- */

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
        machine(&o);
        memcpy(j.old_value, o.value, sizeof j.old_value);
        memcpy(j.old_binding, o.binding, sizeof j.old_binding);
        hashes_of('B', j.sha1, j.sha256);
        add_cert(&o, 'B', true, NOW + 2000);
        bind(&o, FAMILY_V4, cases[i].v4);
        bind(&o, FAMILY_V6, cases[i].v6);
        hash(&o, cases[i].hashes);
        if (!CHECK_INT(recover_decide(&j, &o), cases[i].want))
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
    {"refuses_what_it_cannot_do_safely", refuses_what_it_cannot_do_safely},
    {"facts_decide_the_recovery", facts_decide_the_recovery},
    {NULL, NULL},
};
