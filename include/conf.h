/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - the configuration: rras-acme.json (defaults, log, notify) and conf.d/NAME.json.
 *
 * One table (conf_table.c) names every key with its type, bounds, default and target; reading,
 * defaults, checking, the schema and the error texts come from it. All errors of all files are
 * reported together, each as
 *
 *     conf.d/vpn.json:7:5: dns.propogation: unknown key; did you mean "propagation"?
 */
#ifndef RRAS_CONF_H
#define RRAS_CONF_H

#include "crypto.h"
#include "log.h"

struct strings { /* a list of strings, owned */
    char **v;
    size_t n;
};

enum conf_challenge { CONF_DNS_01, CONF_DNS_ACCOUNT_01, CONF_DNS_PERSIST_01 };
enum conf_provider {                /* order of the names in conf_table.c */
                     CONF_DNS_NONE, /* not given */
                     CONF_ACME_DNS,
                     CONF_RFC2136,
                     CONF_CLOUDFLARE,
                     CONF_AZURE,
                     CONF_ROUTE53,
                     CONF_POWERDNS,
                     CONF_EXEC,
                     CONF_MANUAL,
                     CONF_BUILTIN
};
enum conf_policy { CONF_POLICY_ALL, CONF_POLICY_ANY, CONF_POLICY_NONE };
enum conf_target { CONF_TARGET_RRAS, CONF_TARGET_NONE };
enum conf_mode { CONF_TERMINATE, CONF_OFFLOAD };
enum conf_origin { CONF_SOURCE_ACME, CONF_SOURCE_BALANCER };
enum conf_binding { CONF_BINDING_REFUSE, CONF_BINDING_SHARE, CONF_BINDING_TAKEOVER };

/* Where a DNS provider's API is. */
struct conf_api {
    char *url;     /* without a final slash; NULL = not given */
    char *ca_file; /* roots to trust for it instead of the system's */
};

/* Of conf.key: RSA 2048, made in the machine's key provider (machine_key.h). */
enum { CONF_KEY_MACHINE = 100 };

/* One certificate's configuration, defaults merged in. All strings owned by the conf; NULL = not
 * given. Paths are absolute or relative to the working folder (already joined to their file). */
struct conf {
    char *name; /* NAME: lower-case letters, digits, '.', '-', '_'; no reserved file name */
    char *file; /* for messages */
    struct strings names; /* canonical (text_dns_name), no duplicates, at least one */
    int key;              /* enum key_type, or CONF_KEY_MACHINE */
    struct {
        char *directory;         /* https URL */
        char *directory_name;    /* preset's name, or the URL */
        char *staging_directory; /* https URL; NULL = the preset's, if it has one */
        char *email;
        bool agree_tos;
        char *ca_file;
        char *eab_kid, *eab_hmac_key_file; /* file path or "env:NAME" */
        char *profile;
        char *preferred_chain;
        enum conf_challenge challenge;
        bool experimental; /* unfinished drafts may be used */
    } acme;
    struct {
        bool automatic;
        int64_t before_s; /* when not automatic: this long before notAfter */
    } renew;
    struct {
        enum conf_provider provider;
        char *target; /* FQDN to publish at instead of the CNAME's end; no final dot */
        struct strings resolvers, root; /* "ip:port" */
        struct {
            enum conf_policy policy;
            int64_t timeout_ms, settle_ms;
        } propagation;
        struct {
            char *server; /* "name:port", "ip:port" or "[ip]:port" */
            char *zone;   /* NULL = found by the walk */
            char *key_name, *key_file, *algorithm;
        } rfc2136;
        struct {
            struct strings command; /* the first is a path, already joined to its file */
            int64_t timeout_ms;
        } exec;
        /* zone: NULL = found by the walk. Each *_file: file path or "env:NAME". */
        struct {
            struct conf_api api;
            char *key_file, *server_id, *zone;
        } powerdns;
        struct {
            struct conf_api api;
            struct strings allow_from; /* networks that may update, "192.0.2.0/24" */
        } acme_dns;
        struct {
            struct conf_api api;
            char *token_file, *zone, *zone_id;
        } cloudflare;
        struct {
            struct conf_api api;
            char *region, *access_key_id, *secret_key_file, *session_token_file;
            char *zone, *zone_id;
        } route53;
        struct {
            struct conf_api api;
            char *login, *tenant, *client_id, *client_secret_file;
            bool managed_identity;
            char *subscription, *resource_group, *zone;
        } azure;
        struct {
            char *zone;
            struct strings ns;              /* names of ours, as the parent delegates to */
            struct strings listen, address; /* "ip:port"; IP addresses */
        } builtin;
    } dns;
    struct {
        enum conf_target target;
        enum conf_mode mode;
        enum conf_origin source; /* BALANCER: CONF_OFFLOAD only; acme and dns are not used */
        int port;
        struct strings window;
        int64_t override_s;
        enum conf_binding binding;
        struct {
            char *service;
            int64_t timeout_ms;
            int max_sessions; /* -1 = no limit */
            bool escalate;
        } restart;
        struct {
            int64_t timeout_ms, stable_ms;
            struct strings probe; /* IP addresses, with or without a port */
            struct {              /* NULL = none: the proof ends where a call begins */
                char *user, *password_file;
            } account;
        } verify;
        int keep;
    } deploy;
};

