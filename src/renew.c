/* SPDX-License-Identifier: Apache-2.0 */
#include "renew.h"

#include "text.h"

enum { DAY_S = 24 * 3600, MAX_RETRY_AFTER_S = DAY_S };

static int64_t due_time(const struct renew_facts *f)
{
    int64_t life = f->not_after - f->not_before;
    int64_t left = f->automatic ? (life < RENEW_SHORT_LIFE_S ? life / 2 : life / 3) : f->before_s;
    int64_t at = f->not_after - left;
    /* "30d" for a certificate that lives six days would renew at every run, for ever. */
    if (at <= f->not_before)
        at = f->not_before + life / 2;
    if (f->automatic && f->renew_at != 0 && f->renew_at < f->not_after)
        at = f->renew_at;
    int64_t emergency = f->not_after - life / RENEW_EMERGENCY_PART;
    at = f->automatic && at > emergency ? emergency : at;
    return f->latest != 0 && at > f->latest ? f->latest : at;
}

static void decide_due(const struct renew_facts *f, struct renew_decision *out)
{
    out->answer = RENEW_DUE;
    out->at = f->now;
    if (!f->have) {
        text_copy(out->reason, sizeof(out->reason), "there is no certificate yet");
        return;
    }
    if (f->names_changed) {
        text_copy(out->reason, sizeof(out->reason), "the configured names have changed");
        return;
    }
    if (f->directory_changed) {
        text_copy(out->reason, sizeof(out->reason), "it was issued by another CA's directory");
        return;
    }
    if (f->revoked) {
        text_copy(out->reason, sizeof(out->reason), "the certificate is revoked");
        return;
    }
    out->at = due_time(f);
    if (f->now >= f->not_after)
        text_copy(out->reason, sizeof(out->reason), "the certificate has expired");
    else if (f->now >= out->at)
        text_copy(out->reason, sizeof(out->reason), "the renewal time has come");
    else {
        out->answer = RENEW_NOT_DUE;
        text_copy(out->reason, sizeof(out->reason), "not due yet");
    }
}

bool renew_waits(int64_t until, int64_t now)
{
    return until > now && until <= now + 2 * DAY_S;
}

void renew_decide(const struct renew_facts *f, struct renew_decision *out)
{
    struct renew_decision d = {.answer = RENEW_NOT_DUE};
    decide_due(f, &d);
    if (d.answer == RENEW_DUE && renew_waits(f->postponed_until, f->now)) {
        d.answer = RENEW_POSTPONED;
        d.at = f->postponed_until;
        text_copy(d.reason, sizeof(d.reason), "waiting after an earlier failure");
    }
    *out = d;
}

int64_t renew_backoff(int failures, int64_t now, int64_t retry_after_s, uint8_t jitter)
{
    static const int64_t wait_s[] = {60, 600, 6000, DAY_S};
    int i = failures < 1 ? 0 : failures - 1;
    int64_t wait = wait_s[i > 3 ? 3 : i];
    wait += wait / 10 * jitter / 255;
    if (retry_after_s > MAX_RETRY_AFTER_S)
        retry_after_s = MAX_RETRY_AFTER_S;
    return now + (retry_after_s > wait ? retry_after_s : wait);
}
