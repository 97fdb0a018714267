/* SPDX-License-Identifier: Apache-2.0 */
/* conf_value.c - one value of a configuration file into its place in struct conf_build. */
#include "conf_table.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_MAX_BYTES = 500 }; /* fits struct name_state */

/* The enums of struct conf are written as int. */
_Static_assert(sizeof(enum conf_provider) == sizeof(int), "enums have the size of int");
_Static_assert(sizeof(enum key_type) == sizeof(int), "enums have the size of int");
_Static_assert(sizeof(enum log_level) == sizeof(int), "enums have the size of int");

static void *place(struct conf_build *out, const struct conf_key *k)
{
    return (char *)out + k->at;
}

static const char *kind_name(const struct json *v)
{
    if (!v || json_is_null(v))
        return "null";
    if (json_is_object(v))
        return "an object";
    if (json_is_array(v))
        return "a list";
    if (json_is_string(v))
        return "a string";
    return json_is_bool(v) ? "true or false" : "a number";
}

static int wrong_type(const struct conf_key *k, const struct json *v, struct err *err)
{
    struct buf want = BUF_INIT(1024);

    conf_key_expects(k, &want);
    err_set(err, ERR_USAGE, "is %s, must be %s", kind_name(v), buf_str(&want));
    buf_clear(&want);
    return -1;
}

static void replace(char **at, char *s)
{
    free(*at);
    *at = s;
}

static const struct conf_word *word_find(const struct conf_word *words, const char *s)
{
    for (; words->word; words++)
        if (strcmp(words->word, s) == 0)
            return words;
    return NULL;
}

/* *out is the word's entry. */
static int check_word(const struct conf_key *k, const char *s, const struct conf_word **out,
                      struct err *err)
{
    const struct conf_word *w = word_find(k->words, s);
    const char *nearest = conf_nearest_word(k->words, s);
    struct buf all = BUF_INIT(1024);
    int result = -1;

    conf_words_text(k->words, &all);
    if (!w && nearest)
        err_set(err, ERR_USAGE, "\"%.80s\" is not known; allowed: %s; did you mean \"%s\"?", s,
                buf_str(&all), nearest);
    else if (!w)
        err_set(err, ERR_USAGE, "\"%.80s\" is not known; allowed: %s", s, buf_str(&all));
    else
        result = (*out = w, 0);
    buf_clear(&all);
    return result;
}

static int set_word(struct conf_build *out, const struct conf_key *k, const char *s,
                    struct err *err)
{
    const struct conf_word *w;
    char *copy = NULL;

    if (check_word(k, s, &w, err))
        return -1;
    if (k->type == CONF_T_WORD)
        memcpy(place(out, k), &w->value, sizeof w->value);
    else if (text_dup(&copy, s, err))
        return -1;
    else
        replace(place(out, k), copy);
    return 0;
}

static int set_int(struct conf_build *out, const struct conf_key *k, const struct json *v,
                   struct err *err)
{
    struct buf want = BUF_INIT(256);
    int64_t n = json_integer_value_or(v, -1);
    int stored = (int)n;

    if (k->nullable && (!v || json_is_null(v))) {
        stored = -1;
    } else if (!json_is_integer(v)) {
        return wrong_type(k, v, err);
    } else if (n < k->min || n > k->max) {
        conf_key_expects(k, &want);
        err_set(err, ERR_USAGE, "%lld is out of range; allowed: %s", (long long)n, buf_str(&want));
        buf_clear(&want);
        return -1;
    }
    memcpy(place(out, k), &stored, sizeof stored);
    return 0;
}

static int read_duration(const struct conf_key *k, const char *s, int64_t *out, struct err *err)
{
    int64_t ms, unit_ms = k->type == CONF_T_MS ? 1 : 1000;
    struct buf want = BUF_INIT(256);
    struct err e = {0};

    if (text_duration_ms(s, &ms, &e)) {
        conf_key_expects(k, &want);
        err_set(err, ERR_USAGE, "\"%.80s\" is no duration; allowed: %s", s, buf_str(&want));
    } else if (ms < k->min * unit_ms || ms > k->max * unit_ms) {
        conf_key_expects(k, &want);
        err_set(err, ERR_USAGE, "\"%.80s\" is out of range; allowed: %s", s, buf_str(&want));
    } else {
        *out = (ms + unit_ms - 1) / unit_ms;
    }
    buf_clear(&want);
    return err_is_set(err) ? -1 : 0;
}

