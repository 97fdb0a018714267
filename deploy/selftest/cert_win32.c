/* SPDX-License-Identifier: Apache-2.0 */
/* What an import has made of a certificate and its key. */
#include "selftest/host_win32.h"

#include "rras/key_win32.h"

#include <ncrypt.h>

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 512 };

static HCERTSTORE open_my(void)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, L"MY");
}

static int store_err(struct err *err, uint32_t number)
{
    return sentence_err(err, SENTENCE_KEY, number, "LocalMachine\\" NAME_STORE_MY);
}

static bool is_named(PCCERT_CONTEXT cert, const char *wanted)
{
    uint8_t bytes[NAME_BYTES] __attribute__((aligned(8))) = {0};
    DWORD len = sizeof bytes - sizeof(wchar_t); /* a final NUL in any case */
    struct err ignored = {0};
    char *name = NULL;
    bool same;

    if (!CertGetCertificateContextProperty(cert, CERT_FRIENDLY_NAME_PROP_ID, bytes, &len) ||
        wide_to_utf8(&name, (const wchar_t *)bytes, &ignored) != 0)
        return false;
    same = strcmp(name, wanted) == 0;
    free(name);
    return same;
}

static SECURITY_STATUS number_of(NCRYPT_KEY_HANDLE key, const wchar_t *property, DWORD *out)
{
    DWORD len = 0;

    return NCryptGetProperty(key, property, (BYTE *)out, sizeof *out, &len, 0);
}

static SECURITY_STATUS look_at_key(const wchar_t *container, struct selftest_container *out)
{
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    DWORD bits = 0, exports = 0;
    SECURITY_STATUS rc = NCryptOpenStorageProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0);

    if (rc == ERROR_SUCCESS)
        rc = NCryptOpenKey(provider, &key, container, 0,
                           NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG);
    if (rc == ERROR_SUCCESS)
        rc = number_of(key, NCRYPT_LENGTH_PROPERTY, &bits);
    if (rc == ERROR_SUCCESS)
        rc = number_of(key, NCRYPT_EXPORT_POLICY_PROPERTY, &exports);
    out->bits = (int)bits;
    out->exportable = exports != 0;
    if (key)
        NCryptFreeObject(key);
    if (provider)
        NCryptFreeObject(provider);
    return rc;
}

static int look_at_cert(PCCERT_CONTEXT cert, const char *friendly_name,
                        struct selftest_container *out, struct err *err)
{
    wchar_t *container = NULL;
    char *software = NULL;
    struct key_ref ref;
    SECURITY_STATUS status = ERROR_SUCCESS;
    int rc = -1;

    if (!key_ref_of(cert, &ref, &out->machine))
        return store_err(err, (uint32_t)CRYPT_E_NO_KEY_PROPERTY);
    if (wide_to_utf8(&software, MS_KEY_STORAGE_PROVIDER, err) != 0 ||
        wide_from_utf8(&container, ref.container, err) != 0)
        goto done;
    out->named = is_named(cert, friendly_name);
    out->cng = ref.provider_type == 0 && strcmp(ref.provider, software) == 0;
    if (out->cng)
        status = look_at_key(container, out);
    rc = status == ERROR_SUCCESS
             ? 0
             : sentence_err(err, SENTENCE_KEY, (uint32_t)status, "key container");
done:
    free(software);
    free(container);
    return rc;
}

int selftest_look_container(void *self, const uint8_t sha1[SHA1_BYTES], const char *friendly_name,
                            struct selftest_container *out, struct err *err)
{
    struct selftest_container c = {.bits = 0};
    CRYPT_HASH_BLOB hash = {SHA1_BYTES, (BYTE *)(uintptr_t)sha1};
    HCERTSTORE store = open_my();
    PCCERT_CONTEXT cert = NULL;
    int rc = -1;

    (void)self;
    if (store)
        cert = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &hash,
                                          NULL);
    if (!cert)
        store_err(err, GetLastError());
    else
        rc = look_at_cert(cert, friendly_name, &c, err);
    if (cert)
        CertFreeCertificateContext(cert);
    if (store)
        CertCloseStore(store, 0);
    if (rc == 0)
        *out = c;
    return rc;
}

int selftest_add_keyless(void *self, const uint8_t *der, size_t len, struct err *err)
{
    PCCERT_CONTEXT cert = CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)len);
    HCERTSTORE store = open_my();
    int rc = -1;

    (void)self;
    if (!cert || !store ||
        !CertAddCertificateContextToStore(store, cert, CERT_STORE_ADD_NEW, NULL) ||
        !CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL))
        store_err(err, GetLastError());
    else
        rc = 0;
    if (cert)
        CertFreeCertificateContext(cert);
    if (store)
        CertCloseStore(store, 0);
    return rc;
}
