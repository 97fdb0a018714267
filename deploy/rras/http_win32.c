/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at certificate records of http.sys and writing them, over the HTTP Server API's
 * configuration calls (version 1).
 */
#include "rras/http_win32.h"

#include <ws2tcpip.h>

#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not in mingw's http.h; MicrosoftDocs/sdk-api, HTTP_SERVICE_CONFIG_ID and the SNI and CCS
 * structures of http.h. */
enum { CONFIG_SNI = 5, CONFIG_CCS = 6 };

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

enum { MAX_RECORDS = 512 };

typedef ULONG(WINAPI *update_fn)(HANDLE, HTTP_SERVICE_CONFIG_ID, PVOID, ULONG, LPOVERLAPPED);

ULONG http_begin(void)
{
    HTTPAPI_VERSION version = {1, 0};
    return HttpInitialize(version, HTTP_INITIALIZE_CONFIG, NULL);
}

void http_end(void)
{
    HttpTerminate(HTTP_INITIALIZE_CONFIG, NULL);
}

/* ---- looking ---- */

ULONG http_query(ULONG id, void *question, ULONG len, void *answer)
{
    ULONG need = 0;
    return HttpQueryServiceConfiguration(NULL, (HTTP_SERVICE_CONFIG_ID)id, question, len, answer,
                                         HTTP_ANSWER_BYTES, &need, NULL);
}

static int observe_wildcard(enum family f, int port, void *answer, struct binding *out,
                            struct err *err)
{
    SOCKADDR_STORAGE address = http_wildcard(f, port);
    HTTP_SERVICE_CONFIG_SSL_QUERY q = {.QueryDesc = HttpServiceConfigQueryExact,
                                       .KeyDesc.pIpPort = (SOCKADDR *)&address};
    const HTTP_SERVICE_CONFIG_SSL_SET *set = answer;
    char where[24];
    ULONG rc = http_query(HTTP_CONFIG_SSL, &q, sizeof q, answer);

    memset(out, 0, sizeof *out);
    if (rc == ERROR_FILE_NOT_FOUND)
        return 0;
    /* Without IPv6 in this Windows the address is none: no record can be there. */
    if (f == FAMILY_V6 && (rc == ERROR_INVALID_PARAMETER || rc == ERROR_NOT_SUPPORTED))
        return 0;
    binding_where(f, port, where);
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "binding %s", where);
    if (http_take_param(&set->ParamDesc, out, err) != 0)
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

static int add_bound(struct observed *o, const struct http_record *r, struct err *err)
{
    struct bound_hash *grown = realloc(o->bound, (o->bound_count + 1) * sizeof *grown);

    if (!grown)
        return err_set(err, ERR_FAIL, "http.sys records: out of memory");
    o->bound = grown;
    grown[o->bound_count].len = r->hash_len;
    memcpy(grown[o->bound_count++].hash, r->hash, sizeof r->hash);
    return 0;
}

static void take_owner(const HTTP_SERVICE_CONFIG_SSL_PARAM *p, struct http_record *out)
{
    http_guid_text(&p->AppId, out->app_id);
    if (p->SslHashLength > 0 && p->SslHashLength <= BINDING_HASH_BYTES && p->pSslHash) {
        out->hash_len = p->SslHashLength;
        memcpy(out->hash, p->pSslHash, p->SslHashLength);
    }
}

/* One answer of each kind into a record; false when it does not concern the port: then only the
 * owner and the hash are set. */
static bool take_ip(const void *answer, int port, struct http_record *out)
{
    const HTTP_SERVICE_CONFIG_SSL_SET *set = answer;
    const SOCKADDR *a = set->KeyDesc.pIpPort;

    take_owner(&set->ParamDesc, out);
    if (port_of(a) != (unsigned)port || is_wildcard(a))
        return false;
    out->kind = RECORD_IP;
    address_text(a, out->where, sizeof out->where);
    return true;
}

static bool take_sni(const void *answer, int port, struct http_record *out)
{
    const struct sni_record *set = answer;
    struct err ignored = {0};

    take_owner(&set->param, out);
    if (port_of((const SOCKADDR *)&set->address) != (unsigned)port)
        return false;
    out->kind = RECORD_SNI;
    if (http_take_text(set->host, out->host, sizeof out->host, &ignored) != 0)
        return false;
    snprintf(out->where, sizeof out->where, "%s:%d", out->host, port);
    return true;
}

