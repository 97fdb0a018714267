/* SPDX-License-Identifier: Apache-2.0 */
/* text_idn.c - names outside of ASCII; see idn.h. */
#include "idn.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { PREFIX = 4 }; /* "xn--" */

/* ---- which characters a name may have ---- */

struct range {
    uint32_t from, to;
};

static bool is_in(const struct range *v, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= v[i].from && c <= v[i].to)
            return true;
    return false;
}
#define IS_IN(ranges, c) is_in((ranges), sizeof(ranges) / sizeof *(ranges), (c))

/* Capitals of the scripts that have them in everyday names: Latin, Greek, Cyrillic, Armenian. */
static bool is_capital(uint32_t c)
{
    static const struct range all[] = {
        {0xc0, 0xd6},   {0xd8, 0xde},     {0x178, 0x179},   {0x17b, 0x17b},  {0x17d, 0x17d},
        {0x386, 0x386}, {0x388, 0x38f},   {0x391, 0x3ab},   {0x400, 0x42f},  {0x4c0, 0x4c0},
        {0x531, 0x556}, {0x1e9e, 0x1e9e}, {0x10a0, 0x10c5}, {0x1f08, 0x1f0f}};
    static const struct range even[] = {{0x100, 0x136},  {0x14a, 0x176}, {0x460, 0x480},
                                        {0x48a, 0x4be},  {0x4d0, 0x52e}, {0x1e00, 0x1e94},
                                        {0x1ea0, 0x1efe}};
    static const struct range odd[] = {{0x139, 0x147}, {0x4c1, 0x4cd}};

    return IS_IN(all, c) || (c % 2 == 0 && IS_IN(even, c)) || (c % 2 == 1 && IS_IN(odd, c));
}

