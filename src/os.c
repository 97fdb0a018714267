/* SPDX-License-Identifier: Apache-2.0 */
/* os.c - what is the same on all platforms, over the primitives of os_int.h. */
#include "os.h"

#include <stdlib.h>
#include <string.h>

#include "os_int.h"
#include "text.h"

/* ---- lists of strings ---- */

static int names_grow(struct os_names *l, struct err *err)
{
    size_t cap = l->cap ? 2 * l->cap : 16;
    char **v;

    if (l->n < l->cap)
        return 0;
    v = realloc(l->v, cap * sizeof *v);
    if (!v)
        return err_set(err, ERR_FAIL, "list of names: out of memory");
    l->v = v;
    l->cap = cap;
    return 0;
}

int os_names_add(struct os_names *l, const char *name, struct err *err)
{
    if (names_grow(l, err) || text_dup(&l->v[l->n], name, err))
        return -1;
    l->n++;
    return 0;
}

int os_names_end(struct os_names *l, struct err *err)
{
    if (names_grow(l, err))
        return -1;
    l->v[l->n] = NULL;
    return 0;
}

void os_names_clear(struct os_names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
    *l = (struct os_names){0};
}

/* ---- paths ---- */

bool os_path_absolute(const char *path)
{
    return os_root_len(path) > 0;
}

int os_path_join(char **out, const char *folder, const char *name, struct err *err)
{
    size_t len = strlen(folder), name_size = strlen(name) + 1, tail;
    char *path;

    if (os_path_absolute(name) || len == 0)
        return text_dup(out, name, err);
    tail = os_is_separator(folder[len - 1]) ? len : len + 1;
    path = malloc(tail + name_size);
    if (!path)
        return err_set(err, ERR_FAIL, "path %s: out of memory", folder);
    memcpy(path, folder, len);
    path[tail - 1] = len == tail ? folder[len - 1] : os_separator();
    memcpy(path + tail, name, name_size);
    for (char *p = path + tail; *p; p++) /* names may come with '/' everywhere */
        if (os_is_separator(*p))
            *p = os_separator();
    *out = path;
    return 0;
}

int os_path_dir(char **out, const char *path, struct err *err)
{
    size_t root = os_root_len(path), len = strlen(path);
    char *dir;

    while (len > root && os_is_separator(path[len - 1]))
        len--;
    while (len > root && !os_is_separator(path[len - 1]))
        len--;
    while (len > root && os_is_separator(path[len - 1]))
        len--;
    if (len == 0)
        return text_dup(out, ".", err);
    if (text_dup(&dir, path, err))
        return -1;
    dir[len] = 0;
    *out = dir;
    return 0;
}

/* ---- files ---- */

static const char temporary[] = ".tmp";
enum { TEMPORARY_BYTES = 8, TEMPORARY_TAIL = sizeof temporary - 1 + 2 * TEMPORARY_BYTES };

/* "PATH.tmp" and 16 hex digits: beside the file, so that a rename does not leave the volume. */
static int temporary_name(char **out, const char *path, struct err *err)
{
    unsigned char random[TEMPORARY_BYTES];
    char hex[2 * sizeof random + 1];

    if (os_random(random, sizeof random, err))
        return -1;
    text_hex(random, sizeof random, hex);
    return text_fmt(out, err, "%s%s%s", path, temporary, hex);
}

static bool is_of(const char *name, size_t len, const char *file)
{
    return strlen(file) == len && strncmp(name, file, len) == 0;
}

bool os_is_leftover(const char *name, const char *only, const char *except)
{
    size_t all = strlen(name), len = all > TEMPORARY_TAIL ? all - TEMPORARY_TAIL : 0;
    const char *tail = name + len;

    if (len == 0 || !text_starts(tail, temporary) ||
        strspn(tail + sizeof temporary - 1, "0123456789abcdef") != 2 * TEMPORARY_BYTES)
        return false;
    return (!only || is_of(name, len, only)) && (!except || !is_of(name, len, except));
}

