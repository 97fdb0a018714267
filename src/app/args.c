/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/args.h"

#include "text.h"

#include <string.h>

enum option_id {
    OPT_CONFIG,
    OPT_STATE,
    OPT_LOG_FILE,
    OPT_LOG_LEVEL,
    OPT_JSON,
    OPT_NO_COLOR,
    OPT_YES,
    OPT_DRY_RUN,
    OPT_NOW,
    OPT_REASON,
    OPT_JOBS,
    OPT_STAGING,
    OPT_PFX,
    OPT_PASSWORD_FILE,
    OPT_LEGACY,
    OPT_HELP,
    OPT_VERSION,
    OPT_OUT,
    OPT_CA_FILE,
    OPT_EXPECT_SHA256,
    OPT_USER,
    OPT_ADDRESS,
    OPT_CLAIM,
    OPT_WATCH,
    OPT_FOR,
    OPT_PAP,
    OPT_EARLY_BINDING,
    OPT_NO_SNI,
    OPT_ALL,
    OPT_FIX,
    OPT_EXPLAIN,
    OPT_XML,
    OPT_WATCHDOG,
    OPT_HTML,
    OPT_METRICS,
    OPT_CONFIG_ONLY,
    OPT_SCHEMA,
    OPT_EFFECTIVE,
    OPT_DIRECTORY,
    OPT_EMAIL,
    OPT_AGREE_TOS,
    OPT_PROVIDER,
    OPT_TARGET,
    OPT_SET,
    OPT_WAIT,
    OPT_NO_CHECK,
    OPT_ALL_DUE,
};

struct option_info {
    const char *name;
    enum option_id id;
    bool value;
    unsigned only; /* ONLY of the commands that take it; 0 = every command */
};

#define ONLY(command) (1U << (command))

