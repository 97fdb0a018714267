/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tsig.h - transaction signatures for DNS messages (RFC 8945). Pure: time is handed in.
 */
#ifndef RRAS_PUBLISH_TSIG_H
#define RRAS_PUBLISH_TSIG_H

#include "crypto.h"
#include "publish/wire.h"

enum { TSIG_FUDGE_S = 300, TSIG_MAX_MAC = 64 };
enum tsig_error { /* RFC 8945 3 */
                  TSIG_OK = 0,
                  TSIG_BADSIG = 16,
                  TSIG_BADKEY = 17,
                  TSIG_BADTIME = 18,
                  TSIG_BADTRUNC = 22,
};

struct tsig_key {
    struct wire_name name;
    enum crypto_hmac algorithm;
    const void *secret; /* borrowed */
    size_t secret_len;
};
struct tsig_mac {
    uint8_t p[TSIG_MAX_MAC];
    size_t len;
};

/* "hmac-sha1" "hmac-sha256" "hmac-sha384" "hmac-sha512", any case, a final dot allowed. NULL is
 * hmac-sha256. False for anything else (hmac-md5 is not offered: RFC 8945 6). */
bool tsig_algorithm_parse(const char *s, enum crypto_hmac *out);
const char *tsig_algorithm_name(enum crypto_hmac a);

/* Appends the TSIG record to a whole message and counts it there; mac is kept for the answer. */
int tsig_sign(struct buf *msg, const struct tsig_key *key, int64_t now_s, struct tsig_mac *mac,
              struct err *err) MUST_CHECK;

/* The TSIG record of an answer, as parsed. Pointers lead into the message. */
struct tsig_record {
    size_t at; /* where it starts */
    struct wire_name name, algorithm;
    int64_t time_s;
    unsigned fudge_s, original_id, error;
    const uint8_t *mac, *other;
    size_t mac_len, other_len;
};
/* Reads the RDATA; the record's name was read already. False when it is broken. */
bool tsig_read(struct tsig_record *out, const uint8_t *rdata, size_t len);
/* Is the answer `msg` signed with our key over our request? Full MACs only. The time is not
 * looked at. */
int tsig_verify(bool *ok, const void *msg, const struct tsig_record *t, const struct tsig_key *key,
                const struct tsig_mac *request, struct err *err) MUST_CHECK;

#endif
