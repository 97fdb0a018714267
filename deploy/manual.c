/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

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
    buf_addf(out, " appid=%s certstorename=%s & ", b->app_id,
             b->store[0] ? b->store : NAME_STORE_MY);
}

void manual_commands(const struct journal *j, bool to_old, struct buf *out)
{
    struct raw_value sha256 = raw_binary(j->sha256, SHA256_BYTES);
    struct raw_value sha1 = raw_binary(j->sha1, SHA1_BYTES);
    char where[24];

    put_value(out, VALUE_SHA256, to_old ? &j->old_value[VALUE_SHA256] : &sha256);
    put_value(out, VALUE_SHA1, to_old ? &j->old_value[VALUE_SHA1] : &sha1);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        struct binding b = to_old ? j->old_binding[f] : plan_binding(&j->old_binding[f], j->sha1);
        binding_where((enum family)f, j->port, where);
        put_binding(out, where, &b);
    }
    put_value(out, VALUE_FLAG, &j->old_value[VALUE_FLAG]);
    buf_addf(out, "net stop %s & net start %s", j->service, j->service);
}
