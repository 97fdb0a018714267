/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in responder over real sockets on loopback. */
#include "test.h"

#include "dns/message.h"
#include "os.h"
#include "publish/responders.h"

#include <string.h>

#define V1 "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n1"
#define V2 "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n2"

enum { WAIT_MS = 10000 };

static int64_t deadline(void)
{
    return clock_ms(&os_clock) + WAIT_MS;
}

static int open_all(struct responders **all)
{
    struct err err = {0};

    return responders_open(all, &err);
}

static void close_all(struct responders *all)
{
    responders_close(all);
    net_stop();
}

/* Starts the network, too: a loopback address with a port that UDP and TCP had free just
 * now. */
static struct net_addr free_address(struct test *t)
{
    struct net_addr a = {.family = 4, .ip = {127, 0, 0, 1}};
    struct net_socket *udp = NULL, *tcp = NULL;
    struct err err = {0};

    CHECK_INT(net_start(&err), 0);
    for (int i = 0; i < 20 && !tcp; i++) {
        net_close(udp);
        udp = NULL;
        a.port = 0;
        err = (struct err){0};
        if (net_udp_listen(&udp, &a, &err) || net_local_addr(udp, &a, &err) ||
            net_tcp_listen(&tcp, &a, &err))
            continue;
    }
    CHECK(udp && tcp);
    net_close(udp);
    net_close(tcp);
    return a;
}

static bool udp_is_free(const struct net_addr *at)
{
    struct net_socket *s = NULL;
    struct err err = {0};
    bool ok = net_udp_listen(&s, at, &err) == 0;

    net_close(s);
    return ok;
}

static struct responder_setup setup_at(struct net_addr at, const char *zone)
{
    struct responder_setup s = {.listen = {at}, .listen_count = 1, .zone = {.ns_count = 1}};

    (void)!wire_name_from(&s.zone.apex, zone);
    (void)!wire_name_from(&s.zone.ns[0], "vpn.corp.test");
    return s;
}

static size_t question(uint8_t out[DNS_MAX_QUERY_BYTES], const struct dns_question *q)
{
    struct err err = {0};
    size_t len = 0;

    (void)!dns_message_write(out, &len, 0x1234, q, true, &err);
    return len;
}

/* "NOERROR 2": the code and how many answers, or what went wrong. */
static const char *read_answer(struct test *t, const uint8_t *p, size_t len,
                               const struct dns_question *q)
{
    struct dns_message m = {0};
    struct err err = {0};
    size_t n = 0;

    if (dns_message_read(&m, p, len, 0x1234, q, &err))
        return test_text(t, "%s", err.text);
    for (size_t i = 0; i < m.count; i++)
        n += m.record[i].section == DNS_ANSWER;
    const char *text =
        test_text(t, "%s %zu%s", dns_rcode_name(m.rcode), n, m.aa ? "" : " no authority");
    dns_message_clear(&m);
    return text;
}

static const char *ask_udp(struct test *t, const struct net_addr *at, const char *name)
{
    const struct dns_question q = {.name = name, .type = DNS_TYPE_TXT};
    uint8_t out[DNS_MAX_QUERY_BYTES], in[4096];
    struct net_socket *s = NULL;
    struct err err = {0};
    size_t got = 0, len = question(out, &q);
    const char *text = NULL;

    if (net_udp_connect(&s, at, &err) || net_send(s, out, len, deadline(), &err) ||
        net_recv(s, in, sizeof in, &got, deadline(), &err))
        text = test_text(t, "%s", err.text);
    else
        text = read_answer(t, in, got, &q);
    net_close(s);
    return text;
}

static bool read_all(struct net_socket *s, uint8_t *p, size_t len)
{
    struct err err = {0};
    size_t got = 0;

    for (size_t at = 0; at < len; at += got)
        if (net_recv(s, p + at, len - at, &got, deadline(), &err) || got == 0)
            return false;
    return true;
}

