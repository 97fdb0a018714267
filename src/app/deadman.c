/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/deadman.h"

enum event_id deadman_expiry(const struct deadman_served *s, int64_t now)
{
    if (s->until == 0)
        return EVENT_NONE;
    bool known = s->from != 0 && s->from < s->until;
    int64_t life = known ? s->until - s->from : DEADMAN_LIFE_S;
    int64_t left = s->until - now;
    if (left <= 0)
        return EVENT_EXPIRED;
    if (left <= life / 10)
        return EVENT_EXPIRY_TENTH;
    bool waits = s->held && s->held_until != 0 && s->held_until < s->until - life / 10;
    if (left > life / 3 || now < s->renew_at || waits)
        return EVENT_NONE;
    return left <= life / 5 ? EVENT_EXPIRY_FIFTH : EVENT_EXPIRY_THIRD;
}

enum event_id deadman_silence(const struct deadman_task *task, int64_t last_run, int64_t now)
{
    if (task->asked && (!task->registered || !task->enabled))
        return EVENT_SCHEDULE_BROKEN;
    bool recent = last_run > now - DEADMAN_SILENCE_S && last_run < now + DEADMAN_SET_BACK_S;
    return recent ? EVENT_NONE : EVENT_NOT_RUN;
}