static const struct option_info options[] = {
    {"--config", OPT_CONFIG, true, 0},
    {"--state", OPT_STATE, true, 0},
    {"--log-file", OPT_LOG_FILE, true, 0},
    {"--log-level", OPT_LOG_LEVEL, true, 0},
    {"--json", OPT_JSON, false, 0},
    {"--no-color", OPT_NO_COLOR, false, 0},
    {"--yes", OPT_YES, false, 0},
    {"--dry-run", OPT_DRY_RUN, false, ONLY(CMD_DEPLOY)},
    {"--now", OPT_NOW, false, ONLY(CMD_DEPLOY)},
    {"--help", OPT_HELP, false, 0},
    {"-h", OPT_HELP, false, 0},
    {"--version", OPT_VERSION, false, 0},
    {"--reason", OPT_REASON, true, ONLY(CMD_REVOKE)},
    {"--jobs", OPT_JOBS, true, ONLY(CMD_RUN)},
    {"--all-due", OPT_ALL_DUE, false, ONLY(CMD_RUN)},
    {"--staging", OPT_STAGING, false, ONLY(CMD_ISSUE) | ONLY(CMD_CHECK)},
    {"--pfx", OPT_PFX, true, ONLY(CMD_DEPLOY) | ONLY(CMD_EXPORT)},
    {"--password-file", OPT_PASSWORD_FILE, true,
     ONLY(CMD_DEPLOY) | ONLY(CMD_EXPORT) | ONLY(CMD_PROBE)},
    {"--legacy", OPT_LEGACY, false, ONLY(CMD_EXPORT)},
    {"--out", OPT_OUT, true, ONLY(CMD_SELFTEST)},
    {"--ca-file", OPT_CA_FILE, true, ONLY(CMD_PROBE)},
    {"--expect-sha256", OPT_EXPECT_SHA256, true, ONLY(CMD_PROBE)},
    {"--user", OPT_USER, true, ONLY(CMD_PROBE)},
    {"--address", OPT_ADDRESS, true, ONLY(CMD_PROBE)},
    {"--claim", OPT_CLAIM, true, ONLY(CMD_PROBE)},
    {"--watch", OPT_WATCH, true, ONLY(CMD_PROBE)},
    {"--for", OPT_FOR, true, ONLY(CMD_PROBE) | ONLY(CMD_INIT)},
    {"--pap", OPT_PAP, false, ONLY(CMD_PROBE)},
    {"--early-binding", OPT_EARLY_BINDING, false, ONLY(CMD_PROBE)},
    {"--no-sni", OPT_NO_SNI, false, ONLY(CMD_PROBE)},
    {"--all", OPT_ALL, false, ONLY(CMD_DOCTOR)},
    {"--fix", OPT_FIX, false, ONLY(CMD_DOCTOR)},
    {"--explain", OPT_EXPLAIN, true, ONLY(CMD_DOCTOR)},
    {"--xml", OPT_XML, false, ONLY(CMD_SCHEDULE)},
    {"--watchdog", OPT_WATCHDOG, false, ONLY(CMD_SCHEDULE)},
    {"--html", OPT_HTML, true, ONLY(CMD_STATUS)},
    {"--metrics", OPT_METRICS, true, ONLY(CMD_STATUS)},
    {"--config-only", OPT_CONFIG_ONLY, false, ONLY(CMD_CHECK)},
    {"--schema", OPT_SCHEMA, false, ONLY(CMD_CHECK)},
    {"--effective", OPT_EFFECTIVE, false, ONLY(CMD_STATUS)},
    {"--directory", OPT_DIRECTORY, true, ONLY(CMD_INIT)},
    {"--email", OPT_EMAIL, true, ONLY(CMD_INIT)},
    {"--agree-tos", OPT_AGREE_TOS, false, ONLY(CMD_INIT)},
    {"--provider", OPT_PROVIDER, true, ONLY(CMD_INIT)},
    {"--target", OPT_TARGET, true, ONLY(CMD_INIT)},
    {"--set", OPT_SET, true, ONLY(CMD_INIT)},
    {"--wait", OPT_WAIT, false, ONLY(CMD_INIT)},
    {"--no-check", OPT_NO_CHECK, false, ONLY(CMD_INIT)},
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

const struct command_info *command_find(const char *name)
{
    for (const struct command_info *c = command_table; c->id != CMD_NONE; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

const char *args_option(size_t i, enum command_id of)
{
    if (i >= OPTION_COUNT || (of != CMD_NONE && (options[i].only & ONLY(of)) == 0))
        return NULL;
    return options[i].name;
}

static int unknown_option(const char *arg, struct err *err)
{
    const char *best = NULL;
    unsigned best_distance = 4;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        unsigned d = text_distance(arg, options[i].name, best_distance);
        if (d < best_distance) {
            best_distance = d;
            best = options[i].name;
        }
    }
    if (best != NULL)
        return err_set(err, ERR_USAGE, "option %.80s: unknown; did you mean %s?", arg, best);
    return err_set(err, ERR_USAGE, "option %.80s: unknown; see rras-acme help", arg);
}

/* As Windows' own programs are asked. */
static bool asks_for_help(const char *arg)
{
    return strcmp(arg, "/?") == 0 || strcmp(arg, "-?") == 0;
}

static int unknown_command(const char *arg, struct err *err)
{
    const char *best = NULL;
    unsigned best_distance = strlen(arg) < 4 ? (unsigned)strlen(arg) : 4; /* one letter must fit */
    for (const struct command_info *c = command_table; c->id != CMD_NONE; c++) {
        unsigned d = text_distance(arg, c->name, best_distance);
        if (d < best_distance) {
            best_distance = d;
            best = c->name;
        }
    }
    if (best != NULL)
        return err_set(err, ERR_USAGE, "command %.80s: unknown; did you mean %s?", arg, best);
    return err_set(err, ERR_USAGE, "command %.80s: unknown; see rras-acme help", arg);
}

static int read_jobs(const char *value, int *out, struct err *err)
{
    int n = 0;
    for (const char *p = value; *p >= '0' && *p <= '9' && n <= ARGS_MAX_JOBS; p++)
        n = n * 10 + (*p - '0');
    if (value[strspn(value, "0123456789")] != '\0' || n < 1 || n > ARGS_MAX_JOBS)
        return err_set(err, ERR_USAGE, "option --jobs: %.40s is no number from 1 to %d", value,
                       ARGS_MAX_JOBS);
    *out = n;
    return 0;
}

/* A bare number is in ms: "50", "500ms", "10m". */
static int read_ms(const char *name, const char *value, int64_t least, int64_t *out,
                   struct err *err)
{
    enum { MAX_DIGITS = 12 };
    struct err ignored = {0};
    int64_t ms = 0;
    size_t digits = strspn(value, "0123456789");
    if (digits <= MAX_DIGITS && value[digits] == '\0') {
        for (size_t i = 0; i < digits; i++)
            ms = ms * 10 + (value[i] - '0');
    } else if (text_duration_ms(value, &ms, &ignored) != 0) {
        ms = 0;
    }
    if (ms < least)
        return err_set(err, ERR_USAGE,
                       "option %s: %.40s is no time of at least %d ms; write 50, 500ms, 10s or 15m",
                       name, value, (int)least);
    *out = ms;
    return 0;
}

static int add_claim(struct args *out, const char *value, struct err *err)
{
    if (out->claim_count == ARGS_MAX_CLAIMS)
        return err_set(err, ERR_USAGE, "option --claim: more than %d times", ARGS_MAX_CLAIMS);
    out->claims[out->claim_count++] = value;
    return 0;
}

/* Options that are nothing but a text, or a flag. */
struct stored {
    enum option_id id;
    size_t at; /* in struct args */
};
static const struct stored texts[] = {
    {OPT_CONFIG, offsetof(struct args, config_dir)},
    {OPT_STATE, offsetof(struct args, state_dir)},
    {OPT_LOG_FILE, offsetof(struct args, log_file)},
    {OPT_REASON, offsetof(struct args, reason)},
    {OPT_PFX, offsetof(struct args, pfx)},
    {OPT_PASSWORD_FILE, offsetof(struct args, password_file)},
    {OPT_OUT, offsetof(struct args, out)},
    {OPT_CA_FILE, offsetof(struct args, ca_file)},
    {OPT_EXPECT_SHA256, offsetof(struct args, expect_sha256)},
    {OPT_USER, offsetof(struct args, user)},
    {OPT_ADDRESS, offsetof(struct args, address)},
    {OPT_EXPLAIN, offsetof(struct args, explain)},
    {OPT_HTML, offsetof(struct args, html)},
    {OPT_METRICS, offsetof(struct args, metrics)},
    {OPT_DIRECTORY, offsetof(struct args, directory)},
    {OPT_EMAIL, offsetof(struct args, email)},
    {OPT_PROVIDER, offsetof(struct args, provider)},
    {OPT_TARGET, offsetof(struct args, target)},
};
static const struct stored flags[] = {
    {OPT_JSON, offsetof(struct args, json)},
    {OPT_NO_COLOR, offsetof(struct args, no_color)},
    {OPT_YES, offsetof(struct args, yes)},
    {OPT_DRY_RUN, offsetof(struct args, dry_run)},
    {OPT_NOW, offsetof(struct args, now)},
    {OPT_STAGING, offsetof(struct args, staging)},
    {OPT_LEGACY, offsetof(struct args, legacy)},
    {OPT_PAP, offsetof(struct args, pap)},
    {OPT_EARLY_BINDING, offsetof(struct args, early_binding)},
    {OPT_NO_SNI, offsetof(struct args, no_sni)},
    {OPT_ALL, offsetof(struct args, all)},
    {OPT_FIX, offsetof(struct args, fix)},
    {OPT_XML, offsetof(struct args, xml)},
    {OPT_WATCHDOG, offsetof(struct args, watchdog)},
    {OPT_CONFIG_ONLY, offsetof(struct args, config_only)},
    {OPT_SCHEMA, offsetof(struct args, schema)},
    {OPT_EFFECTIVE, offsetof(struct args, effective)},
    {OPT_AGREE_TOS, offsetof(struct args, agree_tos)},
    {OPT_WAIT, offsetof(struct args, wait)},
    {OPT_NO_CHECK, offsetof(struct args, no_check)},
    {OPT_ALL_DUE, offsetof(struct args, all_due)},
};

static void store_plain(struct args *out, enum option_id id, const char *value)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].id == id)
            *(const char **)(void *)((char *)out + texts[i].at) = value;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (flags[i].id == id)
            *(bool *)(void *)((char *)out + flags[i].at) = true;
}

