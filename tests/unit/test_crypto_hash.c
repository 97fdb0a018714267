/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "test.h"
#include "text.h"

#include <string.h>

static void known_hashes(struct test *t)
{
    uint8_t out[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    /* FIPS 180-4 examples */
    crypto_sha1("abc", 3, out);
    text_hex(out, SHA1_BYTES, hex);
    CHECK_STR(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    crypto_sha256("abc", 3, out);
    text_hex(out, SHA256_BYTES, hex);
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256(NULL, 0, out);
    text_hex(out, SHA256_BYTES, hex);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void known_hmacs(struct test *t)
{
    static const struct {
        enum crypto_hmac alg;
        const char *want;
    } cases[] = {
        /* RFC 2202 3 and RFC 4231 4.3 */
        {CRYPTO_HMAC_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {CRYPTO_HMAC_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {CRYPTO_HMAC_SHA384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                             "8e2240ca5e69e2c78b3239ecfab21649"},
        {CRYPTO_HMAC_SHA512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                             "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    };
    static const char text[] = "what do ya want for nothing?";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[64];
        char hex[2 * 64 + 1];
        size_t len = 0;
        struct err err = {0};
        REQUIRE(crypto_hmac(cases[i].alg, "Jefe", 4, text, strlen(text), out, &len, &err) == 0);
        text_hex(out, len, hex);
        CHECK_STR(hex, cases[i].want);
    }
}

static void hmac_of_nothing(struct test *t)
{
    uint8_t out[64];
    char hex[2 * 64 + 1];
    size_t len = 0;
    struct err err = {0};
    REQUIRE(crypto_hmac(CRYPTO_HMAC_SHA256, NULL, 0, NULL, 0, out, &len, &err) == 0);
    text_hex(out, len, hex);
    CHECK_STR(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void compares(struct test *t)
{
    CHECK(crypto_equal("abc", "abd", 2));
    CHECK(!crypto_equal("abc", "abd", 3));
    CHECK(crypto_equal("a", "b", 0));
    CHECK(crypto_library_version()[0] == '3');
}

const struct test_case suite_crypto_hash[] = {
    {"known_hashes", known_hashes},
    {"known_hmacs", known_hmacs},
    {"hmac_of_nothing", hmac_of_nothing},
    {"compares", compares},
    {NULL, NULL},
};