static int set_duration(struct conf_build *out, const struct conf_key *k, const char *s,
                        struct err *err)
{
    int64_t n;

    if (read_duration(k, s, &n, err))
        return -1;
    memcpy(place(out, k), &n, sizeof n);
    return 0;
}

static int set_renew(struct conf_build *out, const struct conf_key *k, const char *s,
                     struct err *err)
{
    int64_t before_s = 0;

    if (strcmp(s, "auto") != 0 && read_duration(k, s, &before_s, err))
        return -1;
    out->conf.renew.automatic = before_s == 0;
    out->conf.renew.before_s = before_s;
    return 0;
}

/* Buypass ended its ACME service: last certificates on 31 October 2025. */
static bool is_buypass(const char *s)
{
    return strstr(s, "buypass") != NULL;
}

static int check_url(const char *s, struct err *err)
{
    const char *host = s + strlen("https://");
    size_t host_bytes;

    if (text_starts(s, "http://"))
        return err_set(err, ERR_USAGE, "\"%.200s\": a directory is asked over https only", s);
    host_bytes = strcspn(host, "/?#");
    if (memchr(host, '@', host_bytes)) /* not repeated here: it may be a password */
        return err_set(err, ERR_USAGE, "a URL with a user name is no ACME directory");
    if (!host_bytes || *host == ':' || strpbrk(s, " \\\"<>#"))
        return err_set(err, ERR_USAGE, "\"%.200s\" is no URL of an ACME directory", s);
    if (strlen(s) > DIRECTORY_MAX_BYTES)
        return err_set(err, ERR_USAGE, "is longer than %d bytes", DIRECTORY_MAX_BYTES);
    for (; *s; s++)
        if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7F)
            return err_set(err, ERR_USAGE, "a URL has plain ASCII characters only");
    return 0;
}

static int unknown_directory(const char *s, struct err *err)
{
    struct conf_word words[16] = {{NULL, 0}};
    struct buf all = BUF_INIT(512);
    const char *nearest;
    size_t n = 0;

    for (; conf_presets[n].name && n + 1 < sizeof words / sizeof *words; n++)
        words[n] = (struct conf_word){conf_presets[n].name, 0};
    nearest = conf_nearest_word(words, s);
    conf_words_text(words, &all);
    err_set(err, ERR_USAGE, "\"%.80s\" is not known; allowed: an https URL, %s%s%s%s", s,
            buf_str(&all), nearest ? "; did you mean \"" : "", nearest ? nearest : "",
            nearest ? "\"?" : "");
    buf_clear(&all);
    return -1;
}

static int set_directory(struct conf_build *out, const char *s, struct err *err)
{
    const struct conf_preset *p = conf_presets;
    char *name = NULL, *url = NULL;

    while (p->name && strcmp(p->name, s) != 0)
        p++;
    if (is_buypass(s))
        return err_set(err, ERR_USAGE,
                       "\"%.200s\": Buypass ended its ACME service in October 2025; choose another "
                       "CA",
                       s);
    if (!p->name && !text_starts(s, "http://") && !text_starts(s, "https://"))
        return unknown_directory(s, err);
    if (!p->name && check_url(s, err))
        return -1;
    if (text_dup(&name, s, err) || text_dup(&url, p->name ? p->url : s, err)) {
        free(name);
        return -1;
    }
    replace(&out->conf.acme.directory_name, name);
    replace(&out->conf.acme.directory, url);
    return 0;
}

static int set_ca_url(struct conf_build *out, const struct conf_key *k, const char *s,
                      struct err *err)
{
    char *url = NULL;

    if (!text_starts(s, "http://") && !text_starts(s, "https://"))
        return err_set(err, ERR_USAGE, "\"%.200s\" is no URL of an ACME directory", s);
    if (check_url(s, err) || text_dup(&url, s, err))
        return -1;
    replace(place(out, k), url);
    return 0;
}