/* Two questions in one packet over one connection, and the answer to the second. */
static const char *ask_tcp(struct test *t, const struct net_addr *at, const char *name)
{
    const struct dns_question q = {.name = name, .type = DNS_TYPE_TXT};
    uint8_t out[2 * DNS_MAX_QUERY_BYTES + 4], in[4096], head[2];
    struct net_socket *s = NULL;
    struct err err = {0};
    size_t len = question(out + 2, &q);
    const char *text = "no answer";

    out[0] = (uint8_t)(len >> 8);
    out[1] = (uint8_t)len;
    memcpy(out + 2 + len, out, 2 + len);
    if (net_tcp_connect(&s, at, deadline(), &err) ||
        net_send(s, out, 2 * (2 + len), deadline(), &err))
        text = net_is_refused(&err) ? "nobody there" : test_text(t, "%s", err.text);
    for (int i = 0; s && i < 2; i++) {
        text = "no answer";
        if (!read_all(s, head, 2) || (size_t)(head[0] << 8 | head[1]) > sizeof in ||
            !read_all(s, in, (size_t)(head[0] << 8 | head[1])))
            break;
        text = read_answer(t, in, (size_t)(head[0] << 8 | head[1]), &q);
    }
    net_close(s);
    return text;
}

static void answers_while_somebody_holds_the_zone(struct test *t)
{
    struct responders *all = NULL;
    struct responder_lease *one = NULL, *two = NULL;
    struct net_addr at = free_address(t);
    struct responder_setup first = setup_at(at, "acme.test"), second = setup_at(at, "b.test");
    struct err err = {0};

    REQUIRE(open_all(&all) == 0);
    CHECK_STR(ask_tcp(t, &at, "a1.acme.test"), "nobody there");
    REQUIRE(responders_join(all, &first, &one, &err) == 0);
    CHECK_STR(ask_udp(t, &at, "a1.acme.test"), "NXDOMAIN 0");
    CHECK_INT(responders_add(one, "a1.acme.test", V1, &err), 0);
    CHECK_INT(responders_add(one, "a1.acme.test", V1, &err), 0);
    CHECK_INT(responders_add(one, "A1.acme.test", V2, &err), 0);
    CHECK_STR(ask_udp(t, &at, "a1.acme.test"), "NOERROR 2");
    CHECK_STR(ask_tcp(t, &at, "a1.acme.test"), "NOERROR 2");
    CHECK_STR(ask_udp(t, &at, "a1.b.test"), "REFUSED 0 no authority");
    REQUIRE(responders_join(all, &second, &two, &err) == 0); /* shares the port */
    CHECK_INT(responders_add(two, "a1.b.test", V1, &err), 0);
    CHECK_STR(ask_udp(t, &at, "a1.b.test"), "NOERROR 1");
    responders_remove(one, "a1.acme.test", V1);
    responders_remove(one, "a1.acme.test", V1);
    CHECK_STR(ask_udp(t, &at, "a1.acme.test"), "NOERROR 1");
    CHECK_INT(responders_leave(one), 0); /* the other one goes on */
    CHECK_STR(ask_udp(t, &at, "a1.acme.test"), "REFUSED 0 no authority");
    CHECK_STR(ask_tcp(t, &at, "a1.b.test"), "NOERROR 1");
    CHECK(responders_leave(two) >= 9);
    CHECK(udp_is_free(&at));
    CHECK_STR(ask_tcp(t, &at, "a1.b.test"), "nobody there");
    close_all(all);
}

