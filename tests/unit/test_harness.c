/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

static void gives_a_test_a_folder_of_its_own(struct test *t)
{
    const char *dir = test_dir(t);

    CHECK(dir == test_dir(t));
    CHECK(strncmp(test_path(t, "a"), dir, strlen(dir)) == 0);
}

static void reads_back_what_it_wrote(struct test *t)
{
    static const char data[] = "one\r\ntwo\n\0three\x1a";
    size_t len = 0;
    const char *path = test_write(t, "p\xc3\xa4th \xe6\x97\xa5.bin", data, sizeof data);
    const char *got = test_read(t, path, &len);

    CHECK_MEM(got, len, data, sizeof data);
}

static void reads_an_empty_file(struct test *t)
{
    size_t len = 1;
    const char *path = test_write(t, "empty", NULL, 0);

    CHECK_STR(test_read(t, path, &len), "");
    CHECK_INT(len, 0);
}

static void formats_wide_numbers(struct test *t)
{
    CHECK_STR(test_text(t, "%zu %lld %s", (size_t)7, -1099511627776LL, "x"), "7 -1099511627776 x");
}

const struct test_case suite_harness[] = {
    {"gives_a_test_a_folder_of_its_own", gives_a_test_a_folder_of_its_own},
    {"reads_back_what_it_wrote", reads_back_what_it_wrote},
    {"reads_an_empty_file", reads_an_empty_file},
    {"formats_wide_numbers", formats_wide_numbers},
    {NULL, NULL},
};
