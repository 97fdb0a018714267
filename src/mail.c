/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c - a message as text. The body goes as base64, so no line of it is too long, begins with a
 * dot, or is anything but body. */
#include "mail.h"

#include "mail_int.h"
#include "text.h"

#include <string.h>

enum {
    WORD_BYTES = 42,
    LINE_CHARS = 76,
    MAX_ADDRESS_BYTES = 254,
    BODY_MAX_BYTES = 256 * 1024, /* twice the longest notification */
};

int mail_check_address(const char *address, struct err *err)
{
    size_t len = strlen(address);
    bool good = len > 2 && len <= MAX_ADDRESS_BYTES && strchr(address, '@') != NULL;
    for (size_t i = 0; i < len && good; i++) {
        unsigned char c = (unsigned char)address[i];
        good = c > 0x20 && c < 0x7f && strchr("<>()[],;:\\\"", c) == NULL;
    }
    if (good)
        return 0;
    return err_set(err, ERR_USAGE, "mail address %.80s: cannot be written into a message", address);
}

/* "=?UTF-8?B?...?=" (RFC 2047), as many as needed, each of whole characters. */
static void put_encoded(struct buf *out, const char *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len;) {
        struct buf word = BUF_INIT(4 * WORD_BYTES);
        size_t unit;
        bool fit;
        while (i < len && (unit = text_foreign(s + i, len - i, &fit)) + word.len <= WORD_BYTES) {
            buf_put_foreign(&word, s + i, unit);
            i += unit;
        }
        buf_puts(out, "=?UTF-8?B?");
        text_base64(out, buf_str(&word), word.len);
        buf_puts(out, i < len ? "?=\r\n " : "?=");
        buf_clear(&word);
    }
}

static void put_body(struct buf *out, const char *body)
{
    struct buf clean = BUF_INIT(BODY_MAX_BYTES), coded = BUF_INIT(2 * BODY_MAX_BYTES);
    for (const char *line = body; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        buf_put_foreign(&clean, line, len);
        buf_puts(&clean, "\r\n");
        line += len + (line[len] == '\n');
    }
    text_base64(&coded, buf_str(&clean), clean.len);
    for (size_t i = 0; i < coded.len; i += LINE_CHARS) {
        size_t n = coded.len - i < LINE_CHARS ? coded.len - i : LINE_CHARS;
        buf_add(out, buf_str(&coded) + i, n);
        buf_puts(out, "\r\n");
    }
    out->failed = out->failed || clean.failed || coded.failed;
    buf_clear(&clean);
    buf_clear(&coded);
}

/* "Sun, 22 Nov 2026 08:00:00 +0000" (RFC 5322 3.3). */
static void put_date(struct buf *out, int64_t now)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char at[21]; /* 2026-11-22T08:00:00Z */
    text_time(now, at);
    int month = (at[5] - '0') * 10 + (at[6] - '0');
    buf_addf(out, "Date: %s, %.2s %s %.4s %.8s +0000\r\n", days[(now / 86400) % 7], at + 8,
             months[month >= 1 && month <= 12 ? month - 1 : 0], at, at + 11);
}

int mail_compose(const struct mail_draft *d, struct buf *out, struct err *err)
{
    if (mail_check_address(d->from, err) != 0)
        return -1;
    for (size_t i = 0; i < d->to_count; i++)
        if (mail_check_address(d->to[i], err) != 0)
            return -1;
    put_date(out, d->now > 0 ? d->now : 0);
    buf_addf(out, "From: rras-acme <%s>\r\n", d->from);
    for (size_t i = 0; i < d->to_count; i++)
        buf_addf(out, "%s<%s>%s", i == 0 ? "To: " : " ", d->to[i],
                 i + 1 < d->to_count ? ",\r\n" : "\r\n");
    buf_puts(out, "Subject: ");
    put_encoded(out, d->subject);
    size_t host =
        strspn(d->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
    buf_addf(out, "\r\nMessage-ID: <%.64s@%.*s>\r\n", d->id, (int)(host > 0 ? host : 9),
             host > 0 ? d->host : "localhost");
    buf_puts(out, "Auto-Submitted: auto-generated\r\n" /* RFC 3834: nobody answers by machine */
                  "MIME-Version: 1.0\r\n"
                  "Content-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: base64\r\n\r\n");
    put_body(out, d->body);
    return buf_check(out, "mail", err);
}
