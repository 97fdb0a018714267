/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - bytes of DNS messages (RFC 1035 4.1), written and read within bounds. Pure.
 */
#ifndef RRAS_PUBLISH_WIRE_H
#define RRAS_PUBLISH_WIRE_H

#include "buf.h"

enum { WIRE_NAME_BYTES = 255, WIRE_HEADER_BYTES = 12 };

/* A name as octets: labels in lower case, uncompressed, with the root's zero (the canonical form
 * of RFC 4034 6.2, which TSIG is computed over). */
struct wire_name {
    uint8_t p[WIRE_NAME_BYTES];
    size_t len;
};
/* From text without escapes; a final dot is allowed. False if it is none. */
bool wire_name_from(struct wire_name *out, const char *text);
bool wire_name_equal(const struct wire_name *a, const struct wire_name *b);

void wire_put16(struct buf *out, unsigned v);
void wire_put32(struct buf *out, uint32_t v);
void wire_put48(struct buf *out, int64_t v);
void wire_put_name(struct buf *out, const struct wire_name *n);

/* Reading past the end gives zeros and sets `bad`, which stays. */
struct wire_in {
    const uint8_t *p;
    size_t len, at;
    bool bad;
};
unsigned wire_get16(struct wire_in *in);
uint32_t wire_get32(struct wire_in *in);
int64_t wire_get48(struct wire_in *in);
/* The next len bytes, or NULL. */
const uint8_t *wire_take(struct wire_in *in, size_t len);
/* Follows compression backwards only, so that it ends. */
void wire_get_name(struct wire_in *in, struct wire_name *out);

#endif
