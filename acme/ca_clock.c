/* SPDX-License-Identifier: Apache-2.0 */
#include "ca_clock.h"

#include "acme.h"

int64_t ca_clock_correction_s(int64_t offset_s)
{
    return offset_s > CA_CLOCK_BELIEVE_S || offset_s < -CA_CLOCK_BELIEVE_S ? offset_s : 0;
}

int64_t ca_clock_now(const struct client *c)
{
    int64_t offset = 0;
    if (!client_clock_offset_s(c, &offset))
        return client_now(c);
    return client_now(c) + ca_clock_correction_s(offset);
}

void ca_clock_warn(const struct client *c)
{
    int64_t offset = 0;
    if (!client_clock_offset_s(c, &offset))
        return;
    int64_t away = offset < 0 ? -offset : offset;
    if (away > CA_CLOCK_WARN_S)
        log_warn(client_log(c), "this machine's clock is %lld s %s the CA's; set it",
                 (long long)away, offset > 0 ? "behind" : "ahead of");
}

int acme_clock_correction(const struct acme_env *env, const struct conf *conf, int64_t *out,
                          struct err *err)
{
    struct client *c = NULL;
    int64_t offset = 0;
    int rc = client_open(&c, env, conf->acme.directory, err);
    if (!rc)
        rc = client_refresh(c, err);
    if (!rc)
        *out = client_clock_offset_s(c, &offset) ? ca_clock_correction_s(offset) : 0;
    client_close(c);
    return rc;
}
