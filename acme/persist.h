/* SPDX-License-Identifier: Apache-2.0 */
/*
 * persist.h - dns-persist-01 (draft-ietf-acme-dns-persist): one TXT record at
 * _validation-persist.NAME lets one account of one CA have certificates for good, so nothing is
 * published at an issuance. A draft that still changes: behind acme.experimental.
 *
 * Two forms are known, told apart by what the CA sends. In -00 and -01 ("issuer-domain-names") the
 * record names the account's URL; in -02 ("issuerDomainNames") a hash of domain, account key and
 * account URL, so that a middleman cannot make an administrator write down another account.
 */
#ifndef RRAS_PERSIST_H
#define RRAS_PERSIST_H

#include "dns_seam.h"
#include "msg.h"

enum { PERSIST_HASH_CHARS = 43 };

/* What the record is to say; all borrowed. */
struct persist_wanted {
    const char *name;             /* of the certificate, with "*." */
    const struct msg_persist *ca; /* names, and the form */
    const char *account;          /* account URL */
    const char *thumbprint;       /* of the account key */
    int64_t now;
};
/* base64url(SHA-256(length octet, domain, thumbprint, account URL)), draft -02 4.1. `domain` is
 * the name without "*.", or "*" for a record that may stand at any name. */
void persist_hash(const char *domain, const char *thumbprint, const char *account,
                  char out[PERSIST_HASH_CHARS + 1]);
/* Pure: does this TXT value satisfy the CA? */
bool persist_fits(const struct persist_wanted *w, const char *text, size_t len);
/* The record to create: _validation-persist.vpn.example.com. TXT "..." */
void persist_record(const struct persist_wanted *w, struct buf *out);

/* Looks at the record on every name server of its zone; adds a check for each of them. ERR_DNS with
 * the record in the hint when it is not everywhere. */
int persist_look(const struct acme_dns *dns, const struct delegation_env *env,
                 const struct delegation *at, const struct persist_wanted *w, struct checks *out,
                 struct err *err) MUST_CHECK;

#endif
