/* SPDX-License-Identifier: Apache-2.0 */
/* Which CAA records count, and what they say. */
#include "test.h"

#include "caa.h"
#include "dns_fake.h"
#include "issue_value.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT "https://ca.test/a/1"

/* "FLAGS TAG VALUE|FLAGS TAG VALUE" at a.test. */
static void make_set(struct caa_set *set, const char *text)
{
    char value[256];
    struct err err = {0};
    *set = (struct caa_set){.owner = "a.test"};
    while (*text) {
        struct caa_record one = {0, "", value, 0};
        int flags = 0, used = 0;
        size_t len = strcspn(text, "|");
        if (sscanf(text, "%d %31[^ |]%n", &flags, one.tag, &used) != 2)
            abort();
        size_t from = (size_t)used + (text[used] == ' ');
        one.flags = (uint8_t)flags;
        one.value_len = len - from;
        memcpy(value, text + from, one.value_len);
        if (caa_set_add(set, &one, &err))
            abort();
        text += len + (text[len] == '|');
    }
}

static void judges(struct test *t)
{
    enum { NO_ACCOUNT = 1, NO_IDENTITY = 2, WILDCARD = 4, ACCOUNT_METHOD = 8 };
    static const struct {
        const char *set;
        int how;
        enum caa_verdict verdict;
        enum caa_reason reason;
        size_t record;
    } cases[] = {
        {"", 0, CAA_ALLOWED, CAA_NO_RECORDS, 0},
        {"0 iodef mailto:a@a.test", 0, CAA_ALLOWED, CAA_NO_LIMITS, 1},
        {"0 issue ca.test", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue CA2.Test", 0, CAA_ALLOWED, CAA_NAMES_US, 0}, /* the second identity */
        {"0 issue  ca.test ", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test;", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"128 issue ca.test", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue other.test|0 issue ca.test", 0, CAA_ALLOWED, CAA_NAMES_US, 1},
        {"0 issue ca.test|0 issue ca.test; accounturi=x", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue other.test", 0, CAA_FORBIDDEN, CAA_OTHER_CA, 0},
        {"0 issue ca.test.evil", 0, CAA_FORBIDDEN, CAA_OTHER_CA, 0},
        {"0 issue ;", 0, CAA_FORBIDDEN, CAA_OTHER_CA, 0},
        {"0 issue", 0, CAA_FORBIDDEN, CAA_OTHER_CA, 0},
        {"0 issue ;", NO_IDENTITY, CAA_FORBIDDEN, CAA_OTHER_CA, 0},
        {"0 issue ca..test", 0, CAA_FORBIDDEN, CAA_MALFORMED, 0},
        {"0 issue %%%%%", 0, CAA_FORBIDDEN, CAA_MALFORMED, 0},
        {"0 issue ca.test; accounturi", 0, CAA_FORBIDDEN, CAA_MALFORMED, 0},
        {"0 issue ca.test; accounturi=" ACCOUNT ";", 0, CAA_FORBIDDEN, CAA_MALFORMED, 0},
        /* wildcards */
        {"0 issue ;|0 issuewild ca.test", WILDCARD, CAA_ALLOWED, CAA_NAMES_US, 1},
        {"0 issue ;|0 issuewild ca.test", 0, CAA_FORBIDDEN, CAA_OTHER_CA, 0},
        {"0 issue ca.test|0 issuewild ;", WILDCARD, CAA_FORBIDDEN, CAA_OTHER_CA, 1},
        {"0 issue ca.test|0 issuewild ;", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test", WILDCARD, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issuewild ;", 0, CAA_ALLOWED, CAA_NO_LIMITS, 1},
        /* critical */
        {"0 issue ca.test|128 tbs unknown", 0, CAA_FORBIDDEN, CAA_CRITICAL, 1},
        {"128 tbs unknown", WILDCARD, CAA_FORBIDDEN, CAA_CRITICAL, 0},
        {"0 issue ca.test|0 tbs unknown", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test|127 tbs unknown", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test|128 iodef mailto:x", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        /* accounturi */
        {"0 issue ca.test; accounturi=" ACCOUNT, 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test;AccountURI = " ACCOUNT " ", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test; accounturi=" ACCOUNT "/", 0, CAA_FORBIDDEN, CAA_OTHER_ACCOUNT, 0},
        {"0 issue ca.test; accounturi=HTTPS://ca.test/a/1", 0, CAA_FORBIDDEN, CAA_OTHER_ACCOUNT, 0},
        {"0 issue ca.test; accounturi=", 0, CAA_FORBIDDEN, CAA_OTHER_ACCOUNT, 0},
        {"0 issue ca.test; accounturi=" ACCOUNT "; accounturi=" ACCOUNT, 0, CAA_FORBIDDEN,
         CAA_MALFORMED, 0},
        {"0 issue ca.test; accounturi=" ACCOUNT, NO_ACCOUNT, CAA_UNSURE, CAA_NO_ACCOUNT, 0},
        {"0 issue ca.test; accounturi=x|0 issue other.test", 0, CAA_FORBIDDEN, CAA_OTHER_ACCOUNT,
         0},
        {"0 issue other.test|0 issue ca.test; accounturi=x", 0, CAA_FORBIDDEN, CAA_OTHER_ACCOUNT,
         1},
        /* validationmethods */
        {"0 issue ca.test; validationmethods=dns-01", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test; validationmethods=http-01,dns-01", 0, CAA_ALLOWED, CAA_NAMES_US, 0},
        {"0 issue ca.test; validationmethods=http-01", 0, CAA_FORBIDDEN, CAA_OTHER_METHOD, 0},
        {"0 issue ca.test; validationmethods=dns-011", 0, CAA_FORBIDDEN, CAA_OTHER_METHOD, 0},
        {"0 issue ca.test; validationmethods=", 0, CAA_FORBIDDEN, CAA_OTHER_METHOD, 0},
        {"0 issue ca.test; validationmethods=dns-01", ACCOUNT_METHOD, CAA_FORBIDDEN,
         CAA_OTHER_METHOD, 0},
        {"0 issue ca.test; validationmethods=http-01; accounturi=x", NO_ACCOUNT, CAA_FORBIDDEN,
         CAA_OTHER_METHOD, 0},
        /* a CA without caaIdentities */
        {"0 issue ca.test", NO_IDENTITY, CAA_UNSURE, CAA_NO_IDENTITY, 0},
        {"0 issue ca.test; accounturi=x", NO_IDENTITY, CAA_FORBIDDEN, CAA_OTHER_ACCOUNT, 0},
        {"0 issue ;|0 issue ca.test", NO_IDENTITY, CAA_UNSURE, CAA_NO_IDENTITY, 1},
    };
    char one[] = "ca.test", two[] = "ca2.test", *list[] = {one, two};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strings identities = {list, cases[i].how & NO_IDENTITY ? 0 : 2};
        struct caa_wanted w = {cases[i].how & WILDCARD ? "*.a.test" : "a.test", &identities,
                               cases[i].how & NO_ACCOUNT ? NULL : ACCOUNT,
                               cases[i].how & ACCOUNT_METHOD ? "dns-account-01" : "dns-01"};
        struct caa_set set;
        struct buf text = BUF_INIT(4096);
        make_set(&set, cases[i].set);
        struct caa_finding f = caa_judge(&set, &w);
        caa_text(&set, &w, &f, &text);
        bool ok = CHECK_INT(f.verdict, cases[i].verdict) && CHECK_INT(f.reason, cases[i].reason) &&
                  CHECK_INT(f.record, cases[i].record) && CHECK(text.len > 0);
        if (!ok)
            CHECK_STR(cases[i].set, "(the case above)");
        buf_clear(&text);
        caa_set_clear(&set);
    }
}

static void suggests_a_record(struct test *t)
{
    char one[] = "ca.test", *list[] = {one};
    static const struct {
        const char *name, *owner, *alias, *account, *want;
    } cases[] = {
        {"vpn.a.test", "", "", ACCOUNT,
         "vpn.a.test. CAA 0 issue \"ca.test; accounturi=" ACCOUNT "; validationmethods=dns-01\""},
        {"*.a.test", "", "", ACCOUNT,
         "a.test. CAA 0 issuewild \"ca.test; accounturi=" ACCOUNT "; validationmethods=dns-01\""},
        {"vpn.a.test", "", "lb.b.test", ACCOUNT,
         "a.test. CAA 0 issue \"ca.test; accounturi=" ACCOUNT "; validationmethods=dns-01\""},
        {"vpn.a.test", "a.test", "x.test", ACCOUNT,
         "vpn.a.test. CAA 0 issue \"ca.test; accounturi=" ACCOUNT "; validationmethods=dns-01\""},
        {"a.test", "", "", NULL, ""},
        {"a.test", "", "", "https://ca.test/a;1", ""}, /* cannot be said in a CAA record */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strings identities = {list, 1};
        struct caa_wanted w = {cases[i].name, &identities, cases[i].account, "dns-01"};
        struct caa_set set = {.owner = ""};
        struct buf out = BUF_INIT(4096);
        text_copy(set.owner, sizeof set.owner, cases[i].owner);
        text_copy(set.alias, sizeof set.alias, cases[i].alias);
        CHECK_INT(caa_suggest(&set, &w, &out), cases[i].want[0] != '\0');
        CHECK_STR(buf_str(&out), cases[i].want);
        buf_clear(&out);
    }
}

static const struct fake_answer zones[] = {
    {"192.0.2.1", "*", "*", "AA NXDOMAIN; ns . 60 SOA root.test 60", 0},
    {"192.0.2.1", "test", "*", "AA NOERROR", 0},
    {"192.0.2.1", "*.test", "*", "AA NOERROR", 0},
    {"192.0.2.1", "a.test", "CAA", "AA NOERROR; an a.test 60 CAA 0 issue ca.test", 0},
    {"192.0.2.1", "lb.a.test", "CAA", "AA NOERROR; an lb.a.test 60 CNAME x.cloud.test", 0},
    {"192.0.2.1", "x.cloud.test", "CAA",
     "AA NOERROR; an x.cloud.test 60 CAA 0 issue cloud.ca;"
     "an x.cloud.test 60 CAA 128 issuewild wild.ca",
     0},
    {"192.0.2.1", "bare.a.test", "CAA", "AA NOERROR; an bare.a.test 60 CNAME y.cloud.test", 0},
    {"192.0.2.1", "loop.a.test", "CAA", "AA NOERROR; an loop.a.test 60 CNAME loop.a.test", 0},
    {"192.0.2.1", "broken.test", "CAA", "SERVFAIL", 0},
    {"192.0.2.1", "nxdomain.broken.test", "CAA", "AA NXDOMAIN", 0},
    {NULL, NULL, NULL, NULL, 0}};

static void climbs(struct test *t)
{
    static const struct {
        const char *name, *owner, *alias, *first;
        size_t n;
    } cases[] = {
        {"a.test", "a.test", "", "ca.test", 1},
        {"*.a.test", "a.test", "", "ca.test", 1},
        {"VPN.b.a.test", "a.test", "", "ca.test", 1},
        {"lb.a.test", "lb.a.test", "x.cloud.test", "cloud.ca", 2},
        /* From an alias whose target has none, up from the alias, not from the target. */
        {"bare.a.test", "a.test", "", "ca.test", 1},
        {"other.test", "", "", NULL, 0},
        {"other.none", "", "", NULL, 0},
    };
    struct dns_fake f;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct caa_set set = {.owner = ""};
        struct err err = {0};
        dns_fake_init(&f, zones);
        if (!CHECK_INT(caa_walk(&f.env, &f.io, cases[i].name, &set, &err), 0))
            CHECK_STR(err.text, cases[i].name);
        CHECK_STR(set.owner, cases[i].owner);
        CHECK_STR(set.alias, cases[i].alias);
        if (CHECK_INT(set.n, cases[i].n) && set.n)
            CHECK_STR(set.v[0].value, cases[i].first);
        caa_set_clear(&set);
    }
    CHECK(strstr(f.asked_names, "none/CAA@") && !strstr(f.asked_names, " /CAA@"));
}

static void fails_where_a_ca_would(struct test *t)
{
    static const char *const names[] = {"x.broken.test", "nxdomain.broken.test", "loop.a.test"};
    struct dns_fake f;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct caa_set set = {.owner = ""};
        struct err err = {0};
        dns_fake_init(&f, zones);
        CHECK_INT(caa_walk(&f.env, &f.io, names[i], &set, &err), -1);
        CHECK_INT(err.code, ERR_DNS);
    }
}

static void an_alias_is_told_where_nothing_is_found(struct test *t)
{
    static const struct fake_answer none[] = {
        {"192.0.2.1", "*", "*", "AA NOERROR", 0},
        {"192.0.2.1", "lb.a.test", "CAA", "AA NOERROR; an lb.a.test 60 CNAME x.cloud.test", 0},
        {NULL, NULL, NULL, NULL, 0}};
    struct dns_fake f;
    struct caa_set set = {.owner = ""};
    struct err err = {0};
    dns_fake_init(&f, none);
    CHECK_INT(caa_walk(&f.env, &f.io, "lb.a.test", &set, &err), 0);
    CHECK_STR(set.owner, "");
    CHECK_STR(set.alias, "x.cloud.test");
    caa_set_clear(&set);
}

const struct test_case suite_caa[] = {
    {"judges", judges},
    {"suggests_a_record", suggests_a_record},
    {"climbs", climbs},
    {"fails_where_a_ca_would", fails_where_a_ca_would},
    {"an_alias_is_told_where_nothing_is_found", an_alias_is_told_where_nothing_is_found},
    {NULL, NULL},
};
