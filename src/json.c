/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - the only file that knows jansson.
 *
 * `struct json` is jansson's json_t under another name, so a borrowed value needs no wrapper.
 *
 * A container in which a put failed is *marked* in the highest bit of its reference count, which
 * needs no memory when there is none. The mark moves to the parent when the container is put into
 * one; json_text and json_copy_of look for marks in the whole tree, json_free takes them off.
 */
#include <jansson.h>

/* jansson's macros of names that are ours. */
enum { DUMP_COMPACT = JSON_COMPACT };
#undef JSON_COMPACT
#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_integer
#undef json_is_number
#undef json_is_null

#include <stdint.h>
#include <string.h>

#include "json.h"
#include "text.h"

static json_t *raw(const struct json *j)
{
    return (json_t *)j;
}

static struct json *wrap(json_t *j)
{
    return (struct json *)j;
}

static bool is(const struct json *j, json_type type)
{
    return j && json_typeof(raw(j)) == type;
}

/* ---- marks ---- */

static const size_t FAILED = SIZE_MAX - SIZE_MAX / 2;

/* true, false and null are shared by all, with a count that has all bits set. */
static bool is_marked(const json_t *j)
{
    return j && j->refcount != SIZE_MAX && (j->refcount & FAILED);
}

static void mark(json_t *j)
{
    if (j && j->refcount != SIZE_MAX)
        j->refcount |= FAILED;
}

/* Takes the marks off a tree; true if there were any. */
static bool unmark(json_t *j)
{
    bool found = is_marked(j);
    size_t i;
    json_t *child;

    if (found)
        j->refcount &= ~FAILED;
    if (is(wrap(j), JSON_ARRAY)) {
        json_array_foreach(j, i, child) found |= unmark(child);
    } else if (is(wrap(j), JSON_OBJECT)) {
        for (void *it = json_object_iter(j); it; it = json_object_iter_next(j, it))
            found |= unmark(json_object_iter_value(it));
    }
    return found;
}

/* As unmark, with the mark kept, on the root. */
static bool has_failed(json_t *j)
{
    bool found = unmark(j);

    if (found)
        mark(j);
    return found;
}

void json_free(struct json *j)
{
    unmark(raw(j));
    json_decref(raw(j));
}

/* ---- reading ---- */

/* jansson reads by recursion; what is nested too deeply is refused before it starts. */
static int check_depth(const char *text, size_t len, const char *what, struct err *err)
{
    int depth = 0, line = 1;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        line += c == '\n';
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
        if (depth > JSON_MAX_DEPTH)
            return err_set(err, ERR_FAIL, "%s:%d: JSON nested deeper than %d levels", what, line,
                           JSON_MAX_DEPTH);
    }
    return 0;
}

int json_parse(struct json **out, const char *text, size_t len, const char *what, struct err *err)
{
    json_error_t e;
    json_t *j;

    if (check_depth(text, len, what, err))
        return -1;
    j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!j)
        return err_set(err, ERR_FAIL, "%s:%d:%d: not valid JSON: %s", what, e.line, e.column,
                       e.text);
    *out = wrap(j);
    return 0;
}

bool json_is_object(const struct json *j)
{
    return is(j, JSON_OBJECT);
}

bool json_is_array(const struct json *j)
{
    return is(j, JSON_ARRAY);
}

bool json_is_string(const struct json *j)
{
    return is(j, JSON_STRING);
}

bool json_is_integer(const struct json *j)
{
    return is(j, JSON_INTEGER);
}

bool json_is_number(const struct json *j)
{
    return is(j, JSON_INTEGER) || is(j, JSON_REAL);
}

bool json_is_bool(const struct json *j)
{
    return is(j, JSON_TRUE) || is(j, JSON_FALSE);
}

bool json_is_null(const struct json *j)
{
    return is(j, JSON_NULL);
}

const struct json *json_get(const struct json *j, const char *key)
{
    const struct json *value = wrap(json_object_get(raw(j), key));

    return json_is_null(value) ? NULL : value;
}

size_t json_count(const struct json *j)
{
    return json_array_size(raw(j));
}

const struct json *json_at(const struct json *j, size_t i)
{
    return wrap(json_array_get(raw(j), i));
}

const struct json *json_next(const struct json *object, void **iter, const char **key)
{
    *iter = *iter ? json_object_iter_next(raw(object), *iter) : json_object_iter(raw(object));
    *key = json_object_iter_key(*iter);
    return wrap(json_object_iter_value(*iter));
}

const char *json_string_of(const struct json *j)
{
    return json_string_value(raw(j));
}

int64_t json_integer_value_or(const struct json *j, int64_t otherwise)
{
    return json_is_integer(j) ? json_integer_value(raw(j)) : otherwise;
}

