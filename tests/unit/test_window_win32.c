/* SPDX-License-Identifier: Apache-2.0 */
/* Local time against what Windows says of the present, by another call. */
#include <windows.h>

#include "os.h"
#include "test.h"
#include "window.h"

static void agrees_with_windows_today(struct test *t)
{
    TIME_ZONE_INFORMATION zone;
    DWORD now = GetTimeZoneInformation(&zone);
    LONG bias_min = zone.Bias;

    REQUIRE(now != TIME_ZONE_ID_INVALID);
    if (now == TIME_ZONE_ID_STANDARD)
        bias_min += zone.StandardBias;
    if (now == TIME_ZONE_ID_DAYLIGHT)
        bias_min += zone.DaylightBias;
    CHECK_INT(os_zone.offset_s(os_zone.user, clock_now(&os_clock)), -60LL * bias_min);
}

/* Half a year apart the offsets differ by the daylight bias, where there is daylight saving time.
 */
static void follows_the_rules_of_the_zone(struct test *t)
{
    enum { JANUARY = 1768478400, JULY = 1784116800 }; /* the 15th of 2026, noon UTC */
    DYNAMIC_TIME_ZONE_INFORMATION zone = {0};
    TIME_ZONE_INFORMATION rules;
    int64_t winter = os_zone.offset_s(os_zone.user, JANUARY);
    int64_t summer = os_zone.offset_s(os_zone.user, JULY);
    int64_t change = summer > winter ? summer - winter : winter - summer;

    REQUIRE(GetDynamicTimeZoneInformation(&zone) != TIME_ZONE_ID_INVALID);
    if (!GetTimeZoneInformationForYear(2026, &zone, &rules))
        SKIP("Windows knows no rules of its zone");
    bool saves = rules.DaylightDate.wMonth != 0 && !zone.DynamicDaylightTimeDisabled;
    CHECK_INT(change, saves ? -60LL * (rules.DaylightBias - rules.StandardBias) : 0);
}

const struct test_case suite_window_win32[] = {
    {"agrees_with_windows_today", agrees_with_windows_today},
    {"follows_the_rules_of_the_zone", follows_the_rules_of_the_zone},
    {NULL, NULL},
};
