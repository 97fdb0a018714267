/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/show.h"

#include "os.h"

#include <stdio.h>
#include <string.h>

#define FINDING_INDENT "                                   " /* where findings begin */
#define FINDING_LINE   "\n" FINDING_INDENT

enum { SHOW_MAX_BYTES = 256 * 1024, NAME_COLUMN = 26 };

const char *show_style_code(enum show_style style)
{
    static const char *const codes[] = {"",         "\033[32m", "\033[31m",
                                        "\033[33m", "\033[2m",  "\033[1m"};
    return codes[style];
}

static void put_styled(struct buf *b, bool color, enum show_style style, const char *text)
{
    if (color && style != SHOW_PLAIN)
        buf_puts(b, show_style_code(style));
    buf_puts(b, text);
    if (color && style != SHOW_PLAIN)
        buf_puts(b, "\033[0m");
}

static void flush_out(const struct show *s, struct buf *b)
{
    if (!s->silent)
        os_write(1, buf_str(b), strlen(buf_str(b)));
    buf_clear(b);
}

void show_text(const struct show *s, const char *fmt, ...)
{
    struct buf b = BUF_INIT(SHOW_MAX_BYTES);
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    flush_out(s, &b);
}

void show_styled(const struct show *s, enum show_style style, const char *fmt, ...)
{
    struct buf text = BUF_INIT(SHOW_MAX_BYTES), b = BUF_INIT(SHOW_MAX_BYTES);
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    put_styled(&b, s->color, style, buf_str(&text));
    buf_clear(&text);
    flush_out(s, &b);
}

void show_duration(int64_t ms, char out[32])
{
    if (ms < 1000)
        snprintf(out, 32, "%d ms", (int)ms);
    else if (ms < 60 * 1000)
        snprintf(out, 32, "%d.%d s", (int)(ms / 1000), (int)(ms % 1000 / 100));
    else
        snprintf(out, 32, "%d min %02d s", (int)(ms / 60000), (int)(ms / 1000 % 60));
}

/* Pads by characters, not bytes: values hold arrows and foreign names. */
static void put_padded(struct buf *b, const char *text, int width)
{
    int shown = 0;
    for (const char *p = text; *p != '\0'; p++)
        shown += ((unsigned char)*p & 0xC0) != 0x80;
    buf_puts(b, text);
    for (; shown < width; shown++)
        buf_putc(b, ' ');
}

static void put_step(struct buf *b, bool color, const struct step *st)
{
    char took[32];
    show_duration(st->ms, took);
    buf_puts(b, "  ");
    put_styled(b, color, st->ok ? SHOW_GOOD : SHOW_BAD, st->ok ? "ok  " : "FAIL");
    buf_puts(b, "  ");
    put_padded(b, st->name, NAME_COLUMN);
    buf_addf(b, " %9s  ", took);
    if (st->before[0] != '\0') {
        put_styled(b, color, SHOW_DIM, st->before);
        buf_puts(b, st->after[0] != '\0' ? " -> " : "");
    }
    buf_puts(b, st->after);
    buf_putc(b, '\n');
}

void show_steps(const struct show *s, const struct steps *steps)
{
    struct buf b = BUF_INIT(SHOW_MAX_BYTES);
    for (size_t i = 0; i < steps->n; i++)
        put_step(&b, s->color, &steps->v[i]);
    flush_out(s, &b);
}

/* Further lines of a finding or cure stand under the first. */
static void put_lines(struct buf *b, const char *text, const char *indent)
{
    for (const char *p = text; *p != '\0'; p++) {
        buf_putc(b, *p);
        if (*p == '\n' && p[1] != '\0')
            buf_puts(b, indent);
    }
    buf_putc(b, '\n');
}

static void put_check(struct buf *b, bool color, const struct check *c)
{
    static const enum show_style styles[] = {SHOW_GOOD, SHOW_PLAIN, SHOW_WARN, SHOW_BAD, SHOW_DIM};
    static const char *const words[] = {"ok  ", "note", "WARN", "FAIL", "skip"};
    buf_puts(b, "  ");
    put_styled(b, color, styles[c->level], words[c->level]);
    buf_puts(b, "  ");
    put_padded(b, c->title, NAME_COLUMN);
    buf_puts(b, strlen(c->title) > NAME_COLUMN ? FINDING_LINE : " ");
    put_lines(b, c->finding != NULL ? c->finding : "", FINDING_INDENT);
    if (c->cure != NULL) {
        buf_puts(b, "        ");
        put_styled(b, color, SHOW_BOLD, "do: ");
        put_lines(b, c->cure, "            ");
    }
}

void show_checks(const struct show *s, const struct checks *checks)
{
    struct buf b = BUF_INIT(SHOW_MAX_BYTES);
    for (size_t i = 0; i < checks->n; i++)
        put_check(&b, s->color, &checks->v[i]);
    flush_out(s, &b);
}

void show_error(const struct show *s, const char *name, const struct err *err)
{
    struct buf b = BUF_INIT(SHOW_MAX_BYTES);
    put_styled(&b, s->err_color, SHOW_BAD, "error: ");
    if (name != NULL)
        buf_addf(&b, "%s: ", name);
    buf_puts(&b, err->text);
    buf_putc(&b, '\n');
    if (err->hint[0] != '\0') {
        buf_puts(&b, "  ");
        put_styled(&b, s->err_color, SHOW_BOLD, "do: ");
        put_lines(&b, err->hint, "      ");
    }
    os_write(2, buf_str(&b), strlen(buf_str(&b)));
    buf_clear(&b);
}

/* On a terminal: the step under way on one line, overwritten by its outcome. */
static void draw(void *user, const char *begun, const struct step *done)
{
    const struct show *s = user;
    struct buf b = BUF_INIT(SHOW_MAX_BYTES);
    buf_puts(&b, "\r\033[K");
    if (done == NULL)
        buf_addf(&b, "  ...   %s", begun);
    os_write(2, buf_str(&b), strlen(buf_str(&b)));
    buf_clear(&b);
    if (done != NULL && !s->silent) {
        put_step(&b, s->err_color, done);
        os_write(2, buf_str(&b), strlen(buf_str(&b)));
        buf_clear(&b);
    }
}

struct steps show_live_steps(struct show *s)
{
    return (struct steps){.progress = s->live ? draw : NULL, .user = s};
}
