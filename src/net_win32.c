/* SPDX-License-Identifier: Apache-2.0 */
#include "net_sys.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include "wide.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifndef SO_RANDOMIZE_PORT
#define SO_RANDOMIZE_PORT 0x3005
#endif
#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

static enum net_step failed(uint32_t *number)
{
    *number = (uint32_t)WSAGetLastError();
    return NET_FAILED;
}

int net_sys_start(uint32_t *number)
{
    WSADATA data;
    int rc = WSAStartup(MAKEWORD(2, 2), &data);
    *number = (uint32_t)rc;
    return rc != 0 ? -1 : 0;
}

void net_sys_stop(void)
{
    WSACleanup();
}

static void from_sockaddr(struct net_addr *out, const struct sockaddr_storage *from)
{
    *out = (struct net_addr){0};
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
        out->family = 6;
        out->port = ntohs(six->sin6_port);
        out->scope = six->sin6_scope_id;
        memcpy(out->ip, &six->sin6_addr, 16);
    } else if (from->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)from;
        out->family = 4;
        out->port = ntohs(four->sin_port);
        memcpy(out->ip, &four->sin_addr, 4);
    }
}

static int to_sockaddr(struct sockaddr_storage *out, const struct net_addr *a)
{
    memset(out, 0, sizeof *out);
    if (a->family == 6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(a->port);
        six->sin6_scope_id = a->scope;
        memcpy(&six->sin6_addr, a->ip, 16);
        return (int)sizeof *six;
    }
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    four->sin_family = AF_INET;
    four->sin_port = htons(a->port);
    memcpy(&four->sin_addr, a->ip, 4);
    return (int)sizeof *four;
}

static void set_options(SOCKET s, bool udp)
{
    BOOL on = TRUE;
    /* Failures do not matter: both options only make things better. Without the second, Windows
     * may hand out UDP ports one after the other, and a forged DNS answer would be easier. */
    if (udp)
        setsockopt(s, SOL_SOCKET, SO_RANDOMIZE_PORT, (const char *)&on, sizeof on);
    else
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
}

enum net_step net_sys_connect(net_handle *out, const struct net_addr *to, bool udp,
                              uint32_t *number)
{
    struct sockaddr_storage addr;
    int len = to_sockaddr(&addr, to);
    u_long on = 1;
    SOCKET s =
        WSASocketW(addr.ss_family, udp ? SOCK_DGRAM : SOCK_STREAM, udp ? IPPROTO_UDP : IPPROTO_TCP,
                   NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET)
        return failed(number);
    set_options(s, udp);
    int rc = ioctlsocket(s, (long)FIONBIO, &on);
    if (rc == 0)
        rc = connect(s, (struct sockaddr *)&addr, len);
    if (rc != 0 && WSAGetLastError() != WSAEWOULDBLOCK) {
        failed(number);
        closesocket(s);
        return NET_FAILED;
    }
    *out = (net_handle)s;
    return rc == 0 ? NET_DONE : NET_WOULD_WAIT;
}

uint32_t net_sys_connect_result(net_handle h)
{
    int error = 0, len = sizeof error;
    if (getsockopt((SOCKET)h, SOL_SOCKET, SO_ERROR, (char *)&error, &len) != 0)
        return (uint32_t)WSAGetLastError();
    return (uint32_t)error;
}

void net_sys_close(net_handle h)
{
    closesocket((SOCKET)h);
}

static int clamp(size_t len)
{
    return len > INT_MAX ? INT_MAX : (int)len;
}

enum net_step net_sys_send(net_handle h, const void *p, size_t len, size_t *done, uint32_t *number)
{
    int n = send((SOCKET)h, p, clamp(len), 0);
    if (n < 0)
        return WSAGetLastError() == WSAEWOULDBLOCK ? NET_WOULD_WAIT : failed(number);
    *done = (size_t)n;
    return NET_DONE;
}

static bool is_udp(net_handle h)
{
    int type = 0, len = sizeof type;
    return getsockopt((SOCKET)h, SOL_SOCKET, SO_TYPE, (char *)&type, &len) == 0 &&
           type == SOCK_DGRAM;
}

