/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto_trust_win32.c - Windows' own judgement of a chain.
 *
 * Windows keeps only a part of the roots it trusts in the store; the others are fetched by
 * CryptoAPI the first time a chain is built that ends at one ("automatic root certificates
 * update"). On a fresh server the store may thus lack a CA's root. And what stands in the store
 * Disallowed, or is not for servers any more, is distrusted although it is among the roots.
 */
#include "crypto_trust.h"

#include <windows.h>

/* or the structure has no dwUrlRetrievalTimeout */
#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS
#include <wincrypt.h>

#ifndef CERT_CHAIN_DISABLE_AIA
#define CERT_CHAIN_DISABLE_AIA 0x00002000
#endif

/* For the fetching of a root, while the server waits for our word. */
enum { ROOT_TIMEOUT_MS = 10 * 1000 };

static FILETIME file_time(int64_t unix_s)
{
    ULARGE_INTEGER ticks = {.QuadPart = (ULONGLONG)(unix_s + 11644473600) * 10000000};
    return (FILETIME){ticks.LowPart, ticks.HighPart};
}

/* What was sent beside the leaf, for the building of a chain. */
static HCERTSTORE others_of(const struct cert_chain *c)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    for (size_t i = 1; store != NULL && i < c->count; i++)
        (void)CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, c->cert[i].der,
                                               (DWORD)c->cert[i].len, CERT_STORE_ADD_USE_EXISTING,
                                               NULL);
    return store;
}

static const char *reason(DWORD status)
{
    if (status & CERT_TRUST_IS_EXPLICIT_DISTRUST)
        return "this machine is told not to trust a certificate in it";
    if (status & CERT_TRUST_IS_UNTRUSTED_ROOT)
        return "it ends at a root that this machine does not trust";
    if (status & CERT_TRUST_IS_PARTIAL_CHAIN)
        return "no root: the server sends too few certificates, or nobody here knows its CA";
    if (status & CERT_TRUST_IS_NOT_TIME_VALID)
        return "a certificate in it is not valid now";
    if (status & CERT_TRUST_IS_NOT_SIGNATURE_VALID)
        return "a signature in it is wrong";
    if (status & CERT_TRUST_IS_NOT_VALID_FOR_USAGE)
        return "a certificate in it is not for the authentication of servers";
    return "Windows does not trust it";
}

/* As a VPN client judges: by the machine's stores, not by what the present user trusts beside
 * them, and for the authentication of servers. */
static BOOL build_chain(PCCERT_CONTEXT leaf, HCERTSTORE others, int64_t now,
                        PCCERT_CHAIN_CONTEXT *out)
{
    char server_auth[] = szOID_PKIX_KP_SERVER_AUTH;
    LPSTR usage[] = {server_auth};
    CERT_CHAIN_PARA para = {.cbSize = sizeof para,
                            .RequestedUsage = {.dwType = USAGE_MATCH_TYPE_AND, .Usage = {1, usage}},
                            .dwUrlRetrievalTimeout = ROOT_TIMEOUT_MS};
    FILETIME at = file_time(now);

    /* No AIA: an untrusted server must not send us to addresses of its choice. */
    return CertGetCertificateChain(HCCE_LOCAL_MACHINE, leaf, &at, others, &para,
                                   CERT_CHAIN_DISABLE_AIA, NULL, out);
}

int crypto_trust_system(const struct cert_chain *c, int64_t now, struct err *err)
{
    HCERTSTORE store = others_of(c);
    PCCERT_CONTEXT leaf =
        c->count > 0
            ? CertCreateCertificateContext(X509_ASN_ENCODING, c->cert[0].der, (DWORD)c->cert[0].len)
            : NULL;
    PCCERT_CHAIN_CONTEXT chain = NULL;
    int rc = -1;
    if (store == NULL || leaf == NULL || !build_chain(leaf, store, now, &chain))
        err_sys(err, ERR_CHECK, ERR_SRC_WIN32, GetLastError(), "certificate chain");
    else if (chain->TrustStatus.dwErrorStatus != CERT_TRUST_NO_ERROR)
        err_set(err, ERR_CHECK, "certificate chain: %s (trust status 0x%08lx)",
                reason(chain->TrustStatus.dwErrorStatus), chain->TrustStatus.dwErrorStatus);
    else
        rc = 0;
    if (chain != NULL)
        CertFreeCertificateChain(chain);
    if (leaf != NULL)
        CertFreeCertificateContext(leaf);
    if (store != NULL)
        CertCloseStore(store, 0);
    return rc;
}
