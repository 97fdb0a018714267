/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.h - when a deploy may interrupt: maintenance windows in local time. Pure.
 *
 * A window opens on some days of the week at a local time and closes at another, on the next day
 * when that is not later ("Fri 23:30-01:00"). Where the clock is changed:
 *
 *   - in the hour that comes twice it is open twice;
 *   - of the hour that is left out there is nothing; a window that would lie in it with all of its
 *     minutes opens at the first minute after it instead, and stays open as long as ever.
 */
#ifndef RRAS_WINDOW_H
#define RRAS_WINDOW_H

#include "err.h"

#include <stddef.h>

/* Local time: seconds east of UTC at an instant (Unix seconds). os_zone (os.h) is this machine's.
 */
struct zone {
    int64_t (*offset_s)(void *user, int64_t utc_s);
    void *user;
};

enum { WINDOW_MAX = 32, WINDOW_TEXT_BYTES = 24 };
struct window {
    unsigned days;        /* bit 0 = Sunday ... bit 6 = Saturday: the days on which it opens */
    int from_min, to_min; /* since midnight; to_min <= from_min: it closes on the next day */
};
struct windows {
    struct window v[WINDOW_MAX];
    size_t n;
};

/* "Sun 02:00-04:00", "Mon-Fri 23:30-01:00", "daily 03:00-04:00"; 24:00 only as the end. ERR_USAGE
 * tells what part is wrong. */
int window_parse(const char *s, struct window *out, struct err *err) MUST_CHECK;
/* The canonical form of it. */
void window_text(const struct window *w, char out[WINDOW_TEXT_BYTES]);

struct window_state {
    bool open;
    /* Open: when it closes. Closed: when the next one opens. 0 = never; no windows are always open.
     */
    int64_t until;
};
void window_look(const struct windows *w, int64_t now, const struct zone *zone,
                 struct window_state *out);

#endif
