/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_trust.h - the platform's half of cert_chain_trusted. */
#ifndef RRAS_CRYPTO_TRUST_H
#define RRAS_CRYPTO_TRUST_H

#include "crypto.h"

/* Whether the roots of this system vouch for the chain. ERR_CHECK with the reason. */
int crypto_trust_system(const struct cert_chain *c, int64_t now, struct err *err) MUST_CHECK;

/* Leaves the judgement of the peers of an SSL_CTX to the system, as above; to compare the name
 * stays with the caller. Why a peer was refused stands in *why, which outlives the SSL_CTX. */
void crypto_trust_by_system(void *ssl_ctx, struct err *why);

#endif