enum conf_log_format { CONF_LOG_TEXT, CONF_LOG_JSON };

/* One who is told of outcomes: by mail, or by a webhook. All strings owned, NULL = not given. */
enum { CONF_NOTIFY_MAX = 8, CONF_NOTIFY_PER_DAY = 20 };
struct conf_notify {
    struct strings on; /* "failure", "recovery", "expiry", "deploy"; none = the first
                          three */
    char *smtp;        /* "smtp://host:587" (STARTTLS) or "smtps://host:465" */
    char *from, *user, *password_file; /* password_file: file path or "env:NAME" */
    struct strings to;
    char *webhook, *webhook_file; /* https URL, or a file (or "env:NAME") that holds it */
    char *format;                 /* "json", "teams", "slack" */
    char *ca_file;                /* roots to trust instead of the system's */
    int max_per_day;              /* 0 = not given: CONF_NOTIFY_PER_DAY */
};

/* Everything that was read. */
struct conf_set {
    struct conf *v; /* sorted by name */
    size_t n;
    bool log_given;
    enum log_level log_level;
    char *log_file;
    struct conf_notify notify[CONF_NOTIFY_MAX];
    size_t notify_count;
    enum conf_log_format log_format;
    int log_max_mib, log_keep;
};

/* DIR/rras-acme.json; *out is the caller's. */
int conf_shared_path(const char *dir, char **out, struct err *err) MUST_CHECK;
/* Reads DIR/rras-acme.json (may be absent) and DIR/conf.d/ *.json. On errors ERR_USAGE, with all
 * of them in `errors`, one a line (errors may be NULL); err's text is the first one plus
 * "(and N more)". */
int conf_load(struct conf_set *out, const char *dir, struct buf *errors,
              struct err *err) MUST_CHECK;
/* For telling somebody that conf_load failed: log and notify of rras-acme.json (`file`, the base of
 * its paths) by itself, whatever else is wrong, there or in conf.d. text_file: where its text is,
 * `file` or a copy. False, and *out untouched: nobody is named there, or notify has an error. */
bool conf_salvage(struct conf_set *out, const char *file, const char *text_file);
void conf_set_clear(struct conf_set *s);
void conf_notify_clear(struct conf_notify *n);
/* NULL when there is none of this name. */
const struct conf *conf_find(const struct conf_set *s, const char *name);
/* Nearest known certificate name for a message, or NULL. */
const char *conf_nearest(const struct conf_set *s, const char *name);

