/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jws.h - signed requests: RFC 7515 in the flattened JSON form, as RFC 8555 6.2 wants it. Pure.
 */
#ifndef RRAS_JWS_H
#define RRAS_JWS_H

#include "crypto.h"

struct jws {
    const struct key *key; /* account key; signs */
    const char *kid;       /* account URL; NULL = the public key itself goes along ("jwk") */
    const char *nonce;     /* NULL = none: only within keyChange (RFC 8555 7.3.5) */
    const char *url;       /* octet for octet as the CA gave it (RFC 8555 6.4) */
};
/* Appends the request body. `payload` is JSON text; "" is POST-as-GET (RFC 8555 6.3). */
int jws_sign(const struct jws *h, const char *payload, struct buf *out, struct err *err) MUST_CHECK;

/* External account binding (RFC 8555 7.3.4). */
struct jws_eab {
    const char *kid; /* the CA's name for its customer */
    const void *mac_key;
    size_t mac_key_len;
    const char *url;           /* newAccount */
    const struct key *account; /* the key that is bound */
};
/* Appends the inner JWS, HS256. */
int jws_bind(const struct jws_eab *b, struct buf *out, struct err *err) MUST_CHECK;

/* The TXT value that proves control (RFC 8555 8.4): base64url(SHA-256(token "." thumbprint)). */
enum { JWS_TXT_CHARS = 43 };
int jws_txt_value(const char *token, const char *thumbprint, char out[JWS_TXT_CHARS + 1],
                  struct err *err) MUST_CHECK;

#endif