int os_sweep(const char *dir, const char *only, const char *except, struct err *err)
{
    struct os_names names = {0};
    int rc = os_read_names(dir, &names, err);

    for (size_t i = 0; i < names.n && rc == 0; i++) {
        char *path = NULL;

        if (!os_is_leftover(names.v[i], only, except))
            continue;
        rc = os_path_join(&path, dir, names.v[i], err) || os_remove_file(path, err) ? -1 : 0;
        free(path);
    }
    os_names_clear(&names);
    return rc;
}

static int flush_folder_of(const char *path, struct err *err)
{
    char *dir;
    int rc;

    if (os_path_dir(&dir, path, err))
        return -1;
    rc = os_flush_dir(dir, err);
    free(dir);
    return rc;
}

struct put {
    const char *path;
    struct os_bytes data;
    enum os_rights rights;
    bool replace;
};

static int put_file(const struct put *put, struct err *err)
{
    char *tmp;
    int rc = -1;

    if (temporary_name(&tmp, put->path, err))
        return -1;
    if (os_write_new(tmp, &put->data, put->rights, err))
        goto done;
    if (os_move(tmp, put->path, put->replace, err)) {
        struct err ignored = {0};

        if (os_remove_file(tmp, &ignored))
            err_hint(err, "the temporary file %s is left over", tmp);
        goto done;
    }
    rc = flush_folder_of(put->path, err);
done:
    free(tmp);
    return rc;
}

int os_write_file(const char *path, const void *p, size_t len, struct err *err)
{
    return put_file(&(struct put){path, {p, len}, OS_PRIVATE, true}, err);
}

int os_write_shared_file(const char *path, const void *p, size_t len, struct err *err)
{
    return put_file(&(struct put){path, {p, len}, OS_INHERITED, true}, err);
}

int os_create_file(const char *path, const void *p, size_t len, struct err *err)
{
    return put_file(&(struct put){path, {p, len}, OS_PRIVATE, false}, err);
}

int os_rename(const char *from, const char *to, struct err *err)
{
    char *of_from = NULL, *of_to = NULL;
    int rc = -1;

    if (os_path_dir(&of_from, from, err) || os_path_dir(&of_to, to, err) ||
        os_move(from, to, true, err) || os_flush_dir(of_to, err))
        goto done;
    rc = strcmp(of_from, of_to) == 0 ? 0 : os_flush_dir(of_from, err);
done:
    free(of_from);
    free(of_to);
    return rc;
}

/* Or a power cut takes it away, with all in it. Who may not list the folder above cannot flush it.
 */
static int flush_new(const char *path, struct err *err)
{
    struct err e = {0};

    if (flush_folder_of(path, &e) == 0 || e.code == ERR_DENIED)
        return 0;
    if (!err_is_set(err))
        *err = e;
    return -1;
}

static int make_if_absent(const char *path, struct err *err)
{
    struct err e = {0};

    if (os_is_dir(path))
        return 0;
    if (os_make_one_dir(path, &e) == 0)
        return flush_new(path, err);
    if (e.code == ERR_EXISTS && os_is_dir(path)) /* somebody else made it just now */
        return 0;
    if (e.code == ERR_EXISTS)
        return err_set(err, ERR_FAIL, "folder %s: something of that name is there, no folder",
                       path);
    if (!err_is_set(err))
        *err = e;
    return -1;
}

int os_make_dir(const char *path, struct err *err)
{
    size_t root = os_root_len(path);
    char *part;
    int rc = 0;

    if (text_dup(&part, path, err))
        return -1;
    for (size_t i = root; rc == 0; i++) {
        if (path[i] && !os_is_separator(path[i]))
            continue;
        part[i] = 0;
        if (i > root)
            rc = make_if_absent(part, err);
        if (path[i] == 0)
            break;
        part[i] = path[i];
    }
    free(part);
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int os_list_dir(const char *path, int (*each)(void *user, const char *name), void *user,
                struct err *err)
{
    struct os_names names = {0};
    int rc = -1;

    if (os_read_names(path, &names, err))
        goto done;
    if (names.n > 0)
        qsort(names.v, names.n, sizeof *names.v, by_bytes);
    rc = 0;
    for (size_t i = 0; i < names.n && rc == 0; i++)
        rc = each(user, names.v[i]);
    rc = 0;
done:
    os_names_clear(&names);
    return rc;
}
