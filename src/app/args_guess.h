/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args_guess.h - a command line that cannot be understood: what a scheduled task meant by it, so
 * that its failure can be told to those whom its configuration names.
 */
#ifndef RRAS_APP_ARGS_GUESS_H
#define RRAS_APP_ARGS_GUESS_H

#include "src/app/args.h"

/* Pure. True for `run` and `watchdog`: the command, --config, --state and --json, as far as they
 * can be made out; all else as if not given. Strings are borrowed from argv, which must be as it
 * came: args_parse reorders it. */
bool args_guess(struct args *out, int argc, char *const *argv);

#endif
