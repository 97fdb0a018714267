/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/scheduler.h"

#include <stdlib.h>
#include <string.h>

static int refuse(const char *name, struct err *err)
{
    err_set(err, ERR_USAGE, "scheduled task %s: this system has no Task Scheduler", name);
    return err_hint(err, "use cron: `rras-acme schedule show` prints the lines");
}

int scheduler_read(const char *name, struct scheduler_task *out, struct err *err)
{
    (void)out;
    return refuse(name, err);
}

void scheduler_task_clear(struct scheduler_task *t)
{
    free(t->xml);
    memset(t, 0, sizeof(*t));
}

int scheduler_register(const char *name, const char *xml, struct err *err)
{
    (void)xml;
    return refuse(name, err);
}

int scheduler_remove(const char *name, bool *was, struct err *err)
{
    (void)was;
    return refuse(name, err);
}

int scheduler_each(scheduler_see *see, void *user, struct err *err)
{
    (void)see, (void)user;
    return refuse("list", err);
}
