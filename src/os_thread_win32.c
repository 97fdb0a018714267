/* SPDX-License-Identifier: Apache-2.0 */
/* os_thread_win32.c - threads and mutexes. */
#include "os.h"

#include <process.h>
#include <stdlib.h>
#include <windows.h>

struct os_thread {
    HANDLE handle;
    void (*work)(void *user);
    void *user;
};

static unsigned __stdcall begin(void *user)
{
    struct os_thread *t = user;
    t->work(t->user);
    return 0;
}

/* _beginthreadex and not CreateThread: the C library keeps data of each thread. */
int os_thread_start(struct os_thread **out, void (*work)(void *user), void *user, struct err *err)
{
    struct os_thread *t = calloc(1, sizeof *t);
    if (!t)
        return err_set(err, ERR_FAIL, "thread: out of memory");
    t->work = work;
    t->user = user;
    t->handle = (HANDLE)_beginthreadex(NULL, 0, begin, t, 0, NULL);
    if (!t->handle) {
        free(t);
        return err_set(err, ERR_FAIL, "thread: cannot be started");
    }
    *out = t;
    return 0;
}

void os_thread_join(struct os_thread *t)
{
    if (!t)
        return;
    WaitForSingleObject(t->handle, INFINITE);
    CloseHandle(t->handle);
    free(t);
}

struct os_mutex {
    SRWLOCK lock;
};

int os_mutex_open(struct os_mutex **out, struct err *err)
{
    struct os_mutex *m = calloc(1, sizeof *m);
    if (!m)
        return err_set(err, ERR_FAIL, "mutex: out of memory");
    InitializeSRWLock(&m->lock);
    *out = m;
    return 0;
}

void os_mutex_close(struct os_mutex *m)
{
    free(m);
}

void os_mutex_lock(struct os_mutex *m)
{
    if (m)
        AcquireSRWLockExclusive(&m->lock);
}

void os_mutex_unlock(struct os_mutex *m)
{
    if (m)
        ReleaseSRWLockExclusive(&m->lock);
}
