/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "publish/responder_limit.h"

#include <string.h>

static struct net_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (struct net_addr){.family = 4, .ip = {a, b, c, d}, .port = 53};
}

static unsigned answers(struct responder_limit *l, const struct net_addr *from, int64_t now_ms,
                        unsigned questions)
{
    unsigned n = 0;
    for (unsigned i = 0; i < questions; i++)
        n += responder_limit_ask(l, from, now_ms) == LIMIT_ANSWER;
    return n;
}

static void a_network_has_a_burst_and_a_rate(struct test *t)
{
    struct responder_limit l = {.key = 1};
    struct net_addr a = v4(192, 0, 2, 1), neighbour = v4(192, 0, 2, 200), other = v4(192, 0, 3, 1);

    CHECK_INT(answers(&l, &a, 1000000, 1000), LIMIT_NETWORK_BURST);
    CHECK_INT(answers(&l, &neighbour, 1000000, 10), 0); /* one network */
    CHECK_INT(answers(&l, &other, 1000000, 10), 10);
    CHECK_INT(answers(&l, &a, 1001000, 1000), LIMIT_NETWORK_PER_S);
    CHECK_INT(answers(&l, &a, 1001010, 1000), 0);
    CHECK_INT(answers(&l, &a, 1060000, 1000), LIMIT_NETWORK_BURST); /* not more for waiting */
}

static void beyond_it_every_second_question_is_sent_to_tcp(struct test *t)
{
    struct responder_limit l = {.key = 1};
    struct net_addr a = v4(192, 0, 2, 1);
    unsigned truncated = 0, dropped = 0;

    (void)answers(&l, &a, 5, LIMIT_NETWORK_BURST);
    for (int i = 0; i < 100; i++) {
        enum limit_verdict v = responder_limit_ask(&l, &a, 5);
        truncated += v == LIMIT_TRUNCATE;
        dropped += v == LIMIT_DROP;
    }
    CHECK_INT(truncated, 50);
    CHECK_INT(dropped, 50);
}

static void all_networks_together_have_a_limit(struct test *t)
{
    struct responder_limit l = {.key = 42};
    unsigned n = 0;

    for (unsigned i = 0; i < 4000; i++) {
        struct net_addr a = v4(10, (uint8_t)(i >> 8), (uint8_t)i, 1);
        n += answers(&l, &a, 7, 1);
    }
    CHECK_INT(n, LIMIT_TOTAL_BURST);
    struct net_addr late = v4(192, 0, 2, 1);
    CHECK_INT(answers(&l, &late, 1007, 1), 1);
}

static void a_flood_of_one_does_not_use_up_what_is_for_all(struct test *t)
{
    struct responder_limit l = {.key = 7};
    struct net_addr loud = v4(192, 0, 2, 1), quiet = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8}};

    for (int64_t ms = 0; ms < 10000; ms++)
        (void)answers(&l, &loud, ms, 100);
    CHECK_INT(answers(&l, &quiet, 10000, 10), 10);
}

static void the_first_56_bits_make_a_network_of_ipv6(struct test *t)
{
    struct responder_limit l = {.key = 7};
    struct net_addr a = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 1, 2, 3}};
    struct net_addr same = a, other = a;

    same.ip[7] = 0xff;
    other.ip[6] = 4;
    CHECK_INT(answers(&l, &a, 5, 1000), LIMIT_NETWORK_BURST);
    CHECK_INT(answers(&l, &same, 5, 10), 0);
    CHECK_INT(answers(&l, &other, 5, 10), 10);
}

const struct test_case suite_responder_limit[] = {
    {"a_network_has_a_burst_and_a_rate", a_network_has_a_burst_and_a_rate},
    {"beyond_it_every_second_question_is_sent_to_tcp",
     beyond_it_every_second_question_is_sent_to_tcp},
    {"all_networks_together_have_a_limit", all_networks_together_have_a_limit},
    {"a_flood_of_one_does_not_use_up_what_is_for_all",
     a_flood_of_one_does_not_use_up_what_is_for_all},
    {"the_first_56_bits_make_a_network_of_ipv6", the_first_56_bits_make_a_network_of_ipv6},
    {NULL, NULL},
};
