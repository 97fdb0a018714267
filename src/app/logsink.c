/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/logsink.h"

#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 16 * 1024 };

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

static void put_text(struct buf *b, const char *when, enum log_level level, const char *text)
{
    buf_addf(b, "%s %ld %s ", when, os_pid(), log_level_name(level));
    buf_puts(b, text);
}

static void put_json(struct buf *b, const char *when, enum log_level level, const char *text)
{
    struct json *o = json_new_object();
    struct err err = {0};
    json_put_string(o, "time", when);
    json_put_integer(o, "pid", os_pid());
    json_put_string(o, "level", log_level_name(level));
    json_put_string(o, "message", text);
    if (json_text(o, JSON_COMPACT, b, &err) != 0)
        buf_reset(b);
    json_free(o);
}

/* FILE.4 to FILE.5, ..., FILE to FILE.1. What cannot be renamed, as somebody reads it, is appended
 * to for another while. */
static void rotate(const struct logsink *s, size_t coming)
{
    char *from = NULL, *to = NULL;
    struct err err = {0};
    if (s->max_bytes <= 0 || os_file_bytes(s->file) + (int64_t)coming <= s->max_bytes)
        return;
    for (int i = s->keep; i > 0; i--) {
        err_clear(&err);
        if (text_fmt(&to, &err, "%s.%d", s->file, i) == 0 &&
            (i > 1 ? text_fmt(&from, &err, "%s.%d", s->file, i - 1)
                   : text_dup(&from, s->file, &err)) == 0 &&
            os_exists(from) && os_rename(from, to, &err) != 0)
            i = 0; /* what follows would write over it */
        free(from);
        free(to);
        from = to = NULL;
    }
}

static void to_file(struct logsink *s, enum log_level level, const char *text)
{
    struct buf b = BUF_INIT(LINE_MAX_BYTES);
    struct err err = {0};
    char when[21];
    text_time(clock_now(s->clock), when);
    if (s->json)
        put_json(&b, when, level, text);
    else
        put_text(&b, when, level, text);
    buf_putc(&b, '\n');
    rotate(s, b.len);
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
