/* SPDX-License-Identifier: Apache-2.0 */
/* scheduler.h - the Task Scheduler service (its COM interface, Task Scheduler 2.0). Our own tasks
 * are in the root folder. On systems without it every function fails with ERR_USAGE. */
#ifndef RRAS_APP_SCHEDULER_H
#define RRAS_APP_SCHEDULER_H

#include "err.h"

struct scheduler_task { /* scheduler_task_clear frees */
    bool registered, enabled;
    char *xml;                  /* as the service gives it back; NULL when it is not registered */
    int64_t last_run, next_run; /* Unix seconds; 0 = none */
    bool has_result;
    uint32_t last_result;
};
/* Not registered = success. ERR_DENIED, ERR_FAIL with the HRESULT. */
int scheduler_read(const char *name, struct scheduler_task *out, struct err *err) MUST_CHECK;
void scheduler_task_clear(struct scheduler_task *t);
/* Makes the task, or makes it what the XML says, to run as SYSTEM. */
int scheduler_register(const char *name, const char *xml, struct err *err) MUST_CHECK;
/* *was: it was there. Not registered = success. */
int scheduler_remove(const char *name, bool *was, struct err *err) MUST_CHECK;

/* Told of each task in turn: path as "\\Folder\\Name", and its XML ("" of one that is disabled). */
typedef void scheduler_see(void *user, const char *path, bool enabled, const char *xml);
/* Every task that this account may see, hidden ones as well, but for Windows' own, which are below
 * \Microsoft. A task or folder that cannot be read is left out. */
int scheduler_each(scheduler_see *see, void *user, struct err *err) MUST_CHECK;

#endif
