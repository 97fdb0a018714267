/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os.h"
#include "test.h"
#include "text.h"

static void paths(struct test *t)
{
    static const struct {
        const char *folder, *name, *joined, *dir;
    } rows[] = {
        {"a", "b", "a/b", "a"},       {"a/", "b", "a/b", "a"},   {"/", "b", "/b", "/"},
        {"a", "b/c", "a/b/c", "a/b"}, {"a", "/b", "/b", "/"},    {"", "b", "b", "."},
        {"a", "b/", "a/b/", "a"},     {"/a", "b", "/a/b", "/a"},
    };
    struct err err = {0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *joined = NULL, *dir = NULL;

        CHECK_INT(os_path_join(&joined, rows[i].folder, rows[i].name, &err), 0);
        CHECK_STR(joined, rows[i].joined);
        CHECK_INT(os_path_dir(&dir, joined, &err), 0);
        CHECK_STR(dir, rows[i].dir);
        free(joined);
        free(dir);
    }
    CHECK(os_path_absolute("/x") && !os_path_absolute("x/y") && !os_path_absolute(""));
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

static void modes_are_private(struct test *t)
{
    struct err err = {0};
    mode_t old = umask(0);

    CHECK_INT(os_make_dir(test_path(t, "d/e"), &err), 0);
    CHECK_INT(os_write_file(test_path(t, "f"), "x", 1, &err), 0);
    CHECK_INT(os_append_file(test_path(t, "log"), "x", 1, &err), 0);
    CHECK_INT(mode_of(test_path(t, "d")), 0700);
    CHECK_INT(mode_of(test_path(t, "d/e")), 0700);
    CHECK_INT(mode_of(test_path(t, "f")), 0600);
    CHECK_INT(mode_of(test_path(t, "log")), 0600);
    umask(022);
    CHECK_INT(os_write_shared_file(test_path(t, "page"), "x", 1, &err), 0);
    CHECK_INT(mode_of(test_path(t, "page")), 0644);
    umask(old);
}

static void foreign_rights_are_refused(struct test *t)
{
    static const struct {
        mode_t mode;
        bool private_dir, secret_file;
    } rows[] = {
        {0700, true, true},   {0600, true, true},   {0400, true, true},
        {0750, true, false},  {0755, true, false},  {0770, false, false},
        {0702, false, false}, {0777, false, false}, {0604, true, false},
    };
    const char *dir = test_path(t, "d"), *file = test_path(t, "f");
    struct err err = {0};

    REQUIRE(os_make_dir(dir, &err) == 0 && os_write_file(file, "x", 1, &err) == 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = {0};

        REQUIRE(chmod(dir, rows[i].mode) == 0 && chmod(file, rows[i].mode) == 0);
        CHECK_INT(os_check_private(dir, &e), rows[i].private_dir ? 0 : -1);
        CHECK_INT(e.code, rows[i].private_dir ? ERR_NONE : ERR_DENIED);
        CHECK(rows[i].private_dir || strstr(e.hint, "chmod 700 "));
        err_clear(&e);
        CHECK_INT(os_check_secret_file(file, &e), rows[i].secret_file ? 0 : -1);
        CHECK_INT(e.code, rows[i].secret_file ? ERR_NONE : ERR_DENIED);
        CHECK(rows[i].secret_file || strstr(e.hint, "chmod 600 "));
    }
    chmod(dir, 0700);
}

static void foreign_owners_are_refused(struct test *t)
{
    const char *dir = test_path(t, "d");
    struct err err = {0};

    REQUIRE(os_make_dir(dir, &err) == 0);
    if (chown(dir, 12345, 12345))
        SKIP("only root can give a folder away");
    CHECK_INT(os_check_private(dir, &err), -1);
    CHECK_INT(err.code, ERR_DENIED);
    CHECK(strstr(err.text, "12345") != NULL);
}

static void links_are_not_followed(struct test *t)
{
    const char *real = test_path(t, "real"), *link = test_path(t, "link");
    struct os_lock *l = NULL;
    struct err err = {0};

    REQUIRE(os_make_dir(real, &err) == 0 && symlink("real", link) == 0);
    REQUIRE(os_write_file(test_path(t, "real/f"), "x", 1, &err) == 0);
    REQUIRE(symlink("real/f", test_path(t, "flink")) == 0);
    CHECK_INT(os_check_private(link, &err), -1);
    CHECK_INT(err.code, ERR_DENIED);
    err_clear(&err);
    CHECK_INT(os_check_secret_file(test_path(t, "flink"), &err), -1);
    CHECK_INT(err.code, ERR_DENIED);
    err_clear(&err);
    CHECK_INT(os_append_file(test_path(t, "flink"), "y", 1, &err), -1);
    err_clear(&err);
    CHECK_INT(os_lock_open(&l, test_path(t, "flink"), &err), -1);
    err_clear(&err);
    CHECK_INT(os_remove_tree(link, &err), -1);
    CHECK(os_exists(test_path(t, "real/f")));
    err_clear(&err);
    REQUIRE(os_make_dir(test_path(t, "tree"), &err) == 0);
    REQUIRE(symlink("../real", test_path(t, "tree/out")) == 0);
    CHECK_INT(os_remove_tree(test_path(t, "tree"), &err), 0);
    CHECK(os_exists(test_path(t, "real/f")));
    CHECK_INT(os_write_file(test_path(t, "flink"), "new", 3, &err), 0); /* replaces the link */
    CHECK_STR(test_read(t, test_path(t, "real/f"), NULL), "x");
}

static int count(void *user, const char *name)
{
    (void)name;
    ++*(int *)user;
    return 0;
}

static int entries(const char *dir)
{
    struct err err = {0};
    int n = 0;

    return os_list_dir(dir, count, &n, &err) ? -1 : n;
}

/* In a child whose files may not grow over a few bytes: as on a full disk, write fails half way.
 * The exit code has a bit for each thing that is wrong. */
static int full_disk_child(const char *file, const char *log)
{
    struct rlimit small = {4096, 4096};
    char big[10000];
    struct err err = {0}, again = {0};
    int wrong = 0;

    memset(big, 'x', sizeof big);
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small))
        return 1;
    if (os_write_file(file, big, sizeof big, &err) == 0)
        wrong |= 2;
    if (err.code != ERR_FAIL || err.source != ERR_SRC_ERRNO || !strstr(err.text, file))
        wrong |= 4;
    if (os_append_file(log, big, sizeof big, &again) == 0)
        wrong |= 8;
    if (again.hint[0])
        wrong |= 16;
    return wrong;
}

