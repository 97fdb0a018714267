/* SPDX-License-Identifier: Apache-2.0 */
#include "shared.h"

#include <ctype.h>

int acme_shared_open(struct acme_shared *out, struct err *err)
{
    struct acme_shared s = {0};
    int failed = os_mutex_open(&s.account, err) || os_mutex_open(&s.records, err) ||
                 os_mutex_open(&s.back_end, err);
    for (size_t i = 0; i < SHARED_NAMES && !failed; i++)
        failed = os_mutex_open(&s.name[i], err);
    if (failed) {
        acme_shared_close(&s);
        return -1;
    }
    *out = s;
    return 0;
}

void acme_shared_close(struct acme_shared *s)
{
    os_mutex_close(s->account);
    os_mutex_close(s->records);
    os_mutex_close(s->back_end);
    for (size_t i = 0; i < SHARED_NAMES; i++)
        os_mutex_close(s->name[i]);
    *s = (struct acme_shared){0};
}

struct os_mutex *shared_account(const struct acme_shared *s)
{
    return s ? s->account : NULL;
}

struct os_mutex *shared_records(const struct acme_shared *s)
{
    return s ? s->records : NULL;
}

struct os_mutex *shared_back_end(const struct acme_shared *s)
{
    return s ? s->back_end : NULL;
}

struct os_mutex *shared_publishing(const struct acme_shared *s, const struct conf *conf,
                                   const char *fqdn)
{
    unsigned hash = 0;
    if (!s || conf->dns.provider == CONF_EXEC)
        return shared_back_end(s);
    for (; *fqdn; fqdn++)
        hash = hash * 31 + (unsigned)tolower((unsigned char)*fqdn);
    return s->name[hash % SHARED_NAMES];
}
