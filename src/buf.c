/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "text.h"

enum { FIRST_BYTES = 64 };

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf)BUF_INIT(max_bytes);
}

/* Room for `more` bytes and a NUL. Not realloc: it would leave a copy of a secret behind. */
static bool grow(struct buf *b, size_t more)
{
    size_t need, cap;
    char *p;

    if (b->failed)
        return false;
    if (more > b->max - b->len || b->max == SIZE_MAX) {
        b->failed = true;
        return false;
    }
    need = b->len + more + 1;
    if (need <= b->cap)
        return true;
    cap = b->cap ? b->cap : FIRST_BYTES;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    p = malloc(cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    if (b->p) {
        memcpy(p, b->p, b->len);
        secret_wipe(b->p, b->cap);
        free(b->p);
    }
    p[b->len] = 0;
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *p, size_t len)
{
    if (!grow(b, len))
        return;
    if (len > 0)
        memcpy(b->p + b->len, p, len);
    b->len += len;
    b->p[b->len] = 0;
}

void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!grow(b, (size_t)n))
        return;
    vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
    b->len += (size_t)n;
}

void buf_put_foreign(struct buf *b, const char *s, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        bool fit;

        n = text_foreign(s + i, len - i, &fit);
        buf_add(b, fit ? s + i : "?", fit ? n : 1);
    }
}

void buf_put_hex(struct buf *b, const void *p, size_t len)
{
    const unsigned char *bytes = p;
    char two[3];

    for (size_t i = 0; i < len; i++) {
        text_hex(bytes + i, 1, two);
        buf_add(b, two, 2);
    }
}

int buf_check(const struct buf *b, const char *what, struct err *err)
{
    if (!b->failed)
        return 0;
    return err_set(err, ERR_FAIL, "%s: larger than %zu bytes, or out of memory", what, b->max);
}

const char *buf_str(const struct buf *b)
{
    return b->p ? b->p : "";
}

char *buf_take(struct buf *b)
{
    char *p = NULL;

    if (grow(b, 0)) {
        p = b->p;
        b->p = NULL;
    }
    buf_clear(b);
    return p;
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->p)
        b->p[0] = 0;
}

void buf_clear(struct buf *b)
{
    free(b->p);
    *b = (struct buf)BUF_INIT(b->max);
}

void buf_wipe(struct buf *b)
{
    secret_wipe(b->p, b->cap);
    buf_clear(b);
}
