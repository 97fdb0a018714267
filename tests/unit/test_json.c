/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json.h"
#include "test.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct json *parsed(struct test *t, const char *text)
{
    struct json *j = NULL;
    struct err err = {0};

    if (json_parse(&j, text, strlen(text), "test", &err))
        CHECK_STR(err.text, "");
    return j;
}

static void members_are_read(struct test *t)
{
    struct json *j = parsed(t, "{\"s\":\"x\\u00e4\",\"i\":-5,\"r\":1.5,\"t\":true,\"f\":false,"
                               "\"n\":null,\"a\":[1,\"two\",{}],\"o\":{\"k\":1}}");
    const struct json *a;

    REQUIRE(j != NULL);
    CHECK_STR(json_get_string(j, "s"), "x\xc3\xa4");
    CHECK_STR(json_get_string(j, "i"), NULL);
    CHECK_STR(json_get_string(j, "absent"), NULL);
    CHECK_INT(json_get_integer(j, "i", 9), -5);
    CHECK_INT(json_get_integer(j, "r", 9), 9);
    CHECK_INT(json_get_integer(j, "s", 9), 9);
    CHECK(json_real_value_or(json_get(j, "r"), 0) > 1.4);
    CHECK(json_real_value_or(json_get(j, "i"), 0) < -4.9);
    CHECK(json_get_bool(j, "t", false) && !json_get_bool(j, "f", true));
    CHECK(json_get_bool(j, "s", true));
    CHECK(json_get(j, "n") == NULL);
    a = json_get(j, "a");
    CHECK(json_is_array(a) && !json_is_object(a));
    CHECK_INT(json_count(a), 3);
    CHECK_STR(json_string_of(json_at(a, 1)), "two");
    CHECK(json_at(a, 3) == NULL);
    CHECK(json_is_object(json_at(a, 2)) && json_is_integer(json_at(a, 0)));
    CHECK_INT(json_count(j), 0);
    CHECK_INT(json_get_integer(json_get(j, "o"), "k", 0), 1);
    json_free(j);
}

static void nothing_is_a_value_too(struct test *t)
{
    CHECK(json_get(NULL, "x") == NULL && json_at(NULL, 0) == NULL && json_count(NULL) == 0);
    CHECK(!json_is_object(NULL) && !json_is_array(NULL) && !json_is_string(NULL));
    CHECK(!json_is_integer(NULL) && !json_is_number(NULL) && !json_is_bool(NULL));
    CHECK(!json_is_null(NULL) && json_string_of(NULL) == NULL);
    CHECK(json_copy_of(NULL) == NULL);
    json_free(NULL);
}

static void needed_strings(struct test *t)
{
    struct json *j = parsed(t, "{\"url\":\"u\",\"n\":5}");
    const char *s = NULL;
    struct err err = {0};

    REQUIRE(j != NULL);
    CHECK_INT(json_need_string(j, "url", &s, &err), 0);
    CHECK_STR(s, "u");
    CHECK_INT(json_need_string(j, "n", &s, &err), -1);
    CHECK_STR(err.text, "member \"n\": is no string");
    err_clear(&err);
    CHECK_INT(json_need_string(j, "x", &s, &err), -1);
    CHECK_STR(err.text, "member \"x\": is missing");
    CHECK_STR(s, "u");
    json_free(j);
}

static void members_come_in_text_order(struct test *t)
{
    struct json *j = parsed(t, "{\"z\":1,\"a\":null,\"m\":3}");
    const char *key, *want[] = {"z", "a", "m"};
    void *iter = NULL;
    const struct json *v;
    size_t n = 0;

    REQUIRE(j != NULL);
    for (v = json_next(j, &iter, &key); key && n < COUNT(want); v = json_next(j, &iter, &key)) {
        CHECK_STR(key, want[n]);
        CHECK(n == 1 ? json_is_null(v) : json_is_integer(v));
        n++;
    }
    CHECK_INT(n, 3);
    CHECK(key == NULL);
    json_free(j);
    j = parsed(t, "[]");
    iter = NULL;
    CHECK(json_next(j, &iter, &key) == NULL && key == NULL);
    json_free(j);
}

