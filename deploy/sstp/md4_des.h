/* SPDX-License-Identifier: Apache-2.0 */
/*
 * md4_des.h - MD4 (RFC 1320) and DES (FIPS 46-3): MS-CHAPv2 is built of them, and nothing else here
 * may be. OpenSSL keeps both in a module that a static program does not carry, so they are our own.
 * Pure; what they leave on the stack is wiped.
 */
#ifndef RRAS_SSTP_MD4_DES_H
#define RRAS_SSTP_MD4_DES_H

#include <stddef.h>
#include <stdint.h>

enum { MD4_BYTES = 16, DES_KEY_BYTES = 7, DES_BLOCK_BYTES = 8 };

void md4_digest(const void *p, size_t len, uint8_t out[MD4_BYTES]);
/* One block; the key is 56 bits without parity (RFC 2759 8.6). */
void des_encrypt_block(const uint8_t key[DES_KEY_BYTES], const uint8_t in[DES_BLOCK_BYTES],
                       uint8_t out[DES_BLOCK_BYTES]);

#endif
