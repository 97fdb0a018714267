/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "pki.h"
#include "test.h"
#include "text.h"

#include <string.h>

static const int64_t now = 1795312800; /* 2026-11-22T02:00:00Z */
enum { DAY_S = 86400 };

static const char *const two_names[] = {"vpn.example.com", "*.example.org"};

/* ---- requests ---- */

static void request(struct test *t)
{
    struct err err = {0};
    static const enum key_type types[] = {KEY_RSA2048, KEY_EC256, KEY_EC384};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct key *k = pki_key(types[i]);
        struct buf der = BUF_INIT(4096);
        char text[2048];
        CHECK(csr_make(k, two_names, 2, &der, &err) == 0);
        CHECK_STR(pki_request_text(der.p, der.len, text),
                  "vpn.example.com|vpn.example.com,*.example.org|");
        buf_clear(&der);
        key_free(k);
    }
}

/* RFC 5280: ub-common-name is 64, and an empty subject makes the SAN critical (4.2.1.6). */
static void request_of_a_long_name(struct test *t)
{
    static const char sixty_four[] =
        "a1234567890123456789012345678901234567890123456789012.example.com";
    struct err err = {0};
    struct key *k = pki_key(KEY_EC256);
    struct buf der = BUF_INIT(4096);
    char text[2048];
    const char *fits = sixty_four + 1, *longer = sixty_four;
    CHECK_INT(strlen(fits), 64);
    CHECK(csr_make(k, &fits, 1, &der, &err) == 0);
    CHECK_STR(pki_request_text(der.p, der.len, text), test_text(t, "%s|%s|", fits, fits));
    buf_reset(&der);
    CHECK(csr_make(k, &longer, 1, &der, &err) == 0);
    CHECK_STR(pki_request_text(der.p, der.len, text), test_text(t, "|%s|critical", longer));
    buf_clear(&der);
    CHECK(csr_make(k, NULL, 0, &der, &err) == -1);
    buf_clear(&der);
    key_free(k);
}

/* ---- certificates ---- */

static void self_signed(struct test *t)
{
    struct err err = {0};
    struct key *k = pki_key(KEY_RSA2048);
    struct cert_chain chain = {0};
    struct cert_info c = {0};
    struct buf spki = BUF_INIT(4096);
    uint8_t hash[SHA256_BYTES];

    REQUIRE(cert_self_signed(k, two_names, 2, now, now + 7 * DAY_S, &chain, &err) == 0);
    CHECK_INT(chain.count, 1);
    REQUIRE(cert_info_read(&c, chain.cert[0].der, chain.cert[0].len, &err) == 0);
    CHECK_INT(c.not_before, now);
    CHECK_INT(c.not_after, now + 7 * DAY_S);
    CHECK_STR(c.subject, "CN=vpn.example.com");
    CHECK_STR(c.issuer, "CN=vpn.example.com");
    CHECK_STR(c.issuer_cn, "vpn.example.com");
    CHECK_STR(c.key, "rsa2048");
    CHECK_INT(c.name_count, 2);
    CHECK_STR(c.names[0], two_names[0]);
    CHECK_STR(c.names[1], two_names[1]);
    CHECK(c.server_auth);
    CHECK(c.self_signed);
    CHECK_STR(c.ari_id, "");
    CHECK(strlen(c.serial) >= 30);

    CHECK(key_spki(k, &spki, &err) == 0);
    crypto_sha256(spki.p, spki.len, hash);
    CHECK_MEM(c.spki_sha256, sizeof hash, hash, sizeof hash);
    crypto_sha256(chain.cert[0].der, chain.cert[0].len, hash);
    CHECK_MEM(c.sha256, sizeof hash, hash, sizeof hash);
    crypto_sha1(chain.cert[0].der, chain.cert[0].len, hash);
    CHECK_MEM(c.sha1, sizeof c.sha1, hash, sizeof c.sha1);

    buf_clear(&spki);
    cert_info_clear(&c);
    CHECK(c.names == NULL);
    cert_chain_clear(&chain);
    key_free(k);
}

static void read_one(struct test *t, const struct pki_spec *spec, struct cert_info *c)
{
    struct err err = {0};
    struct cert_chain chain = {0};
    pki_issue(&chain, spec, spec->key);
    cert_info_clear(c);
    if (!CHECK(cert_info_read(c, chain.cert[0].der, chain.cert[0].len, &err) == 0))
        CHECK_STR(err.text, "");
    cert_chain_clear(&chain);
}