/* Blanks, joiners, marks that turn the direction of writing, controls: invisible all. */
static bool is_invisible(uint32_t c)
{
    static const struct range all[] = {
        {0x80, 0xa0},     {0xad, 0xad},     {0x61c, 0x61c},    {0x1680, 0x1680}, {0x180b, 0x180f},
        {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f},  {0x3000, 0x3000}, {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};
    return IS_IN(all, c);
}

/* Symbols, punctuation and compatibility forms, which RFC 5892 disallows, by whole blocks. */
static bool is_no_letter(uint32_t c)
{
    static const struct range all[] = {
        {0xa1, 0xbf},     {0xd7, 0xd7},     {0xf7, 0xf7},       {0x132, 0x133},
        {0x13f, 0x140},   {0x149, 0x149},   {0x17f, 0x17f},     {0x2010, 0x2027},
        {0x2030, 0x205e}, {0x2070, 0x209f}, {0x20a0, 0x20cf},   {0x2100, 0x214d},
        {0x2150, 0x2183}, {0x2190, 0x2bff}, {0x3001, 0x3004},   {0x3008, 0x3029},
        {0x3030, 0x303b}, {0x3200, 0x33ff}, {0xd800, 0xf8ff},   {0xfb00, 0xfb1d},
        {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f}, {0x1f000, 0x1faff}, {0xf0000, 0x10ffff}};
    return IS_IN(all, c);
}

/* NULL when the character may stand in a label, else what is wrong with it. */
static const char *why_not(uint32_t c)
{
    static const struct range combining[] = {
        {0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
    static const struct range wide[] = {{0xff00, 0xffef}, {0x3002, 0x3002}};

    if (c < 0x80)
        return NULL;
    if (is_capital(c))
        return "is a capital letter; write it in lower case";
    if (IS_IN(combining, c))
        return "is a combining mark; write it composed, as one character with its letter";
    if (is_invisible(c))
        return "is invisible; leave it out";
    if (IS_IN(wide, c))
        return "is of another width; write plain letters, digits and dots";
    return is_no_letter(c) ? "is no letter or digit" : NULL;
}

/* ---- labels ---- */

static size_t utf8_read(const char *s, size_t bytes, uint32_t *out)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)s[0] & lead[bytes];

    for (size_t i = 1; i < bytes; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3f);
    *out = c;
    return bytes;
}

static size_t utf8_write(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char mark[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(mark[n] | c);
    return n;
}

/* One label in UTF-8 as code points, ASCII in lower case. */
static int read_label(const char *name, const char *s, size_t len, uint32_t v[IDN_MAX_LABEL],
                      size_t *count, struct err *err)
{
    *count = 0;
    for (size_t at = 0; at < len;) {
        size_t n = text_utf8(s + at, len - at);
        uint32_t c = 0;
        if (n == 0)
            return err_set(err, ERR_USAGE, "name %s: is not UTF-8", name);
        if (*count == IDN_MAX_LABEL)
            return err_set(err, ERR_USAGE, "name %s: has a label of more than 63 characters", name);
        at += utf8_read(s + at, n, &c);
        if (why_not(c))
            return err_set(err, ERR_USAGE, "name %s: the character U+%04X %s", name, (unsigned)c,
                           why_not(c));
        v[(*count)++] = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    }
    return 0;
}

/* "xn--" and the rest; "" when it does not fit a label. */
static void encode(const uint32_t *v, size_t count, char out[IDN_MAX_LABEL + 1])
{
    memcpy(out, "xn--", PREFIX + 1);
    if (!punycode_encode(v, count, out + PREFIX, IDN_MAX_LABEL + 1 - PREFIX))
        out[0] = 0;
}

/* RFC 5891 4.2.3.1: none at the ends, and not two where an A-label has them. */
static bool hyphens_fit(const uint32_t *v, size_t count)
{
    return count > 0 && v[0] != '-' && v[count - 1] != '-' &&
           !(count >= PREFIX && v[2] == '-' && v[3] == '-');
}

/* An A-label decoded, and nothing that we would not have encoded so. */
static bool decode(const char *s, size_t len, uint32_t v[IDN_MAX_LABEL], size_t *count)
{
    char again[IDN_MAX_LABEL + 1];
    bool foreign = false;

    if (len <= PREFIX || len > IDN_MAX_LABEL || !text_starts(s, "xn--") ||
        !punycode_decode(s + PREFIX, len - PREFIX, v, IDN_MAX_LABEL, count))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (why_not(v[i]))
            return false;
        foreign = foreign || v[i] >= 0x80;
    }
    encode(v, *count, again);
    return foreign && hyphens_fit(v, *count) && strlen(again) == len && memcmp(again, s, len) == 0;
}

struct name_out {
    char *p;
    size_t len, size;
};

static bool add(struct name_out *o, const char *s, size_t len)
{
    if (len >= o->size - o->len)
        return false;
    memcpy(o->p + o->len, s, len);
    o->len += len;
    o->p[o->len] = 0;
    return true;
}

static int label_to_ascii(const char *name, const char *s, size_t len, struct name_out *out,
                          struct err *err)
{
    uint32_t v[IDN_MAX_LABEL];
    char ascii[IDN_MAX_LABEL + 1];
    size_t count = 0, plain = 0;

    while (plain < len && (unsigned char)s[plain] < 0x80)
        plain++;
    if (plain == len)
        return add(out, s, len) ? 0 : err_set(err, ERR_USAGE, "name %.64s...: is too long", name);
    if (read_label(name, s, len, v, &count, err))
        return -1;
    if (!hyphens_fit(v, count))
        return err_set(err, ERR_USAGE,
                       "name %s: a label has a hyphen at an end, or two after its second letter",
                       name);
    encode(v, count, ascii);
    if (!*ascii || !add(out, ascii, strlen(ascii)))
        return err_set(err, ERR_USAGE, "name %.64s: is too long in its A-label form (xn--...)",
                       name);
    return 0;
}

/* Of a name in ASCII, lower case: is every A-label one? */
static int check_a_labels(const char *typed, const char *name, struct err *err)
{
    uint32_t v[IDN_MAX_LABEL];

    for (size_t len, n; *name; name += len + (name[len] == '.')) {
        len = strcspn(name, ".");
        if (text_starts(name, "xn--") && !decode(name, len, v, &n)) {
            err_set(err, ERR_USAGE, "name %s: %.*s is no valid A-label", typed, (int)len, name);
            return err_hint(err, "write the name in its own letters; it is converted");
        }
    }
    return 0;
}

int idn_to_ascii(const char *s, char out[256], struct err *err)
{
    char ascii[512] = "", canonical[256];
    struct name_out o = {ascii, 0, sizeof ascii};

    if (strlen(s) >= sizeof ascii)
        return err_set(err, ERR_USAGE, "name %.64s...: is too long", s);
    for (const char *p = s;;) {
        size_t len = strcspn(p, ".");
        if (label_to_ascii(s, p, len, &o, err))
            return -1;
        p += len;
        if (!*p++)
            break;
        if (!add(&o, ".", 1))
            return err_set(err, ERR_USAGE, "name %.64s...: is too long", s);
    }
    if (text_dns_name(ascii, canonical, err) || check_a_labels(s, canonical, err))
        return -1;
    text_copy(out, 256, canonical);
    return 0;
}

bool idn_to_unicode(const char *name, char *out, size_t size)
{
    struct name_out o = {out, 0, size};
    bool other = false;

    if (size == 0)
        return false;
    out[0] = 0;
    for (size_t len; *name; name += len) {
        uint32_t v[IDN_MAX_LABEL];
        size_t count = 0;
        char c[4];
        len = strcspn(name, ".");
        bool decoded = decode(name, len, v, &count);
        other = other || decoded;
        if (!decoded && !add(&o, name, len))
            return false;
        for (size_t i = 0; i < count && decoded; i++)
            if (!add(&o, c, utf8_write(v[i], c)))
                return false;
        if (name[len] == '.' && !add(&o, name + len++, 1))
            return false;
    }
    return other;
}
