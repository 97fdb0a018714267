/* SPDX-License-Identifier: Apache-2.0 */
/* The pure helpers of target.h. */
#include "target.h"

#include "rras/codes.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *value_name(enum value_id id)
{
    static const char *const names[VALUE_COUNT] = {
        [VALUE_SHA256] = NAME_VALUE_SHA256,
        [VALUE_SHA1] = NAME_VALUE_SHA1,
        [VALUE_FLAG] = NAME_VALUE_FLAG,
        [VALUE_USE_HTTPS] = NAME_VALUE_USE_HTTPS,
        [VALUE_LISTENER_PORT] = NAME_VALUE_LISTENER_PORT,
        [VALUE_PROXY_ENABLED] = NAME_VALUE_PROXY_ENABLED,
        [VALUE_SHA256_ENABLED] = NAME_VALUE_SHA256_ENABLED,
        [VALUE_SHA1_ENABLED] = NAME_VALUE_SHA1_ENABLED,
    };
    return names[id];
}

struct raw_value raw_binary(const uint8_t *p, uint32_t len)
{
    struct raw_value v = {.present = true, .type = NAME_REG_BINARY, .len = len};

    memcpy(v.bytes, p, len <= RAW_MAX_BYTES ? len : RAW_MAX_BYTES);
    return v;
}

struct raw_value raw_dword(uint32_t n)
{
    struct raw_value v = {.present = true, .type = NAME_REG_DWORD, .len = 4};

    for (unsigned i = 0; i < 4; i++)
        v.bytes[i] = (uint8_t)(n >> (8 * i));
    return v;
}

bool raw_equal(const struct raw_value *a, const struct raw_value *b)
{
    if (!a->present || !b->present)
        return a->present == b->present;
    return a->type == b->type && a->len == b->len &&
           memcmp(a->bytes, b->bytes, a->len <= RAW_MAX_BYTES ? a->len : RAW_MAX_BYTES) == 0;
}

uint32_t raw_number(const struct raw_value *v, uint32_t otherwise)
{
    uint32_t n = 0;

    if (!v->present || v->type != NAME_REG_DWORD || v->len != 4)
        return otherwise;
    for (unsigned i = 0; i < 4; i++)
        n |= (uint32_t)v->bytes[i] << (8 * i);
    return n;
}

void raw_text(const struct raw_value *v, char *out, size_t size)
{
    enum { SHOWN_BYTES = 32 };
    char hex[2 * SHOWN_BYTES + 1];
    uint32_t shown = v->len < SHOWN_BYTES ? v->len : SHOWN_BYTES;

    text_hex(v->bytes, shown, hex);
    if (!v->present)
        snprintf(out, size, "absent");
    else if (v->type == NAME_REG_DWORD && v->len == 4)
        snprintf(out, size, "%lu", (unsigned long)raw_number(v, 0));
    else if (v->type == NAME_REG_BINARY && v->len <= SHOWN_BYTES)
        snprintf(out, size, v->len ? "%s" : "empty", hex);
    else
        snprintf(out, size, "type %lu, %lu bytes: %s%s", (unsigned long)v->type,
                 (unsigned long)v->len, hex, v->len > SHOWN_BYTES ? ".." : "");
}

bool binding_equal(const struct binding *a, const struct binding *b)
{
    if (!a->present || !b->present)
        return a->present == b->present;
    return text_equal_nocase(a->app_id, b->app_id) && text_equal_nocase(a->store, b->store) &&
           a->hash_len == b->hash_len && memcmp(a->hash, b->hash, a->hash_len) == 0 &&
           a->check_mode == b->check_mode &&
           a->revocation_freshness_s == b->revocation_freshness_s &&
           a->revocation_timeout_ms == b->revocation_timeout_ms && a->flags == b->flags &&
           strcmp(a->ctl_identifier, b->ctl_identifier) == 0 &&
           strcmp(a->ctl_store, b->ctl_store) == 0;
}

bool binding_shows(const struct binding *b, const uint8_t sha1[SHA1_BYTES])
{
    return b->present && b->hash_len == SHA1_BYTES && memcmp(b->hash, sha1, SHA1_BYTES) == 0;
}

bool binding_is_foreign(const struct binding *b)
{
    return b->present && !text_equal_nocase(b->app_id, NAME_SSTP_APP_ID);
}

bool binding_is_in_my(const struct binding *b)
{
    return !b->store[0] || text_equal_nocase(b->store, NAME_STORE_MY);
}

void binding_where(enum family f, int port, char out[24])
{
    snprintf(out, 24, "%s:%d", f == FAMILY_V4 ? "0.0.0.0" : "[::]", port);
}

const char *service_state_name(enum service_state s)
{
    static const char *const names[] = {"unknown", "stopped",    "starting", "stopping",
                                        "running", "continuing", "pausing",  "paused"};
    return (unsigned)s < sizeof names / sizeof names[0] ? names[s] : names[0];
}

const char *service_name(enum service_id id)
{
    static const char *const names[SERVICE_COUNT] = {NAME_REMOTEACCESS, NAME_RASMAN, NAME_SSTPSVC};
    return names[id];
}

bool service_has_failed(const struct service *s)
{
    return s->exists && s->state == SERVICE_IS_STOPPED &&
           s->start_type == SERVICE_START_AUTOMATIC && s->exit_code != 0 &&
           s->exit_code != CODE_ERROR_SERVICE_NEVER_STARTED;
}

const char *seen_trouble(const struct seen *s)
{
    if (s->ok)
        return "";
    return s->why[0] ? s->why : "not looked at";
}

void observed_clear(struct observed *o)
{
    free(o->cert);
    free(o->record);
    free(o->bound);
    memset(o, 0, sizeof *o);
}

bool observed_lacks_v6(const struct observed *o)
{
    return o->local.seen.ok && !o->local.has_v6;
}

bool observed_without_v6(const struct observed *o)
{
    return o->v6_refused && !o->binding[FAMILY_V6].present && observed_lacks_v6(o);
}

const struct store_cert *observed_by_sha1(const struct observed *o, const uint8_t sha1[SHA1_BYTES])
{
    for (size_t i = 0; i < o->cert_count; i++)
        if (memcmp(o->cert[i].sha1, sha1, SHA1_BYTES) == 0)
            return &o->cert[i];
    return NULL;
}

const struct store_cert *observed_by_sha256(const struct observed *o,
                                            const uint8_t sha256[SHA256_BYTES])
{
    for (size_t i = 0; i < o->cert_count; i++)
        if (memcmp(o->cert[i].sha256, sha256, SHA256_BYTES) == 0)
            return &o->cert[i];
    return NULL;
}

bool observed_https(const struct observed *o)
{
    return raw_number(&o->value[VALUE_USE_HTTPS], 1) != 0;
}

int observed_port(const struct observed *o)
{
    uint32_t port = raw_number(&o->value[VALUE_LISTENER_PORT], 0);

    if (port >= 1 && port <= 65535)
        return (int)port;
    return observed_https(o) ? NAME_DEFAULT_PORT : NAME_DEFAULT_PLAIN_PORT;
}
