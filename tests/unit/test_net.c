/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"
#include "net.h"
#include "os.h"
#include "test.h"

#include <string.h>

enum { PLENTY_MS = 30 * 1000 };

static int64_t plenty(void)
{
    return clock_ms(&os_clock) + PLENTY_MS;
}

/* ---- addresses ---- */

static void addresses_and_back(struct test *t)
{
    static const struct {
        const char *in, *text, *ip;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1:53", "192.0.2.1"},
        {"192.0.2.1:5353", "192.0.2.1:5353", "192.0.2.1"},
        {"0.0.0.0:1", "0.0.0.0:1", "0.0.0.0"},
        {"255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255"},
        {"::1", "[::1]:53", "::1"},
        {"[::1]", "[::1]:53", "::1"},
        {"[::1]:443", "[::1]:443", "::1"},
        {"::", "[::]:53", "::"},
        {"2001:DB8::1", "[2001:db8::1]:53", "2001:db8::1"},
        {"2001:db8:0:0:0:0:0:1", "[2001:db8::1]:53", "2001:db8::1"},
        {"1::", "[1::]:53", "1::"},
        {"1:2:3:4:5:6:7::", "[1:2:3:4:5:6:7:0]:53", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "[0:2:3:4:5:6:7:8]:53", "0:2:3:4:5:6:7:8"},
        /* RFC 5952 4.2.2, 4.2.3 */
        {"2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:53", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]:53", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:53", "2001:db8::1:0:0:1"},
        {"::ffff:192.0.2.1", "[::ffff:c000:201]:53", "::ffff:c000:201"},
        {"64:ff9b::192.0.2.33", "[64:ff9b::c000:221]:53", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:192.0.2.1", "[1:2:3:4:5:6:c000:201]:53", "1:2:3:4:5:6:c000:201"},
        {"fe80::1%3", "[fe80::1%3]:53", "fe80::1%3"},
        {"[fe80::1%4294967295]:53", "[fe80::1%4294967295]:53", "fe80::1%4294967295"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:53",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct net_addr a, b;
        char text[72], ip[64];
        if (!CHECK(net_addr_parse(&a, cases[i].in, 53, &err) == 0)) {
            CHECK_STR(err.text, cases[i].in);
            continue;
        }
        net_addr_text(&a, text);
        CHECK_STR(text, cases[i].text);
        net_addr_ip_text(&a, ip);
        CHECK_STR(ip, cases[i].ip);
        CHECK(net_addr_parse(&b, text, 1, &err) == 0);
        CHECK(net_addr_equal(&a, &b));
    }
}

static void no_addresses(struct test *t)
{
    static const char *const cases[] = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:0",
        "1.2.3.4:65536",
        "1.2.3.4:5x",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4:-1",
        "localhost",
        "localhost:53",
        ":::",
        "1:2:3",
        "1::2::3",
        "::1:",
        ":1::",
        "12345::",
        "g::",
        "[::1",
        "::1]",
        "[::1]53",
        "[::1]:",
        "[1.2.3.4]",
        "1:2:3:4:5:6:7:8:9",
        "::1.2.3",
        "1.2.3.4::",
        "::1%",
        "::1%eth0",
        "::1%4294967296",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "99999999999999999999.1.1.1",
        "1.2.3.4:99999999999999999999",
        "1:",
        ":",
        "[]",
        "[]:53",
        "1.2.3.4%1",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct net_addr a = {.port = 7};
        if (!CHECK(net_addr_parse(&a, cases[i], 53, &err) == -1))
            CHECK_STR(cases[i], "refused");
        CHECK_INT(err.code, ERR_USAGE);
        CHECK_INT(a.port, 7);
    }
}

static void equal_addresses(struct test *t)
{
    struct err err = {0};
    struct net_addr a, b;
    char text[72];
    CHECK(net_addr_parse(&a, "192.0.2.1:53", 1, &err) == 0);
    CHECK(net_addr_parse(&b, "192.0.2.1:54", 1, &err) == 0);
    CHECK(net_addr_equal(&a, &a));
    CHECK(!net_addr_equal(&a, &b));
    CHECK(net_addr_parse(&b, "::ffff:192.0.2.1", 53, &err) == 0);
    CHECK(!net_addr_equal(&a, &b));
    a.family = 0;
    net_addr_text(&a, text);
    CHECK_STR(text, "no address:53");
}

/* ---- sockets ---- */

static struct net_addr loopback(const char *ip, uint16_t port)
{
    struct err err = {0};
    struct net_addr a = {0};
    (void)!net_addr_parse(&a, ip, port, &err);
    return a;
}

/* Sends back what comes until the peer closes. */
static void echo(void *user, intptr_t fd)
{
    char data[4096];
    size_t got;
    (void)user;
    while (loop_recv(fd, data, sizeof data, &got) && loop_send(fd, data, got))
        ;
}

static void tcp_talk(struct test *t)
{
    static const char *const ips[] = {"127.0.0.1", "::1"};
    for (int six = 0; six < 2; six++) {
        struct err err = {0};
        struct net_socket *s = NULL;
        struct loop *l = loop_start(&(struct loop_spec){.serve = echo, .six = six == 1});
        struct net_addr to = loopback(ips[six], loop_port(l));
        char out[64 * 1024], in[64 * 1024];
        size_t have = 0, got = 0;
        memset(out, 'x', sizeof out);
        if (CHECK(net_tcp_connect(&s, &to, plenty(), &err) == 0)) {
            CHECK(net_send(s, out, 4096, plenty(), &err) == 0);
            while (have < 4096 &&
                   CHECK(net_recv(s, in + have, sizeof in - have, &got, plenty(), &err) == 0) &&
                   got > 0)
                have += got;
            CHECK_MEM(in, have, out, 4096);
            /* Nothing more comes: a try says so, a deadline that has passed as well. */
            CHECK_INT(net_try_recv(s, in, sizeof in, &got, &err), 0);
            CHECK(net_recv(s, in, sizeof in, &got, clock_ms(&os_clock) - 1, &err) == -1);
            CHECK_INT(err.code, ERR_TIMEOUT);
            CHECK_STR(err.text, test_text(t, "tcp receive from %s:%u: no answer in time",
                                          six == 1 ? "[::1]" : "127.0.0.1", loop_port(l)));
        }
        net_close(s);
        loop_stop(l);
    }
}

