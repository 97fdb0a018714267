/* SPDX-License-Identifier: Apache-2.0 */
/* Is the TXT everywhere? The decider in tables, the driver against scripted servers. */
#include "test.h"

#include "dns_fake.h"
#include "text.h"

#include <string.h>

#define V1 "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"
#define V2 "AAAAXq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"

static void add(struct delegation *d, const char *name, const char *ip)
{
    struct dns_server *s = &d->server[d->server_count++];
    struct err err = {0};

    text_copy(s->name, sizeof s->name, name);
    if (net_addr_parse(&s->addr, ip, 5300, &err))
        d->server_count--;
}

/* ns1 with two addresses, ns2 with one. */
static struct delegation servers(void)
{
    struct delegation d = {.server_count = 0};

    text_copy(d.target, sizeof d.target, "x.acme.test");
    text_copy(d.zone, sizeof d.zone, "acme.test");
    add(&d, "ns1.test", "192.0.2.4");
    add(&d, "ns1.test", "2001:db8::4");
    add(&d, "ns2.test", "192.0.2.5");
    return d;
}

/* One character an address: s seen, m missing, f failed, r no route, - not asked. */
static struct round looks(const char *s)
{
    struct round r;

    memset(&r, 0, sizeof r);
    for (size_t i = 0; s[i]; i++) {
        static const enum look kinds[] = {LOOK_SEEN, LOOK_MISSING, LOOK_FAILED, LOOK_NO_ROUTE,
                                          LOOK_NOT_ASKED};
        r.at[i].look = kinds[strchr("smfr-", s[i]) - "smfr-"];
    }
    return r;
}

static void judges(struct test *t)
{
    static const struct {
        const char *before, *last;
        enum conf_policy policy;
        enum verdict want;
    } cases[] = {
        {NULL, NULL, CONF_POLICY_NONE, VERDICT_PASS},
        {NULL, NULL, CONF_POLICY_ALL, VERDICT_AGAIN},
        {NULL, "sss", CONF_POLICY_ALL, VERDICT_GOOD},
        {"sss", "sss", CONF_POLICY_ALL, VERDICT_PASS},
        {"ssm", "sss", CONF_POLICY_ALL, VERDICT_GOOD},
        {"sss", "ssm", CONF_POLICY_ALL, VERDICT_AGAIN}, /* it went away again */
        {"sss", "ssf", CONF_POLICY_ALL, VERDICT_AGAIN}, /* one that fails is not overlooked */
        {"sss", "ss-", CONF_POLICY_ALL, VERDICT_AGAIN},
        {"srs", "srs", CONF_POLICY_ALL, VERDICT_PASS}, /* no IPv6 here; ns1 was seen by IPv4 */
        {"rss", "srs", CONF_POLICY_ALL, VERDICT_PASS},
        {NULL, "ssr", CONF_POLICY_ALL, VERDICT_NEVER}, /* ns2 cannot be seen from here */
        {NULL, "smr", CONF_POLICY_ALL, VERDICT_AGAIN},
        {NULL, "rrr", CONF_POLICY_ALL, VERDICT_AGAIN},
        {NULL, "mmm", CONF_POLICY_ANY, VERDICT_AGAIN},
        {NULL, "mms", CONF_POLICY_ANY, VERDICT_GOOD},
        {"smm", "mms", CONF_POLICY_ANY, VERDICT_PASS},
        {"ssr", "ssr", CONF_POLICY_ANY, VERDICT_PASS},
        {NULL, "rrr", CONF_POLICY_ANY, VERDICT_AGAIN},
    };
    struct delegation d = servers();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct round r[2] = {looks(cases[i].before ? cases[i].before : ""),
                             looks(cases[i].last ? cases[i].last : "")};
        size_t n = (cases[i].before != NULL) + (size_t)(cases[i].last != NULL);
        if (!CHECK_INT(propagation_judge(&d, r + 2 - n, n, cases[i].policy), cases[i].want))
            CHECK_STR(cases[i].last, "(the case)");
    }
}

