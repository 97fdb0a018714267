/* SPDX-License-Identifier: Apache-2.0 */
#include "rras/key_win32.h"

#include <bcrypt.h>
#include <ncrypt.h>

#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SIGNATURE_BYTES = 1024, MAX_BLOB_BYTES = 2048, MAX_PROV_INFO_BYTES = 4096 };

static int key_err(struct err *err, uint32_t number, const char *what)
{
    return sentence_err(err, SENTENCE_KEY, number, "%s", what);
}

/* ---- what a certificate names ---- */

bool key_ref_of(PCCERT_CONTEXT cert, struct key_ref *out, bool *machine)
{
    CRYPT_KEY_PROV_INFO *info;
    DWORD len = 0;
    bool ok = false;

    if (!CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, NULL, &len) ||
        len > MAX_PROV_INFO_BYTES)
        return false;
    info = calloc(1, len);
    if (!info)
        return false;
    memset(out, 0, sizeof *out);
    if (CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, info, &len)) {
        ok = wide_copy(out->container, sizeof out->container, info->pwszContainerName) &&
             wide_copy(out->provider, sizeof out->provider, info->pwszProvName);
        out->provider_type = info->dwProvType;
        *machine = (info->dwFlags & CRYPT_MACHINE_KEYSET) != 0;
    }
    free(info);
    return ok;
}

static const char CNG_PROVIDER[] =
    "Microsoft Software Key Storage Provider"; /* its name in UTF-8 */

struct key_ref key_ref_cng(const char *container)
{
    struct key_ref key = {.provider_type = 0};

    text_copy(key.container, sizeof key.container, container);
    text_copy(key.provider, sizeof key.provider, CNG_PROVIDER);
    return key;
}

int key_give(PCCERT_CONTEXT cert, const char *container, struct err *err)
{
    wchar_t provider[] = MS_KEY_STORAGE_PROVIDER;
    CRYPT_KEY_PROV_INFO info = {.pwszProvName = provider, .dwFlags = CRYPT_MACHINE_KEYSET};
    wchar_t *name = NULL;
    BOOL ok;

    if (wide_from_utf8(&name, container, err) != 0)
        return -1;
    info.pwszContainerName = name;
    ok = CertSetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, 0, &info);
    if (!ok)
        sentence_err(err, SENTENCE_KEY, GetLastError(), "key container %s: its certificate",
                     container);
    free(name);
    return ok ? 0 : -1;
}

/* ---- proof ---- */

/* A key of an old CSP is seen through CNG's eyes, so that one way of signing is enough. */
static int acquire(PCCERT_CONTEXT cert, NCRYPT_KEY_HANDLE *out, struct err *err)
{
    HCRYPTPROV_OR_NCRYPT_KEY_HANDLE handle = 0;
    NCRYPT_PROV_HANDLE provider = 0;
    DWORD spec = 0;
    BOOL ours = FALSE;
    SECURITY_STATUS rc;

    if (!CryptAcquireCertificatePrivateKey(
            cert, CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG, NULL, &handle,
            &spec, &ours))
        return key_err(err, GetLastError(), "private key of the certificate");
    if (spec == CERT_NCRYPT_KEY_SPEC) {
        *out = handle;
        return 0;
    }
    rc = NCryptTranslateHandle(&provider, out, handle, 0, spec, 0);
    if (ours)
        CryptReleaseContext(handle, 0);
    if (provider)
        NCryptFreeObject(provider);
    return rc == ERROR_SUCCESS ? 0 : key_err(err, (uint32_t)rc, "private key of the certificate");
}

static bool is_rsa(const CERT_PUBLIC_KEY_INFO *info)
{
    return strcmp(info->Algorithm.pszObjId, szOID_RSA_RSA) == 0;
}

static int sign_and_verify(PCCERT_CONTEXT cert, NCRYPT_KEY_HANDLE key, struct err *err)
{
    CERT_PUBLIC_KEY_INFO *info = &cert->pCertInfo->SubjectPublicKeyInfo;
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    void *padding = is_rsa(info) ? &pkcs1 : NULL;
    DWORD flags = is_rsa(info) ? BCRYPT_PAD_PKCS1 : 0, len = 0;
    uint8_t digest[SHA256_BYTES], signature[MAX_SIGNATURE_BYTES];
    BCRYPT_KEY_HANDLE public_key = NULL;
    SECURITY_STATUS rc;
    NTSTATUS status;

    crypto_sha256("rras-acme key proof", 19, digest);
    rc = NCryptSignHash(key, padding, digest, sizeof digest, signature, sizeof signature, &len,
                        flags | NCRYPT_SILENT_FLAG);
    if (rc != ERROR_SUCCESS)
        return key_err(err, (uint32_t)rc, "private key of the certificate: signing");
    if (!CryptImportPublicKeyInfoEx2(X509_ASN_ENCODING, info, 0, NULL, &public_key))
        return key_err(err, GetLastError(), "public key of the certificate");
    status =
        BCryptVerifySignature(public_key, padding, digest, sizeof digest, signature, len, flags);
    BCryptDestroyKey(public_key);
    if (status != 0)
        return key_err(err, (uint32_t)NTE_BAD_SIGNATURE, "private key of the certificate");
    return 0;
}

int key_prove(PCCERT_CONTEXT cert, struct err *err)
{
    struct key_ref ref;
    NCRYPT_KEY_HANDLE key = 0;
    bool machine = false;
    int rc;

    if (!key_ref_of(cert, &ref, &machine))
        return key_err(err, (uint32_t)CRYPT_E_NO_KEY_PROPERTY, "private key of the certificate");
    if (!machine) {
        err_set(err, ERR_FAIL,
                "private key of the certificate: in a user's profile, where HTTP.SYS "
                "cannot use it");
        return err_hint(err, "remove the certificate from LocalMachine\\MY and deploy again");
    }
    if (acquire(cert, &key, err) != 0)
        return -1;
    rc = sign_and_verify(cert, key, err);
    NCryptFreeObject(key);
    return rc;
}

