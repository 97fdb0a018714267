/* SPDX-License-Identifier: Apache-2.0 */
/* Rows F: each thing that a client could see wrong has its name. */
#include "doctor_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLED, ASKED, OVER_V6, OWN, NAMED, PUBLIC, POINTS };
struct wire_world {
    struct doctor_world w;
    struct doctor_wire wire;
};

static void serve(struct doctor_world *w, struct doctor_point *p, size_t cert)
{
    p->connected = p->tls = true;
    snprintf(p->tls_version, sizeof p->tls_version, "TLSv1.3");
    memcpy(p->sha256, w->store[cert].sha256, SHA256_BYTES);
    snprintf(p->subject, sizeof p->subject, "CN=%zu", cert);
    p->issuer_sent = true;
    p->minor = 1;
    p->status = p->depth == DEPTH_GET ? 401 : p->depth == DEPTH_CALL ? 200 : 0;
    p->call = p->depth == DEPTH_CALL;
    p->authenticates = p->call;
    snprintf(p->auth_code, sizeof p->auth_code, "%s", p->call ? "lcp-ok" : "");
    snprintf(p->authentication, sizeof p->authentication, "%s",
             p->call ? "agreed on MS-CHAPv2" : "");
    p->hash_mask = p->call ? 2 : 0;
}

static void healthy(struct wire_world *n)
{
    static const struct {
        enum point_kind kind;
        enum point_depth depth;
        const char *addr, *name;
    } points[POINTS] = {
        [CALLED] = {POINT_PROBE, DEPTH_CALL, "127.0.0.1", ""},
        [ASKED] = {POINT_PROBE, DEPTH_GET, "127.0.0.1", ""},
        [OVER_V6] = {POINT_PROBE, DEPTH_GET, "::1", ""},
        [OWN] = {POINT_OWN, DEPTH_TLS, "192.168.7.9", ""},
        [NAMED] = {POINT_PROBE, DEPTH_TLS, "127.0.0.1", "vpn.example.com"},
        [PUBLIC] = {POINT_PUBLIC, DEPTH_GET, "203.0.113.5", "vpn.example.com"},
    };

    doctor_world_healthy(&n->w);
    memset(&n->wire, 0, sizeof n->wire);
    n->wire.n = POINTS;
    n->wire.looked = true;
    for (size_t i = 0; i < POINTS; i++) {
        struct doctor_point *p = &n->wire.point[i];
        struct err ignored = {0};
        p->kind = points[i].kind;
        p->depth = points[i].depth;
        snprintf(p->name, sizeof p->name, "%s", points[i].name);
        if (net_addr_parse(&p->addr, points[i].addr, 443, &ignored) == 0)
            serve(&n->w, p, 0);
    }
    n->w.seen.wire = &n->wire;
}

/* It gets no further than this. */
static void stop(struct doctor_point *p, bool connected, const char *trouble)
{
    p->connected = connected;
    p->tls = p->call = false;
    p->status = p->hash_mask = 0;
    snprintf(p->trouble, sizeof p->trouble, "%s", trouble);
}

static void answer(struct doctor_point *p, int status)
{
    p->status = status;
    p->call = false;
    p->hash_mask = 0;
    snprintf(p->trouble, sizeof p->trouble, "http: HTTP/1.1 %d", status);
}

#define EXPECT(id, level, says) doctor_world_expect(t, &n->w, id, level, says)
#define WORLD()                                                                                    \
    struct wire_world *n = calloc(1, sizeof *n);                                                   \
    REQUIRE(n != NULL);                                                                            \
    struct doctor_point *p = n->wire.point;                                                        \
    healthy(n)
#define HEALTHY() healthy(n)

static void a_healthy_listener_is_healthy(struct test *t)
{
    WORLD();

    (void)p;
    for (int i = 1; i <= 10; i++)
        EXPECT(test_text(t, "F%d", i), CHECK_OK, "");
    EXPECT("F11", CHECK_OK, "MS-CHAPv2");
    EXPECT("F12", CHECK_SKIP, "account");
    free(n);
}

