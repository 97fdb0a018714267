/* SPDX-License-Identifier: Apache-2.0 */
/* os_thread_posix.c - threads and mutexes. */
#include "os.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct os_thread {
    pthread_t id;
    void (*work)(void *user);
    void *user;
};

static void *begin(void *user)
{
    struct os_thread *t = user;
    t->work(t->user);
    return NULL;
}

/* All but those that a thread's own faults raise. */
static void fill_sent(sigset_t *out)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigfillset(out);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(out, own[i]);
}

int os_thread_start(struct os_thread **out, void (*work)(void *user), void *user, struct err *err)
{
    struct os_thread *t = calloc(1, sizeof *t);
    if (!t)
        return err_set(err, ERR_FAIL, "thread: out of memory");
    t->work = work;
    t->user = user;
    /* A new thread has the mask of its maker. What is sent to the process is for the first thread:
     * there it ends the call that waits, while another would take it and let that go on. */
    sigset_t sent, before;
    fill_sent(&sent);
    pthread_sigmask(SIG_BLOCK, &sent, &before);
    int number = pthread_create(&t->id, NULL, begin, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number) {
        free(t);
        return err_sys(err, ERR_FAIL, ERR_SRC_ERRNO, (uint32_t)number, "thread: cannot be started");
    }
    *out = t;
    return 0;
}

void os_thread_join(struct os_thread *t)
{
    if (!t)
        return;
    pthread_join(t->id, NULL);
    free(t);
}

struct os_mutex {
    pthread_mutex_t m;
};

int os_mutex_open(struct os_mutex **out, struct err *err)
{
    struct os_mutex *m = calloc(1, sizeof *m);
    if (!m || pthread_mutex_init(&m->m, NULL)) {
        free(m);
        return err_set(err, ERR_FAIL, "mutex: out of memory");
    }
    *out = m;
    return 0;
}

void os_mutex_close(struct os_mutex *m)
{
    if (!m)
        return;
    pthread_mutex_destroy(&m->m);
    free(m);
}

void os_mutex_lock(struct os_mutex *m)
{
    if (m)
        pthread_mutex_lock(&m->m);
}

void os_mutex_unlock(struct os_mutex *m)
{
    if (m)
        pthread_mutex_unlock(&m->m);
}
