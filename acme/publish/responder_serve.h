/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responder_serve.h - a thread that answers questions at some sockets. responder.h says what,
 * responder_limit.h how often. It never logs and asks nobody.
 */
#ifndef RRAS_PUBLISH_RESPONDER_SERVE_H
#define RRAS_PUBLISH_RESPONDER_SERVE_H

#include "net_serve.h"
#include "publish/responder.h"

enum { RESPONDER_MAX_LISTEN = 8 };

struct responder_serve; /* opaque */

/* What is served, borrowed: the thread calls answer, which locks. */
struct responder_source {
    bool (*answer)(void *user, const uint8_t *query, size_t len, bool tcp, struct buf *out);
    void *user;
};

/* Listens with UDP and TCP at each address and starts to answer; when it returns the ports are
 * open. ERR_BUSY, ERR_DENIED, ERR_NET as in net_serve.h, for the first address that cannot be had;
 * one of all addresses (0.0.0.0, [::]) of a family that this machine lacks is left out. */
int responder_serve_start(struct responder_serve **out, const struct net_addr *at, size_t n,
                          const struct responder_source *source, struct err *err) MUST_CHECK;
/* Ends the thread, closes all; NULL ok. Returns how many questions were answered. */
unsigned responder_serve_stop(struct responder_serve *s);

#endif
