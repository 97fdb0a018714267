/* SPDX-License-Identifier: Apache-2.0 */
/* `notify test`: one message through every channel, whatever it is configured to be told of. */
#include "src/app/doc.h"
#include "src/app/notify.h"
#include "text.h"

#include <string.h>

static struct json *doc_channel(const char *label, const struct err *err)
{
    struct json *o = json_new_object();
    json_put_string(o, "channel", label);
    json_put_bool(o, "ok", !err_is_set(err));
    if (err_is_set(err))
        json_put(o, "error", doc_error(err));
    else
        json_put_null(o, "error");
    return o;
}

/* The first failure is the command's. */
static void try_all(struct app *app, struct json *channels, struct err *first)
{
    struct tiding test = {.kind = TIDING_FAILURE, .name = "test"};
    char host[256], label[320];
    os_host_name(host, sizeof(host));
    text_copy(test.text, sizeof(test.text),
              "This is a test: rras-acme notify test. Nothing has happened.");
    struct notice m = {
        .v = &test, .n = 1, .wants = TIDING_FAILURE, .host = host, .now = clock_now(app->clock)};
    for (size_t i = 0; i < app->confs.notify_count; i++) {
        struct err err = {0};
        if (notify_channel(app, &app->confs.notify[i], &m, label, &err) == 0) {
            show_styled(&app->out, SHOW_GOOD, "  ok    %s\n", label);
        } else {
            show_styled(&app->out, SHOW_BAD, "  FAIL  %s: %s\n", label, err.text);
            if (!err_is_set(first))
                *first = err;
        }
        json_append(channels, doc_channel(label, &err));
    }
}

int cmd_notify(struct app *app)
{
    struct json *channels = json_new_array();
    struct err err = {0};
    const struct args *a = app->args;
    if (a->name_count != 1 || strcmp(a->names[0], "test") != 0)
        err_set(&err, ERR_USAGE, "command notify: notify test is all there is");
    else if (app->confs.notify_count == 0)
        err_set(&err, ERR_USAGE, "configuration %s: rras-acme.json has no notify", app->config_dir);
    else
        try_all(app, channels, &err);
    int code = err_is_set(&err) ? err_exit_code(&err) : 0;
    if (code != 0)
        show_error(&app->out, NULL, &err);
    if (a->json) {
        struct json *doc = doc_new("notify", code, code != 0 ? &err : NULL);
        json_put(doc, "channels", channels);
        doc_print(doc);
    } else {
        json_free(channels);
    }
    return code;
}
