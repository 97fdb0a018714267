/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/schedule.h"

#include <stdio.h>
#include <string.h>

/* The scheduler's codes that an administrator meets (winerror.h), and our exit codes. */
void schedule_result_text(uint32_t result, char *out, size_t size)
{
    static const struct {
        uint32_t number;
        const char *text;
    } known[] = {
        {0, "done"},
        {1, "unforeseen failure"},
        {2, "usage or configuration"},
        {3, "the CA refused"},
        {4, "DNS"},
        {5, "network"},
        {6, "deploy failed, rolled back"},
        {7, "deploy failed and NOT rolled back"},
        {8, "another instance ran"},
        {9, "a check failed"},
        {10, "postponed"},
        {0x41301, "running"},
        {0x41302, "disabled"},
        {0x41303, "has not run yet"},
        {0x41306, "ended by force: its time limit, or somebody"},
        {0x80070002, "the program is not there"},
        {0x80070005, "access denied"},
        {0x800710e0, "the scheduler refused to start it"},
        {0xc000013a, "ended by force"},
    };
    const char *text = NULL;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && text == NULL; i++)
        if (known[i].number == result)
            text = known[i].text;
    if (text == NULL)
        snprintf(out, size, "0x%x", (unsigned)result);
    else if (result <= 10)
        snprintf(out, size, "%u (%s)", (unsigned)result, text);
    else
        snprintf(out, size, "0x%x (%s)", (unsigned)result, text);
}

static int judge(const struct schedule_plan *plan, enum schedule_id id,
                 const struct scheduler_task *task, struct schedule_state *out, struct err *err)
{
    struct buf wanted = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    int rc = schedule_xml(plan, id, &wanted, err);
    if (rc == 0)
        out->as_wanted = schedule_same(buf_str(&wanted), task->xml, out->why);
    if (rc == 0 && out->as_wanted && !task->enabled) { /* switched off beside the XML */
        out->as_wanted = false;
        snprintf(out->why, sizeof(out->why), "it is disabled");
    }
    buf_clear(&wanted);
    return rc;
}

int schedule_look(const struct schedule_plan *plan, enum schedule_id id, struct schedule_state *out,
                  struct err *err)
{
    struct scheduler_task task = {0};
    struct schedule_state s = {0};
    if (scheduler_read(schedule_task_name(id), &task, err) != 0)
        return -1;
    s.registered = task.registered;
    s.enabled = task.registered && task.enabled;
    s.last_run = task.last_run;
    s.next_run = task.next_run;
    s.has_result = task.registered && task.has_result;
    s.last_result = task.last_result;
    s.as_wanted = plan == NULL;
    int rc = 0;
    if (!task.registered) {
        snprintf(s.why, sizeof(s.why), "it is not registered");
        s.as_wanted = false;
    } else if (plan != NULL) {
        rc = judge(plan, id, &task, &s, err);
    }
    scheduler_task_clear(&task);
    if (rc == 0)
        *out = s;
    return rc;
}
