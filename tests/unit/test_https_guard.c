/* SPDX-License-Identifier: Apache-2.0 */
/* Where a CA's URLs may lead: by tables, and as libcurl connects. */
#include "https.h"
#include "https_guard.h"
#include "https_world.h"
#include "loop.h"
#include "test.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct net_addr addr(struct test *t, const char *text)
{
    struct net_addr a = {.family = 0};
    struct err err = {0};

    CHECK_INT(net_addr_parse(&a, text, 443, &err), 0);
    return a;
}

static void tells_who_can_be_reached(struct test *t)
{
    static const struct {
        const char *text;
        enum net_scope want;
    } cases[] = {
        {"192.0.2.1", NET_PUBLIC},
        {"8.8.8.8", NET_PUBLIC},
        {"0.0.0.0", NET_NOBODY},
        {"0.1.2.3", NET_NOBODY},
        {"9.255.255.255", NET_PUBLIC},
        {"10.0.0.0", NET_PRIVATE},
        {"10.255.255.255", NET_PRIVATE},
        {"11.0.0.0", NET_PUBLIC},
        {"100.63.255.255", NET_PUBLIC},
        {"100.64.0.1", NET_PRIVATE},
        {"100.127.255.255", NET_PRIVATE},
        {"100.128.0.0", NET_PUBLIC},
        {"126.255.255.255", NET_PUBLIC},
        {"127.0.0.1", NET_LOOPBACK},
        {"127.255.255.255", NET_LOOPBACK},
        {"128.0.0.1", NET_PUBLIC},
        {"169.253.255.255", NET_PUBLIC},
        {"169.254.0.1", NET_LINK_LOCAL},
        {"169.254.169.254", NET_LINK_LOCAL},
        {"169.255.0.0", NET_PUBLIC},
        {"172.15.255.255", NET_PUBLIC},
        {"172.16.0.1", NET_PRIVATE},
        {"172.31.255.255", NET_PRIVATE},
        {"172.32.0.0", NET_PUBLIC},
        {"192.167.255.255", NET_PUBLIC},
        {"192.168.0.1", NET_PRIVATE},
        {"192.169.0.0", NET_PUBLIC},
        {"198.17.255.255", NET_PUBLIC},
        {"198.18.0.1", NET_PRIVATE},
        {"198.19.255.255", NET_PRIVATE},
        {"198.20.0.0", NET_PUBLIC},
        {"223.255.255.255", NET_PUBLIC},
        {"224.0.0.1", NET_NOBODY},
        {"239.255.255.255", NET_NOBODY},
        {"240.0.0.1", NET_NOBODY},
        {"255.255.255.255", NET_NOBODY},
        {"::", NET_NOBODY},
        {"::1", NET_LOOPBACK},
        {"2001:db8::1", NET_PUBLIC},
        {"2606:4700::1", NET_PUBLIC},
        {"fe80::1", NET_LINK_LOCAL},
        {"febf::1", NET_LINK_LOCAL},
        {"fec0::1", NET_PRIVATE},
        {"fbff::1", NET_PUBLIC},
        {"fc00::1", NET_PRIVATE},
        {"fdff::1", NET_PRIVATE},
        {"fe00::1", NET_PUBLIC},
        {"ff02::1", NET_NOBODY},
        {"::ffff:127.0.0.1", NET_LOOPBACK},
        {"::ffff:10.1.2.3", NET_PRIVATE},
        {"::ffff:8.8.8.8", NET_PUBLIC},
        {"::ffff:169.254.169.254", NET_LINK_LOCAL},
        {"::ffff:0.0.0.0", NET_NOBODY},
        {"::127.0.0.1", NET_LOOPBACK},
        {"::10.0.0.1", NET_PRIVATE},
        {"64:ff9b::10.0.0.1", NET_PRIVATE},
        {"64:ff9b::8.8.8.8", NET_PUBLIC},
        {"64:ff9b:1::10.0.0.1", NET_PUBLIC},
        {"2002:0a00:0001::1", NET_PRIVATE},
        {"2002:0808:0808::1", NET_PUBLIC},
        {"2002:7f00:0001::", NET_LOOPBACK},
    };
    const struct net_addr none = {.family = 0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct net_addr a = addr(t, cases[i].text);
        CHECK_STR(test_text(t, "%s: %s", cases[i].text, net_scope_text(net_addr_scope(&a))),
                  test_text(t, "%s: %s", cases[i].text, net_scope_text(cases[i].want)));
    }
    CHECK_INT(net_addr_scope(&none), NET_NOBODY);
}

