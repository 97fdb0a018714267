/* SPDX-License-Identifier: Apache-2.0 */
#include "httpapi_int.h"
#include "sim_keys.h"
#include "sim_windows.h"
#include "simctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { SHA1_BYTES = 20, SHA256_BYTES = 32, FILE_MAX = 256 * 1024, DAY_S = 86400 };
static const char pfx_password[] = "sim";
static const WCHAR pfx_password_wide[] = L"sim";

static HCERTSTORE machine_store(const WCHAR *name)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, name);
}

static void print_hashes(PCCERT_CONTEXT cert)
{
    BYTE sha1[SHA1_BYTES], sha256[SHA256_BYTES];
    DWORD n1 = sizeof sha1, n256 = sizeof sha256;
    struct json j = {0};
    CryptHashCertificate2(L"SHA1", 0, NULL, cert->pbCertEncoded, cert->cbCertEncoded, sha1, &n1);
    CryptHashCertificate2(L"SHA256", 0, NULL, cert->pbCertEncoded, cert->cbCertEncoded, sha256,
                          &n256);
    json_open(&j, NULL, '{');
    json_hex(&j, "sha1", sha1, n1);
    json_hex(&j, "sha256", sha256, n256);
    json_close(&j, '}');
    printf("\n");
}

/* Leaf to MY, the others to CA; commits both, which Wine 8 needs. */
static int import_pfx(const CRYPT_DATA_BLOB *file, const WCHAR *password)
{
    HCERTSTORE pfx = PFXImportCertStore((CRYPT_DATA_BLOB *)(ULONG_PTR)file, password,
                                        CRYPT_MACHINE_KEYSET | PKCS12_ALWAYS_CNG_KSP);
    if (!pfx)
        return simctl_fail("PFXImportCertStore", GetLastError());
    HCERTSTORE my = machine_store(L"MY"), ca = machine_store(L"CA");
    PCCERT_CONTEXT cert = NULL;
    DWORD e = 0, n = 0;
    while (!e && (cert = CertEnumCertificatesInStore(pfx, cert))) {
        bool leaf = CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, NULL, &n);
        if (!CertAddCertificateContextToStore(leaf ? my : ca, cert, CERT_STORE_ADD_REPLACE_EXISTING,
                                              NULL))
            e = GetLastError();
        if (leaf && !e)
            print_hashes(cert);
    }
    if (cert)
        CertFreeCertificateContext(cert);
    CertControlStore(my, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CertControlStore(ca, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(my, 0);
    CertCloseStore(ca, 0);
    CertCloseStore(pfx, 0);
    return e ? simctl_fail("CertAddCertificateContextToStore", e) : 0;
}

int cert_import(const WCHAR *file, const WCHAR *password)
{
    HANDLE h = CreateFileW(file, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return simctl_fail("CreateFile", GetLastError());
    CRYPT_DATA_BLOB blob = {0, malloc(FILE_MAX)};
    int e = 1;
    if (blob.pbData && ReadFile(h, blob.pbData, FILE_MAX, &blob.cbData, NULL))
        e = import_pfx(&blob, password);
    free(blob.pbData);
    CloseHandle(h);
    return e;
}

static DWORD delete_key(PCCERT_CONTEXT cert)
{
    WCHAR name[KEY_NAME_CHARS];
    bool machine;
    NCRYPT_PROV_HANDLE provider;
    NCRYPT_KEY_HANDLE key;
    if (!key_of_certificate(cert, name, &machine) ||
        NCryptOpenStorageProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0))
        return ERROR_NOT_FOUND;
    DWORD e = (DWORD)NCryptOpenKey(provider, &key, name, 0, machine ? NCRYPT_MACHINE_KEY_FLAG : 0);
    if (!e)
        e = (DWORD)NCryptDeleteKey(key, 0);
    NCryptFreeObject(provider);
    return e;
}

int cert_remove(const WCHAR *sha1, bool with_key)
{
    BYTE hash[SHA1_BYTES];
    CRYPT_HASH_BLOB blob = {sizeof hash, hash};
    DWORD e = 0;
    if (!hex_to_bytes(sha1, hash, sizeof hash))
        return simctl_fail("sha1", ERROR_INVALID_PARAMETER);
    HCERTSTORE my = machine_store(L"MY");
    PCCERT_CONTEXT cert =
        CertFindCertificateInStore(my, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &blob, NULL);
    if (!cert)
        e = ERROR_NOT_FOUND;
    if (!e && with_key)
        e = delete_key(cert);
    if (!e && !CertDeleteCertificateFromStore(cert))
        e = GetLastError();
    CertControlStore(my, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(my, 0);
    if (e)
        return simctl_fail("cert-remove", e);
    printf("{}\n");
    return 0;
}

static DWORD sign_and_verify(PCCERT_CONTEXT cert, NCRYPT_KEY_HANDLE key)
{
    CERT_PUBLIC_KEY_INFO *info = &cert->pCertInfo->SubjectPublicKeyInfo;
    bool rsa = strcmp(info->Algorithm.pszObjId, szOID_RSA_RSA) == 0;
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    void *padding = rsa ? &pkcs1 : NULL;
    BYTE digest[SHA256_BYTES] = {1}, signature[1024];
    DWORD n = 0, flags = rsa ? BCRYPT_PAD_PKCS1 : 0;
    BCRYPT_KEY_HANDLE public_key = NULL;
    DWORD e = (DWORD)NCryptSignHash(key, padding, digest, sizeof digest, signature,
                                    sizeof signature, &n, flags);
    if (!e && !CryptImportPublicKeyInfoEx2(X509_ASN_ENCODING, info, 0, NULL, &public_key))
        e = GetLastError();
    if (!e &&
        BCryptVerifySignature(public_key, padding, digest, sizeof digest, signature, n, flags))
        e = (DWORD)NTE_BAD_SIGNATURE;
    if (public_key)
        BCryptDestroyKey(public_key);
    return e;
}

int cert_prove(const WCHAR *sha1)
{
    BYTE hash[SHA1_BYTES];
    CRYPT_HASH_BLOB blob = {sizeof hash, hash};
    HCRYPTPROV_OR_NCRYPT_KEY_HANDLE key = 0;
    DWORD e = ERROR_NOT_FOUND;
    if (!hex_to_bytes(sha1, hash, sizeof hash))
        return simctl_fail("sha1", ERROR_INVALID_PARAMETER);
    HCERTSTORE my = machine_store(L"MY");
    PCCERT_CONTEXT cert =
        CertFindCertificateInStore(my, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &blob, NULL);
    if (cert && CryptAcquireCertificatePrivateKey(
                    cert, CRYPT_ACQUIRE_ONLY_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_COMPARE_KEY_FLAG, NULL,
                    &key, NULL, NULL)) {
        e = sign_and_verify(cert, key);
        NCryptFreeObject(key);
    } else if (cert) {
        e = GetLastError();
    }
    if (cert)
        CertFreeCertificateContext(cert);
    CertCloseStore(my, 0);
    if (e)
        return simctl_fail("cert-prove", e);
    printf("{}\n");
    return 0;
}

/* ---- a new self-signed certificate ---- */

static EVP_PKEY *new_key(const WCHAR *kind)
{
    if (wcscmp(kind, L"ec256") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    if (wcscmp(kind, L"ec384") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)_wtoi(kind + 3)); /* "rsa2048" */
}

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static X509 *new_x509(const struct new_cert *c, const char *host, EVP_PKEY *key)
{
    char san[300];
    unsigned char serial[8];
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    snprintf(san, sizeof san, "DNS:%s", host);
    RAND_bytes(serial, sizeof serial);
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
    BN_free(number);
    X509_set_version(x, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x), (long)c->from_days * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(x), (long)(c->from_days + c->days) * DAY_S);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host, -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    bool ok = add_extension(x, NID_subject_alt_name, san) &&
              add_extension(x, NID_basic_constraints, "critical,CA:FALSE");
    if (ok && wcscmp(c->usage, L"server") == 0)
        ok = add_extension(x, NID_ext_key_usage, "serverAuth");
    if (ok && wcscmp(c->usage, L"client") == 0)
        ok = add_extension(x, NID_ext_key_usage, "clientAuth");
    if (ok && X509_sign(x, key, EVP_sha256()) > 0)
        return x;
    X509_free(x);
    return NULL;
}

/* PBE-SHA1-3DES with a SHA-1 MAC: every Windows reads it. */
static int new_pfx(const char *host, EVP_PKEY *key, X509 *x, CRYPT_DATA_BLOB *out)
{
    PKCS12 *p =
        PKCS12_create(pfx_password, host, key, x, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                      NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048, -1, 0);
    unsigned char *der = NULL;
    int n = 0;
    if (p && PKCS12_set_mac(p, pfx_password, -1, NULL, 0, 2048, EVP_sha1()))
        n = i2d_PKCS12(p, &der);
    PKCS12_free(p);
    *out = (CRYPT_DATA_BLOB){n > 0 ? (DWORD)n : 0, der};
    return n > 0 ? 0 : 1;
}

static DWORD write_file(const WCHAR *path, const CRYPT_DATA_BLOB *blob)
{
    DWORD written;
    HANDLE h = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return GetLastError();
    DWORD e = WriteFile(h, blob->pbData, blob->cbData, &written, NULL) ? 0 : GetLastError();
    CloseHandle(h);
    return e;
}

static int print_new(X509 *x)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    PCCERT_CONTEXT cert =
        n > 0 ? CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)n) : NULL;
    if (cert) {
        print_hashes(cert);
        CertFreeCertificateContext(cert);
    }
    OPENSSL_free(der);
    return cert ? 0 : simctl_fail("CertCreateCertificateContext", GetLastError());
}

