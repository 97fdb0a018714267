/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ca_cert.h - the cryptographic half of fake_ca: checks signatures and CSRs, issues. */
#ifndef RRAS_TEST_FAKE_CA_CERT_H
#define RRAS_TEST_FAKE_CA_CERT_H

#include "crypto.h"

/* A P-256 public key of a JWK's coordinates; NULL if it is none. */
struct key *fake_key_of_jwk(const char *x, const char *y);
/* The public key of a CSR; NULL if it is none. */
struct key *fake_key_of_csr(const void *der, size_t len);

struct fake_issue {
    const struct key *root_key, *mid_key, *leaf_key;
    const char *root_cn;
    const char *const *names;
    size_t name_count;
    int64_t now;
    const char *serial;
};
/* Leaf and intermediate in PEM; the caller frees. */
char *fake_issue_pem(const struct fake_issue *what);

#endif
