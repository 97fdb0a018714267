/* SPDX-License-Identifier: Apache-2.0 */
/* os_acl_posix.c - who may read and write a path. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os_posix.h"
#include "text.h"

/* `others` are the permission bits that nobody but the owner may have. */
static int check_owner_and_mode(const char *what, const char *path, const struct stat *st,
                                mode_t others, struct err *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid()) {
        err_set(err, ERR_DENIED, "%s %s: belongs to user %lu, not to us", what, path,
                (unsigned long)st->st_uid);
        return err_hint(err, "chown %lu %s", (unsigned long)geteuid(), path);
    }
    if (st->st_mode & others) {
        err_set(err, ERR_DENIED, "%s %s: others may %s it (mode %03o)", what, path,
                others & 0044 ? "read or write" : "write into", (unsigned)(st->st_mode & 0777));
        return err_hint(err, "chmod %s %s", S_ISDIR(st->st_mode) ? "700" : "600", path);
    }
    return 0;
}

int os_check_private(const char *path, struct err *err)
{
    struct stat st;

    if (lstat(path, &st))
        return os_errno(err, "folder", path, "be looked at");
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_DENIED, "folder %s: is %s, no folder; remove it", path,
                       S_ISLNK(st.st_mode) ? "a link" : "a file");
    return check_owner_and_mode("folder", path, &st, 0022, err);
}

int os_check_secret_file(const char *path, struct err *err)
{
    struct stat st;

    if (lstat(path, &st))
        return os_errno(err, "file", path, "be looked at");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_DENIED, "file %s: is %s, no file", path,
                       S_ISLNK(st.st_mode) ? "a link" : "a folder or device");
    return check_owner_and_mode("file", path, &st, 0077, err);
}

enum { LINKS_MAX = 16 };

static int check_trusted_chain(const char *path, int links, struct err *err);

/* Where the link leads to; *out is the caller's. */
static int read_link(char **out, const char *path, struct err *err)
{
    char to[PATH_MAX], *folder = NULL;
    ssize_t n = readlink(path, to, sizeof to - 1);
    int rc;

    if (n < 0)
        return os_errno(err, "link", path, "be read");
    to[n] = 0;
    rc = os_path_dir(&folder, path, err) || os_path_join(out, folder, to, err) ? -1 : 0;
    free(folder);
    return rc;
}

static int check_trusted_link(const char *path, const struct stat *st, int links, struct err *err)
{
    char *to = NULL;
    int rc = -1;

    if (links == LINKS_MAX)
        return err_set(err, ERR_DENIED, "%s: too many links", path);
    if (check_owner_and_mode("link", path, st, 0, err) == 0 && read_link(&to, path, err) == 0)
        rc = check_trusted_chain(to, links + 1, err);
    free(to);
    return rc;
}

/* In a sticky folder nobody can replace what belongs to others. */
static int check_trusted_one(const char *path, bool above, int links, struct err *err)
{
    struct stat st;

    if (lstat(path, &st))
        return os_errno(err, "path", path, "be looked at");
    if (S_ISLNK(st.st_mode))
        return check_trusted_link(path, &st, links, err);
    if (above && (st.st_mode & S_ISVTX))
        return 0;
    return check_owner_and_mode(S_ISDIR(st.st_mode) ? "folder" : "file", path, &st, 0022, err);
}

static int check_trusted_chain(const char *path, int links, struct err *err)
{
    char *copy = NULL, *slash;
    int rc;

    if (text_dup(&copy, path, err))
        return -1;
    rc = check_trusted_one(copy, false, links, err);
    while (rc == 0 && strcmp(copy, "/") != 0) {
        slash = strrchr(copy, '/');
        slash[slash == copy ? 1 : 0] = 0;
        rc = check_trusted_one(copy, true, links, err);
    }
    free(copy);
    return rc;
}

int os_check_trusted(const char *path, struct err *err)
{
    if (!os_path_absolute(path))
        return err_set(err, ERR_USAGE, "%s: is no absolute path", path);
    return check_trusted_chain(path, 0, err);
}

int os_path_full(char **out, const char *path, struct err *err)
{
    char here[PATH_MAX];

    if (!os_path_absolute(path) && !getcwd(here, sizeof here))
        return os_errno(err, "working folder", ".", "be found");
    return os_path_join(out, os_path_absolute(path) ? "/" : here, path, err);
}