static void full_disk_leaves_the_old_file(struct test *t)
{
    const char *file = test_path(t, "f"), *log = test_path(t, "log");
    struct err err = {0};
    int status = 0;
    pid_t pid;

    REQUIRE(os_write_file(file, "old", 3, &err) == 0);
    REQUIRE(os_append_file(log, "record\n", 7, &err) == 0);
    pid = fork();
    if (pid == 0)
        _exit(full_disk_child(file, log));
    REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_STR(test_read(t, file, NULL), "old");
    CHECK_STR(test_read(t, log, NULL), "record\n"); /* no half record */
    CHECK_INT(entries(test_dir(t)), 2);             /* no temporary file */
}

static void full_device_is_told(struct test *t)
{
    struct err err = {0};

    if (access("/dev/full", W_OK))
        SKIP("no /dev/full here");
    CHECK_INT(os_append_file("/dev/full", "x", 1, &err), -1);
    CHECK_INT(err.code, ERR_FAIL);
    CHECK(strstr(err.text, "No space left on device") != NULL);
}

static void failed_rename_leaves_no_temporary_file(struct test *t)
{
    struct err err = {0};

    REQUIRE(os_make_dir(test_path(t, "d/e"), &err) == 0);
    CHECK_INT(os_write_file(test_path(t, "d/e"), "x", 1, &err), -1); /* a folder is in the way */
    CHECK_INT(entries(test_path(t, "d")), 1);
}

static void lock_outlives_nobody(struct test *t)
{
    const char *path = test_path(t, "lock");
    struct os_lock *l = NULL;
    struct err err = {0};
    int ready[2], status;
    char c = 0;
    pid_t pid;

    REQUIRE(pipe(ready) == 0);
    pid = fork();
    if (pid == 0) {
        if (os_lock_open(&l, path, &err) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    REQUIRE(pid > 0);
    close(ready[1]);
    CHECK_INT(read(ready[0], &c, 1), 1);
    close(ready[0]);
    CHECK_INT(os_lock_open(&l, path, &err), -1);
    CHECK_INT(err.code, ERR_BUSY);
    CHECK(strstr(err.text, test_text(t, "process %ld", (long)pid)) != NULL);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    err_clear(&err);
    CHECK_INT(os_lock_open(&l, path, &err), 0);
    os_lock_close(l);
}

/* In a child without any streams: what it opens afterwards must not become its output. */
static void closed_streams_are_opened(struct test *t)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        char *none[] = {NULL}, **args = NULL;
        struct err err = {0};
        int n = 0, fd = -1;

        for (int i = 0; i <= STDERR_FILENO; i++)
            close(i);
        if (os_args(0, none, &n, &args, &err) == 0)
            fd = open("/dev/null", O_RDONLY);
        _exit(fd > STDERR_FILENO ? 0 : 1);
    }
    REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- os_run ---- */

const struct test_case suite_os_posix[] = {
    {"paths", paths},
    {"modes_are_private", modes_are_private},
    {"foreign_rights_are_refused", foreign_rights_are_refused},
    {"foreign_owners_are_refused", foreign_owners_are_refused},
    {"links_are_not_followed", links_are_not_followed},
    {"full_disk_leaves_the_old_file", full_disk_leaves_the_old_file},
    {"full_device_is_told", full_device_is_told},
    {"failed_rename_leaves_no_temporary_file", failed_rename_leaves_no_temporary_file},
    {"lock_outlives_nobody", lock_outlives_nobody},
    {"closed_streams_are_opened", closed_streams_are_opened},
    {NULL, NULL},
};
