/* SPDX-License-Identifier: Apache-2.0 */
#include "key_ahead.h"
#include "test.h"

static void a_key_of_the_type_asked_for_is_there_when_it_is_taken(struct test *t)
{
    static const enum key_type types[] = {KEY_RSA2048, KEY_EC256, KEY_EC384};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct key_ahead *k = key_ahead_start(types[i]);
        struct key *key = NULL, *other = NULL;
        struct err err = {0};
        CHECK_INT(k != NULL, types[i] == KEY_RSA2048);
        if (!CHECK_INT(key_ahead_take(&k, types[i], &key, &err), 0))
            return;
        CHECK(k == NULL);
        CHECK_INT(key_type_of(key), types[i]);
        /* Taken, it is gone: the next one is another. */
        if (CHECK_INT(key_ahead_take(&k, types[i], &other, &err), 0))
            CHECK(other != key);
        key_free(key);
        key_free(other);
    }
}

static void one_that_nobody_takes_is_freed(struct test *t)
{
    key_ahead_drop(key_ahead_start(KEY_RSA2048));
    key_ahead_drop(NULL);
    (void)t;
}

const struct test_case suite_key_ahead[] = {
    {"a_key_of_the_type_asked_for_is_there_when_it_is_taken",
     a_key_of_the_type_asked_for_is_there_when_it_is_taken},
    {"one_that_nobody_takes_is_freed", one_that_nobody_takes_is_freed},
    {NULL, NULL},
};
