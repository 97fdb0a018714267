/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Given to clang-tidy before each file but src/err.c. The analyser sees one source file at a time
 * and cannot know that these functions always return -1, on which every caller relies.
 */
#ifndef RRAS_LINT_ANALYZER_H
#define RRAS_LINT_ANALYZER_H

#include "err.h"

#define err_set(...)     ((err_set)(__VA_ARGS__), -1)
#define err_sys(...)     ((err_sys)(__VA_ARGS__), -1)
#define err_hint(...)    ((err_hint)(__VA_ARGS__), -1)
#define err_context(...) ((err_context)(__VA_ARGS__), -1)

#endif
