/* SPDX-License-Identifier: Apache-2.0 */
/* os_zone_posix.c - local time by the C library: TZ, else /etc/localtime. */
#include "os.h"
#include "text.h"

#include <time.h>

static int64_t real_offset_s(void *user, int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm l;

    (void)user;
    tzset(); /* localtime_r need not look at TZ */
    if (!localtime_r(&t, &l))
        return 0;
    return text_civil(l.tm_year + 1900, l.tm_mon + 1, l.tm_mday, l.tm_hour, l.tm_min, l.tm_sec) -
           utc_s;
}

const struct zone os_zone = {real_offset_s, NULL};
