/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void copies(struct test *t)
{
    struct err err = {0};
    char *s = NULL, small[4];

    REQUIRE(text_dup(&s, "abc", &err) == 0);
    CHECK_STR(s, "abc");
    free(s);
    REQUIRE(text_fmt(&s, &err, "%s-%d", "x", 5) == 0);
    CHECK_STR(s, "x-5");
    free(s);
    CHECK(text_copy(small, sizeof small, "abc"));
    CHECK_STR(small, "abc");
    CHECK(!text_copy(small, sizeof small, "wxyz"));
    CHECK_STR(small, "wxy");
    CHECK(!text_copy(small, 0, ""));
}

static void comparisons(struct test *t)
{
    char s[] = "AbC-\xc3\x84Z";

    CHECK(text_starts("abc", "ab") && text_starts("abc", "") && !text_starts("ab", "abc"));
    CHECK(text_equal_nocase("Let's Encrypt", "LET'S encrypt"));
    CHECK(!text_equal_nocase("a", "ab") && !text_equal_nocase("ab", "a"));
    CHECK(text_equal_nocase("", "") && !text_equal_nocase("[", "{"));
    text_lower(s);
    CHECK_STR(s, "abc-\xc3\x84z");
}

static void distances(struct test *t)
{
    char big[100];

    CHECK_INT(text_distance("propagation", "propogation", 4), 1);
    CHECK_INT(text_distance("kitten", "sitting", 9), 3);
    CHECK_INT(text_distance("", "abc", 9), 3);
    CHECK_INT(text_distance("abc", "", 9), 3);
    CHECK_INT(text_distance("abc", "abc", 9), 0);
    CHECK_INT(text_distance("abc", "xyz", 2), 2);
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    CHECK_INT(text_distance(big, big, 3), 3);
}

static void utf8_is_checked(struct test *t)
{
    static const struct {
        const char *s;
        size_t want;
    } rows[] = {
        {"a", 1},
        {"\xc3\xa4", 2},
        {"\xe2\x82\xac", 3},
        {"\xf0\x9f\x94\x92", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\x80", 0},             /* a following byte alone */
        {"\xc0\x80", 0},         /* over-long */
        {"\xc1\xbf", 0},         /* over-long */
        {"\xe0\x9f\xbf", 0},     /* over-long */
        {"\xf0\x8f\xbf\xbf", 0}, /* over-long */
        {"\xed\xa0\x80", 0},     /* surrogate */
        {"\xf4\x90\x80\x80", 0}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", 0},
        {"\xe2\x82", 0}, /* cut */
        {"\xe2\x82z", 0},
        {"", 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_INT(text_utf8(rows[i].s, strlen(rows[i].s)), rows[i].want);
}

static void foreign_text_is_scrubbed(struct test *t)
{
    char s[] = "\x01ok\x7f\xc2\x80\xc2\xa0\xe2\x28\xa1\xff";

    text_scrub(s);
    CHECK_STR(s, "?ok??\xc2\xa0?(??");
    char turned[] = "a\xe2\x80\xae" /* U+202E */
                    "b\xe2\x80\xa8" /* U+2028 */
                    "c\xe2\x81\xa6" /* U+2066 */
                    "d\xe2\x81\xaa" /* U+206A: shows nothing, turns nothing */
                    "e\xe2\x80\xa7" /* U+2027 */
                    "f\xe2\x80";
    text_scrub(turned);
    CHECK_STR(turned, "a?b?c?d\xe2\x81\xaa"
                      "e\xe2\x80\xa7"
                      "f??");
}

#define L63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"

static void dns_names(struct test *t)
{
    static const struct {
        const char *s, *want; /* NULL: refused */
    } rows[] = {
        {"vpn.example.com", "vpn.example.com"},
        {"VPN.Example.COM", "vpn.example.com"},
        {"*.example.com", "*.example.com"},
        {"xn--mnchen-3ya.example", "xn--mnchen-3ya.example"},
        {"a.b", "a.b"},
        {"1.2.3.4a", "1.2.3.4a"},
        {L63 ".com", L63 ".com"},
        {"", NULL},
        {".", NULL},
        {"example", NULL},
        {"*.com", NULL},
        {"*", NULL},
        {"**.example.com", NULL},
        {"a.*.example.com", NULL},
        {"v*.example.com", NULL},
        {"*.*.example.com", NULL},
        {"example.com.", NULL},
        {"a..b", NULL},
        {".a.b", NULL},
        {"-a.example", NULL},
        {"a-.example", NULL},
        {"a_b.example", NULL},
        {"a b.example", NULL},
        {"m\xc3\xbcnchen.example", NULL},
        {"1.2.3.4", NULL},
        {"::1", NULL},
        {"https://vpn.example.com", NULL},
        {"vpn.example.com:443", NULL},
        {L63 "d.com", NULL},
        {L63 "." L63 "." L63 "." L63, NULL}, /* 255 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};
        char out[256] = "";

        CHECK_INT(text_dns_name(rows[i].s, out, &err), rows[i].want ? 0 : -1);
        CHECK_STR(out, rows[i].want ? rows[i].want : "");
        CHECK_INT(err.code, rows[i].want ? ERR_NONE : ERR_USAGE);
    }
}

static void dns_name_length_is_exact(struct test *t)
{
    char out[256], name[] = L63 "." L63 "." L63 "." L63;
    struct err err = {0};

    name[253] = 0; /* three whole labels and one of 61 */
    CHECK_INT(text_dns_name(name, out, &err), 0);
    name[253] = 'x';
    name[254] = 0;
    CHECK_INT(text_dns_name(name, out, &err), -1);
}

static void unicode_names_get_a_hint(struct test *t)
{
    char out[256];
    struct err err = {0};

    CHECK_INT(text_dns_name("m\xc3\xbcnchen.example", out, &err), -1);
    CHECK(strstr(err.hint, "xn--") != NULL);
}

const struct test_case suite_text[] = {
    {"copies", copies},
    {"comparisons", comparisons},
    {"distances", distances},
    {"utf8_is_checked", utf8_is_checked},
    {"foreign_text_is_scrubbed", foreign_text_is_scrubbed},
    {"dns_names", dns_names},
    {"dns_name_length_is_exact", dns_name_length_is_exact},
    {"unicode_names_get_a_hint", unicode_names_get_a_hint},
    {NULL, NULL},
};
