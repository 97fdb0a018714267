/* SPDX-License-Identifier: Apache-2.0 */
/* net.c - sockets with deadlines, over the few calls of net_sys.h. */
#include "net.h"

#include "net_sys.h"
#include "os.h"

#include <stdlib.h>

int net_start(struct err *err)
{
    uint32_t number = 0;
    if (net_sys_start(&number))
        return err_sys(err, ERR_FAIL, net_sys_source(), number, "network");
    return 0;
}

void net_stop(void)
{
    net_sys_stop();
}

static int fail(const struct net_socket *s, const char *what, uint32_t number, struct err *err)
{
    char peer[72];
    net_addr_text(&s->peer, peer);
    return err_sys(err, ERR_NET, net_sys_source(), number, "%s %s %s", s->udp ? "udp" : "tcp", what,
                   peer);
}

static int timed_out(const struct net_socket *s, const char *what, struct err *err)
{
    char peer[72];
    net_addr_text(&s->peer, peer);
    return err_set(err, ERR_TIMEOUT, "%s %s %s: no answer in time", s->udp ? "udp" : "tcp", what,
                   peer);
}

static int wait_for(const struct net_socket *s, bool for_write, const char *what,
                    int64_t deadline_ms, struct err *err)
{
    for (;;) {
        uint32_t number = 0;
        int64_t left_ms = deadline_ms - clock_ms(&os_clock);
        if (left_ms < 0)
            left_ms = 0; /* one look even then: the answer may be there */
        enum net_step step = net_sys_wait(s->handle, for_write, left_ms, &number);
        if (step == NET_DONE)
            return 0;
        if (step == NET_FAILED)
            return fail(s, what, number, err);
        if (clock_ms(&os_clock) >= deadline_ms)
            return timed_out(s, what, err);
    }
}

/* ---- connect ---- */

static int socket_open(struct net_socket **out, const struct net_addr *to, bool udp,
                       enum net_step *step, struct err *err)
{
    uint32_t number = 0;
    struct net_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_FAIL, "socket: out of memory");
    s->peer = *to;
    s->udp = udp;
    *step = net_sys_connect(&s->handle, to, udp, &number);
    if (*step == NET_FAILED) {
        fail(s, "connect", number, err);
        free(s);
        return -1;
    }
    *out = s;
    return 0;
}

int net_tcp_connect(struct net_socket **out, const struct net_addr *to, int64_t deadline_ms,
                    struct err *err)
{
    struct net_socket *s = NULL;
    enum net_step step = NET_FAILED;
    if (socket_open(&s, to, false, &step, err))
        return -1;
    if (step == NET_WOULD_WAIT) {
        if (wait_for(s, true, "connect", deadline_ms, err))
            goto failed;
        uint32_t number = net_sys_connect_result(s->handle);
        if (number != 0) {
            fail(s, "connect", number, err);
            goto failed;
        }
    }
    *out = s;
    return 0;
failed:
    net_close(s);
    return -1;
}

int net_udp_connect(struct net_socket **out, const struct net_addr *to, struct err *err)
{
    enum net_step step = NET_FAILED;
    return socket_open(out, to, true, &step, err);
}

void net_close(struct net_socket *s)
{
    if (s == NULL)
        return;
    net_sys_close(s->handle);
    free(s);
}

/* ---- data ---- */

int net_try_send(struct net_socket *s, const void *p, size_t len, size_t *done, struct err *err)
{
    uint32_t number = 0;
    enum net_step step = net_sys_send(s->handle, p, len, done, &number);
    if (step == NET_FAILED)
        fail(s, "send to", number, err);
    return (int)step;
}

int net_try_recv(struct net_socket *s, void *p, size_t size, size_t *got, struct err *err)
{
    uint32_t number = 0;
    enum net_step step = net_sys_recv(s->handle, p, size, got, &number);
    if (step == NET_FAILED)
        fail(s, "receive from", number, err);
    return (int)step;
}

int net_wait(struct net_socket *s, bool for_write, int64_t deadline_ms, struct err *err)
{
    return wait_for(s, for_write, for_write ? "send to" : "receive from", deadline_ms, err);
}

int net_send(struct net_socket *s, const void *p, size_t len, int64_t deadline_ms, struct err *err)
{
    const uint8_t *at = p;
    size_t left = len;
    do { /* at least once: an empty datagram is one, too */
        size_t done = 0;
        int step = net_try_send(s, at, left, &done, err);
        if (step < 0 || (step == 0 && net_wait(s, true, deadline_ms, err)))
            return -1;
        at += done;
        left -= done;
    } while (left > 0);
    return 0;
}

int net_recv(struct net_socket *s, void *p, size_t size, size_t *got, int64_t deadline_ms,
             struct err *err)
{
    int step;
    while ((step = net_try_recv(s, p, size, got, err)) == 0) {
        if (net_wait(s, false, deadline_ms, err))
            return -1;
    }
    return step < 0 ? -1 : 0;
}

/* ---- what an error says ---- */

bool net_is_refused(const struct err *err)
{
    return err->code == ERR_NET && err->source == net_sys_source() &&
           net_sys_is_refused(err->number);
}

bool net_is_unreachable(const struct err *err)
{
    return err->code == ERR_NET && err->source == net_sys_source() &&
           net_sys_is_unreachable(err->number);
}

bool net_is_reset(const struct err *err)
{
    return err->code == ERR_NET && err->source == net_sys_source() && net_sys_is_reset(err->number);
}

/* ---- names ---- */

int net_resolve(const char *host, uint16_t port, struct net_addr *out, size_t max, size_t *count,
                struct err *err)
{
    enum { ASKED_MAX = 64 };
    struct net_addr all[ASKED_MAX];
    size_t got = 0, n = 0;
    if (net_sys_resolve(host, all, ASKED_MAX, &got, err))
        return -1;
    for (size_t i = 0; i < got && n < max; i++) {
        bool known = false;
        all[i].port = port;
        for (size_t j = 0; j < n && !known; j++)
            known = net_addr_equal(&all[i], &out[j]);
        if (!known)
            out[n++] = all[i];
    }
    if (n == 0)
        return err_set(err, ERR_NOT_FOUND, "name %s: has no address", host);
    *count = n;
    return 0;
}
