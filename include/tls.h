/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - a TLS client that looks: used to see which certificate an endpoint serves. It does not
 * judge the certificate (the caller compares hashes); never use it to talk to a CA.
 */
#ifndef RRAS_TLS_H
#define RRAS_TLS_H

#include "buf.h"
#include "net.h"

struct tls; /* opaque */

struct tls_target {
    struct net_addr addr;
    const char *server_name; /* SNI; NULL = none */
    int64_t deadline_ms;     /* for connect and handshake */
};

/* TCP connect and handshake, TLS 1.2 or newer, no session resumption, ALPN none. ERR_NET with the
 * stage in the text ("tcp", "tls"); ERR_TIMEOUT. */
int tls_open(struct tls **out, const struct tls_target *target, struct err *err) MUST_CHECK;
void tls_close(struct tls *t); /* sends close_notify if it can do so at once */

/* Certificates as sent, leaf first, DER; borrowed until tls_close. NULL past the end. */
const uint8_t *tls_peer_cert(const struct tls *t, size_t i, size_t *len);
/* "TLSv1.3" */
const char *tls_version(const struct tls *t);

int tls_write(struct tls *t, const void *p, size_t len, int64_t deadline_ms,
              struct err *err) MUST_CHECK;
/* Up to size bytes; *got = 0 when the peer closed. */
int tls_read(struct tls *t, void *p, size_t size, size_t *got, int64_t deadline_ms,
             struct err *err) MUST_CHECK;

#endif
