/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https_ca_win32.c - Windows' own store of trusted roots.
 *
 * Windows keeps only a part of the roots it trusts in the store; the others are fetched by
 * CryptoAPI the first time a chain is built that ends at one ("automatic root certificates
 * update"). libcurl only lists the store, so on a fresh server a CA's root may be missing. Building
 * a chain of the server's certificates wakes that mechanism; the judgement stays with libcurl.
 */
#include "https_int.h"
#include "os.h"
#include "tls.h"

#include <windows.h>

#include <wincrypt.h>

#ifndef CERT_CHAIN_DISABLE_AIA
#define CERT_CHAIN_DISABLE_AIA 0x00002000
#endif

enum { LOOK_TIMEOUT_MS = 15 * 1000 };

int https_roots_find(struct https_roots *out, struct err *err)
{
    (void)err;
    out->native = true;
    return 0;
}

void https_roots_clear(struct https_roots *r)
{
    *r = (struct https_roots){0};
}

/* The peer's certificates but the leaf, as a store for chain building; NULL when it cannot be. */
static HCERTSTORE sent_certificates(const struct tls *t)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    const uint8_t *der;
    size_t len;
    for (size_t i = 1; store != NULL && (der = tls_peer_cert(t, i, &len)) != NULL; i++) {
        if (!CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)len,
                                              CERT_STORE_ADD_USE_EXISTING, NULL))
            break;
    }
    return store;
}

/* True if Windows' chain ends at a root that it trusts. */
static bool build_chain(const struct tls *t)
{
    size_t len = 0;
    const uint8_t *der = tls_peer_cert(t, 0, &len);
    HCERTSTORE store = sent_certificates(t);
    PCCERT_CONTEXT leaf =
        der != NULL ? CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)len) : NULL;
    PCCERT_CHAIN_CONTEXT chain = NULL;
    CERT_CHAIN_PARA para = {.cbSize = sizeof para};
    bool trusted = false;
    /* No AIA: an untrusted server must not send us to addresses of its choice. */
    if (leaf != NULL && store != NULL &&
        CertGetCertificateChain(NULL, leaf, NULL, store, &para, CERT_CHAIN_DISABLE_AIA, NULL,
                                &chain))
        trusted = chain->TrustStatus.dwErrorStatus == CERT_TRUST_NO_ERROR;
    if (chain != NULL)
        CertFreeCertificateChain(chain);
    if (leaf != NULL)
        CertFreeCertificateContext(leaf);
    if (store != NULL)
        CertCloseStore(store, 0);
    return trusted;
}

bool https_roots_refresh(const struct net_addr *server, const char *host)
{
    struct err ignored = {0};
    struct tls *t = NULL;
    struct tls_target target = {
        .addr = *server, .server_name = host, .deadline_ms = clock_ms(&os_clock) + LOOK_TIMEOUT_MS};
    if (tls_open(&t, &target, &ignored))
        return false;
    bool trusted = build_chain(t);
    tls_close(t);
    return trusted;
}
