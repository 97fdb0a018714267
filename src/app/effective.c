/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/effective.h"

#include "src/app/doc.h"

#include <stdlib.h>

struct listing {
    const struct show *out;
    struct json *keys; /* NULL: for people */
};

static void show_setting(void *user, const struct conf_setting *s)
{
    const struct listing *l = user;
    if (l->keys != NULL) {
        struct json *o = json_new_object();
        json_put_string(o, "key", s->key);
        json_put_string(o, "value", s->value);
        json_put_string(o, "file", s->file);
        if (s->file != NULL)
            json_put_integer(o, "line", s->line);
        else
            json_put_null(o, "line");
        json_append(l->keys, o);
        return;
    }
    show_text(l->out, "  %-28s %-36s ", s->key, s->value);
    if (s->file != NULL)
        show_text(l->out, "%s:%u\n", s->file, s->line);
    else
        show_styled(l->out, SHOW_DIM, "built in\n");
}

static int explain_one(const struct app *app, const struct conf *c, struct json *list,
                       struct err *err)
{
    struct listing l = {.out = &app->out, .keys = app->args->json ? json_new_array() : NULL};
    show_styled(&app->out, SHOW_BOLD, "%s\n", c->name);
    int failed = conf_explain(app->config_dir, c, show_setting, &l, err);
    if (l.keys != NULL) {
        struct json *o = json_new_object();
        json_put_string(o, "name", c->name);
        json_put(o, "keys", l.keys);
        json_append(list, o);
    }
    return failed;
}

int status_effective(struct app *app)
{
    struct err err = {0};
    const struct conf **list = NULL;
    struct json *all = json_new_array();
    size_t count = 0;
    int failed = app_select(app, &list, &count, &err);
    for (size_t i = 0; failed == 0 && i < count; i++)
        failed = explain_one(app, list[i], all, &err);
    int code = failed != 0 ? err_exit_code(&err) : 0;
    if (failed != 0)
        show_error(&app->out, NULL, &err);
    if (app->args->json) {
        struct json *doc = doc_new("status", code, failed != 0 ? &err : NULL);
        json_put(doc, "effective", all);
        doc_print(doc);
    } else {
        json_free(all);
    }
    free(list);
    return code;
}
