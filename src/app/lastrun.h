/* SPDX-License-Identifier: Apache-2.0 */
/* lastrun.h - when `run`, for all names, last came to its end: run.json in the state folder. */
#ifndef RRAS_APP_LASTRUN_H
#define RRAS_APP_LASTRUN_H

#include "err.h"

int lastrun_save(const char *state_dir, int64_t now, struct err *err) MUST_CHECK;
/* 0 = never, or not known. */
int64_t lastrun_load(const char *state_dir);

#endif
