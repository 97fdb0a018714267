/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate records of the httpapi double: by address (SSLCertInfo), by host name (SNI), central
 * store (CCS). */
#include "httpapi_int.h"
#include "sim_keys.h"

#include <stdio.h>
#include <string.h>

/* What the three kinds have in common. */
struct target {
    enum http_kind kind;
    WCHAR name[HTTP_NAME_CHARS];
    const HTTP_SERVICE_CONFIG_SSL_PARAM *param;
};

static bool sni_name(const struct http_sni_key *key, WCHAR name[HTTP_NAME_CHARS])
{
    const WCHAR *colon;
    WCHAR address[HTTP_NAME_CHARS];
    if (!key->host || !key->host[0] ||
        !http_name_from_address((const SOCKADDR *)&key->address, address))
        return false;
    colon = wcsrchr(address, L':');
    return swprintf(name, HTTP_NAME_CHARS, L"%ls%ls", key->host, colon) > 0;
}

static bool open_target(ULONG id, const void *set, ULONG bytes, struct target *out)
{
    *out = (struct target){0};
    if (id == HTTP_ID_SSL) {
        const HTTP_SERVICE_CONFIG_SSL_SET *s = set;
        if (bytes < sizeof *s)
            return false;
        out->kind = HTTP_IP;
        out->param = &s->ParamDesc;
        return http_name_from_address(s->KeyDesc.pIpPort, out->name);
    }
    if (id == HTTP_ID_SNI) {
        const struct http_sni_set *s = set;
        if (bytes < sizeof *s)
            return false;
        out->kind = HTTP_SNI;
        out->param = &s->param;
        return sni_name(&s->key, out->name);
    }
    const struct http_ccs_set *s = set;
    if (id != HTTP_ID_CCS || bytes < sizeof *s)
        return false;
    out->kind = HTTP_CCS;
    out->param = &s->param;
    return http_name_from_address((const SOCKADDR *)&s->address, out->name);
}

/* http.sys answers 1312 when it cannot use the certificate as the machine: not in the store, no
 * key, a user's key. */
static bool certificate_usable(const WCHAR *store, const void *hash, DWORD bytes)
{
    CRYPT_HASH_BLOB blob = {bytes, (BYTE *)(ULONG_PTR)hash};
    WCHAR name[KEY_NAME_CHARS];
    bool machine = false;
    HCERTSTORE s = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                                 CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG |
                                     CERT_STORE_OPEN_EXISTING_FLAG,
                                 store && *store ? store : L"MY");
    if (!s)
        return false;
    PCCERT_CONTEXT c =
        CertFindCertificateInStore(s, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &blob, NULL);
    bool ok = c && key_of_certificate(c, name, &machine) && machine && key_exists(name, true);
    if (c)
        CertFreeCertificateContext(c);
    CertCloseStore(s, 0);
    return ok;
}

static void copy_text(WCHAR out[HTTP_TEXT_CHARS], const WCHAR *text)
{
    swprintf(out, HTTP_TEXT_CHARS, L"%ls", text ? text : L"");
}

static void record_from(const struct target *t, struct http_record *out)
{
    const HTTP_SERVICE_CONFIG_SSL_PARAM *p = t->param;
    *out = (struct http_record){.hash_bytes = p->SslHashLength,
                                .app_id = p->AppId,
                                .check_mode = p->DefaultCertCheckMode,
                                .freshness = p->DefaultRevocationFreshnessTime,
                                .retrieval_timeout = p->DefaultRevocationUrlRetrievalTimeout,
                                .flags = p->DefaultFlags};
    swprintf(out->name, HTTP_NAME_CHARS, L"%ls", t->name);
    if (p->SslHashLength)
        memcpy(out->hash, p->pSslHash, HTTP_HASH_BYTES);
    copy_text(out->store, p->pSslCertStoreName);
    copy_text(out->ctl_identifier, p->pDefaultSslCtlIdentifier);
    copy_text(out->ctl_store, p->pDefaultSslCtlStoreName);
}

