/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stay in the machine's provider. */
#include "fake_keys.h"
#include "pki.h"
#include "test.h"
#include "text.h"

#include <string.h>

static const char *const names[] = {"vpn.example.com"};

static void has_the_public_half_alone(struct test *t)
{
    static const enum key_type types[] = {KEY_RSA2048, KEY_EC256};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct key *whole = pki_key(types[i]), *k = NULL, *of_cert = NULL;
        struct buf spki = BUF_INIT(4096), out = BUF_INIT(64 * 1024);
        struct cert_chain chain = {0}, none = {0};
        struct err err = {0}, e[5] = {{0}};
        int rc[5];

        REQUIRE(key_spki(whole, &spki, &err) == 0);
        REQUIRE(cert_self_signed(whole, names, 1, 0, 86400, &chain, &err) == 0);
        REQUIRE(key_refer(&k, "box", spki.p, spki.len, &err) == 0);
        REQUIRE(key_refer_cert(&of_cert, "box", chain.cert[0].der, chain.cert[0].len, &err) == 0);
        CHECK(key_same_public(k, whole) && key_same_public(of_cert, whole));
        CHECK_INT(key_type_of(k), types[i]);
        CHECK_STR(key_container(k), "box");
        CHECK(key_container(whole) == NULL);

        rc[0] = key_to_pem(k, &out, &e[0]);
        rc[1] = key_jws_sign(k, "x", 1, &out, &e[1]);
        rc[2] = pfx_make(k, &chain, "name", "password", PFX_MODERN, &out, &e[2]);
        rc[3] = csr_make(k, names, 1, &out, &e[3]);
        rc[4] = cert_self_signed(k, names, 1, 0, 86400, &none, &e[4]);
        for (int j = 0; j < 5; j++) {
            CHECK_INT(rc[j], -1);
            CHECK_INT(e[j].code, ERR_USAGE);
            CHECK(strstr(e[j].text, "key container box") != NULL);
        }
        CHECK_INT(out.len, 0);
        key_free(whole);
        key_free(k);
        key_free(of_cert);
        cert_chain_clear(&chain);
        buf_clear(&spki);
    }
}

