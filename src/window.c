/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 24 * HOUR_S,
    DAY_MIN = 24 * 60,
    DAYS = 7,
    EVERY_DAY = (1 << DAYS) - 1,
    EPOCH_DAY = 4, /* 1970-01-01 was a Thursday */
};

static const char *const day_names[DAYS] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* ---- text ---- */

static int day_of(const char *s, size_t len)
{
    char name[4] = "";

    if (len != 3)
        return -1;
    memcpy(name, s, len);
    for (int i = 0; i < DAYS; i++)
        if (text_equal_nocase(name, day_names[i]))
            return i;
    return -1;
}

/* The days of "Sun", "Mon-Fri" or "daily"; 0 if it is none of these. A range may go over Saturday.
 */
static unsigned days_of(const char *s, size_t len)
{
    const char *dash = memchr(s, '-', len);
    int first = day_of(s, dash ? (size_t)(dash - s) : len), last = first;
    unsigned days = 0;
    char word[8] = "";

    if (len < sizeof word)
        memcpy(word, s, len);
    if (text_equal_nocase(word, "daily"))
        return EVERY_DAY;
    if (dash)
        last = day_of(dash + 1, len - (size_t)(dash + 1 - s));
    if (first < 0 || last < 0)
        return 0;
    for (int d = first; d != last; d = (d + 1) % DAYS)
        days |= 1U << d;
    return days | 1U << last;
}

/* Minutes since midnight of "HH:MM", -1 if it is none. */
static int minutes_of(const char *s, size_t len)
{
    int h, m;

    if (len != strlen("02:00"))
        return -1;
    for (size_t i = 0; i < len; i++)
        if (i == 2 ? s[i] != ':' : !isdigit((unsigned char)s[i]))
            return -1;
    h = (s[0] - '0') * 10 + (s[1] - '0');
    m = (s[3] - '0') * 10 + (s[4] - '0');
    return m > 59 || h * 60 + m > DAY_MIN ? -1 : h * 60 + m;
}

static int no_time(const char *all, const char *s, size_t len, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "\"%.80s\": \"%.*s\" is no time of day; write two digits each, like 02:00", all,
                   (int)(len < 40 ? len : 40), s);
}

/* times = "02:00-04:00" */
static int parse_times(const char *all, const char *times, struct window *out, struct err *err)
{
    const char *dash = strchr(times, '-');
    int from, to;

    if (!dash)
        return err_set(err, ERR_USAGE, "\"%.80s\": the end is missing; write it like 02:00-04:00",
                       all);
    from = minutes_of(times, (size_t)(dash - times));
    to = minutes_of(dash + 1, strlen(dash + 1));
    if (from < 0)
        return no_time(all, times, (size_t)(dash - times), err);
    if (to < 0)
        return no_time(all, dash + 1, strlen(dash + 1), err);
    if (from == DAY_MIN)
        return err_set(err, ERR_USAGE, "\"%.80s\": 24:00 can only be the end; begin at 00:00", all);
    if (from == to)
        return err_set(err, ERR_USAGE,
                       "\"%.80s\": begins and ends at the same minute; all day is 00:00-24:00",
                       all);
    out->from_min = from;
    out->to_min = to;
    return 0;
}

int window_parse(const char *s, struct window *out, struct err *err)
{
    size_t day_bytes = strcspn(s, " ");
    struct window w = {.days = days_of(s, day_bytes)};

    if (!s[day_bytes])
        return err_set(err, ERR_USAGE,
                       "\"%.80s\": no day and times with a blank between; write it like "
                       "\"Sun 02:00-04:00\" or \"daily 02:00-04:00\"",
                       s);
    if (!w.days)
        return err_set(err, ERR_USAGE,
                       "\"%.80s\": \"%.*s\" is no day; allowed: Mon Tue Wed Thu Fri Sat Sun, a "
                       "range like Mon-Fri, or daily",
                       s, (int)(day_bytes < 40 ? day_bytes : 40), s);
    if (parse_times(s, s + day_bytes + 1, &w, err) != 0)
        return -1;
    *out = w;
    return 0;
}

static bool opens_on(const struct window *w, int day)
{
    return (w->days >> day & 1U) != 0;
}

