/* SPDX-License-Identifier: Apache-2.0 */
/* text_time.c - durations and points in time. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

int text_duration_ms(const char *s, int64_t *out_ms, struct err *err)
{
    static const struct unit {
        const char *name;
        int64_t ms;
    } units[] = {
        {"ms", 1},
        {"s", 1000},
        {"m", 1000LL * MINUTE_S},
        {"h", 1000LL * HOUR_S},
        {"d", 1000LL * DAY_S},
    };
    const int64_t longest_ms = 36500LL * DAY_S * 1000; /* a century */
    size_t digits = strspn(s, "0123456789");
    int64_t n = 0;

    for (size_t i = 0; i < digits && n <= longest_ms; i++)
        n = n * 10 + (s[i] - '0');
    for (size_t i = 0; digits > 0 && i < sizeof units / sizeof *units; i++) {
        if (strcmp(s + digits, units[i].name) != 0)
            continue;
        if (n > longest_ms / units[i].ms)
            return err_set(err, ERR_USAGE, "duration %.32s: longer than a hundred years", s);
        *out_ms = n * units[i].ms;
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "duration \"%.32s\": must be a whole number with a unit, like 90s, 15m, 12h "
                   "or 30d",
                   s);
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. The year is counted from March, so
 * that the leap day is its last; 400 years have 146097 days, and 719468 lie before 1970. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t era, of_era, of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t text_civil(int year, int month, int day, int hour, int minute, int second)
{
    return days_of(year, month, day) * DAY_S + (int64_t)hour * HOUR_S + (int64_t)minute * MINUTE_S +
           second;
}

void text_time(int64_t unix_s, char out[21])
{
    const int64_t first = text_civil(0, 1, 1, 0, 0, 0), last = text_civil(9999, 12, 31, 23, 59, 59);
    int64_t days, rest, year;
    int month = 12;

    /* Four digits of year is all that the form has. */
    unix_s = unix_s < first ? first : unix_s > last ? last : unix_s;
    days = unix_s / DAY_S - (unix_s % DAY_S < 0);
    rest = unix_s - days * DAY_S;
    year = 1970 + days / 366 - (days < 0); /* too early by some years at most */
    while (year < 9999 && days_of(year + 1, 1, 1) <= days)
        year++;
    while (days_of(year, 1, 1) > days)
        year--;
    while (days_of(year, month, 1) > days)
        month--;
    snprintf(out, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
             (unsigned)month % 100, (unsigned)(days - days_of(year, month, 1) + 1) % 100,
             (unsigned)(rest / HOUR_S) % 100, (unsigned)(rest / MINUTE_S % 60),
             (unsigned)(rest % 60));
}

/* ---- reading ---- */

/* A cursor that reads fixed-width fields and remembers the first that does not fit. */
struct reader {
    const char *p;
    bool bad;
};

static int read_number(struct reader *r, int digits)
{
    int n = 0;

    for (int i = 0; i < digits && !r->bad; i++, r->p++) {
        if (*r->p < '0' || *r->p > '9') {
            r->bad = true;
            break;
        }
        n = n * 10 + (*r->p - '0');
    }
    return r->bad ? 0 : n;
}

/* One of the characters of `set`. */
static char read_one_of(struct reader *r, const char *set)
{
    if (r->bad || *r->p == 0 || !strchr(set, *r->p)) {
        r->bad = true;
        return 0;
    }
    return *r->p++;
}

static void read_word(struct reader *r, const char *word)
{
    if (!r->bad && text_starts(r->p, word))
        r->p += strlen(word);
    else
        r->bad = true;
}

struct civil {
    int year, month, day, hour, minute, second;
};

/* The second 60 is a leap second and reads as the next minute's first. */
static bool civil_ok(const struct civil *c)
{
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->hour > 23 || c->minute > 59 ||
        c->second > 60)
        return false;
    return c->day <=
           days_of(c->year + c->month / 12, c->month % 12 + 1, 1) - days_of(c->year, c->month, 1);
}

static int64_t civil_s(const struct civil *c)
{
    return text_civil(c->year, c->month, c->day, c->hour, c->minute, c->second);
}

static void read_clock(struct reader *r, struct civil *c)
{
    c->hour = read_number(r, 2);
    read_one_of(r, ":");
    c->minute = read_number(r, 2);
    read_one_of(r, ":");
    c->second = read_number(r, 2);
}

/* "Z" or "+hh:mm" or "-hh:mm", in seconds east of UTC. */
static int read_offset(struct reader *r)
{
    char sign = read_one_of(r, "Zz+-");
    int hours, minutes, east;

    if (r->bad || sign == 'Z' || sign == 'z')
        return 0;
    hours = read_number(r, 2);
    read_one_of(r, ":");
    minutes = read_number(r, 2);
    if (hours > 23 || minutes > 59)
        r->bad = true;
    east = hours * HOUR_S + minutes * MINUTE_S;
    return sign == '-' ? -east : east;
}

int text_time_parse(const char *s, int64_t *out_unix_s, struct err *err)
{
    struct reader r = {s, false};
    struct civil c = {0};
    int east;

    c.year = read_number(&r, 4);
    read_one_of(&r, "-");
    c.month = read_number(&r, 2);
    read_one_of(&r, "-");
    c.day = read_number(&r, 2);
    read_one_of(&r, "Tt ");
    read_clock(&r, &c);
    if (!r.bad && *r.p == '.') {
        r.p++;
        read_number(&r, 1);
        r.p += strspn(r.p, "0123456789");
    }
    east = read_offset(&r);
    if (r.bad || *r.p || !civil_ok(&c))
        return err_set(err, ERR_FAIL, "time \"%.40s\": not of the form 2026-01-31T12:34:56Z", s);
    *out_unix_s = civil_s(&c) - east;
    return 0;
}

static int read_name(struct reader *r, const char *const *names, int n)
{
    for (int i = 0; i < n && !r->bad; i++) {
        if (text_starts(r->p, names[i])) {
            r->p += strlen(names[i]);
            return i;
        }
    }
    r->bad = true;
    return 0;
}

int text_http_date_parse(const char *s, int64_t *out_unix_s, struct err *err)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct reader r = {s, false};
    struct civil c = {0};

    read_name(&r, days, 7); /* the date tells the same */
    read_word(&r, ", ");
    c.day = read_number(&r, 2);
    read_word(&r, " ");
    c.month = read_name(&r, months, 12) + 1;
    read_word(&r, " ");
    c.year = read_number(&r, 4);
    read_word(&r, " ");
    read_clock(&r, &c);
    read_word(&r, " GMT");
    if (r.bad || *r.p || !civil_ok(&c))
        return err_set(err, ERR_FAIL, "date \"%.40s\": no HTTP date", s);
    *out_unix_s = civil_s(&c);
    return 0;
}