static void bad_text_is_refused(struct test *t)
{
    static const char *const bad[] = {
        "",
        "{",
        "{\"a\":1}x",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":1,}",
        "{'a':1}",
        "[1] // note",
        "\"bare\"",
        "{\"a\":99999999999999999999}",
        "{\"a\":1e999}",
        "{\"a\":NaN}",
        "{\"a\":\"line\nbreak\"}",
        "\xef\xbb\xbf{}",
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err err = {0};
        struct json *j = NULL;

        CHECK_INT(json_parse(&j, bad[i], strlen(bad[i]), "test", &err), -1);
        CHECK(j == NULL);
        CHECK_INT(err.code, ERR_FAIL);
    }
}

static void errors_tell_the_place(struct test *t)
{
    struct err err = {0};
    struct json *j = NULL;
    const char *text = "{\n  \"a\": 1,\n  \"b\": ?\n}";

    CHECK_INT(json_parse(&j, text, strlen(text), "order", &err), -1);
    CHECK(strstr(err.text, "order:3:") == err.text);
}

static void nul_bytes_are_refused(struct test *t)
{
    struct err err = {0};
    struct json *j = NULL;

    CHECK_INT(json_parse(&j, "{\"a\":1}\0", 8, "test", &err), -1);
    err_clear(&err);
    CHECK_INT(json_parse(&j, "{\"a\":\"\0\"}", 9, "test", &err), -1);
}

static void depth_is_capped(struct test *t)
{
    struct buf b = BUF_INIT(10000);
    struct json *j = NULL;
    struct err err = {0};

    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        buf_putc(&b, '[');
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        buf_putc(&b, ']');
    CHECK_INT(json_parse(&j, b.p, b.len, "deep", &err), 0);
    json_free(j);
    j = NULL;
    buf_reset(&b);
    for (int i = 0; i < 5000; i++)
        buf_putc(&b, '[');
    CHECK_INT(json_parse(&j, b.p, b.len, "deep", &err), -1);
    CHECK(strstr(err.text, "deeper") != NULL);
    buf_reset(&b);
    buf_puts(&b, "[\"");
    for (int i = 0; i < 100; i++)
        buf_puts(&b, "[{\\\"");
    buf_puts(&b, "\"]");
    err_clear(&err);
    CHECK_INT(json_parse(&j, b.p, b.len, "brackets in a string", &err), 0);
    json_free(j);
    buf_clear(&b);
}

static void values_are_written(struct test *t)
{
    struct json *root = json_new_object(), *list = json_new_array();
    struct buf b = BUF_INIT(1000);
    struct err err = {0};

    json_put_string(root, "s", "a\n\"\xc3\xa4");
    json_put_string(root, "none", NULL);
    json_put_integer(root, "i", INT64_MIN);
    json_put_bool(root, "b", true);
    json_put_null(root, "n");
    json_put_time(root, "at", 1);
    json_put_time(root, "never", 0);
    json_append_string(list, "x");
    json_append(list, json_new_object());
    json_put(root, "list", list);
    json_put_string(root, "broken",
                    "a\xff"
                    "b");
    CHECK_INT(json_text(root, JSON_COMPACT, &b, &err), 0);
    CHECK_STR(buf_str(&b), "{\"s\":\"a\\n\\\"\xc3\xa4\",\"none\":null,\"i\":-9223372036854775808,"
                           "\"b\":true,\"n\":null,\"at\":\"1970-01-01T00:00:01Z\",\"never\":null,"
                           "\"list\":[\"x\",{}],\"broken\":\"a?b\"}");
    json_free(root);
    buf_clear(&b);
}

