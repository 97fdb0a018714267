/* SPDX-License-Identifier: Apache-2.0 */
/* os_win32.h - between the os_*_win32.c files. */
#ifndef RRAS_OS_WIN32_H
#define RRAS_OS_WIN32_H

#include <windows.h>

#include "os_int.h"

/* Our code for a Win32 error: the one place where they are translated. */
enum err_code os_win32_code(DWORD number);
/* Sets err from a Win32 error: "WHAT PATH: cannot VERB: message (win32 N)". Returns -1. */
int os_win32_err(struct err *err, DWORD number, const char *what, const char *path,
                 const char *verb);

/* Whether a call that failed with `number` is to be tried again, after the pauses it makes: virus
 * scanners and indexers have open what was just written, for some milliseconds. *tries is the
 * caller's, 0 at first; after about a second there is no more trying. */
bool os_win32_try_again(DWORD number, int *tries);

/* Whether a console event (CTRL_*_EVENT) that is told to a process of that session is about it. */
bool os_win32_event_is_ours(DWORD type, DWORD session);

/* A security descriptor for what we make: full rights for SYSTEM, Administrators and the present
 * user, nothing inherited. `attributes` is for CreateFileW and CreateDirectoryW. */
struct os_private {
    SECURITY_ATTRIBUTES attributes;
};
int os_private_init(struct os_private *p, struct err *err) MUST_CHECK;
void os_private_clear(struct os_private *p);

/* The user of this process: a TOKEN_USER in a block that the caller frees; NULL on failure with
 * GetLastError set. */
TOKEN_USER *os_token_user(void);

#endif
