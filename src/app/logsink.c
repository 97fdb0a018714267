/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/logsink.h"

#include "text.h"

#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

static void to_console(const struct logsink *s, enum log_level level, const char *text)
{
    static const char *const color[] = {"\033[31m", "\033[33m", "\033[2m", "\033[2m"};
    struct buf b = BUF_INIT(LINE_MAX_BYTES);
    if (s->color)
        buf_puts(&b, color[level]);
    buf_addf(&b, "%s: ", log_level_name(level));
    buf_puts(&b, text);
    if (s->color)
        buf_puts(&b, "\033[0m");
    buf_putc(&b, '\n');
    os_write(2, buf_str(&b), strlen(buf_str(&b)));
    buf_clear(&b);
}

static void to_file(struct logsink *s, enum log_level level, const char *text)
{
    struct buf b = BUF_INIT(LINE_MAX_BYTES);
    struct err err = {0};
    char when[21];
    text_time(clock_now(s->clock), when);
    buf_addf(&b, "%s %ld %s ", when, os_pid(), log_level_name(level));
    buf_puts(&b, text);
    buf_putc(&b, '\n');
    if (os_append_file(s->file, buf_str(&b), strlen(buf_str(&b)), &err) != 0) {
        s->file_failed = true; /* a full disk must not stop a renewal */
        to_console(s, LOG_WARN, err.text);
    }
    buf_clear(&b);
}

static void sink_line(void *user, enum log_level level, const char *text)
{
    struct logsink *s = user;
    os_mutex_lock(s->lock);
    if (level <= s->console_level)
        to_console(s, level, text);
    if (s->file != NULL && !s->file_failed && level <= s->file_level)
        to_file(s, level, text);
    os_mutex_unlock(s->lock);
}

struct log logsink_log(struct logsink *s)
{
    enum log_level level = s->console_level;
    if (s->file != NULL && s->file_level > level)
        level = s->file_level;
    return (struct log){.level = level, .line = sink_line, .user = s};
}
