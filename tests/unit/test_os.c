/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders; the rest of the system is in test_os_system.c. */
#include <string.h>

#include "os.h"
#include "test.h"
#include "text.h"

/* The whole file through os_read_file; "" when it is not there. */
static const char *contents(struct test *t, const char *path)
{
    struct buf b = BUF_INIT(100000);
    struct err err = {0};
    const char *text = "";

    if (os_read_file(path, &b, &err) == 0)
        text = test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return text;
}

struct listing {
    char text[500];
    int left; /* names until it stops */
};

static int add(void *user, const char *name)
{
    struct listing *l = user;
    size_t len = strlen(l->text);

    text_copy(l->text + len, sizeof l->text - len, name);
    len = strlen(l->text);
    text_copy(l->text + len, sizeof l->text - len, " ");
    return --l->left == 0 ? 1 : 0;
}

static const char *names_in(struct test *t, const char *dir)
{
    struct listing l = {"", 100};
    struct err err = {0};

    if (os_list_dir(dir, add, &l, &err))
        CHECK_STR(err.text, "");
    return test_text(t, "%s", l.text);
}

static void files_are_replaced_whole(struct test *t)
{
    const char *path = test_path(t, "f");
    struct err err = {0};

    CHECK(!os_exists(path));
    CHECK_INT(os_write_file(path, "one", 3, &err), 0);
    CHECK_STR(contents(t, path), "one");
    CHECK_INT(os_write_file(path, "two!", 4, &err), 0);
    CHECK_STR(contents(t, path), "two!");
    CHECK_INT(os_write_shared_file(path, "", 0, &err), 0);
    CHECK_STR(contents(t, path), "");
    CHECK(os_exists(path));
    CHECK_STR(names_in(t, test_dir(t)), "f ");
    CHECK_INT(os_write_file(test_path(t, "no/f"), "x", 1, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
}

static void created_files_are_new(struct test *t)
{
    const char *path = test_path(t, "f");
    struct err err = {0};

    CHECK_INT(os_create_file(path, "one", 3, &err), 0);
    CHECK_INT(os_create_file(path, "two", 3, &err), -1);
    CHECK_INT(err.code, ERR_EXISTS);
    CHECK(strstr(err.text, path) != NULL);
    CHECK_STR(contents(t, path), "one");
    CHECK_STR(names_in(t, test_dir(t)), "f ");
}

static void records_are_appended(struct test *t)
{
    const char *path = test_path(t, "log");
    struct err err = {0};

    CHECK_INT(os_append_file(path, "a\n", 2, &err), 0);
    CHECK_INT(os_append_file(path, "b\n", 2, &err), 0);
    CHECK_STR(contents(t, path), "a\nb\n");
}

static void reading_obeys_the_cap(struct test *t)
{
    const char *path = test_path(t, "f");
    struct buf b = BUF_INIT(12);
    struct err err = {0};

    REQUIRE(os_write_file(path, "0123456789", 10, &err) == 0);
    buf_puts(&b, "ab");
    CHECK_INT(os_read_file(path, &b, &err), 0);
    CHECK_STR(buf_str(&b), "ab0123456789");
    CHECK_INT(os_read_file(path, &b, &err), -1);
    CHECK_INT(err.code, ERR_FAIL);
    CHECK_STR(buf_str(&b), "ab0123456789");
    err_clear(&err);
    CHECK_INT(os_read_file(test_path(t, "absent"), &b, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
    CHECK(strstr(err.text, "absent") != NULL);
    err_clear(&err);
    CHECK_INT(os_read_file(test_dir(t), &b, &err), -1);
    CHECK(err_is_set(&err));
    buf_clear(&b);
}

static void large_files_survive(struct test *t)
{
    enum { BYTES = 300001 };
    struct buf data = BUF_INIT(BYTES), back = BUF_INIT(BYTES);
    struct err err = {0};

    for (int i = 0; i < BYTES; i++)
        buf_putc(&data, (char)(i * 7));
    CHECK_INT(os_write_file(test_path(t, "big"), data.p, data.len, &err), 0);
    CHECK_INT(os_read_file(test_path(t, "big"), &back, &err), 0);
    CHECK_MEM(back.p, back.len, data.p, BYTES);
    buf_clear(&back);
    buf_clear(&data);
}

static void names_are_utf8(struct test *t)
{
    const char *dir = test_path(t, "M\xc3\xbcnchen \xe6\x97\xa5");
    struct err err = {0};

    CHECK_INT(os_make_dir(dir, &err), 0);
    CHECK_INT(os_write_file(test_text(t, "%s/\xf0\x9f\x94\x92", dir), "x", 1, &err), 0);
    CHECK_STR(names_in(t, dir), "\xf0\x9f\x94\x92 ");
    CHECK_STR(contents(t, test_text(t, "%s/\xf0\x9f\x94\x92", dir)), "x");
    CHECK_STR(names_in(t, test_dir(t)), "M\xc3\xbcnchen \xe6\x97\xa5 ");
}

static void long_paths_work(struct test *t)
{
    const char *name = "a-folder-with-a-long-name-of-sixty-characters-0123456789-abcd";
    const char *dir = test_text(t, "%s/%s/%s/%s/%s/%s", test_dir(t), name, name, name, name, name);
    const char *path = test_text(t, "%s/%s", dir, name);
    struct err err = {0};

    CHECK_INT(os_make_dir(dir, &err), 0);
    CHECK_INT(os_write_file(path, "deep", 4, &err), 0);
    CHECK_STR(err.text, "");
    CHECK_STR(contents(t, path), "deep");
    CHECK_INT(os_remove_tree(test_text(t, "%s/%s", test_dir(t), name), &err), 0);
    CHECK_STR(err.text, "");
    CHECK_STR(names_in(t, test_dir(t)), "");
}

static void folders_are_made_with_their_parents(struct test *t)
{
    struct err err = {0};

    CHECK_INT(os_make_dir(test_path(t, "a/b/c"), &err), 0);
    CHECK_INT(os_make_dir(test_path(t, "a/b/c"), &err), 0);
    CHECK_INT(os_make_dir(test_path(t, "a/b/d/"), &err), 0);
    CHECK_STR(names_in(t, test_path(t, "a/b")), "c d ");
    CHECK_INT(os_check_private(test_path(t, "a"), &err), 0);
    CHECK_INT(os_check_private(test_path(t, "a/b/c"), &err), 0);
    CHECK_STR(err.text, "");
    REQUIRE(os_write_file(test_path(t, "f"), "x", 1, &err) == 0);
    CHECK_INT(os_make_dir(test_path(t, "f"), &err), -1);
    CHECK_INT(err.code, ERR_FAIL);
    CHECK(strstr(err.text, "no folder") != NULL);
    err_clear(&err);
    CHECK_INT(os_make_dir(test_path(t, "f/g"), &err), -1);
}

static void our_own_is_private(struct test *t)
{
    const char *path = test_path(t, "key");
    struct err err = {0};

    CHECK_INT(os_check_private(path, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
    err_clear(&err);
    CHECK_INT(os_check_secret_file(path, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
    err_clear(&err);
    REQUIRE(os_write_file(path, "x", 1, &err) == 0);
    CHECK_INT(os_check_secret_file(path, &err), 0);
    CHECK_STR(err.text, "");
    CHECK_INT(os_check_private(path, &err), -1); /* a file, no folder */
    CHECK_INT(err.code, ERR_DENIED);
    err_clear(&err);
    REQUIRE(os_append_file(test_path(t, "log"), "x", 1, &err) == 0);
    CHECK_INT(os_check_secret_file(test_path(t, "log"), &err), 0);
    CHECK_INT(os_check_secret_file(test_dir(t), &err), -1);
    CHECK_INT(err.code, ERR_DENIED);
}

static void listing_is_sorted_and_can_stop(struct test *t)
{
    static const char *const names[] = {"b", "B", "a.txt", "a", "\xc3\xa4"};
    struct listing l = {"", 2};
    struct err err = {0};

    CHECK_STR(names_in(t, test_dir(t)), "");
    for (int i = 4; i >= 0; i--) {
        if (i == 1)
            continue; /* "B" and "b" are one on Windows */
        REQUIRE(os_write_file(test_path(t, names[i]), "", 0, &err) == 0);
    }
    CHECK_STR(names_in(t, test_dir(t)), "a a.txt b \xc3\xa4 ");
    CHECK_INT(os_list_dir(test_dir(t), add, &l, &err), 0);
    CHECK_STR(l.text, "a a.txt ");
    CHECK_INT(os_list_dir(test_path(t, "absent"), add, &l, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
}

static void removing(struct test *t)
{
    struct err err = {0};

    CHECK_INT(os_remove_file(test_path(t, "f"), &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
    err_clear(&err);
    CHECK_INT(os_remove_tree(test_path(t, "d"), &err), 0);
    REQUIRE(os_make_dir(test_path(t, "d/e"), &err) == 0);
    REQUIRE(os_write_file(test_path(t, "d/f"), "x", 1, &err) == 0);
    REQUIRE(os_write_file(test_path(t, "d/e/f"), "x", 1, &err) == 0);
    CHECK_INT(os_remove_file(test_path(t, "d/f"), &err), 0);
    CHECK_INT(os_remove_tree(test_path(t, "d"), &err), 0);
    CHECK_STR(names_in(t, test_dir(t)), "");
    REQUIRE(os_write_file(test_path(t, "f"), "x", 1, &err) == 0);
    CHECK_INT(os_remove_tree(test_path(t, "f"), &err), -1);
    CHECK(os_exists(test_path(t, "f")));
}

static void leftovers_are_swept(struct test *t)
{
    static const char *const stay[] = {"f",
                                       "f.tmp",
                                       ".tmp0123456789abcdef",
                                       "f.tmp0123456789abcde",
                                       "f.tmp0123456789abcdefg",
                                       "f.tmp0123456789ABCDE0",
                                       "x.tmp0123456789abcdef.bak"};
    struct err err = {0};

    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) {
        CHECK(!os_is_leftover(stay[i], NULL, NULL));
        REQUIRE(os_write_file(test_path(t, stay[i]), "x", 1, &err) == 0);
    }
    REQUIRE(os_write_file(test_path(t, "f.tmp0123456789abcdef"), "x", 1, &err) == 0);
    REQUIRE(os_write_file(test_path(t, "g.h.tmp0123456789abcdef"), "x", 1, &err) == 0);
    REQUIRE(os_write_file(test_path(t, "fg.tmpfedcba9876543210"), "x", 1, &err) == 0);
    CHECK_INT(os_sweep(test_dir(t), "f", NULL, &err), 0);
    CHECK(!os_exists(test_path(t, "f.tmp0123456789abcdef")));
    CHECK(os_exists(test_path(t, "fg.tmpfedcba9876543210")));
    CHECK_INT(os_sweep(test_dir(t), NULL, "g.h", &err), 0);
    CHECK(!os_exists(test_path(t, "fg.tmpfedcba9876543210")));
    CHECK(os_exists(test_path(t, "g.h.tmp0123456789abcdef")));
    CHECK_INT(os_sweep(test_dir(t), NULL, NULL, &err), 0);
    CHECK(!os_exists(test_path(t, "g.h.tmp0123456789abcdef")));
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
        CHECK(os_exists(test_path(t, stay[i])));
    CHECK_INT(os_sweep(test_path(t, "none"), NULL, NULL, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
}

static void renaming(struct test *t)
{
    struct err err = {0};

    REQUIRE(os_make_dir(test_path(t, "d"), &err) == 0);
    REQUIRE(os_write_file(test_path(t, "d/f"), "x", 1, &err) == 0);
    REQUIRE(os_write_file(test_path(t, "g"), "y", 1, &err) == 0);
    CHECK_INT(os_rename(test_path(t, "d"), test_path(t, "e"), &err), 0);
    CHECK_INT(os_rename(test_path(t, "e/f"), test_path(t, "g"), &err), 0);
    CHECK_STR(contents(t, test_path(t, "g")), "x");
    CHECK_STR(names_in(t, test_dir(t)), "e g ");
    CHECK_INT(os_rename(test_path(t, "absent"), test_path(t, "h"), &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
}

static void free_space_is_told(struct test *t)
{
    struct err err = {0};
    int64_t bytes = -1;

    CHECK_INT(os_free_space(test_dir(t), &bytes, &err), 0);
    CHECK(bytes >= 0);
    CHECK_INT(os_free_space(test_path(t, "absent"), &bytes, &err), -1);
}

const struct test_case suite_os[] = {
    {"files_are_replaced_whole", files_are_replaced_whole},
    {"created_files_are_new", created_files_are_new},
    {"records_are_appended", records_are_appended},
    {"reading_obeys_the_cap", reading_obeys_the_cap},
    {"large_files_survive", large_files_survive},
    {"names_are_utf8", names_are_utf8},
    {"long_paths_work", long_paths_work},
    {"folders_are_made_with_their_parents", folders_are_made_with_their_parents},
    {"our_own_is_private", our_own_is_private},
    {"listing_is_sorted_and_can_stop", listing_is_sorted_and_can_stop},
    {"removing", removing},
    {"leftovers_are_swept", leftovers_are_swept},
    {"renaming", renaming},
    {"free_space_is_told", free_space_is_told},
    {NULL, NULL},
};
