/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_call - what every double does around a call: write it down, and fail when a test wants that.
 *
 * A double wraps its work like this:
 *
 *     struct sim_call call;
 *     DWORD result = 0;
 *     if (sim_begin(&call, "HttpInitialize", SIM_LIE_OK, &result)) result = initialize(version);
 *     return sim_end(&call, result, "flags %lx", flags);
 *
 * The log is C:\sim\calls.log, one line a call: time, process id, program, function, details, "->
 * result".
 *
 * Faults come from the environment variable SIM_FAULT, so that they reach the program under test
 * and none of the services: "Name#N=WHAT", several divided by spaces, commas or semicolons. N
 * counts the calls of that name in this process from 1; 0 means every call. WHAT is a number    the
 * call fails with it and does nothing die         the process ends (exit code 137) before the call
 * does anything die-after   the process ends when the call has done its work lie         the call
 * says success and does nothing. Calls that only read cannot lie: they go on
 */
#ifndef SIM_CALL_H
#define SIM_CALL_H

#include "sim_windows.h"
#include <stdbool.h>

#define SIM_DIR    "C:\\sim"
#define SIM_LOG    SIM_DIR "\\calls.log"
#define SIM_EVENTS SIM_DIR "\\events.jsonl"

enum sim_lie { SIM_LIE_NO, SIM_LIE_OK };

struct sim_call {
    const char *name;
    bool die_after;
};

/* Counts the call. True: do the work. False: a fault took its place, *result is what to answer. */
bool sim_begin(struct sim_call *call, const char *name, enum sim_lie lie, DWORD *result);

/* Logs the call and returns `result`. Keeps the last error as it is. */
DWORD sim_end(const struct sim_call *call, DWORD result, const char *format, ...)
    __attribute__((format(gnu_printf, 3, 4)));

/* Sets the last error; returns whether it is success. For functions that answer BOOL. */
BOOL sim_bool(DWORD result);

/* One line into the call log, for what is not a call. */
void sim_log(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* Appends to a file that several processes write to; one call, one piece. */
void sim_append(const char *path, const char *text, size_t bytes);

/* Whether the environment variable NAME is "1". */
bool sim_switch(const char *name);

#endif
