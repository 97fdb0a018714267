/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Room for one more of `size` bytes each; NULL leaves the list as it is. */
static void *grown(void *v, size_t n, size_t *cap, size_t size)
{
    size_t more = *cap ? 2 * *cap : 8;
    void *p;

    if (n < *cap)
        return v;
    p = realloc(v, more * size);
    if (p)
        *cap = more;
    return p;
}

/* ---- steps ---- */

void steps_begin(struct steps *s, const char *name)
{
    if (s && s->progress)
        s->progress(s->user, name, NULL);
}

/* Foreign text; cut where it does not fit. */
static void put(char *out, size_t size, const char *s)
{
    text_copy(out, size, s ? s : "");
    text_scrub(out);
}

void steps_end(struct steps *s, const char *name, bool ok, int64_t ms, const char *before,
               const char *after)
{
    struct step step = {.ok = ok, .ms = ms};
    struct step *v;

    if (!s)
        return;
    put(step.name, sizeof step.name, name);
    put(step.before, sizeof step.before, before);
    put(step.after, sizeof step.after, after);
    v = grown(s->v, s->n, &s->cap, sizeof *v);
    if (v) {
        s->v = v;
        v[s->n++] = step;
    }
    if (s->progress)
        s->progress(s->user, name, &step);
}

void steps_clear(struct steps *s)
{
    if (!s)
        return;
    free(s->v);
    s->v = NULL;
    s->n = s->cap = 0;
}

/* ---- checks ---- */

void checks_add(struct checks *c, const char *id, const char *title, enum check_level level,
                const char *finding, const char *cure)
{
    struct check check = {.level = level};
    struct err ignored = {0};
    struct check *v = grown(c->v, c->n, &c->cap, sizeof *v);

    if (v)
        c->v = v;
    if (!v || text_dup(&check.finding, finding, &ignored) ||
        (cure && text_dup(&check.cure, cure, &ignored))) {
        free(check.finding);
        c->failed = true;
        return;
    }
    put(check.id, sizeof check.id, id);
    put(check.title, sizeof check.title, title);
    v[c->n++] = check;
}

/* printf into new memory, NULL when there is none. */
static char *format(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);
static char *format(const char *fmt, va_list ap)
{
    struct buf b = BUF_INIT(64 * 1024);

    buf_vaddf(&b, fmt, ap);
    return buf_take(&b);
}

void checks_addf(struct checks *c, const char *id, const char *title, enum check_level level,
                 const char *fmt, ...)
{
    va_list ap;
    char *finding;

    va_start(ap, fmt);
    finding = format(fmt, ap);
    va_end(ap);
    if (finding)
        checks_add(c, id, title, level, finding, NULL);
    else
        c->failed = true;
    free(finding);
}

void checks_cure(struct checks *c, const char *fmt, ...)
{
    va_list ap;
    char *cure;

    if (c->n == 0)
        return;
    va_start(ap, fmt);
    cure = format(fmt, ap);
    va_end(ap);
    if (!cure) {
        c->failed = true;
        return;
    }
    free(c->v[c->n - 1].cure);
    c->v[c->n - 1].cure = cure;
}

void checks_seed(struct checks *c, const char *seed)
{
    if (c->n > 0)
        put(c->v[c->n - 1].seed, sizeof c->v[0].seed, seed);
}

void checks_await(struct checks *c, int64_t remembered_s)
{
    if (c->n == 0)
        return;
    c->v[c->n - 1].awaited = true;
    c->v[c->n - 1].remembered_s = remembered_s;
}

/* How bad a level is. What was left out is not bad. */
static int rank(enum check_level l)
{
    return l == CHECK_SKIP ? (int)CHECK_OK : (int)l;
}

enum check_level checks_worst(const struct checks *c)
{
    enum check_level worst = CHECK_OK;

    for (size_t i = 0; i < c->n; i++)
        if (rank(c->v[i].level) > rank(worst))
            worst = c->v[i].level;
    return worst;
}

void checks_clear(struct checks *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->v[i].finding);
        free(c->v[i].cure);
    }
    free(c->v);
    *c = (struct checks){0};
}

const char *check_level_name(enum check_level l)
{
    switch (l) {
    case CHECK_OK:
        return "ok";
    case CHECK_NOTE:
        return "note";
    case CHECK_WARN:
        return "warn";
    case CHECK_FAIL:
        return "fail";
    case CHECK_SKIP:
        break;
    }
    return "skip";
}
