/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/schedule_view.h"

#include "event.h"
#include "os.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

/* Of the scheduler's own codes (SCHED_S_*) these are no failure. */
enum { TASK_READY = 0x41300, TASK_RUNNING = 0x41301, TASK_NEVER_RAN = 0x41303 };

void schedule_view_read(struct schedule_view *out)
{
    char *program = NULL;
    *out = (struct schedule_view){0};
    out->known = schedule_look(NULL, SCHEDULE_RUN, &out->run, &out->trouble) == 0;
    out->source_known = os_program_path(&program, &out->source_trouble) == 0 &&
                        event_source_look(program, &out->event_source, &out->source_trouble) == 0;
    free(program);
}

static bool went_well(const struct schedule_state *s)
{
    return !s->has_result || s->last_result == 0 || s->last_result == TASK_READY ||
           s->last_result == TASK_RUNNING || s->last_result == TASK_NEVER_RAN;
}

bool schedule_view_by_hand(const struct schedule_view *v)
{
    return v->known && (!v->run.registered || !v->run.enabled);
}

bool schedule_view_text(const struct schedule_view *v, char out[SCHEDULE_VIEW_BYTES])
{
    const struct schedule_state *s = &v->run;
    char last[21] = "never", next[21] = "-", result[120] = "";
    out[0] = '\0';
    if (!v->known)
        return true;
    if (schedule_view_by_hand(v)) {
        snprintf(out, SCHEDULE_VIEW_BYTES,
                 "scheduled task: %s: nothing is renewed by itself; rras-acme schedule install",
                 s->registered ? "it is disabled" : "there is none");
        return false;
    }
    if (s->last_run != 0)
        text_time(s->last_run, last);
    if (s->next_run != 0)
        text_time(s->next_run, next);
    if (s->has_result && s->last_run != 0)
        schedule_result_text(s->last_result, result, sizeof(result));
    snprintf(out, SCHEDULE_VIEW_BYTES, "scheduled task: last run %s%s%s, next run %s%s", last,
             result[0] != '\0' ? ": " : "", result, next,
             v->source_known && !v->event_source
                 ? "; its event source is not registered: rras-acme schedule install"
                 : "");
    return went_well(s) && (!v->source_known || v->event_source);
}

struct json *schedule_view_doc(const struct schedule_view *v)
{
    const struct schedule_state *s = &v->run;
    if (!v->known)
        return NULL;
    struct json *o = json_new_object();
    json_put_bool(o, "registered", s->registered);
    json_put_bool(o, "enabled", s->enabled);
    json_put_time(o, "last_run", s->last_run);
    if (s->has_result)
        json_put_integer(o, "last_result", s->last_result);
    else
        json_put_null(o, "last_result");
    json_put_time(o, "next_run", s->next_run);
    if (v->source_known)
        json_put_bool(o, "event_source", v->event_source);
    else
        json_put_null(o, "event_source");
    return o;
}
