/* SPDX-License-Identifier: Apache-2.0 */
/* The walk from a certificate name to the zone of its TXT record, against scripted servers. */
#include "test.h"

#include "dns_fake.h"

#include "dns/chain.h"
#include "dns/zone.h"
#include "text.h"

#include <string.h>

/* The world most tests live in: the root (.1) delegates test (.2), which delegates example.test
 * (.3) and acme.test (.4, and .5 by IPv4 and 2001:db8::5). */
#define WORLD                                                                                      \
    {"192.0.2.1", "*", "*", "NOERROR; ns test 60 NS ns.test; ar ns.test 60 A 192.0.2.2", 0},       \
        {"192.0.2.2", "*", "*", "AA NXDOMAIN; ns test 60 SOA ns.test 300", 0},                     \
        {"192.0.2.2", "ns.test", "A", "AA NOERROR; an ns.test 60 A 192.0.2.2", 0},                 \
        {"192.0.2.2", "*.example.test", "*",                                                       \
         "NOERROR; ns example.test 60 NS ns1.example.test; ar ns1.example.test 60 A 192.0.2.3",    \
         0},                                                                                       \
        {"192.0.2.2", "example.test", "*",                                                         \
         "NOERROR; ns example.test 60 NS ns1.example.test; ar ns1.example.test 60 A 192.0.2.3",    \
         0},                                                                                       \
        {"192.0.2.2", "*.acme.test", "*", ACME_REFERRAL, 0},                                       \
        {"192.0.2.2", "acme.test", "*", ACME_REFERRAL, 0},                                         \
        {"192.0.2.3", "*", "*", "AA NOERROR; ns example.test 300 SOA ns1.example.test 60", 0},     \
        {"192.0.2.3", "example.test", "SOA",                                                       \
         "AA NOERROR; an example.test 300 SOA ns1.example.test 60", 0},                            \
        {"192.0.2.3", "example.test", "NS", "AA NOERROR; an example.test 300 NS ns1.example.test", \
         0},                                                                                       \
        {"192.0.2.3", "ns1.example.test", "A", "AA NOERROR; an ns1.example.test 60 A 192.0.2.3",   \
         0},                                                                                       \
        {"192.0.2.4", "*", "*", "AA NXDOMAIN; ns acme.test 900 SOA ns1.acme.test 30", 0},          \
        {"192.0.2.4", "acme.test", "SOA", "AA NOERROR; an acme.test 900 SOA ns1.acme.test 30", 0}, \
        {"192.0.2.4", "acme.test", "NS",                                                           \
         "AA NOERROR; an acme.test 900 NS ns1.acme.test; an acme.test 900 NS ns2.acme.test", 0},   \
        {"192.0.2.4", "ns1.acme.test", "A", "AA NOERROR; an ns1.acme.test 60 A 192.0.2.4", 0},     \
        {"192.0.2.4", "ns2.acme.test", "A", "AA NOERROR; an ns2.acme.test 60 A 192.0.2.5", 0},     \
    {                                                                                              \
        "192.0.2.4", "ns2.acme.test", "AAAA", "AA NOERROR; an ns2.acme.test 60 AAAA 2001:db8::5",  \
            0                                                                                      \
    }
#define ACME_REFERRAL                                                                              \
    "NOERROR; ns acme.test 60 NS ns1.acme.test; ns acme.test 60 NS ns2.acme.test;"                 \
    " ar ns1.acme.test 60 A 192.0.2.4; ar ns2.acme.test 60 A 192.0.2.5"
#define CHALLENGE "_acme-challenge.vpn.example.test"
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL, NULL, 0                                                                  \
    }

static int find(struct dns_fake *f, const struct fake_answer *answers, struct delegation *d,
                struct err *err)
{
    dns_fake_init(f, answers);
    return delegation_walk(&f->env, &f->io, "vpn.example.test", d, err);
}

