/* SPDX-License-Identifier: Apache-2.0 */
#include "net_sys.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
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

static void from_sockaddr(struct net_addr *out, const struct sockaddr_storage *from, socklen_t len)
{
    *out = (struct net_addr){0};
    if (len < sizeof from->ss_family) /* a peer without an address */
        return;
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
    struct sockaddr_storage addr = {0};
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

/* ---- waiting for peers ---- */

static int set_up_listener(int fd, const struct net_addr *at, bool udp)
{
    enum { BACKLOG = 32 };
    struct sockaddr_storage addr = {0};
    socklen_t len = to_sockaddr(&addr, at);
    int on = 1;
    if (at->family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
        return -1;
    /* For TCP only: it lets us have a port back whose old connections the system still remembers.
     * For UDP it would share the port with another program. */
    if (!udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&addr, len) != 0)
        return -1;
    return udp ? 0 : listen(fd, BACKLOG);
}

enum net_step net_sys_listen(net_handle *out, const struct net_addr *at, bool udp, uint32_t *number)
{
    int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(at->family == 6 ? AF_INET6 : AF_INET, type, 0);
    if (fd < 0)
        return failed(number);
    if (set_up_listener(fd, at, udp) != 0) {
        failed(number);
        close(fd);
        return NET_FAILED;
    }
    *out = fd;
    return NET_DONE;
}

enum net_step net_sys_local(net_handle h, struct net_addr *out, uint32_t *number)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof addr;
    if (getsockname((int)h, (struct sockaddr *)&addr, &len) != 0)
        return failed(number);
    from_sockaddr(out, &addr, len);
    return NET_DONE;
}

/* accept(2), recvfrom(2), sendto(2): network errors of one peer show at the common socket. */
static bool is_a_peers(void)
{
    switch (errno) {
    case ECONNABORTED:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EPERM: /* the packet filter drops what we send */
    case EPROTO:
        return true;
    default:
        return would_wait();
    }
}

enum net_step net_sys_accept(net_handle h, net_handle *out, struct net_addr *peer, uint32_t *number)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof addr;
    int fd = accept4((int)h, (struct sockaddr *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return is_a_peers() ? NET_WOULD_WAIT : failed(number);
    from_sockaddr(peer, &addr, len);
    *out = fd;
    return NET_DONE;
}

enum net_step net_sys_recv_from(net_handle h, void *p, size_t size, size_t *got,
                                struct net_addr *from, uint32_t *number)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof addr;
    ssize_t n = recvfrom((int)h, p, size, 0, (struct sockaddr *)&addr, &len);
    if (n < 0)
        return is_a_peers() ? NET_WOULD_WAIT : failed(number);
    from_sockaddr(from, &addr, len);
    *got = (size_t)n;
    return NET_DONE;
}

enum net_step net_sys_send_to(net_handle h, const void *p, size_t len, const struct net_addr *to,
                              uint32_t *number)
{
    struct sockaddr_storage addr = {0};
    socklen_t addr_len = to_sockaddr(&addr, to);
    if (sendto((int)h, p, len, MSG_NOSIGNAL, (struct sockaddr *)&addr, addr_len) < 0)
        return is_a_peers() ? NET_WOULD_WAIT : failed(number);
    return NET_DONE;
}

enum net_step net_sys_wait_any(struct net_sys_ready *v, size_t n, int64_t timeout_ms,
                               uint32_t *number)
{
    struct pollfd p[NET_WAIT_MAX];
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = (int)v[i].handle, .events = v[i].for_write ? POLLOUT : POLLIN};
    int got = poll(p, (nfds_t)n, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
    if (got < 0 && errno != EINTR)
        return failed(number);
    for (size_t i = 0; i < n; i++)
        v[i].ready = got > 0 && p[i].revents != 0;
    return NET_DONE;
}

bool net_sys_is_in_use(uint32_t number)
{
    return number == EADDRINUSE;
}

bool net_sys_is_denied(uint32_t number)
{
    return number == EACCES || number == EPERM;
}

void net_sys_addr(struct net_addr *out, const void *sockaddr, size_t len)
{
    struct sockaddr_storage from;
    memset(&from, 0, sizeof from);
    memcpy(&from, sockaddr, len < sizeof from ? len : sizeof from);
    from_sockaddr(out, &from, (socklen_t)len);
}

net_handle net_sys_socket(int family, int type, int protocol)
{
    return socket(family, type | SOCK_CLOEXEC, protocol);
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

bool net_sys_is_reset(uint32_t number)
{
    return number == ECONNRESET || number == EPIPE;
}

int net_sys_resolve(const char *host, struct net_addr *out, size_t max, size_t *count,
                    struct err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &list);
    size_t n = 0;
    if (rc == EAI_NONAME)
        return err_set(err, ERR_NOT_FOUND, "name %s: there is no such name, or it has no address",
                       host);
    if (rc != 0)
        return err_set(err, ERR_DNS, "name %s: %s", host,
                       rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    for (const struct addrinfo *a = list; a != NULL && n < max; a = a->ai_next) {
        net_sys_addr(&out[n], a->ai_addr, a->ai_addrlen);
        n += out[n].family != 0;
    }
    freeaddrinfo(list);
    *count = n;
    return 0;
}