static void two_holders_of_one_zone_share_it(struct test *t)
{
    struct responders *all = NULL;
    struct responder_lease *one = NULL, *two = NULL, *three = NULL;
    struct net_addr at = free_address(t);
    struct responder_setup setup = setup_at(at, "acme.test"), other = setup;
    struct err err = {0};

    REQUIRE(open_all(&all) == 0);
    REQUIRE(responders_join(all, &setup, &one, &err) == 0);
    REQUIRE(responders_join(all, &setup, &two, &err) == 0);
    CHECK_INT(responders_add(one, "a1.acme.test", V1, &err), 0);
    CHECK_INT(responders_add(two, "a2.acme.test", V2, &err), 0);
    responders_remove(one, "a1.acme.test", V1);
    CHECK_INT(responders_leave(one), 0);
    CHECK_STR(ask_udp(t, &at, "a2.acme.test"), "NOERROR 1");
    (void)!wire_name_from(&other.zone.ns[0], "ns.corp.test");
    CHECK_INT(responders_join(all, &other, &three, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK_STR(ask_udp(t, &at, "a2.acme.test"), "NOERROR 1");
    CHECK(responders_leave(two) > 0);
    close_all(all);
}

static void tells_what_cannot_be_had(struct test *t)
{
    struct responders *all = NULL;
    struct responder_lease *lease = NULL;
    struct net_socket *taken = NULL;
    struct net_addr at = free_address(t);
    struct responder_setup setup = setup_at(at, "acme.test");
    struct err err = {0};

    REQUIRE(open_all(&all) == 0);
    REQUIRE(net_tcp_listen(&taken, &at, &err) == 0);
    CHECK_INT(responders_join(all, &setup, &lease, &err), -1);
    CHECK_INT(err.code, ERR_BUSY);
    net_close(taken);
    err = (struct err){0};
    REQUIRE(net_udp_listen(&taken, &at, &err) == 0);
    CHECK_INT(responders_join(all, &setup, &lease, &err), -1);
    CHECK_INT(err.code, ERR_BUSY);
    net_close(taken);
    err = (struct err){0};
    setup.listen[0].ip[0] = 192; /* 192.0.0.1 */
    CHECK_INT(responders_join(all, &setup, &lease, &err), -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK(net_is_unreachable(&err));
    close_all(all);
}

static void keeps_to_its_zone_and_its_room(struct test *t)
{
    struct responders *all = NULL;
    struct responder_lease *lease = NULL;
    struct responder_setup setup = setup_at(free_address(t), "acme.test");
    struct err err = {0};

    REQUIRE(open_all(&all) == 0);
    REQUIRE(responders_join(all, &setup, &lease, &err) == 0);
    CHECK_INT(responders_add(lease, "a1.corp.test", V1, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.hint, "dns.builtin.zone") != NULL);
    err = (struct err){0};
    for (int i = 0; i < RESPONDER_MAX_TEXTS; i++)
        CHECK_INT(responders_add(lease, test_text(t, "a%d.acme.test", i), V1, &err), 0);
    CHECK_INT(responders_add(lease, "one-more.acme.test", V1, &err), -1);
    CHECK_INT(responders_leave(lease), 0);
    close_all(all);
}

/* More connections than there are seats, none of which asks: a new one is served all the same. */
static void idle_connections_keep_nobody_out(struct test *t)
{
    enum { IDLE = 40 };
    struct net_socket *idle[IDLE] = {NULL};
    struct responders *all = NULL;
    struct responder_lease *lease = NULL;
    struct net_addr at = free_address(t);
    struct responder_setup setup = setup_at(at, "acme.test");
    struct err err = {0};

    REQUIRE(open_all(&all) == 0);
    REQUIRE(responders_join(all, &setup, &lease, &err) == 0);
    CHECK_INT(responders_add(lease, "a1.acme.test", V1, &err), 0);
    for (int i = 0; i < IDLE; i++)
        CHECK_INT(net_tcp_connect(&idle[i], &at, deadline(), &err), 0);
    CHECK_STR(ask_tcp(t, &at, "a1.acme.test"), "NOERROR 1");
    CHECK_STR(ask_udp(t, &at, "a1.acme.test"), "NOERROR 1");
    for (int i = 0; i < IDLE; i++)
        net_close(idle[i]);
    CHECK(responders_leave(lease) == 3);
    close_all(all);
}

const struct test_case suite_responders[] = {
    {"answers_while_somebody_holds_the_zone", answers_while_somebody_holds_the_zone},
    {"two_holders_of_one_zone_share_it", two_holders_of_one_zone_share_it},
    {"tells_what_cannot_be_had", tells_what_cannot_be_had},
    {"keeps_to_its_zone_and_its_room", keeps_to_its_zone_and_its_room},
    {"idle_connections_keep_nobody_out", idle_connections_keep_nobody_out},
    {NULL, NULL},
};