/* RFC 9773 4.1: the sign octet of the serial belongs to the identifier. */
static void ari_identifier(struct test *t)
{
    struct key *k = pki_key(KEY_EC256);
    struct cert_info c = {0};
    struct pki_spec spec = {.key = k,
                            .cn = "x",
                            .not_after = now,
                            .aki = "69885b6b87464041e1b37b847ba0ae2cde01c8d4",
                            .serial = "87654321"};
    read_one(t, &spec, &c);
    CHECK_STR(c.ari_id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
    CHECK_STR(c.serial, "87654321");
    spec.aki = NULL;
    spec.serial = "7f";
    read_one(t, &spec, &c);
    CHECK_STR(c.ari_id, "");
    CHECK_STR(c.serial, "7f");
    cert_info_clear(&c);
    key_free(k);
}

static void usages(struct test *t)
{
    static const struct {
        const char *usage;
        bool want;
    } cases[] = {
        {NULL, true},
        {"serverAuth", true},
        {"clientAuth,serverAuth", true},
        {"anyExtendedKeyUsage", true},
        {"clientAuth", false},
    };
    struct key *k = pki_key(KEY_EC384);
    struct cert_info c = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pki_spec spec = {.key = k, .cn = "x", .not_after = now, .usage = cases[i].usage};
        read_one(t, &spec, &c);
        CHECK_INT(c.server_auth, cases[i].want);
        CHECK_STR(c.key, "ec384");
    }
    cert_info_clear(&c);
    key_free(k);
}

static void odd_names(struct test *t)
{
    static const char *const names[] = {"a.example"};
    struct key *k = pki_key(KEY_EC256);
    struct cert_info c = {0};
    char longer[65];
    struct pki_spec spec = {.key = k,
                            .cn = "B\xC3\xBCro",
                            .names = names,
                            .name_count = 1,
                            .email = "ops@example.com",
                            .not_after = now};
    read_one(t, &spec, &c);
    CHECK_STR(c.subject, "CN=B\xC3\xBCro");
    CHECK_INT(c.name_count, 1); /* the address is no dNSName */
    spec.cn = NULL;
    read_one(t, &spec, &c);
    CHECK_STR(c.subject, "");
    CHECK_STR(c.issuer_cn, "");
    spec.cn = "line\nfeed";
    read_one(t, &spec, &c);
    CHECK(strchr(c.subject, '\n') == NULL);
    CHECK_STR(c.issuer_cn, "line?feed");
    /* Cut between characters: the array ends inside the 64th of two octets each. */
    memset(longer, 'a', 64);
    longer[64] = '\0';
    spec.cn = longer;
    read_one(t, &spec, &c);
    CHECK_STR(c.issuer_cn, longer);
    cert_info_clear(&c);
    key_free(k);
}

static void too_many_names(struct test *t)
{
    struct err err = {0};
    struct key *k = pki_key(KEY_EC256);
    struct cert_chain chain = {0};
    struct cert_info c = {0};
    const char *names[CERT_MAX_NAMES + 1];
    for (int i = 0; i <= CERT_MAX_NAMES; i++)
        names[i] = test_text(t, "n%d.example", i);
    struct pki_spec spec = {
        .key = k, .cn = "x", .names = names, .not_after = now, .name_count = CERT_MAX_NAMES};
    read_one(t, &spec, &c);
    CHECK_INT(c.name_count, CERT_MAX_NAMES);
    cert_info_clear(&c);
    spec.name_count = CERT_MAX_NAMES + 1;
    pki_issue(&chain, &spec, k);
    CHECK(cert_info_read(&c, chain.cert[0].der, chain.cert[0].len, &err) == -1);
    CHECK_STR(err.text, "certificate CN=x: more than 100 names");
    CHECK(c.names == NULL);
    cert_chain_clear(&chain);
    key_free(k);
}

/* Every truncation, and what stands behind a certificate, is refused. */
static void broken_der(struct test *t)
{
    struct key *k = pki_key(KEY_EC256);
    struct cert_chain chain = {0};
    struct cert_info c = {0};
    struct pki_spec spec = {
        .key = k, .cn = "x", .names = two_names, .name_count = 2, .not_after = now};
    pki_issue(&chain, &spec, k);
    size_t len = chain.cert[0].len;
    uint8_t more[2048];
    REQUIRE(len < sizeof more);
    memcpy(more, chain.cert[0].der, len);
    more[len] = 0;
    for (size_t n = 0; n < len + 2; n++) {
        struct err err = {0};
        if (n != len)
            CHECK(cert_info_read(&c, more, n < len ? n : len + 1, &err) == -1);
    }
    /* A flipped octet must not crash; most are noticed only by the signature. */
    for (size_t i = 0; i < len; i++) {
        struct err err = {0};
        more[i] ^= 0x41;
        if (cert_info_read(&c, more, len, &err) == 0)
            cert_info_clear(&c);
        more[i] ^= 0x41;
    }
    cert_chain_clear(&chain);
    key_free(k);
}

const struct test_case suite_crypto_cert[] = {
    {"request", request},
    {"request_of_a_long_name", request_of_a_long_name},
    {"self_signed", self_signed},
    {"ari_identifier", ari_identifier},
    {"usages", usages},
    {"odd_names", odd_names},
    {"too_many_names", too_many_names},
    {"broken_der", broken_der},
    {NULL, NULL},
};
