/* SPDX-License-Identifier: Apache-2.0 */
/* Names outside of ASCII, and Punycode. */
#include "test.h"

#include "idn.h"

#include <string.h>

/* RFC 3492 7.1, without (F), (R) and (S), which need upper case or are ASCII alone. */
static const struct {
    const char *what, *ascii;
    uint32_t v[40];
} samples[] = {
    {"(A) Arabic (Egyptian)",
     "egbpdaj6bu4bxfgehfvwxn",
     {0x644, 0x64a, 0x647, 0x645, 0x627, 0x628, 0x62a, 0x643, 0x644, 0x645, 0x648, 0x634, 0x639,
      0x631, 0x628, 0x64a, 0x61f}},
    {"(B) Chinese (simplified)",
     "ihqwcrb4cv8a8dqg056pqjye",
     {0x4ed6, 0x4eec, 0x4e3a, 0x4ec0, 0x4e48, 0x4e0d, 0x8bf4, 0x4e2d, 0x6587}},
    {"(C) Chinese (traditional)",
     "ihqwctvzc91f659drss3x8bo0yb",
     {0x4ed6, 0x5011, 0x7232, 0x4ec0, 0x9ebd, 0x4e0d, 0x8aaa, 0x4e2d, 0x6587}},
    {"(E) Hebrew",
     "4dbcagdahymbxekheh6e0a7fei0b",
     {0x5dc, 0x5de, 0x5d4, 0x5d4, 0x5dd, 0x5e4, 0x5e9, 0x5d5, 0x5d8, 0x5dc, 0x5d0,
      0x5de, 0x5d3, 0x5d1, 0x5e8, 0x5d9, 0x5dd, 0x5e2, 0x5d1, 0x5e8, 0x5d9, 0x5ea}},
    {"(I) Russian",
     "b1abfaaepdrnnbgefbadotcwatmq2g4l",
     {0x43f, 0x43e, 0x447, 0x435, 0x43c, 0x443, 0x436, 0x435, 0x43e, 0x43d,
      0x438, 0x43d, 0x435, 0x433, 0x43e, 0x432, 0x43e, 0x440, 0x44f, 0x442,
      0x43f, 0x43e, 0x440, 0x443, 0x441, 0x441, 0x43a, 0x438}},
    {"(L) 3nenB gumi",
     "3B-ww4c5e180e575a65lsy2b",
     {0x33, 0x5e74, 0x42, 0x7d44, 0x91d1, 0x516b, 0x5148, 0x751f}},
    {"(N) Hello-Another-Way",
     "Hello-Another-Way--fc4qua05auwb3674vfr0b",
     {0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x2d,   0x41,   0x6e,   0x6f,   0x74,   0x68,   0x65,  0x72,
      0x2d, 0x57, 0x61, 0x79, 0x2d, 0x305d, 0x308c, 0x305e, 0x308c, 0x306e, 0x5834, 0x6240}},
    {"(O) under one roof 2",
     "2-u9tlzr9756bt3uc0v",
     {0x3072, 0x3068, 0x3064, 0x5c4b, 0x6839, 0x306e, 0x4e0b, 0x32}},
    {"(P) MajiDeKoisuru5",
     "MajiKoi5-783gue6qz075azm5e",
     {0x4d, 0x61, 0x6a, 0x69, 0x3067, 0x4b, 0x6f, 0x69, 0x3059, 0x308b, 0x35, 0x79d2, 0x524d}},
    {"(Q) PafiideRunba",
     "de-jg4avhby1noc0d",
     {0x30d1, 0x30d5, 0x30a3, 0x30fc, 0x64, 0x65, 0x30eb, 0x30f3, 0x30d0}},
};

static void punycode_as_in_the_rfc(struct test *t)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char ascii[IDN_MAX_LABEL + 1] = "";
        uint32_t v[IDN_MAX_LABEL];
        size_t n = 0, count = 0;
        while (samples[i].v[n])
            n++;
        CHECK(punycode_encode(samples[i].v, n, ascii, sizeof ascii));
        CHECK_STR(ascii, samples[i].ascii);
        if (!CHECK(punycode_decode(samples[i].ascii, strlen(samples[i].ascii), v, IDN_MAX_LABEL,
                                   &count)) ||
            !CHECK_MEM(v, count * sizeof *v, samples[i].v, n * sizeof *v))
            CHECK_STR(samples[i].what, "");
    }
}

static void punycode_keeps_its_bounds(struct test *t)
{
    static const char *const broken[] = {
        "a-\xc3\xbc", "99999999", "a-!", "9", "ls8h=", "a-b-99999999b",
    };
    uint32_t v[IDN_MAX_LABEL + 1] = {0xfc}, out[4];
    char ascii[8];
    size_t count = 0;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        if (!CHECK(!punycode_decode(broken[i], strlen(broken[i]), v, IDN_MAX_LABEL, &count)))
            CHECK_STR(broken[i], "");
    CHECK(punycode_decode("egbpd", 5, v, IDN_MAX_LABEL, &count));
    CHECK(!punycode_decode("egbpdaj6bu4bxfgehfvwxn", 22, out, 4, &count)); /* seventeen */
    CHECK(!punycode_decode("hello-tda", 9, out, 4, &count));               /* basic ones alone */
    v[0] = 0xfc;
    CHECK(punycode_encode(v, 1, ascii, sizeof ascii));
    CHECK_STR(ascii, "tda");
    CHECK(punycode_encode(v, 1, ascii, 4));
    CHECK(!punycode_encode(v, 1, ascii, 3));
    CHECK(!punycode_encode(v, IDN_MAX_LABEL + 1, ascii, sizeof ascii));
    v[0] = 0x110000;
    CHECK(!punycode_encode(v, 1, ascii, sizeof ascii));
}

