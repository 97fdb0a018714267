/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "test.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void base64url_test_vectors(struct test *t)
{
    /* RFC 4648 10, without padding; the last one is RFC 7515 A.1's header */
    static const struct {
        const char *plain, *code;
    } rows[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "-_-_"},
        {"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = BUF_INIT(100);
        struct err err = {0};

        text_base64url(&b, rows[i].plain, strlen(rows[i].plain));
        CHECK_STR(buf_str(&b), rows[i].code);
        buf_reset(&b);
        buf_puts(&b, "<");
        CHECK_INT(text_base64url_decode(&b, rows[i].code, strlen(rows[i].code), &err), 0);
        CHECK_STR(buf_str(&b) + 1, rows[i].plain);
        buf_clear(&b);
    }
}

static void base64url_is_strict(struct test *t)
{
    static const char *const bad[] = {"Z",     "Zg==", "Zh",    "Zm9", "Zm 8",
                                      "Zm8\n", "+_+_", "Zm9vY", "Zm.8"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buf b = BUF_INIT(100);
        struct err err = {0};

        buf_puts(&b, "kept");
        CHECK_INT(text_base64url_decode(&b, bad[i], strlen(bad[i]), &err), -1);
        CHECK_STR(buf_str(&b), "kept");
        CHECK_INT(err.code, ERR_FAIL);
        buf_clear(&b);
    }
    CHECK(text_is_base64url("aZ09-_"));
    CHECK(!text_is_base64url("") && !text_is_base64url("a=") && !text_is_base64url("a/b"));
}

static void base64_with_padding(struct test *t)
{
    static const struct {
        const char *code, *plain; /* NULL: refused */
    } rows[] = {
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm8", "fo"},
        {" Zm9v\r\nYmE=\n", "fooba"},
        {"-_+/", "\xfb\xff\xbf"},
        {"Zg=", NULL},
        {"Zg===", NULL},
        {"Z===", NULL},
        {"=", NULL},
        {"Zg==Zg==", NULL},
        {"Zh==", NULL},
        {"Zm9v!", NULL},
    };
    struct buf b = BUF_INIT(100);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};
        int rc = text_base64_decode(&b, rows[i].code, strlen(rows[i].code), &err);

        CHECK_INT(rc, rows[i].plain ? 0 : -1);
        CHECK_STR(buf_str(&b), rows[i].plain ? rows[i].plain : "");
        buf_reset(&b);
    }
    text_base64(&b, "f", 1);
    text_base64(&b, "fo", 2);
    text_base64(&b, "foo", 3);
    text_base64(&b, "", 0);
    CHECK_STR(buf_str(&b), "Zg==Zm8=Zm9v");
    buf_clear(&b);
}

static void decoders_obey_the_cap(struct test *t)
{
    struct buf b = BUF_INIT(2);
    struct err err = {0};

    CHECK_INT(text_base64url_decode(&b, "Zm9v", 4, &err), -1);
    buf_clear(&b);
}

static void hexadecimal(struct test *t)
{
    unsigned char out[3] = {9, 9, 9};
    char text[7];

    CHECK(text_hex_decode("00fFa1", out, 3));
    CHECK_MEM(out, 3, "\x00\xff\xa1", 3);
    text_hex(out, 3, text);
    CHECK_STR(text, "00ffa1");
    CHECK(!text_hex_decode("00fFa", out, 3));
    CHECK(!text_hex_decode("00fFa1b2", out, 3));
    CHECK(!text_hex_decode("11fFg1", out, 3));
    CHECK_MEM(out, 3, "\x00\xff\xa1", 3);
}

static void arguments_are_quoted(struct test *t)
{
    static const struct {
        const char *arg, *want;
    } rows[] = {
        {"plain", "plain"},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"C:\\dir\\", "C:\\dir\\"},
        {"C:\\my dir\\", "\"C:\\my dir\\\\\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"a\\\"b", "\"a\\\\\\\"b\""},
        {"a\\b c", "\"a\\b c\""},
        {"\"", "\"\\\"\""},
        {"x\\\\ y\\\\\"", "\"x\\\\ y\\\\\\\\\\\"\""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = BUF_INIT(100);

        text_quote_argument(&b, rows[i].arg);
        CHECK_STR(buf_str(&b), rows[i].want);
        buf_clear(&b);
    }
}

const struct test_case suite_text_code[] = {
    {"base64url_test_vectors", base64url_test_vectors},
    {"base64url_is_strict", base64url_is_strict},
    {"base64_with_padding", base64_with_padding},
    {"decoders_obey_the_cap", decoders_obey_the_cap},
    {"hexadecimal", hexadecimal},
    {"arguments_are_quoted", arguments_are_quoted},
    {NULL, NULL},
};
