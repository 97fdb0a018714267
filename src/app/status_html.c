/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/status_out.h"

#include "src/app/html.h"
#include "text.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

/* The worst first, then what ends first, then by name (as they come). */
static int by_urgency(const void *a, const void *b)
{
    const struct status_view *x = *(const struct status_view *const *)a;
    const struct status_view *y = *(const struct status_view *const *)b;
    const struct cert_info *of_x = view_leaf(x), *of_y = view_leaf(y);
    int64_t end_x = of_x != NULL ? of_x->not_after : INT64_MAX;
    int64_t end_y = of_y != NULL ? of_y->not_after : INT64_MAX;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (end_x != end_y)
        return end_x < end_y ? -1 : 1;
    return strcmp(x->conf->name, y->conf->name);
}

static size_t count(const struct status_view *v, size_t n, enum view_level level)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += v[i].level == level;
    return found;
}

static size_t count_missing(const struct status_view *v, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += view_leaf(&v[i]) == NULL;
    return found;
}

/* The one sentence for who reads no further; plain text. */
static void put_verdict(struct buf *b, const struct status_view *v, size_t n)
{
    size_t bad = count(v, n, VIEW_BAD), warn = count(v, n, VIEW_WARN), k = bad > 0 ? bad : warn;
    const char *what = bad > 0 ? "action now" : "attention";
    size_t none = count_missing(v, n);
    if (k == 0 && none == n && n > 0)
        buf_puts(b, "Nothing was issued yet");
    else if (k == 0 && none > 0)
        buf_addf(b, "%zu of %zu certificates %s not issued yet", none, n, none == 1 ? "is" : "are");
    else if (k == 0 && n == 1)
        buf_puts(b, "The certificate is in order");
    else if (k == 0)
        buf_addf(b, "All %zu certificates are in order", n);
    else if (n == 1)
        buf_addf(b, "The certificate needs %s", what);
    else
        buf_addf(b, "%zu of %zu certificates need%s %s", k, n, k == 1 ? "s" : "", what);
}

static void put_head(struct buf *b, const struct status_view *v, size_t n, int64_t now)
{
    buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                /* Should something foreign get through: nothing runs, nothing is loaded. */
                "<meta http-equiv=\"Content-Security-Policy\" "
                "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                "form-action 'none'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    put_verdict(b, v, n);
    buf_puts(b, "</title>\n<style>\n");
    html_style(b);
    buf_puts(b, "</style>\n</head>\n<body>\n<header>\n<h1>");
    put_verdict(b, v, n);
    buf_puts(b, "</h1>\n<p class=\"soft\">As of ");
    html_time(b, now);
    buf_puts(b, " UTC &middot; rras-acme " RRAS_ACME_VERSION "</p>\n</header>\n<main>\n");
}

static void put_row(struct buf *b, const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    buf_addf(b, "<tr class=\"%s\"><td><a href=\"#", html_level(v->level));
    html_text(b, v->conf->name);
    buf_puts(b, "\">");
    html_text(b, v->conf->name);
    buf_addf(b, "</a></td><td><span class=\"dot %s\"></span>%s</td>", html_level(v->level),
             leaf == NULL ? "not issued" : view_state_name(v->word));
    buf_addf(b,
             "<td class=\"wide\"><span class=\"bar\"><i class=\"%s\" style=\"width:%d.%d%%\">"
             "</i></span></td>",
             html_level(view_life_level(v)), v->left_permille / 10, v->left_permille % 10);
    if (leaf == NULL) {
        buf_puts(b, "<td class=\"num\"></td><td class=\"wide\"></td><td class=\"wide\"></td>");
    } else {
        buf_addf(b, "<td class=\"num\">%lld</td><td class=\"wide\">", (long long)v->days_left);
        html_time(b, leaf->not_after);
        buf_puts(b, "</td><td class=\"wide\">");
        if (v->renew.at != 0)
            html_time(b, v->renew.at);
        buf_puts(b, "</td>");
    }
    buf_addf(b, "<td class=\"wide\">%s</td></tr>\n", html_deployed(v->state.deployed));
}

static void put_index(struct buf *b, const struct status_view *const *list, size_t n)
{
    if (n < 2)
        return;
    buf_puts(b,
             "<nav class=\"card\" aria-label=\"All certificates\"><div class=\"scroll\">"
             "<table class=\"index\"><thead><tr><th>Name</th><th>State</th>"
             "<th class=\"wide\">Life left</th><th class=\"num\">Days</th><th "
             "class=\"wide\">Expires</th>"
             "<th class=\"wide\">Due</th><th class=\"wide\">Deployed</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        put_row(b, list[i]);
    buf_puts(b, "</tbody></table></div></nav>\n");
}

void status_html(const struct status_view *v, size_t n, int64_t now, const char *foot,
                 struct buf *b)
{
    const struct status_view **list = calloc(n > 0 ? n : 1, sizeof(*list));
    if (list == NULL) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        list[i] = &v[i];
    qsort(list, n, sizeof(*list), by_urgency);
    put_head(b, v, n, now);
    put_index(b, list, n);
    for (size_t i = 0; i < n; i++)
        html_card(b, list[i]);
    buf_puts(b, "</main>\n");
    if (foot[0] != '\0') {
        buf_puts(b, "<footer><p class=\"soft\">");
        html_text(b, foot);
        buf_puts(b, "</p></footer>\n");
    }
    buf_puts(b, "</body>\n</html>\n");
    free(list);
}
