/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - TCP and UDP sockets with a deadline on every step. Addresses are numeric. Used by the DNS
 * code and by the wire proof; HTTPS goes through https.h. net_resolve asks the system, as a client
 * program does: for `probe` alone.
 *
 * A deadline is a monotonic time in ms (clock_ms of os_clock + limit).
 */
#ifndef RRAS_NET_H
#define RRAS_NET_H

#include "err.h"

#include <stddef.h>

struct net_addr {
    uint8_t family; /* 4, 6; 0 = none */
    uint8_t ip[16]; /* network order; v4 in the first four */
    uint16_t port;  /* host order */
    uint32_t scope; /* IPv6 zone index, 0 = none */
};

/* "192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.1" and "::1" with default_port. */
int net_addr_parse(struct net_addr *out, const char *s, uint16_t default_port,
                   struct err *err) MUST_CHECK;
/* Text form "192.0.2.1:53" or "[::1]:53". */
void net_addr_text(const struct net_addr *a, char out[72]);
/* Without the port. */
void net_addr_ip_text(const struct net_addr *a, char out[64]);
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b); /* ip and port */

/* Who can be reached at an address (RFC 6890). What carries an IPv4 address inside (mapped,
 * compatible, NAT64, 6to4) is as far away as that one. */
enum net_scope {
    NET_PUBLIC,
    NET_PRIVATE,    /* RFC 1918, RFC 4193, 100.64.0.0/10, 198.18.0.0/15, site-local */
    NET_LINK_LOCAL, /* 169.254.0.0/16, fe80::/10 */
    NET_LOOPBACK,
    NET_NOBODY, /* unspecified, multicast, broadcast, reserved; no address at all */
};
enum net_scope net_addr_scope(const struct net_addr *a);
/* "a private address", ... */
const char *net_scope_text(enum net_scope s);

struct net_socket; /* opaque, non-blocking inside */

/* Once at program start and end (WSAStartup; SIGPIPE). */
int net_start(struct err *err) MUST_CHECK;
void net_stop(void);

/* ERR_TIMEOUT (no answer), ERR_NET (refused, unreachable, reset: number says which). */
int net_tcp_connect(struct net_socket **out, const struct net_addr *to, int64_t deadline_ms,
                    struct err *err) MUST_CHECK;
/* A connected UDP socket with a random local port: answers from elsewhere never arrive. */
int net_udp_connect(struct net_socket **out, const struct net_addr *to, struct err *err) MUST_CHECK;
void net_close(struct net_socket *s);

/* All of it, or an error. */
int net_send(struct net_socket *s, const void *p, size_t len, int64_t deadline_ms,
             struct err *err) MUST_CHECK;
/* Up to size bytes; *got = 0 at the end of a TCP stream. One datagram for UDP. */
int net_recv(struct net_socket *s, void *p, size_t size, size_t *got, int64_t deadline_ms,
             struct err *err) MUST_CHECK;
/* For TLS: one try without waiting. 1 = done (*done bytes), 0 = would wait, -1 = err. */
int net_try_send(struct net_socket *s, const void *p, size_t len, size_t *done, struct err *err);
int net_try_recv(struct net_socket *s, void *p, size_t size, size_t *got, struct err *err);
/* Waits until readable (or writable). ERR_TIMEOUT at the deadline. */
int net_wait(struct net_socket *s, bool for_write, int64_t deadline_ms, struct err *err) MUST_CHECK;
/* True when `number` of an ERR_NET err means that nothing listens there (ECONNREFUSED). */
bool net_is_refused(const struct err *err);
/* ... that this machine has no route or no such address family at all. */
bool net_is_unreachable(const struct err *err);
/* ... that the peer (or something between) broke the connection (ECONNRESET). */
bool net_is_reset(const struct err *err);

/* The addresses of a name, in the order that the system prefers, each once, as the resolver of this
 * machine tells them (hosts file, DNS); with `port`. It waits as long as the system does. At most
 * max; the rest is left out. ERR_NOT_FOUND when there is no such name or it has no address, ERR_DNS
 * when nobody could tell. */
int net_resolve(const char *host, uint16_t port, struct net_addr *out, size_t max, size_t *count,
                struct err *err) MUST_CHECK;

#endif
