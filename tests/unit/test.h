/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit test harness.
 *
 * A file tests/unit/test_NAME.c holds test functions `static void fn(struct test *t)` and one table
 *
 *     const struct test_case suite_NAME[] = {
 *         {"reads_as_a_sentence", fn},
 *         {NULL, NULL},
 *     };
 *
 * CMake finds the file by its name and links it into the executable `unit`. A check that fails
 * prints file, line and both values and the test goes on; REQUIRE leaves the test function. The
 * macros use the variable `t`.
 */
#ifndef RRAS_TEST_H
#define RRAS_TEST_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__MINGW32__)
#define TEST_PRINTF(format_at, args_at) __attribute__((format(gnu_printf, format_at, args_at)))
#elif defined(__GNUC__)
#define TEST_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#else
#define TEST_PRINTF(format_at, args_at)
#endif

struct test;

struct test_case {
    const char *name;
    void (*run)(struct test *t);
};

/* All of these are usable as conditions: true when the check holds. */
#define CHECK(cond) test_check(t, (cond), __FILE__, __LINE__, #cond)
#define CHECK_INT(got, want)                                                                       \
    test_check_int(t, (long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) test_check_str(t, (got), (want), __FILE__, __LINE__, #got)
#define CHECK_MEM(got, got_len, want, want_len)                                                    \
    test_check_mem(t, (struct test_mem){(got), (got_len)}, (struct test_mem){(want), (want_len)},  \
                   __FILE__, __LINE__, #got)

/* Leaves a function that returns void when the condition is false. */
#define REQUIRE(cond)                                                                              \
    do {                                                                                           \
        if (!test_check(t, (cond), __FILE__, __LINE__, #cond))                                     \
            return;                                                                                \
    } while (0)

/* Leaves a test function that cannot run here; `reason` is printed and the test is counted. */
#define SKIP(reason)                                                                               \
    do {                                                                                           \
        test_skip(t, (reason));                                                                    \
        return;                                                                                    \
    } while (0)

/*
 * The strings and buffers that the next functions return belong to the test and live until its end.
 * They never return NULL: what cannot be done ends the program with a message.
 */

/* A new empty folder of this test alone, removed with all that is in it when the test ends. */
const char *test_dir(struct test *t);

/* The path of `name` (forward slashes) inside test_dir. */
const char *test_path(struct test *t, const char *name);

/* The path of tests/data/`name`; the environment variable RRAS_TEST_DATA names another folder. */
const char *test_data(struct test *t, const char *name);

/* The whole file `path`, with a NUL after its `*len` bytes; len may be NULL. */
char *test_read(struct test *t, const char *path, size_t *len);

/* Writes `len` bytes to test_path(name) and returns that path. */
const char *test_write(struct test *t, const char *name, const void *data, size_t len);

/* printf into a string of the test. */
TEST_PRINTF(2, 3) const char *test_text(struct test *t, const char *format, ...);

/* Behind the macros. */
struct test_mem {
    const void *data;
    size_t len;
};
bool test_check(struct test *t, bool holds, const char *file, int line, const char *what);
bool test_check_int(struct test *t, long long got, long long want, const char *file, int line,
                    const char *what);
bool test_check_str(struct test *t, const char *got, const char *want, const char *file, int line,
                    const char *what);
bool test_check_mem(struct test *t, struct test_mem got, struct test_mem want, const char *file,
                    int line, const char *what);
void test_skip(struct test *t, const char *reason);

#endif
