/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct loop {
    struct loop_spec spec;
    int fd;
    uint16_t port;
    pthread_t thread;
    atomic_bool stop;
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(2);
}

static socklen_t local(struct sockaddr_storage *a, bool six, uint16_t port)
{
    memset(a, 0, sizeof *a);
    if (six) {
        struct sockaddr_in6 *s = (struct sockaddr_in6 *)a;
        s->sin6_family = AF_INET6;
        s->sin6_addr = in6addr_loopback;
        s->sin6_port = htons(port);
        return sizeof *s;
    }
    struct sockaddr_in *s = (struct sockaddr_in *)a;
    s->sin_family = AF_INET;
    s->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->sin_port = htons(port);
    return sizeof *s;
}

static int bound(bool udp, bool six, uint16_t *port)
{
    struct sockaddr_storage a;
    socklen_t len = local(&a, six, 0);
    int fd = socket(a.ss_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    need(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 &&
             getsockname(fd, (struct sockaddr *)&a, &len) == 0,
         "test server");
    *port =
        ntohs(six ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
    return fd;
}

static void *run(void *arg)
{
    struct loop *l = arg;
    while (!atomic_load(&l->stop)) {
        if (l->spec.udp) {
            l->spec.serve(l->spec.user, l->fd);
            continue;
        }
        int fd = accept(l->fd, NULL, NULL);
        if (fd < 0)
            continue;
        if (!atomic_load(&l->stop))
            l->spec.serve(l->spec.user, fd);
        close(fd);
    }
    return NULL;
}

struct loop *loop_start(const struct loop_spec *spec)
{
    struct loop *l = calloc(1, sizeof *l);
    need(l != NULL, "test server");
    signal(SIGPIPE, SIG_IGN);
    l->spec = *spec;
    l->fd = bound(spec->udp, spec->six, &l->port);
    need(spec->udp || listen(l->fd, 8) == 0, "listen");
    need(pthread_create(&l->thread, NULL, run, l) == 0, "thread");
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
    socklen_t len = local(&a, l->spec.six, l->port);
    int fd = socket(a.ss_family, l->spec.udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    atomic_store(&l->stop, true);
    need(fd >= 0 && connect(fd, (struct sockaddr *)&a, len) == 0, "stop");
    if (l->spec.udp)
        need(send(fd, "", 1, 0) == 1, "stop");
    pthread_join(l->thread, NULL);
    close(fd);
    close(l->fd);
    free(l);
}

intptr_t loop_closed(uint16_t *port)
{
    return bound(false, false, port);
}

void loop_closed_free(intptr_t fd)
{
    close((int)fd);
}

intptr_t loop_deaf(uint16_t *port)
{
    int fd = bound(false, false, port);
    need(listen(fd, 8) == 0, "listen");
    return fd;
}

bool loop_send(intptr_t fd, const void *p, size_t len)
{
    return send((int)fd, p, len, MSG_NOSIGNAL) == (ssize_t)len;
}

bool loop_recv(intptr_t fd, void *p, size_t size, size_t *got)
{
    ssize_t n = recv((int)fd, p, size, 0);
    *got = n > 0 ? (size_t)n : 0;
    return n > 0;
}

void loop_udp_echo(intptr_t fd, int times)
{
    char data[2048];
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom((int)fd, data, sizeof data, 0, (struct sockaddr *)&from, &len);
    for (int i = 0; n >= 0 && i < times; i++)
        need(sendto((int)fd, data, (size_t)n, 0, (struct sockaddr *)&from, len) >= 0, "echo");
}

void loop_udp_answer(intptr_t fd, size_t (*answer)(uint8_t *msg, size_t len))
{
    uint8_t data[2048];
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom((int)fd, data, sizeof data / 2, 0, (struct sockaddr *)&from, &len);
    size_t out = n > 0 ? answer(data, (size_t)n) : 0;
    if (out > 0)
        need(sendto((int)fd, data, out, 0, (struct sockaddr *)&from, len) >= 0, "answer");
}

void loop_reset(intptr_t fd)
{
    struct linger now = {1, 0};
    setsockopt((int)fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}
