/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/responder_serve.h"

#include "os.h"
#include "publish/responder_limit.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_CONNECTIONS = 16,
    MAX_DATAGRAMS = 32, /* of one socket before the others have their turn */
    MAX_QUESTIONS = 64, /* of one connection */
    IDLE_MS = 3000,     /* for a question to come whole, and for its answer to be taken */
    CONNECTION_MS = 10000,
    LOOK_MS = 1000,   /* at least so often: whether it is to end, should the datagram be lost */
    LENGTH_BYTES = 2, /* RFC 1035 4.2.2 */
};

struct connection {
    struct net_socket *socket; /* NULL = free */
    struct net_addr peer;
    uint8_t in[LENGTH_BYTES + RESPONDER_QUERY_BYTES];
    size_t in_len;
    struct buf out; /* with its length before it */
    size_t sent;
    unsigned questions;
    int64_t end_ms, idle_ms; /* when it is closed */
};

struct responder_serve {
    struct responder_source source;
    struct net_socket *udp[RESPONDER_MAX_LISTEN], *tcp[RESPONDER_MAX_LISTEN];
    size_t n;
    struct connection connection[MAX_CONNECTIONS];
    struct responder_limit limit;
    struct buf answer;
    unsigned answered;
    struct net_socket *wake; /* bound to loopback: a datagram to itself ends the wait */
    struct net_addr wake_at;
    struct os_thread *thread;
    struct os_mutex *lock;
    bool end; /* by lock */
};

static int64_t now_ms(void)
{
    return clock_ms(&os_clock);
}

/* ---- UDP ---- */

static bool udp_answer(struct responder_serve *s, const uint8_t *query, size_t len,
                       const struct net_addr *from)
{
    switch (responder_limit_ask(&s->limit, from, now_ms())) {
    case LIMIT_ANSWER:
        return s->source.answer(s->source.user, query, len, false, &s->answer);
    case LIMIT_TRUNCATE:
        return responder_truncated(query, len, &s->answer);
    case LIMIT_DROP:
        break;
    }
    return false;
}

static void serve_udp(struct responder_serve *s, struct net_socket **socket)
{
    uint8_t query[RESPONDER_QUERY_BYTES + 1]; /* one more shows that it is too long */
    struct net_addr from;
    struct err err = {0};
    int got_one = 1;
    for (int i = 0; i < MAX_DATAGRAMS && got_one == 1; i++) {
        size_t len = 0;
        got_one = net_try_recv_from(*socket, query, sizeof query, &len, &from, &err);
        if (got_one != 1 || from.port == 0 || !udp_answer(s, query, len, &from))
            continue;
        if (net_try_send_to(*socket, s->answer.p, s->answer.len, &from, &err) == 1)
            s->answered++;
        err = (struct err){0}; /* its loss is as good as any on the way */
    }
    if (got_one < 0) { /* it would be "ready" for ever */
        net_close(*socket);
        *socket = NULL;
    }
}

/* ---- TCP ---- */

static void hang_up(struct connection *c)
{
    net_close(c->socket);
    c->socket = NULL;
    buf_clear(&c->out);
}

/* A free one, or else the one that would be closed first. */
static struct connection *seat(struct responder_serve *s)
{
    struct connection *best = &s->connection[0];
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &s->connection[i];
        if (!c->socket)
            return c;
        if (c->end_ms < best->end_ms)
            best = c;
    }
    hang_up(best);
    return best;
}

static void serve_listener(struct responder_serve *s, struct net_socket **listener)
{
    struct net_socket *socket = NULL;
    struct net_addr peer;
    struct err err = {0};
    int got_one = net_try_accept(*listener, &socket, &peer, &err);
    if (got_one < 0) {
        net_close(*listener);
        *listener = NULL;
    }
    if (got_one != 1)
        return;
    if (responder_limit_ask(&s->limit, &peer, now_ms()) != LIMIT_ANSWER) {
        net_close(socket);
        return;
    }
    struct connection *c = seat(s);
    *c = (struct connection){.socket = socket,
                             .peer = peer,
                             .end_ms = now_ms() + CONNECTION_MS,
                             .idle_ms = now_ms() + IDLE_MS};
    buf_init(&c->out, LENGTH_BYTES + RESPONDER_ANSWER_BYTES);
}

