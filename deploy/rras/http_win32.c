/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate records of http.sys, over the HTTP Server API (version 1) configuration calls. A
 * record is cloned field by field; only what struct binding holds is known, and it is all that
 * HTTP_SERVICE_CONFIG_SSL_PARAM has.
 */
#include <windows.h>
#include <winsock2.h>
/* after windows.h */
#include <http.h>
#include <ws2tcpip.h>

#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not in mingw's http.h; MicrosoftDocs/sdk-api, HTTP_SERVICE_CONFIG_ID and the SNI and CCS
 * structures of http.h. */
enum { CONFIG_SSL = 1, CONFIG_SNI = 5, CONFIG_CCS = 6 };

struct sni_query {
    HTTP_SERVICE_CONFIG_QUERY_TYPE type;
    struct {
        SOCKADDR_STORAGE address;
        PWSTR host;
    } key;
    DWORD token;
};
struct sni_record {
    SOCKADDR_STORAGE address;
    PWSTR host;
    HTTP_SERVICE_CONFIG_SSL_PARAM param;
};
struct ccs_query {
    HTTP_SERVICE_CONFIG_QUERY_TYPE type;
    SOCKADDR_STORAGE address;
    DWORD token;
};
struct ccs_record {
    SOCKADDR_STORAGE address;
    HTTP_SERVICE_CONFIG_SSL_PARAM param;
};

enum { MAX_ANSWER_BYTES = 64 * 1024, MAX_RECORDS = 512 };

typedef ULONG(WINAPI *update_fn)(HANDLE, HTTP_SERVICE_CONFIG_ID, PVOID, ULONG, LPOVERLAPPED);

static ULONG api_begin(void)
{
    HTTPAPI_VERSION version = {1, 0};
    return HttpInitialize(version, HTTP_INITIALIZE_CONFIG, NULL);
}

static void api_end(void)
{
    HttpTerminate(HTTP_INITIALIZE_CONFIG, NULL);
}

/* ---- translating ---- */

static SOCKADDR_STORAGE wildcard(enum family f, int port)
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

static void guid_text(const GUID *g, char out[APP_ID_CHARS])
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

/* A wide field into a fixed array; a NULL is "". */
static int take_text(const wchar_t *w, char *out, size_t size, struct err *err)
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

static int take_param(const HTTP_SERVICE_CONFIG_SSL_PARAM *p, struct binding *out, struct err *err)
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
    guid_text(&p->AppId, b.app_id);
    if (take_text(p->pSslCertStoreName, b.store, sizeof b.store, err) != 0 ||
        take_text(p->pDefaultSslCtlIdentifier, b.ctl_identifier, sizeof b.ctl_identifier, err) !=
            0 ||
        take_text(p->pDefaultSslCtlStoreName, b.ctl_store, sizeof b.ctl_store, err) != 0)
        return -1;
    *out = b;
    return 0;
}

/* The Windows form of a record, with the memory behind it. */
struct param {
    HTTP_SERVICE_CONFIG_SSL_PARAM p;
    uint8_t hash[BINDING_HASH_BYTES];
    wchar_t *store, *ctl_identifier, *ctl_store;
};

static void param_clear(struct param *p)
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

static int param_fill(struct param *out, const struct binding *b, struct err *err)
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

/* ---- looking ---- */

/* A query into `answer` (MAX_ANSWER_BYTES). */
static ULONG query(ULONG id, void *question, ULONG len, void *answer)
{
    ULONG need = 0;
    return HttpQueryServiceConfiguration(NULL, (HTTP_SERVICE_CONFIG_ID)id, question, len, answer,
                                         MAX_ANSWER_BYTES, &need, NULL);
}

static int observe_wildcard(enum family f, int port, void *answer, struct binding *out,
                            struct err *err)
{
    SOCKADDR_STORAGE address = wildcard(f, port);
    HTTP_SERVICE_CONFIG_SSL_QUERY q = {.QueryDesc = HttpServiceConfigQueryExact,
                                       .KeyDesc.pIpPort = (SOCKADDR *)&address};
    const HTTP_SERVICE_CONFIG_SSL_SET *set = answer;
    char where[24];
    ULONG rc = query(CONFIG_SSL, &q, sizeof q, answer);

    memset(out, 0, sizeof *out);
    if (rc == ERROR_FILE_NOT_FOUND)
        return 0;
    binding_where(f, port, where);
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "binding %s", where);
    if (take_param(&set->ParamDesc, out, err) != 0)
        return err_context(err, "binding %s", where);
    return 0;
}

static unsigned port_of(const SOCKADDR *a)
{
    /* The port is at the same place in both families. */
    return ntohs(((const SOCKADDR_IN *)a)->sin_port);
}

