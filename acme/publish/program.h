/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - may we start this program with our rights? */
#ifndef RRAS_PUBLISH_PROGRAM_H
#define RRAS_PUBLISH_PROGRAM_H

#include "err.h"

/* ERR_USAGE unless `path` is a file (links are followed) that only we and the machine's
 * administrators may change or replace: a program that others can write runs their code as us. */
int program_check(const char *path, struct err *err) MUST_CHECK;

#endif