/* Sends what there is to send; false when the connection is at its end. */
static bool send_some(struct connection *c)
{
    struct err err = {0};
    while (c->sent < c->out.len) {
        size_t done = 0;
        int step = net_try_send(c->socket, c->out.p + c->sent, c->out.len - c->sent, &done, &err);
        if (step <= 0)
            return step == 0;
        c->sent += done;
    }
    if (c->out.len > 0)
        c->idle_ms = now_ms() + IDLE_MS;
    buf_reset(&c->out);
    c->sent = 0;
    return true;
}

static size_t announced(const struct connection *c)
{
    return (size_t)(c->in[0] << 8 | c->in[1]);
}

/* One whole question, answered into c->out. */
static bool tcp_answer(struct responder_serve *s, struct connection *c)
{
    size_t len = announced(c);
    if (++c->questions > MAX_QUESTIONS ||
        responder_limit_ask(&s->limit, &c->peer, now_ms()) != LIMIT_ANSWER ||
        !s->source.answer(s->source.user, c->in + LENGTH_BYTES, len, true, &s->answer))
        return false;
    wire_put16(&c->out, (unsigned)s->answer.len);
    buf_add(&c->out, s->answer.p, s->answer.len);
    s->answered++;
    c->in_len -= LENGTH_BYTES + len;
    memmove(c->in, c->in + LENGTH_BYTES + len, c->in_len);
    return !c->out.failed;
}

/* Answers one after the other: what is read next waits until the last answer is gone. */
static bool answer_all(struct responder_serve *s, struct connection *c)
{
    while (c->out.len == 0 && c->in_len >= LENGTH_BYTES) {
        if (announced(c) > RESPONDER_QUERY_BYTES)
            return false;
        if (c->in_len < LENGTH_BYTES + announced(c))
            return true;
        if (!tcp_answer(s, c) || !send_some(c))
            return false;
    }
    return true;
}

static bool receive_some(struct connection *c)
{
    struct err err = {0};
    size_t got = 0;
    int step = net_try_recv(c->socket, c->in + c->in_len, sizeof c->in - c->in_len, &got, &err);
    c->in_len += got;
    return step == 0 || (step == 1 && got > 0);
}

static void serve_connection(struct responder_serve *s, struct connection *c)
{
    bool alive = c->out.len > 0 ? send_some(c) : receive_some(c);
    if (!alive || !answer_all(s, c))
        hang_up(c);
}

/* ---- the thread ---- */

struct waited {
    struct net_ready v[NET_WAIT_MAX];
    void *object[NET_WAIT_MAX];
    void (*serve[NET_WAIT_MAX])(struct responder_serve *s, void *object);
    size_t n;
    int64_t deadline_ms;
};
_Static_assert(2 * RESPONDER_MAX_LISTEN + MAX_CONNECTIONS + 1 <= NET_WAIT_MAX, "all fit");

static void on_udp(struct responder_serve *s, void *object)
{
    serve_udp(s, object);
}

static void on_listener(struct responder_serve *s, void *object)
{
    serve_listener(s, object);
}

static void on_connection(struct responder_serve *s, void *object)
{
    struct connection *c = object;
    if (c->socket) /* unless another one has just taken its seat */
        serve_connection(s, c);
}

static void on_wake(struct responder_serve *s, void *object)
{
    uint8_t ignored[1];
    struct net_addr from;
    struct err err = {0};
    size_t len;
    (void)object;
    (void)!net_try_recv_from(s->wake, ignored, sizeof ignored, &len, &from, &err);
}

static void wait_for(struct waited *w, struct net_socket *socket, bool for_write,
                     void (*serve)(struct responder_serve *s, void *object), void *object)
{
    if (!socket)
        return;
    w->v[w->n] = (struct net_ready){socket, for_write, false};
    w->serve[w->n] = serve;
    w->object[w->n++] = object;
}

