/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/args.h"
#include "src/app/args_guess.h"
#include "src/app/job.h"
#include "test.h"

#include <string.h>

enum { MAX_WORDS = 12 };

struct line {
    const char *words[MAX_WORDS];
    enum command_id command; /* CMD_NONE: an error is expected */
    const char *text;        /* first name, or a part of the error */
};

static int count(const struct line *l, char **argv)
{
    int n = 0;
    argv[n++] = "rras-acme";
    for (int i = 0; i < MAX_WORDS && l->words[i] != NULL; i++)
        argv[n++] = (char *)l->words[i];
    argv[n] = NULL;
    return n;
}

static void reads_commands_names_and_options(struct test *t)
{
    static const struct line lines[] = {
        {{NULL}, CMD_HELP, NULL},
        {{"help"}, CMD_HELP, NULL},
        {{"--help"}, CMD_HELP, NULL},
        {{"issue", "-h"}, CMD_HELP, "issue"},
        {{"/?"}, CMD_HELP, NULL},
        {{"issue", "/?"}, CMD_HELP, "issue"},
        {{"-?"}, CMD_HELP, NULL},
        {{"/x"}, CMD_NONE, "see rras-acme help"},
        {{"rn"}, CMD_NONE, "did you mean run"},
        {{"--version"}, CMD_VERSION, NULL},
        {{"run"}, CMD_RUN, NULL},
        {{"run", "a", "b", "c"}, CMD_RUN, "a"},
        {{"issue", "vpn"}, CMD_ISSUE, "vpn"},
        {{"--json", "issue", "--no-color", "vpn", "--yes"}, CMD_ISSUE, "vpn"},
        {{"issue", "--", "-vpn"}, CMD_ISSUE, "-vpn"},
        {{"--config", "x", "--state=y", "status"}, CMD_STATUS, NULL},
        {{"deploy", "vpn", "--dry-run"}, CMD_DEPLOY, "vpn"},
        {{"issue", "vpn", "--staging"}, CMD_ISSUE, "vpn"},
        {{"schedule", "install", "--watchdog"}, CMD_SCHEDULE, "install"},
        {{"schedule", "show", "--xml"}, CMD_SCHEDULE, "show"},
        {{"run", "--watchdog"}, CMD_NONE, "not for the command run"},
        {{"watchdog"}, CMD_WATCHDOG, NULL},
        {{"run", "--staging"}, CMD_NONE, "not for the command run"},
        {{"deploy", "vpn", "--pfx", "f", "--password-file", "-"}, CMD_DEPLOY, "vpn"},
        {{"export", "vpn", "--pfx=f", "--password-file=env:P", "--legacy"}, CMD_EXPORT, "vpn"},
        {{"deploy", "vpn", "--password-file", "f"}, CMD_NONE, "goes with --pfx"},
        {{"deploy", "vpn", "--legacy"}, CMD_NONE, "not for the command deploy"},
        {{"issue", "vpn", "--pfx", "f"}, CMD_NONE, "not for the command issue"},
        {{"isue", "vpn"}, CMD_NONE, "did you mean issue"},
        {{"nonsense"}, CMD_NONE, "see rras-acme help"},
        {{"issue"}, CMD_NONE, "exactly one"},
        {{"issue", "a", "b"}, CMD_NONE, "exactly one"},
        {{"version", "a"}, CMD_NONE, "takes no name"},
        {{"help", "a", "b"}, CMD_NONE, "one name at most"},
        {{"run", "--dryrun"}, CMD_NONE, "did you mean --dry-run"},
        {{"run", "--dry-run"}, CMD_NONE, "not for the command run"},
        {{"run", "--jobs", "8", "a"}, CMD_RUN, "a"},
        {{"run", "--all-due", "--jobs", "8"}, CMD_RUN, NULL},
        {{"probe", "vpn.example.com:444", "--no-sni"}, CMD_PROBE, "vpn.example.com:444"},
        {{"probe", "h", "--user", "u", "--password-file", "-", "--pap"}, CMD_PROBE, "h"},
        {{"probe", "h", "--early-binding", "--claim", "a", "--claim=b"}, CMD_PROBE, "h"},
        {{"probe", "h", "--watch", "50", "--for", "10s"}, CMD_PROBE, "h"},
        {{"probe"}, CMD_NONE, "exactly one host"},
        {{"probe", "h", "--watch", "9"}, CMD_NONE, "9 is no time of at least 10 ms"},
        {{"probe", "h", "--watch", "x"}, CMD_NONE, "x is no time"},
        {{"probe", "h", "--watch", "99999999999999"}, CMD_NONE, "is no time"},
        {{"probe", "h", "--for", "10s"}, CMD_NONE, "goes with --watch"},
        {{"init", "h", "--wait", "--for", "10m"}, CMD_INIT, "h"},
        {{"init", "h", "--for", "10m"}, CMD_NONE, "goes with --wait"},
        {{"probe", "h", "--watch", "50", "--user", "u"}, CMD_NONE, "makes no calls"},
        {{"probe", "h", "--password-file", "f"}, CMD_NONE, "goes with --user"},
        {{"probe", "h", "--pap"}, CMD_NONE, "goes with --user"},
        {{"probe", "h", "--claim", "x"}, CMD_NONE, "goes with --user or --early-binding"},
        {{"run", "--watch", "50"}, CMD_NONE, "not for the command run"},
        {{"init"}, CMD_NONE, "command init: needs a name"},
        {{"init", "a", "--set", "k=v", "--set=l=w", "--agree-tos"}, CMD_INIT, "a"},
        {{"init", "a", "--set", "k"}, CMD_NONE, "k is not KEY=VALUE"},
        {{"init", "a", "--set", "k="}, CMD_NONE, "is not KEY=VALUE"},
        {{"check", "--staging", "a"}, CMD_CHECK, "a"},
        {{"status", "--html", "f", "--metrics=g", "a"}, CMD_STATUS, "a"},
        {{"run", "--html", "f"}, CMD_NONE, "not for the command run"},
        {{"run", "--jobs", "0"}, CMD_NONE, "0 is no number from 1 to 32"},
        {{"run", "--jobs", "33"}, CMD_NONE, "no number from 1 to 32"},
        {{"run", "--jobs", "99999999999999999999"}, CMD_NONE, "no number from 1 to 32"},
        {{"run", "--jobs", "2x"}, CMD_NONE, "2x is no number"},
        {{"run", "--jobs", "-1"}, CMD_NONE, "-1 is no number"},
        {{"issue", "a", "--jobs", "2"}, CMD_NONE, "not for the command issue"},
        {{"issue", "a", "--all-due"}, CMD_NONE, "not for the command issue"},
        {{"run", "--json=yes"}, CMD_NONE, "takes no value"},
        {{"run", "--config"}, CMD_NONE, "needs a value"},
        {{"run", "--config="}, CMD_NONE, "is empty"},
        {{"run", "--log-level", "loud"}, CMD_NONE, "loud is none of"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char *argv[MAX_WORDS + 2];
        struct args a = {0};
        struct err err = {0};
        int failed = args_parse(&a, count(&lines[i], argv), argv, &err);
        if (lines[i].command == CMD_NONE) {
            CHECK(failed != 0 && err.code == ERR_USAGE);
            if (!CHECK(strstr(err.text, lines[i].text) != NULL))
                CHECK_STR(err.text, lines[i].text);
            continue;
        }
        REQUIRE(failed == 0);
        CHECK_INT(a.command->id, lines[i].command);
        if (lines[i].text != NULL && CHECK(a.name_count > 0))
            CHECK_STR(a.names[0], lines[i].text);
        else
            CHECK_INT(a.name_count, 0);
    }
}

static void takes_values_in_both_forms(struct test *t)
{
    char *argv[] = {"rras-acme", "--config",    "c",    "--state=s", "status", "--log-file",
                    "l",         "--log-level", "warn", "--json",    NULL};
    struct args a = {0};
    struct err err = {0};
    REQUIRE(args_parse(&a, 10, argv, &err) == 0);
    CHECK_STR(a.config_dir, "c");
    CHECK_STR(a.state_dir, "s");
    CHECK_STR(a.log_file, "l");
    CHECK(a.log_level_given && a.log_level == LOG_WARN);
    CHECK(a.json && !a.yes && !a.no_color && !a.dry_run && !a.staging);
    CHECK_INT(a.jobs, 0);
    char *many[] = {"rras-acme", "run", "--jobs=32", NULL};
    REQUIRE(args_parse(&a, 3, many, &err) == 0);
    CHECK_INT(a.jobs, 32);
}

static void every_command_has_a_page(struct test *t)
{
    for (const struct command_info *c = command_table; c->id != CMD_NONE; c++) {
        CHECK(c->name[0] != '\0' && c->summary[0] != '\0');
        CHECK(command_find(c->name) == c);
    }
    CHECK(command_find("nothing") == NULL);
}

/* 7 before 6, 6 before 3, 3 before 4, 4 before 5, 5 before 10. */
static void the_worst_exit_code_wins(struct test *t)
{
    static const int order[] = {7, 6, 3, 4, 5, 10};
    for (size_t i = 0; i < 6; i++) {
        CHECK_INT(job_worst_exit(order[i], 0), order[i]);
        for (size_t k = i; k < 6; k++) {
            CHECK_INT(job_worst_exit(order[i], order[k]), order[i]);
            CHECK_INT(job_worst_exit(order[k], order[i]), order[i]);
        }
    }
    CHECK_INT(job_worst_exit(0, 0), 0);
    CHECK_INT(job_worst_exit(99, 98), 1);
}

/* Of a command line that cannot be understood, what tells whom to tell. */
static void guesses_what_a_task_meant(struct test *t)
{
    static const struct {
        const char *argv[8];
        const char *command, *config, *state; /* NULL = none */
    } cases[] = {
        {{"x", "run", "--jsn"}, "run", NULL, NULL},
        {{"x", "--config", "C", "--state=S", "watchdog", "vpn"}, "watchdog", "C", "S"},
        {{"x", "--config", "--state", "S", "run"}, "run", NULL, "S"},
        {{"x", "run", "--config"}, "run", NULL, NULL},
        {{"x", "run", "--config="}, "run", NULL, NULL},
        {{"x", "--configs", "C", "run"}, "run", NULL, NULL},
        {{"x", "issue", "--jsn"}, NULL, NULL, NULL},
        {{"run"}, NULL, NULL, NULL}, /* the program's own name */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct args a = {0};
        int n = 0;
        while (cases[i].argv[n] != NULL)
            n++;
        bool found = args_guess(&a, n, (char *const *)(uintptr_t)cases[i].argv);
        CHECK_INT(found, cases[i].command != NULL);
        if (!found)
            continue;
        CHECK_STR(a.command->name, cases[i].command);
        CHECK_STR(a.config_dir ? a.config_dir : "-", cases[i].config ? cases[i].config : "-");
        CHECK_STR(a.state_dir ? a.state_dir : "-", cases[i].state ? cases[i].state : "-");
    }
}

const struct test_case suite_args[] = {
    {"reads_commands_names_and_options", reads_commands_names_and_options},
    {"takes_values_in_both_forms", takes_values_in_both_forms},
    {"guesses_what_a_task_meant", guesses_what_a_task_meant},
    {"every_command_has_a_page", every_command_has_a_page},
    {"the_worst_exit_code_wins", the_worst_exit_code_wins},
    {NULL, NULL},
};
