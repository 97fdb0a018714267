/* SPDX-License-Identifier: Apache-2.0 */
/* What one name server says about the addresses of a name. */
#include "dns/addresses.h"
#include "dns_fake.h"
#include "test.h"

static void one_server_is_asked(struct test *t)
{
    static const struct fake_answer answers[] = {
        {.server = "192.0.2.1",
         .name = "vpn.a.test",
         .types = "A",
         .answer = "NOERROR; an vpn.a.test 60 CNAME b.test; an b.test 60 A 192.0.2.7; "
                   "ar ns.test 60 A 192.0.2.9"},
        {.server = "192.0.2.1",
         .name = "vpn.a.test",
         .types = "AAAA",
         .answer = "NOERROR; an b.test 60 AAAA 2001:db8::7"},
        {.server = "192.0.2.1", .name = "no.test", .types = "*", .answer = "NXDOMAIN"},
        {.server = "192.0.2.1", .name = "half.test", .types = "A", .answer = "NOERROR"},
        {.server = "192.0.2.1", .name = "half.test", .types = "AAAA", .answer = "TIMEOUT"},
        {.server = "192.0.2.1", .name = "mute.test", .types = "*", .answer = "TIMEOUT"},
        {.server = NULL},
    };
    struct acme_addresses got = {.n = 0};
    struct net_addr server;
    struct dns_fake f;
    struct err e = {0};

    dns_fake_init(&f, answers);
    REQUIRE(net_addr_parse(&server, "192.0.2.1", 53, &e) == 0);
    REQUIRE(addresses_ask(&f.io, &server, "vpn.a.test", &got, &e) == 0);
    CHECK(got.no_error);
    CHECK_STR(got.rcode, "NOERROR");
    if (CHECK_INT(got.n, 2)) {
        CHECK_INT(got.addr[0].ip[3], 7);
        CHECK_INT(got.addr[1].family, 6);
    }
    REQUIRE(addresses_ask(&f.io, &server, "no.test", &got, &e) == 0);
    CHECK(!got.no_error && got.n == 0);
    CHECK_STR(got.rcode, "NXDOMAIN");
    CHECK(addresses_ask(&f.io, &server, "half.test", &got, &e) == 0 && got.n == 0);
    CHECK_INT(addresses_ask(&f.io, &server, "mute.test", &got, &e), -1);
    CHECK_INT(e.code, ERR_DNS);
}

const struct test_case suite_addresses[] = {
    {"one_server_is_asked", one_server_is_asked},
    {NULL, NULL},
};
