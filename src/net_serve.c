/* SPDX-License-Identifier: Apache-2.0 */
/* net_serve.c - sockets that wait for peers, over the few calls of net_sys.h. */
#include "net_serve.h"

#include "net_sys.h"
#include "os.h"

#include <stdlib.h>

static const char *kind(bool udp)
{
    return udp ? "udp" : "tcp";
}

static int fail(const struct net_socket *s, const char *what, uint32_t number, struct err *err)
{
    char at[72];
    net_addr_text(&s->peer, at);
    return err_sys(err, ERR_NET, net_sys_source(), number, "%s %s at %s", kind(s->udp), what, at);
}

static int cannot_listen(const struct net_addr *at, bool udp, uint32_t number, struct err *err)
{
    enum err_code code = net_sys_is_in_use(number)   ? ERR_BUSY
                         : net_sys_is_denied(number) ? ERR_DENIED
                                                     : ERR_NET;
    char text[72];
    net_addr_text(at, text);
    return err_sys(err, code, net_sys_source(), number, "%s %s: cannot listen there", kind(udp),
                   text);
}

static int listen_at(struct net_socket **out, const struct net_addr *at, bool udp, struct err *err)
{
    uint32_t number = 0;
    struct net_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_FAIL, "socket: out of memory");
    s->peer = *at;
    s->udp = udp;
    if (net_sys_listen(&s->handle, at, udp, &number) != NET_DONE) {
        free(s);
        return cannot_listen(at, udp, number, err);
    }
    *out = s;
    return 0;
}

int net_udp_listen(struct net_socket **out, const struct net_addr *at, struct err *err)
{
    return listen_at(out, at, true, err);
}

int net_tcp_listen(struct net_socket **out, const struct net_addr *at, struct err *err)
{
    return listen_at(out, at, false, err);
}

int net_local_addr(const struct net_socket *s, struct net_addr *out, struct err *err)
{
    uint32_t number = 0;
    if (net_sys_local(s->handle, out, &number) != NET_DONE)
        return fail(s, "socket", number, err);
    return 0;
}

int net_try_accept(struct net_socket *listener, struct net_socket **out, struct net_addr *peer,
                   struct err *err)
{
    uint32_t number = 0;
    struct net_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_FAIL, "socket: out of memory");
    enum net_step step = net_sys_accept(listener->handle, &s->handle, &s->peer, &number);
    if (step != NET_DONE) {
        free(s);
        return step == NET_FAILED ? fail(listener, "accept", number, err) : 0;
    }
    *peer = s->peer;
    *out = s;
    return 1;
}

int net_try_recv_from(struct net_socket *s, void *p, size_t size, size_t *got,
                      struct net_addr *from, struct err *err)
{
    uint32_t number = 0;
    enum net_step step = net_sys_recv_from(s->handle, p, size, got, from, &number);
    return step == NET_FAILED ? fail(s, "receive", number, err) : (int)step;
}

int net_try_send_to(struct net_socket *s, const void *p, size_t len, const struct net_addr *to,
                    struct err *err)
{
    uint32_t number = 0;
    enum net_step step = net_sys_send_to(s->handle, p, len, to, &number);
    return step == NET_FAILED ? fail(s, "send", number, err) : (int)step;
}

int net_wait_any(struct net_ready *v, size_t n, int64_t deadline_ms, struct err *err)
{
    struct net_sys_ready sys[NET_WAIT_MAX];
    int64_t left_ms = deadline_ms - clock_ms(&os_clock);
    uint32_t number = 0;
    if (n > NET_WAIT_MAX)
        return err_set(err, ERR_FAIL, "sockets: too many to wait for");
    for (size_t i = 0; i < n; i++)
        sys[i] = (struct net_sys_ready){v[i].socket->handle, v[i].for_write, false};
    if (net_sys_wait_any(sys, n, left_ms > 0 ? left_ms : 0, &number) != NET_DONE)
        return err_sys(err, ERR_NET, net_sys_source(), number, "sockets: cannot wait");
    for (size_t i = 0; i < n; i++)
        v[i].ready = sys[i].ready;
    return 0;
}
