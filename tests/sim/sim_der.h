/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_der - just enough DER for private keys and PFX files (X.690, RFC 5208, RFC 5915, RFC 7292).
 * Pure. A double reads what the program under test wrote, so it answers "bad" where that is not
 * what the RFCs say.
 */
#ifndef SIM_DER_H
#define SIM_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct der {
    const uint8_t *p;
    size_t n;
};

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0,
    DER_CONTEXT_1 = 0xa1,
    DER_IMPLICIT_0 = 0x80
};

#define OID_RSA  "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define OID_EC   "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_P256 "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_P384 "\x2b\x81\x04\x00\x22"

/* Takes one element off *from. Its tag, or 0 at the end and on damaged DER. */
int der_next(struct der *from, struct der *value);

/* Takes one element off *from and says whether it has this tag. */
bool der_get(struct der *from, int tag, struct der *value);

bool der_is(struct der value, const char *bytes, size_t n);
#define DER_IS(value, literal) der_is((value), (literal), sizeof(literal) - 1)

/* A small unsigned INTEGER's value. */
uint32_t der_uint(struct der value);

/* An INTEGER's magnitude without leading zeros. */
struct der der_magnitude(struct der value);

/* Writes DER from the end of a buffer towards its start. The caller gives a buffer that is big
 * enough. */
struct der_writer {
    uint8_t *buf;
    size_t at;
};
void der_put(struct der_writer *w, const void *bytes, size_t n);
void der_wrap(struct der_writer *w, int tag, size_t end);
void der_put_uint(struct der_writer *w, const uint8_t *bytes, size_t n);

#endif
