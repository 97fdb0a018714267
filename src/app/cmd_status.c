/* SPDX-License-Identifier: Apache-2.0 */
/* `status`: reads the state folder, looks at the machine where it may, and has it shown. */
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/effective.h"
#include "src/app/follow.h"
#include "src/app/lastrun.h"
#include "src/app/renewal.h"
#include "src/app/schedule_view.h"
#include "src/app/status_out.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_MAX_BYTES = 128 * 1024 * 1024 };

/* ---- reading ---- */

/* A damaged one is to `run` as if it were not there, and must not hide the other certificates. */
static bool load_slot(const struct app *app, struct store *store, const char *name,
                      enum store_slot slot, struct cert_info *out, bool *damaged)
{
    struct err err = {0};
    if (store_load_leaf(store, name, slot, out, &err) == 0)
        return true;
    if (err.code == ERR_NOT_FOUND)
        return false;
    log_warn(&app->log, "%s: %s: treated as if it were not there", name, err.text);
    *damaged = true;
    return false;
}

static void load_slots(const struct app *app, struct store *store, struct status_view *v)
{
    struct err lost = {0};
    bool damaged = false;
    v->have_live = load_slot(app, store, v->conf->name, STORE_LIVE, &v->live, &damaged);
    v->have_held = load_slot(app, store, v->conf->name, STORE_HELD, &v->held, &damaged);
    if (!v->have_live && !v->have_held && !damaged &&
        renewal_is_lost(v->conf->name, &v->state, &lost))
        log_warn(&app->log, "%s", lost.text);
}

/* The certificates that decide: ours, or the one of the balancer that is followed. */
static int load_leaves(const struct app *app, struct store *store, struct status_view *v,
                       struct err *err)
{
    if (!follow_wanted(v->conf)) {
        load_slots(app, store, v);
        return 0;
    }
    v->have_live = follow_load(store, v->conf, &v->live, err) == 0;
    if (v->have_live)
        return 0;
    if (err->code != ERR_NOT_FOUND)
        return -1;
    err_clear(err);
    return 0;
}

/* What we wrote down may not be so any more. Only administrators may look; what cannot be looked
 * at stays as it was written down. */
static void look_at_machine(const struct app *app, struct store *store, struct status_view *v)
{
    struct deploy_env env = {.clock = app->clock, .log = &app->log, .store = store};
    enum deployed_state *state = &v->state.deployed;
    struct err err = {0};

    if (*state == DEPLOYED_NONE || !v->have_live || v->conf->deploy.target != CONF_TARGET_RRAS ||
        !os_elevated())
        return;
    if (deploy_look(&env, v->conf, &v->live, &v->seen, &err) != 0) {
        log_info(&app->log, "%s: the machine cannot be looked at: %s", v->conf->name, err.text);
        return;
    }
    v->looked = true;
    if (*state == DEPLOYED_CURRENT || *state == DEPLOYED_DRIFT)
        *state = v->seen.state;
}

static int read_rehearsal(struct store *store, struct status_view *v, struct err *err)
{
    char name[CONF_REHEARSAL_BYTES];
    struct name_state *state = calloc(1, sizeof(*state));
    if (state == NULL)
        return err_set(err, ERR_FAIL, "out of memory");
    conf_rehearsal_name(v->conf->name, name);
    int failed = store_state_load(store, name, state, err);
    v->rehearsal.at = state->last_at;
    v->rehearsal.ok = state->failures == 0;
    text_copy(v->rehearsal.action, sizeof(v->rehearsal.action), state->last_result);
    text_copy(v->rehearsal.message, sizeof(v->rehearsal.message), state->last_message);
    free(state);
    return failed;
}

/* Where it is not shown it is not read. */
static bool wants_history(const struct args *a)
{
    return a->json || a->html != NULL || a->metrics != NULL;
}

static int read_view(const struct app *app, struct store *store, struct status_view *v,
                     struct err *err)
{
    char rel[300];
    v->now = clock_now(app->clock);
    if (store == NULL)
        return 0;
    snprintf(rel, sizeof(rel), "certs/%s/order.json", v->conf->name);
    v->order_pending = store_has(store, rel);
    if (store_state_load(store, v->conf->name, &v->state, err) != 0 ||
        read_rehearsal(store, v, err) != 0 || load_leaves(app, store, v, err) != 0)
        return -1;
    if (view_leaf(v) != NULL &&
        store_load_container(store, v->conf->name, v->have_held ? STORE_HELD : STORE_LIVE,
                             v->container, err) != 0)
        return -1;
    if (wants_history(app->args) && (v->history = calloc(1, sizeof(*v->history))) != NULL)
        store_history_load(store, v->conf->name, v->history);
    look_at_machine(app, store, v);
    return 0;
}

