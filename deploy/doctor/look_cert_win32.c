/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate that clients get, in LocalMachine\MY: read, its key tried, its chain built. */
#include <windows.h>
/* after windows.h; without this name it has no dwUrlRetrievalTimeout */
#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS
#include <wincrypt.h>

#include "doctor/doctor.h"
#include "doctor/look_cert.h"

#include "plan.h"
#include "rras/key_win32.h"
#include "rras/names.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

#ifndef CERT_CHAIN_DISABLE_AIA
#define CERT_CHAIN_DISABLE_AIA 0x00002000
#endif

enum { CRL_TIMEOUT_MS = 5000, ROOT_TIMEOUT_MS = 5000, URLS_MAX_BYTES = 16 * 1024 };

static HCERTSTORE open_store(const wchar_t *name)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                         CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG |
                             CERT_STORE_OPEN_EXISTING_FLAG,
                         name);
}

static void fail(struct seen *s, DWORD rc, const char *what)
{
    struct err e = {0};

    sentence_err(&e, SENTENCE_KEY, rc, "%s", what);
    seen_fail(s, &e);
}

/* ---- key ---- */

static void look_key(const struct doctor_env *env, const struct store_cert *cert,
                     PCCERT_CONTEXT context, struct doctor_cert *out)
{
    struct key_ref ref;
    struct err e = {0};

    out->key.ok = env->target->prove_key(env->target->self, cert->sha1, &e) == 0;
    if (!out->key.ok)
        seen_fail(&out->key, &e);
    out->provider.seen.ok = key_ref_of(context, &ref, &out->provider.machine);
    if (!out->provider.seen.ok) {
        text_copy(out->provider.seen.why, sizeof out->provider.seen.why,
                  "the certificate names no private key");
        return;
    }
    out->provider.cng = ref.provider_type == 0;
    text_copy(out->provider.provider, sizeof out->provider.provider, ref.provider);
}

/* ---- chain ---- */

static bool is_in_store(PCCERT_CONTEXT cert, const wchar_t *name)
{
    HCERTSTORE store = open_store(name);
    PCCERT_CONTEXT found = NULL;

    if (store) {
        found =
            CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, cert, NULL);
        CertCloseStore(store, 0);
    }
    if (found)
        CertFreeCertificateContext(found);
    return found != NULL;
}

static bool is_root(PCCERT_CONTEXT cert)
{
    return CertCompareCertificateName(X509_ASN_ENCODING, &cert->pCertInfo->Issuer,
                                      &cert->pCertInfo->Subject) != 0;
}

/* No issuer is fetched: what is sent to clients has to be here. Roots are another thing: Windows
 * keeps only a part of those that it trusts in the store and fetches the others when a chain ends
 * at one, which CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL would keep it from. */
static void look_chain(PCCERT_CONTEXT cert, struct doctor_cert *out)
{
    CERT_CHAIN_PARA para = {.cbSize = sizeof para, .dwUrlRetrievalTimeout = ROOT_TIMEOUT_MS};
    PCCERT_CHAIN_CONTEXT chain = NULL;
    DWORD flags = CERT_CHAIN_DISABLE_AIA;

    if (!CertGetCertificateChain(HCCE_LOCAL_MACHINE, cert, NULL, NULL, &para, flags, NULL,
                                 &chain)) {
        fail(&out->chain.seen, GetLastError(), "chain");
        return;
    }
    out->chain.seen.ok = chain->cChain > 0;
    out->chain.errors = chain->TrustStatus.dwErrorStatus;
    out->chain.intermediates_in_ca = true;
    for (DWORD i = 0; chain->cChain > 0 && i < chain->rgpChain[0]->cElement; i++) {
        PCCERT_CONTEXT one = chain->rgpChain[0]->rgpElement[i]->pCertContext;
        out->chain.length++;
        if (i > 0 && !is_root(one) && !is_in_store(one, L"CA") && !is_in_store(one, L"Root"))
            out->chain.intermediates_in_ca = false;
    }
    CertFreeCertificateChain(chain);
}

/* ---- list of revoked certificates ---- */

/* cryptnet.dll's part of it, from the system's own folder and only while it is needed. */
struct net_api {
    HMODULE dll;
    union {
        FARPROC found[2];
        struct {
            BOOL(WINAPI *urls)
            (LPCSTR, LPVOID, DWORD, CRYPT_URL_ARRAY *, DWORD *, void *, DWORD *, void *);
            BOOL(WINAPI *fetch)
            (LPCWSTR, LPCSTR, DWORD, DWORD, LPVOID *, HCRYPTASYNC, PCRYPT_CREDENTIALS, LPVOID,
             PCRYPT_RETRIEVE_AUX_INFO);
        } call;
    };
};

static bool net_api_open(struct net_api *n)
{
    n->dll = LoadLibraryExW(L"cryptnet.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (n->dll) {
        n->found[0] = GetProcAddress(n->dll, "CryptGetObjectUrl");
        n->found[1] = GetProcAddress(n->dll, "CryptRetrieveObjectByUrlW");
    }
    return n->dll && n->found[0] && n->found[1];
}

