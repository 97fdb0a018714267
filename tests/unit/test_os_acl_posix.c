/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os.h"
#include "test.h"

enum { NOBODY = 65534 };

/* real/program, and links to it: link -> real/program, chain -> link, folder -> real. */
static void make(struct test *t)
{
    struct err err = {0};
    CHECK_INT(os_make_dir(test_path(t, "real"), &err), 0);
    CHECK_INT(os_make_dir(test_path(t, "open"), &err), 0);
    test_write(t, "real/program", "x", 1);
    CHECK_INT(chmod(test_path(t, "real/program"), 0755), 0);
    CHECK_INT(symlink("real/program", test_path(t, "link")), 0);
    CHECK_INT(symlink(test_path(t, "link"), test_path(t, "chain")), 0);
    CHECK_INT(symlink("real", test_path(t, "folder")), 0);
    CHECK_INT(symlink("../real/program", test_path(t, "open/link")), 0);
    CHECK_INT(symlink("circle", test_path(t, "circle")), 0);
}

static int judged(struct test *t, const char *path)
{
    struct err err = {0};
    int rc = os_check_trusted(test_path(t, path), &err);
    CHECK_INT(rc == 0 || err.code == ERR_DENIED || err.code == ERR_NOT_FOUND, 1);
    return rc;
}

static void what_others_could_change_is_not_trusted(struct test *t)
{
    static const struct {
        const char *change; /* gets mode, or belongs to nobody */
        mode_t mode, normal;
        const char *path;
        int rc;
    } cases[] = {
        {"real", 0700, 0700, "real/program", 0},
        {"real", 0755, 0700, "link", 0},
        {"real", 0755, 0700, "chain", 0},
        {"real", 0755, 0700, "folder/program", 0},
        {"real/program", 0777, 0755, "real/program", -1},
        {"real/program", 0775, 0755, "real/program", -1},
        {"real/program", 0777, 0755, "link", -1},
        {"real/program", 0777, 0755, "chain", -1},
        {"real", 0777, 0700, "real/program", -1},
        {"real", 0777, 0700, "folder/program", -1},
        {"real", 0777, 0700, "chain", -1},
        {"real", 01777, 0700, "link", 0}, /* as /tmp: nobody can replace what is ours */
        {"open", 0777, 0700, "open/link", -1},
        {"real", 0700, 0700, "circle", -1},
        {"real", 0700, 0700, "nowhere", -1},
        {"real", 0, 0, "real/program", -1}, /* the owner */
        {"link", 0, 0, "link", -1},
    };
    if (geteuid() != 0) {
        test_skip(t, "needs root");
        return;
    }
    make(t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *change = test_path(t, cases[i].change);
        int changed = cases[i].normal ? chmod(change, cases[i].mode) : lchown(change, NOBODY, 0);
        CHECK_INT(changed, 0);
        if (!CHECK_INT(judged(t, cases[i].path), cases[i].rc))
            CHECK_STR(cases[i].path, cases[i].change);
        changed = cases[i].normal ? chmod(change, cases[i].normal) : lchown(change, 0, 0);
        CHECK_INT(changed, 0);
    }
}

static void a_path_is_made_absolute(struct test *t)
{
    struct err err = {0};
    char *full = NULL;
    CHECK_INT(os_path_full(&full, "/a/b", &err), 0);
    CHECK_STR(full, "/a/b");
    free(full);
    full = NULL;
    CHECK_INT(os_path_full(&full, "a/b", &err), 0);
    CHECK(full != NULL && os_path_absolute(full) && strstr(full, "/a/b") != NULL);
    free(full);
    CHECK_INT(os_check_trusted("a/b", &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
}

const struct test_case suite_os_acl_posix[] = {
    {"what_others_could_change_is_not_trusted", what_others_could_change_is_not_trusted},
    {"a_path_is_made_absolute", a_path_is_made_absolute},
    {NULL, NULL},
};