static int set_text(struct conf_build *out, const struct conf_key *k, const char *s,
                    const char *base, struct err *err)
{
    char *text = NULL;

    if (conf_value_text(&text, k->type, s, base, err))
        return -1;
    replace(place(out, k), text);
    return 0;
}

/* The types that are written as JSON strings. */
static int set_string(struct conf_build *out, const struct conf_key *k, const char *s,
                      const char *base, struct err *err)
{
    if (k->words)
        return set_word(out, k, s, err);
    switch (k->type) {
    case CONF_T_IGNORED:
        return 0;
    case CONF_T_MS:
    case CONF_T_S:
        return set_duration(out, k, s, err);
    case CONF_T_RENEW:
        return set_renew(out, k, s, err);
    case CONF_T_DIRECTORY:
        return set_directory(out, s, err);
    case CONF_T_CA_URL:
        return set_ca_url(out, k, s, err);
    default:
        return set_text(out, k, s, base, err);
    }
}

int conf_value_set(struct conf_build *out, const struct conf_key *k, const struct json *value,
                   const char *base, struct err *err)
{
    const char *s = json_string_of(value);
    bool truth;

    switch (k->type) {
    case CONF_T_ANY:
        return 0;
    case CONF_T_OBJECT:
        return wrong_type(k, value, err); /* its members are set one by one */
    case CONF_T_INT:
        return set_int(out, k, value, err);
    case CONF_T_BOOL:
        if (!json_is_bool(value))
            return wrong_type(k, value, err);
        truth = json_bool_value(value, false);
        memcpy(place(out, k), &truth, sizeof truth);
        return 0;
    default:
        return s ? set_string(out, k, s, base, err) : wrong_type(k, value, err);
    }
}

static int list_full(const struct conf_key *k, size_t n, struct err *err)
{
    if ((int64_t)n < k->min)
        return err_set(err, ERR_USAGE, "is an empty list");
    if ((int64_t)n > k->max)
        return err_set(err, ERR_USAGE, "has %zu entries, allowed are %lld", n, (long long)k->max);
    return 0;
}

int conf_list_begin(const struct conf_key *k, const struct json *value, struct err *err)
{
    if (!json_is_array(value))
        return wrong_type(k, value, err);
    return list_full(k, json_count(value), err);
}

static bool has(const struct strings *list, const char *s)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], s) == 0)
            return true;
    return false;
}

int conf_list_add(struct strings *list, const struct conf_key *k, const struct json *value,
                  const char *base, struct err *err)
{
    enum conf_type type = k->type;
    const struct conf_word *word;
    const char *s = json_string_of(value);
    char *text = NULL;
    int result = -1;

    if (!s)
        return err_set(err, ERR_USAGE, "is %s, must be a string in double quotes",
                       kind_name(value));
    if (type == CONF_T_COMMAND && list->n == 0)
        type = CONF_T_FILE; /* the program itself */
    if (k->words && check_word(k, s, &word, err))
        return -1;
    if (conf_value_text(&text, type, s, base, err))
        return -1;
    if (k->type != CONF_T_COMMAND && has(list, text))
        err_set(err, ERR_USAGE, "\"%s\" is in the list twice", text);
    else
        result = strings_add(list, text, err);
    free(text);
    return result;
}

void conf_list_set(struct conf_build *out, const struct conf_key *k, struct strings *list)
{
    struct strings *at = place(out, k);

    strings_clear(at);
    *at = *list;
    *list = (struct strings){0};
}

void conf_notify_clear(struct conf_notify *n)
{
    strings_clear(&n->on);
    strings_clear(&n->to);
    free(n->smtp);
    free(n->from);
    free(n->user);
    free(n->password_file);
    free(n->webhook);
    free(n->webhook_file);
    free(n->format);
    free(n->ca_file);
    *n = (struct conf_notify){0};
}

void conf_build_clear(struct conf_build *b)
{
    conf_clear(&b->conf);
    free(b->log.file);
    for (size_t i = 0; i < CONF_NOTIFY_MAX; i++)
        conf_notify_clear(&b->notify[i]);
    *b = (struct conf_build){0};
}
