/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - a certificate with its key and chain: what the ACME side makes and the deploy side
 * puts in place. The only thing both know.
 */
#ifndef RRAS_BUNDLE_H
#define RRAS_BUNDLE_H

#include "crypto.h"

struct bundle {
    struct key *key;         /* owned */
    struct cert_chain chain; /* owned; leaf first */
    struct cert_info leaf;   /* owned; read from chain */
};

void bundle_clear(struct bundle *b);
/* Takes key and chain over (both are emptied) and reads the leaf. On failure nothing is taken. */
int bundle_fill(struct bundle *b, struct key **key, struct cert_chain *chain,
                struct err *err) MUST_CHECK;

#endif
