/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_view.h - what `status` and the doctor know of the task that starts `run`. */
#ifndef RRAS_APP_SCHEDULE_VIEW_H
#define RRAS_APP_SCHEDULE_VIEW_H

#include "json.h"
#include "src/app/schedule.h"

struct schedule_view {
    bool known; /* `run` is what the service told; false elsewhere than on Windows, too */
    struct schedule_state run;
    struct err trouble; /* why not */
    bool source_known, event_source;
    struct err source_trouble;
};
void schedule_view_read(struct schedule_view *out);

/* Pure. No task is there, or it is disabled: nothing is renewed by itself. */
bool schedule_view_by_hand(const struct schedule_view *v);
/* Pure. One line without its end; "" = nothing is known. True when all is well. */
enum { SCHEDULE_VIEW_BYTES = 400 };
bool schedule_view_text(const struct schedule_view *v, char out[SCHEDULE_VIEW_BYTES]);
/* "schedule" of the document; NULL = nothing is known. */
struct json *schedule_view_doc(const struct schedule_view *v);

#endif
