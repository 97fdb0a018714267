/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing byte string with a cap from birth.
 *
 *     struct buf b = BUF_INIT(64 * 1024);
 *     buf_puts(&b, "names: ");
 *     buf_addf(&b, "%d", n);
 *     if (buf_check(&b, "report", err)) goto done;     once, at the end
 *     ...
 * done:
 *     buf_clear(&b);
 *
 * Appending past the cap, or out of memory, makes the buf *failed*: it keeps what it has, ignores
 * further appends, and buf_check says so. `p` is always terminated by a NUL that is not counted
 * in `len`, and is never NULL once something was appended (use buf_str for a never-NULL string).
 */
#ifndef RRAS_BUF_H
#define RRAS_BUF_H

#include "err.h"

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *p;
    size_t len, cap, max;
    bool failed;
};

#define BUF_INIT(max_bytes)                                                                        \
    {                                                                                              \
        NULL, 0, 0, (max_bytes), false                                                             \
    }

void buf_init(struct buf *b, size_t max_bytes);
void buf_add(struct buf *b, const void *p, size_t len);
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
/* Foreign text: control characters (C0, DEL, C1) and broken UTF-8 become '?'. */
void buf_put_foreign(struct buf *b, const char *s, size_t len);
/* Lower-case hex of bytes. */
void buf_put_hex(struct buf *b, const void *p, size_t len);

/* 0, or -1 with err set when the buf has failed; `what` names the object. */
int buf_check(const struct buf *b, const char *what, struct err *err) MUST_CHECK;
/* The text so far, never NULL. */
const char *buf_str(const struct buf *b);
/* Takes the memory out (caller frees with free); the buf is empty afterwards, same cap. NULL only
 * if the buf has failed or memory ran out. */
char *buf_take(struct buf *b);
/* Forgets the contents, keeps the memory. */
void buf_reset(struct buf *b);
/* Frees; the buf can be used again with the same cap. */
void buf_clear(struct buf *b);
/* As buf_clear, wiping the memory first: for secrets. (Growth wipes the old block, too.) */
void buf_wipe(struct buf *b);

#endif