static void gather(struct responder_serve *s, struct waited *w)
{
    int64_t now = now_ms();
    w->n = 0;
    w->deadline_ms = now + LOOK_MS;
    wait_for(w, s->wake, false, on_wake, NULL);
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &s->connection[i];
        int64_t due = c->idle_ms < c->end_ms ? c->idle_ms : c->end_ms;
        if (c->socket && due <= now)
            hang_up(c);
        if (!c->socket)
            continue;
        w->deadline_ms = due < w->deadline_ms ? due : w->deadline_ms;
        wait_for(w, c->socket, c->out.len > 0, on_connection, c);
    }
    for (size_t i = 0; i < s->n; i++) {
        wait_for(w, s->udp[i], false, on_udp, &s->udp[i]);
        wait_for(w, s->tcp[i], false, on_listener, &s->tcp[i]);
    }
}

static bool is_to_end(struct responder_serve *s)
{
    os_mutex_lock(s->lock);
    bool end = s->end;
    os_mutex_unlock(s->lock);
    return end;
}

static void run(void *user)
{
    struct responder_serve *s = user;
    struct waited w;
    struct err err = {0};
    while (!is_to_end(s)) {
        gather(s, &w);
        if (net_wait_any(w.v, w.n, w.deadline_ms, &err))
            return;
        for (size_t i = 0; i < w.n; i++) {
            if (w.v[i].ready)
                w.serve[i](s, w.object[i]);
        }
    }
}

/* ---- beginning and end ---- */

static bool is_any(const struct net_addr *a)
{
    static const uint8_t none[16] = {0};
    return memcmp(a->ip, none, a->family == 6 ? 16 : 4) == 0;
}

static int listen_at(struct responder_serve *s, const struct net_addr *at, struct err *err)
{
    struct err e = {0};
    if (net_udp_listen(&s->udp[s->n], at, &e) || net_tcp_listen(&s->tcp[s->n], at, &e)) {
        net_close(s->udp[s->n]);
        s->udp[s->n] = NULL;
        if (is_any(at) && net_is_unreachable(&e))
            return 0;
        *err = e;
        return -1;
    }
    s->n++;
    return 0;
}

static int open_wake(struct responder_serve *s, struct err *err)
{
    const struct net_addr loopback = {.family = 4, .ip = {127, 0, 0, 1}};
    if (net_udp_listen(&s->wake, &loopback, err))
        return -1;
    return net_local_addr(s->wake, &s->wake_at, err);
}

static void close_all(struct responder_serve *s)
{
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        if (s->connection[i].socket)
            hang_up(&s->connection[i]);
    }
    for (size_t i = 0; i < s->n; i++) {
        net_close(s->udp[i]);
        net_close(s->tcp[i]);
    }
    net_close(s->wake);
    os_mutex_close(s->lock);
    buf_clear(&s->answer);
    free(s);
}

int responder_serve_start(struct responder_serve **out, const struct net_addr *at, size_t n,
                          const struct responder_source *source, struct err *err)
{
    struct responder_serve *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ERR_FAIL, "DNS responder: out of memory");
    s->source = *source;
    buf_init(&s->answer, RESPONDER_ANSWER_BYTES);
    if (os_random(&s->limit.key, sizeof s->limit.key, err) || os_mutex_open(&s->lock, err) ||
        open_wake(s, err))
        goto failed;
    for (size_t i = 0; i < n && s->n < RESPONDER_MAX_LISTEN; i++) {
        if (listen_at(s, &at[i], err))
            goto failed;
    }
    if (s->n == 0) {
        err_set(err, ERR_NET, "DNS responder: this machine has none of the addresses");
        goto failed;
    }
    if (os_thread_start(&s->thread, run, s, err))
        goto failed;
    *out = s;
    return 0;
failed:
    close_all(s);
    return -1;
}

unsigned responder_serve_stop(struct responder_serve *s)
{
    struct err err = {0};
    if (!s)
        return 0;
    os_mutex_lock(s->lock);
    s->end = true;
    os_mutex_unlock(s->lock);
    (void)!net_try_send_to(s->wake, "", 1, &s->wake_at, &err);
    os_thread_join(s->thread);
    unsigned answered = s->answered;
    close_all(s);
    return answered;
}