int cert_new(const struct new_cert *c)
{
    char host[256];
    CRYPT_DATA_BLOB pfx = {0, NULL};
    int e = 1;
    WideCharToMultiByte(CP_UTF8, 0, c->name, -1, host, sizeof host, NULL, NULL);
    EVP_PKEY *key = new_key(c->key);
    X509 *x = key ? new_x509(c, host, key) : NULL;
    if (!x || new_pfx(host, key, x, &pfx)) {
        simctl_fail("openssl", ERROR_INVALID_PARAMETER);
    } else {
        DWORD w = c->pfx ? write_file(c->pfx, &pfx) : 0;
        e = w           ? simctl_fail("CreateFile", w)
            : c->import ? import_pfx(&pfx, pfx_password_wide)
                        : print_new(x);
    }
    OPENSSL_free(pfx.pbData);
    X509_free(x);
    EVP_PKEY_free(key);
    return e;
}

/* ---- bindings ---- */

static bool app_id(const WCHAR *text, GUID *out)
{
    static const GUID iis = {
        0x4dc3e181, 0xe14b, 0x4a21, {0xb0, 0x22, 0x59, 0xfc, 0x66, 0x9b, 0x09, 0x14}};
    unsigned d[11];
    *out = wcscmp(text, L"iis") == 0 ? iis : http_sstp_app_id;
    if (text[0] != L'{')
        return wcscmp(text, L"iis") == 0 || wcscmp(text, L"sstp") == 0;
    if (swscanf(text, L"{%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x}", d, d + 1, d + 2, d + 3, d + 4,
                d + 5, d + 6, d + 7, d + 8, d + 9, d + 10) != 11)
        return false;
    *out = (GUID){d[0], (unsigned short)d[1], (unsigned short)d[2], {0}};
    for (int i = 0; i < 8; i++)
        out->Data4[i] = (unsigned char)d[3 + i];
    return true;
}

