/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim - for the pass-through doubles: DLLs that export all of Wine's functions, a few of them
 * their own (SHIM(name)), the rest jumps to Wine's DLL. mkshim.py makes the glue.
 */
#ifndef SHIM_H
#define SHIM_H

#include "sim_windows.h"

typedef void shim_function(void);

#define SHIM(name) shim_##name

/* Wine's function of this name. */
shim_function *shim_original(const char *function);
#define ORIGINAL(function) ((__typeof__(&(function)))shim_original(#function))

#endif
