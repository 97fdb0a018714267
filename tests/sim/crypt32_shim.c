/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt32.dll with what Wine 8 lacks; all else is Wine's:
 *
 *   PFXImportCertStore: every flag, RSA and EC keys, a key container per import, the key property
 * on the key's certificate only (Wine: RSA only, four flags, one container for all)
 *   CryptAcquireCertificatePrivateKey: machine keys of the key store double, always as CNG handles
 *   CertGetCertificateContextProperty: CERT_SHA256_HASH_PROP_ID
 *   CertGetCertificateChain: roots that Windows trusts and fetches when a chain ends at one
 *       (automatic root certificates update); all, where the machine has RootsToCome
 *
 * The other functions here are Wine's with the call log and the faults around them.
 */
#include "crypt32_pfx.h"
#include "shim.h"
#include "sim_call.h"
#include "sim_keys.h"
#include "sim_settings.h"
#include "sim_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHA256_PROPERTY = 107, SHA256_BYTES = 32 };
enum {
    PFX_FLAGS_KNOWN =
        0x1 | 0x2 | 0x10 | 0x20 | 0x100 | 0x200 | 0x400 | 0x800 | 0x1000 | 0x4000 | 0x8000 | 0x10000
};

static void sha1_text(PCCERT_CONTEXT cert, char out[41])
{
    BYTE hash[20];
    DWORD n = sizeof hash;
    out[0] = 0;
    if (!cert || !CertGetCertificateContextProperty(cert, CERT_SHA1_HASH_PROP_ID, hash, &n))
        return;
    for (DWORD i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* ---- PFXImportCertStore ---- */

struct import {
    DWORD flags;
    bool cng, machine, persist;
    WCHAR container[KEY_NAME_CHARS];
};

static DWORD import_key(struct import *im, const struct pfx_item *key)
{
    struct key_blob blob;
    if (!key_blob_from_pkcs8(key->der, &blob))
        return (DWORD)NTE_NOT_SUPPORTED;
    if (wcscmp(blob.algorithm, BCRYPT_RSA_ALGORITHM) != 0)
        im->cng = true; /* no CSP has EC keys */
    key_blob_clear(&blob);
    key_new_name(im->container, KEY_NAME_CHARS);
    if (!im->persist)
        return 0;
    struct key_file file = {.machine = im->machine,
                            .exportable = (im->flags & CRYPT_EXPORTABLE) != 0,
                            .pkcs8 = (BYTE *)(ULONG_PTR)key->der.p,
                            .bytes = (DWORD)key->der.n};
    return key_save(im->container, &file);
}

static void set_key_property(const struct import *im, PCCERT_CONTEXT cert)
{
    WCHAR container[KEY_NAME_CHARS], provider[] = L"Microsoft Software Key Storage Provider";
    WCHAR old_provider[] = L"Microsoft Enhanced Cryptographic Provider v1.0";
    memcpy(container, im->container, sizeof container);
    CRYPT_KEY_PROV_INFO info = {.pwszContainerName = container,
                                .pwszProvName = im->cng ? provider : old_provider,
                                .dwProvType = im->cng ? 0 : PROV_RSA_FULL,
                                .dwFlags = im->machine ? CRYPT_MACHINE_KEYSET : 0,
                                .dwKeySpec = im->cng ? 0 : AT_KEYEXCHANGE};
    CertSetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, 0, &info);
}

static void import_cert(const struct import *im, const struct pfx *pfx, const struct pfx_item *item,
                        HCERTSTORE store)
{
    BOOL(WINAPI * add)
    (HCERTSTORE, DWORD, const BYTE *, DWORD, DWORD, PCCERT_CONTEXT *) =
        ORIGINAL(CertAddEncodedCertificateToStore);
    PCCERT_CONTEXT cert = NULL;
    if (!add(store, X509_ASN_ENCODING, item->der.p, (DWORD)item->der.n, CERT_STORE_ADD_ALWAYS,
             &cert))
        return;
    if (item->name[0]) {
        CRYPT_DATA_BLOB name = {(DWORD)((wcslen(item->name) + 1) * sizeof(WCHAR)),
                                (BYTE *)(ULONG_PTR)item->name};
        ORIGINAL(CertSetCertificateContextProperty)(cert, CERT_FRIENDLY_NAME_PROP_ID, 0, &name);
    }
    if (pfx->keys && im->persist &&
        key_fits(pfx->key[0].der, &cert->pCertInfo->SubjectPublicKeyInfo))
        set_key_property(im, cert);
    CertFreeCertificateContext(cert);
}

/* One key a file is all this plays; Windows would import several. */
static DWORD import(const CRYPT_DATA_BLOB *file, const WCHAR *password, struct import *im,
                    HCERTSTORE *out)
{
    struct pfx *pfx = calloc(1, sizeof *pfx);
    if (!pfx)
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD e = (im->flags & ~(DWORD)PFX_FLAGS_KNOWN)
                  ? (DWORD)NTE_BAD_FLAGS
                  : pfx_open(file, password ? password : L"", pfx);
    if (!e && pfx->keys)
        e = import_key(im, &pfx->key[0]);
    if (!e) {
        *out = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
        for (int i = pfx->certs - 1; i >= 0; i--)
            import_cert(im, pfx, &pfx->cert[i], *out);
    }
    pfx_clear(pfx);
    free(pfx);
    return e;
}

HCERTSTORE WINAPI SHIM(PFXImportCertStore)(CRYPT_DATA_BLOB *file, LPCWSTR password, DWORD flags);
HCERTSTORE WINAPI SHIM(PFXImportCertStore)(CRYPT_DATA_BLOB *file, LPCWSTR password, DWORD flags)
{
    struct sim_call call;
    DWORD result = 0;
    HCERTSTORE store = NULL;
    struct import im = {.flags = flags,
                        .cng = (flags & (PKCS12_ALWAYS_CNG_KSP | PKCS12_PREFER_CNG_KSP)) != 0,
                        .machine = (flags & CRYPT_MACHINE_KEYSET) != 0,
                        .persist = (flags & PKCS12_NO_PERSIST_KEY) == 0};
    if (sim_begin(&call, "PFXImportCertStore", SIM_LIE_OK, &result))
        result = import(file, password, &im, &store);
    else if (result == 0) /* a lie: a store with nothing in it */
        store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    sim_end(&call, result, "flags %lx container %ls", flags, im.container);
    SetLastError(result);
    return store;
}

/* ---- CryptAcquireCertificatePrivateKey ---- */

static DWORD open_key(const WCHAR *container, bool machine, NCRYPT_KEY_HANDLE *out)
{
    NCRYPT_PROV_HANDLE provider;
    SECURITY_STATUS e = NCryptOpenStorageProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0);
    if (e)
        return (DWORD)e;
    e = NCryptOpenKey(provider, out, container, 0,
                      NCRYPT_SILENT_FLAG | (machine ? NCRYPT_MACHINE_KEY_FLAG : 0));
    NCryptFreeObject(provider);
    return (DWORD)e;
}

