/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_world.h - a state folder below the test's own, and certificates to keep in it, all of one
 * name. Each function checks that what it does succeeds.
 */
#ifndef RRAS_TEST_STORE_WORLD_H
#define RRAS_TEST_STORE_WORLD_H

#include "store.h"
#include "test.h"

#define STORE_WORLD_NAME "vpn.example.com"
enum { STORE_WORLD_NOW = 1700000000 }; /* Unix s */

struct store *store_world_open(struct test *t, const char *folder, enum store_mode mode);

/* A fresh self-signed certificate with its key. */
void store_world_bundle(struct test *t, struct bundle *out);
struct store_world_certs { /* store_world_three_clear frees */
    struct bundle a, b, c;
};
void store_world_three(struct test *t, struct store_world_certs *x);
void store_world_three_clear(struct store_world_certs *x);

/* want = NULL: the slot is empty. */
void store_world_check(struct test *t, struct store *s, enum store_slot slot,
                       const struct bundle *want);
bool store_world_archived(struct test *t, struct store *s, const struct bundle *b);
void store_world_hold(struct test *t, struct store *s, const struct bundle *b);
void store_world_promote(struct test *t, struct store *s);

/* The test's path of something in the folder of the name. */
const char *store_world_path(struct test *t, const char *folder, const char *what);
void store_world_move(struct test *t, const char *from, const char *to);
void store_world_write(struct test *t, const char *path, const char *text);

#endif
