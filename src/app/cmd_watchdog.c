/* SPDX-License-Identifier: Apache-2.0 */
/* `watchdog`: the alarm for when `run` does not come. It takes no lock, asks no CA and writes only
 * notes of its own, so that nothing that stops `run` stops it, too. */
#include "deploy/deploy.h"
#include "src/app/doc.h"
#include "src/app/lastrun.h"
#include "src/app/notify.h"
#include "src/app/schedule.h"
#include "src/app/unbegun.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct watch {
    struct app *app;
    struct store *store; /* NULL: nothing was ever issued */
    struct tidings tidings;
    struct alerts of_run; /* what `run` has told by itself */
    struct json *alarms;
    int count;
};

static void alarm_raised(struct watch *w, const char *name, enum event_id id, const char *text)
{
    struct json *o = json_new_object();
    json_put_string(o, "name", name);
    json_put_string(o, "alarm", event_find(id)->word);
    json_put_string(o, "text", text);
    json_append(w->alarms, o);
    show_styled(&w->app->out, SHOW_BAD, "ALARM %s\n", text);
    w->count++;
}

/* ---- silence ---- */

static void look_at_task(struct deadman_task *out)
{
    struct schedule_state s;
    struct err ignored = {0};
    if (schedule_look(NULL, SCHEDULE_RUN, &s, &ignored) == 0)
        *out = (struct deadman_task){true, s.registered, s.enabled};
}

static void check_silence(struct watch *w)
{
    struct deadman_task task = {0};
    int64_t last = lastrun_load(w->app->state_dir);
    char at[21] = "never", text[300], pair[40];
    look_at_task(&task);
    enum event_id id = deadman_silence(&task, last, clock_now(w->app->clock));
    if (last != 0)
        text_time(last, at);
    if (id == EVENT_SCHEDULE_BROKEN)
        snprintf(text, sizeof(text), "scheduled task %s: %s; rras-acme schedule install mends it",
                 schedule_task_name(SCHEDULE_RUN),
                 task.registered ? "is disabled" : "is not registered");
    else if (id == EVENT_NOT_RUN)
        snprintf(text, sizeof(text),
                 "rras-acme run has not come to its end since %s: certificates are not renewed",
                 at);
    else
        snprintf(text, sizeof(text), "rras-acme run runs again");
    snprintf(pair, sizeof(pair), "last_run=%s", at);
    struct event e = {.text = text, .pair = {pair}, .pairs = 1};
    struct trouble what = {.name = "schedule",
                           .what = "run",
                           .class = id != EVENT_NONE ? event_find(id)->word : NULL,
                           .kind = TIDING_FAILURE,
                           .id = id,
                           .event = &e};
    tidings_trouble(&w->tidings, &what);
    if (id != EVENT_NONE)
        alarm_raised(w, "schedule", id, text);
}

/* ---- what is served ---- */

/* The newest of ours; false = nothing was ever issued. */
static bool load_newest(const struct watch *w, const struct conf *conf, struct bundle *b)
{
    struct err ignored = {0};
    if (w->store == NULL)
        return false;
    if (store_load(w->store, conf->name, STORE_LIVE, b, &ignored) == 0)
        return true;
    err_clear(&ignored);
    return store_load(w->store, conf->name, STORE_HELD, b, &ignored) == 0;
}

/* By the machine, where there is one to look at; else by the certificate that is in place. */
static bool look_at_served(struct watch *w, const struct conf *conf, struct deadman_served *out)
{
    struct deploy_env env = {.clock = w->app->clock, .log = &w->app->log, .store = w->store};
    struct deploy_survey seen = {0};
    struct bundle b = {0};
    struct err err = {0};
    bool known = true, ours = load_newest(w, conf, &b);
    if (conf->deploy.target != CONF_TARGET_RRAS) {
        *out = (struct deadman_served){.from = b.leaf.not_before, .until = b.leaf.not_after};
        known = ours;
    } else if ((ours ? deploy_survey(&env, conf, &b, &seen, &err)
                     : deploy_serves(&env, conf, &seen, &err)) == 0) {
        *out = (struct deadman_served){.from = seen.served_from, .until = seen.served_until};
    } else {
        log_warn(&w->app->log, "%s: what is served cannot be told: %s", conf->name, err.text);
        known = false;
    }
    bundle_clear(&b);
    return known;
}