static void authentication_is_offered(struct test *t)
{
    static const struct {
        bool call, agreed;
        const char *code, *detail;
        enum check_level level;
        const char *says;
    } cases[] = {
        {true, true, "lcp-ok", "agreed on MS-CHAPv2", CHECK_OK, "MS-CHAPv2"},
        {true, false, "auth-method", "the server insists on EAP", CHECK_OK, "EAP"},
        {true, false, "auth-method", "the server insists on PAP, the password in clear", CHECK_WARN,
         "insists on PAP"},
        {true, true, "lcp-ok", "agreed on no authentication", CHECK_FAIL, "everybody"},
        {true, false, "lcp-timeout", "no answer", CHECK_WARN, "no answer"},
        {false, false, "", "", CHECK_SKIP, "F9"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        WORLD();
        p[CALLED].call = cases[i].call;
        p[CALLED].authenticates = cases[i].agreed;
        snprintf(p[CALLED].auth_code, sizeof p->auth_code, "%s", cases[i].code);
        snprintf(p[CALLED].authentication, sizeof p->authentication, "%s", cases[i].detail);
        EXPECT("F11", cases[i].level, cases[i].says);
        free(n);
    }
}

static void a_test_account_goes_the_whole_way(struct test *t)
{
    WORLD();

    (void)p;
    n->w.wanted.account_user = "probe";
    snprintf(n->wire.login.why, sizeof n->wire.login.why, "no such file");
    EXPECT("F12", CHECK_SKIP, "no such file");
    n->wire.login.tried = true;
    n->wire.login.came.hash = WIRE_HASH_ACCEPTED;
    snprintf(n->wire.login.came.finding, sizeof n->wire.login.came.finding, "hash accepted");
    EXPECT("F12", CHECK_OK, "hash accepted");
    n->wire.login.came.hash = WIRE_HASH_REFUSED;
    EXPECT("F12", CHECK_FAIL, "every client is refused");
    n->wire.login.came.hash = WIRE_HASH_OPEN;
    EXPECT("F12", CHECK_WARN, "learnt nothing");
    free(n);
}

static void tls_without_a_name(struct test *t)
{
    WORLD();

    stop(&p[OVER_V6], true, "tls: reset");
    EXPECT("F1", CHECK_FAIL, "[::1]:443: a connection is taken, but TLS breaks off");
    HEALTHY();
    serve(&n->w, &p[OWN], 1);
    EXPECT("F1", CHECK_FAIL, "192.168.7.9:443 shows CN=1 (SHA-256 2222222222222222...)");
    HEALTHY();
    stop(&p[OVER_V6], false, "tcp: refused");
    EXPECT("F1", CHECK_FAIL, "nobody listens: [::1]:443: tcp: refused");
    n->w.machine.local.has_v6 = false;
    EXPECT("F1", CHECK_OK, "127.0.0.1:443");
    HEALTHY();
    stop(&p[OWN], false, "tcp: refused"); /* an IP listen list is C12's */
    EXPECT("F1", CHECK_OK, "127.0.0.1:443; [::1]:443");
    HEALTHY();
    n->w.seen.machine = NULL;
    EXPECT("F1", CHECK_NOTE, "not known");
    stop(&p[CALLED], false, "tcp: refused"); /* this may be no gateway at all */
    EXPECT("F1", CHECK_SKIP, "nobody listens");
    free(n);
}

static void tls_with_a_name(struct test *t)
{
    WORLD();

    serve(&n->w, &p[NAMED], 1);
    EXPECT("F2", CHECK_FAIL, "vpn.example.com gets CN=1");
    EXPECT("F1", CHECK_OK, "");
    stop(&p[NAMED], true, "tls: reset");
    EXPECT("F2", CHECK_FAIL, "vpn.example.com: tls: reset");
    p[NAMED].name[0] = '\0';
    EXPECT("F2", CHECK_SKIP, "no name");
    HEALTHY();
    serve(&n->w, &p[PUBLIC], 1);
    EXPECT("F3", CHECK_FAIL, "reverse proxy");
    stop(&p[PUBLIC], false, "tcp: no answer");
    EXPECT("F3", CHECK_NOTE, "not reached from the inside");
    n->wire.n = PUBLIC;
    EXPECT("F3", CHECK_SKIP, "E6");
    free(n);
}

static void behind_a_balancer(struct test *t)
{
    WORLD();

    n->w.machine.value[VALUE_USE_HTTPS] = raw_dword(0);
    n->wire.n = 2;
    for (size_t i = 0; i < 2; i++) {
        p[i].plain = true;
        p[i].tls = false;
    }
    p[2] = p[PUBLIC];
    n->wire.n = 3;
    EXPECT("F1", CHECK_SKIP, "balancer");
    EXPECT("F2", CHECK_SKIP, "balancer");
    EXPECT("F3", CHECK_OK, "203.0.113.5");
    EXPECT("F4", CHECK_SKIP, "balancer");
    EXPECT("F6", CHECK_OK, "401");
    EXPECT("F9", CHECK_OK, "");
    serve(&n->w, &p[2], 1);
    EXPECT("F3", CHECK_FAIL, "another certificate than the one RRAS expects");
    free(n);
}

static void chain_and_versions(struct test *t)
{
    WORLD();

    p[CALLED].issuer_sent = false;
    EXPECT("F4", CHECK_FAIL, "without its issuer's");
    p[CALLED].self_signed = true;
    EXPECT("F4", CHECK_NOTE, "its own issuer");
    HEALTHY();
    p[CALLED].root_sent = true;
    EXPECT("F4", CHECK_NOTE, "root");
    stop(&p[CALLED], true, "tls: reset");
    EXPECT("F4", CHECK_SKIP, "reset");
    EXPECT("F5", CHECK_OK, "TLSv1.3");
    stop(&p[CALLED], true, "tls: handshake: tlsv1 alert protocol version");
    EXPECT("F5", CHECK_FAIL, "127.0.0.1:443 speaks neither");
    for (size_t i = 0; i < n->wire.n; i++)
        stop(&p[i], false, "tcp: refused");
    EXPECT("F5", CHECK_SKIP, "no TLS");
    free(n);
}

static void http(struct test *t)
{
    static const int statuses[] = {407, 403, 404, 405, 500, 502, 503, 504};
    WORLD();

    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        HEALTHY();
        answer(&p[PUBLIC], statuses[i]);
        EXPECT("F8", CHECK_FAIL,
               test_text(t, "203.0.113.5:443 with the name vpn.example.com: %d", statuses[i]));
        EXPECT("F6", CHECK_OK, "401");
        answer(&p[CALLED], statuses[i]);
        EXPECT("F9", CHECK_FAIL, test_text(t, "%d", statuses[i]));
        EXPECT("F10", CHECK_SKIP, "F9");
    }
    HEALTHY();
    answer(&p[OVER_V6], 404);
    EXPECT("F6", CHECK_FAIL, "[::1]:443: http: HTTP/1.1 404");
    HEALTHY();
    p[PUBLIC].minor = 0;
    EXPECT("F7", CHECK_FAIL, "HTTP/1.0");
    HEALTHY();
    stop(&p[ASKED], true, "http: the answer is not HTTP/1.x");
    EXPECT("F7", CHECK_FAIL, "no HTTP/1.x");
    for (size_t i = 0; i < n->wire.n; i++)
        stop(&p[i], false, "tcp: refused");
    EXPECT("F6", CHECK_SKIP, "no listener");
    EXPECT("F7", CHECK_SKIP, "no HTTP");
    EXPECT("F8", CHECK_SKIP, "no HTTP");
    EXPECT("F9", CHECK_SKIP, "refused");
    free(n);
}

static void hashes(struct test *t)
{
    WORLD();

    p[CALLED].hash_mask = 1;
    EXPECT("F10", CHECK_WARN, "SHA-1 only");
    p[CALLED].hash_mask = 3;
    EXPECT("F10", CHECK_OK, "SHA-256, SHA-1");
    free(n);
}

const struct test_case suite_doctor_wire[] = {
    {"a_healthy_listener_is_healthy", a_healthy_listener_is_healthy},
    {"authentication_is_offered", authentication_is_offered},
    {"a_test_account_goes_the_whole_way", a_test_account_goes_the_whole_way},
    {"tls_without_a_name", tls_without_a_name},
    {"tls_with_a_name", tls_with_a_name},
    {"behind_a_balancer", behind_a_balancer},
    {"chain_and_versions", chain_and_versions},
    {"http", http},
    {"hashes", hashes},
    {NULL, NULL},
};