/* *count: how many were read, also on failure. */
static int read_all(const struct app *app, struct status_view *v, size_t n, size_t *count,
                    struct err *err)
{
    struct store *store = NULL;
    int failed = 0;
    if (store_open(&store, app->state_dir, STORE_READ, &app->log, err) != 0) {
        if (err->code != ERR_NOT_FOUND)
            return -1;
        err_clear(err); /* nothing was ever issued: a status, too */
    }
    for (*count = 0; *count < n; ++*count) {
        failed = read_view(app, store, &v[*count], err);
        if (failed != 0) {
            view_clear(&v[*count]);
            break;
        }
        view_judge(&v[*count]);
    }
    store_close(store);
    return failed;
}

/* ---- showing ---- */

static void show_schedule(const struct app *app, const struct schedule_view *schedule)
{
    char text[SCHEDULE_VIEW_BYTES];
    bool well = schedule_view_text(schedule, text);
    if (text[0] != '\0')
        show_styled(&app->out, well ? SHOW_DIM : SHOW_WARN, "%s\n", text);
}

static void show_table(const struct app *app, const struct status_view *v, size_t n)
{
    struct buf b = BUF_INIT(OUT_MAX_BYTES);
    bool terminal = os_is_terminal(1);
    struct table_style style = {.width = terminal ? os_terminal_width(1) : 0,
                                .color = app->out.color,
                                .unicode = terminal && os_terminal_unicode()};
    status_table(v, n, &style, &b);
    if (!app->out.silent)
        os_write(1, buf_str(&b), strlen(buf_str(&b)));
    buf_clear(&b);
}

static int write_file(const char *path, const struct buf *b, struct err *err)
{
    int failed = buf_check(b, path, err);
    return failed != 0 ? failed : os_write_shared_file(path, buf_str(b), b->len, err);
}

static int write_files(const struct app *app, const struct status_view *v, size_t n,
                       const struct schedule_view *schedule, struct err *err)
{
    const struct args *a = app->args;
    struct buf page = BUF_INIT(OUT_MAX_BYTES), metrics = BUF_INIT(OUT_MAX_BYTES);
    int64_t now = clock_now(app->clock);
    char foot[SCHEDULE_VIEW_BYTES];
    int failed = 0;
    schedule_view_text(schedule, foot);
    if (a->html != NULL) {
        status_html(v, n, now, foot, &page);
        failed = write_file(a->html, &page, err);
    }
    if (failed == 0 && a->metrics != NULL) {
        status_metrics(v, n, now, &metrics);
        status_metrics_run(schedule, lastrun_load(app->state_dir), &metrics);
        failed = write_file(a->metrics, &metrics, err);
    }
    buf_clear(&page);
    buf_clear(&metrics);
    return failed;
}

static void print_doc(const struct status_view *v, size_t n, const struct schedule_view *schedule,
                      int code, const struct err *err)
{
    struct json *doc = doc_new("status", code, err), *certs = json_new_array();
    for (size_t i = 0; i < n; i++)
        json_append(certs, status_doc(&v[i]));
    json_put(doc, "certificates", certs);
    struct json *task = schedule_view_doc(schedule);
    if (task != NULL)
        json_put(doc, "schedule", task);
    else
        json_put_null(doc, "schedule");
    doc_print(doc);
}

int cmd_status(struct app *app)
{
    const struct args *a = app->args;
    if (a->effective)
        return status_effective(app);
    struct err err = {0};
    const struct conf **list = NULL;
    struct status_view *v = NULL;
    size_t n = 0, count = 0;
    struct schedule_view schedule;
    schedule_view_read(&schedule);
    int failed = app_select(app, &list, &n, &err);
    if (failed == 0 && (v = calloc(n > 0 ? n : 1, sizeof(*v))) == NULL) {
        err_set(&err, ERR_FAIL, "out of memory");
        failed = -1;
    }
    for (size_t i = 0; failed == 0 && i < n; i++) {
        v[i].conf = list[i];
        v[i].by_hand = schedule_view_by_hand(&schedule);
    }
    if (failed == 0)
        failed = read_all(app, v, n, &count, &err);
    if (failed == 0)
        failed = write_files(app, v, count, &schedule, &err);
    show_table(app, v, count);
    show_schedule(app, &schedule);
    int code = failed != 0 ? err_exit_code(&err) : 0;
    if (failed != 0)
        show_error(&app->out, NULL, &err);
    if (a->json)
        print_doc(v, count, &schedule, code, failed != 0 ? &err : NULL);
    for (size_t i = 0; i < count; i++)
        view_clear(&v[i]);
    free(v);
    free(list);
    return code;
}
