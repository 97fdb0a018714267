/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "pki.h"
#include "test.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const int64_t now = 1795312800; /* 2026-11-22T02:00:00Z */
enum { DAY_S = 86400, HOUR_S = 3600 };

static const char *const names[] = {"vpn.example.com", "alt.example.com"};

/* leaf, intermediate 2, intermediate 1, root */
struct world {
    struct key *leaf_key, *other_key, *ca_key[3];
    struct cert_chain chain;
};

static void world_make(struct world *w, const struct pki_spec *leaf)
{
    struct pki_spec ca = {.ca = true, .not_before = now - DAY_S, .not_after = now + 99 * DAY_S};
    static const char *const cn[] = {"Root", "Middle 1", "Middle 2"};
    struct pki_spec own = leaf != NULL ? *leaf
                                       : (struct pki_spec){.cn = names[0],
                                                           .names = names,
                                                           .name_count = 2,
                                                           .usage = "serverAuth",
                                                           .not_before = now - HOUR_S,
                                                           .not_after = now + 90 * DAY_S};
    *w = (struct world){.leaf_key = pki_key(KEY_EC256), .other_key = pki_key(KEY_EC256)};
    for (int i = 0; i < 3; i++) {
        w->ca_key[i] = pki_key(KEY_EC256);
        ca.key = w->ca_key[i];
        ca.cn = cn[i];
        pki_issue(&w->chain, &ca, w->ca_key[i > 0 ? i - 1 : 0]);
    }
    own.key = w->leaf_key;
    pki_issue(&w->chain, &own, w->ca_key[2]);
}

static void world_clear(struct world *w)
{
    key_free(w->leaf_key);
    key_free(w->other_key);
    for (int i = 0; i < 3; i++)
        key_free(w->ca_key[i]);
    cert_chain_clear(&w->chain);
}

static struct cert_wanted wanted(const struct world *w)
{
    return (struct cert_wanted){.key = w->leaf_key, .names = names, .name_count = 2, .now = now};
}

static void swap(struct cert_chain *c, size_t i, size_t j)
{
    uint8_t *der = c->cert[i].der;
    size_t len = c->cert[i].len;
    c->cert[i] = c->cert[j];
    c->cert[j].der = der;
    c->cert[j].len = len;
}

/* "vpn.example.com, Middle 2, ..." without the attribute type */
static const char *subjects(struct test *t, const struct cert_chain *c)
{
    const char *all = "";
    for (size_t i = 0; i < c->count; i++) {
        struct err err = {0};
        struct cert_info info = {0};
        if (CHECK(cert_info_read(&info, c->cert[i].der, c->cert[i].len, &err) == 0))
            all = test_text(t, "%s%s%s", all, i > 0 ? ", " : "", info.subject + strlen("CN="));
        cert_info_clear(&info);
    }
    return all;
}

/* ---- PEM ---- */

static void pem_and_back(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct cert_chain back = {0};
    struct buf pem = BUF_INIT(64 * 1024), again = BUF_INIT(64 * 1024);
    world_make(&w, NULL);
    CHECK(cert_chain_to_pem(&w.chain, &pem, &err) == 0);
    CHECK(text_starts(buf_str(&pem), "-----BEGIN CERTIFICATE-----\nMII"));
    REQUIRE(cert_chain_from_pem(&back, pem.p, pem.len, "answer", &err) == 0);
    REQUIRE(back.count == 4);
    for (size_t i = 0; i < 4; i++)
        CHECK_MEM(back.cert[i].der, back.cert[i].len, w.chain.cert[i].der, w.chain.cert[i].len);
    CHECK(cert_chain_to_pem(&back, &again, &err) == 0);
    CHECK_STR(buf_str(&again), buf_str(&pem));
    CHECK(cert_pem_check(pem.p, pem.len, "roots.pem", &err) == 0);
    buf_clear(&pem);
    buf_clear(&again);
    cert_chain_clear(&back);
    world_clear(&w);
}

