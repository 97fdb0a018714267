/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <process.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loop {
    struct loop_spec spec;
    SOCKET fd;
    uint16_t port;
    HANDLE thread;
    atomic_bool stop;
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    printf("test server: %s: error %d\n", what, WSAGetLastError());
    exit(2);
}

static int local(struct sockaddr_storage *a, bool six, uint16_t port)
{
    memset(a, 0, sizeof *a);
    if (six) {
        struct sockaddr_in6 *s = (struct sockaddr_in6 *)a;
        s->sin6_family = AF_INET6;
        s->sin6_addr = in6addr_loopback;
        s->sin6_port = htons(port);
        return (int)sizeof *s;
    }
    struct sockaddr_in *s = (struct sockaddr_in *)a;
    s->sin_family = AF_INET;
    s->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->sin_port = htons(port);
    return (int)sizeof *s;
}

static SOCKET bound(bool udp, bool six, uint16_t *port)
{
    struct sockaddr_storage a;
    WSADATA data;
    int len = local(&a, six, 0);
    need(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    SOCKET fd = socket(a.ss_family, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    need(fd != INVALID_SOCKET && bind(fd, (struct sockaddr *)&a, len) == 0 &&
             getsockname(fd, (struct sockaddr *)&a, &len) == 0,
         "bind");
    *port =
        ntohs(six ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
    return fd;
}

static unsigned __stdcall run(void *arg)
{
    struct loop *l = arg;
    while (!atomic_load(&l->stop)) {
        if (l->spec.udp) {
            l->spec.serve(l->spec.user, (intptr_t)l->fd);
            continue;
        }
        SOCKET fd = accept(l->fd, NULL, NULL);
        if (fd == INVALID_SOCKET)
            continue;
        if (!atomic_load(&l->stop))
            l->spec.serve(l->spec.user, (intptr_t)fd);
        closesocket(fd);
    }
    return 0;
}

struct loop *loop_start(const struct loop_spec *spec)
{
    struct loop *l = calloc(1, sizeof *l);
    need(l != NULL, "memory");
    l->spec = *spec;
    l->fd = bound(spec->udp, spec->six, &l->port);
    need(spec->udp || listen(l->fd, 8) == 0, "listen");
    l->thread = (HANDLE)_beginthreadex(NULL, 0, run, l, 0, NULL);
    need(l->thread != NULL, "thread");
    return l;
}

uint16_t loop_port(const struct loop *l)
{
    return l->port;
}

/* Wakes the thread by a connection or datagram of our own. */
void loop_stop(struct loop *l)
{
    struct sockaddr_storage a;
    int len = local(&a, l->spec.six, l->port);
    SOCKET fd = socket(a.ss_family, l->spec.udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    atomic_store(&l->stop, true);
    need(fd != INVALID_SOCKET && connect(fd, (struct sockaddr *)&a, len) == 0, "stop");
    if (l->spec.udp)
        need(send(fd, "", 1, 0) == 1, "stop");
    WaitForSingleObject(l->thread, INFINITE);
    CloseHandle(l->thread);
    closesocket(fd);
    closesocket(l->fd);
    free(l);
}

intptr_t loop_closed(uint16_t *port)
{
    return (intptr_t)bound(false, false, port);
}

void loop_closed_free(intptr_t fd)
{
    closesocket((SOCKET)fd);
}

intptr_t loop_deaf(uint16_t *port)
{
    SOCKET fd = bound(false, false, port);
    need(listen(fd, 8) == 0, "listen");
    return (intptr_t)fd;
}

bool loop_send(intptr_t fd, const void *p, size_t len)
{
    return send((SOCKET)fd, p, (int)len, 0) == (int)len;
}

bool loop_recv(intptr_t fd, void *p, size_t size, size_t *got)
{
    int n = recv((SOCKET)fd, p, (int)size, 0);
    *got = n > 0 ? (size_t)n : 0;
    return n > 0;
}

void loop_udp_echo(intptr_t fd, int times)
{
    char data[2048];
    struct sockaddr_storage from;
    int len = sizeof from;
    int n = recvfrom((SOCKET)fd, data, sizeof data, 0, (struct sockaddr *)&from, &len);
    for (int i = 0; n >= 0 && i < times; i++)
        need(sendto((SOCKET)fd, data, n, 0, (struct sockaddr *)&from, len) >= 0, "echo");
}

void loop_udp_answer(intptr_t fd, size_t (*answer)(uint8_t *msg, size_t len))
{
    uint8_t data[2048];
    struct sockaddr_storage from;
    int len = sizeof from;
    int n = recvfrom((SOCKET)fd, (char *)data, sizeof data / 2, 0, (struct sockaddr *)&from, &len);
    size_t out = n > 0 ? answer(data, (size_t)n) : 0;
    if (out > 0)
        need(sendto((SOCKET)fd, (const char *)data, (int)out, 0, (struct sockaddr *)&from, len) >=
                 0,
             "answer");
}

void loop_reset(intptr_t fd)
{
    struct linger now = {1, 0};
    setsockopt((SOCKET)fd, SOL_SOCKET, SO_LINGER, (const char *)&now, sizeof now);
}
