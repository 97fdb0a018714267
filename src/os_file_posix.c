/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os_posix.h"
#include "secret.h"
#include "text.h"

enum { PRIVATE_DIR = 0700, PRIVATE_FILE = 0600, OPEN_FILE = 0666 };

enum err_code os_errno_code(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case EEXIST:
        return ERR_EXISTS;
    default:
        return ERR_FAIL;
    }
}

int os_errno(struct err *err, const char *what, const char *path, const char *verb)
{
    int number = errno;

    return err_sys(err, os_errno_code(number), ERR_SRC_ERRNO, (uint32_t)number, "%s %s: cannot %s",
                   what, path, verb);
}

int os_write_all(int fd, const void *p, size_t len)
{
    const char *at = p;

    while (len > 0) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

void os_close(int fd)
{
    int number = errno;

    if (fd >= 0)
        close(fd);
    errno = number;
}

/* ---- paths ---- */

bool os_is_separator(char c)
{
    return c == '/';
}

char os_separator(void)
{
    return '/';
}

size_t os_root_len(const char *path)
{
    return strspn(path, "/");
}

bool os_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool os_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

int64_t os_file_bytes(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

/* ---- reading and writing ---- */

static ssize_t read_some(int fd, char *p, size_t size)
{
    ssize_t n;

    do
        n = read(fd, p, size);
    while (n < 0 && errno == EINTR);
    return n;
}

int os_read_file(const char *path, struct buf *out, struct err *err)
{
    size_t old_len = out->len;
    char chunk[8192];
    ssize_t n = 0;
    int rc = -1, fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return os_errno(err, "file", path, "be opened");
    while ((n = read_some(fd, chunk, sizeof chunk)) > 0) {
        if ((size_t)n > out->max - out->len) {
            err_set(err, ERR_FAIL, "file %s: larger than %zu bytes", path, out->max);
            goto done;
        }
        buf_add(out, chunk, (size_t)n);
    }
    if (n < 0)
        os_errno(err, "file", path, "be read");
    else
        rc = buf_check(out, path, err);
done:
    if (rc && out->p) {
        secret_wipe(out->p + old_len, out->len - old_len);
        out->len = old_len;
    }
    secret_wipe(chunk, sizeof chunk);
    os_close(fd);
    return rc;
}

int os_write_new(const char *path, const struct os_bytes *data, enum os_rights rights,
                 struct err *err)
{
    mode_t mode = rights == OS_PRIVATE ? PRIVATE_FILE : OPEN_FILE;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode), failed;

    if (fd < 0)
        return os_errno(err, "file", path, "be made");
    failed = os_write_all(fd, data->p, data->len) || fsync(fd);
    if (failed)
        os_errno(err, "file", path, "be written");
    if (close(fd) && !failed) /* network file systems tell of a full disk as late as here */
        failed = os_errno(err, "file", path, "be written");
    if (failed)
        unlink(path);
    return failed ? -1 : 0;
}

int os_move(const char *from, const char *to, bool replace, struct err *err)
{
    if ((replace ? rename(from, to) : renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE)) ==
        0)
        return 0;
    if (replace || (errno != EINVAL && errno != ENOSYS))
        return os_errno(err, "file", to, "be put in place");
    /* A file system that cannot say "unless it is there". A death in between leaves both names. */
    if (link(from, to))
        return os_errno(err, "file", to, "be put in place");
    unlink(from);
    return 0;
}

int os_flush_dir(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

    if (fd < 0)
        return os_errno(err, "folder", path, "be opened");
    /* EINVAL: a file system on which folders cannot be flushed. */
    if (fsync(fd) && errno != EINVAL)
        rc = os_errno(err, "folder", path, "be flushed");
    os_close(fd);
    return rc;
}

int os_append_file(const char *path, const void *p, size_t len, struct err *err)
{
    int rc = -1, fd;
    struct stat st;

    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, PRIVATE_FILE);
    if (fd < 0)
        return os_errno(err, "file", path, "be opened");
    if (fstat(fd, &st)) {
        os_errno(err, "file", path, "be looked at");
    } else if (os_write_all(fd, p, len) || fsync(fd)) {
        os_errno(err, "file", path, "be written");
        if (S_ISREG(st.st_mode) && ftruncate(fd, st.st_size)) /* no half record */
            err_hint(err, "the last record of %s may be cut", path);
    } else {
        rc = 0;
    }
    os_close(fd);
    return rc;
}

/* ---- folders ---- */

int os_make_one_dir(const char *path, struct err *err)
{
    return mkdir(path, PRIVATE_DIR) == 0 ? 0 : os_errno(err, "folder", path, "be made");
}

static int read_entries(DIR *dir, const char *path, struct os_names *out, struct err *err)
{
    const struct dirent *entry;

    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (os_names_add(out, entry->d_name, err))
            return -1;
    }
    return errno ? os_errno(err, "folder", path, "be read") : 0;
}

int os_read_names(const char *path, struct os_names *out, struct err *err)
{
    DIR *dir = opendir(path);
    int rc;

    if (!dir)
        return os_errno(err, "folder", path, "be read");
    rc = read_entries(dir, path, out, err);
    closedir(dir);
    return rc;
}

int os_remove_file(const char *path, struct err *err)
{
    return unlink(path) == 0 ? 0 : os_errno(err, "file", path, "be removed");
}

enum { TREE_MAX_DEPTH = 64 };

/* After unlinkat has failed: EISDIR and EPERM (POSIX) are said of a folder. Of all else, errno
 * stays what it is: why the file cannot be removed. */
static int open_child_dir(int fd, const char *name)
{
    int number = errno, child;

    if (number != EISDIR && number != EPERM)
        return -1;
    child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child < 0 && errno == ENOTDIR)
        errno = number;
    return child;
}

/* Removes what is in the folder that fd is open on, and closes fd. Going from descriptor to
 * descriptor, nobody can lead us elsewhere by putting a link in the way. */
static int empty_dir(int fd, int depth, const char *path, struct err *err)
{
    struct os_names names = {0};
    DIR *dir = fdopendir(fd);
    int rc = -1;

    if (!dir) {
        os_close(fd);
        return os_errno(err, "folder", path, "be read");
    }
    if (depth > TREE_MAX_DEPTH) {
        err_set(err, ERR_FAIL, "folder %s: more than %d folders deep", path, TREE_MAX_DEPTH);
        goto done;
    }
    if (read_entries(dir, path, &names, err))
        goto done;
    for (size_t i = 0; i < names.n; i++) {
        int child;

        if (unlinkat(fd, names.v[i], 0) == 0)
            continue;
        child = open_child_dir(fd, names.v[i]);
        if (child >= 0 && empty_dir(child, depth + 1, path, err))
            goto done;
        if (child < 0 || unlinkat(fd, names.v[i], AT_REMOVEDIR)) {
            os_errno(err, "folder", path, "be emptied");
            goto done;
        }
    }
    rc = 0;
done:
    os_names_clear(&names);
    closedir(dir);
    return rc;
}

int os_remove_tree(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return os_errno(err, "folder", path, "be opened");
    if (empty_dir(fd, 0, path, err))
        return -1;
    return rmdir(path) == 0 ? 0 : os_errno(err, "folder", path, "be removed");
}

int os_free_space(const char *path, int64_t *out_bytes, struct err *err)
{
    struct statvfs fs;

    if (statvfs(path, &fs))
        return os_errno(err, "folder", path, "be asked for its free space");
    *out_bytes = (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize);
    return 0;
}