static bool is_wildcard(const SOCKADDR *a)
{
    static const IN6_ADDR any6 = {0};

    if (a->sa_family == AF_INET)
        return ((const SOCKADDR_IN *)a)->sin_addr.s_addr == 0;
    return memcmp(&((const SOCKADDR_IN6 *)a)->sin6_addr, &any6, sizeof any6) == 0;
}

static void address_text(const SOCKADDR *a, char *out, size_t size)
{
    char ip[64] = "";
    const void *from = a->sa_family == AF_INET
                           ? (const void *)&((const SOCKADDR_IN *)a)->sin_addr
                           : (const void *)&((const SOCKADDR_IN6 *)a)->sin6_addr;

    if (!InetNtopA(a->sa_family, (PVOID)(ULONG_PTR)from, ip, sizeof ip))
        text_copy(ip, sizeof ip, "?");
    snprintf(out, size, a->sa_family == AF_INET ? "%s:%u" : "[%s]:%u", ip, port_of(a));
}

static int add_record(struct observed *o, const struct http_record *r, struct err *err)
{
    struct http_record *grown;

    if (o->record_count >= MAX_RECORDS)
        return err_set(err, ERR_FAIL, "http.sys: more than %d certificate records", MAX_RECORDS);
    grown = realloc(o->record, (o->record_count + 1) * sizeof *grown);
    if (!grown)
        return err_set(err, ERR_FAIL, "http.sys records: out of memory");
    o->record = grown;
    o->record[o->record_count++] = *r;
    return 0;
}

static void take_owner(const HTTP_SERVICE_CONFIG_SSL_PARAM *p, struct http_record *out)
{
    guid_text(&p->AppId, out->app_id);
    if (p->SslHashLength > 0 && p->SslHashLength <= BINDING_HASH_BYTES && p->pSslHash) {
        out->hash_len = p->SslHashLength;
        memcpy(out->hash, p->pSslHash, p->SslHashLength);
    }
}

/* One answer of each kind into a record; false when it does not concern the port. */
static bool take_ip(const void *answer, int port, struct http_record *out)
{
    const HTTP_SERVICE_CONFIG_SSL_SET *set = answer;
    const SOCKADDR *a = set->KeyDesc.pIpPort;

    if (port_of(a) != (unsigned)port || is_wildcard(a))
        return false;
    out->kind = RECORD_IP;
    address_text(a, out->where, sizeof out->where);
    take_owner(&set->ParamDesc, out);
    return true;
}

static bool take_sni(const void *answer, int port, struct http_record *out)
{
    const struct sni_record *set = answer;
    struct err ignored = {0};

    if (port_of((const SOCKADDR *)&set->address) != (unsigned)port)
        return false;
    out->kind = RECORD_SNI;
    if (take_text(set->host, out->host, sizeof out->host, &ignored) != 0)
        return false;
    snprintf(out->where, sizeof out->where, "%s:%d", out->host, port);
    take_owner(&set->param, out);
    return true;
}

static bool take_ccs(const void *answer, int port, struct http_record *out)
{
    const struct ccs_record *set = answer;

    if (port_of((const SOCKADDR *)&set->address) != (unsigned)port)
        return false;
    out->kind = RECORD_CCS;
    snprintf(out->where, sizeof out->where, "*:%d", port);
    take_owner(&set->param, out);
    return true;
}

/* A kind of record: its id, its question, and where the question counts. */
struct walk {
    ULONG id;
    void *question;
    ULONG len;
    DWORD *token;
    bool (*take)(const void *answer, int port, struct http_record *out);
};

static int observe_kind(const struct walk *w, int port, void *answer, struct observed *o,
                        struct err *err)
{
    for (*w->token = 0; *w->token < MAX_RECORDS; ++*w->token) {
        struct http_record r;
        ULONG rc = query(w->id, w->question, w->len, answer);
        if (rc == ERROR_NO_MORE_ITEMS || rc == ERROR_FILE_NOT_FOUND)
            return 0;
        /* SNI and CCS came with Windows 8: an older one does not know the id. */
        if (w->id != CONFIG_SSL && (rc == ERROR_INVALID_PARAMETER || rc == ERROR_NOT_SUPPORTED))
            return 0;
        if (rc != ERROR_SUCCESS)
            return sentence_err(err, SENTENCE_BINDING, rc, "http.sys records");
        memset(&r, 0, sizeof r);
        if (w->take(answer, port, &r) && add_record(o, &r, err) != 0)
            return -1;
    }
    return 0;
}

