/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "pki.h"
#include "test.h"

#include <string.h>

static const int64_t now = 1795312800; /* 2026-11-22T02:00:00Z */
enum { DAY_S = 86400 };

static const char *const names[] = {"vpn.example.com"};
static const char friendly[] = "rras-acme vpn B\xC3\xBCro";

static struct cert_chain make_chain(const struct key *leaf, const struct key *ca)
{
    struct cert_chain c = {0};
    struct pki_spec root = {.key = ca, .cn = "Root", .ca = true, .not_after = now + DAY_S};
    struct pki_spec own = {.key = leaf,
                           .cn = names[0],
                           .names = names,
                           .name_count = 1,
                           .usage = "serverAuth",
                           .not_after = now + DAY_S};
    pki_issue(&c, &root, ca);
    pki_issue(&c, &own, ca);
    return c;
}

static void both_styles_and_back(struct test *t)
{
    static const struct {
        enum key_type type;
        enum pfx_style style;
        const char *password, *text;
    } cases[] = {
        {KEY_RSA2048, PFX_MODERN, "s3cret", "AES-256-CBC|SHA256"},
        {KEY_EC256, PFX_MODERN, "", "AES-256-CBC|SHA256"},
        {KEY_RSA2048, PFX_LEGACY, "s3cret", "PBE-SHA1-3DES|SHA1"},
        {KEY_EC384, PFX_LEGACY, "p\xC3\xA4ss", "PBE-SHA1-3DES|SHA1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct key *k = pki_key(cases[i].type), *ca = pki_key(KEY_EC256), *back = NULL;
        struct cert_chain c = make_chain(k, ca), chain = {0};
        struct buf pfx = BUF_INIT(64 * 1024);
        char text[512];
        const char *password = cases[i].password;
        CHECK(pfx_make(k, &c, friendly, password, cases[i].style, &pfx, &err) == 0);
        CHECK_STR(pki_pfx_text(pfx.p, pfx.len, password, text),
                  test_text(t, "%s|%s", friendly, cases[i].text));
        if (CHECK(pfx_read(pfx.p, pfx.len, password, &back, &chain, &err) == 0)) {
            CHECK(key_same_public(back, k));
            CHECK_INT(chain.count, 2);
            for (size_t j = 0; j < chain.count; j++)
                CHECK_MEM(chain.cert[j].der, chain.cert[j].len, c.cert[j].der, c.cert[j].len);
        }
        CHECK_STR(err.text, "");
        buf_wipe(&pfx);
        cert_chain_clear(&c);
        cert_chain_clear(&chain);
        key_free(k);
        key_free(ca);
        key_free(back);
    }
}

static void refusals(struct test *t)
{
    struct err err = {0};
    struct key *k = pki_key(KEY_EC256), *ca = pki_key(KEY_EC256), *back = NULL;
    struct cert_chain c = make_chain(k, ca), chain = {0}, none = {0};
    struct buf pfx = BUF_INIT(64 * 1024), out = BUF_INIT(64 * 1024);
    CHECK(pfx_make(k, &c, friendly, "right", PFX_MODERN, &pfx, &err) == 0);

    CHECK(pfx_read(pfx.p, pfx.len, "wrong", &back, &chain, &err) == -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK_STR(err.text, "PFX: wrong password");
    err_clear(&err);
    CHECK(pfx_read("no such thing", 13, "", &back, &chain, &err) == -1);
    CHECK_STR(err.text, "PFX: this is no PKCS#12 file");
    err_clear(&err);
    CHECK(pfx_read(pfx.p, pfx.len / 2, "right", &back, &chain, &err) == -1);
    CHECK_INT(err.code, ERR_USAGE);
    err_clear(&err);
    CHECK(pfx_read(NULL, 0, "", &back, &chain, &err) == -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK(back == NULL);
    CHECK_INT(chain.count, 0);

    /* A certificate for another key is not packed. */
    err_clear(&err);
    CHECK(pfx_make(ca, &c, friendly, "right", PFX_MODERN, &out, &err) == -1);
    CHECK_INT(err.code, ERR_FAIL);
    err_clear(&err);
    CHECK(pfx_make(k, &none, friendly, "right", PFX_MODERN, &out, &err) == -1);
    CHECK_STR(err.text, "PFX: no certificate");
    CHECK_INT(out.len, 0);

    buf_wipe(&pfx);
    buf_wipe(&out);
    cert_chain_clear(&c);
    key_free(k);
    key_free(ca);
}

static void old_cipher(struct test *t)
{
    struct err err = {0};
    struct key *k = pki_key(KEY_RSA2048), *ca = pki_key(KEY_EC256), *back = NULL;
    struct cert_chain c = make_chain(k, ca), chain = {0};
    struct buf pfx = BUF_INIT(64 * 1024);
    pki_pfx_rc2(k, &c, "old", &pfx);
    CHECK(pfx_read(pfx.p, pfx.len, "old", &back, &chain, &err) == 0);
    CHECK_STR(err.text, "");
    CHECK(back != NULL && key_same_public(back, k));
    CHECK_INT(chain.count, 1);
    buf_wipe(&pfx);
    cert_chain_clear(&c);
    cert_chain_clear(&chain);
    key_free(k);
    key_free(ca);
    key_free(back);
}

const struct test_case suite_crypto_pfx[] = {
    {"both_styles_and_back", both_styles_and_back},
    {"refusals", refusals},
    {"old_cipher", old_cipher},
    {NULL, NULL},
};
