/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/doc.h"

#include "os.h"

#include <string.h>

enum { DOC_MAX_BYTES = 16 * 1024 * 1024 };

static void put_or_null(struct json *object, const char *key, const char *text)
{
    json_put_string(object, key, text != NULL && text[0] != '\0' ? text : NULL);
}

struct json *doc_error(const struct err *err)
{
    if (err == NULL || !err_is_set(err))
        return NULL;
    struct json *o = json_new_object();
    json_put_string(o, "code", err_code_name(err->code));
    json_put_string(o, "source", err->source == ERR_SRC_NONE ? NULL : err_source_name(err->source));
    if (err->source == ERR_SRC_NONE)
        json_put_null(o, "os_code");
    else
        json_put_integer(o, "os_code", err->number);
    json_put_string(o, "message", err->text);
    put_or_null(o, "hint", err->hint);
    put_or_null(o, "problem", err->problem);
    return o;
}

static void put_error(struct json *object, const struct err *err)
{
    if (err == NULL || !err_is_set(err))
        json_put_null(object, "error");
    else
        json_put(object, "error", doc_error(err));
}

struct json *doc_new(const char *command, int exit_code, const struct err *err)
{
    struct json *o = json_new_object();
    json_put_integer(o, "version", DOC_VERSION);
    json_put_string(o, "command", command);
    json_put_bool(o, "ok", exit_code == 0);
    json_put_integer(o, "exit_code", exit_code);
    put_error(o, err);
    return o;
}

struct json *doc_steps(const struct steps *steps)
{
    struct json *a = json_new_array();
    for (size_t i = 0; i < steps->n; i++) {
        const struct step *st = &steps->v[i];
        struct json *o = json_new_object();
        json_put_string(o, "step", st->name);
        json_put_bool(o, "ok", st->ok);
        json_put_integer(o, "ms", st->ms);
        put_or_null(o, "before", st->before);
        put_or_null(o, "after", st->after);
        json_append(a, o);
    }
    return a;
}

struct json *doc_checks(const struct checks *checks)
{
    struct json *a = json_new_array();
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *c = &checks->v[i];
        struct json *o = json_new_object();
        json_put_string(o, "id", c->id);
        json_put_string(o, "title", c->title);
        json_put_string(o, "level", check_level_name(c->level));
        put_or_null(o, "finding", c->finding);
        put_or_null(o, "cure", c->cure);
        put_or_null(o, "seed", c->seed);
        json_append(a, o);
    }
    return a;
}

void doc_print(struct json *doc)
{
    static const char no_memory[] =
        "{\"version\":1,\"ok\":false,\"exit_code\":1,\"error\":{\"code\":\"fail\","
        "\"message\":\"out of memory while writing the report\"}}\n";
    struct buf b = BUF_INIT(DOC_MAX_BYTES);
    struct err err = {0};
    int failed = json_text(doc, JSON_PRETTY, &b, &err);
    buf_putc(&b, '\n');
    if (failed != 0 || b.failed)
        os_write(1, no_memory, sizeof(no_memory) - 1);
    else
        os_write(1, buf_str(&b), strlen(buf_str(&b)));
    buf_clear(&b);
    json_free(doc);
}
