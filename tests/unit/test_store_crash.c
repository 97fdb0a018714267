/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: every point at which a crash, or a full disk, may leave certificates. */
#include "store_world.h"

#include "os.h"
#include "text.h"

#include <string.h>

static const char NAME[] = STORE_WORLD_NAME;

/* ---- crashes ---- */

/* The steps of store_slot.c, done by hand up to `last`: 1 to 3 are the files of S.new, 4 the
 * number, 5 the earlier archive/ID, 6 the first rename, 7 the second. */
enum { LAST_STEP = 7 };

static void make_new(struct test *t, const char *slot, int last)
{
    static const char *const files[] = {"chain.pem", "key.pem", "bundle.json"};
    struct err e = {0};

    CHECK_INT(os_make_dir(store_world_path(t, "s", test_text(t, "%s.new", slot)), &e), 0);
    for (int i = 0; i < 3 && i < last; i++)
        store_world_move(t, store_world_path(t, "made", test_text(t, "held/%s", files[i])),
                         store_world_path(t, "s", test_text(t, "%s.new/%s", slot, files[i])));
}

static void crash_after(struct test *t, const char *slot, const struct bundle *old, int last)
{
    char hex[2 * SHA256_BYTES + 1];
    const char *archive;
    struct err e = {0};

    text_hex(old->leaf.sha256, SHA256_BYTES, hex);
    archive = store_world_path(t, "s", test_text(t, "archive/%.16s", hex));
    make_new(t, slot, last);
    if (last >= 4)
        store_world_write(t, store_world_path(t, "s", test_text(t, "%s/archived.json", slot)),
                          "{\"number\": 7}");
    CHECK_INT(os_make_dir(archive, &e), 0); /* left over from an earlier time */
    store_world_write(t, test_text(t, "%s/key.pem", archive), "half removed");
    if (last >= 5)
        CHECK_INT(os_remove_tree(archive, &e), 0);
    if (last >= 6)
        store_world_move(t, store_world_path(t, "s", slot), archive);
    if (last >= 7)
        store_world_move(t, store_world_path(t, "s", test_text(t, "%s.new", slot)),
                         store_world_path(t, "s", slot));
}

static void check_after_crash(struct test *t, enum store_slot slot,
                              const struct store_world_certs *x, bool done)
{
    struct store *s = store_world_open(t, "s", STORE_READ);

    REQUIRE(s);
    store_world_check(t, s, slot, done ? &x->c : &x->b);
    store_close(s);
    s = store_world_open(t, "s", STORE_WRITE);
    REQUIRE(s);
    store_world_check(t, s, slot, done ? &x->c : &x->b);
    CHECK_INT(store_world_archived(t, s, &x->b), done);
    CHECK(!os_exists(store_world_path(t, "s", "live.new")));
    CHECK(!os_exists(store_world_path(t, "s", "held.new")));
    if (slot == STORE_HELD)
        store_world_check(t, s, STORE_LIVE, &x->a);
    store_close(s);
}

/* held: live A, held B, and C comes. live: live B, and C comes. */
static void crash_once(struct test *t, enum store_slot slot, const struct store_world_certs *x,
                       int last)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE),
                 *made = store_world_open(t, "made", STORE_WRITE);
    struct err e = {0};

    REQUIRE(s && made);
    store_world_hold(t, made, &x->c);
    store_close(made);
    store_world_hold(t, s, slot == STORE_HELD ? &x->a : &x->b);
    store_world_promote(t, s);
    if (slot == STORE_HELD)
        store_world_hold(t, s, &x->b);
    store_close(s);
    crash_after(t, slot == STORE_HELD ? "held" : "live", &x->b, last);
    check_after_crash(t, slot, x, last >= 3);
    CHECK_INT(os_remove_tree(test_path(t, "s"), &e), 0);
    CHECK_INT(os_remove_tree(test_path(t, "made"), &e), 0);
}

static void a_crash_at_any_step_of_filling_a_slot_is_mended(struct test *t)
{
    struct store_world_certs x = {0};

    store_world_three(t, &x);
    for (int last = 0; last <= LAST_STEP; last++) {
        crash_once(t, STORE_HELD, &x, last);
        crash_once(t, STORE_LIVE, &x, last);
    }
    store_world_three_clear(&x);
}

static void a_half_removed_archive_is_pruned(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    store_world_hold(t, s, &x.a);
    store_world_hold(t, s, &x.b);
    CHECK_INT(os_make_dir(store_world_path(t, "s", "archive/0123456789abcdef"), &e), 0);
    CHECK_INT(os_make_dir(store_world_path(t, "s", "archive/not ours"), &e), 0);
    CHECK_INT(store_prune(s, NAME, 1, &e), 0);
    CHECK(!os_exists(store_world_path(t, "s", "archive/0123456789abcdef")));
    CHECK(os_exists(store_world_path(t, "s", "archive/not ours")));
    CHECK(store_world_archived(t, s, &x.a));
    store_world_three_clear(&x);
    store_close(s);
}

/* ---- what cannot be written ---- */

static void a_hold_that_fails_leaves_the_store_as_it_was(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    store_world_hold(t, s, &x.a);
    store_world_promote(t, s);
    store_world_hold(t, s, &x.b);
    store_world_write(t, store_world_path(t, "s", "held.new"), "a file in the way");
    CHECK_INT(store_hold(s, NAME, &x.c, &e), -1);
    CHECK(strstr(e.text, "held.new"));
    store_world_check(t, s, STORE_LIVE, &x.a);
    store_world_check(t, s, STORE_HELD, &x.b);
    err_clear(&e);
    CHECK_INT(os_remove_file(store_world_path(t, "s", "held.new"), &e), 0);
    store_world_hold(t, s, &x.c);
    store_world_check(t, s, STORE_HELD, &x.c);
    store_world_three_clear(&x);
    store_close(s);
}

static void a_promote_that_fails_is_finished_later(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    store_world_hold(t, s, &x.a);
    store_world_promote(t, s);
    store_world_hold(t, s, &x.b);
    store_world_write(t, store_world_path(t, "s", "archive"), "a file in the way");
    CHECK_INT(store_promote(s, NAME, &e), -1);
    CHECK(strstr(e.text, "archive"));
    store_world_check(t, s, STORE_LIVE, &x.b); /* decided, not finished */
    store_close(s);
    err_clear(&e);
    CHECK_INT(os_remove_file(store_world_path(t, "s", "archive"), &e), 0);
    s = store_world_open(t, "s", STORE_WRITE);
    REQUIRE(s);
    store_world_check(t, s, STORE_LIVE, &x.b);
    store_world_check(t, s, STORE_HELD, NULL);
    CHECK(store_world_archived(t, s, &x.a));
    store_world_three_clear(&x);
    store_close(s);
}

const struct test_case suite_store_crash[] = {
    {"a_crash_at_any_step_of_filling_a_slot_is_mended",
     a_crash_at_any_step_of_filling_a_slot_is_mended},
    {"a_half_removed_archive_is_pruned", a_half_removed_archive_is_pruned},
    {"a_hold_that_fails_leaves_the_store_as_it_was", a_hold_that_fails_leaves_the_store_as_it_was},
    {"a_promote_that_fails_is_finished_later", a_promote_that_fails_is_finished_later},
    {NULL, NULL},
};
