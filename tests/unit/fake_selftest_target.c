/* SPDX-License-Identifier: Apache-2.0 */
/* The deploy target's operations that a selftest uses. */
#include "fake_selftest_int.h"

#include <string.h>

static int put_beside(struct fake_win *w, const struct bundle *b, struct err *err)
{
    int i = fake_win_find_container(w, key_container(b->key));

    if (i < 0)
        return fake_win_refuse(err, 0x80090016);
    memcpy(w->cert[i].sha1, b->leaf.sha1, SHA1_BYTES);
    memcpy(w->cert[i].sha256, b->leaf.sha256, SHA256_BYTES);
    w->cert[i].there = w->cert[i].has_key = true;
    return fake_win_leaves(w, err);
}

static int import_pfx(void *self, const struct import_request *q, struct key_ref *out,
                      struct err *err)
{
    struct fake_win *w = self;
    struct buf spki = BUF_INIT(PUBLIC_KEY_MAX_BYTES);
    int i;

    (void)out;
    if (!fake_win_enters(w, err))
        return -1;
    if (w->no_aes && q->style == PFX_MODERN)
        return fake_win_refuse(err, 86);
    if (key_container(q->bundle->key))
        return put_beside(w, q->bundle, err);
    i = fake_win_add_cert(w, q->bundle->chain.cert[0].der, q->bundle->chain.cert[0].len);
    if (i < 0 || key_spki(q->bundle->key, &spki, err) != 0)
        return -1;
    memcpy(w->cert[i].key.der, spki.p, spki.len);
    w->cert[i].key.len = spki.len;
    w->cert[i].has_key = true;
    buf_clear(&spki);
    return fake_win_leaves(w, err);
}

static int prove_key(void *self, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    struct fake_win *w = self;
    int i;

    if (!fake_win_enters(w, err))
        return -1;
    i = fake_win_find_cert(w, sha1);
    return i >= 0 && w->cert[i].has_key ? fake_win_leaves(w, err)
                                        : fake_win_refuse(err, 0x8009200B);
}

static int remove_cert(void *self, const uint8_t sha1[SHA1_BYTES], const struct key_ref *key,
                       struct err *err)
{
    struct fake_win *w = self;
    int i;

    (void)key;
    if (!fake_win_enters(w, err))
        return -1;
    i = fake_win_find_cert(w, sha1);
    if (i >= 0)
        w->cert[i].there = false;
    return fake_win_leaves(w, err);
}

static int sweep_keys(void *self, const struct public_key *key, struct err *err)
{
    struct fake_win *w = self;

    if (!fake_win_enters(w, err))
        return -1;
    for (int i = 0; i < FAKE_WIN_CERTS; i++)
        if (!w->cert[i].there && w->cert[i].key.len == key->len &&
            memcmp(w->cert[i].key.der, key->der, key->len) == 0)
            memset(&w->cert[i], 0, sizeof w->cert[i]);
    return fake_win_leaves(w, err);
}

static int drop_key(void *self, const char *container, bool *gone, struct err *err)
{
    struct fake_win *w = self;
    int i;

    if (!fake_win_enters(w, err))
        return -1;
    i = fake_win_find_container(w, container);
    *gone = i < 0 || !w->cert[i].there;
    if (i >= 0 && *gone)
        memset(&w->cert[i], 0, sizeof w->cert[i]);
    return fake_win_leaves(w, err);
}

static int service_query(void *self, const char *name, struct service *out, struct err *err)
{
    (void)name;
    if (!fake_win_enters(self, err))
        return -1;
    *out = (struct service){.exists = true, .state = SERVICE_IS_RUNNING, .start_type = 2};
    return fake_win_leaves(self, err);
}

static int service_dependents(void *self, const char *name, struct service_list *out,
                              struct err *err)
{
    (void)name;
    if (!fake_win_enters(self, err))
        return -1;
    *out = (struct service_list){.n = 0};
    return fake_win_leaves(self, err);
}

struct target fake_win_target(struct fake_win *w)
{
    return (struct target){.import_pfx = import_pfx,
                           .prove_key = prove_key,
                           .remove_cert = remove_cert,
                           .sweep_keys = sweep_keys,
                           .drop_key = drop_key,
                           .service_query = service_query,
                           .service_dependents = service_dependents,
                           .self = w};
}
