/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/unbegun.h"

#include "src/app/notify.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 256 * 1024, BLIND_HOURS = 6, HOUR_S = 3600 };

static const char name[] = "rras-acme", about[] = "start";

/* ---- whom to tell ---- */

void unbegun_salvage(struct app *app)
{
    char *file = NULL, *copy = NULL;
    struct err ignored = {0};
    if (conf_shared_path(app->config_dir, &file, &ignored) == 0 &&
        !conf_salvage(&app->confs, file, file) && os_check_private(app->state_dir, &ignored) == 0 &&
        os_path_join(&copy, app->state_dir, UNBEGUN_COPY_FILE, &ignored) == 0 &&
        conf_salvage(&app->confs, file, copy))
        log_info(&app->log, "notify: as it was when %s could last be read", file);
    free(file);
    free(copy);
}

static bool same_bytes(const struct buf *text, const char *path)
{
    struct buf there = BUF_INIT(FILE_MAX_BYTES);
    struct err ignored = {0};
    bool same = os_read_file(path, &there, &ignored) == 0 && there.len == text->len &&
                memcmp(there.p, text->p, text->len) == 0;
    buf_clear(&there);
    return same;
}

void unbegun_keep_copy(const struct app *app)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    char *file = NULL, *copy = NULL;
    struct err err = {0};
    if (os_path_join(&copy, app->state_dir, UNBEGUN_COPY_FILE, &err) != 0 ||
        conf_shared_path(app->config_dir, &file, &err) != 0)
        goto done;
    if (app->confs.notify_count == 0) {
        if (os_exists(copy))
            (void)!os_remove_file(copy, &err);
    } else if (os_read_file(file, &text, &err) == 0 && !same_bytes(&text, copy)) {
        (void)!os_write_file(copy, text.p, text.len, &err);
    }
done:
    if (err_is_set(&err))
        log_warn(&app->log, "%s", err.text);
    buf_clear(&text);
    free(file);
    free(copy);
}

/* ---- telling ---- */

void unbegun_class(const struct err *err, char out[ALERT_CLASS_BYTES])
{
    enum { KEPT = 100 };
    const char *text = err->text;
    size_t len = strlen(text);
    outcome_class(err, out);
    if (err->code != ERR_USAGE)
        return;
    if (len > KEPT) /* the end says what is wrong, the beginning is a folder */
        text += len - KEPT;
    while (((unsigned char)*text & 0xC0) == 0x80)
        text++;
    snprintf(out, ALERT_CLASS_BYTES, "%s %s", err_code_name(err->code), text);
}

bool unbegun_blind_hour(int64_t now)
{
    return now / HOUR_S % BLIND_HOURS == 0;
}

/* The notes of `run` are for who holds the lock; the watchdog has its own. ERR_BUSY; any other
 * trouble with the lock is for the notes themselves to show. */
static int take_lock(struct app *app, struct store **out, struct err *err)
{
    struct err tried = {0};
    if (app->args->command->id == CMD_WATCHDOG ||
        store_open(out, app->state_dir, STORE_WRITE, &app->log, &tried) == 0 ||
        tried.code != ERR_BUSY)
        return 0;
    *err = tried;
    return -1;
}

/* Whether there are notes that can be trusted, and written. */
static bool open_notes(struct tidings *t, struct app *app, const char *file)
{
    struct err err = {0};
    if (os_make_dir(app->state_dir, &err) == 0 && os_check_private(app->state_dir, &err) == 0 &&
        tidings_open(t, app, file, &err) == 0) {
        t->alerts.changed = true;
        if (alerts_save(&t->alerts, t->path, &err) == 0)
            return true;
        tidings_close(t);
    }
    log_warn(&app->log, "%s", err.text);
    *t = (struct tidings){.app = app};
    return false;
}

/* The other command meets the same trouble; one message is enough. */
static bool told_by(const struct app *app, const char *file, const char *class, int64_t now)
{
    struct alerts other = {0};
    struct err ignored = {0};
    char *path = NULL, key[ALERT_KEY_BYTES];
    snprintf(key, sizeof(key), "%s/%s", name, about);
    if (os_path_join(&path, app->state_dir, file, &ignored) == 0)
        alerts_load(&other, path);
    const struct alert *a = alerts_find(&other, key);
    bool told =
        a != NULL && strcmp(a->class, class) == 0 && alert_decide(a->told_at, now) == ALERT_QUIET;
    alerts_clear(&other);
    free(path);
    return told;
}

void unbegun_tell(struct app *app, const struct err *err)
{
    const char *command = app->args->command->name;
    bool is_run = app->args->command->id == CMD_RUN;
    char class[ALERT_CLASS_BYTES], text[TIDING_TEXT_BYTES], pair[2][48];
    struct tidings t = {.app = app};
    struct store *lock = NULL;
    struct err busy = {0};
    int64_t now = clock_now(app->clock);
    bool kept = false;
    if (err->code == ERR_BUSY)
        return;
    unbegun_class(err, class);
    snprintf(text, sizeof(text), "rras-acme %s: %s%s%s; until this is mended nothing is %s",
             command, err->text, err->hint[0] != '\0' ? "; " : "", err->hint,
             is_run ? "renewed or deployed" : "watched");
    snprintf(pair[0], sizeof(pair[0]), "name=%s", command);
    snprintf(pair[1], sizeof(pair[1]), "exit_code=%d", err_exit_code(err));
    struct event e = {.id = EVENT_FAILED, .text = text, .pair = {pair[0], pair[1]}, .pairs = 2};
    if (app->state_dir == NULL || take_lock(app, &lock, &busy) != 0) {
        event_write(&e, &app->log);
        return;
    }
    kept = open_notes(&t, app, is_run ? ALERTS_FILE : WATCHDOG_FILE);
    struct trouble what = {.name = name,
                           .what = about,
                           .class = class,
                           .kind = TIDING_FAILURE,
                           .id = EVENT_FAILED,
                           .event = &e};
    t.by_hand = kept && told_by(app, is_run ? WATCHDOG_FILE : ALERTS_FILE, class, now);
    tidings_trouble(&t, &what);
    if (kept || unbegun_blind_hour(now))
        notify_send(&t);
    tidings_close(&t);
    store_close(lock);
}

void unbegun_over(struct tidings *t)
{
    char text[96], pair[48];
    bool dog = t->app->args->command->id == CMD_WATCHDOG;
    const char *command = dog ? "watchdog" : "run"; /* whose trouble it was */
    snprintf(text, sizeof(text), "rras-acme %s: can begin again.", command);
    snprintf(pair, sizeof(pair), "name=%s", command);
    struct event e = {.text = text, .pair = {pair}, .pairs = 1};
    struct trouble none = {.name = name, .what = about, .kind = TIDING_FAILURE, .event = &e};
    tidings_trouble(t, &none);
}