static void names_become_a_labels(struct test *t)
{
    static const struct {
        const char *typed, *ascii, *shown;
    } cases[] = {
        {"VPN.Example.com", "vpn.example.com", NULL},
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example",
         "b\xc3\xbc"
         "cher.example"},
        {"*.VPN.B\xc3\xbc"
         "cher.example",
         "*.vpn.xn--bcher-kva.example",
         "*.vpn.b\xc3\xbc"
         "cher.example"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example",
         "b\xc3\xbc"
         "cher.example"},
        {"XN--Bcher-KVA.example", "xn--bcher-kva.example",
         "b\xc3\xbc"
         "cher.example"},
        {"stra\xc3\x9f"
         "e.de",
         "xn--strae-oqa.de",
         "stra\xc3\x9f"
         "e.de"},
        {"\xce\xb4\xce\xbf\xce\xba\xce\xb9\xce\xbc\xce\xae.gr", "xn--jxalpdlp.gr",
         "\xce\xb4\xce\xbf\xce\xba\xce\xb9\xce\xbc\xce\xae.gr"},
        {"\xd1\x80\xd1\x84.\xd1\x80\xd1\x84", "xn--p1ai.xn--p1ai",
         "\xd1\x80\xd1\x84.\xd1\x80\xd1\x84"},
        {"\xe4\xbe\x8b\xe5\xad\x90.example", "xn--fsqu00a.example",
         "\xe4\xbe\x8b\xe5\xad\x90.example"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[256] = "", shown[1024];
        struct err err = {0};
        if (!CHECK_INT(idn_to_ascii(cases[i].typed, out, &err), 0))
            CHECK_STR(err.text, "");
        CHECK_STR(out, cases[i].ascii);
        CHECK_INT(idn_to_unicode(out, shown, sizeof shown), cases[i].shown != NULL);
        if (cases[i].shown)
            CHECK_STR(shown, cases[i].shown);
    }
}

static void what_is_refused_and_why(struct test *t)
{
    static const struct {
        const char *typed, *why;
    } cases[] = {
        {"B\xc3\x9c"
         "CHER.de",
         "U+00DC is a capital letter; write it in lower case"},
        {"\xce\xa9.gr", "U+03A9 is a capital"},
        {"\xd0\x96.ru", "U+0416 is a capital"},
        {"\xc5\x81\xc3\xb3"
         "d\xc5\xba.pl",
         "U+0141 is a capital"},
        {"bu\xcc\x88"
         "cher.de",
         "U+0308 is a combining mark; write it composed"},
        {"b\xe2\x80\xae.de", "U+202E is invisible"},
        {"b\xc2\xa0.de", "U+00A0 is invisible"},
        {"b\xc2\x85.de", "U+0085 is invisible"},
        {"b\xe2\x80\x8d.de", "U+200D is invisible"},
        {"\xef\xbd\x81.de", "U+FF41 is of another width"},
        {"b\xc3\xbc\xe3\x80\x82"
         "de",
         "U+3002 is of another width"},
        {"\xe2\x99\xa5.de", "U+2665 is no letter"},
        {"\xf0\x9f\x92\xa9.de", "U+1F4A9 is no letter"},
        {"b\xc3.de", "is not UTF-8"},
        {"-\xc3\xbc.de", "hyphen"},
        {"ab--\xc3\xbc.de", "hyphen"},
        {"\xc3\xbc_x.de", "'_' is not allowed"},
        {"\xc3\xbc", "two labels"},
        {"\xc3\xbc.de.", "leave out the final dot"},
        {"xn--.de", "hyphen"},
        {"xn--bcher-k.de", "is no valid A-label"},
        {"xn--bcher.de", "is no valid A-label"},
        {"xn--bcher-.de", "hyphen"},
        {"xn--99999999.de", "is no valid A-label"},
        {"xn--l8h.de", "is no valid A-label"}, /* an arrow */
        {"\xc3\xbc"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.de",
         "too long"},
        {"\xc3\xbc"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.de",
         "63"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[256] = "untouched";
        struct err err = {0};
        CHECK_INT(idn_to_ascii(cases[i].typed, out, &err), -1);
        CHECK_INT(err.code, ERR_USAGE);
        if (!CHECK(strstr(err.text, cases[i].why) != NULL))
            CHECK_STR(err.text, cases[i].why);
        CHECK_STR(out, "untouched");
    }
}

const struct test_case suite_idn[] = {
    {"punycode_as_in_the_rfc", punycode_as_in_the_rfc},
    {"punycode_keeps_its_bounds", punycode_keeps_its_bounds},
    {"names_become_a_labels", names_become_a_labels},
    {"what_is_refused_and_why", what_is_refused_and_why},
    {NULL, NULL},
};
