/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_ahead.h - the certificate's private key, made beside what waits for the network: an RSA key
 * takes longer than all else that is computed for a certificate.
 */
#ifndef RRAS_KEY_AHEAD_H
#define RRAS_KEY_AHEAD_H

#include "crypto.h"

struct key_ahead; /* opaque */

/* Begins. NULL when nothing is gained (EC) or no thread is to be had: key_ahead_take makes the key
 * then. */
struct key_ahead *key_ahead_start(enum key_type type);
/* Waits for the key, or makes it. The caller owns it. *k is freed and NULL afterwards. */
int key_ahead_take(struct key_ahead **k, enum key_type type, struct key **out,
                   struct err *err) MUST_CHECK;
/* Waits for a key that nobody wants any more. NULL: nothing. */
void key_ahead_drop(struct key_ahead *k);

#endif
