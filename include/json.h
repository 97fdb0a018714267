/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - reading and writing JSON. The only door to the JSON library.
 *
 * Reading: json_parse takes foreign text with caps on size and depth; duplicate keys, U+0000 and
 * trailing text are refused. Getters never fail on unknown fields; a required field that is
 * missing or of the wrong type sets err with its name. Borrowed pointers (`const`) live as long
 * as the root.
 *
 * Writing: json_new_* make values, json_put* move them into a parent. A failed allocation makes
 * the root failed, which json_text reports; so callers build without checking each step.
 */
#ifndef RRAS_JSON_H
#define RRAS_JSON_H

#include "buf.h"

struct json; /* opaque */

enum { JSON_MAX_DEPTH = 32 };

/* *out is the caller's (json_free). `what` names the source in errors. ERR_FAIL on bad text;
 * the text tells line and column. */
int json_parse(struct json **out, const char *text, size_t len, const char *what,
               struct err *err) MUST_CHECK;
void json_free(struct json *j);

bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
bool json_is_string(const struct json *j);
bool json_is_integer(const struct json *j);
bool json_is_number(const struct json *j);
bool json_is_bool(const struct json *j);
bool json_is_null(const struct json *j);

/* The member, or NULL: absent, null, or j is no object. */
const struct json *json_get(const struct json *j, const char *key);
size_t json_count(const struct json *j); /* elements of an array, 0 otherwise */
const struct json *json_at(const struct json *j, size_t i);
/* Members of an object in text order: *key is NULL at the end. Start with *iter = NULL. */
const struct json *json_next(const struct json *object, void **iter, const char **key);

const char *json_string_of(const struct json *j); /* NULL if it is no string */
int64_t json_integer_value_or(const struct json *j, int64_t otherwise);
double json_real_value_or(const struct json *j, double otherwise); /* integers too */
bool json_bool_value(const struct json *j, bool otherwise);
/* Member shortcuts. */
const char *json_get_string(const struct json *object, const char *key); /* NULL if not there */
int json_need_string(const struct json *object, const char *key, const char **out,
                     struct err *err) MUST_CHECK;
int64_t json_get_integer(const struct json *object, const char *key, int64_t otherwise);
bool json_get_bool(const struct json *object, const char *key, bool otherwise);
/* Members of a fixed form into the caller's memory; false when it is not there, is not of that form
 * or does not fit: then *out holds nothing of use. Text with its NUL within size; hex of exactly
 * size bytes; RFC 3339 as Unix seconds. */
bool json_get_text(const struct json *object, const char *key, char *out, size_t size);
bool json_get_hex(const struct json *object, const char *key, void *out, size_t size);
bool json_get_time(const struct json *object, const char *key, int64_t *out_unix_s);

struct json *json_new_object(void);
struct json *json_new_array(void);
/* The put functions own `value` from the call on (so fill a container first, then put it), and take
 * NULL as "failed". Strings are copied; a NULL string is written as null; bytes that are no UTF-8
 * become '?'. An object keeps one value for a key: the one put last. */
void json_put(struct json *object, const char *key, struct json *value);
void json_put_string(struct json *object, const char *key, const char *s);
void json_put_integer(struct json *object, const char *key, int64_t v);
void json_put_bool(struct json *object, const char *key, bool v);
void json_put_null(struct json *object, const char *key);
/* RFC 3339; 0 is written as null. */
void json_put_time(struct json *object, const char *key, int64_t unix_s);
void json_append(struct json *array, struct json *value);
void json_append_string(struct json *array, const char *s);
struct json *json_copy_of(const struct json *j);

enum json_style { JSON_COMPACT, JSON_PRETTY };
/* Appends the text to out (members in the order they were put). */
int json_text(const struct json *j, enum json_style style, struct buf *out,
              struct err *err) MUST_CHECK;

#endif