static void pretty_text(struct test *t)
{
    struct json *root = parsed(t, "{\"a\":[1,2],\"b\":{}}");
    struct buf b = BUF_INIT(1000);
    struct err err = {0};

    CHECK_INT(json_text(root, JSON_PRETTY, &b, &err), 0);
    CHECK_STR(buf_str(&b), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
    json_free(root);
    buf_clear(&b);
}

static void copies_are_apart(struct test *t)
{
    struct json *root = parsed(t, "{\"a\":[1]}"), *copy = json_copy_of(json_get(root, "a"));
    struct buf b = BUF_INIT(100);
    struct err err = {0};

    json_append_string(copy, "x");
    CHECK_INT(json_text(root, JSON_COMPACT, &b, &err), 0);
    CHECK_INT(json_text(copy, JSON_COMPACT, &b, &err), 0);
    CHECK_STR(buf_str(&b), "{\"a\":[1]}[1,\"x\"]");
    json_free(root);
    json_free(copy);
    buf_clear(&b);
}

static int refused(const struct json *j)
{
    struct buf b = BUF_INIT(1000);
    struct err err = {0};
    int rc = json_text(j, JSON_COMPACT, &b, &err);

    buf_clear(&b);
    return rc;
}

/* NULL stands for a value that could not be made; where it was put, the root tells at the end. */
static void failed_values_are_told_at_the_end(struct test *t)
{
    struct json *root = json_new_object(), *list = json_new_array(), *deep = json_new_object();
    struct err err = {0};
    struct buf tiny = BUF_INIT(3);

    json_put(root, "list", list);
    CHECK_INT(refused(root), 0);
    json_append(list, NULL); /* after the list was put */
    CHECK_INT(refused(root), -1);
    CHECK_INT(refused(root), -1);
    CHECK(json_copy_of(root) == NULL);
    json_free(root);

    root = json_new_object();
    json_put(deep, "x", NULL); /* before it is put */
    json_put_string(deep, "y", "z");
    json_put(root, "deep", deep);
    CHECK_INT(refused(root), -1);
    json_free(root);

    json_put(NULL, "x", json_new_object()); /* the root itself could not be made */
    json_append(NULL, NULL);
    CHECK_INT(refused(NULL), -1);

    root = json_new_object();
    json_put_string(root, "k", "long");
    CHECK_INT(json_text(root, JSON_COMPACT, &tiny, &err), -1);
    CHECK_INT(refused(root), 0);
    json_free(root);
    buf_clear(&tiny);
}

static void members_of_a_fixed_form_are_read_or_refused(struct test *t)
{
    static const char document[] = "{\"text\":\"abc\",\"hex\":\"00fF\",\"odd\":\"00f\",\"n\":1,"
                                   "\"at\":\"2026-11-22T01:02:03Z\",\"day\":\"2026-11-22\"}";
    struct err err = {0};
    struct json *j = NULL;
    char text[4];
    uint8_t hex[2];
    int64_t at = 0;
    REQUIRE(json_parse(&j, document, strlen(document), "test", &err) == 0);
    CHECK(json_get_text(j, "text", text, sizeof text));
    CHECK_STR(text, "abc");
    CHECK(!json_get_text(j, "text", text, 3));
    CHECK(!json_get_text(j, "n", text, sizeof text));
    CHECK(!json_get_text(j, "none", text, sizeof text));
    CHECK(json_get_hex(j, "hex", hex, sizeof hex));
    CHECK_MEM(hex, sizeof hex, "\x00\xff", 2);
    CHECK(!json_get_hex(j, "hex", hex, 1));
    CHECK(!json_get_hex(j, "odd", hex, sizeof hex));
    CHECK(!json_get_hex(j, "none", hex, sizeof hex));
    CHECK(json_get_time(j, "at", &at));
    CHECK_INT(at, 1795309323);
    CHECK(!json_get_time(j, "day", &at));
    CHECK(!json_get_time(j, "none", &at));
    json_free(j);
}

const struct test_case suite_json[] = {
    {"members_of_a_fixed_form_are_read_or_refused", members_of_a_fixed_form_are_read_or_refused},
    {"members_are_read", members_are_read},
    {"nothing_is_a_value_too", nothing_is_a_value_too},
    {"needed_strings", needed_strings},
    {"members_come_in_text_order", members_come_in_text_order},
    {"bad_text_is_refused", bad_text_is_refused},
    {"errors_tell_the_place", errors_tell_the_place},
    {"nul_bytes_are_refused", nul_bytes_are_refused},
    {"depth_is_capped", depth_is_capped},
    {"values_are_written", values_are_written},
    {"pretty_text", pretty_text},
    {"copies_are_apart", copies_are_apart},
    {"failed_values_are_told_at_the_end", failed_values_are_told_at_the_end},
    {NULL, NULL},
};
