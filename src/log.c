/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { LINE_BYTES = 2048 };

static const char *const names[] = {"error", "warn", "info", "debug"};

static void log_line(const struct log *l, enum log_level level, const char *fmt, va_list ap)
    PRINTF_LIKE(3, 0);
static void log_line(const struct log *l, enum log_level level, const char *fmt, va_list ap)
{
    char line[LINE_BYTES];

    if (!l || !l->line || level > l->level)
        return;
    if (vsnprintf(line, sizeof line, fmt, ap) < 0)
        text_copy(line, sizeof line, fmt);
    text_scrub(line);
    l->line(l->user, level, line);
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const struct log *l, const char *fmt, ...)                                           \
    {                                                                                              \
        va_list ap;                                                                                \
                                                                                                   \
        va_start(ap, fmt);                                                                         \
        log_line(l, level, fmt, ap);                                                               \
        va_end(ap);                                                                                \
    }

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)

bool log_level_parse(const char *s, enum log_level *out)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(s, names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

const char *log_level_name(enum log_level l)
{
    return names[l];
}