static void follows_one_cname(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 77 CNAME x1.acme.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK_STR(d.name, "vpn.example.test");
    CHECK_STR(d.challenge, CHALLENGE);
    CHECK(d.delegated);
    CHECK_STR(d.target, "x1.acme.test");
    CHECK_STR(d.zone, "acme.test");
    CHECK_STR(d.primary, "ns1.acme.test");
    CHECK_INT(d.negative_ttl_s, 30);
    REQUIRE(CHECK_INT(d.hop_count, 2));
    CHECK_STR(d.hop[0].zone, "example.test");
    CHECK_STR(d.hop[0].target, "x1.acme.test");
    CHECK_INT(d.hop[0].ttl_s, 77);
    CHECK(!d.hop[0].wildcard);
    CHECK_STR(d.hop[1].name, "x1.acme.test");
    CHECK_STR(d.hop[1].zone, "acme.test");
    CHECK_STR(d.hop[1].target, "");
    REQUIRE(CHECK_INT(d.server_count, 3));
    CHECK_STR(d.server[1].name, "ns2.acme.test");
    CHECK_INT(d.server[1].addr.port, 5300);
    CHECK_INT(d.server[2].addr.family, 6);
    CHECK_STR(f.warned, "");
}

static void a_missing_cname_is_no_error(struct test *t)
{
    static const struct fake_answer answers[] = {WORLD, END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK(!d.delegated);
    CHECK_STR(d.target, CHALLENGE);
    CHECK_STR(d.zone, "example.test");
    CHECK_INT(d.server_count, 1);
    CHECK(!d.text_there);
}

static void text_of_another_client_is_in_the_way(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD, {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 TXT old", 0}, END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK(!d.delegated);
    CHECK(d.text_there);
}

static void an_error_is_never_no_cname(struct test *t)
{
    static const char *const bad[][2] = {
        {"SERVFAIL", "SERVFAIL"},      {"REFUSED", "REFUSED"},  {"TIMEOUT", "no answer in time"},
        {"CLOSED", "nothing listens"}, {"BROKEN", "broken"},    {"NOERROR", "lame"},
        {"NXDOMAIN", "lame"},          {"NOROUTE", "no route"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct fake_answer answers[] = {
            WORLD, {"192.0.2.3", CHALLENGE, "TXT", bad[i][0], 0}, END};
        struct dns_fake f;
        struct delegation d;
        struct err err = {0};
        CHECK_INT(find(&f, answers, &d, &err), -1);
        CHECK_INT(err.code, ERR_DNS);
        CHECK(strstr(err.text, "zone example.test") != NULL);
        CHECK(strstr(err.text, "ns1.example.test (192.0.2.3:5300)") != NULL);
        if (!CHECK(strstr(err.text, bad[i][1]) != NULL))
            CHECK_STR(err.text, bad[i][1]);
    }
}

static void names_the_members_of_a_loop(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME a.acme.test", 0},
        {"192.0.2.4", "a.acme.test", "TXT", "AA NOERROR; an a.acme.test 60 CNAME b.acme.test", 0},
        {"192.0.2.4", "b.acme.test", "TXT", "AA NOERROR; an b.acme.test 60 CNAME a.acme.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    CHECK_INT(find(&f, answers, &d, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK_STR(err.text, CHALLENGE ": CNAME loop: a.acme.test -> b.acme.test -> a.acme.test");
}

static void gives_up_on_a_long_chain(struct test *t)
{
    struct fake_answer answers[40] = {WORLD};
    char text[20][120];
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};
    size_t n = 0;

    while (answers[n].server)
        n++;
    answers[n++] = (struct fake_answer){"192.0.2.3", CHALLENGE, "TXT",
                                        "AA NOERROR; an " CHALLENGE " 60 CNAME n0.acme.test", 0};
    for (int i = 0; i < 12; i++) {
        const char *name = test_text(t, "n%d.acme.test", i);
        text_copy(text[i], sizeof text[i],
                  test_text(t, "AA NOERROR; an %s 60 CNAME n%d.acme.test", name, i + 1));
        answers[n++] = (struct fake_answer){"192.0.2.4", name, "TXT", text[i], 0};
    }
    CHECK_INT(find(&f, answers, &d, &err), -1);
    CHECK(strstr(err.text, "more than 9 CNAMEs") != NULL);
}

static void tells_a_zone_that_does_not_exist(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.y.gone.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    CHECK_INT(find(&f, answers, &d, &err), -1);
    CHECK_STR(err.text, CHALLENGE ": the CNAME points into zone gone.test, which does not exist "
                                  "(192.0.2.2:5300 says NXDOMAIN)");
    err_clear(&err);
    dns_fake_init(&f, answers);
    CHECK_INT(delegation_walk(&f.env, &f.io, "vpn.nowhere.test", &d, &err), -1);
    CHECK(strstr(err.text, "zone nowhere.test does not exist") != NULL);
}

static void refuses_a_wildcard_unless_meant(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", "*.vpn.example.test", "TXT", "AA NOERROR; an @ 60 CNAME w.acme.test", 0},
        END};
    char target[] = "w.acme.test";
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    CHECK_INT(find(&f, answers, &d, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.text, "comes from a wildcard record") != NULL);
    CHECK(strstr(err.hint, "set dns.target to \"w.acme.test\"") != NULL);
    dns_fake_init(&f, answers);
    f.conf.dns.target = target;
    err_clear(&err);
    REQUIRE(delegation_walk(&f.env, &f.io, "vpn.example.test", &d, &err) == 0);
    CHECK(d.hop[0].wildcard);
}

static void a_dname_is_no_wildcard(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", "*.vpn.example.test", "TXT",
         "AA NOERROR; an vpn.example.test 60 DNAME acme.test; an @ 60 CNAME w.acme.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK(!d.hop[0].wildcard);
    CHECK_STR(d.target, "w.acme.test");
}

/* BIND follows the chain by itself and, when it is a loop, says SERVFAIL to all of it. */
static void sees_a_cname_in_an_error_answer(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT",
         "AA SERVFAIL; an " CHALLENGE " 60 CNAME a.example.test; an a.example.test 60 CNAME "
         "a.example.test",
         0},
        {"192.0.2.3", "a.example.test", "TXT",
         "AA SERVFAIL; an a.example.test 60 CNAME a.example.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    CHECK_INT(find(&f, answers, &d, &err), -1);
    CHECK_STR(err.text, CHALLENGE ": CNAME loop: a.example.test -> a.example.test");
}

/* BIND gives the SOA that goes with a "no" to SOA the TTL 0. */
static void takes_the_negative_ttl_from_the_apex(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.acme.test", 0},
        {"192.0.2.4", "x.acme.test", "SOA", "AA NXDOMAIN; ns acme.test 0 SOA ns1.acme.test 30", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK_INT(d.negative_ttl_s, 30);
}

static void passes_over_servers_that_only_know_txt(struct test *t)
{
    /* acme-dns says NXDOMAIN without SOA to all but TXT. */
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME u1.acme.test", 0},
        {"192.0.2.4", "u1.acme.test", "TXT", "AA NOERROR", 0},
        {"192.0.2.4", "u1.acme.test", "SOA NS A AAAA", "AA NXDOMAIN", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK_STR(d.zone, "acme.test");
    CHECK_STR(d.target, "u1.acme.test");
}

static void warns_when_parent_and_child_differ(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.acme.test", 0},
        {"192.0.2.4", "acme.test", "NS",
         "AA NOERROR; an acme.test 900 NS ns1.acme.test; an acme.test 900 NS ns3.acme.test", 0},
        {"192.0.2.4", "ns3.acme.test", "A", "AA NOERROR; an ns3.acme.test 60 A 192.0.2.6", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK_INT(d.server_count, 4); /* ns1, ns3, and ns2 with two addresses */
    CHECK(strstr(f.warned, "ns3.acme.test is named by the zone itself only") != NULL);
    CHECK(strstr(f.warned, "ns2.acme.test is named by its parent zone only") != NULL);
}

static void asks_the_next_server_after_a_dead_one(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.acme.test", 0},
        {"192.0.2.4", "*", "*", "TIMEOUT", 0},
        {"192.0.2.5", "*", "*", "AA NXDOMAIN; ns acme.test 900 SOA ns1.acme.test 30", 0},
        {"192.0.2.5", "acme.test", "SOA", "AA NOERROR; an acme.test 900 SOA ns1.acme.test 30", 0},
        {"192.0.2.5", "acme.test", "NS", "AA NOERROR; an acme.test 900 NS ns1.acme.test", 0},
        {"192.0.2.5", "ns1.acme.test", "A", "AA NOERROR; an ns1.acme.test 60 A 192.0.2.4", 0},
        {"192.0.2.5", "ns2.acme.test", "A", "AA NOERROR; an ns2.acme.test 60 A 192.0.2.5", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};
    int asked = 0;

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK_INT(d.server_count, 2);
    CHECK(strstr(f.warned, "ns1.acme.test (192.0.2.4:5300): no answer in time") != NULL);
    for (const char *p = f.asked_names; (p = strstr(p, "@192.0.2.4 ")) != NULL; p++)
        asked++;
    CHECK_INT(asked, 1); /* a dead server costs its time limit once */
}

static void finds_name_servers_without_glue(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.far.test", 0},
        {"192.0.2.2", "*.far.test", "*", "NOERROR; ns far.test 60 NS ns2.acme.test", 0},
        {"192.0.2.2", "far.test", "*", "NOERROR; ns far.test 60 NS ns2.acme.test", 0},
        {"192.0.2.5", "*", "*", "AA NXDOMAIN; ns far.test 60 SOA ns2.acme.test 60", 0},
        {"192.0.2.5", "far.test", "SOA", "AA NOERROR; an far.test 60 SOA ns2.acme.test 60", 0},
        {"192.0.2.5", "far.test", "NS", "AA NOERROR; an far.test 60 NS ns2.acme.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    REQUIRE(find(&f, answers, &d, &err) == 0);
    CHECK_STR(d.zone, "far.test");
    CHECK_INT(d.server_count, 2);
}

static void ends_when_name_servers_depend_on_each_other(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.a.test", 0},
        {"192.0.2.2", "*.a.test", "*", "NOERROR; ns a.test 60 NS ns.b.test", 0},
        {"192.0.2.2", "*.b.test", "*", "NOERROR; ns b.test 60 NS ns.a.test", 0},
        END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    CHECK_INT(find(&f, answers, &d, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(f.asked < 60);
}

static void publishes_where_the_configuration_says(struct test *t)
{
    static const struct fake_answer answers[] = {
        WORLD,
        {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.acme.test", 0},
        END};
    char target[] = "Other.ACME.test";
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    dns_fake_init(&f, answers);
    f.conf.dns.target = target;
    REQUIRE(delegation_walk(&f.env, &f.io, "*.vpn.example.test", &d, &err) == 0);
    CHECK_STR(d.name, "vpn.example.test");
    CHECK_STR(d.target, "other.acme.test");
    CHECK(strstr(f.warned, "but dns.target says other.acme.test") != NULL);
}

static bool yes(void)
{
    return true;
}

static void stops_when_interrupted(struct test *t)
{
    static const struct fake_answer answers[] = {WORLD, END};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    dns_fake_init(&f, answers);
    f.env.interrupted = yes;
    CHECK_INT(delegation_walk(&f.env, &f.io, "vpn.example.test", &d, &err), -1);
    CHECK_INT(f.asked, 0);
}

const struct test_case suite_chain[] = {
    {"follows_one_cname", follows_one_cname},
    {"a_missing_cname_is_no_error", a_missing_cname_is_no_error},
    {"text_of_another_client_is_in_the_way", text_of_another_client_is_in_the_way},
    {"an_error_is_never_no_cname", an_error_is_never_no_cname},
    {"names_the_members_of_a_loop", names_the_members_of_a_loop},
    {"gives_up_on_a_long_chain", gives_up_on_a_long_chain},
    {"tells_a_zone_that_does_not_exist", tells_a_zone_that_does_not_exist},
    {"refuses_a_wildcard_unless_meant", refuses_a_wildcard_unless_meant},
    {"a_dname_is_no_wildcard", a_dname_is_no_wildcard},
    {"sees_a_cname_in_an_error_answer", sees_a_cname_in_an_error_answer},
    {"takes_the_negative_ttl_from_the_apex", takes_the_negative_ttl_from_the_apex},
    {"passes_over_servers_that_only_know_txt", passes_over_servers_that_only_know_txt},
    {"warns_when_parent_and_child_differ", warns_when_parent_and_child_differ},
    {"asks_the_next_server_after_a_dead_one", asks_the_next_server_after_a_dead_one},
    {"finds_name_servers_without_glue", finds_name_servers_without_glue},
    {"ends_when_name_servers_depend_on_each_other", ends_when_name_servers_depend_on_each_other},
    {"publishes_where_the_configuration_says", publishes_where_the_configuration_says},
    {"stops_when_interrupted", stops_when_interrupted},
    {NULL, NULL},
};
