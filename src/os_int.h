/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_int.h - between os.c, os_run.c (the same everywhere) and os_*_posix.c, os_*_win32.c.
 *
 * What is declared under "each platform" is defined twice, once for each; the rest once.
 */
#ifndef RRAS_OS_INT_H
#define RRAS_OS_INT_H

#include "os.h"

/* ---- a growing list of owned strings ---- */

struct os_names {
    char **v;
    size_t n, cap;
};
int os_names_add(struct os_names *l, const char *name, struct err *err) MUST_CHECK;
/* Ends the list with a NULL that is not counted. */
int os_names_end(struct os_names *l, struct err *err) MUST_CHECK;
void os_names_clear(struct os_names *l);

/* ---- each platform: files ---- */

enum os_rights {
    OS_PRIVATE,  /* for us alone */
    OS_INHERITED /* what the folder or the umask gives */
};
struct os_bytes {
    const void *p;
    size_t len;
};

bool os_is_separator(char c);
char os_separator(void);
/* Length of the part of a path that cannot be made: "/", "C:\", "\\server\share\". */
size_t os_root_len(const char *path);
bool os_is_dir(const char *path);
/* One private folder. ERR_EXISTS when anything of that name is there. */
int os_make_one_dir(const char *path, struct err *err) MUST_CHECK;
/* Makes the file (it must not be there, links are not followed), writes, flushes. Nothing is left
 * after a failure. */
int os_write_new(const char *path, const struct os_bytes *data, enum os_rights rights,
                 struct err *err) MUST_CHECK;
/* Renames; replaces a file only when asked to (ERR_EXISTS). */
int os_move(const char *from, const char *to, bool replace, struct err *err) MUST_CHECK;
/* All names but . and .., in any order. */
int os_read_names(const char *path, struct os_names *out, struct err *err) MUST_CHECK;

/* ---- os_run ---- */

/* Where the output goes, and how much of it is still wanted. */
struct os_output {
    struct buf *out;
    size_t left;
};
void os_output_init(struct os_output *o, const struct os_run *r, struct buf *out);
void os_output_add(struct os_output *o, const char *p, size_t len);

/* The child's environment: the platform's base list with r->env put over it, ended by NULL. */
int os_run_env(const struct os_run *r, struct os_names *out, struct err *err) MUST_CHECK;
/* ERR_USAGE unless argv[0] is an absolute path. */
int os_run_check(const struct os_run *r, struct err *err) MUST_CHECK;

/* Each platform: what a child may inherit, "K=V" each. */
int os_base_env(struct os_names *out, struct err *err) MUST_CHECK;
bool os_same_env_name(const char *a, const char *b, size_t len);

#endif
