/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "secret.h"
#include "test.h"

static void grows_and_stays_terminated(struct test *t)
{
    struct buf b = BUF_INIT(10000);
    struct err err = {0};

    CHECK_STR(buf_str(&b), "");
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    CHECK_INT(buf_check(&b, "numbers", &err), 0);
    CHECK_INT(b.len, 3890);
    CHECK_INT(b.p[b.len], 0);
    CHECK_STR(b.p + b.len - 8, "998,999,");
    buf_reset(&b);
    CHECK_STR(buf_str(&b), "");
    buf_putc(&b, 'x');
    buf_puts(&b, "yz");
    buf_add(&b, "\0w", 2);
    CHECK_MEM(b.p, b.len, "xyz\0w", 5);
    buf_clear(&b);
    CHECK_STR(buf_str(&b), "");
    CHECK_INT(b.max, 10000);
}

static void cap_makes_it_failed(struct test *t)
{
    struct buf b = BUF_INIT(5);
    struct err err = {0};

    buf_puts(&b, "12345");
    CHECK_INT(buf_check(&b, "five", &err), 0);
    buf_putc(&b, '6');
    CHECK_STR(buf_str(&b), "12345");
    buf_puts(&b, "");
    CHECK_INT(buf_check(&b, "five", &err), -1);
    CHECK(strstr(err.text, "five: ") == err.text);
    CHECK(buf_take(&b) == NULL);
    CHECK_INT(buf_check(&b, "empty again", &err), 0);
}

static void zero_buf_takes_nothing(struct test *t)
{
    struct buf b = {0};

    buf_puts(&b, "");
    CHECK(!b.failed);
    buf_puts(&b, "x");
    CHECK(b.failed);
    buf_clear(&b);
}

static void formatted_text_obeys_the_cap(struct test *t)
{
    struct buf b = BUF_INIT(6);

    buf_addf(&b, "%s", "1234");
    buf_addf(&b, "%s", "567");
    CHECK(b.failed);
    CHECK_STR(buf_str(&b), "1234");
    buf_clear(&b);
}

static void take_gives_the_memory_away(struct test *t)
{
    struct buf b = BUF_INIT(100);
    char *p;

    p = buf_take(&b);
    CHECK_STR(p, "");
    free(p);
    buf_puts(&b, "text");
    p = buf_take(&b);
    CHECK_STR(p, "text");
    CHECK_INT(b.len, 0);
    free(p);
}

static void foreign_text_and_hex(struct test *t)
{
    struct buf b = BUF_INIT(100);

    buf_put_foreign(&b, "a\tb\x80\xc3\xa4\xc2\x9f\x7f", 9);
    CHECK_STR(buf_str(&b), "a?b?\xc3\xa4??");
    buf_reset(&b);
    buf_put_foreign(&b, "\xe2\x82", 2); /* cut in the middle */
    CHECK_STR(buf_str(&b), "??");
    buf_reset(&b);
    buf_put_hex(&b, "\x00\x9f\xff", 3);
    CHECK_STR(buf_str(&b), "009fff");
    buf_wipe(&b);
    CHECK(b.p == NULL);
}

static void wiping(struct test *t)
{
    char secret[8] = "hunter2";

    secret_wipe(secret, sizeof secret);
    CHECK_MEM(secret, sizeof secret, "\0\0\0\0\0\0\0\0", 8);
    secret_wipe(NULL, 0);
    secret_free(NULL);
}

const struct test_case suite_buf[] = {
    {"grows_and_stays_terminated", grows_and_stays_terminated},
    {"cap_makes_it_failed", cap_makes_it_failed},
    {"zero_buf_takes_nothing", zero_buf_takes_nothing},
    {"formatted_text_obeys_the_cap", formatted_text_obeys_the_cap},
    {"take_gives_the_memory_away", take_gives_the_memory_away},
    {"foreign_text_and_hex", foreign_text_and_hex},
    {"wiping", wiping},
    {NULL, NULL},
};
