/* SPDX-License-Identifier: Apache-2.0 */
/* `run`, `issue` and `deploy`: jobs, reported together. */
#include "src/app/doc.h"
#include "src/app/jobs.h"
#include "src/app/lastrun.h"
#include "src/app/notify.h"
#include "src/app/trust.h"
#include "src/app/unbegun.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static struct json *doc_result(const struct job_result *r)
{
    struct json *o = json_new_object();
    json_put_string(o, "name", r->conf->name);
    json_put_string(o, "action", job_action_name(r->action));
    json_put_bool(o, "ok", !err_is_set(&r->err));
    json_put_bool(o, "deployed", r->deployed);
    json_put_bool(o, "proven", r->proven);
    json_put(o, "steps", doc_steps(&r->steps));
    json_put_bool(o, "restarted", r->restarted);
    if (r->outage_ms < 0)
        json_put_null(o, "outage_ms");
    else
        json_put_integer(o, "outage_ms", r->outage_ms);
    json_put_time(o, "next", r->next_s);
    json_put_string(o, "note", r->note[0] != '\0' ? r->note : NULL);
    struct json *net = json_new_object();
    json_put_integer(net, "requests", r->stats.requests);
    json_put_integer(net, "connections", r->stats.connections);
    json_put(o, "https", net);
    if (err_is_set(&r->err))
        json_put(o, "error", doc_error(&r->err));
    else
        json_put_null(o, "error");
    return o;
}

static void show_outcome(const struct app *app, const struct job_result *r)
{
    const struct show *s = &app->out;
    static const char *const words[] = {"nothing to do", "issued",   "renewed",
                                        "deployed",      "held",     "FAILED and put back",
                                        "FAILED",        "postponed"};
    enum show_style style = !err_is_set(&r->err)            ? SHOW_GOOD
                            : r->action == ACTION_POSTPONED ? SHOW_WARN
                                                            : SHOW_BAD;
    char next[21], outage[32];
    if (r->held_back && r->action == ACTION_POSTPONED)
        return; /* one line tells of all of them */
    if (!s->live)
        show_steps(s, &r->steps);
    show_styled(s, SHOW_BOLD, "%s", r->conf->name);
    show_text(s, ": ");
    /* A note alone says it all when nothing was done: "not due before ...", "dry run: ...". */
    bool only_note = r->action == ACTION_NONE && r->note[0] != '\0';
    bool back = r->action == ACTION_ROLLED_BACK && !err_is_set(&r->err);
    show_styled(s, style, "%s", only_note ? r->note : back ? "rolled back" : words[r->action]);
    if (r->deployed && r->action != ACTION_DEPLOYED && !back)
        show_text(s, ", deployed");
    if (r->deployed)
        show_text(s, r->proven ? " and proven" : ", NOT proven from the wire");
    if (r->restarted && r->outage_ms >= 0) {
        show_duration(r->outage_ms, outage);
        show_text(s, "; new connections were refused for %s", outage);
    }
    if (r->note[0] != '\0' && !only_note)
        show_text(s, "; %s", r->note);
    if (!err_is_set(&r->err) && r->next_s != 0 && r->action != ACTION_NONE &&
        r->action != ACTION_HELD) {
        text_time(r->next_s, next);
        show_text(s, "; next renewal %s", next);
    }
    show_text(s, "\n");
    if (err_is_set(&r->err))
        show_error(s, r->conf->name, &r->err);
}

static int finish(struct app *app, struct job_result *results, size_t n, const struct err *err)
{
    int code = err != NULL ? err_exit_code(err) : 0;
    const struct err *first = err;
    for (size_t i = 0; i < n; i++) {
        if (!err_is_set(&results[i].err))
            continue;
        int this_code = err_exit_code(&results[i].err);
        if (job_worst_exit(code, this_code) != code || first == NULL)
            first = &results[i].err;
        code = job_worst_exit(code, this_code);
    }
    if (err != NULL)
        show_error(&app->out, NULL, err);
    if (app->args->json) {
        struct json *doc = doc_new(app->args->command->name, code, first);
        struct json *list = json_new_array();
        for (size_t i = 0; i < n; i++)
            json_append(list, doc_result(&results[i]));
        json_put(doc, "results", list);
        doc_print(doc);
    }
    for (size_t i = 0; i < n; i++)
        job_result_clear(&results[i]);
    free(results);
    return code;
}

