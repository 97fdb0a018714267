/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static int64_t not_beyond(int64_t s, int64_t max)
{
    return s > max ? max : s;
}

/* Digits only; anything longer than a day is as good as a day. */
static bool delta_seconds(const char *s, int64_t *out)
{
    int64_t v = 0;
    if (*s == '\0')
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        v = not_beyond(v * 10 + (*s - '0'), RETRY_AFTER_MAX_S);
    }
    *out = v;
    return true;
}

int64_t retry_after_s(const char *value, int64_t now)
{
    int64_t v = 0;
    struct err ignored = {0};
    if (!value)
        return RETRY_AFTER_NONE;
    if (delta_seconds(value, &v))
        return v;
    if (text_http_date_parse(value, &v, &ignored))
        return RETRY_AFTER_NONE;
    return v <= now ? 0 : not_beyond(v - now, RETRY_AFTER_MAX_S);
}

int64_t retry_after_from_detail(const char *detail, int64_t now)
{
    static const char mark[] = "retry after ";
    char when[] = "YYYY-MM-DDTHH:MM:SSZ";
    struct err ignored = {0};
    int64_t at = 0;
    const char *p = detail ? strstr(detail, mark) : NULL;
    if (!p || strlen(p + sizeof mark - 1) < sizeof when - 2)
        return RETRY_AFTER_NONE;
    memcpy(when, p + sizeof mark - 1, sizeof when - 2);
    if (when[10] == ' ')
        when[10] = 'T';
    if (text_time_parse(when, &at, &ignored))
        return RETRY_AFTER_NONE;
    return at <= now ? 0 : not_beyond(at - now, RETRY_AFTER_MAX_S);
}

int64_t retry_poll_ms(int64_t after_s, unsigned round, int64_t round_trip_ms)
{
    /* The first looks are quick: most CAs are done within a second, small ones at once. */
    static const int usual_ms[] = {50, 150, 800, 2000, 4000, 6000, 9000, 13000, 20000, 30000};
    const unsigned last = sizeof usual_ms / sizeof usual_ms[0] - 1;
    if (after_s == RETRY_AFTER_NONE && round == 0)
        return round_trip_ms < usual_ms[0] ? usual_ms[0] - round_trip_ms : 0;
    if (after_s == RETRY_AFTER_NONE)
        return usual_ms[round < last ? round : last];
    if (after_s < RETRY_POLL_MIN_S)
        return 1000 * RETRY_POLL_MIN_S;
    return 1000 * not_beyond(after_s, RETRY_POLL_MAX_S);
}

int64_t retry_next_ms(struct retry *r, enum retry_cause cause, int64_t after_s)
{
    static const struct {
        unsigned tries;    /* after the first one */
        unsigned at_once;  /* of these, without a pause */
        int64_t first_ms;  /* then doubled each time ... */
        int64_t most_ms;   /* ... up to this */
        bool heeds_server; /* Retry-After counts */
    } rule[RETRY_CAUSES] = {
        [RETRY_NONCE] = {10, 3, 250, 4000, false},   [RETRY_CONNECTION] = {3, 0, 1000, 8000, false},
        [RETRY_SERVER] = {4, 0, 1000, 8000, true},   [RETRY_RATE] = {2, 0, 5000, 30000, true},
        [RETRY_NOT_YET] = {5, 0, 1000, 8000, false},
    };
    unsigned n = r->count[cause]++;
    if (n >= rule[cause].tries)
        return -1;
    if (rule[cause].heeds_server && after_s != RETRY_AFTER_NONE) {
        if (after_s > RETRY_PATIENCE_S)
            return -1;
        return 1000 * (after_s < RETRY_POLL_MIN_S ? RETRY_POLL_MIN_S : after_s);
    }
    if (n < rule[cause].at_once)
        return 0;
    return not_beyond(rule[cause].first_ms << (n - rule[cause].at_once), rule[cause].most_ms);
}
