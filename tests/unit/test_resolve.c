/* SPDX-License-Identifier: Apache-2.0 */
/* Names, referrals, and the walk by recursive resolvers. */
#include "test.h"

#include "dns_fake.h"

#include "dns/resolve.h"
#include "dns/zone.h"

#include <string.h>

static void ignores_referrals_that_lead_nowhere(struct test *t)
{
    struct dns_message m;
    enum dns_outcome o;

    static const struct {
        const char *text, *want;
    } cases[] = {
        {"NOERROR; ns b.test 60 NS x.test", "b.test"},
        {"AA NOERROR; ns b.test 60 NS x.test", ""},  /* authoritative: no referral */
        {"NOERROR; ns test 60 NS x.test", ""},       /* to itself */
        {"NOERROR; ns . 60 NS x.test", ""},          /* upward */
        {"NOERROR; ns c.test 60 NS x.test", ""},     /* sideways */
        {"NOERROR; ns evilb.test 60 NS x.test", ""}, /* looks alike */
        {"NXDOMAIN; ns b.test 60 NS x.test", ""},
        {"NOERROR; an a.b.test 60 A 192.0.2.1; ns b.test 60 NS x.test", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        REQUIRE(dns_fake_message(&m, cases[i].text, &o));
        CHECK_STR(resolve_referral(&m, "test", "a.b.test"), cases[i].want);
        dns_message_clear(&m);
    }
}

static void no_top_level_domain_is_published_in(struct test *t)
{
    char zone[] = "lan";
    struct conf c = {.name = NULL};

    CHECK(zone_usable(&c, "example.com"));
    CHECK(!zone_usable(&c, "com"));
    CHECK(!zone_usable(&c, ""));
    c.dns.provider = CONF_RFC2136;
    c.dns.rfc2136.zone = zone;
    CHECK(zone_usable(&c, "lan"));
    CHECK(!zone_usable(&c, "com"));
}

static void writes_the_record_to_create(struct test *t)
{
    char zone[] = "acme.example.net", target[] = "x.example.org", out[700];
    struct conf c = {.name = NULL};
    struct delegation_env env = {.conf = &c};

    delegation_record(&env, "vpn.example.com", out, sizeof out);
    CHECK_STR(out, "_acme-challenge.vpn.example.com. CNAME <your delegated name>");
    c.dns.provider = CONF_RFC2136;
    c.dns.provider = CONF_RFC2136;
    c.dns.rfc2136.zone = zone;
    delegation_record(&env, "*.vpn.example.com", out, sizeof out);
    CHECK_STR(out, "_acme-challenge.vpn.example.com. CNAME c5464df043664b89.acme.example.net.");
    env.prefix = "_ujmmovf2vn55tgye._acme-challenge"; /* another account has another target */
    delegation_record(&env, "vpn.example.com", out, sizeof out);
    CHECK_STR(out, "_ujmmovf2vn55tgye._acme-challenge.vpn.example.com. CNAME "
                   "7d77ef89d525c94a.acme.example.net.");
    env.prefix = NULL;
    c.dns.target = target;
    delegation_record(&env, "vpn.example.com", out, sizeof out);
    CHECK_STR(out, "_acme-challenge.vpn.example.com. CNAME x.example.org.");
}

static void walks_from_the_accounts_own_name(struct test *t)
{
    static const struct fake_answer answers[] = {
        {"192.0.2.1", "*", "*", "AA NXDOMAIN; ns a.test 60 SOA ns.a.test 60", 0},
        {"192.0.2.1", "_x._acme-challenge.a.test", "TXT",
         "AA NOERROR; an _x._acme-challenge.a.test 60 CNAME t.a.test", 0},
        {"192.0.2.1", "a.test", "SOA", "AA NOERROR; an a.test 60 SOA ns.a.test 60", 0},
        {"192.0.2.1", "a.test", "NS", "AA NOERROR; an a.test 60 NS ns.a.test", 0},
        {"192.0.2.1", "ns.a.test", "A", "AA NOERROR; an ns.a.test 60 A 192.0.2.1", 0},
        {NULL, NULL, NULL, NULL, 0}};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    dns_fake_init(&f, answers);
    f.env.prefix = "_x._acme-challenge";
    if (!CHECK_INT(delegation_walk(&f.env, &f.io, "*.a.test", &d, &err), 0))
        CHECK_STR(err.text, "");
    CHECK_STR(d.challenge, "_x._acme-challenge.a.test");
    CHECK_STR(d.target, "t.a.test");
}

static void knows_names(struct test *t)
{
    char out[DNS_NAME_SIZE];

    CHECK(dns_name_within("a.b.test", "b.test"));
    CHECK(dns_name_within("b.test", "b.test"));
    CHECK(dns_name_within("b.test", ""));
    CHECK(!dns_name_within("ab.test", "b.test"));
    CHECK(!dns_name_within("a\\.b.test", "b.test"));
    CHECK(dns_name_within("a\\\\.b.test", "b.test")); /* the label ends in a backslash */
    CHECK(!dns_name_within("test", "b.test"));
    CHECK_STR(dns_name_parent("a.b"), "b");
    CHECK_STR(dns_name_parent("a\\.b.c"), "c");
    CHECK_STR(dns_name_parent("b"), "");
    CHECK_STR(dns_name_below("a.b.c.d", "d"), "c.d");
    CHECK_STR(dns_name_below("a.b", "a.b"), "a.b");
    CHECK_STR(dns_name_below("a.b", ""), "b");
    CHECK_INT(dns_name_labels("a.b.c"), 3);
    CHECK_INT(dns_name_labels(""), 0);
    CHECK(dns_name_set(out, "A.b.") && strcmp(out, "a.b") == 0);
    CHECK(dns_name_set(out, ".") && strcmp(out, "") == 0);
    CHECK(dns_name_plain("_acme-challenge.a"));
    CHECK(!dns_name_plain(""));
    CHECK(!dns_name_plain("a..b"));
    CHECK(!dns_name_plain("a."));
    CHECK(!dns_name_plain("a b"));
    CHECK(!dns_name_plain("a\\.b"));
}

#define CHALLENGE "_acme-challenge.vpn.example.test"

/* Two resolvers, .52 dead and .53; .3 has example.test, .4 has acme.test, .2 has test. */
static const struct fake_answer by_resolver[] = {
    {"192.0.2.53", "*", "*", "AA NXDOMAIN; ns . 60 SOA root.test 60", 0},
    {"192.0.2.53", "test", "NS", "NOERROR; an test 60 NS ns.test", 0},
    {"192.0.2.53", "test", "SOA", "NOERROR; an test 60 SOA ns.test 60", 0},
    {"192.0.2.53", "ns.test", "A", "NOERROR; an ns.test 60 A 192.0.2.2", 0},
    /* vpn is an alias: the SOA that comes with it is that of another zone. */
    {"192.0.2.53", "vpn.example.test", "SOA",
     "NOERROR; an vpn.example.test 60 CNAME lb.cloud.test; ns cloud.test 60 SOA ns.cloud.test 60",
     0},
    {"192.0.2.53", "example.test", "SOA", "NOERROR; an example.test 60 SOA ns1.example.test 60", 0},
    {"192.0.2.53", "example.test", "NS", "NOERROR; an example.test 60 NS ns1.example.test", 0},
    {"192.0.2.53", "ns1.example.test", "A", "NOERROR; an ns1.example.test 60 A 192.0.2.3", 0},
    {"192.0.2.53", "acme.test", "SOA", "NOERROR; an acme.test 60 SOA ns1.acme.test 60", 0},
    {"192.0.2.53", "acme.test", "NS", "NOERROR; an acme.test 60 NS ns1.acme.test", 0},
    {"192.0.2.53", "ns1.acme.test", "A", "NOERROR; an ns1.acme.test 60 A 192.0.2.4", 0},
    {"192.0.2.2", "acme.test", "NS", "NOERROR; ns acme.test 60 NS ns1.acme.test", 0},
    {"192.0.2.3", CHALLENGE, "TXT", "AA NOERROR; an " CHALLENGE " 60 CNAME x.acme.test", 0},
    {"192.0.2.3", "*.vpn.example.test", "SOA",
     "AA NXDOMAIN; ns example.test 60 SOA ns1.example.test 60", 0},
    {"192.0.2.3", "vpn.example.test", "SOA",
     "AA NOERROR; an vpn.example.test 60 CNAME lb.cloud.test", 0},
    {"192.0.2.4", "*", "*", "AA NXDOMAIN; ns acme.test 60 SOA ns1.acme.test 30", 0},
    {"192.0.2.4", "acme.test", "SOA", "AA NOERROR; an acme.test 60 SOA ns1.acme.test 30", 0},
    {"192.0.2.4", "acme.test", "NS", "AA NOERROR; an acme.test 60 NS ns1.acme.test", 0},
    {NULL, NULL, NULL, NULL, 0}};

static void use_resolvers(struct dns_fake *f, char **list, size_t n)
{
    dns_fake_init(f, by_resolver);
    f->conf.dns.root = (struct strings){NULL, 0};
    f->conf.dns.resolvers = (struct strings){list, n};
}

static void asks_resolvers_for_the_zones_only(struct test *t)
{
    char resolver[] = "192.0.2.53", *list[] = {resolver};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    use_resolvers(&f, list, 1);
    if (delegation_walk(&f.env, &f.io, "vpn.example.test", &d, &err))
        CHECK_STR(err.text, "");
    REQUIRE(!err_is_set(&err));
    CHECK_STR(d.hop[0].zone, "example.test");
    CHECK_STR(d.target, "x.acme.test");
    CHECK_STR(d.zone, "acme.test");
    REQUIRE(CHECK_INT(d.server_count, 1));
    CHECK_INT(d.server[0].addr.port, 53);
    CHECK(strstr(f.asked_names, CHALLENGE "/TXT@192.0.2.3 ") != NULL);
    CHECK(strstr(f.asked_names, "x.acme.test/TXT@192.0.2.4 ") != NULL);
    for (const char *p = f.asked_names; (p = strstr(p, "@192.0.2.53 ")) != NULL; p++)
        CHECK(p[-1] != 'T' || p[-2] != 'X'); /* never TXT */
    CHECK(strstr(f.asked_names, "_acme-challenge.vpn.example.test/SOA@192.0.2.53") == NULL);
    CHECK(strstr(f.asked_names, "x.acme.test/SOA@192.0.2.53") == NULL);
}

static void prefers_the_resolver_that_answers(struct test *t)
{
    char dead[] = "192.0.2.52", good[] = "192.0.2.53", *list[] = {dead, good};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};
    int asked = 0;

    use_resolvers(&f, list, 2);
    REQUIRE(delegation_walk(&f.env, &f.io, "vpn.example.test", &d, &err) == 0);
    for (const char *p = f.asked_names; (p = strstr(p, "@192.0.2.52 ")) != NULL; p++)
        asked++;
    CHECK_INT(asked, 1);
    use_resolvers(&f, list, 1);
    CHECK_INT(delegation_walk(&f.env, &f.io, "vpn.example.test", &d, &err), -1);
    CHECK_STR(err.text,
              "vpn.example.test SOA: resolver (192.0.2.52:53): no answer in time (UDP and "
              "TCP)");
}

static void reads_the_addresses_of_the_configuration(struct test *t)
{
    char bad[] = "resolver.example", *list[] = {bad};
    struct dns_fake f;
    struct delegation d;
    struct err err = {0};

    use_resolvers(&f, list, 1);
    CHECK_INT(delegation_walk(&f.env, &f.io, "vpn.example.test", &d, &err), -1);
    CHECK(strstr(err.text, "dns.resolvers") != NULL);
    CHECK_INT(f.asked, 0);
}

const struct test_case suite_resolve[] = {
    {"ignores_referrals_that_lead_nowhere", ignores_referrals_that_lead_nowhere},
    {"no_top_level_domain_is_published_in", no_top_level_domain_is_published_in},
    {"writes_the_record_to_create", writes_the_record_to_create},
    {"walks_from_the_accounts_own_name", walks_from_the_accounts_own_name},
    {"knows_names", knows_names},
    {"asks_resolvers_for_the_zones_only", asks_resolvers_for_the_zones_only},
    {"prefers_the_resolver_that_answers", prefers_the_resolver_that_answers},
    {"reads_the_addresses_of_the_configuration", reads_the_addresses_of_the_configuration},
    {NULL, NULL},
};
