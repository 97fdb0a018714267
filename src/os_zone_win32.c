/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_zone_win32.c - local time by this machine's time zone and its rules of the year in question
 * (Microsoft: GetDynamicTimeZoneInformation, GetTimeZoneInformationForYear,
 * SystemTimeToTzSpecificLocalTime). The environment variable TZ means nothing here.
 */
#include <windows.h>

#include "os.h"
#include "text.h"

/* "Adjust for daylight saving time automatically" is off: standard time all year. */
static bool zone_of_year(WORD year, TIME_ZONE_INFORMATION *out)
{
    DYNAMIC_TIME_ZONE_INFORMATION zone = {0};

    if (GetDynamicTimeZoneInformation(&zone) == TIME_ZONE_ID_INVALID ||
        !GetTimeZoneInformationForYear(year, &zone, out))
        return GetTimeZoneInformation(out) != TIME_ZONE_ID_INVALID;
    if (zone.DynamicDaylightTimeDisabled)
        out->StandardDate.wMonth = out->DaylightDate.wMonth = 0;
    return true;
}

static int64_t real_offset_s(void *user, int64_t utc_s)
{
    const int64_t unix_epoch_s = 11644473600; /* seconds from 1601-01-01 to 1970-01-01 */
    uint64_t ticks = (uint64_t)(utc_s + unix_epoch_s) * 10000000U;
    FILETIME t = {(DWORD)(ticks & 0xFFFFFFFFU), (DWORD)(ticks >> 32)};
    TIME_ZONE_INFORMATION zone;
    SYSTEMTIME utc, l;

    (void)user;
    if (!FileTimeToSystemTime(&t, &utc) || !zone_of_year(utc.wYear, &zone) ||
        !SystemTimeToTzSpecificLocalTime(&zone, &utc, &l))
        return 0;
    return text_civil(l.wYear, l.wMonth, l.wDay, l.wHour, l.wMinute, l.wSecond) - utc_s;
}

const struct zone os_zone = {real_offset_s, NULL};
