/* SPDX-License-Identifier: Apache-2.0 */
/* `doctor`: what is wrong with this gateway; configuration or not. */
#include "deploy/doctor/doctor.h"
#include "deploy/doctor/fix.h"
#include "deploy/wire.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/doctor_facts.h"
#include "src/app/name_servers.h"
#include "text.h"
#include "window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- people ---- */

/* Adds one row to a list that is shown; the id stands before the title. */
static void add_row(struct checks *list, const struct doctor_report *r, size_t i)
{
    const struct doctor_finding *f = &r->finding[i];
    char title[64];
    snprintf(title, sizeof(title), "%-3s %s", r->row[i]->id, r->row[i]->title);
    checks_add(list, r->row[i]->id, title, f->level, f->text, f->cure[0] != '\0' ? f->cure : NULL);
}

static void show_rows(const struct show *s, const struct doctor_report *r,
                      bool (*wanted)(const struct doctor_report *r, size_t i))
{
    struct checks list = {0};
    for (size_t i = 0; i < r->n; i++)
        if (wanted(r, i))
            add_row(&list, r, i);
    show_checks(s, &list);
    checks_clear(&list);
}

static bool is_every(const struct doctor_report *r, size_t i)
{
    (void)r, (void)i;
    return true;
}

static bool is_fail(const struct doctor_report *r, size_t i)
{
    return r->finding[i].level == CHECK_FAIL && !r->explained[i] && r->cause != (int)i;
}

static bool is_warning(const struct doctor_report *r, size_t i)
{
    return r->finding[i].level == CHECK_WARN && !r->explained[i];
}

static void show_cause(const struct show *s, const struct doctor_report *r)
{
    struct buf list = BUF_INIT(8 * 1024);
    if (r->cause == DOCTOR_NO_CAUSE)
        return;
    const struct doctor_finding *f = &r->finding[r->cause];
    for (size_t i = 0; i < r->n; i++)
        if (r->explained[i])
            buf_addf(&list, "%s%s (%s)", list.len > 0 ? ", " : "", r->row[i]->id, r->row[i]->title);
    show_styled(s, SHOW_BAD, "%s %s (%s)\n",
                list.len > 0 ? "likely cause:" : "problem:", r->row[r->cause]->title,
                r->row[r->cause]->id);
    show_text(s, "  %s\n", f->text);
    if (f->cure[0] != '\0') {
        show_styled(s, SHOW_BOLD, "  do: ");
        show_text(s, "%s\n", f->cure);
    }
    if (list.len > 0)
        show_text(s, "  explains %s\n", buf_str(&list));
    buf_clear(&list);
}

static void show_rest(const struct show *s, const struct doctor_report *r)
{
    show_text(s, "%zu checks ok, %zu notes, %zu not judged; --all shows them\n",
              doctor_count(r, CHECK_OK), doctor_count(r, CHECK_NOTE), doctor_count(r, CHECK_SKIP));
}

static void show_report(const struct app *app, const struct doctor_report *r)
{
    const struct show *s = &app->out;
    size_t failed = doctor_count(r, CHECK_FAIL), warned = doctor_count(r, CHECK_WARN);
    show_cause(s, r);
    if (app->args->all) {
        show_rows(s, r, is_every);
    } else {
        show_rows(s, r, is_fail);
        show_rows(s, r, is_warning);
        show_rest(s, r);
    }
    if (failed > 0)
        show_styled(s, SHOW_BAD, "%zu failed, %zu warnings\n", failed, warned);
    else if (warned > 0)
        show_styled(s, SHOW_WARN, "nothing failed, %zu warnings\n", warned);
    else if (doctor_count(r, CHECK_OK) == 0)
        show_styled(s, SHOW_WARN, "nothing could be judged here: this is no RRAS gateway\n");
    else
        show_styled(s, SHOW_GOOD, "nothing is wrong, as far as could be seen\n");
}

/* ---- programs ---- */

static struct json *document(const struct doctor_report *r, int code, const struct err *verdict)
{
    struct json *doc = doc_new("doctor", code, verdict);
    struct checks checks = {0};
    doctor_to_checks(r, &checks);
    if (r->cause == DOCTOR_NO_CAUSE) {
        json_put_null(doc, "cause");
    } else {
        struct json *cause = json_new_object(), *list = json_new_array();
        json_put_string(cause, "id", r->row[r->cause]->id);
        for (size_t i = 0; i < r->n; i++)
            if (r->explained[i])
                json_append_string(list, r->row[i]->id);
        json_put(cause, "explains", list);
        json_put(doc, "cause", cause);
    }
    json_put(doc, "checks", doc_checks(&checks));
    checks_clear(&checks);
    return doc;
}

/* ---- looking and mending ---- */

/* Lives through one examination, and one more after a fix. */
struct visit {
    struct app *app;
    const struct conf *base; /* of this gateway; NULL = nothing is configured */
    struct doctor_facts facts;
    struct doctor_look *look;
    struct doctor_seen seen;
    struct steps steps;
};

