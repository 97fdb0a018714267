/* SPDX-License-Identifier: Apache-2.0 */
#include "net_sys.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum net_step failed(uint32_t *number)
{
    *number = (uint32_t)errno;
    return NET_FAILED;
}

int net_sys_start(uint32_t *number)
{
    (void)number;
    /* Our own sends say MSG_NOSIGNAL; libraries and pipes may not. */
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

void net_sys_stop(void)
{
}

static socklen_t to_sockaddr(struct sockaddr_storage *out, const struct net_addr *a)
{
    memset(out, 0, sizeof *out);
    if (a->family == 6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(a->port);
        six->sin6_scope_id = a->scope;
        memcpy(&six->sin6_addr, a->ip, 16);
        return sizeof *six;
    }
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    four->sin_family = AF_INET;
    four->sin_port = htons(a->port);
    memcpy(&four->sin_addr, a->ip, 4);
    return sizeof *four;
}

enum net_step net_sys_connect(net_handle *out, const struct net_addr *to, bool udp,
                              uint32_t *number)
{
    struct sockaddr_storage addr;
    socklen_t len = to_sockaddr(&addr, to);
    int on = 1;
    int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(addr.ss_family, type, 0);
    if (fd < 0)
        return failed(number);
    if (!udp)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Linux gives a connected UDP socket a random port of its own. */
    int rc = connect(fd, (struct sockaddr *)&addr, len);
    if (rc != 0 && errno != EINPROGRESS) {
        failed(number);
        close(fd);
        return NET_FAILED;
    }
    *out = fd;
    return rc == 0 ? NET_DONE : NET_WOULD_WAIT;
}

uint32_t net_sys_connect_result(net_handle h)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt((int)h, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        return (uint32_t)errno;
    return (uint32_t)error;
}

void net_sys_close(net_handle h)
{
    close((int)h);
}

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

enum net_step net_sys_send(net_handle h, const void *p, size_t len, size_t *done, uint32_t *number)
{
    ssize_t n;
    do
        n = send((int)h, p, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return would_wait() ? NET_WOULD_WAIT : failed(number);
    *done = (size_t)n;
    return NET_DONE;
}

enum net_step net_sys_recv(net_handle h, void *p, size_t size, size_t *got, uint32_t *number)
{
    ssize_t n;
    do
        n = recv((int)h, p, size, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return would_wait() ? NET_WOULD_WAIT : failed(number);
    *got = (size_t)n;
    return NET_DONE;
}

enum net_step net_sys_wait(net_handle h, bool for_write, int64_t timeout_ms, uint32_t *number)
{
    struct pollfd p = {.fd = (int)h, .events = for_write ? POLLOUT : POLLIN};
    int n = poll(&p, 1, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
    if (n < 0 && errno != EINTR)
        return failed(number);
    return n > 0 ? NET_DONE : NET_WOULD_WAIT; /* interrupted: the caller looks at the clock */
}

enum err_source net_sys_source(void)
{
    return ERR_SRC_ERRNO;
}

bool net_sys_is_refused(uint32_t number)
{
    return number == ECONNREFUSED;
}

bool net_sys_is_unreachable(uint32_t number)
{
    return number == ENETUNREACH || number == EHOSTUNREACH || number == EADDRNOTAVAIL ||
           number == EAFNOSUPPORT;
}
