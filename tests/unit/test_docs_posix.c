/* SPDX-License-Identifier: Apache-2.0 */
/*
 * README.md and docs/ are written by hand; this holds them to the program:
 *
 *   docs/configuration.md   every key of conf_table.c with the right value and default, every
 * preset docs/commands.md        every command with its usage, every option, every exit code every
 * page              each ```jsonc block is a configuration that the program takes, each `rras-acme
 * ...` a command line that it takes
 *
 * A failure prints the line to add or to correct.
 */
#include "test.h"

#include "buf.h"
#include "conf_table.h"
#include "os.h"
#include "src/app/args.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LINE_BYTES = 4096, MAX_WORDS = 64, LAST_EXIT_CODE = 10 };

static const char *page(struct test *t, const char *name)
{
    const char *path = test_data(t, test_text(t, "../../%s", name));

    return test_text(t, "\n%s", test_read(t, path, NULL));
}

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* Moves *p behind the line; NULL at the end. */
static const char *next_line(struct test *t, const char **p)
{
    size_t n = strcspn(*p, "\n");
    const char *line = test_text(t, "%.*s", (int)n, *p);

    if (!**p)
        return NULL;
    *p += n + ((*p)[n] == '\n');
    return line;
}

static void check_has(struct test *t, const char *text, const char *file, const char *wanted)
{
    if (!CHECK(strstr(text, wanted)))
        CHECK_STR(test_text(t, "%s has no such line", file), wanted + (*wanted == '\n'));
}

/* ---- docs/configuration.md ---- */

static const char *row_of(struct test *t, const struct conf_key *k)
{
    struct buf expects = BUF_INIT(MAX_LINE_BYTES);
    const char *row;

    conf_key_expects(k, &expects);
    row = test_text(t, k->otherwise ? "\n| `%s` | %s | `%s` | " : "\n| `%s` | %s | %s | ", k->path,
                    buf_str(&expects), k->otherwise ? k->otherwise : "");
    buf_clear(&expects);
    return row;
}

static void names_every_key(struct test *t)
{
    const char *text = page(t, "docs/configuration.md");

    for (const struct conf_key *k = conf_keys; k->path; k++) {
        bool object = k->type == CONF_T_OBJECT;
        const char *deep = strchr(k->path, '.') ? "###" : "##";
        check_has(t, text, "docs/configuration.md",
                  object ? test_text(t, "\n%s `%s`: ", deep, k->path) : row_of(t, k));
    }
    for (const struct conf_preset *p = conf_presets; p->name; p++)
        check_has(t, text, "docs/configuration.md",
                  test_text(t, "\n| `%s` | `%s` | ", p->name, p->url));
}

/* In tables whose first column is called so, each row must be of the program. */
static void names_no_other_key(struct test *t)
{
    const char *p = page(t, "docs/configuration.md"), *line;
    bool keys = false;
    int rows = 0;

    while ((line = next_line(t, &p))) {
        if (starts(line, "| Key |"))
            keys = true;
        if (*line != '|')
            keys = false;
        bool heading = starts(line, "## `") || starts(line, "### `");
        if (!heading && !(keys && starts(line, "| `")))
            continue;
        const char *name = strchr(line, '`') + 1;
        name = test_text(t, "%.*s", (int)strcspn(name, "`"), name);
        if (!CHECK(conf_key_find(name)))
            CHECK_STR(line, "(docs/configuration.md: no such key)");
        rows++;
    }
    CHECK(rows > 100); /* else the form of the page has changed */
}

/* ---- docs/commands.md ---- */

static const char *section(struct test *t, const char *text, const char *heading)
{
    const char *begin = strstr(text, test_text(t, "\n## %s\n", heading)), *end;

    if (!begin) {
        CHECK_STR("docs/commands.md has no such heading", heading);
        return "";
    }
    end = strstr(begin + 1, "\n## ");
    return test_text(t, "%.*s", (int)(end ? (size_t)(end - begin) : strlen(begin)), begin);
}