/* ---- removal ---- */

static SECURITY_STATUS remove_cng(const wchar_t *provider_name, const wchar_t *container)
{
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS rc = NCryptOpenStorageProvider(&provider, provider_name, 0);

    if (rc != ERROR_SUCCESS)
        return rc;
    rc = NCryptOpenKey(provider, &key, container, 0, NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG);
    if (rc == ERROR_SUCCESS) {
        rc = NCryptDeleteKey(key, 0); /* frees the handle when it succeeds */
        if (rc != ERROR_SUCCESS)
            NCryptFreeObject(key);
    }
    NCryptFreeObject(provider);
    return rc;
}

static DWORD remove_csp(const wchar_t *provider, const wchar_t *container, DWORD type)
{
    HCRYPTPROV none = 0;

    if (CryptAcquireContextW(&none, container, provider, type,
                             CRYPT_DELETEKEYSET | CRYPT_MACHINE_KEYSET | CRYPT_SILENT))
        return ERROR_SUCCESS;
    return GetLastError();
}

int key_remove(const struct key_ref *key, struct err *err)
{
    wchar_t *provider = NULL, *container = NULL;
    DWORD rc;
    int result = -1;

    if (wide_from_utf8(&provider, key->provider, err) != 0 ||
        wide_from_utf8(&container, key->container, err) != 0)
        goto done;
    rc = key->provider_type == 0 ? (DWORD)remove_cng(provider, container)
                                 : remove_csp(provider, container, key->provider_type);
    if (rc != ERROR_SUCCESS && rc != (DWORD)NTE_BAD_KEYSET && rc != (DWORD)NTE_NO_KEY) {
        sentence_err(err, SENTENCE_KEY, rc, "key container %s", key->container);
        goto done;
    }
    result = 0;
done:
    free(provider);
    free(container);
    return result;
}

/* ---- search by public key ---- */

/* A public key in bcrypt's form: the same bytes for the same key. */
struct blob {
    uint8_t bytes[MAX_BLOB_BYTES];
    DWORD len;
};

static int wanted_blob(const struct public_key *key, const wchar_t **type, struct blob *out,
                       struct err *err)
{
    CERT_PUBLIC_KEY_INFO *info = NULL;
    BCRYPT_KEY_HANDLE handle = NULL;
    DWORD len = 0;
    int rc = -1;

    if (!CryptDecodeObjectEx(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, key->der, (DWORD)key->len,
                             CRYPT_DECODE_ALLOC_FLAG, NULL, &info, &len) ||
        !CryptImportPublicKeyInfoEx2(X509_ASN_ENCODING, info, 0, NULL, &handle)) {
        key_err(err, GetLastError(), "public key");
        goto done;
    }
    *type = is_rsa(info) ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB;
    if (BCryptExportKey(handle, NULL, *type, out->bytes, sizeof out->bytes, &out->len, 0) != 0) {
        err_set(err, ERR_FAIL, "public key: cannot be exported");
        goto done;
    }
    rc = 0;
done:
    if (handle)
        BCryptDestroyKey(handle);
    if (info)
        LocalFree(info);
    return rc;
}

static bool has_public_key(NCRYPT_PROV_HANDLE provider, const wchar_t *container,
                           const wchar_t *type, const struct blob *wanted)
{
    NCRYPT_KEY_HANDLE key = 0;
    struct blob seen;
    bool same;

    if (NCryptOpenKey(provider, &key, container, 0, NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG) !=
        ERROR_SUCCESS)
        return false; /* not ours: ours can be opened */
    same = NCryptExportKey(key, 0, type, NULL, seen.bytes, sizeof seen.bytes, &seen.len, 0) ==
               ERROR_SUCCESS &&
           seen.len == wanted->len;
    /* The headers hold magic and sizes; ECDH and ECDSA keys differ in the magic alone. */
    same = same && memcmp(seen.bytes + sizeof(ULONG), wanted->bytes + sizeof(ULONG),
                          wanted->len - sizeof(ULONG)) == 0;
    NCryptFreeObject(key);
    return same;
}

int key_find(const struct public_key *wanted, key_each_fn *each, void *user, struct err *err)
{
    NCRYPT_PROV_HANDLE provider = 0;
    NCryptKeyName *name = NULL;
    const wchar_t *type = NULL;
    void *state = NULL;
    struct blob blob = {.len = 0};
    SECURITY_STATUS status;
    int rc = 0;

    if (wanted_blob(wanted, &type, &blob, err) != 0)
        return -1;
    status = NCryptOpenStorageProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0);
    if (status != ERROR_SUCCESS)
        return key_err(err, (uint32_t)status, "machine keys");
    while (rc == 0 &&
           NCryptEnumKeys(provider, NULL, &name, &state,
                          NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG) == ERROR_SUCCESS) {
        struct key_ref key = {.provider_type = 0};
        if (has_public_key(provider, name->pszName, type, &blob) &&
            wide_copy(key.container, sizeof key.container, name->pszName) &&
            wide_copy(key.provider, sizeof key.provider, MS_KEY_STORAGE_PROVIDER))
            rc = each(user, &key, err);
        NCryptFreeBuffer(name);
        name = NULL;
    }
    if (state)
        NCryptFreeBuffer(state);
    NCryptFreeObject(provider);
    return rc;
}
