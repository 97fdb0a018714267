/* SPDX-License-Identifier: Apache-2.0 */
/* tls_server.h - a TLS server on 127.0.0.1 in a thread of its own, for tests of TLS clients. */
#ifndef RRAS_TEST_TLS_SERVER_H
#define RRAS_TEST_TLS_SERVER_H

#include "crypto.h"

struct tls_server;
struct tls_conn;

struct tls_server_spec {
    const struct key *key;
    const struct cert_chain *chain;
    const char *max_version; /* "TLSv1.1", "TLSv1.2"; NULL = the newest */
    /* Serves one connection after its handshake; NULL: nothing is said. */
    void (*serve)(void *user, struct tls_conn *c);
    void *user;
};

struct tls_server *tls_server_start(const struct tls_server_spec *spec);
uint16_t tls_server_port(const struct tls_server *s);
void tls_server_stop(struct tls_server *s);
/* Connections whose handshake was done. */
int tls_server_count(const struct tls_server *s);

/* -1: the peer is gone. Otherwise the number of bytes. */
int tls_conn_read(struct tls_conn *c, void *p, size_t size);
bool tls_conn_write(struct tls_conn *c, const void *p, size_t len);
/* The SNI name; "" if none was sent. */
const char *tls_conn_name(const struct tls_conn *c);
/* No close_notify at the end, only the end of the TCP stream. */
void tls_conn_abrupt(struct tls_conn *c);

#endif
