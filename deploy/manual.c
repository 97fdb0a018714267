/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <string.h>

static void put_value(struct buf *out, enum value_id id, const struct raw_value *v)
{
    const char *key = "HKLM\\" NAME_SSTP_PARAMETERS;

    if (!v->present) {
        buf_addf(out, "reg delete %s /v %s /f & ", key, value_name(id));
    } else if (v->type == NAME_REG_DWORD) {
        buf_addf(out, "reg add %s /v %s /t REG_DWORD /d %lu /f & ", key, value_name(id),
                 (unsigned long)raw_number(v, 0));
    } else {
        buf_addf(out, "reg add %s /v %s /t REG_BINARY /d ", key, value_name(id));
        buf_put_hex(out, v->bytes, v->len <= RAW_MAX_BYTES ? v->len : RAW_MAX_BYTES);
        buf_puts(out, " /f & ");
    }
}

static void put_binding(struct buf *out, const char *where, const struct binding *b)
{
    buf_addf(out, "netsh http delete sslcert ipport=%s & ", where);
    if (!b->present)
        return;
    buf_addf(out, "netsh http add sslcert ipport=%s certhash=", where);
    buf_put_hex(out, b->hash, b->hash_len);
    buf_addf(out, " appid=%s certstorename=%s", b->app_id, b->store[0] ? b->store : NAME_STORE_MY);
    /* What netsh can say of the rest; RRAS's own check mode it cannot. */
    if (b->flags & BINDING_DS_MAPPER)
        buf_puts(out, " dsmapperusage=enable");
    if (b->flags & BINDING_NEGOTIATE_CLIENT_CERT)
        buf_puts(out, " clientcertnegotiation=enable");
    if (b->ctl_identifier[0])
        buf_addf(out, " sslctlidentifier=%s", b->ctl_identifier);
    if (b->ctl_store[0])
        buf_addf(out, " sslctlstorename=%s", b->ctl_store);
    buf_puts(out, " & ");
}

static void values_to(struct buf *out, const struct raw_value want[VALUE_WRITTEN],
                      const struct observed *now, enum value_id first, enum value_id last)
{
    for (int i = (int)first; i <= (int)last; i++)
        if (!now || !raw_equal(&now->value[i], &want[i]))
            put_value(out, (enum value_id)i, &want[i]);
}

void manual_commands(const struct journal *j, bool to_old, const struct observed *now,
                     struct buf *out)
{
    struct raw_value want[VALUE_WRITTEN] = {raw_binary(j->sha256, SHA256_BYTES),
                                            raw_binary(j->sha1, SHA1_BYTES),
                                            j->old_value[VALUE_FLAG]};
    char where[24];

    if (j->offload && !j->old_value[VALUE_SHA1].present)
        want[VALUE_SHA1] = j->old_value[VALUE_SHA1];
    if (to_old)
        memcpy(want, j->old_value, sizeof want);
    values_to(out, want, now, VALUE_SHA256, VALUE_SHA1);
    for (int f = 0; f < FAMILY_COUNT && !j->offload; f++) {
        struct binding b =
            to_old ? j->old_binding[f] : plan_binding(&j->old_binding[f], j->sha1, j->takeover);
        binding_where((enum family)f, j->port, where);
        if (!now || !binding_equal(&now->binding[f], &b))
            put_binding(out, where, &b);
    }
    values_to(out, want, now, VALUE_FLAG, VALUE_FLAG);
    /* Without /y it asks whether those that depend on it may stop; nobody else starts them again.
     */
    buf_addf(out, "net stop %s /y & net start %s", j->service, j->service);
    for (size_t i = 0; i < j->running.n; i++)
        if (!text_equal_nocase(j->running.name[i], j->service))
            buf_addf(out, " & net start %s", j->running.name[i]);
}
