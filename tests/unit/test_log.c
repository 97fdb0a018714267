/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "test.h"

struct kept {
    int lines;
    enum log_level level;
    char text[4096];
};

static void keep(void *user, enum log_level level, const char *text)
{
    struct kept *k = user;

    k->lines++;
    k->level = level;
    snprintf(k->text, sizeof k->text, "%s", text);
}

static void levels_are_obeyed(struct test *t)
{
    struct kept k = {0};
    struct log l = {LOG_INFO, keep, &k};

    log_debug(&l, "no");
    CHECK_INT(k.lines, 0);
    log_info(&l, "try %d", 2);
    CHECK_INT(k.lines, 1);
    CHECK_INT(k.level, LOG_INFO);
    CHECK_STR(k.text, "try 2");
    log_warn(&l, "w");
    log_error(&l, "e");
    CHECK_INT(k.lines, 3);
    CHECK_INT(k.level, LOG_ERROR);
}

static void null_log_drops_everything(struct test *t)
{
    struct log none = {.level = LOG_DEBUG};

    log_error(NULL, "x");
    log_error(&none, "x");
    CHECK(true);
}

static void lines_are_single_and_capped(struct test *t)
{
    struct kept k = {0};
    struct log l = {LOG_DEBUG, keep, &k};
    char big[5000];

    log_debug(&l, "%s", "a\nb\033");
    CHECK_STR(k.text, "a?b?");
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    log_debug(&l, "%s", big);
    CHECK(strlen(k.text) > 1000 && strlen(k.text) < sizeof big);
}

static void level_names(struct test *t)
{
    enum log_level l = LOG_ERROR;

    for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
        CHECK(log_level_parse(log_level_name((enum log_level)i), &l));
        CHECK_INT(l, i);
    }
    CHECK(!log_level_parse("Info", &l));
    CHECK(!log_level_parse("", &l));
    CHECK_INT(l, LOG_DEBUG);
}

const struct test_case suite_log[] = {
    {"levels_are_obeyed", levels_are_obeyed},
    {"null_log_drops_everything", null_log_drops_everything},
    {"lines_are_single_and_capped", lines_are_single_and_capped},
    {"level_names", level_names},
    {NULL, NULL},
};
