/* SPDX-License-Identifier: Apache-2.0 */
/* Rows H: this program itself. On a gateway that has never seen it most of them have nothing to
 * look at. */
#include "doctor/doctor.h"

#include "doctor/look_tool.h"
#include "doctor/rivals.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* HRESULTs of the Task Scheduler (SCHED_S_*) that are no failure of the task. */
enum { TASK_READY = 0x00041300, TASK_RUNNING = 0x00041301, TASK_NEVER_RAN = 0x00041303 };
enum { TASK_MAX_AGE_S = 3 * 24 * 60 * 60 };

/* ---- one row over several certificates ---- */

typedef void judge_one(const struct doctor_seen *s, const struct doctor_held *h,
                       struct doctor_finding *f);

static int rank(enum check_level level)
{
    static const int of[] = {
        [CHECK_SKIP] = 0, [CHECK_OK] = 1, [CHECK_NOTE] = 2, [CHECK_WARN] = 3, [CHECK_FAIL] = 4};
    return of[level];
}

/* The worst counts; of several certificates its name stands before it. */
static void judge_each(const struct doctor_seen *s, struct doctor_finding *f, judge_one *one)
{
    const struct doctor_tool *t = s->tool;
    struct doctor_finding worst = {0}, now;
    size_t which = 0, alike = 0;
    char more[40] = "";

    if (t->held_count == 0) {
        finding_skip(f, "nothing is configured here");
        return;
    }
    for (size_t i = 0; i < t->held_count; i++) {
        memset(&now, 0, sizeof now);
        one(s, &t->held[i], &now);
        if (i == 0 || rank(now.level) > rank(worst.level)) {
            worst = now;
            which = i;
            alike = 1;
        } else if (now.level == worst.level) {
            alike++;
        }
    }
    *f = worst;
    if (t->held_count == 1)
        return;
    if (alike > 1)
        snprintf(more, sizeof more, "; %zu more %s", alike - 1,
                 worst.level == CHECK_OK ? "are well" : "are like it");
    snprintf(f->text, sizeof f->text, "%s: %.*s%s", t->held[which].name, FINDING_BYTES - 200,
             worst.text, more);
}

static void judge_one_journal(const struct doctor_seen *s, const struct doctor_held *h,
                              struct doctor_finding *f)
{
    (void)s;
    if (!finding_readable(f, &h->journal.seen))
        return;
    if (!h->journal.unfinished) {
        finding_ok(f, "no deploy is unfinished");
        return;
    }
    finding_fail(f, "a deploy of %s was cut off (%s)", h->name, h->journal.phase);
    finding_cure(f, "rras-acme run finishes or undoes it, whichever the machine's state allows");
}

static void judge_journal(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_held *fix = &s->tool->fix;

    if (!fix->journal.unfinished) {
        judge_each(s, f, judge_one_journal);
        return;
    }
    finding_fail(f, "doctor --fix was cut off (%s)", fix->journal.phase);
    finding_cure(f, "rras-acme doctor --fix finishes or undoes it, and goes on from there");
}

/* ---- the rows ---- */

static void judge_task(const struct doctor_seen *s, struct doctor_finding *f)
{
    uint32_t result = s->tool->task.last_result;
    int64_t last = s->tool->task.last_run;
    char at[21];

    if (!finding_readable(f, &s->tool->task.seen))
        return;
    text_time(last, at);
    if (!s->tool->task.registered) {
        finding_warn(f, "there is none: nothing is renewed by itself");
        finding_cure(f, "rras-acme schedule install");
    } else if (s->tool->task.disabled) {
        finding_warn(f, "it is disabled: nothing is renewed by itself");
        finding_cure(f, "rras-acme schedule install");
    } else if (last == 0 || result == TASK_NEVER_RAN) {
        finding_note(f, "it has not run yet");
    } else if (result != 0 && result != TASK_READY && result != TASK_RUNNING) {
        finding_warn(f, "its last run (%s) ended with %lu", at, (unsigned long)result);
        finding_cure(f, "rras-acme doctor --explain %lu; rras-acme status", (unsigned long)result);
    } else if (s->now - last > TASK_MAX_AGE_S) {
        finding_warn(f, "it last ran at %s", at);
        finding_cure(f, "see whether the task is enabled and the service Schedule runs");
    } else {
        finding_ok(f, "its last run (%s) went well", at);
    }
}

static void judge_state(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct seen *seen = &s->tool->state.seen;

    if (seen->ok) {
        finding_ok(f, "%s is for administrators only", s->tool->state.path);
    } else if (!seen->why[0]) {
        finding_skip(f, "there is none");
    } else {
        finding_fail(f, "%s", seen->why);
        finding_cure(f, "the folder and all in it have to be for SYSTEM and Administrators only");
    }
}

static void judge_one_account(const struct doctor_seen *s, const struct doctor_held *h,
                              struct doctor_finding *f)
{
    const struct seen *seen = &h->account.seen;

