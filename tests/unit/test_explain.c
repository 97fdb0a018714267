/* SPDX-License-Identifier: Apache-2.0 */
/* What numbers and messages mean: each kind is found in the forms that people paste. */
#include "doctor/doctor.h"
#include "doctor/explain.h"
#include "doctor/explain_table.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void what_people_paste_is_explained(struct test *t)
{
    static const struct {
        const char *given, *what, *says; /* of one of the explanations */
        size_t n;                        /* how many there are; 0 = any */
    } cases[] = {
        {"1312", "Win32 error 1312 of http.sys", "private key", 1},
        {"0x80070520", "0x80070520 of http.sys", "private key", 1},
        {"0X80070520", "0x80070520 of http.sys", "private key", 1},
        {"-2147023584", "0x80070520 of http.sys", "private key", 1},
        {"8", "RasSstp event 8", "HTTP layer", 1},
        {"event 13", "RasSstp event 13", "IPv6", 1},
        {"Event ID 13", "RasSstp event 13", "IPv6", 1},
        {"RasSstp 24", "RasSstp event 24", "different certificates", 1},
        {"13", "RasSstp event 13", "IPv6", 3},
        {"13", "Win32 error 13 of a service", "contradictory", 3},
        {"win32 13", "Win32 error 13 of a service", "contradictory", 2},
        {"5", "Win32 error 5 of a service", "denied", 0},
        {"691", "RAS error 691", "password", 1},
        {"RAS error 800", "RAS error 800", "no tunnel", 1},
        {"Error 809:", "RAS error 809", "UDP 500", 1},
        {"0x80072746", "0x80072746", "reset", 1},
        {"10054", "Win32 error 10054", "reset", 1},
        {"0x8007274C", "0x8007274C", "no answer in time", 1},
        {"0x800704c9", "0x800704C9", "SSTP port", 1},
        {"0x80090016", "0x80090016 of a certificate or key", "container", 1},
        {"Error 0x800B0109: A certificate chain processed, but terminated in a root certificate "
         "which is not trusted by the trust provider.",
         "0x800B0109", "does not trust the root", 1},
        {"The certificate's CN name does not match the passed value.", "0x800B010F", "name", 1},
        {"Can't connect to VPN\nThe revocation function was unable to check revocation because the "
         "revocation server was offline.",
         "0x80092013", "cannot be reached", 0},
        {"SSL Certificate add failed, Error: 1312 A specified logon session does not exist.",
         "Win32 error 1312 of http.sys", "private key", 1},
        {"CoId={GUID}: The user dialed a connection named VPN which has failed. The error code "
         "returned on failure is 812.",
         "RAS error 812", "policy", 1},
        {"the crypto binding failed", "RasSstp event 6", "crypto binding", 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct explanation e[EXPLAIN_MAX];
        size_t n = explain(cases[i].given, e);
        bool found = false;
        for (size_t k = 0; k < n; k++)
            found |= strcmp(e[k].what, cases[i].what) == 0 && strstr(e[k].text, cases[i].says);
        if (!CHECK(found) || (cases[i].n && !CHECK_INT(n, cases[i].n)))
            printf("  %s: %zu, first %s: %s\n", cases[i].given, n, n ? e[0].what : "-",
                   n ? e[0].text : "-");
    }
}

static void what_says_nothing_is_not_explained(struct test *t)
{
    static const char *const cases[] = {
        "",   "   ",   "0",        "99999999999999999999", "0x",          "0xzz",
        "-",  "hello", "port 443", "2 of 13 certificates", "0x123456789", "event 999",
        "13a"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct explanation e[EXPLAIN_MAX];
        if (!CHECK_INT(explain(cases[i], e), 0))
            printf("  %s: %s\n", cases[i], e[0].what);
    }
}

/* Every check that is named is one; no entry is there twice. */
static void the_table_is_sound(struct test *t)
{
    for (const struct explain_entry *e = explain_entries; e->text; e++) {
        REQUIRE(e->see != NULL);
        for (const char *p = e->see; *p;) {
            size_t n = strcspn(p, " ");
            const char *id = test_text(t, "%.*s", (int)n, p);
            if (!CHECK(doctor_row_find(id) != NULL))
                printf("  %s: no such check\n", id);
            p += n + (p[n] == ' ');
        }
        for (const struct explain_entry *o = explain_entries; o != e; o++)
            CHECK(o->kind != e->kind || o->number != e->number);
    }
    for (const struct explain_phrase *p = explain_phrases; p->part; p++) {
        struct explanation e[EXPLAIN_MAX];
        CHECK(explain(p->part, e) > 0);
        for (const char *c = p->part; *c; c++)
            CHECK(*c < 'A' || *c > 'Z');
    }
}

static void the_first_number_is_found(struct test *t)
{
    uint32_t n = 0;

    CHECK(explain_number("Error 0x80072EFD happened at 12", &n));
    CHECK_INT(n, 0x80072EFD);
    CHECK(!explain_number("RRAS2019 says nothing", &n));
}

const struct test_case suite_explain[] = {
    {"what_people_paste_is_explained", what_people_paste_is_explained},
    {"what_says_nothing_is_not_explained", what_says_nothing_is_not_explained},
    {"the_table_is_sound", the_table_is_sound},
    {"the_first_number_is_found", the_first_number_is_found},
    {NULL, NULL},
};
