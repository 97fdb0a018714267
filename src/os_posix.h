/* SPDX-License-Identifier: Apache-2.0 */
/* os_posix.h - between the os_*_posix.c files. */
#ifndef RRAS_OS_POSIX_H
#define RRAS_OS_POSIX_H

#include "os_int.h"

/* Our code for an errno: the one place where they are translated. */
enum err_code os_errno_code(int number);
/* Sets err from errno: "WHAT PATH: cannot VERB: message (errno N)". Returns -1. */
int os_errno(struct err *err, const char *what, const char *path, const char *verb);

/* Writes all of it; -1 with errno set. */
int os_write_all(int fd, const void *p, size_t len) MUST_CHECK;
/* Closes and keeps errno. */
void os_close(int fd);

#endif
