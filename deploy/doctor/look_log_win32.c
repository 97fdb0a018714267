/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_log.h"

#include "rras/names.h"
#include "rras/rras_win32.h"
#include "text.h"

#include <stdio.h>

enum { XPATH_BYTES = 768 };

/* "2026-11-22T01:02:03.456Z" */
static void put_time(int64_t unix_ms, char out[32])
{
    char whole[21];

    text_time(unix_ms / 1000, whole);
    snprintf(out, 32, "%.19s.%03dZ", whole, (int)(unix_ms % 1000));
}

/* Stops when there is no more room. */
static int take(void *user, const struct log_event *e)
{
    struct doctor_log *out = user;

    if (out->n == LOG_MAX) {
        out->more = true;
        return 1;
    }
    out->of[out->n++] = *e;
    return 0;
}

void look_events(int64_t since_ms, struct doctor_log *out)
{
    struct events_query q = {.newest_first = true, .each = take, .user = out};
    char xpath[XPATH_BYTES], since[32];
    struct err e = {0};

    put_time(since_ms, since);
    snprintf(xpath, sizeof xpath,
             "*[System[TimeCreated[@SystemTime>='%s'] and Provider[@Name='" NAME_LOG_SSTP
             "' or @Name='" NAME_LOG_SSTP_LONG "' or @Name='" NAME_LOG_HTTP
             "' or @Name='" NAME_LOG_SCHANNEL "' or @Name='" NAME_LOG_SCM
             "' or @Name='" NAME_LOG_RAS "'] and (Level=1 or Level=2 or Level=3)]]",
             since);
    q.xpath = xpath;
    out->seen.ok = events_read(&q, &e) == 0;
    if (!out->seen.ok)
        seen_fail(&out->seen, &e);
}
