/* SPDX-License-Identifier: Apache-2.0 */
#include "hold.h"

#include <stdio.h>

static bool must_go(const struct hold_facts *f)
{
    return f->at_once || !f->interrupts || f->broken || f->served_revoked ||
           f->now >= f->served_until - f->override_s;
}

void hold_decide(const struct hold_facts *f, struct hold_decision *out)
{
    int64_t last = f->served_until - f->override_s;

    *out = (struct hold_decision){.answer = HOLD_GO};
    if (must_go(f))
        return;
    if (!f->window.open) {
        out->answer = HOLD_WINDOW;
        out->until = f->window.until != 0 && f->window.until < last ? f->window.until : last;
        snprintf(out->reason, sizeof out->reason, "outside of the maintenance windows");
    } else if (f->max_sessions >= 0 && f->sessions_known && f->sessions > f->max_sessions) {
        out->answer = HOLD_SESSIONS;
        out->until = last;
        snprintf(out->reason, sizeof out->reason,
                 "%lld session%s connected, waiting for at most %lld", (long long)f->sessions,
                 f->sessions == 1 ? "" : "s", (long long)f->max_sessions);
    }
}