static void names_every_command(struct test *t)
{
    const char *text = page(t, "docs/commands.md");

    for (const struct command_info *c = command_table; c->id != CMD_NONE; c++) {
        const char *own = section(t, text, c->name);
        const char *sep = *c->usage ? " " : "";
        check_has(t, own, c->name,
                  test_text(t, "\n    rras-acme %s%s%s\n", c->name, sep, c->usage));
        for (size_t i = 0; args_option(i, CMD_NONE); i++)
            if (args_option(i, c->id))
                check_has(t, own, c->name, test_text(t, "\n| `%s", args_option(i, c->id)));
    }
    const char *all = section(t, text, "Options of every command");
    for (size_t i = 0; args_option(i, CMD_NONE); i++) {
        bool of_one = false;
        for (const struct command_info *c = command_table; c->id != CMD_NONE; c++)
            of_one = of_one || args_option(i, c->id);
        if (!of_one)
            check_has(t, all, "of every command", test_text(t, "| `%s", args_option(i, CMD_NONE)));
    }
}

static bool known_option(const char *name, enum command_id id)
{
    for (size_t i = 0; args_option(i, CMD_NONE); i++)
        if (args_option(i, id) && strcmp(args_option(i, id), name) == 0)
            return true;
    return false;
}

static void names_no_other_option(struct test *t)
{
    const char *p = page(t, "docs/commands.md"), *line;
    enum command_id id = CMD_NONE;
    int rows = 0;

    while ((line = next_line(t, &p))) {
        if (starts(line, "## ")) {
            const struct command_info *c = command_find(line + 3);
            id = c ? c->id : CMD_NONE;
        }
        if (!starts(line, "| `--"))
            continue;
        const char *name = test_text(t, "%.*s", (int)strcspn(line + 3, " `"), line + 3);
        if (!CHECK(known_option(name, id)))
            CHECK_STR(line, "(docs/commands.md: no such option of the command)");
        rows++;
    }
    CHECK(rows > 20);
}

static void names_every_exit_code(struct test *t)
{
    const char *codes = section(t, page(t, "docs/commands.md"), "Exit codes");

    for (int i = 0; i <= LAST_EXIT_CODE; i++)
        check_has(t, codes, "Exit codes", test_text(t, "\n| %d | ", i));
    CHECK(!strstr(codes, test_text(t, "\n| %d | ", LAST_EXIT_CODE + 1)));
}

/* ---- every page ---- */

typedef void page_test(struct test *t, const char *name, const char *text, int *seen);

static void each_in(struct test *t, const char *folder, page_test *look, int *seen)
{
    DIR *d = opendir(test_data(t, test_text(t, "../../%s", folder)));
    REQUIRE(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        const char *name = test_text(t, "%s/%s", folder, e->d_name);
        if (strlen(name) > 3 && strcmp(name + strlen(name) - 3, ".md") == 0)
            look(t, name, page(t, name), seen);
    }
    closedir(d);
}

static int each_page(struct test *t, page_test *look)
{
    int seen = 0;

    look(t, "README.md", page(t, "README.md"), &seen);
    each_in(t, "docs", look, &seen);
    each_in(t, "docs/providers", look, &seen);
    return seen;
}

/* With the folders on the way. */
static void make_file(struct test *t, const char *name)
{
    for (size_t i = strcspn(name, "/"); name[i]; i += 1 + strcspn(name + i + 1, "/"))
        mkdir(test_path(t, test_text(t, "%.*s", (int)i, name)), 0700);
    test_write(t, name, "x", 1);
}

/* The files that a configuration in `folder` names must be there. */
static void make_files(struct test *t, const char *folder, const char *text)
{
    static const char *const marks[] = {"_file\": \"", "\"command\": [\""};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        for (const char *p = strstr(text, marks[i]); p; p = strstr(p, marks[i])) {
            p += strlen(marks[i]);
            if (!starts(p, "env:"))
                make_file(t, test_text(t, "%s%.*s", folder, (int)strcspn(p, "\""), p));
        }
    }
}

/* A block with names is a certificate's file, any other the shared one. */
static void check_configuration(struct test *t, const char *name, const char *text)
{
    const char *least = "{\"names\":[\"vpn.example.com\"],\"acme\":{\"agree_tos\":true},"
                        "\"dns\":{\"provider\":\"manual\"}}";
    bool own = strstr(text, "\"names\"") != NULL;
    const char *folder = own ? "conf.d/" : "";
    const char *path = test_path(t, test_text(t, "%spage.json", folder));
    struct conf_text given = {path, text, strlen(text)};
    struct conf_text other = {test_path(t, "conf.d/vpn.json"), least, strlen(least)};
    struct conf conf = {0};
    struct buf errors = BUF_INIT(MAX_LINE_BYTES);
    struct err err = {0};

    make_files(t, folder, text);
    if (!CHECK_INT(
            conf_read(&conf, "vpn", own ? NULL : &given, own ? &given : &other, &errors, &err), 0))
        CHECK_STR(test_text(t, "%s: %s", name, text), buf_str(&errors));
    buf_clear(&errors);
    conf_clear(&conf);
}

