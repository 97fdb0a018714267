/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { EARLY = 1000000000, NOW = 1700000000, LATE = 1800000000 };

/* root -> intermediate -> leaf */
struct world {
    struct key *root_key, *ca_key, *key;
    struct cert_chain root, ca, leaf;
};

static void world_make(struct world *w, int64_t ca_until)
{
    static const char *const names[] = {"vpn.example.com", "*.gate.example.com"};
    struct pki_spec root = {.cn = "Root", .ca = true, .not_before = EARLY, .not_after = LATE};
    struct pki_spec ca = {.cn = "CA", .ca = true, .not_before = EARLY, .not_after = ca_until};
    struct pki_spec leaf = {.cn = names[0],
                            .names = names,
                            .name_count = 2,
                            .usage = "serverAuth",
                            .not_before = EARLY,
                            .not_after = LATE};
    *w = (struct world){pki_key(KEY_EC256), pki_key(KEY_EC256), pki_key(KEY_EC256),
                        {.count = 0},       {.count = 0},       {.count = 0}};
    root.key = w->root_key;
    ca.key = w->ca_key;
    leaf.key = w->key;
    pki_issue(&w->root, &root, w->root_key);
    pki_issue(&w->ca, &root, w->root_key);
    pki_issue(&w->ca, &ca, w->root_key);
    pki_issue(&w->leaf, &root, w->root_key);
    pki_issue(&w->leaf, &ca, w->root_key);
    pki_issue(&w->leaf, &leaf, w->ca_key);
}

static void world_clear(struct world *w)
{
    key_free(w->root_key);
    key_free(w->ca_key);
    key_free(w->key);
    cert_chain_clear(&w->root);
    cert_chain_clear(&w->ca);
    cert_chain_clear(&w->leaf);
}

/* The first `n` of the chain, judged by the first certificate of `roots`. */
static int trusted(struct test *t, const struct cert_chain *chain, size_t n,
                   const struct cert_chain *roots, int64_t now, struct err *err)
{
    struct cert_chain sent = {.count = 0}, one = {.count = 0};
    struct buf pem = BUF_INIT(64 * 1024);
    int rc = 0;
    for (size_t i = 0; i < n; i++)
        rc |= cert_chain_add(&sent, chain->cert[i].der, chain->cert[i].len, err);
    if (roots != NULL) {
        rc |= cert_chain_add(&one, roots->cert[0].der, roots->cert[0].len, err);
        rc |= cert_chain_to_pem(&one, &pem, err);
    }
    CHECK_INT(rc, 0);
    rc = cert_chain_trusted(&sent, roots != NULL ? buf_str(&pem) : NULL, pem.len, now, err);
    cert_chain_clear(&sent);
    cert_chain_clear(&one);
    buf_clear(&pem);
    return rc;
}

static void judges(struct test *t)
{
    struct world w, expired;
    world_make(&w, LATE);
    world_make(&expired, NOW - 1);
    const struct {
        const char *what;
        const struct cert_chain *chain;
        size_t sent;
        const struct cert_chain *roots;
        int64_t now;
        const char *trouble; /* NULL = trusted */
    } cases[] = {
        {"whole", &w.leaf, 2, &w.root, NOW, NULL},
        {"root sent, too", &w.leaf, 3, &w.root, NOW, NULL},
        {"an intermediate is enough", &w.leaf, 1, &w.ca, NOW, NULL},
        {"the leaf itself", &w.leaf, 1, &w.leaf, NOW, NULL},
        {"intermediate not sent", &w.leaf, 1, &w.root, NOW, "unable to get local issuer"},
        {"another root", &w.leaf, 3, &expired.root, NOW, "signature failure"},
        {"intermediate expired", &expired.leaf, 2, &expired.root, NOW, "expired"},
        {"too late", &w.leaf, 2, &w.root, LATE + 1, "expired"},
        {"no root of this system", &w.leaf, 3, NULL, NOW, "certificate chain: "},
        {"nothing sent", &w.leaf, 0, &w.root, NOW, "empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        int rc = trusted(t, cases[i].chain, cases[i].sent, cases[i].roots, cases[i].now, &err);
        if (!CHECK_INT(rc, cases[i].trouble == NULL ? 0 : -1) ||
            !CHECK(cases[i].trouble == NULL || strstr(err.text, cases[i].trouble) != NULL))
            CHECK_STR(err.text, cases[i].what);
        CHECK(cases[i].trouble == NULL || err.code == ERR_CHECK);
    }
    world_clear(&w);
    world_clear(&expired);
}

static void needs_roots(struct test *t)
{
    struct cert_chain none = {.count = 0};
    struct err err = {0};
    CHECK_INT(cert_chain_trusted(&none, "no PEM", 6, NOW, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    err_clear(&err);
    CHECK_INT(cert_chain_add(&none, (const uint8_t *)"x", 1, &err), -1);
    CHECK_INT(err.code, ERR_FAIL);
}

static void matches_names(struct test *t)
{
    static const struct {
        const char *host;
        bool match;
    } cases[] = {
        {"vpn.example.com", true},
        {"VPN.Example.COM", true},
        {"a.gate.example.com", true},
        {"gate.example.com", false},
        {"a.b.gate.example.com", false},
        {"vpn.example.org", false},
        {".gate.example.com", false},
        {"vpn", false},
        {"", false},
        {"*.gate.example.com", true},
    };
    struct world w;
    struct cert_info info = {0};
    struct err err = {0};
    world_make(&w, LATE);
    REQUIRE(cert_info_read(&info, w.leaf.cert[0].der, w.leaf.cert[0].len, &err) == 0);
    CHECK_STR(info.crl_url, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (!CHECK_INT(cert_names_match(&info, cases[i].host), cases[i].match))
            CHECK_STR(cases[i].host, "");
    cert_info_clear(&info);
    world_clear(&w);
}

const struct test_case suite_crypto_trust[] = {
    {"judges", judges},
    {"needs_roots", needs_roots},
    {"matches_names", matches_names},
    {NULL, NULL},
};
