/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - lines for people who look closer: what is being done, waited for, tried again.
 *
 * A log is handed down as `struct log *`; NULL is a log that drops everything. Outcomes are not
 * logged here but returned; the program reports them once. No secret is ever logged: the callers
 * of https log method, URL and status, never headers or bodies.
 */
#ifndef RRAS_LOG_H
#define RRAS_LOG_H

#include "err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
    enum log_level level; /* lines above it are dropped before they are formatted */
    /* One line without line end, UTF-8, foreign control characters already replaced. */
    void (*line)(void *user, enum log_level level, const char *text);
    void *user;
};

void log_error(const struct log *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_warn(const struct log *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_info(const struct log *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_debug(const struct log *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "error" "warn" "info" "debug" to the level; false if it is none of them. */
bool log_level_parse(const char *s, enum log_level *out);
const char *log_level_name(enum log_level l);

#endif
