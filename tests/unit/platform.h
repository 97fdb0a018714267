/* SPDX-License-Identifier: Apache-2.0 */
/* What the test harness needs from the operating system. Paths are UTF-8. */
#ifndef RRAS_TEST_PLATFORM_H
#define RRAS_TEST_PLATFORM_H

#include <stddef.h>

/* Line ends as they are written, output at once. */
void platform_init(void);

/* Makes a folder of a new name; its path into out. 0, or -1. */
int platform_make_dir(char *out, size_t size);

/* Removes a folder and all that is in it, without following links. 0, or -1. */
int platform_remove_dir(const char *path);

#endif