static void waits_longer_and_longer(struct test *t)
{
    static const int64_t want[] = {2000, 3000, 5000, 8000, 10000, 10000};

    for (size_t i = 0; i < 6; i++) {
        CHECK_INT(propagation_delay_ms(i + 1, 0), want[i] * 8 / 10);
        CHECK_INT(propagation_delay_ms(i + 1, 500), want[i]);
        CHECK_INT(propagation_delay_ms(i + 1, 1000), want[i] * 12 / 10);
        CHECK(propagation_delay_ms(i + 1, UINT32_MAX) <= want[i] * 12 / 10);
    }
}

static void reads_answers(struct test *t)
{
    static const struct propagation_wanted w = {.values = {V1, V2}, .value_count = 2};
    static const struct {
        const char *text;
        enum look want;
        bool lame;
    } cases[] = {
        {"AA NOERROR; an x.acme.test 60 TXT " V1 "; an x.acme.test 60 TXT " V2, LOOK_SEEN, false},
        {"AA NOERROR; an x.acme.test 60 TXT " V2 "; an x.acme.test 60 TXT old; an x.acme.test 60 "
         "TXT " V1,
         LOOK_SEEN, false},
        {"AA NOERROR; an x.acme.test 60 TXT " V1, LOOK_MISSING, false},
        {"AA NOERROR; an x.acme.test 60 TXT " V1 "; an y.acme.test 60 TXT " V2, LOOK_MISSING,
         false},
        {"AA NOERROR; an x.acme.test 60 TXT " V1 "; ns x.acme.test 60 TXT " V2, LOOK_MISSING,
         false},
        {"AA NOERROR; an x.acme.test 60 TXT " V1 "x; an x.acme.test 60 TXT " V2, LOOK_MISSING,
         false},
        {"AA NXDOMAIN", LOOK_MISSING, false},
        {"NOERROR; an x.acme.test 60 TXT " V1 "; an x.acme.test 60 TXT " V2, LOOK_FAILED, true},
        {"SERVFAIL", LOOK_FAILED, false},
        {"REFUSED", LOOK_FAILED, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dns_message m;
        enum dns_outcome o;
        REQUIRE(dns_fake_message(&m, cases[i].text, &o));
        struct look_at at = propagation_read(&m, "x.acme.test", &w);
        if (!CHECK_INT(at.look, cases[i].want) || !CHECK_INT(at.lame, cases[i].lame))
            CHECK_STR(cases[i].text, "(the case)");
        dns_message_clear(&m);
    }
}

#define SHOWS "AA NOERROR; an x.acme.test 60 TXT " V1
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL, NULL, 0                                                                  \
    }

static int wait_for(struct dns_fake *f, const struct delegation *d, struct err *err)
{
    static const struct propagation_wanted w = {.values = {V1}, .value_count = 1};
    return propagation_run(&f->env, &f->io, d, &w, err);
}

static void passes_after_two_looks_and_the_settle_time(struct test *t)
{
    static const struct fake_answer answers[] = {{"192.0.2.4", "*", "*", SHOWS, 0},
                                                 {"192.0.2.5", "*", "*", SHOWS, 0},
                                                 {"2001:db8::4", "*", "*", SHOWS, 0},
                                                 END};
    struct delegation d = servers();
    struct dns_fake f;
    struct err err = {0};

    dns_fake_init(&f, answers);
    CHECK_INT(wait_for(&f, &d, &err), 0);
    CHECK_INT(f.asked, 6);
    CHECK_INT(f.now_ms, 2000 + 5000);
    dns_fake_init(&f, answers);
    f.conf.dns.propagation.settle_ms = 0;
    CHECK_INT(wait_for(&f, &d, &err), 0);
    CHECK_INT(f.asked, 6);
    CHECK_INT(f.now_ms, 0);
    dns_fake_init(&f, answers);
    f.conf.dns.propagation.policy = CONF_POLICY_NONE;
    CHECK_INT(wait_for(&f, &d, &err), 0);
    CHECK_INT(f.asked, 0);
    CHECK_INT(f.now_ms, 0);
}

