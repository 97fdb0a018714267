/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/wire.h"

#include <string.h>

enum { MAX_LABEL = 63, POINTER = 0xc0 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool wire_name_from(struct wire_name *out, const char *text)
{
    struct wire_name n = {.len = 0};

    while (*text) {
        size_t len = strcspn(text, ".");
        if (len == 0 || len > MAX_LABEL || n.len + len + 2 > sizeof n.p || memchr(text, '\\', len))
            return false;
        n.p[n.len++] = (uint8_t)len;
        for (size_t i = 0; i < len; i++)
            n.p[n.len++] = lower((uint8_t)text[i]);
        text += len + (text[len] == '.');
    }
    n.p[n.len++] = 0;
    *out = n;
    return true;
}

bool wire_name_equal(const struct wire_name *a, const struct wire_name *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

void wire_put16(struct buf *out, unsigned v)
{
    buf_putc(out, (char)(v >> 8 & 0xff));
    buf_putc(out, (char)(v & 0xff));
}

void wire_put32(struct buf *out, uint32_t v)
{
    wire_put16(out, v >> 16);
    wire_put16(out, v & 0xffff);
}

void wire_put48(struct buf *out, int64_t v)
{
    wire_put16(out, (unsigned)(v >> 32 & 0xffff));
    wire_put32(out, (uint32_t)(v & 0xffffffff));
}

void wire_put_name(struct buf *out, const struct wire_name *n)
{
    buf_add(out, n->p, n->len);
}

const uint8_t *wire_take(struct wire_in *in, size_t len)
{
    const uint8_t *p = in->p + in->at;

    if (in->bad || len > in->len - in->at) {
        in->bad = true;
        return NULL;
    }
    in->at += len;
    return p;
}

unsigned wire_get16(struct wire_in *in)
{
    const uint8_t *p = wire_take(in, 2);
    return p ? (unsigned)p[0] << 8 | p[1] : 0;
}

uint32_t wire_get32(struct wire_in *in)
{
    uint32_t high = wire_get16(in);
    return high << 16 | wire_get16(in);
}

int64_t wire_get48(struct wire_in *in)
{
    int64_t high = wire_get16(in);
    return high << 32 | wire_get32(in);
}

/* One label at `in`, appended; its length, or -1. */
static int get_label(struct wire_in *in, unsigned len, struct wire_name *out)
{
    const uint8_t *p = wire_take(in, len);

    if (!p || out->len + len + 2 > sizeof out->p) {
        in->bad = true;
        return -1;
    }
    out->p[out->len++] = (uint8_t)len;
    for (unsigned i = 0; i < len; i++)
        out->p[out->len++] = lower(p[i]);
    return 0;
}

void wire_get_name(struct wire_in *in, struct wire_name *out)
{
    struct wire_in walk = *in; /* jumps; `in` stays behind the name */
    size_t lowest = in->at;    /* a pointer must lead before everything read so far */
    bool jumped = false;

    out->len = 0;
    for (;;) {
        const uint8_t *p = wire_take(&walk, 1);
        unsigned c = p ? *p : 0;
        if (c >= POINTER) {
            p = wire_take(&walk, 1);
            size_t to = p ? (c & 0x3f) << 8 | *p : lowest;
            if (!jumped)
                in->at = walk.at;
            jumped = true;
            if (to >= lowest)
                walk.bad = true;
            lowest = walk.at = to;
            if (walk.bad)
                break;
            continue;
        }
        if (c > MAX_LABEL)
            walk.bad = true;
        if (walk.bad || c == 0 || get_label(&walk, c, out))
            break;
    }
    out->p[out->len++] = 0; /* room is kept by get_label */
    if (!jumped)
        in->at = walk.at;
    in->bad = in->bad || walk.bad;
}