    (void)s;
    if (seen->ok) {
        finding_ok(f, "%s can be read", h->account.path);
    } else if (h->account.needed && seen->why[0]) {
        finding_fail(f, "%s", seen->why);
        finding_cure(f, "restore it from a backup of the state folder, or register anew: rras-acme "
                        "account register");
    } else {
        finding_skip(f, "%s", seen->why[0] ? seen->why : "no account was made yet");
    }
}

static void judge_account(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_each(s, f, judge_one_account);
}

static void judge_one_renewal(const struct doctor_seen *s, const struct doctor_held *h,
                              struct doctor_finding *f)
{
    char at[21];

    if (!finding_readable(f, &h->renewal.seen))
        return;
    if (h->renewal.renew_at == 0) {
        finding_note(f, "nothing was issued yet");
        return;
    }
    text_time(h->renewal.renew_at, at);
    if (h->renewal.renew_at <= s->now)
        finding_note(f, "due since %s", at);
    else
        finding_ok(f, "%s%s%s", at, h->renewal.window[0] ? ", the CA suggests " : "",
                   h->renewal.window);
}

static void judge_renewal(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_each(s, f, judge_one_renewal);
}

static void judge_one_deploy(const struct doctor_seen *s, const struct doctor_held *h,
                             struct doctor_finding *f)
{
    char at[21];

    (void)s;
    if (!finding_readable(f, &h->deploy.seen))
        return;
    text_time(h->deploy.verified_at, at);
    if (h->deploy.failed) {
        finding_warn(f, "the last run failed: %s", h->deploy.text);
        finding_cure(f, "rras-acme status tells when it is tried again");
    } else if (!h->deploy.deployed) {
        finding_note(f, "nothing was deployed by this program yet");
    } else if (h->deploy.verified_at == 0) {
        finding_warn(f, "the last one was never proven from the wire");
        finding_cure(f, "rras-acme deploy NAME");
    } else {
        finding_ok(f, "proven from the wire at %s", at);
    }
}

static void judge_deploy(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_each(s, f, judge_one_deploy);
}

static void judge_event_source(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!finding_readable(f, &s->tool->event_source.seen))
        return;
    if (s->tool->event_source.registered) {
        finding_ok(f, "registered");
    } else {
        finding_note(f, "not registered: its events stand in the log without their text");
        finding_cure(f, "rras-acme schedule install");
    }
}

/* Is something else in place than what this program put there? */
static bool was_replaced(const struct doctor_seen *s)
{
    const struct store_cert *bound = s->machine ? doctor_bound_cert(s->machine) : NULL;
    bool ours = false, deployed = false;

    for (size_t i = 0; bound && s->tool && i < s->tool->import_count; i++)
        ours = ours || memcmp(s->tool->import[i].sha1, bound->sha1, SHA1_BYTES) == 0;
    for (size_t i = 0; s->tool && i < s->tool->held_count; i++)
        deployed = deployed || s->tool->held[i].deploy.deployed;
    return bound && deployed && s->tool->import_count > 0 && !ours;
}

static void judge_others(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct rivals *r = s->rivals;
    char list[RIVALS_TEXT_BYTES], cure[RIVALS_TEXT_BYTES];

    if (!finding_readable(f, &r->seen))
        return;
    rivals_text(r, list);
    rivals_cure(r, cure);
    if (r->n == 0) {
        finding_ok(f, "no active task or service of another ACME client");
    } else if (!doctor_wanted_of(s)->configured) {
        finding_note(f, "%s", list);
    } else if (was_replaced(s)) {
        finding_fail(f,
                     "%s, and the certificate in place is not the one that this program put "
                     "there: it was replaced",
                     list);
    } else if (rivals_ours(r)) {
        finding_warn(f, "%s: both renew it, and may take turns in replacing the certificate", list);
    } else if (s->tool && s->tool->task.registered && !s->tool->task.disabled) {
        /* No failure: it may rightly go on for other names, and would be one for good. */
        finding_warn(f,
                     "%s, and this program's task is on as well: no harm while it renews other "
                     "names only",
                     list);
    } else {
        finding_warn(f, "%s: two programs that deploy to one gateway undo each other's work", list);
    }
    finding_cure(f, "%s", cure);
}

const struct doctor_row doctor_rows_h[] = {
    {"H1", "deploy journal", "", NEEDS_TOOL, judge_journal},
    {"H2", "scheduled task", "", NEEDS_TOOL, judge_task},
    {"H3", "state folder", "", NEEDS_TOOL, judge_state},
    {"H4", "account key", "", NEEDS_TOOL, judge_account},
    {"H5", "next renewal", "", NEEDS_TOOL, judge_renewal},
    {"H6", "last run and deploy", "", NEEDS_TOOL, judge_deploy},
    {"H7", "event source", "", NEEDS_TOOL, judge_event_source},
    {"H8", "other ACME clients", "", NEEDS_RIVALS, judge_others},
    {NULL, NULL, NULL, 0, NULL},
};
