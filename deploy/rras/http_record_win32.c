/* SPDX-License-Identifier: Apache-2.0 */
/* Between struct binding and Windows' record. */
#include "rras/http_win32.h"

#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SOCKADDR_STORAGE http_wildcard(enum family f, int port)
{
    SOCKADDR_STORAGE storage = {0};

    if (f == FAMILY_V4) {
        SOCKADDR_IN *a = (SOCKADDR_IN *)&storage;
        a->sin_family = AF_INET;
        a->sin_port = htons((u_short)port);
    } else {
        SOCKADDR_IN6 *a = (SOCKADDR_IN6 *)&storage;
        a->sin6_family = AF_INET6;
        a->sin6_port = htons((u_short)port);
    }
    return storage;
}

void http_guid_text(const GUID *g, char out[APP_ID_CHARS])
{
    snprintf(out, APP_ID_CHARS, "{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
             (unsigned long)g->Data1, g->Data2, g->Data3, g->Data4[0], g->Data4[1], g->Data4[2],
             g->Data4[3], g->Data4[4], g->Data4[5], g->Data4[6], g->Data4[7]);
}

/* Unlike the COM helpers this needs no library and takes exactly what guid_text makes. */
static bool guid_parse(const char *s, GUID *out)
{
    static const int groups[] = {8, 4, 4, 4, 12}; /* hex digits */
    char hex[33];
    uint8_t b[16];
    size_t n = 0;

    if (strlen(s) != 38 || s[0] != '{' || s[37] != '}')
        return false;
    s++;
    for (int g = 0; g < 5; g++) {
        if (g > 0 && *s++ != '-')
            return false;
        memcpy(hex + n, s, (size_t)groups[g]);
        n += (size_t)groups[g];
        s += groups[g];
    }
    hex[n] = '\0';
    if (!text_hex_decode(hex, b, sizeof b))
        return false;
    out->Data1 = (ULONG)b[0] << 24 | (ULONG)b[1] << 16 | (ULONG)b[2] << 8 | b[3];
    out->Data2 = (USHORT)(b[4] << 8 | b[5]);
    out->Data3 = (USHORT)(b[6] << 8 | b[7]);
    memcpy(out->Data4, b + 8, sizeof out->Data4);
    return true;
}

int http_take_text(const wchar_t *w, char *out, size_t size, struct err *err)
{
    char *s = NULL;
    bool fits;

    out[0] = '\0';
    if (!w)
        return 0;
    if (wide_to_utf8(&s, w, err) != 0)
        return -1;
    fits = text_copy(out, size, s);
    free(s);
    return fits ? 0 : err_set(err, ERR_FAIL, "http.sys record: a name in it is too long");
}

int http_take_param(const HTTP_SERVICE_CONFIG_SSL_PARAM *p, struct binding *out, struct err *err)
{
    struct binding b = {.present = true,
                        .hash_len = p->SslHashLength,
                        .check_mode = p->DefaultCertCheckMode,
                        .revocation_freshness_s = p->DefaultRevocationFreshnessTime,
                        .revocation_timeout_ms = p->DefaultRevocationUrlRetrievalTimeout,
                        .flags = p->DefaultFlags};

    if (b.hash_len > BINDING_HASH_BYTES)
        return err_set(err, ERR_FAIL, "http.sys record: a hash of %lu bytes",
                       (unsigned long)b.hash_len);
    if (b.hash_len > 0)
        memcpy(b.hash, p->pSslHash, b.hash_len);
    http_guid_text(&p->AppId, b.app_id);
    if (http_take_text(p->pSslCertStoreName, b.store, sizeof b.store, err) != 0 ||
        http_take_text(p->pDefaultSslCtlIdentifier, b.ctl_identifier, sizeof b.ctl_identifier,
                       err) != 0 ||
        http_take_text(p->pDefaultSslCtlStoreName, b.ctl_store, sizeof b.ctl_store, err) != 0)
        return -1;
    *out = b;
    return 0;
}

void http_param_clear(struct http_param *p)
{
    free(p->store);
    free(p->ctl_identifier);
    free(p->ctl_store);
}

static int optional_wide(wchar_t **out, const char *s, struct err *err)
{
    *out = NULL;
    return *s ? wide_from_utf8(out, s, err) : 0;
}

int http_param_fill(struct http_param *out, const struct binding *b, struct err *err)
{
    memset(out, 0, sizeof *out);
    memcpy(out->hash, b->hash, sizeof out->hash);
    if (!guid_parse(b->app_id, &out->p.AppId))
        return err_set(err, ERR_FAIL, "AppId %s: not a GUID", b->app_id);
    if (optional_wide(&out->store, b->store, err) != 0 ||
        optional_wide(&out->ctl_identifier, b->ctl_identifier, err) != 0 ||
        optional_wide(&out->ctl_store, b->ctl_store, err) != 0)
        return -1;
    out->p.SslHashLength = b->hash_len;
    out->p.pSslHash = out->hash;
    out->p.pSslCertStoreName = out->store;
    out->p.DefaultCertCheckMode = b->check_mode;
    out->p.DefaultRevocationFreshnessTime = b->revocation_freshness_s;
    out->p.DefaultRevocationUrlRetrievalTimeout = b->revocation_timeout_ms;
    out->p.pDefaultSslCtlIdentifier = out->ctl_identifier;
    out->p.pDefaultSslCtlStoreName = out->ctl_store;
    out->p.DefaultFlags = b->flags;
    return 0;
}
