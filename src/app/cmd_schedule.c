/* SPDX-License-Identifier: Apache-2.0 */
/* `schedule`: the tasks that start us, and the event source that we write to. */
#include "event.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/schedule.h"
#include "src/app/trust.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the command works with; `done` is what was done to each task, for people. */
struct scheduling {
    struct app *app;
    struct schedule_plan plan;
    char *program, *log_file;
    char machine[256];
    struct json *tasks; /* of the document */
};

static void scheduling_close(struct scheduling *s)
{
    free(s->program);
    free(s->log_file);
    json_free(s->tasks);
}

/* A task starts in another folder. */
static int need_absolute(const char *option, const char *path, struct err *err)
{
    if (path == NULL || os_path_absolute(path))
        return 0;
    return err_set(err, ERR_USAGE, "option %s: %.300s: the task needs an absolute path", option,
                   path);
}

static int scheduling_open(struct scheduling *s, struct app *app, struct err *err)
{
    const struct args *a = app->args;
    *s = (struct scheduling){.app = app};
    if (need_absolute("--config", a->config_dir, err) != 0 ||
        need_absolute("--state", a->state_dir, err) != 0 ||
        need_absolute("--log-file", a->log_file, err) != 0 ||
        os_program_path(&s->program, err) != 0)
        return -1;
    if (a->log_file == NULL && app->confs.log_file == NULL &&
        os_path_join(&s->log_file, app->config_dir, "run.log", err) != 0)
        return -1;
    os_host_name(s->machine, sizeof(s->machine));
    s->plan = (struct schedule_plan){.program = s->program,
                                     .config_dir = a->config_dir,
                                     .state_dir = a->state_dir,
                                     .log_file = a->log_file != NULL ? a->log_file : s->log_file,
                                     .machine = s->machine,
                                     .interval_s = schedule_interval_s(&app->confs),
                                     .limit_s = schedule_limit_s(&app->confs)};
    s->tasks = json_new_array();
    return 0;
}

/* ---- what SYSTEM would run ---- */

/* Whoever can change one of these files can do everything on this machine. */
static int check_trust(const struct scheduling *s, struct err *err)
{
    if (os_check_trusted(s->program, err) == 0 && trust_all(s->app, err) == 0)
        return 0;
    err_of_setup(err);
    return err_context(err, "the task would run as SYSTEM and obey whoever can change this");
}

static int check_ready(const struct scheduling *s, struct err *err)
{
    struct scheduler_task ignored = {0};
    /* Where there is no scheduler, that is what to say. */
    if (scheduler_read(schedule_task_name(SCHEDULE_RUN), &ignored, err) != 0)
        return -1;
    scheduler_task_clear(&ignored);
    if (!os_elevated()) {
        err_set(err, ERR_USAGE, "schedule install: needs an elevated administrator");
        return err_hint(err, "start it in an elevated prompt");
    }
    if (s->app->confs.n == 0) {
        err_set(err, ERR_USAGE, "configuration %s: no certificate is configured",
                s->app->config_dir);
        return err_hint(err, "write conf.d/NAME.json first; README shows one");
    }
    return check_trust(s, err);
}

/* ---- telling ---- */

static struct json *doc_task(enum schedule_id id, const struct schedule_state *now,
                             const char *done)
{
    struct json *o = json_new_object();
    json_put_string(o, "task", schedule_task_name(id));
    json_put_string(o, "done", done);
    json_put_bool(o, "registered", now->registered);
    json_put_bool(o, "enabled", now->enabled);
    json_put_bool(o, "as_wanted", now->as_wanted);
    json_put_string(o, "differs", now->why[0] != '\0' ? now->why : NULL);
    json_put_time(o, "last_run", now->last_run);
    if (now->has_result)
        json_put_integer(o, "last_result", now->last_result);
    else
        json_put_null(o, "last_result");
    json_put_time(o, "next_run", now->next_run);
    return o;
}

