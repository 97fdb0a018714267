/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided where TLS ends at a balancer: the hash is all there is. */
#include "deploy/drive.h"
#include "test.h"
#include "text.h"

#include <string.h>

enum { NOW = 1800000000 };

/* Certificates are one letter. */
static void machine(struct observed *o, char letter)
{
    uint8_t hash[SHA256_BYTES];

    memset(hash, letter, sizeof hash);
    memset(o, 0, sizeof *o);
    o->elevated = true;
    for (int i = 0; i < SERVICE_COUNT; i++)
        o->service[i] = (struct service){
            .exists = true, .state = SERVICE_IS_RUNNING, .start_type = SERVICE_START_AUTOMATIC};
    o->value[VALUE_USE_HTTPS] = raw_dword(0);
    o->value[VALUE_SHA256] = raw_binary(hash, SHA256_BYTES);
    o->value[VALUE_SHA1] = raw_binary(hash, SHA1_BYTES);
}

/* The listener, and behind ' ' nobody, else a balancer with that certificate. */
static void view(struct wire_view *v, char balancer)
{
    memset(v, 0, sizeof *v);
    v->n = balancer == ' ' ? 1 : 2;
    for (size_t i = 0; i < v->n; i++) {
        v->point[i].with_name = v->point[i].called = true;
        v->point[i].look = (struct wire_look){.connected = true,
                                              .plain = i == 0,
                                              .tls = i == 1,
                                              .leaf_not_after = NOW + 1000,
                                              .get_status = 401,
                                              .post_status = 200,
                                              .call = true,
                                              .hash_mask = 2};
        memset(v->point[i].look.leaf_sha256, balancer, SHA256_BYTES);
    }
}

