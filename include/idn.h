/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idn.h - certificate names outside of ASCII (IDNA2008: RFC 5890 to 5893) and Punycode (RFC 3492).
 *
 * People write "bücher.example"; DNS, the CA and everything else in this program have
 * "xn--bcher-kva.example". IDNA2008 maps nothing: a name is to be lower case and composed, and is
 * refused with the reason where it is not. What is not looked at are the rules that need tables of
 * all scripts (RFC 5892's contextual rules, RFC 5893's for right-to-left labels): CAs judge those.
 */
#ifndef RRAS_IDN_H
#define RRAS_IDN_H

#include "err.h"

#include <stddef.h>

/* A certificate name as people write it, UTF-8, to its canonical form (text_dns_name). Labels that
 * are in A-label form already must decode to a name that we would have taken, and encode back to
 * themselves. ERR_USAGE. */
int idn_to_ascii(const char *s, char out[256], struct err *err) MUST_CHECK;
/* The name for people to read; false when that is no other than the name itself. */
bool idn_to_unicode(const char *name, char *out, size_t size);

/* ---- RFC 3492, pure ---- */
enum { IDN_MAX_LABEL = 63 };
/* Without the "xn--". False when it does not fit, terminated, into size. */
bool punycode_encode(const uint32_t *in, size_t count, char *out, size_t size);
/* False when it is malformed or has more than max code points; *count is set on success. */
bool punycode_decode(const char *in, size_t len, uint32_t *out, size_t max, size_t *count);

#endif
