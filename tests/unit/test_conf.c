/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: tests/data/conf/CASE/ holds
 *
 *     input.json       the certificate's file
 *     defaults.json    the shared file; may be absent
 *     name             the certificate's name; "vpn" if absent
 *     expect           the exact error lines (paths without the case's folder), or "ok" and some
 *                      "key = value" lines in the form of dump_key
 */
#include "test.h"

#include "buf.h"
#include "conf.h"
#include "conf_table.h"
#include "os.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 1024 * 1024 };

/* ---- a conf as text ---- */

static const char *word_of(const struct conf_key *k, const void *at)
{
    int value;

    memcpy(&value, at, sizeof value);
    for (const struct conf_word *w = k->words; w->word; w++)
        if (w->value == value)
            return w->word;
    return "-";
}

static void dump_list(struct buf *out, const struct strings *list)
{
    for (size_t i = 0; i < list->n; i++)
        buf_addf(out, "%s%s", i ? ", " : "", list->v[i]);
}

static void dump_number(struct buf *out, const struct conf_key *k, const void *at)
{
    int64_t n;
    int i;

    if (k->type == CONF_T_INT) {
        memcpy(&i, at, sizeof i);
        n = i;
    } else {
        memcpy(&n, at, sizeof n);
    }
    buf_addf(out, "%lld", (long long)n);
}

static void dump_value(struct buf *out, const struct conf_key *k, const struct conf *c)
{
    const void *at = (const char *)c + k->at;
    bool truth;

    if (k->list) {
        dump_list(out, at);
    } else if (k->type == CONF_T_WORD) {
        buf_puts(out, word_of(k, at));
    } else if (k->type == CONF_T_BOOL) {
        memcpy(&truth, at, sizeof truth);
        buf_puts(out, truth ? "true" : "false");
    } else if (k->type == CONF_T_INT || k->type == CONF_T_MS || k->type == CONF_T_S) {
        dump_number(out, k, at);
    } else if (k->type == CONF_T_RENEW) {
        buf_addf(out, "%s %lld", c->renew.automatic ? "auto" : "before",
                 (long long)c->renew.before_s);
    } else if (k->type == CONF_T_DIRECTORY) {
        buf_addf(out, "%s %s", c->acme.directory_name, c->acme.directory);
    } else {
        const char *const *s = at;
        buf_puts(out, *s ? *s : "-");
    }
}

/* "deploy.port = 443" */
static void dump_key(struct buf *out, const struct conf_key *k, const struct conf *c)
{
    if (k->type == CONF_T_OBJECT || k->type == CONF_T_ANY || k->type == CONF_T_IGNORED || k->shared)
        return;
    buf_addf(out, "%s = ", k->path);
    dump_value(out, k, c);
    buf_putc(out, '\n');
}

/* ---- cases ---- */

/* The same on all platforms: one kind of slash and line end, no folder. */
static char *plain(struct test *t, const char *text, const char *dir)
{
    struct buf out = BUF_INIT(TEXT_MAX_BYTES);
    char *slashed = (char *)test_text(t, "%s", text);
    size_t dir_bytes = strlen(dir);

    for (char *p = slashed; *p; p++)
        if (*p == '\\')
            *p = '/';
    for (const char *p = slashed; *p; p++) {
        if (strncmp(p, dir, dir_bytes) == 0 && p[dir_bytes] == '/')
            p += dir_bytes;
        else if (*p != '\r')
            buf_putc(&out, *p);
    }
    slashed = (char *)test_text(t, "%s", buf_str(&out));
    buf_clear(&out);
    return slashed;
}

static struct conf_text text_of(struct test *t, const char *path)
{
    struct conf_text text = {path, NULL, 0};

    text.text = test_read(t, path, &text.len);
    return text;
}

/* Each line of `some` must be a line of `all`. */
static void check_lines(struct test *t, const char *name, const char *some, const char *all)
{
    while (*some) {
        size_t n = strcspn(some, "\n");
        const char *line = test_text(t, "\n%.*s\n", (int)n, some);
        if (!CHECK(strstr(test_text(t, "\n%s", all), line)))
            CHECK_STR(test_text(t, "%s: %s", name, line), all);
        some += n + (some[n] == '\n');
    }
}

static void check_case(struct test *t, const char *name, const char *dir)
{
    const char *defaults = test_text(t, "%s/defaults.json", dir);
    const char *name_file = test_text(t, "%s/name", dir);
    struct conf_text own = text_of(t, test_text(t, "%s/input.json", dir)), shared = {0};
    char *expect = plain(t, test_read(t, test_text(t, "%s/expect", dir), NULL), dir);
    struct buf got = BUF_INIT(TEXT_MAX_BYTES);
    struct conf c = {0};
    struct err e = {0};

    if (os_exists(defaults))
        shared = text_of(t, defaults);
    if (conf_read(&c, os_exists(name_file) ? test_read(t, name_file, NULL) : "vpn",
                  shared.text ? &shared : NULL, &own, &got, &e)) {
        if (strcmp(plain(t, buf_str(&got), dir), expect) != 0)
            CHECK_STR(test_text(t, "%s: %s", name, plain(t, buf_str(&got), dir)), expect);
        CHECK_INT(e.code, ERR_USAGE);
    } else if (!CHECK(strncmp(expect, "ok\n", 3) == 0)) {
        CHECK_STR(test_text(t, "%s: ok", name), expect);
    } else {
        for (const struct conf_key *k = conf_keys; k->path; k++)
            dump_key(&got, k, &c);
        check_lines(t, name, expect + 3, plain(t, buf_str(&got), dir));
    }
    conf_clear(&c);
    buf_clear(&got);
}

struct cases {
    struct test *t;
    const char *root;
    int n;
};

static int each_case(void *user, const char *name)
{
    struct cases *c = user;

    check_case(c->t, name, test_text(c->t, "%s/%s", c->root, name));
    c->n++;
    return 0;
}

static void each_folder_of_cases_reads_as_expected(struct test *t)
{
    struct cases c = {t, test_data(t, "conf"), 0};
    struct err e = {0};

    REQUIRE(os_list_dir(c.root, each_case, &c, &e) == 0);
    CHECK(c.n > 10);
}

/* ---- the table ---- */

static void every_member_of_an_object_follows_it(struct test *t)
{
    for (const struct conf_key *k = conf_keys; k->path; k++) {
        const char *dot = strrchr(k->path, '.');
        const struct conf_key *outer;
        if (!dot)
            continue;
        outer = conf_key_find(test_text(t, "%.*s", (int)(dot - k->path), k->path));
        if (!CHECK(outer && outer->type == CONF_T_OBJECT && outer < k))
            CHECK_STR(k->path, "in an object");
    }
}

static void a_file_of_braces_alone_tells_what_is_missing(struct test *t)
{
    struct conf_text own = {"conf.d/vpn.json", "{}", 2};
    struct buf errors = BUF_INIT(TEXT_MAX_BYTES);
    struct conf c = {0};
    struct err e = {0};

    CHECK_INT(conf_read(&c, "vpn", NULL, &own, &errors, &e), -1);
    CHECK_STR(buf_str(&errors),
              "conf.d/vpn.json:1:1: names: missing: the DNS names of the certificate\n"
              "conf.d/vpn.json:1:1: acme.agree_tos: must be true: read the CA's terms of service, "
              "and if you agree to them say so here\n"
              "conf.d/vpn.json:1:1: dns.provider: missing: what publishes the TXT record; allowed: "
              "acme-dns, rfc2136, cloudflare, azure, route53, powerdns, exec, manual, builtin\n");
    CHECK_STR(e.text, "conf.d/vpn.json:1:1: names: missing: the DNS names of the certificate "
                      "(and 2 more)");
    CHECK(!c.name);
    buf_clear(&errors);
}

/* Text that ends anywhere is refused, and nothing is read past its end. */
static void every_beginning_of_a_file_is_refused(struct test *t)
{
    const char *dir = test_data(t, "conf/all-keys");
    struct conf_text own = text_of(t, test_text(t, "%s/input.json", dir));
    size_t last = own.len;

    while (last && own.text[last - 1] != '}')
        last--;
    for (size_t n = 0; n < last; n++) {
        char *copy = malloc(n ? n : 1); /* of exactly this size, for the sanitizer */
        struct conf_text cut = {own.file, copy, n};
        struct conf c = {0};
        struct err e = {0};
        if (copy)
            memcpy(copy, own.text, n);
        if (!CHECK(copy && conf_read(&c, "vpn", NULL, &cut, NULL, &e) == -1))
            CHECK_INT(n, -1);
        conf_clear(&c);
        free(copy);
    }
}

static void find_all_keys(struct test *t, const struct json *schema)
{
    for (const struct conf_key *k = conf_keys; k->path; k++) {
        const struct json *at = schema;
        char *path = (char *)test_text(t, "%s", k->path);
        for (char *part = path, *next; part; part = next) {
            next = strchr(part, '.');
            if (next)
                *next++ = 0;
            at = json_get(json_get(at, "properties"), part);
            if (next && json_get(at, "items")) /* a list of objects */
                at = json_get(at, "items");
        }
        if (!CHECK(json_get_string(at, "description")))
            CHECK_STR(k->path, "in the schema");
    }
}

static void the_schema_names_every_key(struct test *t)
{
    struct buf text = BUF_INIT(TEXT_MAX_BYTES);
    struct json *schema = NULL;
    struct err e = {0};

    REQUIRE(conf_schema(&text, &e) == 0);
    REQUIRE(json_parse(&schema, text.p, text.len, "schema", &e) == 0);
    find_all_keys(t, schema);
    json_free(schema);
    buf_clear(&text);
}

/* ---- folders ---- */

static void make_dir(struct test *t, const char *name)
{
    struct err e = {0};

    CHECK_INT(os_make_dir(test_path(t, name), &e), 0);
}

static void write_text(struct test *t, const char *name, const char *text)
{
    test_write(t, name, text, strlen(text));
}

static const char SHARED[] =
    "{\"acme\": {\"agree_tos\": true}, \"deploy\": {\"target\": \"none\"},\n"
    " \"dns\": {\"provider\": \"rfc2136\", \"rfc2136\": {\"server\": "
    "\"127.0.0.1:5300\",\n \"key_name\": \"k\", \"key_file\": "
    "\"env:KEY\"}},\n \"log\": {\"level\": \"debug\", \"file\": \"a.log\"}}";

static void a_folder_is_read_sorted_by_name(struct test *t)
{
    struct conf_set s = {0};
    struct err e = {0};

    make_dir(t, "conf.d");
    write_text(t, "rras-acme.json", SHARED);
    write_text(t, "conf.d/a.json", "{\"names\": [\"a.example.com\"]}");
    write_text(t, "conf.d/a-b.json",
               "{\"names\": [\"b.example.com\"], \"dns\": {\"target\": \"x\"}}");
    write_text(t, "conf.d/readme.txt", "no configuration");
    if (!CHECK_INT(conf_load(&s, test_dir(t), NULL, &e), 0))
        CHECK_STR(e.text, "");
    REQUIRE(s.n == 2);
    CHECK_STR(s.v[0].name, "a");
    CHECK_STR(s.v[1].name, "a-b");
    CHECK_STR(s.v[1].dns.target, "x");
    CHECK(conf_find(&s, "a-b") == &s.v[1]);
    CHECK(!conf_find(&s, "b"));
    CHECK_STR(conf_nearest(&s, "a-c"), "a-b");
    CHECK(!conf_nearest(&s, "something.else"));
    CHECK(s.log_given);
    CHECK_INT(s.log_level, LOG_DEBUG);
    CHECK(s.log_file && strstr(s.log_file, "a.log") != s.log_file);
    conf_set_clear(&s);
}

static void errors_of_all_files_are_told_together(struct test *t)
{
    struct buf errors = BUF_INIT(TEXT_MAX_BYTES);
    struct conf_set s = {0};
    struct err e = {0};

    make_dir(t, "conf.d");
    write_text(t, "rras-acme.json", "{\"deploy\": {\"prot\": 1}}");
    write_text(t, "conf.d/Vpn.json", "{");
    write_text(t, "conf.d/none.json", "{\"names\": []}");
    write_text(t, "conf.d/z.json", "[]");
    CHECK_INT(conf_load(&s, test_dir(t), &errors, &e), -1);
    CHECK_INT(e.code, ERR_USAGE);
    CHECK_STR(
        plain(t, buf_str(&errors), plain(t, test_dir(t), "//")),
        "rras-acme.json:1:13: deploy.prot: unknown key; did you mean \"port\"?\n"
        "conf.d/Vpn.json: \"Vpn\" cannot name a certificate: up to 128 lower-case letters, "
        "digits, '.', '-' and '_', no '.' at either end\n"
        "conf.d/Vpn.json:1:2: a key in double quotes is expected here, not the end of the "
        "file\n"
        "conf.d/none.json:1:1: acme.agree_tos: must be true: read the CA's terms of service, "
        "and if you agree to them say so here\n"
        "conf.d/none.json:1:1: dns.provider: missing: what publishes the TXT record; allowed: "
        "acme-dns, rfc2136, cloudflare, azure, route53, powerdns, exec, manual, builtin\n"
        "conf.d/none.json:1:11: names: is an empty list\n"
        "conf.d/z.json:1:1: \"{\" is expected here, not \"[\"\n");
    CHECK(!s.v);
    buf_clear(&errors);
}

static void two_certificates_for_rras_are_refused(struct test *t)
{
    struct conf_set s = {0};
    struct err e = {0};

    make_dir(t, "conf.d");
    write_text(t, "rras-acme.json", SHARED);
    write_text(t, "conf.d/a.json",
               "{\"names\": [\"a.example.com\"], \"deploy\": {\"target\": \"rras\"}}");
    write_text(t, "conf.d/b.json",
               "{\"names\": [\"b.example.com\"], \"deploy\": {\"target\": \"rras\"}}");
    CHECK_INT(conf_load(&s, test_dir(t), NULL, &e), -1);
    CHECK(strstr(e.text, "b.json: deploy.target: \"rras\" is the target of a already"));
    conf_set_clear(&s);
}

static void a_folder_that_is_not_there_is_told(struct test *t)
{
    struct conf_set s = {0};
    struct err e = {0};

    CHECK_INT(conf_load(&s, test_path(t, "none"), NULL, &e), -1);
    CHECK_INT(e.code, ERR_USAGE);
    CHECK(strstr(e.text, "is not there"));
    err_clear(&e);
    CHECK_INT(conf_load(&s, test_dir(t), NULL, &e), 0); /* empty: no certificates */
    CHECK_INT(s.n, 0);
    CHECK(!s.log_given);
    conf_set_clear(&s);
}

/* The samples load once the secret that they name is there. */
static void the_samples_load(struct test *t)
{
    const char *root = test_data(t, "../../conf");
    struct conf_set s = {0};
    struct err e = {0};

    make_dir(t, "conf.d");
    make_dir(t, "secrets");
    write_text(t, "rras-acme.json", test_read(t, test_text(t, "%s/rras-acme.json", root), NULL));
    write_text(t, "conf.d/vpn.example.com.json",
               test_read(t, test_text(t, "%s/conf.d/vpn.example.com.json", root), NULL));
    write_text(t, "secrets/tsig.key", "c2VjcmV0\n");
    if (!CHECK_INT(conf_load(&s, test_dir(t), NULL, &e), 0))
        CHECK_STR(e.text, "");
    REQUIRE(s.n == 1);
    CHECK_STR(s.v[0].name, "vpn.example.com");
    conf_set_clear(&s);
}

/* ---- secrets ---- */

static void a_secret_file_is_read_without_its_final_newline(struct test *t)
{
    const char *path = test_path(t, "key");
    struct buf out = BUF_INIT(100);
    struct err e = {0};

    REQUIRE(os_write_file(path, "abc=\r\n", 6, &e) == 0); /* private, as os.h makes files */
    CHECK_INT(conf_secret(path, "dns.rfc2136.key_file", &out, &e), 0);
    CHECK_STR(buf_str(&out), "abc=");
    buf_wipe(&out);
    REQUIRE(os_write_file(path, "\n", 1, &e) == 0);
    CHECK_INT(conf_secret(path, "dns.rfc2136.key_file", &out, &e), -1);
    CHECK_INT(e.code, ERR_USAGE);
    CHECK(strstr(e.text, "dns.rfc2136.key_file"));
    buf_wipe(&out);
}

static void a_secret_that_is_not_there_is_told(struct test *t)
{
    struct buf out = BUF_INIT(100);
    struct err e = {0};

    CHECK_INT(conf_secret(test_path(t, "none"), "key", &out, &e), -1);
    CHECK_INT(e.code, ERR_USAGE);
    err_clear(&e);
    CHECK_INT(conf_secret("env:RRAS_ACME_NO_SUCH_VARIABLE", "key", &out, &e), -1);
    CHECK_STR(e.text, "key: environment variable RRAS_ACME_NO_SUCH_VARIABLE is not set");
    CHECK(strstr(e.hint, "SYSTEM") != NULL);
    buf_wipe(&out);
}

const struct test_case suite_conf[] = {
    {"each_folder_of_cases_reads_as_expected", each_folder_of_cases_reads_as_expected},
    {"every_member_of_an_object_follows_it", every_member_of_an_object_follows_it},
    {"a_file_of_braces_alone_tells_what_is_missing", a_file_of_braces_alone_tells_what_is_missing},
    {"every_beginning_of_a_file_is_refused", every_beginning_of_a_file_is_refused},
    {"the_schema_names_every_key", the_schema_names_every_key},
    {"a_folder_is_read_sorted_by_name", a_folder_is_read_sorted_by_name},
    {"errors_of_all_files_are_told_together", errors_of_all_files_are_told_together},
    {"two_certificates_for_rras_are_refused", two_certificates_for_rras_are_refused},
    {"a_folder_that_is_not_there_is_told", a_folder_that_is_not_there_is_told},
    {"the_samples_load", the_samples_load},
    {"a_secret_file_is_read_without_its_final_newline",
     a_secret_file_is_read_without_its_final_newline},
    {"a_secret_that_is_not_there_is_told", a_secret_that_is_not_there_is_told},
    {NULL, NULL},
};
