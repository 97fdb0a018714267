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
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
    const char *p = detail ? strstr(detail, mark) : NULL;
    if (!p ||
        sscanf(p + sizeof mark - 1, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d", &y, &mo, &d, &h, &mi, &s) != 6)
        return RETRY_AFTER_NONE;
    if (y < 2020 || y > 9999 || mo < 1 || mo > 12 || d < 1 || d > 31)
        return RETRY_AFTER_NONE;
    int64_t at = text_civil(y, mo, d, h, mi, s);
    return at <= now ? 0 : not_beyond(at - now, RETRY_AFTER_MAX_S);
}

int64_t retry_poll_ms(int64_t after_s, unsigned round)
{
    static const int usual_s[] = {1, 3, 4, 6, 9, 13, 20, 30};
    const unsigned last = sizeof usual_s / sizeof usual_s[0] - 1;
    if (after_s == RETRY_AFTER_NONE)
        return 1000 * (int64_t)usual_s[round < last ? round : last];
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
