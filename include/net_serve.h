/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_serve.h - the other side of net.h: sockets that wait for peers. Nothing here waits but
 * net_wait_any; sockets are closed with net_close.
 */
#ifndef RRAS_NET_SERVE_H
#define RRAS_NET_SERVE_H

#include "net.h"

/* Bound to the address (port 0: any free one), to nobody else's packets, IPv6 to IPv6 alone.
 * ERR_BUSY when another program has the port, ERR_DENIED when we may not have it, else ERR_NET
 * (see net_is_unreachable for an address that this machine lacks). */
int net_udp_listen(struct net_socket **out, const struct net_addr *at, struct err *err) MUST_CHECK;
int net_tcp_listen(struct net_socket **out, const struct net_addr *at, struct err *err) MUST_CHECK;
/* Where it is bound, with the port that it has. */
int net_local_addr(const struct net_socket *s, struct net_addr *out, struct err *err) MUST_CHECK;

/* One try each without waiting: 1 = done, 0 = there is nothing (or it cannot be sent) now,
 * -1 = err. What a peer has broken off counts as 0. */
int net_try_accept(struct net_socket *listener, struct net_socket **out, struct net_addr *peer,
                   struct err *err);
/* One datagram; what is longer than size is cut. */
int net_try_recv_from(struct net_socket *s, void *p, size_t size, size_t *got,
                      struct net_addr *from, struct err *err);
int net_try_send_to(struct net_socket *s, const void *p, size_t len, const struct net_addr *to,
                    struct err *err);

enum { NET_WAIT_MAX = 60 };
struct net_ready {
    struct net_socket *socket;
    bool for_write;
    bool ready; /* out */
};
/* Until one of at most NET_WAIT_MAX sockets is ready, or the deadline (monotonic ms) has come; both
 * are success. */
int net_wait_any(struct net_ready *v, size_t n, int64_t deadline_ms, struct err *err) MUST_CHECK;

#endif
