/* SPDX-License-Identifier: Apache-2.0 */
/* conf_compose.c - a new configuration file, from settings by their dotted names. */
#include "conf_table.h"

#include "text.h"

#include <string.h>

enum { DEPTH_MAX = 4, VALUE_MAX_BYTES = 4096, INDENT = 2 };

const char *conf_key_help(const char *key)
{
    const struct conf_key *k = conf_key_find(key);

    return k && k->type != CONF_T_OBJECT ? k->help : NULL;
}

static int no_key(const char *key, struct err *err)
{
    return err_set(err, ERR_USAGE, "setting %.80s: there is no such key", key);
}

/* A text between quotes. */
static int put_text(struct buf *out, const char *text, size_t len, struct err *err)
{
    struct buf copy = BUF_INIT(VALUE_MAX_BYTES), quoted = BUF_INIT(6 * VALUE_MAX_BYTES);
    struct json *list = json_new_array();
    int rc;

    buf_add(&copy, text, len);
    json_append_string(list, buf_str(&copy));
    rc = json_text(list, JSON_COMPACT, &quoted, err);
    if (rc == 0 && quoted.len > 2)
        buf_add(out, quoted.p + 1, quoted.len - 2); /* without [ and ] */
    json_free(list);
    buf_clear(&copy);
    buf_clear(&quoted);
    return rc;
}

static int put_list(struct buf *out, const char *value, struct err *err)
{
    buf_putc(out, '[');
    for (const char *p = value;;) {
        size_t len = strcspn(p, ",");
        if (put_text(out, p, len, err))
            return -1;
        p += len;
        if (!*p)
            break;
        buf_puts(out, ", ");
        p += 1 + strspn(p + 1, " ");
    }
    buf_putc(out, ']');
    return 0;
}

static int put_value(struct buf *out, const struct conf_key *k, const char *value, struct err *err)
{
    bool digits = value[0] && !value[strspn(value, "0123456789")];

    if (k->list)
        return put_list(out, value, err);
    if (k->type == CONF_T_BOOL || k->type == CONF_T_INT) {
        bool fit = k->type == CONF_T_INT
                       ? digits || (k->nullable && strcmp(value, "null") == 0)
                       : strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
        if (!fit)
            return err_set(err, ERR_USAGE, "setting %s: %.80s is no %s", k->path, value,
                           k->type == CONF_T_INT ? "whole number" : "true or false");
        buf_puts(out, value);
        return 0;
    }
    return put_text(out, value, strlen(value), err);
}

/* ---- nesting ---- */

struct writer {
    struct buf *out;
    char open[DEPTH_MAX][64]; /* the objects that are open */
    size_t depth;
    bool first; /* of its object */
};

static void new_line(struct writer *w)
{
    buf_putc(w->out, '\n');
    for (size_t i = 0; i < INDENT * (w->depth + 1); i++)
        buf_putc(w->out, ' ');
}

static void new_member(struct writer *w)
{
    buf_puts(w->out, w->first ? "" : ",");
    w->first = false;
    new_line(w);
}

static void close_one(struct writer *w)
{
    w->depth--;
    new_line(w);
    buf_putc(w->out, '}');
    w->first = false;
}

/* Closes and opens objects until `path` is a member of the innermost; returns its last part. */
static const char *go_to(struct writer *w, const char *path)
{
    size_t at = 0, len;

    for (; at < w->depth; at++, path += len + 1) {
        len = strcspn(path, ".");
        if (!path[len] || strlen(w->open[at]) != len || strncmp(w->open[at], path, len) != 0)
            break;
    }
    while (w->depth > at)
        close_one(w);
    for (; strchr(path, '.') && w->depth < DEPTH_MAX; path += len + 1) {
        len = strcspn(path, ".");
        new_member(w);
        buf_addf(w->out, "\"%.*s\": {", (int)len, path);
        memcpy(w->open[w->depth], path, len);
        w->open[w->depth++][len] = '\0';
        w->first = true;
    }
    return path;
}

static int put_setting(struct writer *w, const struct conf_key *k, const char *value,
                       struct err *err)
{
    const char *last = go_to(w, k->path);

    new_member(w);
    buf_addf(w->out, "// %s", k->help);
    new_line(w);
    buf_addf(w->out, "\"%s\": ", last);
    return put_value(w->out, k, value, err);
}

static int put_names(struct writer *w, const struct strings *names, struct err *err)
{
    new_member(w);
    buf_puts(w->out, "\"names\": [");
    for (size_t i = 0; i < names->n; i++) {
        buf_puts(w->out, i ? ", " : "");
        if (put_text(w->out, names->v[i], strlen(names->v[i]), err))
            return -1;
    }
    buf_putc(w->out, ']');
    return 0;
}

int conf_compose(const struct strings *names, const struct conf_given *given, size_t n,
                 struct buf *out, struct err *err)
{
    struct writer w = {.out = out, .first = true};

    for (size_t i = 0; i < n; i++) {
        const struct conf_key *k = conf_key_find(given[i].key);
        if (strcmp(given[i].key, "names") == 0)
            return err_set(err, ERR_USAGE, "setting names: they are given without --set");
        if (!k || k->type == CONF_T_OBJECT || k->type == CONF_T_ANY || k->shared)
            return no_key(given[i].key, err);
    }
    buf_puts(out,
             "// Made by rras-acme init. What is left out here comes from rras-acme.json, or is "
             "built in:\n// rras-acme status --effective tells.\n{");
    new_member(&w);
    buf_puts(out, "\"$schema\": \"../rras-acme.schema.json\"");
    if (put_names(&w, names, err))
        return -1;
    for (const struct conf_key *k = conf_keys; k->path; k++)
        for (size_t i = n; i > 0; i--) { /* of one that is given twice the last */
            if (strcmp(given[i - 1].key, k->path) != 0)
                continue;
            if (put_setting(&w, k, given[i - 1].value, err))
                return -1;
            break;
        }
    while (w.depth > 0)
        close_one(&w);
    buf_puts(out, "\n}\n");
    return buf_check(out, "configuration", err);
}