enum net_step net_sys_recv(net_handle h, void *p, size_t size, size_t *got, uint32_t *number)
{
    int n = recv((SOCKET)h, p, clamp(size), 0);
    if (n >= 0) {
        *got = (size_t)n;
        return NET_DONE;
    }
    int error = WSAGetLastError();
    if (error == WSAEWOULDBLOCK)
        return NET_WOULD_WAIT;
    if (error == WSAEMSGSIZE) { /* a longer datagram: the buffer is full */
        *got = size;
        return NET_DONE;
    }
    /* An ICMP "port unreachable" shows as a reset, where a peer cannot reset anything. */
    *number = (uint32_t)(error == WSAECONNRESET && is_udp(h) ? WSAECONNREFUSED : error);
    return NET_FAILED;
}

/* select and not WSAPoll, which before Windows 10 2004 never tells of a connect that failed. */
enum net_step net_sys_wait(net_handle h, bool for_write, int64_t timeout_ms, uint32_t *number)
{
    enum { MAX_WAIT_MS = 3600 * 1000 };
    fd_set ready, broken;
    int64_t ms = timeout_ms > MAX_WAIT_MS ? MAX_WAIT_MS : timeout_ms;
    struct timeval tv = {(long)(ms / 1000), (long)(ms % 1000) * 1000};
    FD_ZERO(&ready);
    FD_ZERO(&broken);
    FD_SET((SOCKET)h, &ready);
    FD_SET((SOCKET)h, &broken);
    int n = select(0, for_write ? NULL : &ready, for_write ? &ready : NULL, &broken, &tv);
    if (n == SOCKET_ERROR)
        return failed(number);
    return n > 0 ? NET_DONE : NET_WOULD_WAIT;
}

/* ---- waiting for peers ---- */

static int set_up_listener(SOCKET s, const struct net_addr *at, bool udp)
{
    enum { BACKLOG = 32 };
    struct sockaddr_storage addr;
    int len = to_sockaddr(&addr, at);
    u_long not_blocking = 1;
    BOOL on = TRUE;
    if (ioctlsocket(s, (long)FIONBIO, &not_blocking) != 0)
        return -1;
    if (at->family == 6 && setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&on, sizeof on))
        return -1;
    /* Without it another program could bind the same port and take our packets. */
    if (setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on, sizeof on) != 0)
        return -1;
    if (bind(s, (struct sockaddr *)&addr, len) != 0)
        return -1;
    return udp ? 0 : listen(s, BACKLOG);
}

enum net_step net_sys_listen(net_handle *out, const struct net_addr *at, bool udp, uint32_t *number)
{
    SOCKET s = WSASocketW(at->family == 6 ? AF_INET6 : AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM,
                          udp ? IPPROTO_UDP : IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET)
        return failed(number);
    if (set_up_listener(s, at, udp) != 0) {
        failed(number);
        closesocket(s);
        return NET_FAILED;
    }
    *out = (net_handle)s;
    return NET_DONE;
}

enum net_step net_sys_local(net_handle h, struct net_addr *out, uint32_t *number)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    if (getsockname((SOCKET)h, (struct sockaddr *)&addr, &len) != 0)
        return failed(number);
    from_sockaddr(out, &addr);
    return NET_DONE;
}

/* Errors that one peer or the way to it has caused show at the common socket. */
static bool is_a_peers(int error)
{
    switch (error) {
    case WSAEWOULDBLOCK:
    case WSAECONNABORTED:
    case WSAECONNREFUSED:
    case WSAECONNRESET: /* UDP: an earlier answer was met with "port unreachable" */
    case WSAEHOSTUNREACH:
    case WSAENETDOWN:
    case WSAENETRESET:
    case WSAENETUNREACH:
    case WSAEACCES: /* sendto: a broadcast address */
        return true;
    default:
        return false;
    }
}

enum net_step net_sys_accept(net_handle h, net_handle *out, struct net_addr *peer, uint32_t *number)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    u_long on = 1;
    SOCKET s = accept((SOCKET)h, (struct sockaddr *)&addr, &len);
    if (s == INVALID_SOCKET)
        return is_a_peers(WSAGetLastError()) ? NET_WOULD_WAIT : failed(number);
    if (ioctlsocket(s, (long)FIONBIO, &on) != 0) {
        failed(number);
        closesocket(s);
        return NET_FAILED;
    }
    from_sockaddr(peer, &addr);
    *out = (net_handle)s;
    return NET_DONE;
}

