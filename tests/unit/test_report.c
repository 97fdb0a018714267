/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "test.h"

static void count(void *user, const char *begun, const struct step *done)
{
    int *counts = user;

    (void)begun;
    counts[done != NULL]++;
}

static void steps_are_kept_and_told(struct test *t)
{
    int counts[2] = {0, 0};
    struct steps s = {.progress = count, .user = counts};
    char big[500];

    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    for (int i = 0; i < 20; i++) {
        steps_begin(&s, "order");
        steps_end(&s, "order", i % 2 == 0, i, NULL, "a\nb");
    }
    steps_end(&s, big, true, 1, big, "");
    CHECK_INT(s.n, 21);
    CHECK_INT(counts[0], 20);
    CHECK_INT(counts[1], 21);
    CHECK_STR(s.v[3].name, "order");
    CHECK(!s.v[3].ok);
    CHECK_INT(s.v[3].ms, 3);
    CHECK_STR(s.v[3].before, "");
    CHECK_STR(s.v[3].after, "a?b");
    CHECK_INT(strlen(s.v[20].before), sizeof s.v[20].before - 1);
    steps_clear(&s);
    CHECK_INT(s.n, 0);
    CHECK(s.progress != NULL);
    steps_clear(&s);
}

static void no_steps_no_harm(struct test *t)
{
    steps_begin(NULL, "x");
    steps_end(NULL, "x", true, 0, "", "");
    steps_clear(NULL);
    CHECK(true);
}

static void checks_are_kept(struct test *t)
{
    struct checks c = {0};

    checks_cure(&c, "nobody");
    CHECK_INT(checks_worst(&c), CHECK_OK);
    checks_add(&c, "dns.chain", "The chain", CHECK_OK, "two\nlines", NULL);
    checks_add(&c, "B1", "Left out", CHECK_SKIP, "no RRAS", NULL);
    CHECK_INT(checks_worst(&c), CHECK_OK);
    checks_addf(&c, "B2", "Count", CHECK_WARN, "%d of %d", 1, 2);
    checks_cure(&c, "add %d", 1);
    checks_cure(&c, "add %d more", 1);
    checks_add(&c, "B3", "Note", CHECK_NOTE, "n", "c");
    CHECK_INT(checks_worst(&c), CHECK_WARN);
    checks_add(&c, "B4", "Bad", CHECK_FAIL, "bad", NULL);
    CHECK_INT(checks_worst(&c), CHECK_FAIL);
    CHECK_INT(c.n, 5);
    CHECK(!c.failed);
    CHECK_STR(c.v[0].finding, "two\nlines");
    CHECK_STR(c.v[0].cure, NULL);
    CHECK_STR(c.v[2].finding, "1 of 2");
    CHECK_STR(c.v[2].cure, "add 1 more");
    checks_clear(&c);
    CHECK_INT(c.n, 0);
}

static void level_names(struct test *t)
{
    CHECK_STR(check_level_name(CHECK_OK), "ok");
    CHECK_STR(check_level_name(CHECK_NOTE), "note");
    CHECK_STR(check_level_name(CHECK_WARN), "warn");
    CHECK_STR(check_level_name(CHECK_FAIL), "fail");
    CHECK_STR(check_level_name(CHECK_SKIP), "skip");
}

const struct test_case suite_report[] = {
    {"steps_are_kept_and_told", steps_are_kept_and_told},
    {"no_steps_no_harm", no_steps_no_harm},
    {"checks_are_kept", checks_are_kept},
    {"level_names", level_names},
    {NULL, NULL},
};
