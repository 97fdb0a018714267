/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "err.h"
#include "test.h"
#include "text.h"

static void first_cause_wins(struct test *t)
{
    struct err e = {0};

    CHECK(!err_is_set(&e));
    CHECK_INT(err_set(&e, ERR_DNS, "zone %s: gone", "example.com"), -1);
    CHECK_INT(err_set(&e, ERR_CA, "second"), -1);
    CHECK_INT(err_sys(&e, ERR_CA, ERR_SRC_HTTP, 403, "third"), -1);
    CHECK_INT(e.code, ERR_DNS);
    CHECK_INT(e.source, ERR_SRC_NONE);
    CHECK_STR(e.text, "zone example.com: gone");
    err_clear(&e);
    CHECK(!err_is_set(&e));
    CHECK_STR(e.text, "");
}

static void foreign_text_stays_on_one_line(struct test *t)
{
    struct err e = {0};

    err_set(&e, ERR_CA, "%s",
            "a\r\nb\033[31mc\xff"
            "d\xc2\x85"
            "e\xc3\xa4");
    CHECK_STR(e.text, "a??b?[31mc?d?e\xc3\xa4");
}

static void long_text_is_cut(struct test *t)
{
    char big[2000];
    struct err e = {0};

    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    err_set(&e, ERR_FAIL, "%s", big);
    CHECK_INT(strlen(e.text), sizeof e.text - 1);
    err_context(&e, "while testing");
    CHECK(text_starts(e.text, "while testing: xxx"));
    CHECK_INT(strlen(e.text), sizeof e.text - 1);
    err_clear(&e);
    err_sys(&e, ERR_CA, ERR_SRC_HTTP, 503, "%s", big); /* the number is not lost */
    CHECK_STR(e.text + strlen(e.text) - 11, " (http 503)");
}

static void hint_and_context(struct test *t)
{
    struct err e = {0};

    err_hint(&e, "nothing to hint at");
    CHECK_STR(e.hint, "");
    err_set(&e, ERR_USAGE, "file a: bad");
    CHECK_INT(err_hint(&e, "do %s", "this"), -1);
    CHECK_INT(err_hint(&e, "do that"), -1);
    CHECK_STR(e.hint, "do this");
    CHECK_INT(err_context(&e, "reading %d", 7), -1);
    CHECK_STR(e.text, "reading 7: file a: bad");
    CHECK_INT(e.code, ERR_USAGE);
}

static void numbers_are_told_with_their_source(struct test *t)
{
    struct err e = {0};

    err_sys(&e, ERR_NET, ERR_SRC_CURL, 28, "GET https://ca/: timed out");
    CHECK_STR(e.text, "GET https://ca/: timed out (curl 28)");
    CHECK_INT(e.number, 28);
    CHECK_INT(e.source, ERR_SRC_CURL);
    err_clear(&e);
    err_sys(&e, ERR_DENIED, ERR_SRC_ERRNO, 13, "file x: cannot be opened");
    CHECK_STR(e.text, "file x: cannot be opened: Permission denied (errno 13)");
    err_clear(&e);
    err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, 0x80090016, "key k");
    CHECK(strstr(e.text, "(win32 0x80090016)") != NULL);
}

static void exit_codes_are_the_interface(struct test *t)
{
    static const struct {
        enum err_code code;
        int exit_code;
        const char *name;
    } rows[] = {
        {ERR_NONE, 0, "none"},
        {ERR_FAIL, 1, "fail"},
        {ERR_USAGE, 2, "usage"},
        {ERR_CA, 3, "ca"},
        {ERR_DNS, 4, "dns"},
        {ERR_NET, 5, "net"},
        {ERR_ROLLED_BACK, 6, "rolled_back"},
        {ERR_STRANDED, 7, "stranded"},
        {ERR_BUSY, 8, "busy"},
        {ERR_CHECK, 9, "check"},
        {ERR_POSTPONED, 10, "postponed"},
        {ERR_NOT_FOUND, 1, "not_found"},
        {ERR_EXISTS, 1, "exists"},
        {ERR_DENIED, 1, "denied"},
        {ERR_TIMEOUT, 1, "timeout"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = {.code = rows[i].code};

        CHECK_INT(err_exit_code(&e), rows[i].exit_code);
        CHECK_STR(err_code_name(rows[i].code), rows[i].name);
    }
    CHECK_STR(err_source_name(ERR_SRC_NONE), "none");
    CHECK_STR(err_source_name(ERR_SRC_RCODE), "rcode");
}

static void system_texts(struct test *t)
{
    char text[200] = "old";

    err_system_text(ERR_SRC_ERRNO, 2, text, sizeof text);
    CHECK_STR(text, "No such file or directory");
    err_system_text(ERR_SRC_CURL, 2, text, sizeof text);
    CHECK_STR(text, "");
    err_system_text(ERR_SRC_WIN32, 0x2fffffff, text, sizeof text);
    CHECK_STR(text, "");
    err_system_text(ERR_SRC_ERRNO, 2, text, 4);
    CHECK_STR(text, "No ");
}

static void rights_to_be_mended_are_a_matter_of_set_up(struct test *t)
{
    struct err e = {0};

    CHECK_INT(err_set(&e, ERR_DENIED, "folder x: others may write"), -1);
    CHECK_INT(err_of_setup(&e), -1);
    CHECK_INT(e.code, ERR_USAGE);
    CHECK_STR(e.text, "folder x: others may write");
    err_clear(&e);
    CHECK_INT(err_set(&e, ERR_NET, "host x: unreachable"), -1);
    CHECK_INT(err_of_setup(&e), -1);
    CHECK_INT(e.code, ERR_NET);
}

const struct test_case suite_err[] = {
    {"first_cause_wins", first_cause_wins},
    {"foreign_text_stays_on_one_line", foreign_text_stays_on_one_line},
    {"long_text_is_cut", long_text_is_cut},
    {"hint_and_context", hint_and_context},
    {"numbers_are_told_with_their_source", numbers_are_told_with_their_source},
    {"exit_codes_are_the_interface", exit_codes_are_the_interface},
    {"system_texts", system_texts},
    {"rights_to_be_mended_are_a_matter_of_set_up", rights_to_be_mended_are_a_matter_of_set_up},
    {NULL, NULL},
};