static void describe(const struct target *t, char text[HTTP_LOG_CHARS])
{
    int n = snprintf(text, HTTP_LOG_CHARS, "ssl %ls ", t->name);
    const HTTP_SERVICE_CONFIG_SSL_PARAM *p = t->param;
    for (ULONG i = 0; p && p->pSslHash && i < p->SslHashLength && i < HTTP_HASH_BYTES; i++)
        n += snprintf(text + n, HTTP_LOG_CHARS - (size_t)n, "%02x", ((const BYTE *)p->pSslHash)[i]);
}

ULONG httpapi_ssl_write(ULONG id, const void *set, ULONG bytes, enum http_write how,
                        char text[HTTP_LOG_CHARS])
{
    struct target t;
    struct http_record r;
    if (!open_target(id, set, bytes, &t))
        return ERROR_INVALID_PARAMETER;
    describe(&t, text);
    const HTTP_SERVICE_CONFIG_SSL_PARAM *p = t.param;
    bool with_hash = t.kind != HTTP_CCS; /* the central store has no hash of its own */
    if (with_hash && (p->SslHashLength != HTTP_HASH_BYTES || !p->pSslHash))
        return ERROR_INVALID_PARAMETER;
    if (!with_hash && p->SslHashLength)
        return ERROR_INVALID_PARAMETER;
    bool there = http_record_read(t.kind, t.name, &r) == 0;
    if (there && how == HTTP_WRITE_SET)
        return ERROR_ALREADY_EXISTS;
    if (!there && how == HTTP_WRITE_UPDATE)
        return ERROR_FILE_NOT_FOUND;
    if (with_hash && !certificate_usable(p->pSslCertStoreName, p->pSslHash, p->SslHashLength))
        return ERROR_NO_SUCH_LOGON_SESSION;
    record_from(&t, &r);
    return http_record_write(t.kind, &r);
}

ULONG httpapi_ssl_delete(ULONG id, const void *set, ULONG bytes, char text[HTTP_LOG_CHARS])
{
    struct target t;
    if (!open_target(id, set, bytes, &t))
        return ERROR_INVALID_PARAMETER;
    snprintf(text, HTTP_LOG_CHARS, "ssl %ls", t.name);
    return http_record_delete(t.kind, t.name);
}

/* ---- queries ---- */

/* Places what an answer points to behind its head; counts on when there is no more room. */
struct packer {
    BYTE *buf;
    size_t size, used;
};
static void *pack(struct packer *p, const void *bytes, size_t n)
{
    size_t at = p->used;
    p->used += (n + 7) & ~(size_t)7;
    if (!p->buf || at + n > p->size)
        return NULL;
    memcpy(p->buf + at, bytes, n);
    return p->buf + at;
}
static WCHAR *pack_text(struct packer *p, const WCHAR *text, size_t chars)
{
    WCHAR copy[HTTP_NAME_CHARS];
    if (chars == 0)
        return NULL;
    memcpy(copy, text, chars * sizeof *copy);
    copy[chars] = 0;
    return pack(p, copy, (chars + 1) * sizeof *copy);
}

static void pack_param(struct packer *p, const struct http_record *r,
                       HTTP_SERVICE_CONFIG_SSL_PARAM *out)
{
    out->SslHashLength = r->hash_bytes;
    out->pSslHash = r->hash_bytes ? pack(p, r->hash, r->hash_bytes) : NULL;
    out->AppId = r->app_id;
    out->pSslCertStoreName = pack_text(p, r->store, wcslen(r->store));
    out->DefaultCertCheckMode = r->check_mode;
    out->DefaultRevocationFreshnessTime = r->freshness;
    out->DefaultRevocationUrlRetrievalTimeout = r->retrieval_timeout;
    out->pDefaultSslCtlIdentifier = pack_text(p, r->ctl_identifier, wcslen(r->ctl_identifier));
    out->pDefaultSslCtlStoreName = pack_text(p, r->ctl_store, wcslen(r->ctl_store));
    out->DefaultFlags = r->flags;
}