enum net_step net_sys_recv_from(net_handle h, void *p, size_t size, size_t *got,
                                struct net_addr *from, uint32_t *number)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    int n = recvfrom((SOCKET)h, p, clamp(size), 0, (struct sockaddr *)&addr, &len);
    if (n < 0 && WSAGetLastError() == WSAEMSGSIZE)
        n = clamp(size);
    if (n < 0)
        return is_a_peers(WSAGetLastError()) ? NET_WOULD_WAIT : failed(number);
    from_sockaddr(from, &addr);
    *got = (size_t)n;
    return NET_DONE;
}

enum net_step net_sys_send_to(net_handle h, const void *p, size_t len, const struct net_addr *to,
                              uint32_t *number)
{
    struct sockaddr_storage addr;
    int addr_len = to_sockaddr(&addr, to);
    if (sendto((SOCKET)h, p, clamp(len), 0, (struct sockaddr *)&addr, addr_len) < 0)
        return is_a_peers(WSAGetLastError()) ? NET_WOULD_WAIT : failed(number);
    return NET_DONE;
}

enum net_step net_sys_wait_any(struct net_sys_ready *v, size_t n, int64_t timeout_ms,
                               uint32_t *number)
{
    enum { MAX_WAIT_MS = 3600 * 1000 };
    _Static_assert((int)NET_WAIT_MAX <= FD_SETSIZE, "a set holds them all");
    fd_set in, out;
    int64_t ms = timeout_ms > MAX_WAIT_MS ? MAX_WAIT_MS : timeout_ms;
    struct timeval tv = {(long)(ms / 1000), (long)(ms % 1000) * 1000};
    FD_ZERO(&in);
    FD_ZERO(&out);
    for (size_t i = 0; i < n; i++)
        FD_SET((SOCKET)v[i].handle, v[i].for_write ? &out : &in);
    if (select(0, &in, &out, NULL, &tv) == SOCKET_ERROR)
        return failed(number);
    for (size_t i = 0; i < n; i++)
        v[i].ready = FD_ISSET((SOCKET)v[i].handle, v[i].for_write ? &out : &in) != 0;
    return NET_DONE;
}

bool net_sys_is_in_use(uint32_t number)
{
    return number == WSAEADDRINUSE;
}

bool net_sys_is_denied(uint32_t number)
{
    return number == WSAEACCES; /* another program has the port for itself, or it is reserved */
}

void net_sys_addr(struct net_addr *out, const void *sockaddr, size_t len)
{
    struct sockaddr_storage from;
    memset(&from, 0, sizeof from);
    memcpy(&from, sockaddr, len < sizeof from ? len : sizeof from);
    from_sockaddr(out, &from);
}

net_handle net_sys_socket(int family, int type, int protocol)
{
    SOCKET s = WSASocketW(family, type, protocol, NULL, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    return s == INVALID_SOCKET ? NET_NO_HANDLE : (net_handle)s;
}

enum err_source net_sys_source(void)
{
    return ERR_SRC_WIN32;
}

bool net_sys_is_refused(uint32_t number)
{
    return number == WSAECONNREFUSED;
}

bool net_sys_is_unreachable(uint32_t number)
{
    return number == WSAENETUNREACH || number == WSAEHOSTUNREACH || number == WSAEADDRNOTAVAIL ||
           number == WSAEAFNOSUPPORT || number == WSAENETDOWN;
}

bool net_sys_is_reset(uint32_t number)
{
    return number == WSAECONNRESET || number == WSAECONNABORTED;
}

int net_sys_resolve(const char *host, struct net_addr *out, size_t max, size_t *count,
                    struct err *err)
{
    ADDRINFOW hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    wchar_t *wide = NULL;
    size_t n = 0;
    if (wide_from_utf8(&wide, host, err) != 0)
        return -1;
    int rc = GetAddrInfoW(wide, NULL, &hints, &list);
    free(wide);
    if (rc != 0)
        return err_sys(err, rc == WSAHOST_NOT_FOUND || rc == WSANO_DATA ? ERR_NOT_FOUND : ERR_DNS,
                       ERR_SRC_WIN32, (uint32_t)rc, "name %s", host);
    for (const ADDRINFOW *a = list; a != NULL && n < max; a = a->ai_next) {
        net_sys_addr(&out[n], a->ai_addr, a->ai_addrlen);
        n += out[n].family != 0;
    }
    FreeAddrInfoW(list);
    *count = n;
    return 0;
}
