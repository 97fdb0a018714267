/* SPDX-License-Identifier: Apache-2.0 */
/* os_dir_win32.c - reading and removing folders. */
#include <windows.h>

#include <stdlib.h>
#include <wchar.h>

#include "os_win32.h"
#include "wide.h"

/* Calls each() for every entry but . and .. until one is not 0. */
struct visit {
    int (*each)(void *user, const char *name, DWORD attributes, struct err *err);
    void *user;
};

static int visit_found(const struct visit *v, const WIN32_FIND_DATAW *found, struct err *err)
{
    char *name;
    int rc;

    if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
        return 0;
    if (wide_to_utf8(&name, found->cFileName, err))
        return -1;
    rc = v->each(v->user, name, found->dwFileAttributes, err);
    free(name);
    return rc;
}

static int visit_dir(const char *path, const struct visit *v, struct err *err)
{
    HANDLE find = INVALID_HANDLE_VALUE;
    WIN32_FIND_DATAW found;
    char *pattern = NULL;
    wchar_t *wide = NULL;
    DWORD number;
    int rc = -1;

    if (os_path_join(&pattern, path, "*", err) || wide_path(&wide, pattern, err))
        goto done;
    find = FindFirstFileW(wide, &found);
    if (find == INVALID_HANDLE_VALUE) {
        os_win32_err(err, GetLastError(), "folder", path, "be read");
        goto done;
    }
    do
        rc = visit_found(v, &found, err);
    while (rc == 0 && FindNextFileW(find, &found));
    number = rc == 0 ? GetLastError() : ERROR_NO_MORE_FILES;
    if (number != ERROR_NO_MORE_FILES)
        rc = os_win32_err(err, number, "folder", path, "be read");
done:
    if (find != INVALID_HANDLE_VALUE)
        FindClose(find);
    free(wide);
    free(pattern);
    return rc;
}

static int add_name(void *user, const char *name, DWORD attributes, struct err *err)
{
    (void)attributes;
    return os_names_add(user, name, err);
}

int os_read_names(const char *path, struct os_names *out, struct err *err)
{
    return visit_dir(path, &(struct visit){add_name, out}, err);
}

enum { TREE_MAX_DEPTH = 64 };

struct tree {
    const char *path;
    int depth;
};

static int remove_tree(const struct tree *tree, struct err *err);

static int remove_dir(const char *path, struct err *err)
{
    wchar_t *wide;
    DWORD number;
    int tries = 0;

    if (wide_path(&wide, path, err))
        return -1;
    do
        number = RemoveDirectoryW(wide) ? 0 : GetLastError();
    while (number && os_win32_try_again(number, &tries));
    free(wide);
    return number ? os_win32_err(err, number, "folder", path, "be removed") : 0;
}

/* A read-only file cannot be removed. */
static int make_writable(const char *path, struct err *err)
{
    wchar_t *wide;

    if (wide_path(&wide, path, err))
        return -1;
    SetFileAttributesW(wide, FILE_ATTRIBUTE_NORMAL);
    free(wide);
    return 0;
}

static int remove_entry(void *user, const char *name, DWORD attributes, struct err *err)
{
    const struct tree *tree = user;
    char *path;
    int rc = -1;

    if (os_path_join(&path, tree->path, name, err))
        return -1;
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        if ((attributes & FILE_ATTRIBUTE_READONLY) == 0 || make_writable(path, err) == 0)
            rc = os_remove_file(path, err);
    } else if (attributes & FILE_ATTRIBUTE_REPARSE_POINT) {
        rc = remove_dir(path, err); /* the link, not what it leads to */
    } else {
        rc = remove_tree(&(struct tree){path, tree->depth + 1}, err);
    }
    free(path);
    return rc;
}

static int remove_tree(const struct tree *tree, struct err *err)
{
    struct visit v = {remove_entry, (void *)(uintptr_t)tree};

    if (tree->depth > TREE_MAX_DEPTH)
        return err_set(err, ERR_FAIL, "folder %s: more than %d folders deep", tree->path,
                       TREE_MAX_DEPTH);
    if (visit_dir(tree->path, &v, err))
        return -1;
    return remove_dir(tree->path, err);
}

int os_remove_tree(const char *path, struct err *err)
{
    wchar_t *wide;
    DWORD a, number;

    if (wide_path(&wide, path, err))
        return -1;
    a = GetFileAttributesW(wide);
    number = a == INVALID_FILE_ATTRIBUTES ? GetLastError() : 0;
    free(wide);
    if (number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND)
        return 0;
    if (number)
        return os_win32_err(err, number, "folder", path, "be opened");
    if (!(a & FILE_ATTRIBUTE_DIRECTORY) || (a & FILE_ATTRIBUTE_REPARSE_POINT))
        return err_set(err, ERR_FAIL, "folder %s: is a link or a file, no folder", path);
    return remove_tree(&(struct tree){path, 0}, err);
}

int os_path_full(char **out, const char *path, struct err *err)
{
    wchar_t *wide = NULL, *full = NULL;
    DWORD size, n;
    int rc = -1;

    if (wide_from_utf8(&wide, path, err))
        return -1;
    size = GetFullPathNameW(wide, 0, NULL, NULL);
    full = size > 0 ? malloc(size * sizeof *full) : NULL;
    n = full ? GetFullPathNameW(wide, size, full, NULL) : 0;
    if (n == 0 || n >= size)
        os_win32_err(err, GetLastError(), "path", path, "be made whole");
    else
        rc = wide_to_utf8(out, full, err);
    free(wide);
    free(full);
    return rc;
}
