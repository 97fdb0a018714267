/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - outcomes for the Windows Application event log, source "rras-acme". The numbers are
 * stable: monitoring rules name them. docs/events.md is the table for people, res/messages.mc the
 * one for Windows; a test holds the three together.
 *
 * An event's first string is one line for people, the others are key=value, in the order below;
 * what is not known is left out.
 */
#ifndef RRAS_EVENT_H
#define RRAS_EVENT_H

#include "err.h"
#include "log.h"

#include <stddef.h>

#define EVENT_SOURCE "rras-acme"

enum event_id {
    EVENT_NONE = 0,
    EVENT_ISSUED = 100,
    EVENT_DEPLOYED = 101,
    EVENT_HELD = 102,
    EVENT_RECOVERED = 103,
    EVENT_ROLLED_BACK_BY_HAND = 104,
    EVENT_SCHEDULE_INSTALLED = 110,
    EVENT_SCHEDULE_REMOVED = 111,
    EVENT_SELFTEST = 120,
    EVENT_POSTPONED = 200,
    EVENT_EXPIRY_THIRD = 201,
    EVENT_EXPIRY_FIFTH = 202,
    EVENT_NOTIFY_FAILED = 210,
    EVENT_UNSAFE = 220,
    EVENT_FAILED = 300,
    EVENT_ROLLED_BACK = 301,
    EVENT_STRANDED = 302,
    EVENT_EXPIRY_TENTH = 303,
    EVENT_EXPIRED = 304,
    EVENT_NOT_RUN = 310,
    EVENT_SCHEDULE_BROKEN = 311,
};

enum event_type { EVENT_INFORMATION, EVENT_WARNING, EVENT_ERROR };

struct event_info {
    enum event_id id;
    enum event_type type;
    const char *word; /* stable, as in JSON */
};
/* All of them, by number; ends with EVENT_NONE. */
extern const struct event_info event_table[];
const struct event_info *event_find(enum event_id id);

enum { EVENT_MAX_STRINGS = 16 };
struct event {
    enum event_id id;
    const char *text;                    /* one line; made fit for a log */
    const char *pair[EVENT_MAX_STRINGS]; /* "key=value"; borrowed */
    size_t pairs;
};

/* Writes it; where there is no event log, or on failure, only a line in our log: an event that
 * cannot be written never changes an outcome. */
void event_write(const struct event *e, const struct log *log);

/* ---- the platform's side (event_win32.c, event_posix.c) ---- */

/* strings: already fit. On systems without event log: success, nothing is done. */
int event_report(enum event_type type, enum event_id id, const char *const *strings, size_t n,
                 struct err *err) MUST_CHECK;
/* Makes the source known to Windows, with the program's file as the one that holds the texts.
 * Idempotent. */
int event_source_install(const char *program, struct err *err) MUST_CHECK;
/* *was: it was there. */
int event_source_remove(bool *was, struct err *err) MUST_CHECK;
/* Whether it is there and names this program. */
int event_source_look(const char *program, bool *out, struct err *err) MUST_CHECK;

#endif
