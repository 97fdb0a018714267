/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_errors.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

/* The whole line, the caller's; NULL when memory ran out. */
PRINTF_LIKE(2, 0)
static char *line_make(const struct conf_place *where, const char *fmt, va_list ap)
{
    struct buf text = BUF_INIT(LINE_MAX_BYTES), line = BUF_INIT(2 * LINE_MAX_BYTES);
    char *made;

    if (where->line)
        buf_addf(&text, "%s:%u:%u: ", where->file, where->line, where->column);
    else
        buf_addf(&text, "%s: ", where->file);
    buf_vaddf(&text, fmt, ap);
    buf_put_foreign(&line, buf_str(&text), text.len);
    made = buf_take(&line);
    buf_clear(&text);
    buf_clear(&line);
    return made;
}

static bool known(const struct conf_errors *e, const char *text)
{
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->v[i].text, text) == 0)
            return true;
    return false;
}

void conf_errors_add(struct conf_errors *e, const struct conf_place *where, const char *fmt, ...)
{
    struct conf_error *grown;
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = line_make(where, fmt, ap);
    va_end(ap);
    if (text && known(e, text)) {
        free(text);
        return;
    }
    grown = text && e->n < CONF_MAX_ERRORS ? realloc(e->v, (e->n + 1) * sizeof *grown) : NULL;
    if (!grown) { /* still counted, so that it is never taken for a success */
        free(text);
        e->dropped++;
        return;
    }
    e->v = grown;
    e->v[e->n] = (struct conf_error){text, where->order, where->line, where->column, e->n};
    e->n++;
}

size_t conf_errors_count(const struct conf_errors *e)
{
    return e->n + e->dropped;
}

bool conf_errors_at(const struct conf_errors *e, const struct conf_place *where)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->v[i].order == where->order && e->v[i].line == where->line &&
            e->v[i].column == where->column)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    const struct conf_error *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

int conf_errors_tell(struct conf_errors *e, struct buf *out, struct err *err)
{
    size_t all = conf_errors_count(e);

    if (!all)
        return 0;
    if (!e->n)
        return err_set(err, ERR_FAIL, "configuration: out of memory");
    qsort(e->v, e->n, sizeof *e->v, compare);
    for (size_t i = 0; out && i < e->n; i++)
        buf_addf(out, "%s\n", e->v[i].text);
    if (out && e->dropped)
        buf_addf(out, "(and %zu more)\n", e->dropped);
    if (all == 1)
        return err_set(err, ERR_USAGE, "%s", e->v[0].text);
    return err_set(err, ERR_USAGE, "%s (and %zu more)", e->v[0].text, all - 1);
}

void conf_errors_clear(struct conf_errors *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->v[i].text);
    free(e->v);
    *e = (struct conf_errors){0};
}