/* The certificate of a key that is elsewhere, to try that key with. */
static void a_certificate_to_try_it_with(struct test *t)
{
    const struct cert_wish wish = {names, 1, 0, 86400};
    struct key *whole = pki_key(KEY_RSA2048), *signer = pki_key(KEY_EC256), *k = NULL, *of = NULL;
    struct buf spki = BUF_INIT(4096);
    struct cert_chain chain = {0};
    struct err err = {0};

    REQUIRE(key_spki(whole, &spki, &err) == 0);
    REQUIRE(key_refer(&k, "box", spki.p, spki.len, &err) == 0);
    CHECK_INT(cert_for_key(k, k, &wish, &chain, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    err_clear(&err);
    CHECK_INT(cert_for_key(k, signer, &wish, &chain, &err), 0);
    REQUIRE(chain.count == 1);
    CHECK_INT(key_refer_cert(&of, "box", chain.cert[0].der, chain.cert[0].len, &err), 0);
    CHECK(key_same_public(of, whole));
    key_free(whole);
    key_free(signer);
    key_free(k);
    key_free(of);
    cert_chain_clear(&chain);
    buf_clear(&spki);
}

static void refers_to_nothing_else(struct test *t)
{
    struct key *whole = pki_key(KEY_EC256), *k = NULL;
    struct buf spki = BUF_INIT(4096);
    struct err err = {0};

    REQUIRE(key_spki(whole, &spki, &err) == 0);
    buf_putc(&spki, 0);
    CHECK_INT(key_refer(&k, "box", spki.p, spki.len, &err), -1);
    err_clear(&err);
    CHECK_INT(key_refer(&k, "box", spki.p, spki.len - 2, &err), -1);
    err_clear(&err);
    CHECK_INT(key_refer_cert(&k, "box", spki.p, spki.len, &err), -1);
    CHECK(k == NULL);
    key_free(whole);
    buf_clear(&spki);
}

/* The modulus of RFC 7515 A.2.1; its first octet is above 0x7f, so DER puts a zero before it. */
static void an_rsa_key_by_its_numbers(struct test *t)
{
    static const char n64[] = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx"
                              "HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"
                              "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH"
                              "SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
                              "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8"
                              "NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    static const uint8_t e[] = {1, 0, 1};
    struct buf n = BUF_INIT(1024), got = BUF_INIT(4096), want = BUF_INIT(4096);
    struct key *k = pki_key_rsa(n64, "AQAB");
    struct err err = {0};

    REQUIRE(text_base64url_decode(&n, n64, strlen(n64), &err) == 0);
    struct rsa_numbers numbers = {.n = (const uint8_t *)n.p, .n_len = n.len, .e = e, .e_len = 3};
    CHECK_INT(rsa_spki(&numbers, &got, &err), 0);
    CHECK_INT(key_spki(k, &want, &err), 0);
    CHECK_MEM(got.p, got.len, want.p, want.len);
    key_free(k);
    buf_clear(&n);
    buf_clear(&got);
    buf_clear(&want);
}

static void names_are_new_each_time(struct test *t)
{
    char a[MACHINE_KEY_NAME_BYTES], b[MACHINE_KEY_NAME_BYTES];
    struct err err = {0};

    CHECK_INT(machine_key_name("vpn", a, &err), 0);
    CHECK_INT(machine_key_name("vpn", b, &err), 0);
    CHECK(text_starts(a, "rras-acme-vpn-"));
    CHECK_INT(strlen(a), strlen("rras-acme-vpn-") + 16);
    CHECK(strcmp(a, b) != 0);
    CHECK_INT(machine_key_name(test_text(t, "%0250d", 0), a, &err), 0);
    CHECK_INT(strlen(a), 10 + 80 + 1 + 16);
    CHECK(machine_key_is_ours(a));
    CHECK(machine_key_is_ours(b));
    a[strlen(a) - 1] = 'x';
    CHECK(!machine_key_is_ours(a));
}

static void signs_where_the_key_is(struct test *t)
{
    struct fake_keys f;
    struct key *k = NULL, *again = NULL, *here = pki_key(KEY_EC256);
    struct buf csr = BUF_INIT(4096);
    struct err err = {0};
    char text[2048];

    fake_keys_open(&f);
    REQUIRE(machine_key_make(&f.keys, "box", &k, &err) == 0);
    REQUIRE(machine_key_open(&f.keys, "box", &again, &err) == 0);
    CHECK(key_same_public(k, again));
    CHECK_INT(machine_key_csr(&f.keys, k, names, 1, &csr, &err), 0);
    CHECK_STR(pki_request_text(csr.p, csr.len, text), "vpn.example.com|vpn.example.com|");
    buf_reset(&csr);
    CHECK_INT(machine_key_csr(&f.keys, here, names, 1, &csr, &err), 0);
    CHECK(csr.len > 0);
    buf_reset(&csr);
    f.fault = FAKE_KEYS_LIES;
    f.fault_at = f.calls + 1;
    CHECK_INT(machine_key_csr(&f.keys, k, names, 1, &csr, &err), -1);
    CHECK(strstr(err.text, "does not verify") != NULL);
    CHECK_INT(csr.len, 0);
    fake_keys_remove(&f, "box");
    key_free(again);
    again = NULL;
    err_clear(&err);
    CHECK_INT(machine_key_open(&f.keys, "box", &again, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
    key_free(k);
    key_free(here);
    buf_clear(&csr);
    fake_keys_close(&f);
}

const struct test_case suite_machine_key[] = {
    {"has_the_public_half_alone", has_the_public_half_alone},
    {"a_certificate_to_try_it_with", a_certificate_to_try_it_with},
    {"refers_to_nothing_else", refers_to_nothing_else},
    {"an_rsa_key_by_its_numbers", an_rsa_key_by_its_numbers},
    {"names_are_new_each_time", names_are_new_each_time},
    {"signs_where_the_key_is", signs_where_the_key_is},
    {NULL, NULL},
};