static DWORD acquire(PCCERT_CONTEXT cert, DWORD flags, NCRYPT_KEY_HANDLE *out)
{
    WCHAR container[KEY_NAME_CHARS];
    bool machine;
    struct key_file file;
    if (!key_of_certificate(cert, container, &machine))
        return (DWORD)CRYPT_E_NO_KEY_PROPERTY;
    if (!(flags & (CRYPT_ACQUIRE_ALLOW_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG |
                   CRYPT_ACQUIRE_ONLY_NCRYPT_KEY_FLAG)))
        return (DWORD)NTE_BAD_PROV_TYPE; /* a CNG key cannot be had as a CSP handle */
    if (key_load(container, machine, &file))
        return (DWORD)NTE_BAD_KEYSET;
    bool fits =
        key_fits((struct der){file.pkcs8, file.bytes}, &cert->pCertInfo->SubjectPublicKeyInfo);
    free(file.pkcs8);
    if ((flags & CRYPT_ACQUIRE_COMPARE_KEY_FLAG) && !fits)
        return (DWORD)NTE_BAD_PUBLIC_KEY;
    return open_key(container, machine, out);
}

BOOL WINAPI SHIM(CryptAcquireCertificatePrivateKey)(PCCERT_CONTEXT cert, DWORD flags,
                                                    void *parameters,
                                                    HCRYPTPROV_OR_NCRYPT_KEY_HANDLE *out,
                                                    DWORD *spec, BOOL *must_free);