static void the_hash_is_all_there_is(struct test *t)
{
    static const char both[] = "set SHA256CertificateHash, set SHA1CertificateHash, restart "
                               "RemoteAccess";
    static const struct {
        const char *name;
        char stored, balancer, wanted;
        bool sha1, sha1_enabled;
        const char *plan;
        enum old_health old;
    } cases[] = {
        {"nothing", 'A', 'A', 'A', true, false, "", OLD_HEALTHY},
        {"the balancer has changed", 'A', 'B', 'B', true, false, both, OLD_BROKEN},
        {"balancer out of view", 'A', ' ', 'B', true, false, both, OLD_HEALTHY},
        {"no SHA-1 there, none made", 'A', 'B', 'B', false, false,
         "set SHA256CertificateHash, restart RemoteAccess", OLD_BROKEN},
        {"no SHA-1 there, but needed", 'A', 'B', 'B', false, true, both, OLD_BROKEN},
        {"no SHA-1, nothing to do", 'A', 'A', 'A', false, false, "", OLD_HEALTHY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wanted w = {.port = 80, .service = "RemoteAccess", .running = true, .now = NOW};
        const char *text = "";
        struct observed o;
        struct wire_view v;
        struct plan p;
        machine(&o, cases[i].stored);
        if (!cases[i].sha1)
            memset(&o.value[VALUE_SHA1], 0, sizeof o.value[0]);
        if (cases[i].sha1_enabled)
            o.value[VALUE_SHA1_ENABLED] = raw_dword(1);
        view(&v, cases[i].balancer);
        memset(w.sha1, cases[i].wanted, sizeof w.sha1);
        memset(w.sha256, cases[i].wanted, sizeof w.sha256);
        plan_make(&p, &o, &v, &w);
        for (size_t k = 0; k < p.n; k++)
            text = test_text(t, "%s%s%s", text, *text ? ", " : "", p.step[k].object);
        if (!CHECK_STR(text, cases[i].plan) || !CHECK_INT(p.old.health, cases[i].old))
            CHECK_STR(cases[i].name, "");
    }
}

static void what_the_balancer_serves_is_seen(struct test *t)
{
    uint8_t wanted[SHA256_BYTES];
    struct wire_view v;
    struct observed o;
    struct old_state old;
    char trouble[160];

    memset(wanted, 'B', sizeof wanted);
    view(&v, 'B');
    view_balancer_trouble(&v, wanted, trouble, sizeof trouble);
    CHECK_STR(trouble, "");
    CHECK(view_shows(&v, wanted));
    view(&v, ' '); /* the listener alone has no certificate to be wrong with */
    view_balancer_trouble(&v, wanted, trouble, sizeof trouble);
    CHECK_STR(trouble, "");
    CHECK(view_shows(&v, wanted));
    v.point[0].look.connected = false;
    CHECK(!view_shows(&v, wanted));
    view(&v, 'A');
    view_balancer_trouble(&v, wanted, trouble, sizeof trouble);
    CHECK(strstr(trouble, "serves certificate 4141414141414141.."));
    CHECK(!view_shows(&v, wanted));

    machine(&o, 'A');
    plan_judge_old(&o, &v, NOW, &old);
    CHECK(!old.expired && old.known && old.answers);
    plan_judge_old(&o, &v, NOW + 1000, &old);
    CHECK(old.expired);
    o.value[VALUE_SHA256].len = 1;
    plan_judge_old(&o, &v, NOW, &old);
    CHECK(!old.known && old.health == OLD_BROKEN && old.why[0]);
}

static void the_mode_has_to_be_the_servers(struct test *t)
{
    static const struct {
        uint32_t use_https;
        enum conf_mode mode;
        int port;         /* ListenerPort; 0 = not set */
        int want_port;    /* that SstpSvc listens on */
        const char *cure; /* NULL = fine */
    } cases[] = {
        {1, CONF_TERMINATE, 0, 443, NULL},
        {1, CONF_TERMINATE, 8443, 8443, NULL},
        {0, CONF_OFFLOAD, 0, 80, NULL},
        {0, CONF_OFFLOAD, 8080, 8080, NULL},
        {1, CONF_OFFLOAD, 0, 443, "\"terminate\""},
        {0, CONF_TERMINATE, 0, 80, "\"offload\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf conf = {.deploy = {.mode = cases[i].mode, .port = cases[i].want_port}};
        struct observed o;
        struct err err = {0};
        machine(&o, 'A');
        o.value[VALUE_USE_HTTPS] = raw_dword(cases[i].use_https);
        o.value[VALUE_LISTENER_PORT] = raw_dword((uint32_t)cases[i].port);
        CHECK_INT(observed_port(&o), cases[i].want_port);
        CHECK_INT(plan_check_host(&o, &conf, NULL, &err), cases[i].cure ? -1 : 0);
        if (cases[i].cure)
            CHECK(strstr(err.text, "UseHttps") && strstr(err.hint, cases[i].cure));
    }
}

static void some_hash_has_to_be_left(struct test *t)
{
    static const struct {
        int sha256, sha1; /* -1 = absent */
        int mask;         /* 0 = refused */
    } cases[] = {{-1, -1, 2}, {1, -1, 2}, {1, 1, 2}, {0, 1, 1}, {0, -1, 0}, {0, 0, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf conf = {.deploy = {.mode = CONF_OFFLOAD, .port = 80}};
        struct observed o;
        struct err err = {0};
        machine(&o, 'A');
        if (cases[i].sha256 >= 0)
            o.value[VALUE_SHA256_ENABLED] = raw_dword((uint32_t)cases[i].sha256);
        if (cases[i].sha1 >= 0)
            o.value[VALUE_SHA1_ENABLED] = raw_dword((uint32_t)cases[i].sha1);
        CHECK_INT(plan_check_host(&o, &conf, NULL, &err), cases[i].mask ? 0 : -1);
        if (cases[i].mask)
            CHECK_INT(plan_hash_mask(&o), cases[i].mask);
        else
            CHECK(strstr(err.text, "SHA256Enabled is 0"));
    }
}

const struct test_case suite_plan_offload[] = {
    {"the_hash_is_all_there_is", the_hash_is_all_there_is},
    {"what_the_balancer_serves_is_seen", what_the_balancer_serves_is_seen},
    {"the_mode_has_to_be_the_servers", the_mode_has_to_be_the_servers},
    {"some_hash_has_to_be_left", some_hash_has_to_be_left},
    {NULL, NULL},
};
