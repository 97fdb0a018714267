/* SPDX-License-Identifier: Apache-2.0 */
#include "ca_clock.h"
#include "test.h"

static void corrects_from_a_day_on(struct test *t)
{
    static const struct {
        int64_t offset_s, want;
    } rows[] = {
        {0, 0},
        {300, 0},
        {86400, 0},
        {86401, 86401},
        {-86400, 0},
        {-86401, -86401},
        {400000000, 400000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT(ca_clock_correction_s(rows[i].offset_s), rows[i].want);
}

const struct test_case suite_ca_clock[] = {
    {"corrects_from_a_day_on", corrects_from_a_day_on},
    {NULL, NULL},
};