static void foreign_pems(struct test *t)
{
    struct world w;
    struct err none = {0};
    struct buf one = BUF_INIT(8192);
    world_make(&w, NULL);
    w.chain.count = 1;
    CHECK(cert_chain_to_pem(&w.chain, &one, &none) == 0);
    w.chain.count = 4;
    const char *cert = buf_str(&one);
    const char *with_crlf = test_text(t, "hello\r\n%s\r\nbye", cert);
    const struct {
        const char *text, *chain_error, *roots_error; /* NULL = accepted */
    } cases[] = {
        {cert, NULL, NULL},
        {with_crlf, NULL, NULL},
        {"", "answer: no certificate in it", "answer: no certificate in PEM form in it"},
        {"nothing here", "answer: no certificate in it",
         "answer: no certificate in PEM form in it"},
        /* RFC 8555 11.4: a planted key refuses the whole text, wherever it stands. */
        {test_text(t, "%s-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", cert),
         "answer: holds something other than certificates (a \"-----BEGIN\" line that names "
         "another "
         "kind)",
         NULL},
        {test_text(t, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n%s", cert),
         "answer: holds something other than certificates (a \"-----BEGIN\" line that names "
         "another "
         "kind)",
         NULL},
        {"-----BEGIN CERTIFICATE-----\nMIIB", "answer: certificate without END line",
         "answer: certificate without END line"},
        {"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
         "answer: certificate that is no base64", "answer: certificate that is no base64"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
         "answer: a certificate cannot be read", "answer: certificate 1 cannot be read"},
        {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
         "answer: a certificate cannot be read", "answer: certificate 1 cannot be read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0}, roots = {0};
        struct cert_chain c = {0};
        const char *text = cases[i].text;
        bool ok = cert_chain_from_pem(&c, text, strlen(text), "answer", &err) == 0;
        CHECK_STR(err.text, cases[i].chain_error != NULL ? cases[i].chain_error : "");
        CHECK_INT(err.code, ok ? ERR_NONE : ERR_CA);
        CHECK_INT(c.count, ok ? 1 : 0);
        CHECK(cert_pem_check(text, strlen(text), "answer", &roots) ==
              (cases[i].roots_error != NULL ? -1 : 0));
        CHECK_STR(roots.text, cases[i].roots_error != NULL ? cases[i].roots_error : "");
        cert_chain_clear(&c);
    }
    buf_clear(&one);
    world_clear(&w);
}

static void too_many_certificates(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct buf pem = BUF_INIT(64 * 1024);
    struct cert_chain c = {0};
    world_make(&w, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(cert_chain_to_pem(&w.chain, &pem, &err) == 0);
    CHECK(cert_chain_from_pem(&c, pem.p, pem.len, "answer", &err) == -1);
    CHECK_STR(err.text, "answer: chain: more than 10 certificates");
    CHECK_INT(c.count, 0);
    buf_clear(&pem);
    world_clear(&w);
}

/* ---- order ---- */

static void order_is_mended(struct test *t)
{
    static const int orders[][3] = {{1, 2, 3}, {3, 2, 1}, {2, 1, 3}, {3, 1, 2}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct world w;
        struct err err = {0};
        world_make(&w, NULL);
        struct cert_chain mixed = w.chain;
        for (size_t j = 0; j < 3; j++)
            mixed.cert[j + 1] = w.chain.cert[orders[i][j]];
        w.chain = mixed;
        struct cert_wanted want = wanted(&w);
        CHECK(cert_chain_check(&w.chain, &want, &err) == 0);
        CHECK_STR(err.text, "");
        CHECK_STR(subjects(t, &w.chain), "vpn.example.com, Middle 2, Middle 1, Root");
        world_clear(&w);
    }
}

static void strangers_are_dropped(struct test *t)
{
    struct world w;
    struct err err = {0};
    world_make(&w, NULL);
    /* A certificate of the same name as Middle 2, but another key: only the signature tells. */
    struct cert_chain fake = {0};
    struct pki_spec spec = {.key = w.other_key,
                            .cn = "Middle 2",
                            .ca = true,
                            .not_before = now,
                            .not_after = now + DAY_S};
    pki_issue(&fake, &spec, w.other_key);
    w.chain.cert[4] = fake.cert[0];
    w.chain.count = 5;
    swap(&w.chain, 1, 4);
    struct cert_wanted want = wanted(&w);
    CHECK(cert_chain_check(&w.chain, &want, &err) == 0);
    CHECK_STR(subjects(t, &w.chain), "vpn.example.com, Middle 2, Middle 1, Root");
    world_clear(&w);
}

static void chains_may_end_anywhere(struct test *t)
{
    for (size_t keep = 1; keep <= 4; keep++) {
        struct world w;
        struct err err = {0};
        world_make(&w, NULL);
        while (w.chain.count > keep)
            free(w.chain.cert[--w.chain.count].der);
        struct cert_wanted want = wanted(&w);
        CHECK(cert_chain_check(&w.chain, &want, &err) == 0);
        CHECK_INT(w.chain.count, keep);
        world_clear(&w);
    }
}

static void missing_issuer(struct test *t)
{
    struct world w;
    struct err err = {0};
    world_make(&w, NULL);
    swap(&w.chain, 1, 3);
    free(w.chain.cert[--w.chain.count].der);
    struct cert_wanted want = wanted(&w);
    CHECK(cert_chain_check(&w.chain, &want, &err) == -1);
    CHECK_INT(err.code, ERR_CA);
    CHECK_STR(err.text,
              "certificate chain: none of the 2 certificates that came with the first one "
              "signed it");
    world_clear(&w);
}

static void empty_chain(struct test *t)
{
    struct err err = {0};
    struct cert_chain c = {0};
    struct cert_wanted want = {.now = now};
    CHECK(cert_chain_check(&c, &want, &err) == -1);
    CHECK_STR(err.text, "certificate chain: empty");
}

/* ---- the leaf ---- */

static void leaf_is_checked(struct test *t)
{
    static const char *const one[] = {"vpn.example.com"};
    static const char *const three[] = {"vpn.example.com", "alt.example.com", "c.example.com"};
    static const char *const upper[] = {"ALT.example.com", "VPN.EXAMPLE.COM"};
    const int64_t from = now - HOUR_S, to = now + DAY_S;
    const struct {
        const char *const *names;
        size_t name_count;
        const char *usage;
        int64_t not_before, not_after;
        const char *error; /* "" = accepted */
    } cases[] = {
        {names, 2, "serverAuth", from, to, ""},
        {names, 2, NULL, from, to, ""},
        {upper, 2, "serverAuth", from, to, ""},
        {one, 1, "serverAuth", from, to,
         "certificate names vpn.example.com; wanted vpn.example.com, alt.example.com"},
        {three, 3, "serverAuth", from, to,
         "certificate names vpn.example.com, alt.example.com, c.example.com; wanted "
         "vpn.example.com, alt.example.com"},
        {NULL, 0, "serverAuth", from, to,
         "certificate names nothing; wanted vpn.example.com, alt.example.com"},
        {names, 2, "clientAuth", from, to,
         "certificate CN=leaf is not for servers (extended key usage)"},
        {names, 2, "serverAuth", from, now, "certificate CN=leaf expired at 2026-11-22T02:00:00Z"},
        {names, 2, "serverAuth", from, now + 1, ""},
        {names, 2, "serverAuth", now + HOUR_S, to, ""},
        {names, 2, "serverAuth", now + HOUR_S + 1, to,
         "certificate CN=leaf is not valid before 2026-11-22T03:00:01Z (is this clock right?)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct world w;
        struct pki_spec leaf = {.cn = "leaf",
                                .names = cases[i].names,
                                .name_count = cases[i].name_count,
                                .usage = cases[i].usage,
                                .not_before = cases[i].not_before,
                                .not_after = cases[i].not_after};
        world_make(&w, &leaf);
        struct cert_wanted want = wanted(&w);
        int rc = cert_chain_check(&w.chain, &want, &err);
        CHECK_STR(err.text, cases[i].error);
        CHECK_INT(rc, cases[i].error[0] == '\0' ? 0 : -1);
        CHECK_INT(err.code, cases[i].error[0] == '\0' ? ERR_NONE : ERR_CA);
        CHECK_INT(w.chain.count, 4);
        world_clear(&w);
    }
}

static void another_key(struct test *t)
{
    struct world w;
    struct err err = {0};
    world_make(&w, NULL);
    struct cert_wanted want = wanted(&w);
    want.key = w.other_key;
    CHECK(cert_chain_check(&w.chain, &want, &err) == -1);
    CHECK_STR(err.text,
              "certificate CN=vpn.example.com is for another key (ec256) than the request (ec256)");
    err_clear(&err);
    want.key = NULL;
    want.name_count = 0;
    CHECK(cert_chain_check(&w.chain, &want, &err) == 0);
    world_clear(&w);
}

const struct test_case suite_crypto_chain[] = {
    {"pem_and_back", pem_and_back},
    {"foreign_pems", foreign_pems},
    {"too_many_certificates", too_many_certificates},
    {"order_is_mended", order_is_mended},
    {"strangers_are_dropped", strangers_are_dropped},
    {"chains_may_end_anywhere", chains_may_end_anywhere},
    {"missing_issuer", missing_issuer},
    {"empty_chain", empty_chain},
    {"leaf_is_checked", leaf_is_checked},
    {"another_key", another_key},
    {NULL, NULL},
};