static void fetch_crl(const struct net_api *n, const wchar_t *url, struct doctor_cert *out)
{
    PCCRL_CONTEXT crl = NULL;
    struct seen *s = &out->revocation.seen;

    if (!n->call.fetch(url, CONTEXT_OID_CRL, CRYPT_WIRE_ONLY_RETRIEVAL, CRL_TIMEOUT_MS,
                       (void **)(uintptr_t)&crl, NULL, NULL, NULL, NULL)) {
        fail(s, GetLastError(), "not fetched");
        return;
    }
    s->ok = CertVerifyCRLTimeValidity(NULL, crl->pCrlInfo) == 0;
    if (!s->ok)
        text_copy(s->why, sizeof s->why, "it has expired, or is not valid yet");
    CertFreeCRLContext(crl);
}

static void look_revocation(PCCERT_CONTEXT cert, struct doctor_cert *out)
{
    struct net_api n = {.dll = NULL};
    CRYPT_URL_ARRAY *urls = calloc(1, URLS_MAX_BYTES);
    DWORD bytes = URLS_MAX_BYTES;
    struct err ignored = {0};
    char *text = NULL;

    if (!urls || !net_api_open(&n)) {
        text_copy(out->revocation.seen.why, sizeof out->revocation.seen.why,
                  "this Windows cannot fetch lists");
    } else if (!n.call.urls(URL_OID_CERTIFICATE_CRL_DIST_POINT, (void *)(uintptr_t)cert,
                            CRYPT_GET_URL_FROM_EXTENSION, urls, &bytes, NULL, NULL, NULL) ||
               urls->cUrl == 0) {
        out->revocation.seen.ok = true; /* it names none */
    } else {
        out->revocation.named = true;
        if (wide_to_utf8(&text, urls->rgwszUrl[0], &ignored) == 0)
            text_copy(out->revocation.url, sizeof out->revocation.url, text);
        fetch_crl(&n, urls->rgwszUrl[0], out);
    }
    if (n.dll)
        FreeLibrary(n.dll);
    free(text);
    free(urls);
}

/* ---- rivals ---- */

static bool has_usage(PCCERT_CONTEXT cert, const char *oid)
{
    DWORD bytes = 0;
    CERT_ENHKEY_USAGE *usage = NULL;
    bool found = false;

    if (CertGetEnhancedKeyUsage(cert, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG, NULL, &bytes))
        usage = calloc(1, bytes);
    if (usage && CertGetEnhancedKeyUsage(cert, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG, usage, &bytes))
        for (DWORD i = 0; i < usage->cUsageIdentifier; i++)
            found = found || strcmp(usage->rgpszUsageIdentifier[i], oid) == 0;
    free(usage);
    return found;
}

static bool share_a_name(const struct cert_info *a, const struct cert_info *b)
{
    for (size_t i = 0; i < a->name_count; i++)
        for (size_t k = 0; k < b->name_count; k++)
            if (plan_names_meet(a->names[i], b->names[k]))
                return true;
    return false;
}

static void take_rival(PCCERT_CONTEXT cert, struct doctor_cert *out)
{
    struct doctor_rival *r = &out->rival[out->rival_count];
    struct cert_info info = {0};
    struct err ignored = {0};
    DWORD bytes = 0;

    if (out->rival_count == RIVAL_MAX ||
        !CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, NULL, &bytes) ||
        cert_info_read(&info, cert->pbCertEncoded, cert->cbCertEncoded, &ignored) != 0)
        return;
    if (!out->found || memcmp(info.sha1, out->info.sha1, SHA1_BYTES) != 0) {
        memcpy(r->sha1, info.sha1, SHA1_BYTES);
        text_copy(r->subject, sizeof r->subject, info.subject);
        text_copy(r->issuer, sizeof r->issuer, info.issuer);
        r->not_before = info.not_before;
        r->not_after = info.not_after;
        r->server_auth = info.server_auth;
        r->same_name = out->found && share_a_name(&info, &out->info);
        r->ike_intermediate = has_usage(cert, "1.3.6.1.5.5.8.2.2");
        out->rival_count++;
    }
    cert_info_clear(&info);
}

/* ---- all ---- */

static PCCERT_CONTEXT find(HCERTSTORE my, const uint8_t sha1[SHA1_BYTES])
{
    CRYPT_HASH_BLOB hash = {SHA1_BYTES, (BYTE *)(uintptr_t)sha1};

    return CertFindCertificateInStore(my, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &hash, NULL);
}

void look_cert(const struct doctor_env *env, const struct observed *machine,
               struct doctor_cert *out)
{
    const struct store_cert *bound = doctor_bound_cert(machine);
    HCERTSTORE my = open_store(L"" NAME_STORE_MY);
    PCCERT_CONTEXT cert = my && bound ? find(my, bound->sha1) : NULL;
    struct err ignored = {0};

    memset(out, 0, sizeof *out);
    if (cert && cert_info_read(&out->info, cert->pbCertEncoded, cert->cbCertEncoded, &ignored) == 0)
        out->found = true;
    if (out->found) {
        if (observed_https(machine))
            look_key(env, bound, cert, out);
        look_chain(cert, out);
        look_revocation(cert, out);
    }
    if (cert)
        CertFreeCertificateContext(cert);
    cert = NULL;
    while (my && (cert = CertEnumCertificatesInStore(my, cert)) != NULL)
        take_rival(cert, out);
    if (my)
        CertCloseStore(my, 0);
}
