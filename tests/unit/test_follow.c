/* SPDX-License-Identifier: Apache-2.0 */
/* deploy.source "balancer": what is taken for the balancer's certificate, and what a certificate
 * from elsewhere must be. */
#include "fake_target.h"
#include "src/app/renewal.h"
#include "test.h"
#include "text.h"

#include <string.h>

enum { PORT = 80, DAY = 86400 };

static void make_chain(struct test *t, const char *name, int64_t not_after, struct cert_chain *out)
{
    struct key *key = NULL;
    struct err err = {0};

    REQUIRE(key_new(&key, KEY_EC256, &err) == 0);
    CHECK_INT(cert_self_signed(key, &name, 1, not_after - 90 * DAY, not_after, out, &err), 0);
    key_free(key);
}

static void what_every_address_serves_is_taken(struct test *t)
{
    static char here[] = "127.0.0.1", one[] = "198.51.100.1", two[] = "198.51.100.2:8443",
                own[] = "192.0.2.10";
    /* A and B are certificates, '-' does not answer, ' ' is not asked. */
    static const struct {
        const char *name;
        char *probe[3];
        const char *serve;
        enum err_code code;
        const char *says;
    } cases[] = {
        {"one", {here, one}, "A ", ERR_NONE, ""},
        {"both the same", {here, one, two}, "AA", ERR_NONE, ""},
        {"being changed", {one, two}, "AB", ERR_POSTPONED, "balancer 198.51.100.2:8443: serves"},
        {"one is away", {one, two}, "A-", ERR_NET, "balancer 198.51.100.2:8443: tcp: refused"},
        {"away", {one}, "- ", ERR_NET, "balancer 198.51.100.1:443: tcp: refused"},
        {"only this machine", {here, own}, "AA", ERR_USAGE, "no address in it is a balancer's"},
    };
    struct cert_chain chain[2] = {{.count = 0}};

    make_chain(t, "vpn.example.test", FAKE_EPOCH_S + DAY, &chain[0]);
    make_chain(t, "vpn.example.test", FAKE_EPOCH_S + DAY, &chain[1]);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fake machine;
        struct fake_ports seams;
        struct cert_chain got = {.count = 0};
        struct conf conf = {0};
        char vpn[] = "vpn", service[] = "RemoteAccess", *probe[3];
        struct deploy_env env = {0};
        struct err err = {0};
        size_t n = 0;
        for (; n < 3 && cases[i].probe[n]; n++)
            probe[n] = cases[i].probe[n];
        fake_init(&machine, PORT, 0);
        fake_open_ports(&machine, &seams);
        for (int k = 0; k < FAKE_BALANCERS; k++)
            if (cases[i].serve[k] >= 'A')
                machine.sends[k] = &chain[cases[i].serve[k] - 'A'];
        env.clock = &seams.clock;
        conf.name = vpn;
        conf.deploy.port = PORT;
        conf.deploy.restart.service = service;
        conf.deploy.verify.probe = (struct strings){probe, n};
        CHECK_INT(drive_served(&env, &conf, &seams.ports, &got, &err), cases[i].code ? -1 : 0);
        if (!CHECK_INT(err.code, cases[i].code) || !CHECK(strstr(err.text, cases[i].says)))
            CHECK_STR(err.text, cases[i].name);
        CHECK_INT(got.count, cases[i].code ? 0 : 1);
        if (got.count > 0)
            CHECK_MEM(got.cert[0].der, got.cert[0].len, chain[0].cert[0].der, chain[0].cert[0].len);
        cert_chain_clear(&got);
    }
    cert_chain_clear(&chain[0]);
    cert_chain_clear(&chain[1]);
}

static void a_certificate_from_elsewhere_is_judged(struct test *t)
{
    static const struct {
        const char *name;
        const char *of;
        int64_t now;
        const char *says;
    } cases[] = {
        {"right", "vpn.example.test", FAKE_EPOCH_S, ""},
        {"wildcard", "*.example.test", FAKE_EPOCH_S, ""},
        {"another name", "www.example.test", FAKE_EPOCH_S, "is not for vpn.example.test"},
        {"expired", "vpn.example.test", FAKE_EPOCH_S + 2 * DAY, "expired"},
        {"not yet", "vpn.example.test", FAKE_EPOCH_S - 90 * DAY, "not valid before"},
    };
    char vpn[] = "vpn.example.test", *names[] = {vpn};
    const struct conf conf = {.names = {names, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cert_chain chain = {.count = 0};
        struct bundle b = {0};
        struct key *none = NULL;
        struct err err = {0};
        make_chain(t, cases[i].of, FAKE_EPOCH_S + DAY, &chain);
        CHECK_INT(bundle_fill(&b, &none, &chain, &err), 0);
        CHECK_INT(renewal_judge(&conf, &b, cases[i].now, &err), cases[i].says[0] ? -1 : 0);
        if (!CHECK(strstr(err.text, cases[i].says)))
            CHECK_STR(err.text, cases[i].name);
        CHECK(!renewal_lacks_issuer(&b));
        bundle_clear(&b);
    }
}

const struct test_case suite_follow[] = {
    {"what_every_address_serves_is_taken", what_every_address_serves_is_taken},
    {"a_certificate_from_elsewhere_is_judged", a_certificate_from_elsewhere_is_judged},
    {NULL, NULL},
};
