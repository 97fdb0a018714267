/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/status_out.h"

#include "idn.h"
#include "src/app/follow.h"
#include "src/app/ration.h"
#include "src/app/show.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { BAR_CELLS = 12, GAP = 2, NAME_LEAST = 12, CELL_BYTES = 600 };

enum column {
    COL_NAME,
    COL_STATE,
    COL_BAR,
    COL_LEFT,
    COL_EXPIRES,
    COL_RENEWS,
    COL_DEPLOYED,
    COL_CA,
    COL_COUNT
};
static const char *const titles[COL_COUNT] = {"NAME",    "STATE",  "LIFE LEFT", "DAYS",
                                              "EXPIRES", "RENEWS", "DEPLOYED",  "CA"};
/* What a narrow terminal goes without, the first first. */
static const enum column dispensable[] = {COL_CA, COL_RENEWS, COL_BAR, COL_DEPLOYED, COL_EXPIRES};

struct table {
    const struct table_style *style;
    int width[COL_COUNT]; /* 0 = not shown */
    struct buf *out;
};

static int chars(const char *s)
{
    int n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* ---- cells ---- */

static void bar(const struct status_view *v, bool unicode, char *out)
{
    int full = (v->left_permille * BAR_CELLS + 500) / 1000;
    if (full == 0 && v->left_permille > 0)
        full = 1;
    for (int i = 0; i < BAR_CELLS; i++) {
        const char *cell = unicode    ? i < full ? "\xe2\x96\x88" : "\xe2\x96\x91"
                           : i < full ? "#"
                                      : "-";
        size_t len = strlen(cell);
        memcpy(out, cell, len);
        out += len;
    }
    *out = '\0';
}

static void cell_text(const struct status_view *v, enum column c, bool unicode,
                      char out[CELL_BYTES])
{
    const struct cert_info *leaf = view_leaf(v);
    char time[21] = "-";
    int64_t at;
    switch (c) {
    case COL_NAME:
        text_copy(out, CELL_BYTES, v->conf->name);
        return;
    case COL_STATE:
        text_copy(out, CELL_BYTES, view_state_name(v->word));
        return;
    case COL_BAR:
        bar(v, unicode, out);
        return;
    case COL_LEFT:
        snprintf(out, CELL_BYTES, leaf != NULL ? "%5lld" : "    -", (long long)v->days_left);
        return;
    case COL_EXPIRES:
    case COL_RENEWS:
        at = leaf == NULL ? 0 : c == COL_EXPIRES ? leaf->not_after : v->renew.at;
        if (at != 0)
            text_time(at, time);
        snprintf(out, CELL_BYTES, "%.10s", time);
        return;
    case COL_DEPLOYED:
        text_copy(out, CELL_BYTES, deployed_state_name(v->state.deployed));
        return;
    case COL_CA:
    case COL_COUNT:
        break;
    }
    text_copy(out, CELL_BYTES,
              follow_wanted(v->conf) ? "from the balancer" : v->conf->acme.directory_name);
    text_scrub(out);
}

static enum show_style cell_style(const struct status_view *v, enum column c)
{
    static const enum show_style of_level[] = {SHOW_GOOD, SHOW_GOOD, SHOW_WARN, SHOW_BAD};
    enum deployed_state d = v->state.deployed;
    if (c == COL_NAME)
        return SHOW_BOLD;
    if (c == COL_STATE)
        return of_level[v->level];
    if (c == COL_BAR)
        return of_level[view_life_level(v)];
    if (c == COL_DEPLOYED && d != DEPLOYED_CURRENT && d != DEPLOYED_NONE)
        return d == DEPLOYED_FAILED ? SHOW_BAD : SHOW_WARN;
    return c == COL_RENEWS || c == COL_CA ? SHOW_DIM : SHOW_PLAIN;
}

/* ---- lines ---- */

static void put(struct table *t, enum show_style style, const char *text)
{
    bool color = t->style->color && style != SHOW_PLAIN;
    buf_puts(t->out, color ? show_style_code(style) : "");
    buf_puts(t->out, text);
    buf_puts(t->out, color ? "\033[0m" : "");
}

static bool is_last(const struct table *t, int c)
{
    for (c++; c < COL_COUNT; c++)
        if (t->width[c] > 0)
            return false;
    return true;
}

/* A name that is too long loses its end. */
static void put_cell(struct table *t, int c, enum show_style style, char *text)
{
    int have = chars(text);
    if (have > t->width[c] && t->style->width > 0 && c == COL_NAME) {
        memcpy(text + t->width[c] - 2, "..", sizeof("..")); /* names are ASCII */
        have = t->width[c];
    }
    put(t, style, text);
    if (is_last(t, c))
        return;
    for (; have < t->width[c] + GAP; have++)
        buf_putc(t->out, ' ');
}

static void put_row(struct table *t, const struct status_view *v)
{
    char text[CELL_BYTES];
    for (int c = 0; c < COL_COUNT; c++) {
        if (t->width[c] == 0)
            continue;
        if (v == NULL)
            snprintf(text, sizeof(text), c == COL_LEFT ? "%5s" : "%s", titles[c]);
        else
            cell_text(v, (enum column)c, t->style->unicode, text);
        put_cell(t, c, v == NULL ? SHOW_DIM : cell_style(v, (enum column)c), text);
    }
    buf_putc(t->out, '\n');
}

static void put_line(struct table *t, enum show_style style, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static void put_line(struct table *t, enum show_style style, const char *fmt, ...)
{
    char line[1600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    text_scrub(line);
    buf_puts(t->out, "  ");
    put(t, style, line);
    buf_putc(t->out, '\n');
}

/* ---- below a line ---- */

static void put_places(struct table *t, const struct status_view *v)
{
    for (int p = 0; v->looked && p < PLACE_COUNT; p++)
        if (v->seen.place[p].state == PLACE_DIFFERS)
            put_line(t, SHOW_WARN, "%s: %s", deploy_place_name((enum deploy_place)p),
                     v->seen.place[p].shows);
    if (view_wire_is_dark(v))
        put_line(t, SHOW_WARN, "wire: %s: no client is answered; rras-acme doctor",
                 v->seen.place[PLACE_WIRE].shows);
}

static void put_details(struct table *t, const struct status_view *v)
{
    const struct past *r = &v->rehearsal;
    char shown[1024], used[400], at[21];
    for (size_t i = 0; i < v->conf->names.n; i++)
        if (idn_to_unicode(v->conf->names.v[i], shown, sizeof(shown)))
            put_line(t, SHOW_PLAIN, "%s is %s", v->conf->names.v[i], shown);
    put_places(t, v);
    if (v->container[0] != '\0')
        put_line(t, SHOW_PLAIN, "key in the machine's key provider: %s", v->container);
    if (v->have_held && v->state.held_reason[0] != '\0') {
        text_time(v->state.held_until, at);
        put_line(t, SHOW_WARN, "held: %s%s%s", v->state.held_reason,
                 v->state.held_until != 0 ? ", until " : "", v->state.held_until != 0 ? at : "");
    }
    if (view_last_try_failed(v))
        put_line(t, SHOW_WARN, "the last try failed: %s", v->state.last_message);
    if (v->state.failures > 0) {
        bool waits = renew_waits(v->state.not_before_s, v->now);
        text_time(v->state.not_before_s, at);
        put_line(t, SHOW_WARN, "%d failure%s, tried again by the next run%s%s: %s",
                 v->state.failures, v->state.failures == 1 ? "" : "s", waits ? " after " : "",
                 waits ? at : "", v->state.last_message);
    }
    ration_text(&v->state, v->conf, v->now, used, sizeof(used));
    if (used[0] != '\0')
        put_line(t, SHOW_WARN, "%s", used);
    if (r->at != 0) {
        text_time(r->at, at);
        put_line(t, r->ok ? SHOW_DIM : SHOW_WARN, "last rehearsal %s: %s; %s", at, r->action,
                 r->message);
    }
}

/* ---- widths ---- */

static int total(const struct table *t)
{
    int sum = -GAP;
    for (int c = 0; c < COL_COUNT; c++)
        sum += t->width[c] > 0 ? t->width[c] + GAP : 0;
    return sum;
}

static void fit(struct table *t, const struct status_view *v, size_t n)
{
    char text[CELL_BYTES];
    for (int c = 0; c < COL_COUNT; c++) {
        t->width[c] = chars(titles[c]);
        for (size_t i = 0; i < n; i++) {
            cell_text(&v[i], (enum column)c, t->style->unicode, text);
            if (chars(text) > t->width[c])
                t->width[c] = chars(text);
        }
    }
    if (t->style->width == 0)
        return;
    for (size_t i = 0; i < sizeof(dispensable) / sizeof(dispensable[0]); i++)
        if (total(t) > t->style->width)
            t->width[dispensable[i]] = 0;
    if (total(t) > t->style->width)
        t->width[COL_NAME] -= total(t) - t->style->width;
    if (t->width[COL_NAME] < NAME_LEAST)
        t->width[COL_NAME] = NAME_LEAST;
}

void status_table(const struct status_view *v, size_t n, const struct table_style *style,
                  struct buf *out)
{
    struct table t = {.style = style, .out = out};
    if (n == 0)
        return;
    fit(&t, v, n);
    put_row(&t, NULL);
    for (size_t i = 0; i < n; i++) {
        put_row(&t, &v[i]);
        put_details(&t, &v[i]);
    }
}
