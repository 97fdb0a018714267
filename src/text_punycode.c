/* SPDX-License-Identifier: Apache-2.0 */
/* text_punycode.c - RFC 3492, sections 3 and 6; the names are those of the RFC. */
#include "idn.h"

#include <string.h>

enum {
    BASE = 36,
    TMIN = 1,
    TMAX = 26,
    SKEW = 38,
    DAMP = 700,
    INITIAL_BIAS = 72,
    INITIAL_N = 128,
    MAX_CODE_POINT = 0x10ffff,
};

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > ((BASE - TMIN) * TMAX) / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias)
        return TMIN;
    return k >= bias + TMAX ? TMAX : k - bias;
}

struct writer {
    char *out;
    size_t len, size;
};

static bool put(struct writer *w, char c)
{
    if (w->len + 1 >= w->size)
        return false;
    w->out[w->len++] = c;
    w->out[w->len] = 0;
    return true;
}

/* A number of variable length, least significant digit first. */
static bool put_delta(struct writer *w, uint32_t q, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (q < t)
            return put(w, digits[q]);
        if (!put(w, digits[t + (q - t) % (BASE - t)]))
            return false;
        q = (q - t) / (BASE - t);
    }
}

static uint32_t smallest_from(const uint32_t *in, size_t count, uint32_t n)
{
    uint32_t m = UINT32_MAX;

    for (size_t i = 0; i < count; i++)
        if (in[i] >= n && in[i] < m)
            m = in[i];
    return m;
}

bool punycode_encode(const uint32_t *in, size_t count, char *out, size_t size)
{
    struct writer w = {out, 0, size};
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, h, basic;

    if (size == 0 || count > IDN_MAX_LABEL) /* so small that nothing below overflows */
        return false;
    out[0] = 0;
    for (size_t i = 0; i < count; i++)
        if (in[i] > MAX_CODE_POINT || (in[i] < INITIAL_N && !put(&w, (char)in[i])))
            return false;
    h = basic = (uint32_t)w.len;
    if (basic > 0 && !put(&w, '-'))
        return false;
    while (h < count) {
        uint32_t m = smallest_from(in, count, n);
        delta += (m - n) * (h + 1);
        n = m;
        for (size_t i = 0; i < count; i++) {
            delta += in[i] < n;
            if (in[i] != n)
                continue;
            if (!put_delta(&w, delta, bias))
                return false;
            bias = adapt(delta, h + 1, h == basic);
            delta = 0;
            h++;
        }
        delta++;
        n++;
    }
    return true;
}

static int digit_value(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= '0' && c <= '9' ? c - '0' + 26 : -1;
}

/* Adds a number of variable length to *i; the number of characters read, 0 when malformed. */
static size_t take_delta(const char *in, size_t len, uint32_t bias, uint32_t *i)
{
    uint32_t weight = 1;
    size_t at = 0;

    for (uint32_t k = BASE; at < len; k += BASE) {
        int digit = digit_value(in[at++]);
        uint32_t t = threshold(k, bias);
        if (digit < 0 || (uint32_t)digit > (UINT32_MAX - *i) / weight)
            return 0;
        *i += (uint32_t)digit * weight;
        if ((uint32_t)digit < t)
            return at;
        if (weight > UINT32_MAX / (BASE - t))
            return 0;
        weight *= BASE - t;
    }
    return 0;
}

bool punycode_decode(const char *in, size_t len, uint32_t *out, size_t max, size_t *count)
{
    uint32_t n = INITIAL_N, bias = INITIAL_BIAS, i = 0;
    size_t basic = 0, have = 0, at;

    for (size_t k = 0; k < len; k++)
        if (in[k] == '-')
            basic = k;
    if (basic > max)
        return false;
    for (; have < basic; have++) {
        if ((unsigned char)in[have] >= INITIAL_N)
            return false;
        out[have] = (unsigned char)in[have];
    }
    at = basic > 0 ? basic + 1 : 0;
    while (at < len) {
        uint32_t before = i, points = (uint32_t)have + 1;
        size_t used = take_delta(in + at, len - at, bias, &i);
        if (used == 0 || have == max)
            return false;
        at += used;
        bias = adapt(i - before, points, before == 0);
        if (i / points > MAX_CODE_POINT - n)
            return false;
        n += i / points;
        i %= points;
        memmove(out + i + 1, out + i, (have - i) * sizeof *out);
        out[i++] = n;
        have++;
    }
    *count = have;
    return true;
}