static int add_setting(struct args *out, const char *value, struct err *err)
{
    const char *eq = strchr(value, '=');
    if (eq == NULL || eq == value || eq[1] == '\0')
        return err_set(err, ERR_USAGE, "option --set: %.80s is not KEY=VALUE", value);
    if (out->setting_count == ARGS_MAX_SETTINGS)
        return err_set(err, ERR_USAGE, "option --set: more than %d times", ARGS_MAX_SETTINGS);
    out->settings[out->setting_count++] = value;
    return 0;
}

/* What `probe` alone takes. */
static int apply_probe(struct args *out, enum option_id id, const char *value, struct err *err)
{
    enum { WATCH_LEAST_MS = 10 };
    if (id == OPT_CLAIM)
        return add_claim(out, value, err);
    if (id == OPT_WATCH)
        return read_ms("--watch", value, WATCH_LEAST_MS, &out->watch_ms, err);
    if (id == OPT_FOR)
        return read_ms("--for", value, 1, &out->for_ms, err);
    return 0;
}

static int apply(struct args *out, enum option_id id, const char *value, struct err *err)
{
    store_plain(out, id, value);
    if (id == OPT_JOBS)
        return read_jobs(value, &out->jobs, err);
    if (id == OPT_SET)
        return add_setting(out, value, err);
    if (id != OPT_LOG_LEVEL)
        return apply_probe(out, id, value, err);
    out->log_level_given = true;
    if (!log_level_parse(value, &out->log_level))
        return err_set(err, ERR_USAGE,
                       "option --log-level: %.40s is none of error, warn, info, debug", value);
    return 0;
}