static int examine(struct visit *v, const struct conf *const *list, size_t count,
                   struct doctor_report *out, struct err *err)
{
    struct app *app = v->app;
    struct wire wire = wire_real(app->clock);
    struct doctor_env env = {.clock = app->clock,
                             .log = &app->log,
                             .target = &target_rras,
                             .wire = &wire,
                             .dns = &name_servers,
                             .interrupted = os_interrupted};
    doctor_look_close(v->look);
    v->look = NULL;
    doctor_facts_clear(&v->facts);
    if (doctor_facts_read(app, list, count, &v->facts, err) != 0 ||
        doctor_look_open(&v->look, err) != 0)
        return -1;
    doctor_look_all(v->look, &env, &v->facts.wanted, &v->seen);
    v->seen.rivals = &v->facts.rivals;
    if (v->facts.wanted.configured || v->facts.tool.fix.journal.unfinished)
        v->seen.tool = &v->facts.tool;
    else
        text_copy(v->seen.why[DOCTOR_TOOL], sizeof(v->seen.why[0]), "nothing is configured here");
    doctor_report_make(&v->seen, out);
    return 0;
}

/* A restart waits for the window, as every deploy does. */
static int check_window(const struct visit *v, const struct doctor_fix *fix, struct err *err)
{
    struct windows windows = {.n = 0};
    struct window_state state;
    if (v->base == NULL || !fix->restarts)
        return 0;
    const struct strings *texts = &v->base->deploy.window;
    for (size_t i = 0; i < texts->n && windows.n < WINDOW_MAX; i++)
        if (window_parse(texts->v[i], &windows.v[windows.n++], err) != 0)
            return -1;
    window_look(&windows, clock_now(v->app->clock), v->app->zone, &state);
    if (state.open)
        return 0;
    err_set(err, ERR_POSTPONED, "doctor --fix: deploy.window is closed, and it restarts RRAS");
    return err_hint(err, "rras-acme deploy %s --now does not wait for it", v->base->name);
}

static int mend(struct visit *v, const struct doctor_fix *fix, struct err *err)
{
    static const char after[] = "All of it goes back unless it is proven to work";
    char question[400], drops[80] = "";
    struct deploy_env env = {.clock = v->app->clock,
                             .log = &v->app->log,
                             .steps = &v->steps,
                             .interrupted = os_interrupted};
    struct deploy_result result = {.outage_ms = -1};
    if (fix->restarts)
        snprintf(drops, sizeof(drops), " and restart RRAS (%lu sessions are disconnected)",
                 (unsigned long)fix->sessions);
    snprintf(question, sizeof(question), "Keep %s, make hashes and bindings its own%s",
             fix->subject[0] != '\0' ? fix->subject : "the bound certificate", drops);
    if (check_window(v, fix, err) != 0 || app_confirm(v->app, question, after, err) != 0 ||
        store_open(&env.store, v->app->state_dir, STORE_WRITE, &v->app->log, err) != 0)
        return -1;
    v->steps = show_live_steps(&v->app->out);
    int rc = doctor_fix_run(&env, v->base, &v->seen, fix, &result, err);
    store_close(env.store);
    show_steps(&v->app->out, &v->steps);
    return rc;
}

/* What is left is looked at again. */
static int fix(struct visit *v, const struct conf *const *list, size_t count,
               struct doctor_report *report, struct err *err)
{
    struct doctor_fix what;
    doctor_fix_choose(&v->seen, report, &what);
    if (!what.possible) {
        show_text(&v->app->out, "not mended: %s\n", what.why);
        return 0;
    }
    show_cause(&v->app->out, report);
    show_text(&v->app->out, "to be mended: %s\n", what.ids);
    return mend(v, &what, err) == 0 ? examine(v, list, count, report, err) : -1;
}

/* ---- the command ---- */

/* On a gateway that has never seen ACME there is nothing to choose from. */
static int choose(struct app *app, const struct conf ***list, size_t *count, struct err *err)
{
    *list = NULL;
    *count = 0;
    if (app->confs.n == 0 && app->args->name_count == 0)
        return 0;
    return app_select(app, list, count, err);
}

static const struct conf *gateway_conf(const struct conf *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i]->deploy.target == CONF_TARGET_RRAS)
            return list[i];
    return NULL;
}

static int visit(struct visit *v, const struct conf *const *list, size_t count,
                 struct doctor_report *report, struct err *err)
{
    struct app *app = v->app;
    v->base = gateway_conf(list, count);
    if (examine(v, list, count, report, err) != 0)
        return -1;
    if (app->args->fix) {
        if (fix(v, list, count, report, err) != 0)
            return -1;
    }
    show_report(app, report);
    return 0;
}

int cmd_doctor(struct app *app)
{
    struct doctor_report *report = calloc(1, sizeof(*report));
    struct visit *v = calloc(1, sizeof(*v));
    const struct conf **list = NULL;
    struct err err = {0};
    size_t count = 0;
    os_catch_interrupt();
    int failed = report != NULL && v != NULL ? choose(app, &list, &count, &err)
                                             : err_set(&err, ERR_FAIL, "doctor: out of memory");
    if (failed == 0) {
        v->app = app;
        failed = visit(v, list, count, report, &err);
    }
    if (failed != 0)
        show_error(&app->out, NULL, &err);
    else if (doctor_worst(report) == CHECK_FAIL)
        err_set(&err, ERR_CHECK, "%zu checks failed", doctor_count(report, CHECK_FAIL));
    int code = err_is_set(&err) ? err_exit_code(&err) : 0;
    if (app->args->json) {
        struct json *doc =
            failed != 0 ? doc_new("doctor", code, &err) : document(report, code, &err);
        if (v != NULL && app->args->fix)
            json_put(doc, "steps", doc_steps(&v->steps));
        doc_print(doc);
    }
    if (v != NULL) {
        doctor_look_close(v->look);
        doctor_facts_clear(&v->facts);
        steps_clear(&v->steps);
    }
    free(v);
    free(report);
    free(list);
    return code;
}
