/* SPDX-License-Identifier: Apache-2.0 */
#include "hold.h"
#include "test.h"

enum { HOUR = 3600, DAY = 24 * HOUR, NOW = 1000 * DAY };

/* A gateway that serves well for another month, outside of its window, with nobody connected. */
static struct hold_facts quiet(void)
{
    return (struct hold_facts){.interrupts = true,
                               .served_until = NOW + 30LL * DAY,
                               .override_s = 48LL * HOUR,
                               .window = {false, NOW + 5 * HOUR},
                               .sessions_known = true,
                               .max_sessions = -1,
                               .now = NOW};
}

static void a_window_holds_back_what_can_wait(struct test *t)
{
    static const struct {
        const char *what;
        bool open, at_once, harmless, broken, revoked;
        int64_t served_until, override_s;
        enum hold_answer answer;
        int64_t until;
    } cases[] = {
        {"closed", false, false, false, false, false, NOW + 30LL * DAY, 48 * HOUR, HOLD_WINDOW,
         NOW + 5 * HOUR},
        {"open", true, false, false, false, false, NOW + 30LL * DAY, 48 * HOUR, HOLD_GO, 0},
        {"closed, --now", false, true, false, false, false, NOW + 30LL * DAY, 48 * HOUR, HOLD_GO,
         0},
        {"closed, interrupts nobody", false, false, true, false, false, NOW + 30LL * DAY, 48 * HOUR,
         HOLD_GO, 0},
        {"closed, clients are refused", false, false, false, true, false, NOW + 30LL * DAY,
         48 * HOUR, HOLD_GO, 0},
        {"closed, a revoked one serves", false, false, false, false, true, NOW + 30LL * DAY,
         48 * HOUR, HOLD_GO, 0},
        {"closed, nothing serves", false, false, false, false, false, 0, 48 * HOUR, HOLD_GO, 0},
        {"closed, expired", false, false, false, false, false, NOW - 1, 48 * HOUR, HOLD_GO, 0},
        {"closed, expires within the override", false, false, false, false, false, NOW + 48 * HOUR,
         48 * HOUR, HOLD_GO, 0},
        {"closed, the override comes before the window", false, false, false, false, false,
         NOW + 48 * HOUR + 60, 48 * HOUR, HOLD_WINDOW, NOW + 60},
        {"closed, no override: to the last second", false, false, false, false, false, NOW + 60, 0,
         HOLD_WINDOW, NOW + 60},
        {"closed, no override: expired", false, false, false, false, false, NOW, 0, HOLD_GO, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hold_facts f = quiet();
        struct hold_decision d;
        f.window.open = cases[i].open;
        f.at_once = cases[i].at_once;
        f.interrupts = !cases[i].harmless;
        f.broken = cases[i].broken;
        f.served_revoked = cases[i].revoked;
        f.served_until = cases[i].served_until;
        f.override_s = cases[i].override_s;
        hold_decide(&f, &d);
        if (!CHECK_INT(d.answer, cases[i].answer) || !CHECK_INT(d.until, cases[i].until))
            CHECK_STR(cases[i].what, "as the table says");
    }
}

static void sessions_hold_back_until_the_override(struct test *t)
{
    static const struct {
        const char *what;
        bool open, known;
        int64_t sessions, max_sessions, served_until;
        const char *reason; /* "" = it goes */
        int64_t until;
    } cases[] = {
        {"no limit", true, true, 900, -1, NOW + 30LL * DAY, "", 0},
        {"as many as allowed", true, true, 5, 5, NOW + 30LL * DAY, "", 0},
        {"one too many", true, true, 6, 5, NOW + 30LL * DAY,
         "6 sessions connected, waiting for at most 5", NOW + 28LL * DAY},
        {"none allowed", true, true, 1, 0, NOW + 30LL * DAY,
         "1 session connected, waiting for at most 0", NOW + 28LL * DAY},
        {"not known", true, false, 900, 0, NOW + 30LL * DAY, "", 0},
        {"within the override", true, true, 900, 0, NOW + 47LL * HOUR, "", 0},
        {"the window comes first", false, true, 900, 0, NOW + 30LL * DAY,
         "outside of the maintenance windows", NOW + 5 * HOUR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hold_facts f = quiet();
        struct hold_decision d;
        f.window.open = cases[i].open;
        f.sessions_known = cases[i].known;
        f.sessions = cases[i].sessions;
        f.max_sessions = cases[i].max_sessions;
        f.served_until = cases[i].served_until;
        hold_decide(&f, &d);
        if (!CHECK_STR(d.reason, cases[i].reason) || !CHECK_INT(d.until, cases[i].until))
            CHECK_STR(cases[i].what, "as the table says");
    }
}

const struct test_case suite_hold[] = {
    {"a_window_holds_back_what_can_wait", a_window_holds_back_what_can_wait},
    {"sessions_hold_back_until_the_override", sessions_hold_back_until_the_override},
    {NULL, NULL},
};