static void say_goodbye(void *user, intptr_t fd)
{
    (void)user;
    loop_send(fd, "bye", 3);
}

static void end_of_stream(struct test *t)
{
    struct err err = {0};
    struct net_socket *s = NULL;
    struct loop *l = loop_start(&(struct loop_spec){.serve = say_goodbye});
    struct net_addr to = loopback("127.0.0.1", loop_port(l));
    char in[16];
    size_t got = 0;
    REQUIRE(net_tcp_connect(&s, &to, plenty(), &err) == 0);
    CHECK(net_recv(s, in, sizeof in, &got, plenty(), &err) == 0);
    CHECK_MEM(in, got, "bye", 3);
    CHECK(net_recv(s, in, sizeof in, &got, plenty(), &err) == 0);
    CHECK_INT(got, 0);
    net_close(s);
    loop_stop(l);
}

static void refused(struct test *t)
{
    struct err err = {0};
    struct net_socket *s = NULL;
    uint16_t port = 0;
    intptr_t fd = loop_closed(&port);
    struct net_addr to = loopback("127.0.0.1", port);
    CHECK(net_tcp_connect(&s, &to, plenty(), &err) == -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK(net_is_refused(&err));
    CHECK(!net_is_unreachable(&err));
    CHECK(strncmp(err.text, "tcp connect 127.0.0.1:", 22) == 0);
    CHECK(s == NULL);
    loop_closed_free(fd);
    net_close(NULL);
}

static void other_errors_are_not_refusals(struct test *t)
{
    struct err err = {0};
    CHECK(!net_is_refused(&err));
    err_set(&err, ERR_NET, "something");
    CHECK(!net_is_refused(&err));
    CHECK(!net_is_unreachable(&err));
}

static void echo_twice(void *user, intptr_t fd)
{
    (void)user;
    loop_udp_echo(fd, 2);
}

static void udp_talk(struct test *t)
{
    struct err err = {0};
    struct net_socket *s = NULL;
    struct loop *l = loop_start(&(struct loop_spec){.udp = true, .serve = echo_twice});
    struct net_addr to = loopback("127.0.0.1", loop_port(l));
    char in[64];
    size_t got = 0;
    REQUIRE(net_udp_connect(&s, &to, &err) == 0);
    CHECK(net_send(s, "question", 8, plenty(), &err) == 0);
    CHECK(net_recv(s, in, sizeof in, &got, plenty(), &err) == 0);
    CHECK_MEM(in, got, "question", 8);
    /* The second one is longer than the buffer: cut, not an error. */
    CHECK(net_recv(s, in, 3, &got, plenty(), &err) == 0);
    CHECK_MEM(in, got, "que", 3);
    net_close(s);
    loop_stop(l);
}

static void udp_timeout(struct test *t)
{
    struct err err = {0};
    struct net_socket *s = NULL;
    uint16_t port = 0;
    intptr_t fd = loop_closed(&port); /* a TCP port: as UDP nobody answers, or a refusal comes */
    struct net_addr to = loopback("127.0.0.1", port);
    char in[64];
    size_t got = 0;
    REQUIRE(net_udp_connect(&s, &to, &err) == 0);
    if (net_send(s, "?", 1, plenty(), &err) == 0)
        CHECK(net_recv(s, in, sizeof in, &got, clock_ms(&os_clock) + 50, &err) == -1);
    CHECK(net_is_refused(&err) || err.code == ERR_TIMEOUT);
    net_close(s);
    loop_closed_free(fd);
}

static void resolves(struct test *t)
{
    struct net_addr out[4];
    struct err err = {0};
    size_t n = 0;
    REQUIRE(net_resolve("127.0.0.1", 443, out, 4, &n, &err) == 0);
    struct net_addr want = loopback("127.0.0.1", 443);
    REQUIRE(n == 1); /* once, however often the system lists it */
    CHECK(net_addr_equal(&out[0], &want));
    REQUIRE(net_resolve("localhost", 443, out, 4, &n, &err) == 0);
    CHECK(n >= 1 && net_addr_scope(&out[0]) == NET_LOOPBACK && out[0].port == 443);
    CHECK_INT(net_resolve("no-such-name.invalid", 443, out, 4, &n, &err), -1);
    CHECK(err.code == ERR_NOT_FOUND || err.code == ERR_DNS); /* a sandbox has no resolver */
    CHECK(strstr(err.text, "no-such-name.invalid") != NULL);
}

static void starts_and_stops(struct test *t)
{
    struct err err = {0};
    CHECK(net_start(&err) == 0);
    net_stop();
}

const struct test_case suite_net[] = {
    {"addresses_and_back", addresses_and_back},
    {"no_addresses", no_addresses},
    {"equal_addresses", equal_addresses},
    {"tcp_talk", tcp_talk},
    {"end_of_stream", end_of_stream},
    {"refused", refused},
    {"other_errors_are_not_refusals", other_errors_are_not_refusals},
    {"udp_talk", udp_talk},
    {"udp_timeout", udp_timeout},
    {"resolves", resolves},
    {"starts_and_stops", starts_and_stops},
    {NULL, NULL},
};
