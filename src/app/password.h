/* SPDX-License-Identifier: Apache-2.0 */
/* password.h - a PFX's password, never on the command line, and the bounds of both. */
#ifndef RRAS_APP_PASSWORD_H
#define RRAS_APP_PASSWORD_H

#include "buf.h"

enum { PFX_FILE_MAX_BYTES = 1024 * 1024, PASSWORD_MAX_BYTES = 4096 };

/* ref: a file (not readable by others), "env:NAME", or "-" for the first line of standard input,
 * which must be no terminal, where it would be seen. ERR_USAGE, also when it is empty. out must be
 * wiped. */
int password_read(const char *ref, struct buf *out, struct err *err) MUST_CHECK;

#endif
