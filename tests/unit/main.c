/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the unit tests.
 *
 *     unit [-v] [TEXT|-TEXT...]
 *
 * TEXT selects the tests whose "suite.name" contains it, -TEXT leaves them out. -v names each test
 * as it starts, so that a crash shows where. The last line is "N passed, N failed" (", N skipped"
 * when there are any).
 */
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

struct owned {
    struct owned *next;
    max_align_t data[];
};

struct test {
    const char *suite, *name;
    struct owned *owned;
    const char *dir, *skipped;
    bool failed;
};

struct suite {
    const char *name;
    const struct test_case *cases;
};

/* suites.inc is made by CMake: one SUITE(NAME) for each tests/unit/test_NAME.c. */
#define SUITE(name) extern const struct test_case suite_##name[];
#include "suites.inc"
#undef SUITE
#define SUITE(name) {#name, suite_##name},
static const struct suite suites[] = {
#include "suites.inc"
    {NULL, NULL},
};
#undef SUITE

static void give_up(const struct test *t, const char *what, const char *object)
{
    printf("%s.%s: test harness: %s: %s\n", t->suite, t->name, object, what);
    exit(2);
}

static void *own(struct test *t, size_t bytes)
{
    struct owned *o = malloc(sizeof *o + bytes);

    if (!o) {
        give_up(t, "no memory", "malloc");
        return NULL;
    }
    o->next = t->owned;
    t->owned = o;
    return o->data;
}

const char *test_text(struct test *t, const char *format, ...)
{
    va_list args, again;
    char *text = NULL;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    if (n >= 0) {
        text = own(t, (size_t)n + 1);
        vsnprintf(text, (size_t)n + 1, format, again);
    } else {
        give_up(t, "cannot format", "test_text");
    }
    va_end(again);
    va_end(args);
    return text;
}

const char *test_dir(struct test *t)
{
    enum { PATH_BYTES = 4096 };

    if (!t->dir) {
        char *path = own(t, PATH_BYTES);
        if (platform_make_dir(path, PATH_BYTES))
            give_up(t, "cannot make a folder", "temporary folder");
        t->dir = path;
    }
    return t->dir;
}

const char *test_path(struct test *t, const char *name)
{
    const char *dir = test_dir(t);
    return test_text(t, "%s/%s", dir, name);
}

const char *test_data(struct test *t, const char *name)
{
    const char *root = getenv("RRAS_TEST_DATA");
    return test_text(t, "%s/%s", root && *root ? root : RRAS_TEST_DATA, name);
}

char *test_read(struct test *t, const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    long size = -1;

    if (f && fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    if (size >= 0 && fseek(f, 0, SEEK_SET) == 0) {
        data = own(t, (size_t)size + 1);
        if (fread(data, 1, (size_t)size, f) != (size_t)size)
            data = NULL;
    }
    if (f)
        fclose(f);
    if (!data) {
        give_up(t, "cannot read", path);
        return NULL;
    }
    data[size] = 0;
    if (len)
        *len = (size_t)size;
    return data;
}

const char *test_write(struct test *t, const char *name, const void *data, size_t len)
{
    const char *path = test_path(t, name);
    FILE *f = fopen(path, "wb");
    size_t written = 0;

    if (f && len > 0)
        written = fwrite(data, 1, len, f);
    if (!f || fclose(f) != 0 || written != len)
        give_up(t, "cannot write", path);
    return path;
}

static bool fail(struct test *t, const char *file, int line, const char *what)
{
    t->failed = true;
    printf("%s:%d: %s.%s: %s", file, line, t->suite, t->name, what);
    return false;
}

bool test_check(struct test *t, bool holds, const char *file, int line, const char *what)
{
    if (holds)
        return true;
    fail(t, file, line, what);
    printf(": does not hold\n");
    return false;
}

bool test_check_int(struct test *t, long long got, long long want, const char *file, int line,
                    const char *what)
{
    if (got == want)
        return true;
    fail(t, file, line, what);
    printf(": got %lld, want %lld\n", got, want);
    return false;
}

static void print_string(const char *label, const char *s)
{
    if (s)
        printf("    %s \"%s\"\n", label, s);
    else
        printf("    %s NULL\n", label);
}

bool test_check_str(struct test *t, const char *got, const char *want, const char *file, int line,
                    const char *what)
{
    if (got && want ? strcmp(got, want) == 0 : got == want)
        return true;
    fail(t, file, line, what);
    printf(":\n");
    print_string("got ", got);
    print_string("want", want);
    return false;
}

static void print_bytes(const char *label, struct test_mem mem, size_t from)
{
    enum { SHOWN_BYTES = 32 };
    const unsigned char *p = mem.data;

    printf("    %s", label);
    for (size_t i = from; i < mem.len && i < from + SHOWN_BYTES; i++)
        printf(" %02x", p[i]);
    printf("%s\n", mem.len > from + SHOWN_BYTES ? " ..." : "");
}

bool test_check_mem(struct test *t, struct test_mem got, struct test_mem want, const char *file,
                    int line, const char *what)
{
    const unsigned char *a = got.data, *b = want.data;
    size_t same = 0;

    while (same < got.len && same < want.len && a[same] == b[same])
        same++;
    if (same == got.len && same == want.len)
        return true;
    fail(t, file, line, what);
    printf(": got %zu bytes, want %zu; they differ from byte %zu:\n", got.len, want.len, same);
    print_bytes("got ", got, same);
    print_bytes("want", want, same);
    return false;
}

void test_skip(struct test *t, const char *reason)
{
    t->skipped = reason;
    printf("%s.%s: skipped: %s\n", t->suite, t->name, reason);
}

struct totals {
    int passed, failed, skipped;
};

static void finish(struct test *t, struct totals *sum)
{
    if (t->dir && platform_remove_dir(t->dir)) {
        printf("%s.%s: cannot remove %s (a file left open?)\n", t->suite, t->name, t->dir);
        t->failed = true;
    }
    for (struct owned *o = t->owned, *next; o; o = next) {
        next = o->next;
        free(o);
    }
    if (t->failed)
        sum->failed++;
    else if (t->skipped)
        sum->skipped++;
    else
        sum->passed++;
}

static bool selected(const char *suite, const char *name, char **texts)
{
    char full[256];
    bool asked = false, found = false;

    snprintf(full, sizeof full, "%s.%s", suite, name);
    for (; *texts; texts++) {
        bool without = **texts == '-';
        bool fits = strstr(full, *texts + without) != NULL;
        if (without && fits)
            return false;
        asked = asked || !without;
        found = found || fits;
    }
    return found || !asked;
}

static void run_suite(const struct suite *suite, bool verbose, char **texts, struct totals *sum)
{
    for (const struct test_case *c = suite->cases; c->name; c++) {
        struct test t = {.suite = suite->name, .name = c->name};
        if (!selected(suite->name, c->name, texts))
            continue;
        if (verbose)
            printf("%s.%s\n", suite->name, c->name);
        c->run(&t);
        finish(&t, sum);
    }
}

int main(int argc, char **argv)
{
    struct totals sum = {0};
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;

    platform_init();
    for (const struct suite *s = suites; s->name; s++)
        run_suite(s, verbose, argv + 1 + verbose, &sum);
    printf("%d passed, %d failed", sum.passed, sum.failed);
    if (sum.skipped)
        printf(", %d skipped", sum.skipped);
    printf("\n");
    return sum.failed ? 1 : 0;
}