static void show_task(const struct show *out, enum schedule_id id, const struct schedule_state *now,
                      const char *done)
{
    char last[21] = "never", next[21] = "not known", result[96];
    bool good = now->as_wanted;
    show_styled(out, SHOW_BOLD, "%-20s", schedule_task_name(id));
    show_styled(out, good ? SHOW_GOOD : SHOW_WARN, " %s",
                done != NULL       ? done
                : !now->registered ? "not registered"
                : !now->enabled    ? "registered, but disabled"
                : now->as_wanted   ? "registered"
                                   : "registered, but otherwise than this program would");
    if (now->registered && now->why[0] != '\0')
        show_text(out, ": %s", now->why);
    show_text(out, "\n");
    if (!now->registered || done != NULL)
        return;
    if (now->last_run != 0)
        text_time(now->last_run, last);
    if (now->next_run != 0)
        text_time(now->next_run, next);
    text_copy(result, sizeof(result), "none yet");
    if (now->has_result)
        schedule_result_text(now->last_result, result, sizeof(result));
    show_text(out, "  last run %s, result %s, next run %s\n", last, result, next);
}

static void tell(struct scheduling *s, enum schedule_id id, const struct schedule_state *now,
                 const char *done)
{
    json_append(s->tasks, doc_task(id, now, done));
    show_task(&s->app->out, id, now, done);
}

static void write_event(const struct scheduling *s, enum event_id id, const char *text)
{
    char program[600];
    snprintf(program, sizeof(program), "program=%.500s", s->program);
    struct event e = {.id = id, .text = text, .pair = {program}, .pairs = 1};
    event_write(&e, &s->app->log);
}

/* ---- install ---- */

static int install_task(struct scheduling *s, enum schedule_id id, bool *changed, struct err *err)
{
    struct schedule_state before, after;
    struct buf xml = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    int rc = -1;
    if (schedule_look(&s->plan, id, &before, err) != 0)
        return -1;
    if (before.as_wanted) {
        tell(s, id, &before, "registered already, nothing to do");
        return 0;
    }
    if (schedule_xml(&s->plan, id, &xml, err) != 0 ||
        scheduler_register(schedule_task_name(id), buf_str(&xml), err) != 0 ||
        schedule_look(&s->plan, id, &after, err) != 0)
        goto done;
    if (!after.registered) {
        err_set(err, ERR_FAIL, "scheduled task %s: was registered, but is not there",
                schedule_task_name(id));
        goto done;
    }
    if (before.registered)
        log_info(&s->app->log, "scheduled task %s: it was different: %s", schedule_task_name(id),
                 before.why);
    if (!after.as_wanted)
        log_warn(&s->app->log, "scheduled task %s: Windows keeps it otherwise than it was told: %s",
                 schedule_task_name(id), after.why);
    tell(s, id, &after, before.registered ? "repaired" : "registered");
    *changed = true;
    rc = 0;
done:
    buf_clear(&xml);
    return rc;
}

static int install(struct scheduling *s, struct err *err)
{
    struct schedule_state dog;
    bool changed = false, source = false;
    if (check_ready(s, err) != 0 || event_source_look(s->program, &source, err) != 0 ||
        (!source && event_source_install(s->program, err) != 0) ||
        install_task(s, SCHEDULE_RUN, &changed, err) != 0 ||
        schedule_look(&s->plan, SCHEDULE_WATCHDOG, &dog, err) != 0)
        return -1;
    /* One that is there is kept right, too. */
    if ((s->app->args->watchdog || dog.registered) &&
        install_task(s, SCHEDULE_WATCHDOG, &changed, err) != 0)
        return -1;
    if (!s->app->args->watchdog && !dog.registered)
        show_text(&s->app->out,
                  "with --watchdog a second task tells when the first does not run\n");
    if (changed || !source)
        write_event(s, EVENT_SCHEDULE_INSTALLED, "The scheduled tasks were installed or repaired.");
    return 0;
}

/* ---- remove ---- */

static int remove_task(struct scheduling *s, enum schedule_id id, bool *any, struct err *err)
{
    const struct schedule_state gone = {0};
    bool was = false;
    if (scheduler_remove(schedule_task_name(id), &was, err) != 0)
        return -1;
    *any = *any || was;
    tell(s, id, &gone, was ? "removed" : "was not registered");
    return 0;
}