static ULONG answer_with(const struct http_answer *answer, const struct packer *p, const void *head,
                         size_t bytes)
{
    if (answer->needed)
        *answer->needed = (ULONG)p->used;
    if (!answer->buf || answer->size < p->used)
        return ERROR_INSUFFICIENT_BUFFER;
    memcpy(answer->buf, head, bytes);
    return 0;
}

static ULONG answer_record(enum http_kind kind, const struct http_record *r,
                           const struct http_answer *answer)
{
    SOCKADDR_STORAGE address;
    struct packer p = {answer->buf, answer->size, 0};
    if (kind == HTTP_IP) {
        HTTP_SERVICE_CONFIG_SSL_SET out = {0};
        p.used = sizeof out;
        http_address_from_name(r->name, &address);
        out.KeyDesc.pIpPort = pack(&p, &address, sizeof address);
        pack_param(&p, r, &out.ParamDesc);
        return answer_with(answer, &p, &out, sizeof out);
    }
    if (kind == HTTP_SNI) {
        struct http_sni_set out = {0};
        const WCHAR *colon = wcsrchr(r->name, L':');
        WCHAR any[32];
        p.used = sizeof out;
        swprintf(any, sizeof any / sizeof *any, L"0.0.0.0%ls", colon ? colon : L":0");
        http_address_from_name(any, &out.key.address);
        out.key.host = pack_text(&p, r->name, colon ? (size_t)(colon - r->name) : wcslen(r->name));
        pack_param(&p, r, &out.param);
        return answer_with(answer, &p, &out, sizeof out);
    }
    struct http_ccs_set out = {0};
    p.used = sizeof out;
    http_address_from_name(r->name, &out.address);
    pack_param(&p, r, &out.param);
    return answer_with(answer, &p, &out, sizeof out);
}

struct question {
    HTTP_SERVICE_CONFIG_QUERY_TYPE type;
    DWORD token;
    bool key_ok;
    enum http_kind kind;
    WCHAR name[HTTP_NAME_CHARS];
};
static bool open_query(ULONG id, const void *query, ULONG bytes, struct question *out)
{
    *out = (struct question){0};
    if (id == HTTP_ID_SSL && bytes >= sizeof(HTTP_SERVICE_CONFIG_SSL_QUERY)) {
        const HTTP_SERVICE_CONFIG_SSL_QUERY *q = query;
        *out = (struct question){.type = q->QueryDesc, .token = q->dwToken, .kind = HTTP_IP};
        out->key_ok = q->QueryDesc == HttpServiceConfigQueryExact &&
                      http_name_from_address(q->KeyDesc.pIpPort, out->name);
        return true;
    }
    if (id == HTTP_ID_SNI && bytes >= sizeof(struct http_sni_query)) {
        const struct http_sni_query *q = query;
        *out = (struct question){.type = q->type, .token = q->token, .kind = HTTP_SNI};
        out->key_ok = q->type == HttpServiceConfigQueryExact && sni_name(&q->key, out->name);
        return true;
    }
    if (id == HTTP_ID_CCS && bytes >= sizeof(struct http_ccs_query)) {
        const struct http_ccs_query *q = query;
        *out = (struct question){.type = q->type, .token = q->token, .kind = HTTP_CCS};
        out->key_ok = q->type == HttpServiceConfigQueryExact &&
                      http_name_from_address((const SOCKADDR *)&q->address, out->name);
        return true;
    }
    return false;
}

ULONG httpapi_ssl_query(ULONG id, const void *query, ULONG bytes, const struct http_answer *answer)
{
    struct question q;
    struct http_record r;
    ULONG e;
    if (!open_query(id, query, bytes, &q))
        return ERROR_INVALID_PARAMETER;
    if (q.type == HttpServiceConfigQueryExact)
        e = q.key_ok ? http_record_read(q.kind, q.name, &r) : (ULONG)ERROR_INVALID_PARAMETER;
    else
        e = q.type == HttpServiceConfigQueryNext ? http_record_at(q.kind, q.token, &r)
                                                 : (ULONG)ERROR_INVALID_PARAMETER;
    return e ? e : answer_record(q.kind, &r, answer);
}
