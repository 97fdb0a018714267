/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ncrypt_p384 - signs with a P-384 key by OpenSSL: Wine 8's bcrypt makes such keys but imports
 * their public half only.
 */
#ifndef NCRYPT_P384_H
#define NCRYPT_P384_H

#include "sim_der.h"

enum { P384_SIGNATURE_BYTES = 96 };

/* r and s, as CNG has them. False on any failure. */
bool p384_sign(struct der pkcs8, struct der hash, uint8_t out[P384_SIGNATURE_BYTES]);

#endif
