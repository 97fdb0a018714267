/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/trust.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>

static int trust_path(const char *path, struct err *err)
{
    char *full = NULL;
    int rc = os_path_full(&full, path, err) != 0 ? -1 : os_check_trusted(full, err);
    free(full);
    return rc;
}

static int trust_folder(const struct app *app, struct err *err)
{
    char *shared = NULL;
    int rc = -1;
    if (trust_path(app->config_dir, err) == 0 &&
        conf_shared_path(app->config_dir, &shared, err) == 0)
        rc = os_exists(shared) ? trust_path(shared, err) : 0;
    free(shared);
    return rc;
}

static bool starts(const struct conf *c)
{
    return c->dns.provider == CONF_EXEC && c->dns.exec.command.n > 0;
}

static int trust_own(const struct conf *c, struct err *err)
{
    return trust_path(c->file, err) != 0 ||
                   (starts(c) && trust_path(c->dns.exec.command.v[0], err) != 0)
               ? -1
               : 0;
}

int trust_all(const struct app *app, struct err *err)
{
    int rc = trust_folder(app, err);
    for (size_t i = 0; rc == 0 && i < app->confs.n; i++)
        rc = trust_own(&app->confs.v[i], err);
    return rc;
}

int trust_name(const struct app *app, const struct conf *c, struct err *err)
{
    return trust_folder(app, err) != 0 ? -1 : trust_own(c, err);
}

int trust_started(const struct app *app, const struct conf *c, struct err *err)
{
    if (!os_elevated() || !starts(c) || trust_name(app, c, err) == 0)
        return 0;
    err->code = ERR_USAGE;
    return err_context(err,
                       "%s: dns.exec is not started with administrator's rights while others could "
                       "decide what that is",
                       c->name);
}

void trust_tell(struct tidings *t)
{
    struct err err = {0};
    char text[TIDING_TEXT_BYTES] = "what run obeys is in administrators' hands alone again.";
    char class[ALERT_CLASS_BYTES];
    struct event e = {.text = text};
    if (!os_elevated())
        return;
    struct trouble what = {.name = "rras-acme",
                           .what = "trust",
                           .kind = TIDING_FAILURE,
                           .id = EVENT_UNSAFE,
                           .event = &e};
    if (trust_all(t->app, &err) != 0) {
        snprintf(text, sizeof(text),
                 "run obeys with administrator's rights what others could change: %s%s%s", err.text,
                 err.hint[0] != '\0' ? "; " : "", err.hint);
        text_copy(class, sizeof(class), err.text);
        what.class = class;
        log_warn(&t->app->log, "%s", text);
    }
    tidings_trouble(t, &what);
}
