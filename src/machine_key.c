/* SPDX-License-Identifier: Apache-2.0 */
#include "machine_key.h"

#include "os.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { RANDOM_BYTES = 8, NAME_MAX_CHARS = 80, SPKI_MAX_BYTES = 8 * 1024 };
static const char prefix[] = "rras-acme-";

int machine_key_name(const char *name, char out[MACHINE_KEY_NAME_BYTES], struct err *err)
{
    uint8_t random[RANDOM_BYTES];
    char hex[2 * RANDOM_BYTES + 1];

    if (os_random(random, sizeof random, err))
        return -1;
    text_hex(random, sizeof random, hex);
    snprintf(out, MACHINE_KEY_NAME_BYTES, "%s%.*s-%s", prefix, NAME_MAX_CHARS, name, hex);
    return 0;
}

bool machine_key_is_ours(const char *container)
{
    size_t len = strlen(container), digits = 2 * (size_t)RANDOM_BYTES;

    return text_starts(container, prefix) && len > strlen(prefix) + digits + 1 &&
           container[len - digits - 1] == '-' &&
           strspn(container + len - digits, "0123456789abcdef") == digits;
}

int machine_key_open(const struct machine_keys *keys, const char *container, struct key **out,
                     struct err *err)
{
    struct buf spki = BUF_INIT(SPKI_MAX_BYTES);
    int rc = -1;

    if (keys->public_half(keys->self, container, &spki, err) == 0 &&
        buf_check(&spki, container, err) == 0)
        rc = key_refer(out, container, spki.p, spki.len, err);
    buf_clear(&spki);
    return rc;
}

int machine_key_make(const struct machine_keys *keys, const char *container, struct key **out,
                     struct err *err)
{
    if (keys->make(keys->self, container, err))
        return -1;
    return machine_key_open(keys, container, out, err);
}

struct signing {
    const struct machine_keys *keys;
    const char *container;
};

static int sign(void *self, const uint8_t *digest, size_t len, struct buf *out, struct err *err)
{
    const struct signing *s = self;
    return s->keys->sign(s->keys->self, s->container, digest, len, out, err);
}

int machine_key_csr(const struct machine_keys *keys, const struct key *k, const char *const *names,
                    size_t name_count, struct buf *out, struct err *err)
{
    struct signing s = {keys, key_container(k)};
    struct buf spki = BUF_INIT(SPKI_MAX_BYTES);
    int rc = -1;

    if (s.container == NULL)
        return csr_make(k, names, name_count, out, err);
    if (key_spki(k, &spki, err) == 0) {
        struct key_signer signer = {spki.p, spki.len, sign, &s};
        rc = csr_make_by_signer(&signer, names, name_count, out, err);
    }
    buf_clear(&spki);
    return rc;
}
