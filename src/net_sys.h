/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_sys.h - the few socket calls that differ: between net.c, net_serve.c and net_posix.c,
 * net_win32.c.
 *
 * Functions that can fail put the system's number into *number; net.c makes the text.
 */
#ifndef RRAS_NET_SYS_H
#define RRAS_NET_SYS_H

#include "net_serve.h"

typedef intptr_t net_handle;
enum { NET_NO_HANDLE = -1 };

struct net_socket {
    net_handle handle;
    struct net_addr peer; /* of a socket that listens: where it does */
    bool udp;
};

/* As net_try_send: what a call that does not wait can say. */
enum net_step { NET_FAILED = -1, NET_WOULD_WAIT = 0, NET_DONE = 1 };

int net_sys_start(uint32_t *number);
void net_sys_stop(void);

/* A new non-blocking socket, not inherited by children, that begins to connect. NET_WOULD_WAIT:
 * wait until it is writable, then ask net_sys_connect_result. *out is set unless NET_FAILED. */
enum net_step net_sys_connect(net_handle *out, const struct net_addr *to, bool udp,
                              uint32_t *number);
/* 0 = connected */
uint32_t net_sys_connect_result(net_handle h);
void net_sys_close(net_handle h);

enum net_step net_sys_send(net_handle h, const void *p, size_t len, size_t *done, uint32_t *number);
/* A datagram that is longer than `size` is cut. */
enum net_step net_sys_recv(net_handle h, void *p, size_t size, size_t *got, uint32_t *number);
/* NET_DONE = ready (or broken: the next call tells), NET_WOULD_WAIT = timeout_ms have passed. */
enum net_step net_sys_wait(net_handle h, bool for_write, int64_t timeout_ms, uint32_t *number);

/* ---- net_serve.c ---- */

/* A new non-blocking socket, bound; a TCP one listens. */
enum net_step net_sys_listen(net_handle *out, const struct net_addr *at, bool udp,
                             uint32_t *number);
enum net_step net_sys_local(net_handle h, struct net_addr *out, uint32_t *number);
/* What a peer or the network has spoilt is NET_WOULD_WAIT. */
enum net_step net_sys_accept(net_handle h, net_handle *out, struct net_addr *peer,
                             uint32_t *number);
enum net_step net_sys_recv_from(net_handle h, void *p, size_t size, size_t *got,
                                struct net_addr *from, uint32_t *number);
enum net_step net_sys_send_to(net_handle h, const void *p, size_t len, const struct net_addr *to,
                              uint32_t *number);
struct net_sys_ready {
    net_handle handle;
    bool for_write, ready;
};
/* NET_DONE also when the time has passed. */
enum net_step net_sys_wait_any(struct net_sys_ready *v, size_t n, int64_t timeout_ms,
                               uint32_t *number);
bool net_sys_is_in_use(uint32_t number);
bool net_sys_is_denied(uint32_t number);

/* From a struct sockaddr; family 0 for what is none of the two. */
void net_sys_addr(struct net_addr *out, const void *sockaddr, size_t len);
/* A plain blocking socket that children do not inherit; NET_NO_HANDLE. For libcurl. */
net_handle net_sys_socket(int family, int type, int protocol);

enum err_source net_sys_source(void);
bool net_sys_is_refused(uint32_t number);
bool net_sys_is_unreachable(uint32_t number);
bool net_sys_is_reset(uint32_t number);

/* Fills at most max. ERR_NOT_FOUND, ERR_DNS. */
int net_sys_resolve(const char *host, struct net_addr *out, size_t max, size_t *count,
                    struct err *err) MUST_CHECK;

#endif
