/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_der.h"

#include <string.h>

int der_next(struct der *from, struct der *value)
{
    if (from->n < 2)
        return 0;
    int tag = from->p[0];
    size_t length = from->p[1], header = 2;
    if (length & 0x80) {
        size_t bytes = length & 0x7f;
        if (bytes < 1 || bytes > 4 || from->n < 2 + bytes)
            return 0;
        for (length = 0; bytes > 0; bytes--)
            length = length << 8 | from->p[header++];
    }
    if (length > from->n - header)
        return 0;
    *value = (struct der){from->p + header, length};
    from->p += header + length;
    from->n -= header + length;
    return tag;
}

bool der_get(struct der *from, int tag, struct der *value)
{
    return der_next(from, value) == tag;
}

bool der_is(struct der value, const char *bytes, size_t n)
{
    return value.n == n && memcmp(value.p, bytes, n) == 0;
}

uint32_t der_uint(struct der value)
{
    uint32_t out = 0;
    for (size_t i = 0; i < value.n; i++)
        out = out << 8 | value.p[i];
    return out;
}

struct der der_magnitude(struct der value)
{
    while (value.n > 1 && *value.p == 0) {
        value.p++;
        value.n--;
    }
    return value;
}

void der_put(struct der_writer *w, const void *bytes, size_t n)
{
    w->at -= n;
    memcpy(w->buf + w->at, bytes, n);
}

void der_wrap(struct der_writer *w, int tag, size_t end)
{
    size_t n = end - w->at;
    uint8_t header[4] = {(uint8_t)tag};
    size_t k = 1;
    if (n >= 0x100) {
        header[k++] = 0x82;
        header[k++] = (uint8_t)(n >> 8);
    } else if (n >= 0x80) {
        header[k++] = 0x81;
    }
    header[k++] = (uint8_t)n;
    der_put(w, header, k);
}

void der_put_uint(struct der_writer *w, const uint8_t *bytes, size_t n)
{
    size_t end = w->at;
    struct der v = der_magnitude((struct der){bytes, n});
    der_put(w, v.p, v.n);
    if (v.p[0] & 0x80)
        der_put(w, "", 1);
    der_wrap(w, DER_INTEGER, end);
}