/* h = to the directory's host, o = to another; "ok" = it has answered. */
static void the_directory_decides(struct test *t)
{
    static const struct {
        const char *steps[6], *want;
    } cases[] = {
        {{"h 192.0.2.1", "ok", "o 192.0.2.9", "o 10.0.0.1", "o 127.0.0.1"}, "yynn"},
        {{"h 10.0.0.1", "ok", "o 10.9.9.9", "o fd00::1", "o 127.0.0.1", "o 8.8.8.8"}, "yyyny"},
        {{"h ::1", "h 127.0.0.1", "ok", "o 127.0.0.1", "o 10.0.0.1"}, "yyyn"},
        {{"h 192.0.2.1", "ok", "h 10.0.0.1"}, "yn"}, /* its name leads elsewhere by now */
        {{"h fd00::1", "h 192.0.2.1", "ok", "o 10.0.0.1"}, "yyy"}, /* one of each */
        {{"o 10.0.0.1", "o 8.8.8.8"}, "ny"},
        {{"h 10.0.0.1", "o 10.9.9.9", "ok", "o 10.9.9.9"}, "yny"}, /* not before it answered */
        {{"h 169.254.3.4", "ok", "o 169.254.3.5", "o 169.254.169.254"}, "yyn"},
        {{"h 169.254.169.254"}, "n"},
        {{"h fd00:ec2::254", "h ::ffff:169.254.169.254"}, "nn"},
        {{"h 224.0.0.1", "h 0.0.0.0", "h ::"}, "nnn"},
        {{"h ::ffff:10.0.0.1", "ok", "o 10.0.0.2"}, "yy"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct https_guard g;
        struct err err = {0};
        char got[8] = "";
        size_t n = 0;
        REQUIRE(https_guard_init(&g, "https://ca.test/dir", &err) == 0);
        for (size_t k = 0; k < COUNT(cases[i].steps) && cases[i].steps[k]; k++) {
            const char *step = cases[i].steps[k];
            if (strcmp(step, "ok") == 0) {
                g.settled = true;
                continue;
            }
            struct net_addr a = addr(t, step + 2);
            got[n++] = https_guard_allows(&g, *step == 'h', &a) ? 'y' : 'n';
        }
        CHECK_STR(test_text(t, "%zu: %s", i, got), test_text(t, "%zu: %s", i, cases[i].want));
    }
}

static void knows_the_directory_by_its_host(struct test *t)
{
    struct https_guard g;
    struct err err = {0};

    REQUIRE(https_guard_init(&g, "https://CA.test:14000/dir?x", &err) == 0);
    CHECK(https_guard_is_home(&g, "https://ca.TEST/order/1"));
    CHECK(https_guard_is_home(&g, "https://ca.test:14000?x"));
    CHECK(!https_guard_is_home(&g, "https://ca.test.evil.test/"));
    CHECK(!https_guard_is_home(&g, "https://evil.test/ca.test"));
    CHECK(!https_guard_is_home(&g, "https://xca.test/"));
    REQUIRE(https_guard_init(&g, "https://[::1]:14000/dir", &err) == 0);
    CHECK(https_guard_is_home(&g, "https://[::1]/"));
    CHECK(!https_guard_is_home(&g, "https://[::2]/"));
    REQUIRE(https_guard_init(&g, NULL, &err) == 0);
    struct net_addr a = addr(t, "127.0.0.1");
    CHECK(https_guard_allows(&g, false, &a)); /* no guard */
}

/* ---- libcurl ---- */

/* Counts who comes, and hangs up. */
static void count(void *user, intptr_t fd)
{
    atomic_int *visits = user;
    char data[4096];
    size_t got;

    atomic_fetch_add(visits, 1);
    loop_recv(fd, data, sizeof data, &got);
}

/* An answer to any question: A 127.0.0.1, and nothing for other types. */
static size_t loopback_for_all(uint8_t *msg, size_t len)
{
    static const uint8_t record[] = {0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1};
    size_t at = 12;

    while (at + 5 < len && msg[at] != 0)
        at += msg[at] + 1u;
    if (len < 17 || at + 5 > len)
        return 0;
    at += 5;
    bool is_a = msg[at - 3] == 1;
    msg[2] = 0x81;
    msg[3] = 0x80;
    msg[7] = is_a;
    msg[9] = msg[11] = 0;
    if (is_a)
        memcpy(msg + at, record, sizeof record);
    return at + (is_a ? sizeof record : 0);
}

static void name_server(void *user, intptr_t fd)
{
    (void)user;
    loop_udp_answer(fd, loopback_for_all);
}

struct world {
    atomic_int visits;
    struct loop *dns, *server;
    struct https https;
    struct test *t;
};

static bool world_make(struct world *w, struct test *t, const char *directory)
{
    struct err err = {0};

    w->t = t;
    atomic_init(&w->visits, 0);
    w->dns = loop_start(&(struct loop_spec){.udp = true, .serve = name_server});
    w->server = loop_start(&(struct loop_spec){.serve = count, .user = &w->visits});
    struct https_options o = {.user_agent = "test",
                              .directory = directory,
                              .dns_servers = test_text(t, "127.0.0.1:%u", loop_port(w->dns))};
    return CHECK_INT(https_curl_open(&w->https, &o, &err), 0);
}

static void world_clear(struct world *w)
{
    https_curl_close(&w->https);
    loop_stop(w->server);
    loop_stop(w->dns);
}

/* "went there" or "refused": whether it got as far as the server, which hangs up on everybody. */
static const char *ask(struct world *w, const char *host)
{
    struct test *t = w->t;
    struct https_request req = {.method = "GET",
                                .url = test_text(t, "https://%s:%u/", host, loop_port(w->server))};
    struct https_response r = {0};
    struct err err = {0};
    int before = atomic_load(&w->visits);

    CHECK_INT(https_request(&w->https, &req, &r, &err), -1);
    CHECK_INT(err.code, ERR_NET);
    https_response_clear(&r);
    if (strstr(err.text, "leads to") && strstr(err.hint, "CA") && atomic_load(&w->visits) == before)
        return "refused";
    return strstr(err.text, "leads to") ? "told, but went there" : "went there";
}

static void a_public_directory_leads_to_no_address_inside(struct test *t)
{
    struct world w;

    REQUIRE(world_make(&w, t, "https://ca.test/dir"));
    CHECK_STR(ask(&w, "inside.test"), "refused"); /* a name that leads to 127.0.0.1 */
    CHECK_STR(ask(&w, "127.0.0.1"), "refused");
    CHECK_STR(ask(&w, "[::ffff:127.0.0.1]"), "refused");
    CHECK_STR(ask(&w, "[::1]"), "refused");
    CHECK_STR(ask(&w, "10.0.0.1"), "refused");
    CHECK_STR(ask(&w, "169.254.169.254"), "refused");
    CHECK_STR(ask(&w, "0.0.0.0"), "refused");
    CHECK_STR(ask(&w, "2130706433"), "refused"); /* to libcurl, 127.0.0.1 */
    CHECK_STR(ask(&w, "0x7f.1"), "refused");
    CHECK_INT(atomic_load(&w.visits), 0);
    world_clear(&w);
}

/* A CA inside: its directory's host and another of its names, both at 127.0.0.1. */
static bool inside_make(struct https_world *w, struct loop **dns, struct test *t)
{
    struct err err = {0};

    *dns = loop_start(&(struct loop_spec){.udp = true, .serve = name_server});
    https_world_make(w, t);
    w->close = true; /* it serves one connection after the other */
    https_world_start(w, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    struct https_options o = {
        .ca_file = https_world_ca_file(w),
        .user_agent = "test",
        .directory = test_text(t, "https://ca.test:%u/dir", tls_server_port(w->server)),
        .dns_servers = test_text(t, "127.0.0.1:%u", loop_port(*dns))};
    return CHECK_INT(https_curl_open(&w->https, &o, &err), 0);
}

/* "" or the error's text. */
static const char *ask_inside(struct https_world *w, const char *host, const char *path)
{
    struct test *t = w->t;
    struct https_request req = {
        .method = "GET",
        .url = test_text(t, "https://%s:%u%s", host, tls_server_port(w->server), path)};
    struct https_response r = {0};
    struct err err = {0};

    (void)!https_request(&w->https, &req, &r, &err);
    https_response_clear(&r);
    return test_text(t, "%s", err.text);
}

static void a_directory_inside_leads_to_its_own_kind(struct test *t)
{
    struct https_world w;
    struct loop *dns = NULL;
    struct https_stats stats = {0};

    REQUIRE(inside_make(&w, &dns, t));
    CHECK_STR(ask_inside(&w, "ca.test", "/dir"), "");
    CHECK_STR(ask_inside(&w, "orders.test", "/1"), "");
    w.https.stats(w.https.self, &stats);
    CHECK_INT(stats.requests, 2);
    CHECK(strstr(ask_inside(&w, "10.0.0.1", "/"), "where the CA's directory is not"));
    CHECK(strstr(ask_inside(&w, "169.254.169.254", "/"), "where the CA's directory is not"));
    https_world_clear(&w);
    loop_stop(dns);
}

/* The directory was read in an earlier run: its host is asked when that matters, and only then. */
static void a_directory_that_nobody_asked_yet_is_looked_for(struct test *t)
{
    struct https_world w;
    struct loop *dns = NULL;
    struct https_stats stats = {0};

    REQUIRE(inside_make(&w, &dns, t));
    CHECK_STR(ask_inside(&w, "orders.test", "/new-nonce"), "");
    CHECK(strstr(buf_str(&w.request), "GET /new-nonce ") != NULL);
    w.https.stats(w.https.self, &stats);
    CHECK_INT(stats.requests, 3); /* refused, the directory, again */
    CHECK_STR(ask_inside(&w, "orders.test", "/2"), "");
    CHECK(strstr(ask_inside(&w, "10.0.0.1", "/"), "where the CA's directory is not"));
    w.https.stats(w.https.self, &stats);
    CHECK_INT(stats.requests, 5);
    https_world_clear(&w);
    loop_stop(dns);
}

static void a_directory_that_does_not_answer_leads_nowhere_inside(struct test *t)
{
    struct world w;
    uint16_t port = 0;
    intptr_t closed = loop_closed(&port);

    REQUIRE(world_make(&w, t, test_text(t, "https://ca.test:%u/dir", port)));
    CHECK_STR(ask(&w, "other.test"), "refused");
    CHECK_STR(ask(&w, "other.test"), "refused");
    CHECK_INT(atomic_load(&w.visits), 0);
    world_clear(&w);
    loop_closed_free(closed);
}

static void what_the_administrator_names_is_not_guarded(struct test *t)
{
    struct world w;

    REQUIRE(world_make(&w, t, NULL));
    CHECK_STR(ask(&w, "api.test"), "went there");
    CHECK_STR(ask(&w, "127.0.0.1"), "went there");
    world_clear(&w);
}

const struct test_case suite_https_guard[] = {
    {"tells_who_can_be_reached", tells_who_can_be_reached},
    {"the_directory_decides", the_directory_decides},
    {"knows_the_directory_by_its_host", knows_the_directory_by_its_host},
    {"a_public_directory_leads_to_no_address_inside",
     a_public_directory_leads_to_no_address_inside},
    {"a_directory_inside_leads_to_its_own_kind", a_directory_inside_leads_to_its_own_kind},
    {"a_directory_that_nobody_asked_yet_is_looked_for",
     a_directory_that_nobody_asked_yet_is_looked_for},
    {"a_directory_that_does_not_answer_leads_nowhere_inside",
     a_directory_that_does_not_answer_leads_nowhere_inside},
    {"what_the_administrator_names_is_not_guarded", what_the_administrator_names_is_not_guarded},
    {NULL, NULL},
};
