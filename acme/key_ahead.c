/* SPDX-License-Identifier: Apache-2.0 */
#include "key_ahead.h"

#include "os.h"

#include <stdlib.h>

struct key_ahead {
    struct os_thread *thread;
    enum key_type type;
    struct key *key; /* NULL: err tells why */
    struct err err;
};

static void work(void *user)
{
    struct key_ahead *k = user;
    if (key_new(&k->key, k->type, &k->err))
        k->key = NULL;
}

struct key_ahead *key_ahead_start(enum key_type type)
{
    struct err ignored = {0};
    if (type == KEY_EC256 || type == KEY_EC384)
        return NULL;
    struct key_ahead *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->type = type;
    if (os_thread_start(&k->thread, work, k, &ignored)) {
        free(k);
        return NULL;
    }
    return k;
}

int key_ahead_take(struct key_ahead **k, enum key_type type, struct key **out, struct err *err)
{
    struct key_ahead *ahead = *k;
    *k = NULL;
    if (!ahead)
        return key_new(out, type, err);
    os_thread_join(ahead->thread);
    int rc = ahead->key ? 0 : -1;
    if (rc == 0)
        *out = ahead->key;
    else
        *err = ahead->err;
    free(ahead);
    return rc;
}

void key_ahead_drop(struct key_ahead *k)
{
    if (!k)
        return;
    os_thread_join(k->thread);
    key_free(k->key);
    free(k);
}
