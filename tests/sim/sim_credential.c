/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_credential.h"
#include "sim_keys.h"
#include "sim_windows.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

enum { CHAIN_MAX = 6, CACHE_MAX = 16 };

static HCERTSTORE open_store(const WCHAR *name)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                         CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG,
                         name && *name ? name : L"MY");
}

bool credential_hash(PCCERT_CONTEXT cert, BYTE *out, DWORD bytes)
{
    DWORD n = bytes;
    return CryptHashCertificate2(bytes == 20 ? BCRYPT_SHA1_ALGORITHM : BCRYPT_SHA256_ALGORITHM, 0,
                                 NULL, cert->pbCertEncoded, cert->cbCertEncoded, out, &n) &&
           n == bytes;
}

bool credential_has_key(PCCERT_CONTEXT cert)
{
    WCHAR name[KEY_NAME_CHARS];
    bool machine;
    return key_of_certificate(cert, name, &machine) && machine && key_exists(name, true);
}

PCCERT_CONTEXT credential_find(const WCHAR *store, const BYTE *hash, DWORD bytes)
{
    HCERTSTORE s = open_store(store);
    PCCERT_CONTEXT cert = NULL;
    BYTE got[32];
    if (!s)
        return NULL;
    while ((cert = CertEnumCertificatesInStore(s, cert)))
        if (credential_hash(cert, got, bytes) && memcmp(got, hash, bytes) == 0)
            break;
    CertCloseStore(s, 0);
    return cert;
}

static bool serves(PCCERT_CONTEXT cert)
{
    BYTE buf[2048] __attribute__((aligned(8)));
    DWORD n = sizeof buf;
    const CERT_ENHKEY_USAGE *usage = (const void *)buf;
    if (!CertGetEnhancedKeyUsage(cert, 0, (CERT_ENHKEY_USAGE *)buf, &n))
        return false;
    for (DWORD i = 0; i < usage->cUsageIdentifier; i++)
        if (strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0)
            return true;
    return false;
}

PCCERT_CONTEXT credential_pick(void)
{
    HCERTSTORE s = open_store(L"MY");
    PCCERT_CONTEXT cert = NULL, any = NULL;
    if (!s)
        return NULL;
    while ((cert = CertEnumCertificatesInStore(s, cert))) {
        if (!credential_has_key(cert))
            continue;
        if (serves(cert))
            break;
        if (!any)
            any = CertDuplicateCertificateContext(cert);
    }
    CertCloseStore(s, 0);
    if (!cert)
        return any;
    if (any)
        CertFreeCertificateContext(any);
    return cert;
}

/* ---- OpenSSL ---- */

static X509 *to_x509(PCCERT_CONTEXT cert)
{
    const unsigned char *p = cert->pbCertEncoded;
    return d2i_X509(NULL, &p, (long)cert->cbCertEncoded);
}

static bool use_key(SSL_CTX *ctx, PCCERT_CONTEXT cert)
{
    WCHAR name[KEY_NAME_CHARS];
    bool machine, ok = false;
    struct key_file file;
    if (!key_of_certificate(cert, name, &machine) || !machine || key_load(name, true, &file))
        return false;
    const unsigned char *p = file.pkcs8;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)file.bytes);
    if (key)
        ok = SSL_CTX_use_PrivateKey(ctx, key) == 1;
    EVP_PKEY_free(key);
    free(file.pkcs8);
    return ok;
}

static bool self_signed(PCCERT_CONTEXT cert)
{
    return CertCompareCertificateName(X509_ASN_ENCODING, &cert->pCertInfo->Subject,
                                      &cert->pCertInfo->Issuer);
}

/* Schannel builds the chain it sends from the machine's stores, and leaves the root out. */
static void add_chain(SSL_CTX *ctx, PCCERT_CONTEXT leaf)
{
    HCERTSTORE ca = open_store(L"CA");
    PCCERT_CONTEXT cert = CertDuplicateCertificateContext(leaf);
    for (int i = 0; ca && cert && i < CHAIN_MAX && !self_signed(cert); i++) {
        PCCERT_CONTEXT issuer = CertFindCertificateInStore(
            ca, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_NAME, &cert->pCertInfo->Issuer, NULL);
        CertFreeCertificateContext(cert);
        cert = issuer;
        if (!cert || self_signed(cert))
            break;
        X509 *x = to_x509(cert);
        if (x)
            SSL_CTX_add1_chain_cert(ctx, x);
        X509_free(x);
    }
    if (cert)
        CertFreeCertificateContext(cert);
    if (ca)
        CertCloseStore(ca, 0);
}

static SSL_CTX *make_context(const struct http_record *record)
{
    PCCERT_CONTEXT cert = credential_find(record->store, record->hash, record->hash_bytes);
    SSL_CTX *ctx = cert ? SSL_CTX_new(TLS_server_method()) : NULL;
    X509 *x = ctx ? to_x509(cert) : NULL;
    bool ok = x && SSL_CTX_use_certificate(ctx, x) == 1 && use_key(ctx, cert) &&
              SSL_CTX_check_private_key(ctx) == 1;
    if (ok) {
        add_chain(ctx, cert);
        /* a resumed session would show an old certificate */
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    } else {
        SSL_CTX_free(ctx);
        ctx = NULL;
    }
    X509_free(x);
    if (cert)
        CertFreeCertificateContext(cert);
    return ctx;
}

static struct {
    SRWLOCK lock;
    BYTE hash[CACHE_MAX][HTTP_HASH_BYTES];
    SSL_CTX *ctx[CACHE_MAX];
    int next;
} cache = {.lock = SRWLOCK_INIT};

SSL_CTX *credential_context(const struct http_record *record)
{
    SSL_CTX *ctx = NULL;
    if (record->hash_bytes != HTTP_HASH_BYTES)
        return NULL;
    AcquireSRWLockExclusive(&cache.lock);
    for (int i = 0; i < CACHE_MAX && !ctx; i++)
        if (cache.ctx[i] && memcmp(cache.hash[i], record->hash, HTTP_HASH_BYTES) == 0)
            ctx = cache.ctx[i];
    if (!ctx && (ctx = make_context(record))) {
        SSL_CTX_free(cache.ctx[cache.next]);
        cache.ctx[cache.next] = ctx;
        memcpy(cache.hash[cache.next], record->hash, HTTP_HASH_BYTES);
        cache.next = (cache.next + 1) % CACHE_MAX;
    }
    if (ctx)
        SSL_CTX_up_ref(ctx);
    ReleaseSRWLockExclusive(&cache.lock);
    return ctx;
}
