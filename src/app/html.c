/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/html.h"

#include "text.h"

#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 24 * 3600 };

static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(struct buf *b, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        bool fit;
        size_t len = text_foreign(text, left, &fit);
        if (reference(*text) != NULL)
            buf_puts(b, reference(*text));
        else if (fit)
            buf_add(b, text, len);
        else
            buf_putc(b, '?');
        text += len;
        left -= len;
    }
}

void html_time(struct buf *b, int64_t t)
{
    char text[21];
    text_time(t, text);
    buf_addf(b, "<time datetime=\"%s\">%.10s<span class=\"hm\"> %.5s</span></time>", text, text,
             text + 11);
}

void html_relative(struct buf *b, int64_t t, int64_t now)
{
    int64_t s = t > now ? t - now : now - t;
    int64_t unit = s >= 2 * DAY_S ? DAY_S : s >= 2 * HOUR_S ? HOUR_S : MINUTE_S;
    const char *word = unit == DAY_S ? "day" : unit == HOUR_S ? "hour" : "minute";
    long long n = s / unit;
    if (n == 0)
        buf_puts(b, "now");
    else
        buf_addf(b, "%s%lld %s%s%s", t > now ? "in " : "", n, word, n == 1 ? "" : "s",
                 t > now ? "" : " ago");
}

const char *html_level(enum view_level level)
{
    static const char *const names[] = {"good", "note", "warn", "bad"};
    return names[level];
}