/* One certificate's text over defaults' text (NULL = none). Nothing is read; only whether the files
 * that it names are there is asked. For tests, fuzzers and init. */
struct conf_text {
    const char *file; /* for messages; its folder is the base of relative paths */
    const char *text;
    size_t len;
};
int conf_read(struct conf *out, const char *name, const struct conf_text *defaults,
              const struct conf_text *own, struct buf *errors, struct err *err) MUST_CHECK;
void conf_clear(struct conf *c);
/* May this be a certificate's name (it names files and folders on every platform)? ERR_USAGE. */
int conf_name_check(const char *name, struct err *err) MUST_CHECK;

/* False with dns-persist-01, whose record is an administrator's: nothing is published, and
 * dns.provider need not be there. */
bool conf_publishes(const struct conf *c);

/* ---- staging: a directory whose certificates nobody trusts ---- */
/* True for the URL of a CA that acme.directory knows by a short name: a public one. */
bool conf_is_preset(const char *directory_url);
/* True for acme.staging_directory, and for the staging presets by their URL. */
bool conf_is_staging(const struct conf *c, const char *directory_url);

/* Where a rehearsal keeps its state, beside that of NAME: NAME@staging. No certificate can be
 * configured under such a name. */
enum { CONF_REHEARSAL_BYTES = 160 };
void conf_rehearsal_name(const char *name, char out[CONF_REHEARSAL_BYTES]);

/* What a rehearsal works with: the same certificate, ordered at the staging directory, under a name
 * of its own, deployed nowhere. */
struct conf_rehearsal {
    struct conf conf; /* all else is borrowed from the original: never to be cleared */
    char name[CONF_REHEARSAL_BYTES], directory[512], directory_name[512];
};
/* ERR_USAGE when the CA has no staging directory that we know, or is one itself. */
int conf_rehearse(const struct conf *c, struct conf_rehearsal *out, struct err *err) MUST_CHECK;

/* JSON schema (draft 2020-12) of both kinds of file, made from the table. */
int conf_schema(struct buf *out, struct err *err) MUST_CHECK;

/* What one key amounts to, and where that comes from. */
struct conf_setting {
    const char *key;   /* dotted */
    const char *value; /* JSON */
    const char *file;  /* NULL = built in */
    unsigned line;
};
/* Calls each for every key that has a value, in the order of the table: as written, before paths
 * are joined to their folder. Built-in values of DNS providers that are not in use are left out.
 * The files are read again: ERR_USAGE when they have become unreadable meanwhile. */
int conf_explain(const char *dir, const struct conf *c,
                 void (*each)(void *user, const struct conf_setting *s), void *user,
                 struct err *err) MUST_CHECK;

/* A setting as people type it: lists with commas between. */
struct conf_given {
    const char *key; /* dotted */
    const char *value;
};
/* Appends a commented conf.d/NAME.json with these names and settings. ERR_USAGE: no such key, or
 * no value of its type; whether the whole makes sense conf_read tells. */
int conf_compose(const struct strings *names, const struct conf_given *given, size_t n,
                 struct buf *out, struct err *err) MUST_CHECK;
/* What the key is, for people; NULL = there is none of this name, or it is an object. */
const char *conf_key_help(const char *key);

/* A secret: the file's contents without the final newline, or for "env:NAME" the variable. The
 * file must not be readable by others (ERR_USAGE). out must be wiped. */
int conf_secret(const char *ref, const char *what, struct buf *out, struct err *err) MUST_CHECK;

/* The zone that the settings of the provider in use name; NULL = none. */
const char *conf_dns_zone(const struct conf *c);
/* The key that sets it, "dns.rfc2136.zone" for example; NULL = the provider has none. */
const char *conf_dns_zone_key(const struct conf *c);

void strings_clear(struct strings *s);
int strings_add(struct strings *s, const char *v, struct err *err) MUST_CHECK;

#endif
