/* SPDX-License-Identifier: Apache-2.0 */
/* Telling a bogus zone from one that cannot be asked for. */
#include "test.h"

#include "dns/dnssec.h"
#include "dns_fake.h"

#include <string.h>

static void judges(struct test *t)
{
    static const struct {
        struct dnssec_seen checked, unchecked;
        enum dnssec_state want;
    } cases[] = {
        {{DNS_ANSWERED, DNS_NOERROR, true}, {DNS_ANSWERED, DNS_NOERROR, false}, DNSSEC_GOOD},
        {{DNS_ANSWERED, DNS_NOERROR, false}, {DNS_TIMED_OUT, 0, false}, DNSSEC_GOOD},
        {{DNS_ANSWERED, DNS_SERVFAIL, false}, {DNS_ANSWERED, DNS_NOERROR, false}, DNSSEC_BOGUS},
        {{DNS_ANSWERED, DNS_SERVFAIL, false}, {DNS_ANSWERED, DNS_SERVFAIL, false}, DNSSEC_NOT_SEEN},
        {{DNS_ANSWERED, DNS_SERVFAIL, false}, {DNS_ANSWERED, DNS_NXDOMAIN, false}, DNSSEC_NOT_SEEN},
        {{DNS_ANSWERED, DNS_SERVFAIL, false}, {DNS_TIMED_OUT, 0, false}, DNSSEC_NOT_SEEN},
        {{DNS_TIMED_OUT, 0, false}, {DNS_ANSWERED, DNS_NOERROR, false}, DNSSEC_NOT_SEEN},
        {{DNS_ANSWERED, DNS_NXDOMAIN, false}, {DNS_ANSWERED, DNS_NOERROR, false}, DNSSEC_NOT_SEEN},
        {{DNS_ANSWERED, DNS_REFUSED, false}, {DNS_ANSWERED, DNS_NOERROR, false}, DNSSEC_NOT_SEEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(dnssec_judge(&cases[i].checked, &cases[i].unchecked), cases[i].want);
}

static const struct fake_answer answers[] = {
    {"192.0.2.52", "*", "*", "TIMEOUT", 0},
    {"192.0.2.53", "good.test", "SOA", "AD NOERROR; an good.test 60 SOA ns.test 60", 0},
    {"192.0.2.53", "plain.test", "SOA", "NOERROR; an plain.test 60 SOA ns.test 60", 0},
    {"192.0.2.53", "bogus.test", "SOA", "SERVFAIL", 0},
    {"192.0.2.53", "bogus.test", "SOA+CD", "NOERROR; an bogus.test 60 SOA ns.test 60", 0},
    {"192.0.2.53", "dead.test", "SOA SOA+CD", "SERVFAIL", 0},
    {NULL, NULL, NULL, NULL, 0}};

static void asks_the_resolvers(struct test *t)
{
    char dead[] = "192.0.2.52", good[] = "192.0.2.53", *list[] = {dead, good};
    static const struct {
        const char *zone;
        enum dnssec_state state;
        const char *text;
    } cases[] = {
        {"good.test", DNSSEC_GOOD, "resolver 192.0.2.53:53 answers; the zone is signed, and valid"},
        {"plain.test", DNSSEC_GOOD,
         "resolver 192.0.2.53:53 answers; the zone is not signed, or the resolver does not check"},
        {"bogus.test", DNSSEC_BOGUS,
         "bogus: resolver 192.0.2.53:53 says SERVFAIL, but answers when it is told not to check "
         "the signatures; a CA that checks them can see nothing in this zone"},
        {"dead.test", DNSSEC_NOT_SEEN,
         "resolver 192.0.2.53:53: SERVFAIL, and without checking: SERVFAIL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dns_fake f;
        struct dnssec_finding found;
        dns_fake_init(&f, answers);
        f.conf.dns.resolvers = (struct strings){list, 2};
        dnssec_look(&f.env, &f.io, cases[i].zone, &found);
        CHECK_INT(found.state, cases[i].state);
        CHECK_STR(found.text, cases[i].text);
        CHECK(strstr(f.asked_names, "TXT") == NULL);
    }
}

static void asks_nobody_where_dns_is_private(struct test *t)
{
    struct dns_fake f;
    struct dnssec_finding found;
    dns_fake_init(&f, answers); /* dns.root is set, dns.resolvers is not */
    dnssec_look(&f.env, &f.io, "good.test", &found);
    CHECK_INT(found.state, DNSSEC_NOT_SEEN);
    CHECK(strstr(found.text, "dns.resolvers") != NULL);
    CHECK_INT(f.asked, 0);
}

const struct test_case suite_dnssec[] = {
    {"judges", judges},
    {"asks_the_resolvers", asks_the_resolvers},
    {"asks_nobody_where_dns_is_private", asks_nobody_where_dns_is_private},
    {NULL, NULL},
};
