/* SPDX-License-Identifier: Apache-2.0 */
/* status_out.h - what was found out by `status`, in four forms. All pure: into memory. */
#ifndef RRAS_APP_STATUS_OUT_H
#define RRAS_APP_STATUS_OUT_H

#include "json.h"
#include "src/app/schedule_view.h"
#include "src/app/view.h"

/* status_table.c: one line a certificate, and below it what asks for attention. */
struct table_style {
    int width; /* of the terminal; 0 = lines may have any length */
    bool color, unicode;
};
void status_table(const struct status_view *v, size_t n, const struct table_style *style,
                  struct buf *out);

/* status_doc.c: an element of certificates[]. */
struct json *status_doc(const struct status_view *v);

/* status_html.c: one page that needs nothing else, no script either; foreign text in it is
 * escaped. What is wrong comes first. foot: a line at its end, "" = none. */
void status_html(const struct status_view *v, size_t n, int64_t now, const char *foot,
                 struct buf *out);

/* status_metrics.c: the text format of Prometheus, version 0.0.4. */
void status_metrics(const struct status_view *v, size_t n, int64_t now, struct buf *out);
/* Of `run` itself: the task that starts it, and when it last came to its end (0 = never). */
void status_metrics_run(const struct schedule_view *task, int64_t ended, struct buf *out);

#endif
