/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c - built-in defaults, the shared file and a certificate's own file, one over the other. */
#include "conf_parts.h"

#include "os.h"
#include "text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_BYTES = 256, KEY_MAX_BYTES = 64, MESSAGE_MAX_BYTES = 1024 };
/* What "in another object" weighs: less than two letters, more than one. */
enum { LETTER = 2 * PATH_MAX_BYTES, ELSEWHERE = LETTER + 1 };

/* One file being read. */
struct reader {
    struct conf_build *out;
    const struct conf_doc *doc;
    const char *base; /* folder of relative paths */
    bool shared;
    size_t shift; /* of what is stored, inside of a list of objects */
    struct conf_errors *errors;
};

/* A value of it. */
struct spot {
    const struct conf_key *key;
    size_t node;
    const struct json *value;
};

static void tell(const struct reader *r, size_t at, const char *path, const char *text)
{
    struct conf_place place = conf_doc_place(r->doc, at);

    conf_errors_add(r->errors, &place, "%s: %s", path, text);
}

/* ---- unknown keys ---- */

static size_t common_bytes(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

static bool is_child(const struct conf_key *k, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(k->path, prefix, n) == 0 && !strchr(k->path + n, '.');
}

/* The nearest key, with some preference for the same object; of those in other objects the one
 * whose path has most in common. NULL if none is near. */
static const struct conf_key *nearest_key(const char *prefix, const char *key, bool shared)
{
    const struct conf_key *best = NULL;
    unsigned limit = conf_near_limit(key), best_score = UINT_MAX;

    for (const struct conf_key *k = conf_keys; k->path; k++) {
        unsigned d = text_distance(key, conf_key_last(k), limit), score;
        if (d >= limit || (k->shared && !shared))
            continue;
        score = d * LETTER;
        if (!is_child(k, prefix))
            score += ELSEWHERE + PATH_MAX_BYTES - (unsigned)common_bytes(k->path, prefix);
        if (score < best_score) {
            best_score = score;
            best = k;
        }
    }
    return best;
}

static void unknown_key(const struct reader *r, size_t node, const char *prefix, const char *key)
{
    const struct conf_key *k = conf_key_find(key), *near = NULL;
    struct buf text = BUF_INIT(MESSAGE_MAX_BYTES), path = BUF_INIT(MESSAGE_MAX_BYTES);

    buf_addf(&path, "%s%s", prefix, key);
    buf_puts(&text, "unknown key");
    if (k && strchr(key, '.')) {
        buf_addf(&text, "; \"%s\" stands inside the braces of \"%.*s\"", conf_key_last(k),
                 (int)(conf_key_last(k) - 1 - k->path), k->path);
    } else {
        near = nearest_key(prefix, key, r->shared);
        if (near)
            buf_addf(&text, "; did you mean \"%s\"?",
                     is_child(near, prefix) ? conf_key_last(near) : near->path);
    }
    tell(r, r->doc->node[node].key - 1, buf_str(&path), buf_str(&text));
    buf_clear(&text);
    buf_clear(&path);
}

/* ---- values ---- */

static void read_list(const struct reader *r, const struct spot *s)
{
    struct strings list = {0};
    struct err e = {0};
    size_t i = 0;
    bool good = true;

    if (conf_list_begin(s->key, s->value, &e)) {
        tell(r, r->doc->node[s->node].at, s->key->path, e.text);
        return;
    }
    for (size_t n = r->doc->node[s->node].child; n; n = r->doc->node[n].next, i++) {
        struct buf path = BUF_INIT(PATH_MAX_BYTES);
        err_clear(&e);
        if (conf_list_add(&list, s->key, json_at(s->value, i), r->base, &e)) {
            buf_addf(&path, "%s[%zu]", s->key->path, i);
            tell(r, r->doc->node[n].at, buf_str(&path), e.text);
            good = false;
        }
        buf_clear(&path);
        if (!good && s->key->type == CONF_T_COMMAND)
            break; /* what is behind a missing program is no program */
    }
    if (good)
        conf_list_set(r->out, s->key, &list);
    strings_clear(&list);
}

static void read_single(const struct reader *r, const struct spot *s)
{
    struct err e = {0};

    if (conf_value_set(r->out, s->key, s->value, r->base, &e) != 0)
        tell(r, r->doc->node[s->node].at, s->key->path, e.text);
}

static void read_object(const struct reader *r, size_t node, const struct json *object,
                        const char *prefix);

/* "notify": each object into the next place of its array. */
static void read_objects(const struct reader *r, const struct spot *s, const char *prefix)
{
    struct conf_place place = conf_doc_place(r->doc, r->doc->node[s->node].at);
    struct reader one = *r;
    size_t n = 0, count = json_count(s->value);

    if ((int64_t)count > s->key->max) {
        conf_errors_add(r->errors, &place, "%s: has %zu entries, allowed are %lld", s->key->path,
                        count, (long long)s->key->max);
        return;
    }
    for (size_t i = r->doc->node[s->node].child; i; i = r->doc->node[i].next, n++) {
        const struct json *element = json_at(s->value, n);
        one.shift = n * sizeof(struct conf_notify);
        if (json_is_object(element))
            read_object(&one, i, element, prefix);
        else
            tell(r, r->doc->node[i].at, s->key->path, "an object in braces is expected here");
    }
    r->out->notify_count = n;
}

static void read_value(const struct reader *r, const struct spot *s)
{
    char prefix[PATH_MAX_BYTES];

    if (s->key->type == CONF_T_OBJECT && s->key->list && json_is_array(s->value)) {
        snprintf(prefix, sizeof prefix, "%s.", s->key->path);
        read_objects(r, s, prefix);
        return;
    }
    if (s->key->type == CONF_T_OBJECT && !s->key->list && json_is_object(s->value)) {
        snprintf(prefix, sizeof prefix, "%s.", s->key->path);
        read_object(r, s->node, s->value, prefix);
        return;
    }
    if (s->key->list && s->key->type != CONF_T_OBJECT)
        read_list(r, s);
    else
        read_single(r, s);
}

static void read_member(const struct reader *r, size_t node, const struct json *object,
                        const char *prefix)
{
    const struct conf_node *n = &r->doc->node[node];
    struct spot s = {NULL, node, NULL};
    char key[KEY_MAX_BYTES] = "", path[PATH_MAX_BYTES];

    memcpy(key, r->doc->text + n->key, n->key_bytes < sizeof key ? n->key_bytes : sizeof key - 1);
    snprintf(path, sizeof path, "%s%s", prefix, key);
    if (n->key_bytes < sizeof key && !strchr(key, '.')) /* a dotted key is not a path */
        s.key = conf_key_find(path);
    if (!s.key) {
        unknown_key(r, node, prefix, key);
    } else if (s.key->shared && !r->shared) {
        tell(r, n->key - 1, path, "belongs into rras-acme.json");
    } else {
        struct conf_key key_here = *s.key;
        key_here.at += r->shift;
        size_t before = conf_errors_count(r->errors);
        s.value = json_get(object, key);
        s.key = &key_here;
        read_value(r, &s);
        if (strcmp(path, "notify") == 0 && conf_errors_count(r->errors) > before)
            r->out->notify_broken = true;
    }
}

static void read_object(const struct reader *r, size_t node, const struct json *object,
                        const char *prefix)
{
    for (size_t n = r->doc->node[node].child; n; n = r->doc->node[n].next)
        read_member(r, n, object, prefix);
}

/* ---- built-in defaults ---- */

static int default_list(struct conf_build *out, const struct conf_key *k, const struct json *value,
                        struct err *err)
{
    struct strings list = {0};
    int result = 0;

    for (size_t i = 0; i < json_count(value) && !result; i++)
        result = conf_list_add(&list, k, json_at(value, i), ".", err);
    if (!result)
        conf_list_set(out, k, &list);
    strings_clear(&list);
    return result;
}

static int default_one(struct conf_build *out, const struct conf_key *k, struct err *err)
{
    struct json *value = NULL;
    struct buf text = BUF_INIT(MESSAGE_MAX_BYTES);
    int result = -1;

    buf_addf(&text, "[%s]", k->otherwise); /* a text that is JSON by itself is a list or object */
    if (buf_check(&text, k->path, err) || json_parse(&value, text.p, text.len, k->path, err))
        goto done;
    if (k->list)
        result = default_list(out, k, json_at(value, 0), err);
    else
        result = conf_value_set(out, k, json_at(value, 0), ".", err);
done:
    json_free(value);
    buf_clear(&text);
    return result;
}

static void read_defaults(struct conf_build *out, struct conf_errors *errors)
{
    static const struct conf_place built_in = {"built-in defaults", 0, 0, 0};

    for (const struct conf_key *k = conf_keys; k->path; k++) {
        struct err e = {0};
        if (k->otherwise && default_one(out, k, &e))
            conf_errors_add(errors, &built_in, "%s: %s", k->path, e.text);
    }
}

/* ---- files ---- */

/* -1 if the file could not be read at all. */
static int read_file(struct conf_build *out, const struct conf_text *text, struct conf_doc *doc,
                     unsigned order, struct conf_errors *errors)
{
    struct reader r = {.out = out, .doc = doc, .shared = order == 0, .errors = errors};
    struct conf_place whole = {text->file, order, 0, 0};
    struct err e = {0};
    char *base = NULL;

    if (conf_doc_open(doc, text, order, errors))
        return -1;
    if (os_path_dir(&base, text->file, &e)) {
        conf_errors_add(errors, &whole, "%s", e.text);
        return -1;
    }
    r.base = base;
    read_object(&r, 0, doc->root, "");
    out->log.given |= conf_doc_find(doc, "log") != 0;
    free(base);
    return 0;
}

void conf_build_read(struct conf_build *out, const struct conf_source *s,
                     struct conf_errors *errors)
{
    struct conf_doc shared = {0}, own = {0};
    bool whole = true;

    read_defaults(out, errors);
    if (s->shared && read_file(out, s->shared, &shared, 0, errors))
        whole = false;
    if (s->own && read_file(out, s->own, &own, s->order, errors))
        whole = false;
    if (s->own && whole) /* else what looks missing may be in the part that was not read */
        conf_check(&out->conf, &own, &shared, errors);
    conf_doc_clear(&shared);
    conf_doc_clear(&own);
}

int conf_read(struct conf *out, const char *name, const struct conf_text *defaults,
              const struct conf_text *own, struct buf *errors, struct err *err)
{
    struct conf_source source = {defaults, own, 1};
    struct conf_place place = {own->file, 1, 0, 0};
    struct conf_errors all = {0};
    struct conf_build b = {0};
    struct err e = {0};
    int result = -1;

    if (conf_name_check(name, &e))
        conf_errors_add(&all, &place, "%s", e.text);
    conf_build_read(&b, &source, &all);
    if (conf_errors_tell(&all, errors, err))
        goto done;
    if (text_dup(&b.conf.name, name, err) || text_dup(&b.conf.file, own->file, err))
        goto done;
    *out = b.conf;
    b.conf = (struct conf){0};
    result = 0;
done:
    conf_build_clear(&b);
    conf_errors_clear(&all);
    return result;
}

/* Every string and list has its line in the table. The table speaks of struct conf_build, whose
 * first member the conf is. */
void conf_clear(struct conf *c)
{
    _Static_assert(offsetof(struct conf_build, conf) == 0, "offsets of the table");
    for (const struct conf_key *k = conf_keys; k->path; k++) {
        void *at = (char *)c + k->at;
        if (k->shared || k->type < CONF_T_TEXT)
            continue;
        if (k->list)
            strings_clear(at);
        else
            free(*(char **)at);
    }
    free(c->name);
    free(c->file);
    free(c->acme.directory);
    free(c->acme.directory_name);
    *c = (struct conf){0};
}

struct zone_setting {
    const char *zone, *key;
};

static struct zone_setting zone_setting(const struct conf *c)
{
    switch (c->dns.provider) {
    case CONF_RFC2136:
        return (struct zone_setting){c->dns.rfc2136.zone, "dns.rfc2136.zone"};
    case CONF_POWERDNS:
        return (struct zone_setting){c->dns.powerdns.zone, "dns.powerdns.zone"};
    case CONF_CLOUDFLARE:
        return (struct zone_setting){c->dns.cloudflare.zone, "dns.cloudflare.zone"};
    case CONF_ROUTE53:
        return (struct zone_setting){c->dns.route53.zone, "dns.route53.zone"};
    case CONF_AZURE:
        return (struct zone_setting){c->dns.azure.zone, "dns.azure.zone"};
    case CONF_BUILTIN:
        return (struct zone_setting){c->dns.builtin.zone, "dns.builtin.zone"};
    default:
        return (struct zone_setting){NULL, NULL};
    }
}

const char *conf_dns_zone(const struct conf *c)
{
    return zone_setting(c).zone;
}

const char *conf_dns_zone_key(const struct conf *c)
{
    return zone_setting(c).key;
}

int conf_name_check(const char *name, struct err *err)
{
    static const struct {
        const char *word;
        bool digit; /* follows */
    } reserved[] = {{"con", false}, {"prn", false}, {"aux", false},
                    {"nul", false}, {"com", true},  {"lpt", true}};
    size_t len = strlen(name), stem = strcspn(name, ".");

    if (!len || len > 128 || name[0] == '.' || name[len - 1] == '.' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != len)
        return err_set(err, ERR_USAGE,
                       "\"%.80s\" cannot name a certificate: up to 128 lower-case letters, digits, "
                       "'.', '-' and '_', no '.' at either end",
                       name);
    /* Windows keeps these for devices, with any extension. */
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        bool digit = stem == 4 && strchr("0123456789", name[3]);
        if (strncmp(name, reserved[i].word, 3) == 0 && (reserved[i].digit ? digit : stem == 3))
            return err_set(err, ERR_USAGE,
                           "\"%s\" cannot name a certificate: Windows reserves it for a device",
                           name);
    }
    return 0;
}
