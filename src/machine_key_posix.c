/* SPDX-License-Identifier: Apache-2.0 */
#include "machine_key.h"

static int refuse(struct err *err)
{
    err_set(err, ERR_USAGE, "key \"machine\": only Windows has this key provider");
    return err_hint(err, "set key to \"rsa2048\"");
}

static int make(void *self, const char *container, struct err *err)
{
    (void)self, (void)container;
    return refuse(err);
}

static int public_half(void *self, const char *container, struct buf *out, struct err *err)
{
    (void)self, (void)container, (void)out;
    return refuse(err);
}

static int sign(void *self, const char *container, const uint8_t *digest, size_t len,
                struct buf *out, struct err *err)
{
    (void)self, (void)container, (void)digest, (void)len, (void)out;
    return refuse(err);
}

const struct machine_keys machine_keys_os = {make, public_half, sign, NULL};

int machine_key_try(struct err *err)
{
    return refuse(err);
}
