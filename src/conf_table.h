/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_table.h - the table of all configuration keys. Reading, defaults, bounds, error texts and
 * the JSON schema come from it; a new key is one line here and one member of struct conf.
 */
#ifndef RRAS_CONF_TABLE_H
#define RRAS_CONF_TABLE_H

#include "conf.h"
#include "conf_errors.h"
#include "json.h"

#include <stddef.h>

/* What one file over another amounts to. */
struct conf_build {
    struct conf conf;
    struct {
        bool given;
        enum log_level level;
        char *file;
        enum conf_log_format format;
        int max_mib, keep;
    } log;
    struct conf_notify notify[CONF_NOTIFY_MAX]; /* the table speaks of the first */
    size_t notify_count;
    bool notify_broken; /* has an error */
};

enum conf_type {
    CONF_T_OBJECT,    /* holds the keys whose path begins with its own; list: up to max of them */
    CONF_T_IGNORED,   /* for editors; not stored */
    CONF_T_ANY,       /* of the contract, contents not known to this version */
    CONF_T_WORD,      /* one of `words`: an enum */
    CONF_T_BOOL,      /* bool */
    CONF_T_INT,       /* int from min to max; null allowed = -1 if `nullable` */
    CONF_T_MS,        /* duration, int64_t milliseconds; min and max, too */
    CONF_T_S,         /* duration, int64_t seconds; min and max, too */
    CONF_T_RENEW,     /* "auto" or a duration: conf.renew */
    CONF_T_DIRECTORY, /* preset or URL: conf.acme.directory and directory_name */
    /* The rest are strings (char *), or with `list` struct strings. */
    CONF_T_TEXT,
    CONF_T_EMAIL,
    CONF_T_FILE,     /* path of a file that is there */
    CONF_T_SECRET,   /* the same, or "env:NAME" */
    CONF_T_OUT_FILE, /* path of a file to write */
    CONF_T_COMMAND,  /* list: a program's path and its arguments */
    CONF_T_CERT_NAME,
    CONF_T_DOMAIN,  /* DNS name, underscores allowed; stored lower-case, no final dot */
    CONF_T_SERVER,  /* name or address, stored with its port (53 if none is given) */
    CONF_T_ADDRESS, /* the same, addresses only */
    CONF_T_IP,
    CONF_T_URL,       /* https, stored without final slash */
    CONF_T_URL_PLAIN, /* the same, or http at a loopback address */
    CONF_T_WINDOW,    /* "Mon-Fri 23:30-01:00", as in window.h */
    CONF_T_CA_URL,    /* https, stored to the letter: of an ACME directory */
    CONF_T_MAIL_URL,  /* smtp:// or smtps:// with a host, and a port or none */
    CONF_T_HOOK_URL,  /* https, stored to the letter: of a webhook */
};

struct conf_word { /* the last one has no word */
    const char *word;
    int value;
};

struct conf_key {
    const char *path; /* dotted; NULL ends the table */
    const char *help; /* for the schema */
    enum conf_type type;
    bool list;
    bool shared; /* in rras-acme.json only */
    bool nullable;
    int64_t min, max;      /* of the number, or of a duration in the unit of its type */
    const char *otherwise; /* the default as JSON; NULL = none */
    const struct conf_word *words;
    size_t at; /* in struct conf_build */
};

/* Members of an object follow it. */
extern const struct conf_key conf_keys[];

struct conf_preset { /* a CA; the last one has no name */
    const char *name, *url;
};
extern const struct conf_preset conf_presets[];

/* NULL if there is no such key. */
const struct conf_key *conf_key_find(const char *path);
/* The last part of the key's path. */
const char *conf_key_last(const struct conf_key *k);
/* What is typed wrong has a distance (text_distance) below this from what is meant. */
unsigned conf_near_limit(const char *s);
/* For an unknown word: the nearest of those that this version supports, or NULL. */
const char *conf_nearest_word(const struct conf_word *words, const char *s);
/* Appends "rras, none": those this version supports. */
void conf_words_text(const struct conf_word *words, struct buf *out);
/* Appends what a value of the key must be: "a whole number from 1 to 65535". */
void conf_key_expects(const struct conf_key *k, struct buf *out);

/* ---- conf_value.c: a value into its place. base = folder of relative paths; err's text is what is
 * wrong, without the key ---- */
int conf_value_set(struct conf_build *out, const struct conf_key *k, const struct json *value,
                   const char *base, struct err *err) MUST_CHECK;
/* A list: begin, add each element to a list of your own, set (which takes it over). */
int conf_list_begin(const struct conf_key *k, const struct json *value, struct err *err) MUST_CHECK;
int conf_list_add(struct strings *list, const struct conf_key *k, const struct json *value,
                  const char *base, struct err *err) MUST_CHECK;
void conf_list_set(struct conf_build *out, const struct conf_key *k, struct strings *list);
void conf_build_clear(struct conf_build *b);

/* ---- conf_string.c: a string in its canonical form; *out is the caller's ---- */
int conf_value_text(char **out, enum conf_type type, const char *s, const char *base,
                    struct err *err) MUST_CHECK;

#endif
