/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.h - what people read on stdout, and the one line an error gets on stderr. With --json
 * stdout stays silent here. Colours and marks only where the stream is a terminal.
 */
#ifndef RRAS_APP_SHOW_H
#define RRAS_APP_SHOW_H

#include "report.h"

struct show {
    bool silent; /* --json: nothing on stdout */
    bool color;  /* stdout */
    bool err_color;
    bool live; /* stderr is a terminal: progress is drawn there */
};

enum show_style { SHOW_PLAIN, SHOW_GOOD, SHOW_BAD, SHOW_WARN, SHOW_DIM, SHOW_BOLD };

/* The escape sequence that begins a style; "\033[0m" ends it. */
const char *show_style_code(enum show_style style);
void show_text(const struct show *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same with a style around the whole text. */
void show_styled(const struct show *s, enum show_style style, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void show_steps(const struct show *s, const struct steps *steps);
void show_checks(const struct show *s, const struct checks *checks);
/* "error: TEXT" and, if there is one, "  hint: HINT", to stderr. */
void show_error(const struct show *s, const char *name, const struct err *err);
/* A struct steps whose progress is drawn on stderr while it grows. s must outlive it. */
struct steps show_live_steps(struct show *s);
/* "12 ms", "3.4 s", "2 min 05 s". */
void show_duration(int64_t ms, char out[32]);

#endif
