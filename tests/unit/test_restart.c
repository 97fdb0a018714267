/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/drive.h"
#include "test.h"

/* Whenever the service gets there, it is seen within 50 ms, or 5 % of what it took. */
static void little_is_lost_between_two_looks(struct test *t)
{
    int64_t look_ms = 0, before_ms = 0;
    int looks = 0;

    for (; look_ms < 120000; looks++) {
        before_ms = look_ms;
        look_ms += restart_poll_ms(look_ms);
        CHECK(look_ms > before_ms);
        CHECK(look_ms - before_ms <= 50 || look_ms - before_ms <= look_ms / 20);
    }
    CHECK(looks < 700);
}

static void the_first_looks_come_soon(struct test *t)
{
    static const struct {
        int64_t passed_ms, poll_ms;
    } cases[] = {{0, 5},    {5, 5},     {10, 5},     {20, 10},    {80, 40},    {100, 50},
                 {999, 50}, {1000, 50}, {2000, 100}, {4999, 249}, {5000, 250}, {120000, 250}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(restart_poll_ms(cases[i].passed_ms), cases[i].poll_ms);
}

const struct test_case suite_restart[] = {
    {"little_is_lost_between_two_looks", little_is_lost_between_two_looks},
    {"the_first_looks_come_soon", the_first_looks_come_soon},
    {NULL, NULL},
};