static void configurations_in(struct test *t, const char *name, const char *text, int *seen)
{
    const char *p = text, *line;
    struct buf block = BUF_INIT(64 * 1024);
    bool inside = false;

    for (; (line = next_line(t, &p));) {
        const char *bare = line + strspn(line, " ");
        if (inside && starts(bare, "```")) {
            check_configuration(t, name, buf_str(&block));
            if (!CHECK(block.len > 0))
                CHECK_STR(name, "(an empty block)");
            buf_clear(&block);
            ++*seen;
            inside = false;
        } else if (inside) {
            buf_addf(&block, "%s\n", line);
        }
        inside = inside || strcmp(bare, "```jsonc") == 0;
    }
    CHECK(!inside);
    buf_clear(&block);
}

static void configurations_are_taken(struct test *t)
{
    CHECK(each_page(t, configurations_in) > 10);
}

/* Usage brackets and dots are left out; "a b" is one word. */
static int split(char *s, char **argv)
{
    int n = 0;
    char *to = s;

    while (*s && n < MAX_WORDS) {
        bool quoted = false;
        s += strspn(s, " ");
        char *word = to;
        for (; *s && (quoted || *s != ' '); s++) {
            if (*s == '"')
                quoted = !quoted;
            else if (starts(s, "..."))
                s += 2;
            else if (quoted || !strchr("[]", *s))
                *to++ = *s;
        }
        s += *s == ' ';
        *to++ = '\0';
        if (*word)
            argv[n++] = word;
    }
    return n;
}

/* "N" and "MS" stand for a number; a command alone may be a mention of it. */
static bool is_mention(int argc, char **argv)
{
    static char number[] = "16";

    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "N") == 0 || strcmp(argv[i], "MS") == 0)
            argv[i] = number;
    return argc >= 2 &&
           (strcmp(argv[1], "COMMAND") == 0 || (argc == 2 && command_find(argv[1]) != NULL));
}

static void check_command_line(struct test *t, const char *page_name, const char *line)
{
    char *argv[MAX_WORDS + 1] = {0}, *copy = strdup(line);
    struct args args;
    struct err err = {0};
    int argc = split(copy, argv);

    if (!is_mention(argc, argv) && !CHECK_INT(args_parse(&args, argc, argv, &err), 0))
        CHECK_STR(test_text(t, "%s: %s", page_name, line), err.text);
    free(copy);
}

static void command_lines_in(struct test *t, const char *name, const char *text, int *seen)
{
    static const char mark[] = "rras-acme ";

    for (const char *p = strstr(text, mark); p; p = strstr(p + 1, mark)) {
        const char *begin = p;
        while (begin > text && begin[-1] == ' ')
            begin--;
        bool block = begin[-1] == '\n' && p - begin >= 4, span = p[-1] == '`';
        if (!block && !span)
            continue;
        size_t n = strcspn(p, block ? "\n#" : "`\n");
        const char *line = test_text(t, "%.*s", (int)n, p), *any = " [options]";
        const char *at = strstr(line, any);
        if (at)
            line = test_text(t, "%.*s%s", (int)(at - line), line, at + strlen(any));
        check_command_line(t, name, line);
        ++*seen;
    }
}

static void command_lines_are_taken(struct test *t)
{
    CHECK(each_page(t, command_lines_in) > 30);
}

const struct test_case suite_docs_posix[] = {
    {"configuration_names_every_key", names_every_key},
    {"configuration_names_no_other_key", names_no_other_key},
    {"commands_names_every_command_and_option", names_every_command},
    {"commands_names_no_other_option", names_no_other_option},
    {"commands_names_every_exit_code", names_every_exit_code},
    {"configurations_in_the_pages_are_taken", configurations_are_taken},
    {"command_lines_in_the_pages_are_taken", command_lines_are_taken},
    {NULL, NULL},
};
