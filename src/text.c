/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - strings, UTF-8 and names; encodings are in text_code.c, times in text_time.c. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_dup(char **out, const char *s, struct err *err)
{
    size_t size = strlen(s) + 1;
    char *p = malloc(size);

    if (!p)
        return err_set(err, ERR_FAIL, "text: out of memory");
    memcpy(p, s, size);
    *out = p;
    return 0;
}

int text_fmt(char **out, struct err *err, const char *fmt, ...)
{
    va_list ap, again;
    char *p = NULL;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n >= 0)
        p = malloc((size_t)n + 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    if (!p)
        return err_set(err, ERR_FAIL, "text: out of memory");
    *out = p;
    return 0;
}

bool text_copy(char *out, size_t size, const char *s)
{
    size_t len = strlen(s);
    bool fits = len < size;

    if (size == 0)
        return false;
    if (!fits)
        len = size - 1;
    memcpy(out, s, len);
    out[len] = 0;
    return fits;
}

bool text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++)
        b++;
    return lower(*a) == lower(*b);
}

void text_lower(char *s)
{
    for (; *s; s++)
        *s = lower(*s);
}

size_t text_utf8(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t n;
    uint32_t c;

    if (len == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
        return 0;
    c = p[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    /* Over-long forms, surrogates, beyond Unicode (RFC 3629 3). */
    if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || (c >= 0xd800 && c < 0xe000) ||
        c > 0x10ffff)
        return 0;
    return n;
}

/* U+2028..202E and U+2066..2069 as UTF-8: line and paragraph separators, and what turns the writing
 * direction, so that a text reads as another one (Unicode TR 36). */
static bool turns_text(const char *s)
{
    unsigned char b = (unsigned char)s[1], c = (unsigned char)s[2];

    return (b == 0x80 && c >= 0xa8 && c <= 0xae) || (b == 0x81 && c >= 0xa6 && c <= 0xa9);
}

size_t text_foreign(const char *s, size_t len, bool *fit)
{
    size_t n = text_utf8(s, len);
    unsigned char a = (unsigned char)s[0];
    bool c1 = n == 2 && a == 0xc2 && (unsigned char)s[1] < 0xa0;
    bool turns = n == 3 && a == 0xe2 && turns_text(s);

    *fit = n > 0 && a >= 0x20 && a != 0x7f && !c1 && !turns;
    return n > 0 ? n : 1;
}

void text_scrub(char *s)
{
    size_t len = strlen(s);
    char *to = s;

    for (size_t i = 0, n; i < len; i += n) {
        bool fit;

        n = text_foreign(s + i, len - i, &fit);
        if (fit)
            memmove(to, s + i, n);
        else
            *to = '?';
        to += fit ? n : 1;
    }
    *to = 0;
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
    enum { LONGEST = 64 }; /* longer than any word that is compared */
    size_t na = strlen(a), nb = strlen(b);
    unsigned row[LONGEST + 1];

    if (na > LONGEST || nb > LONGEST)
        return limit;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[nb] < limit ? row[nb] : limit;
}

/* ---- DNS names ---- */

enum { NAME_MAX_OCTETS = 253, LABEL_MAX_OCTETS = 63 }; /* RFC 1035 2.3.4, without the root label */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_ldh(char c)
{
    return is_digit(c) || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One label of n octets; `name` is for the message. */
static int check_label(const char *label, size_t n, const char *name, struct err *err)
{
    if (n == 0)
        return err_set(err, ERR_USAGE, "name %s: has an empty label (a dot too many)", name);
    if (n > LABEL_MAX_OCTETS)
        return err_set(err, ERR_USAGE, "name %s: a label is longer than 63 characters", name);
    if (label[0] == '-' || label[n - 1] == '-')
        return err_set(err, ERR_USAGE, "name %s: a label begins or ends with a hyphen", name);
    for (size_t i = 0; i < n; i++) {
        if (is_ldh(label[i]))
            continue;
        if (label[i] == '*')
            return err_set(err, ERR_USAGE, "name %s: a wildcard may only be the whole first label",
                           name);
        return err_set(err, ERR_USAGE,
                       "name %s: '%c' is not allowed; letters, digits and hyphens are", name,
                       label[i]);
    }
    return 0;
}

static int check_labels(const char *s, const char *name, struct err *err)
{
    size_t labels = 0, n;
    bool digits_only;

    for (;; s += n + 1) {
        n = strcspn(s, ".");
        if (check_label(s, n, name, err))
            return -1;
        labels++;
        digits_only = strspn(s, "0123456789") == n;
        if (s[n] == 0)
            break;
    }
    if (labels < 2)
        return err_set(err, ERR_USAGE,
                       "name %s: must be a full name with at least two labels, "
                       "like vpn.example.com",
                       name);
    if (digits_only) /* RFC 3696 2: no top level is all digits, so that addresses stand apart */
        return err_set(err, ERR_USAGE, "name %s: is an IP address, not a DNS name", name);
    return 0;
}

int text_dns_name(const char *s, char out[256], struct err *err)
{
    size_t len = strlen(s);

    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)s[i] >= 0x80) {
            err_set(err, ERR_USAGE, "name %s: has letters outside of ASCII", s);
            return err_hint(err, "write the name in its A-label form (xn--...)");
        }
    }
    if (len == 0)
        return err_set(err, ERR_USAGE, "name: is empty");
    if (len > NAME_MAX_OCTETS)
        return err_set(err, ERR_USAGE, "name %.64s...: is longer than 253 characters", s);
    if (strchr(s, ':'))
        return err_set(err, ERR_USAGE, "name %s: is an address or URL, not a DNS name", s);
    if (s[len - 1] == '.')
        return err_set(err, ERR_USAGE, "name %s: leave out the final dot", s);
    if (check_labels(text_starts(s, "*.") ? s + 2 : s, s, err))
        return -1;
    memcpy(out, s, len + 1);
    text_lower(out);
    return 0;
}
