/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_front - the network side of the simulated http.sys and SstpSvc: a TLS listener on 127.0.0.1
 * and ::1.
 *
 * The certificate of each connection is looked up when it begins, in http.sys's order (host name,
 * address, wildcard), so a changed binding is served at once. No usable binding: the connection is
 * reset after the ClientHello. What is said inside is the owner's.
 *
 * Not as on Windows: the real http.sys lives in the kernel and listens on all addresses for all its
 * users; this one lives in the RemoteAccess process, so nothing at all listens while that is
 * stopped.
 */
#ifndef SIM_FRONT_H
#define SIM_FRONT_H

#include "sim_line.h"

#include <stdbool.h>

struct front;

struct front_options {
    unsigned short port;
    bool https; /* false: plain HTTP behind a balancer that ends TLS */
    /* one connection, in a thread of its own */
    void (*serve)(const struct sim_line *line, void *user);
    void *user;
};

/* 0 or a socket error. A machine without IPv6 gets the IPv4 listener alone. */
int front_open(struct front **out, const struct front_options *options);

/* Closes the port, then every connection. NULL is allowed. */
void front_close(struct front *front);

#endif