/* "--name", "--name=value" or "--name value"; *used counts the words taken. */
static int parse_option(struct args *out, int argc, char **argv, int at,
                        const struct option_info **found, int *used, struct err *err)
{
    const char *arg = argv[at];
    const char *eq = strchr(arg, '=');
    size_t len = eq != NULL ? (size_t)(eq - arg) : strlen(arg);
    const struct option_info *o = NULL;
    for (size_t i = 0; i < OPTION_COUNT && o == NULL; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, arg, len) == 0)
            o = &options[i];
    if (o == NULL)
        return unknown_option(arg, err);
    if (!o->value && eq != NULL)
        return err_set(err, ERR_USAGE, "option %s: takes no value", o->name);
    const char *value = "";
    *used = 1;
    if (o->value && eq != NULL) {
        value = eq + 1;
    } else if (o->value) {
        if (at + 1 >= argc)
            return err_set(err, ERR_USAGE, "option %s: needs a value", o->name);
        value = argv[at + 1];
        *used = 2;
    }
    if (o->value && value[0] == '\0')
        return err_set(err, ERR_USAGE, "option %s: the value is empty", o->name);
    *found = o;
    return apply(out, o->id, value, err);
}

/* Options that make no sense without, or beside, another one. */
static int check_together(const struct args *a, struct err *err)
{
    bool probe = a->command->id == CMD_PROBE;
    if (a->password_file != NULL && a->pfx == NULL && !probe)
        return err_set(err, ERR_USAGE, "option --password-file: goes with --pfx FILE");
    if (a->password_file != NULL && probe && a->user == NULL)
        return err_set(err, ERR_USAGE, "option --password-file: goes with --user NAME");
    if (a->pap && a->user == NULL)
        return err_set(err, ERR_USAGE, "option --pap: goes with --user NAME");
    if (a->for_ms != 0 && a->command->id == CMD_INIT && !a->wait)
        return err_set(err, ERR_USAGE, "option --for: goes with --wait");
    if (a->for_ms != 0 && a->watch_ms == 0 && probe)
        return err_set(err, ERR_USAGE, "option --for: goes with --watch MS");
    if (a->watch_ms != 0 && (a->user != NULL || a->early_binding || a->claim_count > 0))
        return err_set(err, ERR_USAGE,
                       "option --watch: makes no calls; leave out --user, --early-binding and "
                       "--claim");
    if (a->claim_count > 0 && a->user == NULL && !a->early_binding)
        return err_set(err, ERR_USAGE, "option --claim: goes with --user or --early-binding");
    return 0;
}

