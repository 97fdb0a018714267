/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - the command line, read into a struct. Pure: looks at nothing but its input.
 */
#ifndef RRAS_APP_ARGS_H
#define RRAS_APP_ARGS_H

#include "log.h"

#include <stddef.h>

enum command_id {
    CMD_NONE,
    CMD_ACCOUNT,
    CMD_CHECK,
    CMD_DEPLOY,
    CMD_DOCTOR,
    CMD_EXPORT,
    CMD_HELP,
    CMD_INIT,
    CMD_ISSUE,
    CMD_NOTIFY,
    CMD_PROBE,
    CMD_REVOKE,
    CMD_ROLLBACK,
    CMD_RUN,
    CMD_SCHEDULE,
    CMD_SELFTEST,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WATCHDOG,
};

enum { ARGS_MAX_NAMES = 1000, ARGS_MAX_SETTINGS = 64, ARGS_MAX_JOBS = 32, ARGS_MAX_CLAIMS = 16 };

/* Names: any number, exactly one, at most one, at least one. */
enum command_names { NAMES_NONE, NAMES_ANY, NAMES_ONE, NAMES_OPTIONAL, NAMES_SOME };

struct command_info {
    enum command_id id;
    const char *name;
    enum command_names names;
    const char *usage;   /* what stands behind the name */
    const char *summary; /* one line */
    const char *text;    /* for `help COMMAND` */
};
/* Ends with an entry of id CMD_NONE. */
extern const struct command_info command_table[];
/* NULL if there is none of this name. */
const struct command_info *command_find(const char *name);

/* Strings are borrowed from argv. */
struct args {
    const struct command_info *command; /* help when none was given */
    const char *const *names;           /* points into argv */
    size_t name_count;
    const char *config_dir, *state_dir; /* NULL = default */
    const char *log_file;
    bool log_level_given;
    enum log_level log_level;
    const char *pfx, *password_file; /* password_file: "env:NAME" and "-", too */
    const char *reason;              /* of a revocation; NULL = not given */
    int jobs;                        /* certificates at a time; 0 = not given */
    bool all_due;                    /* of run: nothing is left to the next one */
    const char *out;                 /* file of a selftest; NULL = not given */
    /* Of probe. */
    const char *ca_file, *expect_sha256, *user, *address;
    const char *claims[ARGS_MAX_CLAIMS];
    size_t claim_count;
    int64_t watch_ms, for_ms;   /* 0 = not given */
    const char *explain;        /* of doctor: a number or a message; NULL = not given */
    const char *html, *metrics; /* files of a status; NULL = not given */
    bool config_only, schema;   /* of a check */
    bool effective;             /* of a status */
    /* Of init. */
    const char *settings[ARGS_MAX_SETTINGS]; /* "KEY=VALUE" */
    size_t setting_count;
    const char *directory, *email, *provider, *target;
    bool agree_tos, wait, no_check;
    bool json, no_color, yes, dry_run, now, staging, legacy, all, fix;
    bool pap, early_binding, no_sni; /* of probe */
    bool xml, watchdog;              /* of schedule */
};

/* argv[0] is the program. The argv array is reordered: names are gathered at its front. Errors
 * (ERR_USAGE) name the argument and the nearest known one. */
int args_parse(struct args *out, int argc, char **argv, struct err *err) MUST_CHECK;

/* The name of option i if the command takes it as one of its own; NULL if not. With CMD_NONE: of
 * all options, NULL behind the last one. For what holds the manual to the program. */
const char *args_option(size_t i, enum command_id of);

#endif
