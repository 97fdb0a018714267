/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_keys.h"

#include "pki.h"
#include "text.h"

#include <string.h>

static int find(const struct fake_keys *f, const char *name)
{
    for (int i = 0; i < FAKE_CONTAINERS; i++)
        if (strcmp(f->at[i].name, name) == 0)
            return i;
    return -1;
}

/* The fault of this call. */
static enum fake_keys_fault begin(struct fake_keys *f, struct err *err)
{
    enum fake_keys_fault fault = FAKE_KEYS_DIES;

    if (!f->dead)
        fault = ++f->calls == f->fault_at ? f->fault : FAKE_KEYS_WELL;
    f->dead = f->dead || fault == FAKE_KEYS_DIES || fault == FAKE_KEYS_DIES_DONE;
    if (fault == FAKE_KEYS_REFUSES || fault == FAKE_KEYS_DIES)
        err_set(err, ERR_FAIL, "provider: injected");
    return fault;
}

static bool works(enum fake_keys_fault fault)
{
    return fault != FAKE_KEYS_REFUSES && fault != FAKE_KEYS_DIES;
}

static int end(enum fake_keys_fault fault, struct err *err)
{
    if (fault == FAKE_KEYS_FAILS_DONE || fault == FAKE_KEYS_DIES_DONE)
        return err_set(err, ERR_FAIL, "provider: injected");
    return 0;
}

static int make(void *self, const char *container, struct err *err)
{
    struct fake_keys *f = self;
    enum fake_keys_fault fault = begin(f, err);
    int i = find(f, "");

    if (!works(fault))
        return -1;
    if (fault == FAKE_KEYS_LIES)
        return 0;
    if (find(f, container) >= 0)
        return err_set(err, ERR_EXISTS, "provider: %s is there", container);
    if (i < 0)
        return err_set(err, ERR_FAIL, "provider: full");
    text_copy(f->at[i].name, sizeof f->at[i].name, container);
    f->at[i].key = pki_key(KEY_EC256); /* RSA takes longer */
    return end(fault, err);
}

static int public_half(void *self, const char *container, struct buf *out, struct err *err)
{
    struct fake_keys *f = self;
    enum fake_keys_fault fault = begin(f, err);
    int i = find(f, container);

    if (!works(fault))
        return -1;
    if (i < 0)
        return err_set(err, ERR_NOT_FOUND, "provider: no %s", container);
    if (key_spki(fault == FAKE_KEYS_LIES ? f->other : f->at[i].key, out, err))
        return -1;
    return end(fault, err);
}

static int sign(void *self, const char *container, const uint8_t *digest, size_t len,
                struct buf *out, struct err *err)
{
    struct fake_keys *f = self;
    enum fake_keys_fault fault = begin(f, err);
    int i = find(f, container);

    if (!works(fault))
        return -1;
    if (i < 0)
        return err_set(err, ERR_NOT_FOUND, "provider: no %s", container);
    if (pki_sign_digest(fault == FAKE_KEYS_LIES ? f->other : f->at[i].key, digest, len, out))
        return err_set(err, ERR_FAIL, "provider: no signature");
    return end(fault, err);
}

void fake_keys_open(struct fake_keys *f)
{
    *f = (struct fake_keys){.keys = {make, public_half, sign, f}, .other = pki_key(KEY_EC256)};
}

void fake_keys_close(struct fake_keys *f)
{
    for (int i = 0; i < FAKE_CONTAINERS; i++)
        key_free(f->at[i].key);
    key_free(f->other);
}

size_t fake_keys_count(const struct fake_keys *f)
{
    size_t n = 0;

    for (int i = 0; i < FAKE_CONTAINERS; i++)
        n += f->at[i].name[0] != '\0';
    return n;
}

bool fake_keys_has(const struct fake_keys *f, const char *container)
{
    return container[0] && find(f, container) >= 0;
}

void fake_keys_remove(struct fake_keys *f, const char *container)
{
    int i = find(f, container);

    if (i < 0)
        return;
    key_free(f->at[i].key);
    f->at[i].key = NULL;
    f->at[i].name[0] = '\0';
}
