/* SPDX-License-Identifier: Apache-2.0 */
/* Requests by a key that stays where it is. */
#include "crypto.h"
#include "pki.h"
#include "test.h"

#include <string.h>

static const char *const names[] = {"vpn.example.com", "*.example.org"};

enum answer { RIGHT, OTHER_KEY, SHORT, LONG, NOTHING, TOO_LONG, ZERO, REFUSES };

/* A provider's key: signs as told, and counts. */
struct provider {
    struct key *key, *other;
    struct buf spki;
    enum answer answer;
    size_t digest_len;
    int asked;
};

static int sign(void *self, const uint8_t *digest, size_t len, struct buf *out, struct err *err)
{
    static const uint8_t zero[2048];
    struct provider *p = self;
    struct buf sig = BUF_INIT(1024);
    int rc = 0;

    p->asked++;
    p->digest_len = len;
    if (p->answer == REFUSES)
        return err_set(err, ERR_FAIL, "key container: gone");
    if (pki_sign_digest(p->answer == OTHER_KEY ? p->other : p->key, digest, len, &sig) != 0)
        rc = err_set(err, ERR_FAIL, "test: no signature");
    if (p->answer == ZERO)
        buf_add(out, zero, sig.len);
    else if (p->answer != NOTHING)
        buf_add(out, sig.p, p->answer == SHORT ? sig.len - 1 : sig.len);
    if (p->answer == LONG)
        buf_add(out, "x", 1);
    if (p->answer == TOO_LONG)
        buf_add(out, zero, sizeof zero);
    buf_clear(&sig);
    return rc;
}

static struct key_signer provider_open(struct provider *p, enum key_type type)
{
    struct err err = {0};

    *p = (struct provider){.key = pki_key(type), .other = pki_key(type)};
    buf_init(&p->spki, 4096);
    if (key_spki(p->key, &p->spki, &err) != 0)
        buf_reset(&p->spki);
    return (struct key_signer){p->spki.p, p->spki.len, sign, p};
}

static void provider_close(struct provider *p)
{
    key_free(p->key);
    key_free(p->other);
    buf_clear(&p->spki);
}

/* Verified by OpenSSL (pki_request_text), and byte for byte csr_make's where signing is
 * deterministic (RSA). */
static void every_type(struct test *t)
{
    for (int type = KEY_RSA2048; type <= KEY_EC384; type++) {
        struct provider p;
        struct key_signer k = provider_open(&p, (enum key_type)type);
        struct buf der = BUF_INIT(4096), usual = BUF_INIT(4096);
        struct err err = {0};
        char text[2048];

        CHECK(csr_make_by_signer(&k, names, 2, &der, &err) == 0);
        CHECK_STR(pki_request_text(der.p, der.len, text),
                  "vpn.example.com|vpn.example.com,*.example.org|");
        CHECK_INT(p.asked, 1);
        CHECK_INT(p.digest_len, type == KEY_EC384 ? 48 : 32);
        CHECK(csr_make(p.key, names, 2, &usual, &err) == 0);
        if (type <= KEY_RSA4096)
            CHECK_MEM(der.p, der.len, usual.p, usual.len);
        buf_clear(&der);
        buf_clear(&usual);
        provider_close(&p);
    }
}

static void what_does_not_verify(struct test *t)
{
    static const enum key_type types[] = {KEY_RSA2048, KEY_EC256, KEY_EC384};
    static const enum answer wrong[] = {OTHER_KEY, SHORT, LONG, NOTHING, ZERO};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct provider p;
        struct key_signer k = provider_open(&p, types[i]);
        for (size_t j = 0; j < sizeof wrong / sizeof wrong[0]; j++) {
            struct buf der = BUF_INIT(4096);
            struct err err = {0};
            p.answer = wrong[j];
            CHECK(csr_make_by_signer(&k, names, 2, &der, &err) == -1);
            CHECK_INT(err.code, ERR_FAIL);
            CHECK(strstr(err.text, "certificate request: what the key signed does not verify") !=
                  NULL);
            CHECK_INT(der.len, 0);
            buf_clear(&der);
        }
        provider_close(&p);
    }
}

/* The first cause is the provider's own; nothing is given out. */
static void what_the_provider_refuses(struct test *t)
{
    struct provider p;
    struct key_signer k = provider_open(&p, KEY_EC256);
    struct buf der = BUF_INIT(4096);
    struct err err = {0}, long_answer = {0};

    p.answer = REFUSES;
    CHECK(csr_make_by_signer(&k, names, 2, &der, &err) == -1);
    CHECK_STR(err.text, "key container: gone");
    p.answer = TOO_LONG;
    CHECK(csr_make_by_signer(&k, names, 2, &der, &long_answer) == -1);
    CHECK(strstr(long_answer.text, "signature") != NULL);
    CHECK_INT(der.len, 0);
    buf_clear(&der);
    provider_close(&p);
}

/* Nobody signs for a public half that is none, is of another type, or has something behind it. */
static void what_is_no_public_half(struct test *t)
{
    /* RFC 8410 4: an Ed25519 key; its last byte is free */
    static const uint8_t ed25519[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                        0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    struct provider p;
    struct key_signer k = provider_open(&p, KEY_EC256), cut = k, longer = k, none = k, other = k;
    const struct key_signer *const wrong[] = {&cut, &longer, &none, &other};
    struct buf more = BUF_INIT(4096), der = BUF_INIT(4096);
    struct err err = {0};

    buf_add(&more, p.spki.p, p.spki.len);
    buf_putc(&more, 0);
    cut.spki_len--;
    longer.spki = more.p;
    longer.spki_len = more.len;
    none.spki_len = 0;
    other.spki = ed25519;
    other.spki_len = sizeof ed25519;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        err = (struct err){0};
        CHECK(csr_make_by_signer(wrong[i], names, 2, &der, &err) == -1);
        CHECK(strstr(err.text, "certificate request: the key") != NULL);
    }
    err = (struct err){0};
    CHECK(csr_make_by_signer(&k, NULL, 0, &der, &err) == -1);
    CHECK_STR(err.text, "certificate request: no names");
    CHECK_INT(p.asked, 0);
    CHECK_INT(der.len, 0);
    buf_clear(&more);
    buf_clear(&der);
    provider_close(&p);
}

const struct test_case suite_crypto_csr_signer[] = {
    {"every_type", every_type},
    {"what_does_not_verify", what_does_not_verify},
    {"what_the_provider_refuses", what_the_provider_refuses},
    {"what_is_no_public_half", what_is_no_public_half},
    {NULL, NULL},
};
