/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: certificates. Crashes are in test_store_crash.c. */
#include "store_world.h"

#include <string.h>

static const char NAME[] = STORE_WORLD_NAME;
static const int64_t NOW = STORE_WORLD_NOW;

/* ---- slots ---- */

static void held_becomes_live_and_live_is_archived(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    CHECK_INT(store_promote(s, NAME, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    store_world_hold(t, s, &x.a);
    store_world_check(t, s, STORE_HELD, &x.a);
    store_world_check(t, s, STORE_LIVE, NULL);
    store_world_promote(t, s);
    store_world_check(t, s, STORE_HELD, NULL);
    store_world_check(t, s, STORE_LIVE, &x.a);
    store_world_hold(t, s, &x.b);
    store_world_hold(t, s, &x.c); /* b was never deployed */
    CHECK(store_world_archived(t, s, &x.b));
    store_world_promote(t, s);
    store_world_check(t, s, STORE_LIVE, &x.c);
    CHECK(store_world_archived(t, s, &x.a));
    CHECK(!store_world_archived(t, s, &x.c));
    store_world_three_clear(&x);
    store_close(s);
}

/* As a roll-back does it: c to the front of a and b. */
static void live_is_replaced_past_the_held_one(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    store_world_hold(t, s, &x.c);
    store_world_promote(t, s);
    store_world_hold(t, s, &x.a);
    store_world_promote(t, s); /* archive: c */
    store_world_hold(t, s, &x.b);
    CHECK_INT(store_replace_live(s, NAME, &x.c, &e), 0);
    store_world_check(t, s, STORE_LIVE, &x.c);
    store_world_check(t, s, STORE_HELD, &x.b);
    CHECK(store_world_archived(t, s, &x.a));
    CHECK_INT(store_prune(s, NAME, 1, &e), 0);
    CHECK(store_world_archived(t, s, &x.a));
    store_world_three_clear(&x);
    store_close(s);
}

static void pruning_keeps_what_was_archived_last(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    store_world_hold(t, s, &x.a);
    store_world_promote(t, s);
    store_world_hold(t, s, &x.b);
    store_world_hold(t, s, &x.c);
    store_world_promote(t, s); /* archive: b, then a */
    CHECK_INT(store_prune(s, NAME, 2, &e), 0);
    CHECK(store_world_archived(t, s, &x.a) && store_world_archived(t, s, &x.b));
    CHECK_INT(store_prune(s, NAME, 1, &e), 0);
    CHECK(store_world_archived(t, s, &x.a));
    CHECK(!store_world_archived(t, s, &x.b));
    CHECK_INT(store_prune(s, NAME, 0, &e), 0);
    CHECK(!store_world_archived(t, s, &x.a));
    store_world_check(t, s, STORE_LIVE, &x.c);
    CHECK_INT(store_prune(s, "other.example.com", 0, &e), 0);
    store_world_three_clear(&x);
    store_close(s);
}

/* Back to an archived certificate and forth again. */
static void a_certificate_may_come_back(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    for (int round = 0; round < 2; round++) {
        store_world_hold(t, s, &x.a);
        store_world_promote(t, s);
        store_world_hold(t, s, &x.b);
        store_world_promote(t, s);
    }
    store_world_check(t, s, STORE_LIVE, &x.b);
    CHECK(store_world_archived(t, s, &x.a));
    store_world_hold(t, s, &x.b); /* the very same one: nothing to archive */
    store_world_promote(t, s);
    store_world_check(t, s, STORE_LIVE, &x.b);
    CHECK(store_world_archived(t, s, &x.a));
    store_world_three_clear(&x);
    store_close(s);
}

static void damage_is_no_empty_slot(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};
    struct bundle got = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    store_world_hold(t, s, &x.a);
    CHECK_INT(store_remove(s, test_text(t, "certs/%s/held/key.pem", NAME), &e), 0);
    CHECK_INT(store_load(s, NAME, STORE_HELD, &got, &e), -1);
    CHECK_INT(e.code, ERR_FAIL);
    CHECK(strstr(e.text, "key.pem"));
    err_clear(&e);
    store_world_hold(t, s, &x.b);
    store_world_promote(t, s);
    store_world_move(t, store_world_path(t, "s", "live"), store_world_path(t, "s", "aside"));
    store_world_hold(t, s, &x.c);
    store_world_move(t, store_world_path(t, "s", "aside/key.pem"),
                     store_world_path(t, "s", "held/key.pem"));
    CHECK_INT(store_load(s, NAME, STORE_HELD, &got, &e), -1);
    CHECK(strstr(e.text, "does not belong"));
    store_world_three_clear(&x);
    store_close(s);
}

static void the_leaf_is_known_without_the_certificate(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    const char *held = test_text(t, "certs/%s/held/bundle.json", NAME);
    struct store_world_certs x = {0};
    struct cert_info got = {0};
    struct err e = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    CHECK_INT(store_load_leaf(s, NAME, STORE_HELD, &got, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    err_clear(&e);
    store_world_hold(t, s, &x.a);
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
    store_world_three_clear(&x);
    store_close(s);
}

static void a_leaf_without_its_files_is_damage(struct test *t)
{
    static const char *const files[] = {"chain.pem", "key.pem"};
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct store_world_certs x = {0};

    REQUIRE(s);
    store_world_three(t, &x);
    for (size_t i = 0; i < 2 * sizeof files / sizeof *files; i++) {
        const char *rel = test_text(t, "certs/%s/held/%s", NAME, files[i / 2]);
        struct cert_info got = {0};
        struct err e = {0};
        store_world_hold(t, s, &x.a);
        CHECK_INT(i % 2 ? store_put(s, rel, "cut", 3, &e) : store_remove(s, rel, &e), 0);
        CHECK_INT(store_load_leaf(s, NAME, STORE_HELD, &got, &e), -1);
        CHECK_INT(e.code != ERR_NOT_FOUND && e.code != ERR_NONE, 1);
        CHECK(strstr(e.text, files[i / 2]));
    }
    store_world_three_clear(&x);
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
    {NULL, NULL},
};
