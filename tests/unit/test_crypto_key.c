/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "pki.h"
#include "test.h"
#include "text.h"

#include <string.h>

static const enum key_type all_types[] = {KEY_RSA2048, KEY_RSA3072, KEY_RSA4096, KEY_EC256,
                                          KEY_EC384};

static void names_of_types(struct test *t)
{
    enum key_type type;
    for (size_t i = 0; i < sizeof all_types / sizeof all_types[0]; i++) {
        REQUIRE(key_type_parse(key_type_name(all_types[i]), &type));
        CHECK_INT(type, all_types[i]);
    }
    CHECK(!key_type_parse("rsa1024", &type));
    CHECK(!key_type_parse("", &type));
    CHECK(!key_type_parse("EC256", &type));
}

static void pem_and_back(struct test *t)
{
    static const enum key_type types[] = {KEY_RSA2048, KEY_EC256, KEY_EC384};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct err err = {0};
        struct key *k = pki_key(types[i]), *back = NULL, *other = pki_key(KEY_EC256);
        struct buf pem = BUF_INIT(8192), a = BUF_INIT(4096), b = BUF_INIT(4096);
        CHECK_INT(key_type_of(k), types[i]);
        CHECK(key_to_pem(k, &pem, &err) == 0);
        CHECK(text_starts(buf_str(&pem), "-----BEGIN PRIVATE KEY-----\n"));
        if (CHECK(key_from_pem(&back, pem.p, pem.len, "test key", &err) == 0)) {
            CHECK_INT(key_type_of(back), types[i]);
            CHECK(key_same_public(k, back));
            CHECK(!key_same_public(k, other));
            CHECK(key_spki(k, &a, &err) == 0);
            CHECK(key_spki(back, &b, &err) == 0);
            CHECK_MEM(a.p, a.len, b.p, b.len);
        }
        buf_wipe(&pem);
        buf_clear(&a);
        buf_clear(&b);
        key_free(k);
        key_free(back);
        key_free(other);
    }
    key_free(NULL);
}

static void bad_pems(struct test *t)
{
    static const struct {
        const char *pem, *text;
    } cases[] = {
        {"", "test key: no unencrypted private key in PEM form"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
         "test key: no unencrypted private key in PEM form"},
        /* Ed25519, RFC 8410 10.3 */
        {"-----BEGIN PRIVATE KEY-----\n"
         "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
         "-----END PRIVATE KEY-----\n",
         "test key: the key is none of rsa2048, rsa3072, rsa4096, ec256, ec384"},
        /* Encrypted: must not ask anybody for a password. */
        {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
         "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n"
         "-----END RSA PRIVATE KEY-----\n",
         "test key: no unencrypted private key in PEM form"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct key *k = NULL;
        CHECK(key_from_pem(&k, cases[i].pem, strlen(cases[i].pem), "test key", &err) == -1);
        CHECK(k == NULL);
        CHECK_INT(err.code, ERR_USAGE);
        if (!text_starts(err.text, cases[i].text))
            CHECK_STR(err.text, cases[i].text);
    }
}

/* RFC 7638 3.1 */
static void rsa_thumbprint(struct test *t)
{
    static const char n[] = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7"
                            "aPFFxuhDR1L6tSoc_BJECP"
                            "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_"
                            "RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
                            "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdk"
                            "t-bFTWhAI4vMQFh6WeZu0f"
                            "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    struct err err = {0};
    struct key *k = pki_key_rsa(n, "AQAB");
    struct buf jwk = BUF_INIT(4096);
    char thumbprint[44];
    CHECK(key_jwk(k, &jwk, &err) == 0);
    CHECK_STR(buf_str(&jwk), test_text(t, "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"%s\"}", n));
    CHECK(key_thumbprint(k, thumbprint, &err) == 0);
    CHECK_STR(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    CHECK_STR(key_jws_alg(k), "RS256");
    buf_clear(&jwk);
    key_free(k);
}

/* RFC 7515 A.3 */
static void es256_example(struct test *t)
{
    static const char input[] =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    static const char theirs[] =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    struct err err = {0};
    struct key *k = pki_key_ec("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                               "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                               "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    struct buf jwk = BUF_INIT(4096), sig = BUF_INIT(1024);
    CHECK(key_jwk(k, &jwk, &err) == 0);
    CHECK_STR(buf_str(&jwk), "{\"crv\":\"P-256\",\"kty\":\"EC\","
                             "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                             "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
    CHECK(text_base64url_decode(&sig, theirs, strlen(theirs), &err) == 0);
    CHECK(pki_jws_verify(k, input, strlen(input), sig.p, sig.len));
    buf_reset(&sig);
    CHECK(key_jws_sign(k, input, strlen(input), &sig, &err) == 0);
    CHECK_INT(sig.len, 64);
    CHECK(pki_jws_verify(k, input, strlen(input), sig.p, sig.len));
    CHECK(!pki_jws_verify(k, input, strlen(input) - 1, sig.p, sig.len));
    buf_clear(&jwk);
    buf_clear(&sig);
    key_free(k);
}

/* Often enough that an r, s, x or y with leading zeros would show (one in 128 signatures). */
static void signatures_have_fixed_width(struct test *t)
{
    static const struct {
        enum key_type type;
        const char *alg;
        size_t len;
        int rounds;
    } cases[] = {
        {KEY_EC256, "ES256", 64, 600},
        {KEY_EC384, "ES384", 96, 100},
        {KEY_RSA2048, "RS256", 256, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct key *k = pki_key(cases[i].type);
        struct buf sig = BUF_INIT(1024);
        CHECK_STR(key_jws_alg(k), cases[i].alg);
        for (int round = 0; round < cases[i].rounds; round++) {
            buf_reset(&sig);
            REQUIRE(key_jws_sign(k, &round, sizeof round, &sig, &err) == 0);
            REQUIRE(sig.len == cases[i].len);
            REQUIRE(pki_jws_verify(k, &round, sizeof round, sig.p, sig.len));
        }
        buf_clear(&sig);
        key_free(k);
    }
}

static void coordinates_have_fixed_width(struct test *t)
{
    for (int round = 0; round < 300; round++) {
        struct err err = {0};
        struct key *k = pki_key(KEY_EC256);
        struct buf jwk = BUF_INIT(1024);
        REQUIRE(key_jwk(k, &jwk, &err) == 0);
        REQUIRE(jwk.len ==
                strlen("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\",\"y\":\"\"}") + 2 * 43);
        buf_clear(&jwk);
        key_free(k);
    }
}

const struct test_case suite_crypto_key[] = {
    {"names_of_types", names_of_types},
    {"pem_and_back", pem_and_back},
    {"bad_pems", bad_pems},
    {"rsa_thumbprint", rsa_thumbprint},
    {"es256_example", es256_example},
    {"signatures_have_fixed_width", signatures_have_fixed_width},
    {"coordinates_have_fixed_width", coordinates_have_fixed_width},
    {NULL, NULL},
};
