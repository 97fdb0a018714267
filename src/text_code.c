/* SPDX-License-Identifier: Apache-2.0 */
/* text_code.c - base64, base64url, hexadecimal, command line quoting. */
#include "text.h"

#include <stdint.h>
#include <string.h>

#include "secret.h"

static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char std_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(struct buf *out, const unsigned char *p, size_t len, const char *digits)
{
    for (; len > 0; p += 3) {
        size_t n = len < 3 ? len : 3;
        uint32_t bits = (uint32_t)p[0] << 16;
        char four[4];

        if (n > 1)
            bits |= (uint32_t)p[1] << 8;
        if (n > 2)
            bits |= p[2];
        for (int i = 0; i < 4; i++)
            four[i] = digits[bits >> (18 - 6 * i) & 63];
        buf_add(out, four, n + 1);
        len -= n;
    }
}

void text_base64url(struct buf *out, const void *p, size_t len)
{
    encode(out, p, len, url_digits);
}

void text_base64(struct buf *out, const void *p, size_t len)
{
    encode(out, p, len, std_digits);
    for (size_t n = len % 3; n > 0 && n < 3; n++)
        buf_putc(out, '=');
}

/* The value of a digit in either alphabet, or -1. */
static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-' || c == '+')
        return 62;
    return c == '_' || c == '/' ? 63 : -1;
}

/* What has been read of the present group of four digits. */
struct group {
    uint32_t bits;
    unsigned digits;
};

static void push_digit(struct buf *out, struct group *g, int value)
{
    g->bits = g->bits << 6 | (uint32_t)value;
    if (++g->digits == 4) {
        unsigned char three[3] = {(unsigned char)(g->bits >> 16), (unsigned char)(g->bits >> 8),
                                  (unsigned char)g->bits};
        buf_add(out, three, sizeof three);
        secret_wipe(three, sizeof three);
        *g = (struct group){0};
    }
}

/* The last group of two or three digits; false when it is none. */
static bool push_rest(struct buf *out, const struct group *g)
{
    uint32_t bits = g->bits;

    switch (g->digits) {
    case 0:
        return true;
    case 2:
        if (bits & 0xf)
            return false;
        buf_putc(out, (char)(bits >> 4));
        return true;
    case 3:
        if (bits & 0x3)
            return false;
        buf_putc(out, (char)(bits >> 10));
        buf_putc(out, (char)(bits >> 2));
        return true;
    default:
        return false;
    }
}

/* Takes back what a failed decoder has appended. The texts never tell the contents: keys pass
 * through here. */
static int refuse(struct buf *out, size_t old_len, struct err *err, const char *what)
{
    if (out->p) {
        secret_wipe(out->p + old_len, out->len - old_len);
        out->len = old_len;
    }
    return err_set(err, ERR_FAIL, "%s", what);
}

int text_base64url_decode(struct buf *out, const char *s, size_t len, struct err *err)
{
    size_t old_len = out->len;
    struct group g = {0};

    for (size_t i = 0; i < len; i++) {
        int value = s[i] == '+' || s[i] == '/' ? -1 : digit_value(s[i]);

        if (value < 0)
            return refuse(out, old_len, err, "base64url: a character that does not belong there");
        push_digit(out, &g, value);
    }
    if (!push_rest(out, &g))
        return refuse(out, old_len, err, "base64url: not complete, or trailing bits are set");
    return buf_check(out, "base64url", err);
}

int text_base64_decode(struct buf *out, const char *s, size_t len, struct err *err)
{
    size_t old_len = out->len;
    unsigned padding = 0;
    struct group g = {0};

    for (size_t i = 0; i < len; i++) {
        int value = digit_value(s[i]);

        if (s[i] == '\n' || s[i] == '\r' || s[i] == ' ' || s[i] == '\t')
            continue;
        if (s[i] == '=')
            padding++;
        else if (value < 0 || padding > 0)
            return refuse(out, old_len, err, "base64: a character that does not belong there");
        else
            push_digit(out, &g, value);
    }
    if (padding > 0 && g.digits + padding != 4)
        return refuse(out, old_len, err, "base64: wrong padding at the end");
    if (!push_rest(out, &g))
        return refuse(out, old_len, err, "base64: not complete, or mistyped at the end");
    return buf_check(out, "base64", err);
}

bool text_is_base64url(const char *s)
{
    size_t len = strlen(s);

    return len > 0 && strspn(s, url_digits) == len;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool text_hex_decode(const char *s, void *out, size_t size)
{
    unsigned char *p = out;

    if (strlen(s) != 2 * size)
        return false;
    for (size_t i = 0; i < 2 * size; i++)
        if (hex_value(s[i]) < 0)
            return false;
    for (size_t i = 0; i < size; i++)
        p[i] = (unsigned char)(hex_value(s[2 * i]) * 16 + hex_value(s[2 * i + 1]));
    return true;
}

void text_hex(const void *p, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = p;

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = 0;
}

/* A backslash is itself unless backslashes run up to a quote; then each is written twice. */
void text_quote_argument(struct buf *out, const char *arg)
{
    size_t backslashes = 0;

    if (*arg && !strpbrk(arg, " \t\n\v\"")) {
        buf_puts(out, arg);
        return;
    }
    buf_putc(out, '"');
    for (; *arg; arg++) {
        size_t before_quote = backslashes + 1; /* one for the quote itself */

        backslashes = *arg == '\\' ? backslashes + 1 : 0;
        for (; *arg == '"' && before_quote > 0; before_quote--)
            buf_putc(out, '\\');
        buf_putc(out, *arg);
    }
    for (; backslashes > 0; backslashes--)
        buf_putc(out, '\\');
    buf_putc(out, '"');
}