/* `run` raises the early marks, and knows what is planned; here only what cannot wait. */
static void check_served(struct watch *w, const struct conf *conf)
{
    struct deadman_served served = {0};
    int64_t now = clock_now(w->app->clock);
    char key[ALERT_KEY_BYTES], until[21], text[300];
    if (!look_at_served(w, conf, &served))
        return;
    enum event_id id = deadman_expiry(&served, now);
    bool urgent = id == EVENT_EXPIRY_TENTH || id == EVENT_EXPIRED;
    snprintf(key, sizeof(key), "%.150s/expiry", conf->name);
    const struct alert *told = alerts_find(&w->of_run, key);
    bool by_run = told != NULL && urgent && strcmp(told->class, event_find(id)->word) == 0 &&
                  alert_decide(told->logged_at, now) == ALERT_QUIET;
    if (!urgent)
        served = (struct deadman_served){.from = now - 1, .until = now + DEADMAN_LIFE_S};
    if (!by_run)
        tidings_expiry(&w->tidings, conf->name, &served);
    if (!urgent)
        return;
    text_time(served.until, until);
    snprintf(text, sizeof(text), "%.128s: the certificate that clients are served %s at %s",
             conf->name, id == EVENT_EXPIRED ? "EXPIRED" : "ends", until);
    alarm_raised(w, conf->name, id, text);
}

static int watch(struct watch *w, struct err *err)
{
    const struct conf **list = NULL;
    struct err absent = {0}, left = {0};
    size_t count = 0;
    char *path = NULL;
    if (app_select(w->app, &list, &count, err) != 0)
        return -1;
    int rc = -1;
    if (store_open(&w->store, w->app->state_dir, STORE_READ, &w->app->log, &absent) != 0 &&
        absent.code != ERR_NOT_FOUND) {
        *err = absent;
        goto done;
    }
    if (os_make_dir(w->app->state_dir, err) != 0 || os_check_private(w->app->state_dir, err) != 0 ||
        os_path_join(&path, w->app->state_dir, ALERTS_FILE, err) != 0 ||
        tidings_open(&w->tidings, w->app, WATCHDOG_FILE, err) != 0)
        goto done;
    alerts_load(&w->of_run, path);
    unbegun_over(&w->tidings);
    if (os_sweep(w->app->state_dir, WATCHDOG_FILE, NULL, &left) != 0)
        log_warn(&w->app->log, "%s", left.text);
    check_silence(w);
    for (size_t i = 0; i < count; i++)
        check_served(w, list[i]);
    notify_send(&w->tidings);
    rc = 0;
done:
    tidings_close(&w->tidings);
    alerts_clear(&w->of_run);
    store_close(w->store);
    free(path);
    free(list);
    return rc;
}

int cmd_watchdog(struct app *app)
{
    struct watch w = {.app = app, .alarms = json_new_array()};
    struct err err = {0};
    int code = 0;
    if (watch(&w, &err) != 0)
        unbegun_tell(app, &err);
    else if (w.count > 0)
        err_set(&err, ERR_CHECK, "watchdog: %d alarm%s", w.count, w.count == 1 ? "" : "s");
    if (err_is_set(&err)) {
        code = err_exit_code(&err);
        show_error(&app->out, NULL, &err);
    } else {
        show_text(&app->out, "all is well\n");
    }
    if (app->args->json) {
        struct json *doc = doc_new("watchdog", code, code != 0 ? &err : NULL);
        json_put(doc, "alarms", w.alarms);
        doc_print(doc);
    } else {
        json_free(w.alarms);
    }
    return code;
}
