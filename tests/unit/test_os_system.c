/* SPDX-License-Identifier: Apache-2.0 */
/* Lock, clock, random bytes, secrets, surroundings, threads, programs; files are in test_os.c. */
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "test.h"
#include "text.h"

static void lock_is_held_once(struct test *t)
{
    const char *path = test_path(t, "lock");
    struct os_lock *l = NULL, *second = NULL;
    struct err err = {0};

    REQUIRE(os_lock_open(&l, path, &err) == 0);
    CHECK_INT(os_lock_open(&second, path, &err), -1);
    CHECK_INT(err.code, ERR_BUSY);
    CHECK(strstr(err.text, test_text(t, "process %ld", os_pid())) != NULL);
    CHECK(second == NULL);
    os_lock_close(l);
    err_clear(&err);
    CHECK_INT(os_lock_open(&l, path, &err), 0);
    os_lock_close(l);
    os_lock_close(NULL);
    CHECK_INT(os_lock_open(&l, test_path(t, "no/lock"), &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
}

static void clock_goes_on(struct test *t)
{
    int64_t before = clock_ms(&os_clock);

    CHECK(clock_now(&os_clock) > text_civil(2024, 1, 1, 0, 0, 0));
    clock_sleep(&os_clock, 0);
    clock_sleep(&os_clock, -5);
    clock_sleep(&os_clock, 1);
    CHECK(clock_ms(&os_clock) >= before);
}

static void random_bytes_differ(struct test *t)
{
    unsigned char a[32] = {0}, b[32] = {0};
    struct err err = {0};

    CHECK_INT(os_random(a, sizeof a, &err), 0);
    CHECK_INT(os_random(b, sizeof b, &err), 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK_INT(os_random(a, 0, &err), 0);
}

static void secrets_come_back(struct test *t)
{
    struct buf closed = BUF_INIT(10000), open = BUF_INIT(100);
    struct err err = {0};

    CHECK_INT(os_protect("k\0ey", 4, &closed, &err), 0);
    CHECK_INT(os_unprotect(closed.p, closed.len, &open, &err), 0);
    CHECK_MEM(open.p, open.len, "k\0ey", 4);
    buf_reset(&open);
    CHECK_INT(os_unprotect("-----BEGIN", 10, &open, &err), 0); /* put there by hand */
    CHECK_STR(buf_str(&open), "-----BEGIN");
    buf_reset(&open);
    CHECK_INT(os_unprotect("DPAPI1\0junk", 11, &open, &err), -1);
    CHECK_INT(open.len, 0);
    buf_wipe(&closed);
    buf_wipe(&open);
}

static void surroundings(struct test *t)
{
    char text[100], *value = os_getenv("PATH"), *dir = NULL;
    struct err err = {0};

    CHECK(value != NULL && *value);
    free(value);
    CHECK(os_getenv("RRAS_NOT_SET_ANYWHERE") == NULL);
    os_describe(text, sizeof text);
    CHECK(text_starts(text, "Linux ") || text_starts(text, "Windows "));
    CHECK(os_pid() > 0);
    CHECK_INT(os_default_config_dir(&dir, &err), 0);
    CHECK(dir && os_path_absolute(dir) && strstr(dir, "rras-acme"));
    free(dir);
    dir = NULL;
    CHECK_INT(os_default_state_dir(&dir, &err), 0);
    CHECK(dir && os_path_absolute(dir) && strstr(dir, "rras-acme"));
    free(dir);
}

/* Many threads add to one number, each in two steps that must not be parted. */
struct counter {
    struct os_mutex *lock;
    long n;
};

static void add_many(void *user)
{
    struct counter *c = user;
    for (int i = 0; i < 2000; i++) {
        os_mutex_lock(c->lock);
        long n = c->n;
        c->n = n + 1;
        os_mutex_unlock(c->lock);
    }
}

static void a_mutex_keeps_threads_apart(struct test *t)
{
    struct os_thread *threads[8] = {NULL};
    struct counter c = {NULL, 0};
    struct err err = {0};

    REQUIRE(os_mutex_open(&c.lock, &err) == 0);
    for (size_t i = 0; i < 8; i++)
        CHECK_INT(os_thread_start(&threads[i], add_many, &c, &err), 0);
    for (size_t i = 0; i < 8; i++)
        os_thread_join(threads[i]);
    CHECK_INT(c.n, 8 * 2000);
    os_mutex_close(c.lock);
    os_mutex_lock(NULL); /* one thread only */
    os_mutex_unlock(NULL);
    os_mutex_close(NULL);
    os_thread_join(NULL);
}

static void arguments_are_copied(struct test *t)
{
    char program[] = "p", arg[] = "a", *argv[] = {program, arg, NULL}, **copy = NULL;
    struct err err = {0};
    int n = 0;

    CHECK_INT(os_args(2, argv, &n, &copy, &err), 0);
    REQUIRE(copy != NULL);
    CHECK(n >= 1 && copy[0] && copy[n] == NULL);
    os_args_free(copy);
    os_args_free(NULL);
}

static void programs_need_an_absolute_path(struct test *t)
{
    const char *relative[] = {"sh", NULL}, *none[] = {NULL};
    struct os_run r = {.argv = relative, .timeout_ms = 1000, .max_output = 100};
    struct buf out = BUF_INIT(100);
    struct err err = {0};
    int code = 5;

    CHECK_INT(os_run(&r, &out, &code, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    err_clear(&err);
    r.argv = none;
    CHECK_INT(os_run(&r, &out, &code, &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK_INT(code, 5);
    buf_clear(&out);
}

const struct test_case suite_os_system[] = {
    {"lock_is_held_once", lock_is_held_once},
    {"clock_goes_on", clock_goes_on},
    {"random_bytes_differ", random_bytes_differ},
    {"secrets_come_back", secrets_come_back},
    {"surroundings", surroundings},
    {"a_mutex_keeps_threads_apart", a_mutex_keeps_threads_apart},
    {"arguments_are_copied", arguments_are_copied},
    {"programs_need_an_absolute_path", programs_need_an_absolute_path},
    {NULL, NULL},
};
