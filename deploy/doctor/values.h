/* SPDX-License-Identifier: Apache-2.0 */
/* values.h - what SstpSvc's hash values look like when they are right, and when a page was followed
 * to the letter. Pure. */
#ifndef RRAS_DOCTOR_VALUES_H
#define RRAS_DOCTOR_VALUES_H

#include "target.h"

/* REG_BINARY of exactly so many bytes. */
bool value_is_hash(const struct raw_value *v, unsigned bytes);
/* The pages for event 8 say "click Modify, type 32" (and 20) and mean the length. What comes of it:
 * the byte 0x32 or 0x20 in a binary value, a number or a text. literal: "20" or "32". */
bool value_is_typed_length(const struct raw_value *v, char literal[16]);

/* The stored SHA-256, else the stored SHA-1, is this certificate's, as far as they are there and
 * hashes; false when neither is. */
bool values_name(const struct observed *o, const struct store_cert *c);

#endif
