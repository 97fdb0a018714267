/* SPDX-License-Identifier: Apache-2.0 */
/* secret.h - one function that wipes, and the compiler may not leave it out. */
#ifndef RRAS_SECRET_H
#define RRAS_SECRET_H

#include <stddef.h>

void secret_wipe(void *p, size_t len);
/* Wipes and frees a NUL-terminated string; NULL allowed. */
void secret_free(char *s);

#endif
