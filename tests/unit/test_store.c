/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: records. What is kept of a name is in test_store_state.c, certificates are in
 * test_store_slot.c. */
#include "store_world.h"

#include "os.h"

#include <string.h>

static const char NAME[] = STORE_WORLD_NAME;

/* ---- records ---- */

static void a_record_is_read_as_it_was_written(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct buf out = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct err e = {0};

    REQUIRE(s);
    CHECK_INT(store_put(s, "accounts/x/account.json", "ab\0c", 4, &e), 0);
    CHECK_INT(store_get(s, "accounts/x/account.json", &out, &e), 0);
    CHECK_MEM(out.p, out.len, "ab\0c", 4);
    CHECK(store_has(s, "accounts/x/account.json"));
    CHECK_INT(store_remove(s, "accounts/x/account.json", &e), 0);
    CHECK_INT(store_remove(s, "accounts/x/account.json", &e), 0);
    CHECK(!store_has(s, "accounts/x/account.json"));
    CHECK_INT(store_get(s, "accounts/x/account.json", &out, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    buf_clear(&out);
    store_close(s);
}

static void a_secret_is_read_as_it_was_written(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct buf out = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct err e = {0};

    REQUIRE(s);
    CHECK_INT(store_put_secret(s, "accounts/x/key.pem", "secret", 6, &e), 0);
    CHECK_INT(store_get_secret(s, "accounts/x/key.pem", &out, &e), 0);
    CHECK_STR(buf_str(&out), "secret");
    CHECK_INT(os_check_secret_file(test_path(t, "s/accounts/x/key.pem"), &e), 0);
    buf_wipe(&out);
    store_close(s);
}

static void a_name_that_leads_out_is_refused(struct test *t)
{
    static const char *const names[] = {
        "",    "/etc/x", "../x", "a/../../x", "a//b",       "a/",       "a\\b",
        "C:x", "a/.b",   "a b",  "nul\n",     "a/b:stream", "\xc3\xa4",
    };
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct buf out = BUF_INIT(100);

    REQUIRE(s);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err e = {0};
        CHECK_INT(store_put(s, names[i], "x", 1, &e), -1);
        CHECK_INT(e.code, ERR_FAIL);
        CHECK(!store_has(s, names[i]));
    }
    buf_clear(&out);
    store_close(s);
}

static void a_store_that_is_not_there_is_not_made_by_reading(struct test *t)
{
    struct store *s = NULL;
    struct err e = {0};

    CHECK_INT(store_open(&s, test_path(t, "none"), STORE_READ, NULL, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    CHECK(!os_exists(test_path(t, "none")));
    CHECK(!s);
}

static void a_reader_needs_no_lock_and_writes_nothing(struct test *t)
{
    struct store *w = store_world_open(t, "s", STORE_WRITE),
                 *r = store_world_open(t, "s", STORE_READ);
    struct name_state st = {0};
    struct bundle none = {0};
    struct err e = {0};

    REQUIRE(w && r);
    CHECK_INT(store_put(r, "x", "x", 1, &e), -1);
    err_clear(&e);
    CHECK_INT(store_state_save(r, NAME, &st, &e), -1);
    err_clear(&e);
    CHECK_INT(store_promote(r, NAME, &e), -1);
    err_clear(&e);
    CHECK_INT(store_state_load(r, NAME, &st, &e), 0);
    CHECK_INT(store_load(r, NAME, STORE_LIVE, &none, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    store_close(r);
    store_close(w);
}

static void a_newer_layout_is_refused(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct err e = {0};

    CHECK(store_has(s, "version"));
    CHECK_INT(store_put(s, "version", "2\n", 2, &e), 0);
    store_close(s);
    s = NULL;
    CHECK_INT(store_open(&s, test_path(t, "s"), STORE_WRITE, NULL, &e), -1);
    CHECK_INT(e.code, ERR_USAGE);
    CHECK(strstr(e.text, "newer version"));
    err_clear(&e);
    CHECK_INT(store_open(&s, test_path(t, "s"), STORE_READ, NULL, &e), -1);
    CHECK(!s);
}

static void the_check_leaves_nothing(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct err e = {0};

    REQUIRE(s);
    CHECK_INT(store_check(s, &e), 0);
    CHECK(!store_has(s, "check"));
    CHECK_INT(os_make_dir(test_path(t, "s/check"), &e), 0); /* cannot be written */
    CHECK_INT(store_check(s, &e), -1);
    CHECK(strstr(e.text, "check"));
    store_close(s);
}

static void an_account_folder_is_named_after_host_and_url(struct test *t)
{
    char a[128], b[128];

    store_account_dir("https://acme-v02.api.letsencrypt.org/directory", a);
    CHECK_INT(strncmp(a, "accounts/acme-v02.api.letsencrypt.org_", 38), 0);
    CHECK_INT(strlen(a), 38 + 8);
    store_account_dir("https://127.0.0.1:14000/dir", a);
    store_account_dir("https://127.0.0.1:14001/dir", b);
    CHECK_INT(strncmp(a, "accounts/127.0.0.1_", 19), 0);
    CHECK(strcmp(a, b) != 0);
    store_account_dir("https://[::1]:14000/dir", a);
    CHECK_INT(strncmp(a, "accounts/___1_", 14), 0);
}

/* Whoever was killed while writing; what is written without the lock may be just now. */
static void temporary_files_of_the_dead_are_removed(struct test *t)
{
    static const char *const files[] = {
        "check.tmp0123456789abcdef",
        "accounts/a/account.key.tmp0123456789abcdef",
        "journal/dns.json.tmp0123456789abcdef",
        "certs/vpn/order.key.tmp0123456789abcdef",
        "watchdog.json.tmp0123456789abcdef",
        "accounts/a/account.key",
    };
    struct store *s = store_world_open(t, "state", STORE_WRITE);
    struct err e = {0};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        CHECK_INT(store_put(s, files[i], "x", 1, &e), 0);
    store_close(s);
    store_close(store_world_open(t, "state", STORE_READ));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        CHECK(os_exists(test_path(t, test_text(t, "state/%s", files[i]))));
    store_close(store_world_open(t, "state", STORE_WRITE));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        CHECK_INT(os_exists(test_path(t, test_text(t, "state/%s", files[i]))), i >= 4);
}

const struct test_case suite_store[] = {
    {"temporary_files_of_the_dead_are_removed", temporary_files_of_the_dead_are_removed},
    {"a_record_is_read_as_it_was_written", a_record_is_read_as_it_was_written},
    {"a_secret_is_read_as_it_was_written", a_secret_is_read_as_it_was_written},
    {"a_name_that_leads_out_is_refused", a_name_that_leads_out_is_refused},
    {"a_store_that_is_not_there_is_not_made_by_reading",
     a_store_that_is_not_there_is_not_made_by_reading},
    {"a_reader_needs_no_lock_and_writes_nothing", a_reader_needs_no_lock_and_writes_nothing},
    {"a_newer_layout_is_refused", a_newer_layout_is_refused},
    {"the_check_leaves_nothing", the_check_leaves_nothing},
    {"an_account_folder_is_named_after_host_and_url",
     an_account_folder_is_named_after_host_and_url},
    {NULL, NULL},
};
