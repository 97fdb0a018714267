/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: certificates, and every point at which a crash may leave them. */
#include "test.h"

#include "os.h"
#include "store.h"
#include "text.h"

#include <string.h>

static const char NAME[] = "vpn.example.com";
static const int64_t NOW = 1700000000;

/* ---- help ---- */

static struct store *open_store(struct test *t, const char *folder, enum store_mode mode)
{
    struct store *s = NULL;
    struct err e = {0};

    if (!CHECK_INT(store_open(&s, test_path(t, folder), mode, NULL, &e), 0))
        CHECK_STR(e.text, "");
    return s;
}

static void make_bundle(struct test *t, struct bundle *out)
{
    const char *const names[] = {NAME};
    struct cert_chain chain = {0};
    struct key *key = NULL;
    struct err e = {0};

    CHECK_INT(key_new(&key, KEY_EC256, &e), 0);
    CHECK_INT(cert_self_signed(key, names, 1, NOW, NOW + 86400, &chain, &e), 0);
    CHECK_INT(bundle_fill(out, &key, &chain, &e), 0);
}

struct three {
    struct bundle a, b, c;
};

static void three_make(struct test *t, struct three *x)
{
    make_bundle(t, &x->a);
    make_bundle(t, &x->b);
    make_bundle(t, &x->c);
}

static void three_clear(struct three *x)
{
    bundle_clear(&x->a);
    bundle_clear(&x->b);
    bundle_clear(&x->c);
}

/* want = NULL: the slot is empty. */
static void check_slot(struct test *t, struct store *s, enum store_slot slot,
                       const struct bundle *want)
{
    struct bundle got = {0};
    struct err e = {0};

    if (store_load(s, NAME, slot, &got, &e)) {
        CHECK(!want);
        CHECK_INT(e.code, ERR_NOT_FOUND);
    } else if (!want) {
        test_check(t, false, __FILE__, __LINE__, "the slot is empty");
    } else {
        CHECK_MEM(got.leaf.sha256, SHA256_BYTES, want->leaf.sha256, SHA256_BYTES);
        CHECK(key_same_public(got.key, want->key));
    }
    bundle_clear(&got);
}

static bool archived(struct test *t, struct store *s, const struct bundle *b)
{
    struct bundle got = {0};
    struct err e = {0};
    bool there = store_load_archived(s, NAME, b->leaf.sha256, &got, &e) == 0;

    if (there)
        CHECK_MEM(got.leaf.sha256, SHA256_BYTES, b->leaf.sha256, SHA256_BYTES);
    else
        CHECK_INT(e.code, ERR_NOT_FOUND);
    bundle_clear(&got);
    return there;
}

static void hold(struct test *t, struct store *s, const struct bundle *b)
{
    struct err e = {0};

    if (!CHECK_INT(store_hold(s, NAME, b, &e), 0))
        CHECK_STR(e.text, "");
}

static void promote(struct test *t, struct store *s)
{
    struct err e = {0};

    if (!CHECK_INT(store_promote(s, NAME, &e), 0))
        CHECK_STR(e.text, "");
}

static const char *in_cert(struct test *t, const char *folder, const char *what)
{
    return test_path(t, test_text(t, "%s/certs/%s/%s", folder, NAME, what));
}

static void move(struct test *t, const char *from, const char *to)
{
    struct err e = {0};

    if (!CHECK_INT(os_rename(from, to, &e), 0))
        CHECK_STR(e.text, "");
}

static void write_file(struct test *t, const char *path, const char *text)
{
    struct err e = {0};

    if (!CHECK_INT(os_write_file(path, text, strlen(text), &e), 0))
        CHECK_STR(e.text, "");
}

/* ---- slots ---- */

