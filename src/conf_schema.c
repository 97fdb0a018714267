/* SPDX-License-Identifier: Apache-2.0 */
/* conf_schema.c - the table of keys as a JSON schema (draft 2020-12), for editors. */
#include "conf_table.h"

#include <string.h>

enum { TEXT_MAX_BYTES = 1024 };

static void put_default(struct json *j, const struct conf_key *k)
{
    struct buf text = BUF_INIT(TEXT_MAX_BYTES);
    struct json *list = NULL;
    struct err e = {0};

    buf_addf(&text, "[%s]", k->otherwise);
    if (json_parse(&list, buf_str(&text), text.len, k->path, &e))
        json_put(j, "default", NULL);
    else if (!json_at(list, 0) || json_is_null(json_at(list, 0)))
        json_put_null(j, "default");
    else
        json_put(j, "default", json_copy_of(json_at(list, 0)));
    json_free(list);
    buf_clear(&text);
}

static void put_words(struct json *j, const struct conf_word *words)
{
    struct json *list = json_new_array();

    for (; words->word; words++)
        json_append_string(list, words->word);
    json_put(j, "enum", list);
}

/* A preset's name or an https URL. */
static void put_directory(struct json *j)
{
    struct json *either = json_new_array(), *names = json_new_object(), *url = json_new_object();
    struct json *list = json_new_array();

    for (const struct conf_preset *p = conf_presets; p->name; p++)
        json_append_string(list, p->name);
    json_put(names, "enum", list);
    json_put_string(url, "pattern", "^https://");
    json_append(either, names);
    json_append(either, url);
    json_put_string(j, "type", "string");
    json_put(j, "anyOf", either);
}

static const char *pattern(enum conf_type type)
{
    switch (type) {
    case CONF_T_MS:
    case CONF_T_S:
        return "^[0-9]+(ms|s|m|h|d)$";
    case CONF_T_RENEW:
        return "^(auto|[0-9]+(ms|s|m|h|d))$";
    case CONF_T_EMAIL:
        return "^[^@ ]+@[^@ ]+$";
    case CONF_T_URL:
    case CONF_T_CA_URL:
    case CONF_T_HOOK_URL:
        return "^https://";
    case CONF_T_MAIL_URL:
        return "^smtps?://";
    case CONF_T_URL_PLAIN:
        return "^https?://";
    case CONF_T_WINDOW:
        return "^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))?|daily) "
               "[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$";
    default:
        return NULL;
    }
}

static void put_string(struct json *j, enum conf_type type)
{
    json_put_string(j, "type", "string");
    if (pattern(type))
        json_put_string(j, "pattern", pattern(type));
}

static void put_integer(struct json *j, const struct conf_key *k)
{
    struct json *either = json_new_array();

    json_append_string(either, "integer");
    if (k->nullable)
        json_append_string(either, "null");
    json_put(j, "type", either);
    json_put_integer(j, "minimum", k->min);
    json_put_integer(j, "maximum", k->max);
}

static void put_list(struct json *j, const struct conf_key *k)
{
    struct json *item = json_new_object();

    if (k->words)
        put_words(item, k->words);
    else
        put_string(item, k->type);
    json_put_string(j, "type", "array");
    json_put(j, "items", item);
    json_put_integer(j, "minItems", k->min);
    json_put_integer(j, "maxItems", k->max);
}

static void put_type(struct json *j, const struct conf_key *k)
{
    if (k->list) {
        put_list(j, k);
    } else if (k->words) {
        put_words(j, k->words);
    } else if (k->type == CONF_T_DIRECTORY) {
        put_directory(j);
    } else if (k->type == CONF_T_INT) {
        put_integer(j, k);
    } else if (k->type == CONF_T_BOOL) {
        json_put_string(j, "type", "boolean");
    } else if (k->type != CONF_T_ANY) {
        put_string(j, k->type);
    }
}

/* As far as an editor shows it: what it is, and what it may be. */
static void put_description(struct json *j, const struct conf_key *k)
{
    struct buf text = BUF_INIT(TEXT_MAX_BYTES);

    buf_puts(&text, k->help);
    if (k->type == CONF_T_MS || k->type == CONF_T_S || k->type == CONF_T_RENEW || k->list) {
        buf_puts(&text, ": ");
        conf_key_expects(k, &text);
    }
    json_put_string(j, "description", buf_str(&text));
    buf_clear(&text);
}

static bool is_child(const char *path, const char *prefix, size_t prefix_bytes)
{
    return strncmp(path, prefix, prefix_bytes) == 0 && !strchr(path + prefix_bytes, '.');
}

static void put_members(struct json *j, const char *prefix);

static void put_objects(struct json *j, const struct conf_key *k, const char *prefix)
{
    struct json *item = json_new_object();

    put_members(item, prefix);
    json_put_string(j, "type", "array");
    json_put(j, "items", item);
    json_put_integer(j, "maxItems", k->max);
}

/* Puts the members whose path is prefix and one more part. Objects nest three deep. */
static void put_members(struct json *j, const char *prefix)
{
    struct json *members = json_new_object();

    for (const struct conf_key *k = conf_keys; k->path; k++) {
        struct json *m;
        if (!is_child(k->path, prefix, strlen(prefix)))
            continue;
        m = json_new_object();
        put_description(m, k);
        if (k->type == CONF_T_OBJECT) {
            struct buf path = BUF_INIT(TEXT_MAX_BYTES);
            buf_addf(&path, "%s.", k->path);
            if (k->list)
                put_objects(m, k, buf_str(&path));
            else
                put_members(m, buf_str(&path));
            buf_clear(&path);
        } else {
            put_type(m, k);
        }
        if (k->otherwise)
            put_default(m, k);
        json_put(members, conf_key_last(k), m);
    }
    json_put_string(j, "type", "object");
    json_put(j, "properties", members);
    json_put_bool(j, "additionalProperties", false);
}

int conf_schema(struct buf *out, struct err *err)
{
    struct json *j = json_new_object();
    int result;

    json_put_string(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_put_string(j, "title", "rras-acme configuration");
    json_put_string(j, "description",
                    "rras-acme.json (defaults for all certificates) and conf.d/NAME.json");
    put_members(j, "");
    result = json_text(j, JSON_PRETTY, out, err);
    json_free(j);
    return result;
}
