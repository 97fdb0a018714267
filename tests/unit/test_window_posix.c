/* SPDX-License-Identifier: Apache-2.0 */
/* Local time by TZ, with rules of POSIX, so that no zone has to be installed. */
#include "os.h"
#include "test.h"
#include "text.h"
#include "window.h"

#include <stdlib.h>
#include <time.h>

static void follows_the_rules_of_tz(struct test *t)
{
    static const struct {
        const char *tz;
        int64_t at[3], offset_s[3];
    } cases[] = {
        {"UTC0", {0, 1, 2}, {0, 0, 0}},
        {"IST-5:30", {0, 1790000000, 1800000000}, {19800, 19800, 19800}},
        /* 2026-03-29T00:59:59Z, 01:00:00Z, 2026-10-25T01:00:00Z */
        {"CET-1CEST,M3.5.0,M10.5.0/3", {1774745999, 1774746000, 1792890000}, {3600, 7200, 3600}},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3",
         {1775318399, 1775318400, 1791043200},
         {39600, 36000, 39600}},
    };
    char *before = os_getenv("TZ");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv("TZ", cases[i].tz, 1);
        for (size_t k = 0; k < 3; k++)
            if (!CHECK_INT(os_zone.offset_s(os_zone.user, cases[i].at[k]), cases[i].offset_s[k]))
                CHECK_STR(cases[i].tz, "as the table says");
    }
    if (before)
        setenv("TZ", before, 1);
    else
        unsetenv("TZ");
    free(before);
    tzset();
}

const struct test_case suite_window_posix[] = {
    {"follows_the_rules_of_tz", follows_the_rules_of_tz},
    {NULL, NULL},
};