double json_real_value_or(const struct json *j, double otherwise)
{
    return json_is_number(j) ? json_number_value(raw(j)) : otherwise;
}

bool json_bool_value(const struct json *j, bool otherwise)
{
    return json_is_bool(j) ? is(j, JSON_TRUE) : otherwise;
}

const char *json_get_string(const struct json *object, const char *key)
{
    return json_string_of(json_get(object, key));
}

int json_need_string(const struct json *object, const char *key, const char **out, struct err *err)
{
    const char *s = json_get_string(object, key);

    if (!s)
        return err_set(err, ERR_FAIL, "member \"%s\": %s", key,
                       json_get(object, key) ? "is no string" : "is missing");
    *out = s;
    return 0;
}

int64_t json_get_integer(const struct json *object, const char *key, int64_t otherwise)
{
    return json_integer_value_or(json_get(object, key), otherwise);
}

bool json_get_bool(const struct json *object, const char *key, bool otherwise)
{
    return json_bool_value(json_get(object, key), otherwise);
}

bool json_get_text(const struct json *object, const char *key, char *out, size_t size)
{
    const char *s = json_get_string(object, key);
    return s && text_copy(out, size, s);
}

bool json_get_hex(const struct json *object, const char *key, void *out, size_t size)
{
    const char *s = json_get_string(object, key);
    return s && text_hex_decode(s, out, size);
}

bool json_get_time(const struct json *object, const char *key, int64_t *out_unix_s)
{
    const char *s = json_get_string(object, key);
    struct err ignored = {0};
    return s && text_time_parse(s, out_unix_s, &ignored) == 0;
}

/* ---- writing ---- */

struct json *json_new_object(void)
{
    return wrap(json_object());
}

struct json *json_new_array(void)
{
    return wrap(json_array());
}

/* A value on its way into a container: its own mark moves to the container. */
static json_t *hand_over(json_t *container, struct json *value)
{
    if (!value || is_marked(raw(value))) {
        unmark(raw(value));
        mark(container);
    }
    return raw(value);
}

void json_put(struct json *object, const char *key, struct json *value)
{
    json_t *o = raw(object), *v = hand_over(o, value);

    if (v && json_object_set_new(o, key, v))
        mark(o);
}

void json_append(struct json *array, struct json *value)
{
    json_t *a = raw(array), *v = hand_over(a, value);

    if (v && json_array_append_new(a, v))
        mark(a);
}

/* A string value of foreign bytes; NULL when out of memory. */
static json_t *new_string(const char *s)
{
    size_t len = strlen(s);
    struct buf clean = BUF_INIT(len);
    json_t *j = json_string(s); /* NULL as well when the bytes are no UTF-8 */

    if (j)
        return j;
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        n = text_utf8(s + i, len - i);
        buf_add(&clean, n ? s + i : "?", n ? n : 1);
    }
    if (!clean.failed)
        j = json_stringn(buf_str(&clean), clean.len);
    buf_clear(&clean);
    return j;
}

void json_put_string(struct json *object, const char *key, const char *s)
{
    json_put(object, key, wrap(s ? new_string(s) : json_null()));
}

void json_append_string(struct json *array, const char *s)
{
    json_append(array, wrap(s ? new_string(s) : json_null()));
}

void json_put_integer(struct json *object, const char *key, int64_t v)
{
    json_put(object, key, wrap(json_integer(v)));
}

void json_put_bool(struct json *object, const char *key, bool v)
{
    json_put(object, key, wrap(v ? json_true() : json_false()));
}

void json_put_null(struct json *object, const char *key)
{
    json_put(object, key, wrap(json_null()));
}

void json_put_time(struct json *object, const char *key, int64_t unix_s)
{
    char text[21];

    if (unix_s == 0) {
        json_put_null(object, key);
        return;
    }
    text_time(unix_s, text);
    json_put_string(object, key, text);
}

struct json *json_copy_of(const struct json *j)
{
    return j && !has_failed(raw(j)) ? wrap(json_deep_copy(raw(j))) : NULL;
}

static int add_piece(const char *p, size_t len, void *user)
{
    struct buf *out = user;

    buf_add(out, p, len);
    return out->failed ? -1 : 0;
}

int json_text(const struct json *j, enum json_style style, struct buf *out, struct err *err)
{
    size_t flags = style == JSON_PRETTY ? JSON_INDENT(2) : DUMP_COMPACT;

    if (!j || has_failed(raw(j)))
        return err_set(err, ERR_FAIL, "JSON: out of memory");
    if (json_dump_callback(raw(j), add_piece, out, flags | JSON_ENCODE_ANY) && !out->failed)
        return err_set(err, ERR_FAIL, "JSON: cannot be written");
    return buf_check(out, "JSON", err);
}