/* Host names go to the SNI records. */
static enum http_kind kind_of(const WCHAR *name)
{
    SOCKADDR_STORAGE address;
    return http_address_from_name(name, &address) ? HTTP_IP : HTTP_SNI;
}

static DWORD set_through_api(const struct http_record *r)
{
    const HTTPAPI_VERSION version = HTTPAPI_VERSION_1;
    SOCKADDR_STORAGE address;
    WCHAR store[] = L"MY";
    BYTE hash[SHA1_BYTES];
    if (!http_address_from_name(r->name, &address))
        return ERROR_INVALID_PARAMETER;
    memcpy(hash, r->hash, sizeof hash);
    HTTP_SERVICE_CONFIG_SSL_SET set = {{(SOCKADDR *)&address}, {0}};
    set.ParamDesc.SslHashLength = sizeof hash;
    set.ParamDesc.pSslHash = hash;
    set.ParamDesc.AppId = r->app_id;
    set.ParamDesc.pSslCertStoreName = store;
    set.ParamDesc.DefaultCertCheckMode = r->check_mode;
    set.ParamDesc.DefaultFlags = r->flags;
    ULONG e = HttpInitialize(version, HTTP_INITIALIZE_CONFIG, NULL);
    if (e)
        return e;
    HttpDeleteServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set, NULL);
    e = HttpSetServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set, NULL);
    HttpTerminate(HTTP_INITIALIZE_CONFIG, NULL);
    return e;
}

int binding_set(const WCHAR *name, const WCHAR *sha1, const WCHAR *app, bool raw, DWORD flags)
{
    enum { RRAS_CHECK_MODE = 0x1000 };
    struct http_record r = {.hash_bytes = SHA1_BYTES, .store = L"MY", .flags = flags};
    swprintf(r.name, HTTP_NAME_CHARS, L"%ls", name);
    if (!app_id(app, &r.app_id) || !hex_to_bytes(sha1, r.hash, SHA1_BYTES))
        return simctl_fail("bind", ERROR_INVALID_PARAMETER);
    if (memcmp(&r.app_id, &http_sstp_app_id, sizeof r.app_id) == 0)
        r.check_mode = RRAS_CHECK_MODE; /* only RRAS makes records with it */
    bool host = kind_of(name) == HTTP_SNI;
    DWORD e = raw || host ? http_record_write(host ? HTTP_SNI : HTTP_IP, &r) : set_through_api(&r);
    if (e)
        return simctl_fail("bind", e);
    printf("{}\n");
    return 0;
}

int binding_remove(const WCHAR *name)
{
    DWORD e = http_record_delete(kind_of(name), name);
    if (e)
        return simctl_fail("unbind", e);
    printf("{}\n");
    return 0;
}