static bool take_ccs(const void *answer, int port, struct http_record *out)
{
    const struct ccs_record *set = answer;

    take_owner(&set->param, out);
    if (port_of((const SOCKADDR *)&set->address) != (unsigned)port)
        return false;
    out->kind = RECORD_CCS;
    snprintf(out->where, sizeof out->where, "*:%d", port);
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

/* On whatever port: what tells of DirectAccess, and what a trial of ours left. */
static void note_owner(const void *answer, struct observed *o)
{
    const HTTP_SERVICE_CONFIG_SSL_SET *set = answer;
    char app_id[APP_ID_CHARS];

    http_guid_text(&set->ParamDesc.AppId, app_id);
    if (strcmp(app_id, NAME_IPHTTPS_APP_ID) == 0) {
        o->direct_access.bound = true;
        if (set->ParamDesc.SslHashLength == SHA1_BYTES)
            memcpy(o->direct_access.sha1, set->ParamDesc.pSslHash, SHA1_BYTES);
    }
    if (strcmp(app_id, NAME_TRIAL_APP_ID) == 0)
        o->trial_port = (int)port_of(set->KeyDesc.pIpPort);
}

static int observe_kind(const struct walk *w, int port, void *answer, struct observed *o,
                        struct err *err)
{
    for (*w->token = 0; *w->token < MAX_RECORDS; ++*w->token) {
        struct http_record r;
        bool concerns;
        ULONG rc = http_query(w->id, w->question, w->len, answer);
        if (rc == ERROR_NO_MORE_ITEMS || rc == ERROR_FILE_NOT_FOUND)
            return 0;
        /* SNI and CCS came with Windows 8: an older one does not know the id. */
        if (w->id != HTTP_CONFIG_SSL &&
            (rc == ERROR_INVALID_PARAMETER || rc == ERROR_NOT_SUPPORTED))
            return 0;
        if (rc != ERROR_SUCCESS)
            return sentence_err(err, SENTENCE_BINDING, rc, "http.sys records");
        if (w->id == HTTP_CONFIG_SSL)
            note_owner(answer, o);
        memset(&r, 0, sizeof r);
        concerns = w->take(answer, port, &r);
        if (add_bound(o, &r, err) != 0 || (concerns && add_record(o, &r, err) != 0))
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
        {HTTP_CONFIG_SSL, &ip, sizeof ip, &ip.dwToken, take_ip},
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
    void *answer = calloc(1, HTTP_ANSWER_BYTES);
    ULONG rc;
    int result = -1;

    if (!answer)
        return err_set(err, ERR_FAIL, "http.sys records: out of memory");
    rc = http_begin();
    if (rc != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
        goto done;
    }
    if (observe_wildcard(FAMILY_V4, port, answer, &out->binding[FAMILY_V4], err) == 0 &&
        observe_wildcard(FAMILY_V6, port, answer, &out->binding[FAMILY_V6], err) == 0 &&
        observe_records(port, answer, out, err) == 0)
        result = 0;
    http_end();
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
ULONG http_update(HTTP_SERVICE_CONFIG_SSL_SET *set)
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
    struct http_param old_param = {0};
    ULONG rc = ERROR_OUTOFMEMORY;

    if (http_param_fill(&old_param, old, err) != 0)
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
    http_param_clear(&old_param);
    return rc;
}

static ULONG write_record(enum family f, int port, const struct binding *b, struct err *err)
{
    SOCKADDR_STORAGE address = http_wildcard(f, port);
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)&address};
    struct http_param param = {0};
    struct binding old = {0};
    void *answer = calloc(1, HTTP_ANSWER_BYTES);
    ULONG rc = ERROR_OUTOFMEMORY;

    if (!answer || http_param_fill(&param, b, err) != 0 ||
        observe_wildcard(f, port, answer, &old, err) != 0)
        goto done;
    set.ParamDesc = param.p;
    if (!old.present) {
        rc = call_set(&set);
        goto done;
    }
    rc = http_update(&set);
    if (rc == ERROR_PROC_NOT_FOUND || rc == ERROR_NOT_SUPPORTED || rc == ERROR_CALL_NOT_IMPLEMENTED)
        rc = replace(&set, &old, err);
done:
    http_param_clear(&param);
    free(answer);
    return rc;
}

int http_set_binding(enum family f, int port, const struct binding *b, struct err *err)
{
    SOCKADDR_STORAGE address = http_wildcard(f, port);
    char where[24];
    ULONG rc = http_begin();

    binding_where(f, port, where);
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
    rc = b->present ? write_record(f, port, b, err) : call_delete(&address);
    http_end();
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "binding %s", where);
    return 0;
}