static int check_names(const struct args *a, struct err *err)
{
    const struct command_info *c = a->command;
    if (c->names == NAMES_NONE && a->name_count > 0)
        return err_set(err, ERR_USAGE, "command %s: takes no name (%.80s)", c->name, a->names[0]);
    if (c->names == NAMES_ONE && a->name_count != 1)
        return err_set(err, ERR_USAGE, "command %s: needs exactly one %s; usage: rras-acme %s %s",
                       c->name, c->id == CMD_PROBE ? "host" : "certificate name", c->name,
                       c->usage);
    if (c->names == NAMES_SOME && a->name_count == 0)
        return err_set(err, ERR_USAGE, "command %s: needs a name; usage: rras-acme %s %s", c->name,
                       c->name, c->usage);
    if (c->names == NAMES_OPTIONAL && a->name_count > 1)
        return err_set(err, ERR_USAGE, "command %s: takes one name at most", c->name);
    if (a->name_count > ARGS_MAX_NAMES)
        return err_set(err, ERR_USAGE, "command %s: more than %d names", c->name, ARGS_MAX_NAMES);
    return 0;
}

/* `rras-acme --help`, `rras-acme issue --help` and `rras-acme --version` are commands, too. */
static void redirect(struct args *a, bool help, bool version)
{
    if (help) {
        a->names = a->command != NULL ? (const char *const *)&a->command->name : NULL;
        a->name_count = a->command != NULL ? 1 : 0;
        a->command = command_find("help");
    } else if (version) {
        a->names = NULL;
        a->name_count = 0;
        a->command = command_find("version");
    } else if (a->command == NULL) {
        a->command = command_find("help");
    }
}

int args_parse(struct args *out, int argc, char **argv, struct err *err)
{
    struct args a = {0};
    const struct option_info *used_options[OPTION_COUNT] = {0};
    bool help = false, version = false, only_names = false;
    int names = 0;
    for (int i = 1; i < argc;) {
        const struct option_info *o = NULL;
        int used = 1;
        if (!only_names && strcmp(argv[i], "--") == 0) {
            only_names = true;
        } else if (!only_names && asks_for_help(argv[i])) {
            help = true;
        } else if (!only_names && argv[i][0] == '-') {
            if (parse_option(&a, argc, argv, i, &o, &used, err) != 0 || o == NULL)
                return -1;
            used_options[o - options] = o;
            help = help || o->id == OPT_HELP;
            version = version || o->id == OPT_VERSION;
        } else if (a.command == NULL) {
            a.command = command_find(argv[i]);
            if (a.command == NULL)
                return unknown_command(argv[i], err);
        } else {
            char *name = argv[i]; /* swapped, so that argv keeps every pointer it owns */
            argv[i] = argv[names];
            argv[names++] = name;
        }
        i += used;
    }
    a.names = (const char *const *)argv;
    a.name_count = (size_t)names;
    redirect(&a, help, version);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (used_options[i] != NULL && used_options[i]->only != 0 &&
            (used_options[i]->only & ONLY(a.command->id)) == 0)
            return err_set(err, ERR_USAGE, "option %s: not for the command %s",
                           used_options[i]->name, a.command->name);
    if (check_names(&a, err) != 0)
        return -1;
    if (check_together(&a, err) != 0)
        return -1;
    *out = a;
    return 0;
}
