/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wide.h - UTF-8 to UTF-16 and back, for the _win32.c files alone: nowhere else are there wide
 * strings.
 */
#ifndef RRAS_WIDE_H
#define RRAS_WIDE_H

#include "err.h"

#include <stddef.h>

/* *out is the caller's (free). ERR_FAIL when the text is not well-formed, or out of memory. */
int wide_from_utf8(wchar_t **out, const char *s, struct err *err) MUST_CHECK;
int wide_to_utf8(char **out, const wchar_t *w, struct err *err) MUST_CHECK;

/* UTF-8 into a fixed array, as text_copy. False when it did not fit (out is then cut), and when w
 * is NULL or not well-formed (out stays as it was). */
bool wide_copy(char *out, size_t size, const wchar_t *w);

/* A path for the Windows calls: '/' becomes '\', and one near or over MAX_PATH is made absolute
 * and gets the prefix \\?\ (or \\?\UNC\). *out is the caller's (free). */
int wide_path(wchar_t **out, const char *path, struct err *err) MUST_CHECK;

#endif