static void held_becomes_live_and_live_is_archived(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    CHECK_INT(store_promote(s, NAME, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    hold(t, s, &x.a);
    check_slot(t, s, STORE_HELD, &x.a);
    check_slot(t, s, STORE_LIVE, NULL);
    promote(t, s);
    check_slot(t, s, STORE_HELD, NULL);
    check_slot(t, s, STORE_LIVE, &x.a);
    hold(t, s, &x.b);
    hold(t, s, &x.c); /* b was never deployed */
    CHECK(archived(t, s, &x.b));
    promote(t, s);
    check_slot(t, s, STORE_LIVE, &x.c);
    CHECK(archived(t, s, &x.a));
    CHECK(!archived(t, s, &x.c));
    three_clear(&x);
    store_close(s);
}

/* As a roll-back does it: c to the front of a and b. */
static void live_is_replaced_past_the_held_one(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    hold(t, s, &x.c);
    promote(t, s);
    hold(t, s, &x.a);
    promote(t, s); /* archive: c */
    hold(t, s, &x.b);
    CHECK_INT(store_replace_live(s, NAME, &x.c, &e), 0);
    check_slot(t, s, STORE_LIVE, &x.c);
    check_slot(t, s, STORE_HELD, &x.b);
    CHECK(archived(t, s, &x.a));
    CHECK_INT(store_prune(s, NAME, 1, &e), 0);
    CHECK(archived(t, s, &x.a));
    three_clear(&x);
    store_close(s);
}

static void pruning_keeps_what_was_archived_last(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    hold(t, s, &x.a);
    promote(t, s);
    hold(t, s, &x.b);
    hold(t, s, &x.c);
    promote(t, s); /* archive: b, then a */
    CHECK_INT(store_prune(s, NAME, 2, &e), 0);
    CHECK(archived(t, s, &x.a) && archived(t, s, &x.b));
    CHECK_INT(store_prune(s, NAME, 1, &e), 0);
    CHECK(archived(t, s, &x.a));
    CHECK(!archived(t, s, &x.b));
    CHECK_INT(store_prune(s, NAME, 0, &e), 0);
    CHECK(!archived(t, s, &x.a));
    check_slot(t, s, STORE_LIVE, &x.c);
    CHECK_INT(store_prune(s, "other.example.com", 0, &e), 0);
    three_clear(&x);
    store_close(s);
}

/* Back to an archived certificate and forth again. */
static void a_certificate_may_come_back(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};

    REQUIRE(s);
    three_make(t, &x);
    for (int round = 0; round < 2; round++) {
        hold(t, s, &x.a);
        promote(t, s);
        hold(t, s, &x.b);
        promote(t, s);
    }
    check_slot(t, s, STORE_LIVE, &x.b);
    CHECK(archived(t, s, &x.a));
    hold(t, s, &x.b); /* the very same one: nothing to archive */
    promote(t, s);
    check_slot(t, s, STORE_LIVE, &x.b);
    CHECK(archived(t, s, &x.a));
    three_clear(&x);
    store_close(s);
}

static void damage_is_no_empty_slot(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct bundle got = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    hold(t, s, &x.a);
    CHECK_INT(store_remove(s, test_text(t, "certs/%s/held/key.pem", NAME), &e), 0);
    CHECK_INT(store_load(s, NAME, STORE_HELD, &got, &e), -1);
    CHECK_INT(e.code, ERR_FAIL);
    CHECK(strstr(e.text, "key.pem"));
    err_clear(&e);
    hold(t, s, &x.b);
    promote(t, s);
    move(t, in_cert(t, "s", "live"), in_cert(t, "s", "aside"));
    hold(t, s, &x.c);
    move(t, in_cert(t, "s", "aside/key.pem"), in_cert(t, "s", "held/key.pem"));
    CHECK_INT(store_load(s, NAME, STORE_HELD, &got, &e), -1);
    CHECK(strstr(e.text, "does not belong"));
    three_clear(&x);
    store_close(s);
}

static void the_leaf_is_known_without_the_certificate(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    const char *held = test_text(t, "certs/%s/held/bundle.json", NAME);
    struct three x = {0};
    struct cert_info got = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    CHECK_INT(store_load_leaf(s, NAME, STORE_HELD, &got, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    err_clear(&e);
    hold(t, s, &x.a);
    for (int earlier = 0; earlier < 2; earlier++) {
        CHECK_INT(store_load_leaf(s, NAME, STORE_HELD, &got, &e), 0);
        CHECK(memcmp(got.sha256, x.a.leaf.sha256, SHA256_BYTES) == 0);
        CHECK(memcmp(got.sha1, x.a.leaf.sha1, SHA1_BYTES) == 0);
        CHECK_STR(got.serial, x.a.leaf.serial);
        CHECK_STR(got.issuer, x.a.leaf.issuer);
        CHECK_STR(got.key, "ec256");
        CHECK_STR(got.ari_id, x.a.leaf.ari_id);
        CHECK_INT(got.not_before, NOW);
        CHECK_INT(got.not_after, NOW + 86400);
        if (CHECK_INT(got.name_count, 1))
            CHECK_STR(got.names[0], NAME);
        cert_info_clear(&got);
        CHECK_INT(store_put(s, held, "{\"sha256\":\"12\"}", 15, &e), 0); /* of an earlier version */
    }
    three_clear(&x);
    store_close(s);
}

static void a_leaf_without_its_files_is_damage(struct test *t)
{
    static const char *const files[] = {"chain.pem", "key.pem"};
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};

    REQUIRE(s);
    three_make(t, &x);
    for (size_t i = 0; i < 2 * sizeof files / sizeof *files; i++) {
        const char *rel = test_text(t, "certs/%s/held/%s", NAME, files[i / 2]);
        struct cert_info got = {0};
        struct err e = {0};
        hold(t, s, &x.a);
        CHECK_INT(i % 2 ? store_put(s, rel, "cut", 3, &e) : store_remove(s, rel, &e), 0);
        CHECK_INT(store_load_leaf(s, NAME, STORE_HELD, &got, &e), -1);
        CHECK_INT(e.code != ERR_NOT_FOUND && e.code != ERR_NONE, 1);
        CHECK(strstr(e.text, files[i / 2]));
    }
    three_clear(&x);
    store_close(s);
}

/* ---- crashes ---- */

/* The steps of store_slot.c, done by hand up to `last`: 1 to 3 are the files of S.new, 4 the
 * number, 5 the earlier archive/ID, 6 the first rename, 7 the second. */
enum { LAST_STEP = 7 };

static void make_new(struct test *t, const char *slot, int last)
{
    static const char *const files[] = {"chain.pem", "key.pem", "bundle.json"};
    struct err e = {0};

    CHECK_INT(os_make_dir(in_cert(t, "s", test_text(t, "%s.new", slot)), &e), 0);
    for (int i = 0; i < 3 && i < last; i++)
        move(t, in_cert(t, "made", test_text(t, "held/%s", files[i])),
             in_cert(t, "s", test_text(t, "%s.new/%s", slot, files[i])));
}

static void crash_after(struct test *t, const char *slot, const struct bundle *old, int last)
{
    char hex[2 * SHA256_BYTES + 1];
    const char *archive;
    struct err e = {0};

    text_hex(old->leaf.sha256, SHA256_BYTES, hex);
    archive = in_cert(t, "s", test_text(t, "archive/%.16s", hex));
    make_new(t, slot, last);
    if (last >= 4)
        write_file(t, in_cert(t, "s", test_text(t, "%s/archived.json", slot)), "{\"number\": 7}");
    CHECK_INT(os_make_dir(archive, &e), 0); /* left over from an earlier time */
    write_file(t, test_text(t, "%s/key.pem", archive), "half removed");
    if (last >= 5)
        CHECK_INT(os_remove_tree(archive, &e), 0);
    if (last >= 6)
        move(t, in_cert(t, "s", slot), archive);
    if (last >= 7)
        move(t, in_cert(t, "s", test_text(t, "%s.new", slot)), in_cert(t, "s", slot));
}

static void check_after_crash(struct test *t, enum store_slot slot, const struct three *x,
                              bool done)
{
    struct store *s = open_store(t, "s", STORE_READ);

    REQUIRE(s);
    check_slot(t, s, slot, done ? &x->c : &x->b);
    store_close(s);
    s = open_store(t, "s", STORE_WRITE);
    REQUIRE(s);
    check_slot(t, s, slot, done ? &x->c : &x->b);
    CHECK_INT(archived(t, s, &x->b), done);
    CHECK(!os_exists(in_cert(t, "s", "live.new")));
    CHECK(!os_exists(in_cert(t, "s", "held.new")));
    if (slot == STORE_HELD)
        check_slot(t, s, STORE_LIVE, &x->a);
    store_close(s);
}

/* held: live A, held B, and C comes. live: live B, and C comes. */
static void crash_once(struct test *t, enum store_slot slot, const struct three *x, int last)
{
    struct store *s = open_store(t, "s", STORE_WRITE), *made = open_store(t, "made", STORE_WRITE);
    struct err e = {0};

    REQUIRE(s && made);
    hold(t, made, &x->c);
    store_close(made);
    hold(t, s, slot == STORE_HELD ? &x->a : &x->b);
    promote(t, s);
    if (slot == STORE_HELD)
        hold(t, s, &x->b);
    store_close(s);
    crash_after(t, slot == STORE_HELD ? "held" : "live", &x->b, last);
    check_after_crash(t, slot, x, last >= 3);
    CHECK_INT(os_remove_tree(test_path(t, "s"), &e), 0);
    CHECK_INT(os_remove_tree(test_path(t, "made"), &e), 0);
}

static void a_crash_at_any_step_of_filling_a_slot_is_mended(struct test *t)
{
    struct three x = {0};

    three_make(t, &x);
    for (int last = 0; last <= LAST_STEP; last++) {
        crash_once(t, STORE_HELD, &x, last);
        crash_once(t, STORE_LIVE, &x, last);
    }
    three_clear(&x);
}

static void a_half_removed_archive_is_pruned(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    hold(t, s, &x.a);
    hold(t, s, &x.b);
    CHECK_INT(os_make_dir(in_cert(t, "s", "archive/0123456789abcdef"), &e), 0);
    CHECK_INT(os_make_dir(in_cert(t, "s", "archive/not ours"), &e), 0);
    CHECK_INT(store_prune(s, NAME, 1, &e), 0);
    CHECK(!os_exists(in_cert(t, "s", "archive/0123456789abcdef")));
    CHECK(os_exists(in_cert(t, "s", "archive/not ours")));
    CHECK(archived(t, s, &x.a));
    three_clear(&x);
    store_close(s);
}

/* ---- what cannot be written ---- */

static void a_hold_that_fails_leaves_the_store_as_it_was(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    hold(t, s, &x.a);
    promote(t, s);
    hold(t, s, &x.b);
    write_file(t, in_cert(t, "s", "held.new"), "a file in the way");
    CHECK_INT(store_hold(s, NAME, &x.c, &e), -1);
    CHECK(strstr(e.text, "held.new"));
    check_slot(t, s, STORE_LIVE, &x.a);
    check_slot(t, s, STORE_HELD, &x.b);
    err_clear(&e);
    CHECK_INT(os_remove_file(in_cert(t, "s", "held.new"), &e), 0);
    hold(t, s, &x.c);
    check_slot(t, s, STORE_HELD, &x.c);
    three_clear(&x);
    store_close(s);
}

static void a_promote_that_fails_is_finished_later(struct test *t)
{
    struct store *s = open_store(t, "s", STORE_WRITE);
    struct three x = {0};
    struct err e = {0};

    REQUIRE(s);
    three_make(t, &x);
    hold(t, s, &x.a);
    promote(t, s);
    hold(t, s, &x.b);
    write_file(t, in_cert(t, "s", "archive"), "a file in the way");
    CHECK_INT(store_promote(s, NAME, &e), -1);
    CHECK(strstr(e.text, "archive"));
    check_slot(t, s, STORE_LIVE, &x.b); /* decided, not finished */
    store_close(s);
    err_clear(&e);
    CHECK_INT(os_remove_file(in_cert(t, "s", "archive"), &e), 0);
    s = open_store(t, "s", STORE_WRITE);
    REQUIRE(s);
    check_slot(t, s, STORE_LIVE, &x.b);
    check_slot(t, s, STORE_HELD, NULL);
    CHECK(archived(t, s, &x.a));
    three_clear(&x);
    store_close(s);
}

const struct test_case suite_store_slot[] = {
    {"held_becomes_live_and_live_is_archived", held_becomes_live_and_live_is_archived},
    {"live_is_replaced_past_the_held_one", live_is_replaced_past_the_held_one},
    {"pruning_keeps_what_was_archived_last", pruning_keeps_what_was_archived_last},
    {"a_certificate_may_come_back", a_certificate_may_come_back},
    {"damage_is_no_empty_slot", damage_is_no_empty_slot},
    {"the_leaf_is_known_without_the_certificate", the_leaf_is_known_without_the_certificate},
    {"a_leaf_without_its_files_is_damage", a_leaf_without_its_files_is_damage},
    {"a_crash_at_any_step_of_filling_a_slot_is_mended",
     a_crash_at_any_step_of_filling_a_slot_is_mended},
    {"a_half_removed_archive_is_pruned", a_half_removed_archive_is_pruned},
    {"a_hold_that_fails_leaves_the_store_as_it_was", a_hold_that_fails_leaves_the_store_as_it_was},
    {"a_promote_that_fails_is_finished_later", a_promote_that_fails_is_finished_later},
    {NULL, NULL},
};
