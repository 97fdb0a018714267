/* SPDX-License-Identifier: Apache-2.0 */
#include "store_world.h"

#include "os.h"

#include <string.h>

struct store *store_world_open(struct test *t, const char *folder, enum store_mode mode)
{
    struct store *s = NULL;
    struct err e = {0};

    if (!CHECK_INT(store_open(&s, test_path(t, folder), mode, NULL, &e), 0))
        CHECK_STR(e.text, "");
    return s;
}

void store_world_bundle(struct test *t, struct bundle *out)
{
    const char *const names[] = {STORE_WORLD_NAME};
    struct cert_chain chain = {0};
    struct key *key = NULL;
    struct err e = {0};

    CHECK_INT(key_new(&key, KEY_EC256, &e), 0);
    CHECK_INT(cert_self_signed(key, names, 1, STORE_WORLD_NOW, STORE_WORLD_NOW + 86400, &chain, &e),
              0);
    CHECK_INT(bundle_fill(out, &key, &chain, &e), 0);
}

void store_world_three(struct test *t, struct store_world_certs *x)
{
    store_world_bundle(t, &x->a);
    store_world_bundle(t, &x->b);
    store_world_bundle(t, &x->c);
}

void store_world_three_clear(struct store_world_certs *x)
{
    bundle_clear(&x->a);
    bundle_clear(&x->b);
    bundle_clear(&x->c);
}

void store_world_check(struct test *t, struct store *s, enum store_slot slot,
                       const struct bundle *want)
{
    struct bundle got = {0};
    struct err e = {0};

    if (store_load(s, STORE_WORLD_NAME, slot, &got, &e)) {
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

bool store_world_archived(struct test *t, struct store *s, const struct bundle *b)
{
    struct bundle got = {0};
    struct err e = {0};
    bool there = store_load_archived(s, STORE_WORLD_NAME, b->leaf.sha256, &got, &e) == 0;

    if (there)
        CHECK_MEM(got.leaf.sha256, SHA256_BYTES, b->leaf.sha256, SHA256_BYTES);
    else
        CHECK_INT(e.code, ERR_NOT_FOUND);
    bundle_clear(&got);
    return there;
}

void store_world_hold(struct test *t, struct store *s, const struct bundle *b)
{
    struct err e = {0};

    if (!CHECK_INT(store_hold(s, STORE_WORLD_NAME, b, &e), 0))
        CHECK_STR(e.text, "");
}

void store_world_promote(struct test *t, struct store *s)
{
    struct err e = {0};

    if (!CHECK_INT(store_promote(s, STORE_WORLD_NAME, &e), 0))
        CHECK_STR(e.text, "");
}

const char *store_world_path(struct test *t, const char *folder, const char *what)
{
    return test_path(t, test_text(t, "%s/certs/%s/%s", folder, STORE_WORLD_NAME, what));
}

void store_world_move(struct test *t, const char *from, const char *to)
{
    struct err e = {0};

    if (!CHECK_INT(os_rename(from, to, &e), 0))
        CHECK_STR(e.text, "");
}

void store_world_write(struct test *t, const char *path, const char *text)
{
    struct err e = {0};

    if (!CHECK_INT(os_write_file(path, text, strlen(text), &e), 0))
        CHECK_STR(e.text, "");
}
