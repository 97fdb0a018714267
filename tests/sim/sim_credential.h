/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_credential - certificates of the machine stores as http.sys and RRAS use them: found by hash,
 * with key and chain, as an OpenSSL server context.
 */
#ifndef SIM_CREDENTIAL_H
#define SIM_CREDENTIAL_H

#include "http_records.h"
#include "sim_windows.h"

#include <openssl/ssl.h>

/* A certificate of a LocalMachine store by its SHA-1 (20 bytes) or SHA-256 (32 bytes); NULL when it
 * is not there. */
PCCERT_CONTEXT credential_find(const WCHAR *store, const BYTE *hash, DWORD bytes);

/* What RRAS picks: the first certificate with a key and Server Authentication, else the first with
 * a key; or NULL. */
PCCERT_CONTEXT credential_pick(void);

/* SHA-1 or SHA-256 of the certificate, by the size of the buffer. */
bool credential_hash(PCCERT_CONTEXT cert, BYTE *out, DWORD bytes);

/* Whether the machine has the certificate's key. */
bool credential_has_key(PCCERT_CONTEXT cert);

/*
 * A server context for what a binding names: certificate, key, intermediates from the CA store.
 * Remembers the last ones, as http.sys keeps its credentials: a certificate that is deleted is
 * served on until its binding changes. NULL when the certificate cannot be used. Give back with
 * SSL_CTX_free.
 */
SSL_CTX *credential_context(const struct http_record *record);

#endif