static int observe_records(int port, void *answer, struct observed *o, struct err *err)
{
    HTTP_SERVICE_CONFIG_SSL_QUERY ip = {.QueryDesc = HttpServiceConfigQueryNext};
    struct sni_query sni = {.type = HttpServiceConfigQueryNext};
    struct ccs_query ccs = {.type = HttpServiceConfigQueryNext};
    const struct walk walks[] = {
        {CONFIG_SSL, &ip, sizeof ip, &ip.dwToken, take_ip},
        {CONFIG_SNI, &sni, sizeof sni, &sni.token, take_sni},
        {CONFIG_CCS, &ccs, sizeof ccs, &ccs.token, take_ccs},
    };

    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++)
        if (observe_kind(&walks[i], port, answer, o, err) != 0)
            return -1;
    return 0;
}

int http_observe(int port, struct observed *out, struct err *err)
{
    void *answer = calloc(1, MAX_ANSWER_BYTES);
    ULONG rc;
    int result = -1;

    if (!answer)
        return err_set(err, ERR_FAIL, "http.sys records: out of memory");
    rc = api_begin();
    if (rc != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
        goto done;
    }
    if (observe_wildcard(FAMILY_V4, port, answer, &out->binding[FAMILY_V4], err) == 0 &&
        observe_wildcard(FAMILY_V6, port, answer, &out->binding[FAMILY_V6], err) == 0 &&
        observe_records(port, answer, out, err) == 0)
        result = 0;
    api_end();
done:
    free(answer);
    return result;
}

/* ---- writing ---- */

static ULONG call_set(HTTP_SERVICE_CONFIG_SSL_SET *set)
{
    return HttpSetServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, set, sizeof *set, NULL);
}

static ULONG call_delete(SOCKADDR_STORAGE *address)
{
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)address};
    ULONG rc =
        HttpDeleteServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set, NULL);
    return rc == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : rc;
}

/* Atomic, from about Server 2016 on; mingw's import library does not have it. */
static ULONG call_update(HTTP_SERVICE_CONFIG_SSL_SET *set)
{
    union {
        FARPROC found;
        update_fn call;
    } update = {.found = NULL};
    HMODULE dll = GetModuleHandleW(L"httpapi.dll");

    if (dll)
        update.found = GetProcAddress(dll, "HttpUpdateServiceConfiguration");
    if (!update.found)
        return ERROR_PROC_NOT_FOUND;
    return update.call(NULL, HttpServiceConfigSSLCertInfo, set, sizeof *set, NULL);
}

/* Set never overwrites: without an update the record has to go first, and must come back when the
 * new one is refused. */
static ULONG replace(HTTP_SERVICE_CONFIG_SSL_SET *set, const struct binding *old, struct err *err)
{
    SOCKADDR_STORAGE *address = (SOCKADDR_STORAGE *)set->KeyDesc.pIpPort;
    HTTP_SERVICE_CONFIG_SSL_SET back = {.KeyDesc = set->KeyDesc};
    struct param old_param = {0};
    ULONG rc = ERROR_OUTOFMEMORY;

    if (param_fill(&old_param, old, err) != 0)
        goto done;
    back.ParamDesc = old_param.p;
    rc = call_delete(address);
    if (rc != ERROR_SUCCESS)
        goto done;
    rc = call_set(set);
    if (rc != ERROR_SUCCESS && call_set(&back) != ERROR_SUCCESS)
        err_set(err, ERR_FAIL,
                "http.sys: the record was removed, and neither the new nor the old "
                "one could be set");
done:
    param_clear(&old_param);
    return rc;
}

static ULONG write_record(enum family f, int port, const struct binding *b, struct err *err)
{
    SOCKADDR_STORAGE address = wildcard(f, port);
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)&address};
    struct param param = {0};
    struct binding old = {0};
    void *answer = calloc(1, MAX_ANSWER_BYTES);
    ULONG rc = ERROR_OUTOFMEMORY;

    if (!answer || param_fill(&param, b, err) != 0 ||
        observe_wildcard(f, port, answer, &old, err) != 0)
        goto done;
    set.ParamDesc = param.p;
    if (!old.present) {
        rc = call_set(&set);
        goto done;
    }
    rc = call_update(&set);
    if (rc == ERROR_PROC_NOT_FOUND || rc == ERROR_NOT_SUPPORTED || rc == ERROR_CALL_NOT_IMPLEMENTED)
        rc = replace(&set, &old, err);
done:
    param_clear(&param);
    free(answer);
    return rc;
}

int http_set_binding(enum family f, int port, const struct binding *b, struct err *err)
{
    SOCKADDR_STORAGE address = wildcard(f, port);
    char where[24];
    ULONG rc = api_begin();

    binding_where(f, port, where);
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
    rc = b->present ? write_record(f, port, b, err) : call_delete(&address);
    api_end();
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "binding %s", where);
    return 0;
}
