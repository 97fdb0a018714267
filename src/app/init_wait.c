/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/init_wait.h"

#include "src/app/check_look.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT_MS = 60 * 60 * 1000, FIRST_MS = 1000, MOST_MS = 15 * 1000, TELL_MS = 60 * 1000 };

void init_wait_judge(const struct checks *checks, struct init_wait *out)
{
    size_t used = 0;
    *out = (struct init_wait){.state = INIT_WAIT_OVER, .delegation_only = true};
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *c = &checks->v[i];
        if (c->level != CHECK_FAIL)
            continue;
        if (!c->awaited)
            out->state = INIT_WAIT_VAIN;
        else if (out->state == INIT_WAIT_OVER)
            out->state = INIT_WAIT_FOR;
    }
    for (size_t i = 0; i < checks->n && used < sizeof(out->what); i++) {
        const struct check *c = &checks->v[i];
        if (c->level != CHECK_FAIL || c->awaited != (out->state == INIT_WAIT_FOR))
            continue;
        int n = snprintf(out->what + used, sizeof(out->what) - used, "%s%s", used > 0 ? ", " : "",
                         c->title);
        used += n > 0 ? (size_t)n : 0;
        out->delegation_only = out->delegation_only && strcmp(c->id, "dns.chain") == 0;
        if (c->remembered_s > out->remembered_s)
            out->remembered_s = c->remembered_s;
    }
}

struct waiting {
    struct app *app;
    struct init_wait now;
    struct checks checks; /* of the last whole look */
    int64_t began_ms, limit_ms, told_ms;
};

static int64_t waited_ms(const struct waiting *w)
{
    return clock_ms(w->app->clock) - w->began_ms;
}

/* "90 s", "12 min" */
static const char *span(int64_t ms, char out[32])
{
    bool minutes = ms >= 2 * 60 * 1000;
    snprintf(out, 32, "%lld %s", (long long)(minutes ? ms / (60 * 1000) : (ms + 999) / 1000),
             minutes ? "min" : "s");
    return out;
}

static void tell_begin(struct waiting *w)
{
    const struct show *s = &w->app->out;
    char limit[32];
    show_styled(s, SHOW_BOLD, "waiting for %s\n", w->now.what);
    show_text(s, "  looked for every few seconds, for %s at most; Ctrl-C ends it\n",
              span(w->limit_ms, limit));
    if (w->now.remembered_s > 0)
        show_text(s,
                  "  asked are the zone's own name servers; who asked others before may be told "
                  "for %lld s more that it is not there\n",
                  (long long)w->now.remembered_s);
    log_info(&w->app->log, "waiting for %s", w->now.what);
}

static void tell_still(struct waiting *w)
{
    char since[32], left[32];
    if (waited_ms(w) - w->told_ms < TELL_MS)
        return;
    w->told_ms = waited_ms(w);
    show_text(&w->app->out, "  not there after %s, %s left\n", span(waited_ms(w), since),
              span(w->limit_ms - waited_ms(w), left));
}

/* The whole look, shown. */
static int look(struct waiting *w, struct err *err)
{
    checks_clear(&w->checks);
    int failed = check_look(w->app, &w->checks, err);
    init_wait_judge(&w->checks, &w->now);
    return failed;
}

/* Is it worth looking at everything again? */
static int has_come(const struct waiting *w, bool *come, struct err *err)
{
    struct checks seen = {0};
    struct init_wait now;
    *come = true;
    if (!w->now.delegation_only)
        return 0;
    int failed = check_look_delegation(w->app, &seen, err);
    init_wait_judge(&seen, &now);
    *come = now.state != INIT_WAIT_FOR;
    checks_clear(&seen);
    /* Another instance at work is no reason to give up. */
    if (failed != 0 && err->code == ERR_BUSY) {
        err_clear(err);
        *come = false;
        return 0;
    }
    return failed;
}

static int wait_for(struct waiting *w, struct err *err)
{
    char limit[32];
    int64_t pause_ms = FIRST_MS;
    int failed = 0;
    tell_begin(w);
    while (failed == 0 && w->now.state == INIT_WAIT_FOR && !os_interrupted() &&
           waited_ms(w) < w->limit_ms) {
        int64_t left = w->limit_ms - waited_ms(w);
        bool come = false;
        clock_sleep(w->app->clock, pause_ms < left ? pause_ms : left);
        pause_ms = pause_ms * 2 < MOST_MS ? pause_ms * 2 : MOST_MS;
        failed = has_come(w, &come, err);
        if (failed == 0 && come)
            failed = look(w, err);
        tell_still(w);
    }
    if (failed == 0 && w->now.state == INIT_WAIT_FOR)
        failed = err_set(err, ERR_CHECK, "%s after %s: %s",
                         os_interrupted() ? "interrupted" : "not there",
                         span(os_interrupted() ? waited_ms(w) : w->limit_ms, limit), w->now.what);
    return failed;
}

int init_wait(struct app *app)
{
    struct waiting w = {.app = app, .limit_ms = LIMIT_MS, .began_ms = clock_ms(app->clock)};
    struct err err = {0};
    if (app->args->for_ms != 0)
        w.limit_ms = app->args->for_ms;
    int failed = look(&w, &err);
    if (failed == 0 && app->args->wait && w.now.state == INIT_WAIT_FOR)
        failed = wait_for(&w, &err);
    if (failed == 0 && app->args->wait && w.now.state == INIT_WAIT_VAIN)
        show_styled(&app->out, SHOW_BAD, "not waited for: %s: that does not come by itself\n",
                    w.now.what);
    int code = check_report(app, &w.checks, failed != 0 ? &err : NULL);
    checks_clear(&w.checks);
    return code;
}