static int remove_all(struct scheduling *s, struct err *err)
{
    bool any = false, source = false;
    if (remove_task(s, SCHEDULE_WATCHDOG, &any, err) != 0)
        return -1;
    if (s->app->args->watchdog)
        return 0;
    if (remove_task(s, SCHEDULE_RUN, &any, err) != 0)
        return -1;
    if (any) /* before the source goes */
        write_event(s, EVENT_SCHEDULE_REMOVED, "The scheduled tasks were removed.");
    return event_source_remove(&source, err);
}

/* ---- show ---- */

static int show_cron(struct scheduling *s, struct err *err)
{
    struct buf b = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    int rc = schedule_cron(&s->plan, &b, err);
    if (rc == 0)
        show_text(&s->app->out,
                  "This system has no Task Scheduler; two lines for root's crontab:\n%s",
                  buf_str(&b));
    buf_clear(&b);
    return rc;
}

static int show_xml(struct scheduling *s, struct json *doc, struct err *err)
{
    struct buf b = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    enum schedule_id id = s->app->args->watchdog ? SCHEDULE_WATCHDOG : SCHEDULE_RUN;
    int rc = schedule_xml(&s->plan, id, &b, err);
    if (rc == 0) {
        json_put_string(doc, "xml", buf_str(&b));
        show_text(&s->app->out, "%s", buf_str(&b));
    }
    buf_clear(&b);
    return rc;
}

static int show(struct scheduling *s, struct json *doc, struct err *err)
{
    struct err look = {0};
    struct schedule_state now;
    bool source = false;
    if (s->app->args->xml)
        return show_xml(s, doc, err);
    for (enum schedule_id id = SCHEDULE_RUN; id < SCHEDULE_COUNT; id++) {
        if (schedule_look(&s->plan, id, &now, &look) == 0)
            tell(s, id, &now, NULL);
        else if (look.code == ERR_USAGE)
            return show_cron(s, err);
        else
            break;
    }
    if (err_is_set(&look)) {
        *err = look;
        return -1;
    }
    if (event_source_look(s->program, &source, err) != 0)
        return -1;
    json_put_bool(doc, "event_source", source);
    show_text(&s->app->out, "event source %s: %s\n", EVENT_SOURCE,
              source ? "installed" : "not installed, or for another program");
    return 0;
}

/* ---- the command ---- */

enum verb { VERB_NONE, VERB_INSTALL, VERB_REMOVE, VERB_SHOW };

static enum verb verb_of(const struct args *a, struct err *err)
{
    static const char *const names[] = {NULL, "install", "remove", "show"};
    const char *said = a->name_count > 0 ? a->names[0] : "";
    for (enum verb v = VERB_INSTALL; a->name_count == 1 && v <= VERB_SHOW; v++)
        if (strcmp(said, names[v]) == 0)
            return v;
    err_set(err, ERR_USAGE, "command schedule: %.80s%sinstall, remove or show?",
            a->name_count == 1 ? said : "", a->name_count == 1 ? ": unknown; " : "");
    return VERB_NONE;
}

int cmd_schedule(struct app *app)
{
    struct scheduling s = {0};
    struct json *more = json_new_object();
    struct err err = {0};
    enum verb verb = verb_of(app->args, &err);
    int rc = verb == VERB_NONE ? -1 : scheduling_open(&s, app, &err);
    if (rc == 0)
        rc = verb == VERB_INSTALL  ? install(&s, &err)
             : verb == VERB_REMOVE ? remove_all(&s, &err)
                                   : show(&s, more, &err);
    int code = rc == 0 ? 0 : err_exit_code(&err);
    if (code != 0)
        show_error(&app->out, NULL, &err);
    if (app->args->json) {
        struct json *doc = doc_new("schedule", code, code != 0 ? &err : NULL);
        const char *key;
        void *iter = NULL;
        json_put(doc, "tasks", s.tasks != NULL ? json_copy_of(s.tasks) : json_new_array());
        for (const struct json *v; (v = json_next(more, &iter, &key)) != NULL || key != NULL;)
            json_put(doc, key, json_copy_of(v));
        doc_print(doc);
    }
    json_free(more);
    scheduling_close(&s);
    return code;
}
