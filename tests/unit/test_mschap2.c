/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/md4_des.h"
#include "sstp/mschap2.h"
#include "test.h"
#include "text.h"

#include <string.h>

static void md4_known(struct test *t)
{
    static const char *const cases[][2] = {
        /* RFC 1320 A.5 */
        {"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
        {"a", "bde52cb31de33e46245e05fbdbd6fb24"},
        {"abc", "a448017aaf21d8525fc10ae87aa6729d"},
        {"message digest", "d9130a8164549fe818874806e1c7014b"},
        {"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "043f8582f241db351ce627e153e7f0e4"},
        {"1234567890123456789012345678901234567890123456789012345678901234567890"
         "1234567890",
         "e33b4ddc9c38f2199c3e7b164fcc0536"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[MD4_BYTES];
        char hex[2 * MD4_BYTES + 1];
        md4_digest(cases[i][0], strlen(cases[i][0]), out);
        text_hex(out, sizeof out, hex);
        CHECK_STR(hex, cases[i][1]);
    }
}

/* The borders of the padding: a block of its own begins at 56 bytes. */
static void md4_borders(struct test *t)
{
    static const struct {
        size_t len;
        const char *want;
    } cases[] = {
        {55, "92f32bb82c95ad10e8f87ae58ab06807"}, {56, "374d5f08103b7092c83b4626ebceffab"},
        {63, "2870452596e98fffd48332289b3472b9"}, {64, "b1abf956a5ae6f3221e5fe85e300fbb0"},
        {65, "afc1a3308fc176a53238a09aeddec2e6"},
    };
    uint8_t in[65], out[MD4_BYTES];
    char hex[2 * MD4_BYTES + 1];
    memset(in, 'x', sizeof in);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        md4_digest(in, cases[i].len, out);
        text_hex(out, sizeof out, hex);
        CHECK_STR(hex, cases[i].want);
    }
}

static void des_known(struct test *t)
{
    /* The key is 56 bits here: 133457799BBCDFF1 and 0123456789ABCDEF with their parity left out. */
    static const char *const cases[][3] = {
        {"12695bc9b7b7f8", "0123456789abcdef", "85e813540f0ab405"},
        {"00000000000000", "0000000000000000", "8ca64de9c1b123a7"},
        {"ffffffffffffff", "ffffffffffffffff", "7359b2163e4edc58"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[DES_KEY_BYTES], in[DES_BLOCK_BYTES], out[DES_BLOCK_BYTES];
        char hex[2 * DES_BLOCK_BYTES + 1];
        REQUIRE(text_hex_decode(cases[i][0], key, sizeof key));
        REQUIRE(text_hex_decode(cases[i][1], in, sizeof in));
        des_encrypt_block(key, in, out);
        text_hex(out, sizeof out, hex);
        CHECK_STR(hex, cases[i][2]);
    }
}

/* RFC 2759 9.2 */
static struct mschap2 example(struct test *t, const char *user)
{
    struct mschap2 m = {.user = user};
    struct err err = {0};
    CHECK(text_hex_decode("5B5D7C7D7B3F2F3E3C2C602132262628", m.authenticator_challenge, 16));
    CHECK(text_hex_decode("21402324255E262A28295F2B3A337C7E", m.peer_challenge, 16));
    CHECK_INT(mschap2_password_hash("clientPass", m.password_hash, &err), 0);
    return m;
}

static void rfc2759_example(struct test *t)
{
    static const char *const users[] = {"User", "DOMAIN\\User"};
    for (size_t i = 0; i < 2; i++) {
        struct mschap2 m = example(t, users[i]);
        uint8_t response[MSCHAP2_RESPONSE_BYTES];
        char hex[2 * MSCHAP2_RESPONSE_BYTES + 1], proof[MSCHAP2_PROOF_CHARS + 1];
        text_hex(m.password_hash, 16, hex);
        CHECK_STR(hex, "44ebba8d5312b8d611474411f56989ae");
        mschap2_response(&m, response);
        text_hex(response, sizeof response, hex);
        CHECK_STR(hex, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
        mschap2_proof(&m, response, proof);
        CHECK_STR(proof, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
    }
}

/* RFC 3079 3.5.3 shows the server's send key, which is what the client receives with. The other
 * half has no public example by itself; the whole is proved by binding.c's examples. */
static void rfc3079_example(struct test *t)
{
    struct mschap2 m = example(t, "User");
    uint8_t response[MSCHAP2_RESPONSE_BYTES], keys[MSCHAP2_KEYS_BYTES];
    char hex[2 * MSCHAP2_KEYS_BYTES + 1];
    mschap2_response(&m, response);
    mschap2_keys(&m, response, keys);
    text_hex(keys, sizeof keys, hex);
    CHECK_STR(hex + 32, "8b7cdc149b993a1ba118cb153f56dccb");
    CHECK_STR(hex, "d5f0e9521e3ea9589645e86051c822268b7cdc149b993a1ba118cb153f56dccb");
}

static void passwords(struct test *t)
{
    static const struct {
        const char *password, *want;
    } cases[] = {
        {"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
        {"p\xc3\xa4sswort", "82e0efe8eb7c6c8c0da87be006a9d174"}, /* two bytes */
        {"\xe2\x82\xac"
         "100",
         "c1cbf66de71a476880b8adf1be859ecc"},                         /* three */
        {"\xf0\x9f\x94\x91 key", "1834ad32f700caceb95c659ac0481c31"}, /* four: a surrogate pair */
    };
    uint8_t out[16];
    char hex[33], longest[MSCHAP2_MAX_PASSWORD + 2];
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(mschap2_password_hash(cases[i].password, out, &err), 0);
        text_hex(out, sizeof out, hex);
        CHECK_STR(hex, cases[i].want);
    }
    memset(longest, 'x', sizeof longest);
    longest[MSCHAP2_MAX_PASSWORD] = '\0';
    CHECK_INT(mschap2_password_hash(longest, out, &err), 0);
    longest[MSCHAP2_MAX_PASSWORD] = 'x';
    longest[MSCHAP2_MAX_PASSWORD + 1] = '\0';
    CHECK_INT(mschap2_password_hash(longest, out, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK(strstr(err.text, "longer than 256") != NULL);
    err_clear(&err);
    CHECK_INT(mschap2_password_hash("\xff", out, &err), -1);
    CHECK(strstr(err.text, "not UTF-8") != NULL);
}

static void failures(struct test *t)
{
    CHECK_STR(mschap2_failure_meaning(647), "the account is disabled");
    CHECK(strstr(mschap2_failure_meaning(649), "dial-in") != NULL);
    CHECK_STR(mschap2_failure_meaning(1), "the server refused the account");
}

const struct test_case suite_mschap2[] = {
    {"md4_known", md4_known},
    {"md4_borders", md4_borders},
    {"des_known", des_known},
    {"rfc2759_example", rfc2759_example},
    {"rfc3079_example", rfc3079_example},
    {"passwords", passwords},
    {"failures", failures},
    {NULL, NULL},
};