void window_text(const struct window *w, char out[WINDOW_TEXT_BYTES])
{
    char days[16] = "daily";
    int first = 0, last;

    if (w->days != EVERY_DAY) {
        while (first < DAYS - 1 && !(opens_on(w, first) && !opens_on(w, (first + DAYS - 1) % DAYS)))
            first++;
        last = first;
        while (opens_on(w, (last + 1) % DAYS))
            last = (last + 1) % DAYS;
        snprintf(days, sizeof days, first == last ? "%s" : "%s-%s", day_names[first],
                 day_names[last]);
    }
    snprintf(out, WINDOW_TEXT_BYTES, "%.7s %02d:%02d-%02d:%02d", days, w->from_min / 60 % 100,
             w->from_min % 60, w->to_min / 60 % 100, w->to_min % 60);
}

/* ---- time ---- */

struct span { /* UTC; from <= t < to */
    int64_t from, to;
};

static void add_span(struct span *v, size_t *n, int64_t from, int64_t to)
{
    if (from < to)
        v[(*n)++] = (struct span){from, to};
}

/* The first instant after `from` with another offset than there; there is one by `to`. */
static int64_t change_between(const struct zone *z, int64_t from, int64_t to)
{
    int64_t before = z->offset_s(z->user, from);

    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (z->offset_s(z->user, middle) == before)
            from = middle;
        else
            to = middle;
    }
    return to;
}

/* One opening, from and to in local seconds, as spans of UTC: none, one or two are added, and never
 * none at all. Local clocks are changed once within two days at most. */
static void add_opening(const struct zone *z, int64_t from, int64_t to, struct span *v, size_t *n)
{
    enum { EAST_S = 15 * HOUR_S, WEST_S = 13 * HOUR_S }; /* farther than any zone is from UTC */
    int64_t first = z->offset_s(z->user, from - EAST_S), then = z->offset_s(z->user, to + WEST_S);
    int64_t change;
    size_t had = *n;

    if (first == then) {
        add_span(v, n, from - first, to - first);
        return;
    }
    change = change_between(z, from - EAST_S, to + WEST_S);
    add_span(v, n, from - first, to - first < change ? to - first : change);
    add_span(v, n, from - then > change ? from - then : change, to - then);
    if (*n == had)
        add_span(v, n, change, change + (to - from));
}

/* The end of all the spans that hold t or follow one another from there; t if there is none. */
static int64_t end_of(const struct span *v, size_t n, int64_t t)
{
    int64_t before;

    do {
        before = t;
        for (size_t i = 0; i < n; i++)
            if (v[i].from <= t && t < v[i].to)
                t = v[i].to;
    } while (t != before);
    return t;
}

void window_look(const struct windows *w, int64_t now, const struct zone *zone,
                 struct window_state *out)
{
    enum { DAYS_BACK = 2, DAYS_ON = 9 }; /* a week, and what reaches over its ends */
    struct span v[WINDOW_MAX * (DAYS_BACK + DAYS_ON) * 2] = {{0, 0}};
    int64_t today = (now + zone->offset_s(zone->user, now)) / DAY_S;
    size_t n = 0;

    *out = (struct window_state){.open = w->n == 0};
    for (size_t i = 0; i < w->n && i < WINDOW_MAX; i++) {
        int minutes = w->v[i].to_min - w->v[i].from_min;
        if (minutes <= 0)
            minutes += DAY_MIN;
        for (int64_t day = today - DAYS_BACK; day < today + DAYS_ON; day++) {
            int64_t from = day * DAY_S + w->v[i].from_min * MINUTE_S;
            if (opens_on(&w->v[i], (int)((day + EPOCH_DAY) % DAYS)))
                add_opening(zone, from, from + minutes * MINUTE_S, v, &n);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (v[i].from <= now && now < v[i].to)
            out->open = true;
        else if (v[i].from > now && (out->until == 0 || v[i].from < out->until))
            out->until = v[i].from;
    }
    if (out->open) {
        out->until = end_of(v, n, now);
        if (out->until == now || out->until > now + DAYS * DAY_S)
            out->until = 0;
    }
}