static void waits_for_a_late_secondary(struct test *t)
{
    static const struct fake_answer answers[] = {{"192.0.2.4", "*", "*", SHOWS, 0},
                                                 {"192.0.2.5", "*", "*", "AA NXDOMAIN", 0},
                                                 {"192.0.2.5", "*", "*", SHOWS, 20000},
                                                 {"2001:db8::4", "*", "*", "NOROUTE", 0},
                                                 END};
    struct delegation d = servers();
    struct dns_fake f;
    struct err err = {0};

    dns_fake_init(&f, answers);
    CHECK_INT(wait_for(&f, &d, &err), 0);
    CHECK(f.now_ms >= 20000 && f.now_ms < 45000);
    CHECK_STR(f.warned, "zone acme.test: no route to some of its name servers by IPv6: these are "
                        "left out\n");
}

static void names_who_does_not_show_it(struct test *t)
{
    static const struct fake_answer answers[] = {{"192.0.2.4", "*", "*", SHOWS, 0},
                                                 {"192.0.2.5", "*", "*", "AA NXDOMAIN", 0},
                                                 {"2001:db8::4", "*", "*", "SERVFAIL", 0},
                                                 END};
    struct delegation d = servers();
    struct dns_fake f;
    struct err err = {0};

    dns_fake_init(&f, answers);
    CHECK_INT(wait_for(&f, &d, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK_STR(err.text, "x.acme.test: TXT not on every name server of acme.test after 120 s: "
                        "ns1.test ([2001:db8::4]:5300): SERVFAIL; ns2.test (192.0.2.5:5300): does "
                        "not show it (NXDOMAIN, 0 TXT values)");
    CHECK(f.now_ms >= 120000 && f.now_ms <= 121000);
}

static void does_not_wait_for_what_cannot_be_seen(struct test *t)
{
    static const struct fake_answer answers[] = {{"192.0.2.4", "*", "*", SHOWS, 0},
                                                 {"2001:db8::4", "*", "*", SHOWS, 0},
                                                 {"192.0.2.5", "*", "*", "NOROUTE", 0},
                                                 END};
    struct delegation d = servers();
    struct dns_fake f;
    struct err err = {0};

    dns_fake_init(&f, answers);
    CHECK_INT(wait_for(&f, &d, &err), -1);
    CHECK(strstr(err.text, "ns2.test (192.0.2.5:5300): no route") != NULL);
    CHECK(strstr(err.hint, "\"any\"") != NULL);
    CHECK_INT(f.now_ms, 0);
    dns_fake_init(&f, answers);
    f.conf.dns.propagation.policy = CONF_POLICY_ANY;
    err_clear(&err);
    CHECK_INT(wait_for(&f, &d, &err), 0);
}

static void slow_servers_do_not_stretch_the_deadline(struct test *t)
{
    static const struct fake_answer answers[] = {END}; /* all time out */
    struct delegation d = servers();
    struct dns_fake f;
    struct err err = {0};

    dns_fake_init(&f, answers);
    f.each_ms = 8000;
    f.conf.dns.propagation.timeout_ms = 10000;
    CHECK_INT(wait_for(&f, &d, &err), -1);
    CHECK(f.now_ms <= 10000 + 24000);
}

static bool yes(void)
{
    return true;
}

static void stops_when_interrupted(struct test *t)
{
    static const struct fake_answer answers[] = {END};
    struct delegation d = servers();
    struct dns_fake f;
    struct err err = {0};

    dns_fake_init(&f, answers);
    f.env.interrupted = yes;
    CHECK_INT(wait_for(&f, &d, &err), -1);
    CHECK_INT(f.now_ms, 0);
}

const struct test_case suite_propagation[] = {
    {"judges", judges},
    {"waits_longer_and_longer", waits_longer_and_longer},
    {"reads_answers", reads_answers},
    {"passes_after_two_looks_and_the_settle_time", passes_after_two_looks_and_the_settle_time},
    {"waits_for_a_late_secondary", waits_for_a_late_secondary},
    {"names_who_does_not_show_it", names_who_does_not_show_it},
    {"does_not_wait_for_what_cannot_be_seen", does_not_wait_for_what_cannot_be_seen},
    {"slow_servers_do_not_stretch_the_deadline", slow_servers_do_not_stretch_the_deadline},
    {"stops_when_interrupted", stops_when_interrupted},
    {NULL, NULL},
};