/* Events, notifications, and the time of this run for the watchdog; nothing of it changes an exit
 * code. */
static void tell(struct app *app, struct jobs *jobs, size_t begun)
{
    struct tidings t;
    struct err err = {0};
    if (jobs->wish == JOB_DRY_RUN || jobs->wish == JOB_REHEARSE)
        return;
    if (tidings_open(&t, app, ALERTS_FILE, &err) == 0) {
        t.by_hand = jobs->wish != JOB_RUN;
        unbegun_over(&t);
        if (jobs->wish == JOB_RUN)
            trust_tell(&t);
        for (size_t i = 0; i < begun; i++)
            tidings_outcome(&t, &jobs->results[i], jobs->wish);
        notify_send(&t);
        tidings_close(&t);
    }
    bool whole = jobs->wish == JOB_RUN && app->args->name_count == 0;
    if (whole && lastrun_save(app->state_dir, clock_now(app->clock), &err) != 0)
        log_warn(&app->log, "%s", err.text);
}

/* Only `run` has several: the other commands take one name. */
static int at_a_time(const struct app *app)
{
    return app->args->jobs > 0 ? app->args->jobs : JOBS_USUAL;
}

/* Whose turn it is, and what is left to the next runs, is a matter of `run` alone; a name that is
 * given by hand is wanted now. */
static int line_up(struct jobs *jobs, const struct conf **list, struct err *err)
{
    const struct app *app = jobs->app;
    if (jobs->wish != JOB_RUN || app->args->name_count > 0 || app->args->all_due)
        return 0;
    return queue_open(&jobs->queue, jobs->store, list, jobs->count, clock_now(app->clock), err);
}

/* Before anything is touched. */
static int judge_started(const struct app *app, enum job_wish wish, const struct conf *const *list,
                         size_t n, struct err *err)
{
    bool orders = wish == JOB_RUN || wish == JOB_ISSUE || wish == JOB_REHEARSE;
    for (size_t i = 0; orders && i < n; i++)
        if (trust_started(app, list[i], err) != 0)
            return -1;
    return 0;
}

static int do_jobs(struct app *app, enum job_wish wish)
{
    struct err err = {0};
    const struct conf **list = NULL;
    struct store *store = NULL;
    struct jobs jobs = {
        .app = app, .wish = wish, .at_a_time = at_a_time(app), .done = show_outcome};
    size_t begun = 0;
    os_catch_interrupt();
    bool mistyped = app_select(app, &list, &jobs.count, &err) != 0 && app->args->name_count > 0;
    if (err_is_set(&err) || judge_started(app, wish, list, jobs.count, &err) != 0 ||
        store_open(&store, app->state_dir, STORE_WRITE, &app->log, &err) != 0) {
        if (wish == JOB_RUN && !mistyped)
            unbegun_tell(app, &err);
        free(list);
        return finish(app, NULL, 0, &err);
    }
    if (wish == JOB_RUN)
        unbegun_keep_copy(app);
    jobs.list = list;
    jobs.store = store;
    jobs.results = calloc(jobs.count, sizeof(*jobs.results));
    if (jobs.results == NULL)
        err_set(&err, ERR_FAIL, "out of memory");
    else if (line_up(&jobs, list, &err) == 0 && jobs_do(&jobs, &begun, &err) == 0 &&
             begun < jobs.count)
        err_set(&err, ERR_FAIL, "interrupted before %s", list[begun]->name);
    queue_tell(&jobs.queue, &app->log);
    if (begun > 0)
        tell(app, &jobs, begun);
    queue_close(&jobs.queue);
    store_close(store);
    free(list);
    return finish(app, jobs.results, begun, err_is_set(&err) ? &err : NULL);
}

int cmd_run(struct app *app)
{
    return do_jobs(app, JOB_RUN);
}

int cmd_issue(struct app *app)
{
    return do_jobs(app, app->args->staging ? JOB_REHEARSE : JOB_ISSUE);
}

int cmd_rollback(struct app *app)
{
    return do_jobs(app, JOB_ROLLBACK);
}

int cmd_deploy(struct app *app)
{
    return do_jobs(app, app->args->dry_run ? JOB_DRY_RUN : JOB_DEPLOY);
}