BOOL WINAPI SHIM(CryptAcquireCertificatePrivateKey)(PCCERT_CONTEXT cert, DWORD flags,
                                                    void *parameters,
                                                    HCRYPTPROV_OR_NCRYPT_KEY_HANDLE *out,
                                                    DWORD *spec, BOOL *must_free)
{
    struct sim_call call;
    DWORD result = 0;
    NCRYPT_KEY_HANDLE key = 0;
    char sha1[41];
    (void)parameters;
    if (sim_begin(&call, "CryptAcquireCertificatePrivateKey", SIM_LIE_NO, &result))
        result = acquire(cert, flags, &key);
    sha1_text(cert, sha1);
    sim_end(&call, result, "%s flags %lx", sha1, flags);
    if (result == 0) {
        *out = key;
        if (spec)
            *spec = CERT_NCRYPT_KEY_SPEC;
        if (must_free)
            *must_free = TRUE;
    }
    return sim_bool(result);
}

/* ---- properties ---- */

static bool sha256(PCCERT_CONTEXT cert, BYTE out[SHA256_BYTES])
{
    DWORD n = SHA256_BYTES;
    return CryptHashCertificate2(BCRYPT_SHA256_ALGORITHM, 0, NULL, cert->pbCertEncoded,
                                 cert->cbCertEncoded, out, &n);
}

BOOL WINAPI SHIM(CertGetCertificateContextProperty)(PCCERT_CONTEXT cert, DWORD id, void *data,
                                                    DWORD *bytes);
BOOL WINAPI SHIM(CertGetCertificateContextProperty)(PCCERT_CONTEXT cert, DWORD id, void *data,
                                                    DWORD *bytes)
{
    BYTE hash[SHA256_BYTES];
    if (id != SHA256_PROPERTY)
        return ORIGINAL(CertGetCertificateContextProperty)(cert, id, data, bytes);
    bool fits = data && *bytes >= SHA256_BYTES;
    *bytes = SHA256_BYTES;
    if (data && !fits)
        return sim_bool(ERROR_MORE_DATA);
    if (!sha256(cert, hash))
        return FALSE;
    if (data)
        memcpy(data, hash, sizeof hash);
    return TRUE;
}

BOOL WINAPI SHIM(CertSetCertificateContextProperty)(PCCERT_CONTEXT cert, DWORD id, DWORD flags,
                                                    const void *data);
BOOL WINAPI SHIM(CertSetCertificateContextProperty)(PCCERT_CONTEXT cert, DWORD id, DWORD flags,
                                                    const void *data)
{
    struct sim_call call;
    DWORD result = 0;
    char sha1[41];
    if (sim_begin(&call, "CertSetCertificateContextProperty", SIM_LIE_OK, &result))
        result =
            ORIGINAL(CertSetCertificateContextProperty)(cert, id, flags, data) ? 0 : GetLastError();
    sha1_text(cert, sha1);
    return sim_bool(sim_end(&call, result, "%s id %lu", sha1, id));
}

/* ---- chains ---- */

static bool roots_come(DWORD flags)
{
    const DWORD stays_here =
        CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL | CERT_CHAIN_DISABLE_AUTH_ROOT_AUTO_UPDATE;
    return !(flags & stays_here) && RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS, L"RootsToCome",
                                                 RRF_RT_REG_DWORD, NULL, NULL, NULL) == 0;
}

