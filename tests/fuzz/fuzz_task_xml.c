/* SPDX-License-Identifier: Apache-2.0 */
/* A task as the Task Scheduler, or whoever changed it there, gives it back. */
#include "fuzz.h"

#include "src/app/schedule.h"

#include <stdlib.h>
#include <string.h>

void fuzz_task_xml(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct schedule_plan plan = {.program = "C:\\Program Files\\rras-acme\\rras-acme.exe",
                                 .state_dir = "C:\\ProgramData\\rras-acme\\state",
                                 .machine = "GW1",
                                 .interval_s = 3600,
                                 .limit_s = 7200};
    struct buf wanted = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    char why[SCHEDULE_WHY_BYTES] = "";
    struct err err = {0};
    char *found = calloc(1, len + 1);

    FUZZ_HOLDS(schedule_xml(&plan, SCHEDULE_RUN, &wanted, &err) == 0);
    if (found && len > 0)
        memcpy(found, p, len);
    if (found && !schedule_same(buf_str(&wanted), found, why))
        FUZZ_HOLDS(why[0] && memchr(why, '\0', sizeof why) && fuzz_text_fit(why));
    /* A task is itself. */
    FUZZ_HOLDS(schedule_same(buf_str(&wanted), buf_str(&wanted), why));
    free(found);
    buf_clear(&wanted);
}
