/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.h - how long to wait, and when to give up. Pure.
 *
 * Sources: RFC 9110 10.2.3 (Retry-After), RFC 8555 6.5 (badNonce), 6.6 (rate limits), 7.1.6.
 */
#ifndef RRAS_RETRY_H
#define RRAS_RETRY_H

#include <stdint.h>

enum {
    RETRY_AFTER_NONE = -1,
    RETRY_AFTER_MAX_S = 24 * 3600, /* a longer wish is cut to this and looked at again then */
    RETRY_POLL_MIN_S = 1,
    RETRY_POLL_MAX_S = 60,
    RETRY_PATIENCE_S = 60,       /* we sleep this long within a run for 429 and 503, not longer */
    RETRY_RATE_DEFAULT_S = 3600, /* rate limited, and the CA does not say for how long */
};

/* Retry-After in seconds from `now`: delta seconds or an HTTP-date, a past date is 0.
 * RETRY_AFTER_NONE when it is absent (NULL) or garbage. */
int64_t retry_after_s(const char *value, int64_t now);

/* "... retry after 2026-11-22 01:02:03 UTC ..." in the detail of a rateLimited problem (the form
 * of Boulder, which not always sends the header): seconds from `now`, or RETRY_AFTER_NONE. */
int64_t retry_after_from_detail(const char *detail, int64_t now);

/* The pause before poll number `round` (from 0) of an object that is worked on: the CA's wish
 * within bounds; without one a moment, growing to 30 s. The first look reaches the CA a round trip
 * after it began, which is counted towards that moment: 0 = look at once. */
int64_t retry_poll_ms(int64_t after_s, unsigned round, int64_t round_trip_ms);

/* What befell a request. */
enum retry_cause {
    RETRY_NONCE,      /* badNonce */
    RETRY_CONNECTION, /* no answer came */
    RETRY_SERVER,     /* 5xx */
    RETRY_RATE,       /* 429 */
    RETRY_NOT_YET,    /* 404 for a URL that was handed out a moment ago: replicas lag */
    RETRY_CAUSES
};
/* Tries of one request so far; zero at the beginning. */
struct retry {
    unsigned count[RETRY_CAUSES];
};
/* Counts the event and tells the pause in ms before the same request is sent again, or -1: give
 * up. */
int64_t retry_next_ms(struct retry *r, enum retry_cause cause, int64_t after_s);

#endif