BOOL WINAPI SHIM(CertGetCertificateChain)(HCERTCHAINENGINE engine, PCCERT_CONTEXT cert,
                                          LPFILETIME at, HCERTSTORE others, PCERT_CHAIN_PARA para,
                                          DWORD flags, LPVOID reserved, PCCERT_CHAIN_CONTEXT *out);
BOOL WINAPI SHIM(CertGetCertificateChain)(HCERTCHAINENGINE engine, PCCERT_CONTEXT cert,
                                          LPFILETIME at, HCERTSTORE others, PCERT_CHAIN_PARA para,
                                          DWORD flags, LPVOID reserved, PCCERT_CHAIN_CONTEXT *out)
{
    const DWORD no_root = CERT_TRUST_IS_UNTRUSTED_ROOT | CERT_TRUST_IS_PARTIAL_CHAIN;
    if (!ORIGINAL(CertGetCertificateChain)(engine, cert, at, others, para, flags, reserved, out))
        return FALSE;
    if (roots_come(flags)) /* the context is const for callers only */
        ((CERT_CHAIN_CONTEXT *)(ULONG_PTR)*out)->TrustStatus.dwErrorStatus &= ~no_root;
    return TRUE;
}

/* ---- stores ---- */

BOOL WINAPI SHIM(CertAddCertificateContextToStore)(HCERTSTORE store, PCCERT_CONTEXT cert, DWORD how,
                                                   PCCERT_CONTEXT *out);
BOOL WINAPI SHIM(CertAddCertificateContextToStore)(HCERTSTORE store, PCCERT_CONTEXT cert, DWORD how,
                                                   PCCERT_CONTEXT *out)
{
    struct sim_call call;
    DWORD result = 0;
    char sha1[41];
    if (sim_begin(&call, "CertAddCertificateContextToStore", SIM_LIE_OK, &result))
        result =
            ORIGINAL(CertAddCertificateContextToStore)(store, cert, how, out) ? 0 : GetLastError();
    else if (result == 0 && out)
        *out = CertDuplicateCertificateContext(cert);
    sha1_text(cert, sha1);
    return sim_bool(sim_end(&call, result, "%s how %lu", sha1, how));
}

BOOL WINAPI SHIM(CertAddEncodedCertificateToStore)(HCERTSTORE store, DWORD encoding,
                                                   const BYTE *der, DWORD bytes, DWORD how,
                                                   PCCERT_CONTEXT *out);
BOOL WINAPI SHIM(CertAddEncodedCertificateToStore)(HCERTSTORE store, DWORD encoding,
                                                   const BYTE *der, DWORD bytes, DWORD how,
                                                   PCCERT_CONTEXT *out)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "CertAddEncodedCertificateToStore", SIM_LIE_OK, &result))
        result = ORIGINAL(CertAddEncodedCertificateToStore)(store, encoding, der, bytes, how, out)
                     ? 0
                     : GetLastError();
    else if (result == 0 && out)
        *out = CertCreateCertificateContext(encoding, der, bytes);
    return sim_bool(sim_end(&call, result, "bytes %lu how %lu", bytes, how));
}

BOOL WINAPI SHIM(CertDeleteCertificateFromStore)(PCCERT_CONTEXT cert);
BOOL WINAPI SHIM(CertDeleteCertificateFromStore)(PCCERT_CONTEXT cert)
{
    struct sim_call call;
    DWORD result = 0;
    char sha1[41];
    sha1_text(cert, sha1);
    if (sim_begin(&call, "CertDeleteCertificateFromStore", SIM_LIE_OK, &result))
        result = ORIGINAL(CertDeleteCertificateFromStore)(cert) ? 0 : GetLastError();
    else if (result == 0)
        CertFreeCertificateContext(cert); /* the call always takes its argument */
    return sim_bool(sim_end(&call, result, "%s", sha1));
}
