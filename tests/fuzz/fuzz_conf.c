/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's configuration, with defaults in front if a line "%%" divides the input. */
#include "fuzz.h"

#include "conf.h"

#include <string.h>

static const char mark[] = "\n%%\n";

static const uint8_t *divide(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i + sizeof mark - 1 <= len; i++)
        if (memcmp(p + i, mark, sizeof mark - 1) == 0)
            return p + i;
    return NULL;
}

void fuzz_conf(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct conf_text defaults = {"rras-acme.json", (const char *)p, 0};
    struct conf_text own = {"conf.d/vpn.json", (const char *)p, len};
    struct conf conf = {0};
    struct err err = {0};
    struct buf errors = BUF_INIT(64 * 1024);
    const uint8_t *cut = divide(p, len);
    if (cut) {
        defaults.len = (size_t)(cut - p);
        own.text = (const char *)cut + sizeof mark - 1;
        own.len = len - defaults.len - (sizeof mark - 1);
    }

    int result = conf_read(&conf, "vpn", cut ? &defaults : NULL, &own, &errors, &err);
    FUZZ_ERR(result, &err);
    if (result == 0) {
        FUZZ_HOLDS(conf.names.n >= 1 && errors.len == 0);
        FUZZ_HOLDS(conf.acme.directory && strncmp(conf.acme.directory, "https://", 8) == 0);
        for (size_t i = 0; i < conf.names.n; i++)
            FUZZ_HOLDS(strlen(conf.names.v[i]) <= 253);
    } else {
        FUZZ_HOLDS(err.code == ERR_USAGE && errors.len > 0 && conf.name == NULL);
    }
    conf_clear(&conf);
    buf_clear(&errors);
}
