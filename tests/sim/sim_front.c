/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_front.h"
#include "sim_call.h"
#include "sim_credential.h"
#include "sim_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTENERS = 2, CONNECTIONS_MAX = 512, BACKLOG = 64, RECEIVE_MS = 60000, LINGER_MS = 500 };

struct front {
    struct front_options options;
    SSL_CTX *base; /* without a certificate: each connection chooses one */
    SRWLOCK lock;
    SOCKET listener[LISTENERS];
    SOCKET connection[CONNECTIONS_MAX]; /* 0: free */
    bool closing;
};

struct connection {
    struct front *front;
    SOCKET socket;
    bool v6, unbound;
    SSL *ssl; /* NULL: plain HTTP */
};

/* ---- the certificate of a connection ---- */

static SSL_CTX *bound_to(const struct connection *c, const char *host)
{
    const char *const any = c->v6 ? "[::]" : "0.0.0.0", *const address =
                                                            c->v6 ? "[::1]" : "127.0.0.1";
    const char *const order[] = {host, address, any};
    struct http_record record;
    WCHAR name[HTTP_NAME_CHARS];
    for (int i = 0; i < 3; i++) {
        if (!order[i])
            continue;
        swprintf(name, HTTP_NAME_CHARS, L"%hs:%u", order[i], c->front->options.port);
        if (http_record_read(i == 0 ? HTTP_SNI : HTTP_IP, name, &record) == 0)
            return credential_context(&record);
    }
    return NULL;
}

/* The host name a ClientHello asks for (RFC 6066 section 3). */
static bool hello_host(SSL *ssl, char *host, size_t size)
{
    const unsigned char *p;
    size_t n;
    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) || n < 5 ||
        p[2] != TLSEXT_NAMETYPE_host_name)
        return false;
    size_t bytes = (size_t)p[3] << 8 | p[4];
    if (bytes > n - 5 || bytes >= size)
        return false;
    memcpy(host, p + 5, bytes);
    host[bytes] = 0;
    return true;
}

static int on_hello(SSL *ssl, int *alert, void *arg)
{
    struct connection *c = SSL_get_app_data(ssl);
    char host[256];
    (void)arg;
    SSL_CTX *ctx = bound_to(c, hello_host(ssl, host, sizeof host) ? host : NULL);
    if (ctx) {
        SSL_set_SSL_CTX(ssl, ctx);
        SSL_CTX_free(ctx); /* the connection holds it now */
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    c->unbound = true;
    SSL_set0_wbio(ssl, BIO_new(BIO_s_null())); /* http.sys sends no alert, it resets */
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
}

/* ---- one connection ---- */

static int receive(void *user, void *buf, size_t size, int64_t wait_ms)
{
    struct connection *c = user;
    struct timeval wait = {.tv_sec = (long)(wait_ms / 1000),
                           .tv_usec = (long)(wait_ms % 1000) * 1000};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(c->socket, &readable);
    if (!(c->ssl && SSL_pending(c->ssl)) && select(0, &readable, NULL, NULL, &wait) == 0)
        return -1;
    int got = c->ssl ? SSL_read(c->ssl, buf, (int)size) : recv(c->socket, buf, (int)size, 0);
    return got > 0 ? got : 0;
}

static bool transmit(void *user, const void *bytes, size_t n)
{
    struct connection *c = user;
    return (c->ssl ? SSL_write(c->ssl, bytes, (int)n) : send(c->socket, bytes, (int)n, 0)) ==
           (int)n;
}

static int64_t now_ms(void *user)
{
    (void)user;
    return (int64_t)GetTickCount64();
}

static void reset(SOCKET s)
{
    struct linger hard = {.l_onoff = 1};
    setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard);
}

/* Reads what the peer still sends, so that closing does not turn our last answer into a reset. */
static void finish(struct connection *c)
{
    char rest[512];
    DWORD ms = LINGER_MS;
    if (c->ssl)
        SSL_shutdown(c->ssl);
    shutdown(c->socket, SD_SEND);
    setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&ms, sizeof ms);
    for (int i = 0; i < 16 && recv(c->socket, rest, sizeof rest, 0) > 0; i++)
        continue;
}

static void handle(struct connection *c)
{
    const struct sim_line line = {c, receive, transmit, now_ms};
    DWORD ms = RECEIVE_MS;
    int on = 1;
    setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&ms, sizeof ms);
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
    if (c->front->options.https) {
        c->ssl = SSL_new(c->front->base);
        SSL_set_fd(c->ssl, (int)c->socket);
        SSL_set_app_data(c->ssl, c);
        if (SSL_accept(c->ssl) != 1) {
            if (c->unbound)
                reset(c->socket);
            return;
        }
    }
    c->front->options.serve(&line, c->front->options.user);
    finish(c);
}

/* ---- connections and listeners ---- */

static bool enlist(struct front *f, SOCKET s)
{
    bool ok = false;
    AcquireSRWLockExclusive(&f->lock);
    for (int i = 0; i < CONNECTIONS_MAX && !ok && !f->closing; i++)
        if (!f->connection[i]) {
            f->connection[i] = s;
            ok = true;
        }
    ReleaseSRWLockExclusive(&f->lock);
    return ok;
}

static void delist(struct front *f, SOCKET s)
{
    AcquireSRWLockExclusive(&f->lock);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (f->connection[i] == s)
            f->connection[i] = 0;
    ReleaseSRWLockExclusive(&f->lock);
}

static DWORD WINAPI connection_thread(void *arg)
{
    struct connection *c = arg;
    handle(c);
    delist(c->front, c->socket);
    SSL_free(c->ssl);
    closesocket(c->socket);
    free(c);
    OPENSSL_thread_stop();
    return 0;
}

struct acceptor {
    struct front *front;
    SOCKET listener;
    bool v6;
};

static void start_connection(const struct acceptor *a, SOCKET s)
{
    struct connection *c = calloc(1, sizeof *c);
    HANDLE thread = NULL;
    if (c && enlist(a->front, s)) {
        *c = (struct connection){.front = a->front, .socket = s, .v6 = a->v6};
        thread = CreateThread(NULL, 0, connection_thread, c, 0, NULL);
        if (thread) {
            CloseHandle(thread);
            return;
        }
        delist(a->front, s);
    }
    free(c);
    closesocket(s);
}

static DWORD WINAPI accept_thread(void *arg)
{
    struct acceptor a = *(struct acceptor *)arg;
    SOCKET s;
    free(arg);
    while ((s = accept(a.listener, NULL, NULL)) != INVALID_SOCKET)
        start_connection(&a, s);
    return 0;
}

static int listen_on(SOCKET s, bool v6, unsigned short port)
{
    const SOCKADDR_IN a4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const SOCKADDR_IN6 a6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_loopback};
    int on = 1;
    if (v6)
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&on, sizeof on);
    int e =
        v6 ? bind(s, (const SOCKADDR *)&a6, sizeof a6) : bind(s, (const SOCKADDR *)&a4, sizeof a4);
    return e || listen(s, BACKLOG) ? WSAGetLastError() : 0;
}

static int open_listener(struct front *f, bool v6)
{
    SOCKET s = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (s == INVALID_SOCKET)
        return WSAGetLastError();
    int e = listen_on(s, v6, f->options.port);
    struct acceptor *a = e ? NULL : malloc(sizeof *a);
    HANDLE thread = NULL;
    if (a) {
        *a = (struct acceptor){f, s, v6};
        thread = CreateThread(NULL, 0, accept_thread, a, 0, NULL);
    }
    if (!thread) {
        free(a);
        closesocket(s);
        return e ? e : WSAENOBUFS;
    }
    CloseHandle(thread);
    f->listener[v6] = s;
    return 0;
}

int front_open(struct front **out, const struct front_options *options)
{
    WSADATA data;
    int e = WSAStartup(MAKEWORD(2, 2), &data);
    struct front *f = e ? NULL : calloc(1, sizeof *f);
    if (!f)
        return e ? e : WSAENOBUFS;
    f->options = *options;
    f->lock = (SRWLOCK)SRWLOCK_INIT;
    f->listener[0] = f->listener[1] = INVALID_SOCKET;
    f->base = SSL_CTX_new(TLS_server_method());
    if (f->base) {
        SSL_CTX_set_client_hello_cb(f->base, on_hello, NULL);
        SSL_CTX_set_options(f->base, SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(f->base, SSL_SESS_CACHE_OFF);
    }
    e = f->base ? open_listener(f, false) : WSAENOBUFS;
    if (!e && http_has_ipv6())
        e = open_listener(f, true);
    if (e == WSAEADDRNOTAVAIL || e == WSAEAFNOSUPPORT)
        e = 0;
    if (e) {
        front_close(f);
        return e;
    }
    *out = f;
    return 0;
}

void front_close(struct front *f)
{
    if (!f)
        return;
    AcquireSRWLockExclusive(&f->lock);
    f->closing = true;
    for (int i = 0; i < LISTENERS; i++)
        if (f->listener[i] != INVALID_SOCKET)
            closesocket(f->listener[i]);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (f->connection[i])
            shutdown(f->connection[i], SD_BOTH);
    ReleaseSRWLockExclusive(&f->lock);
    /* not freed: threads of connections may still look at it, and the process ends soon */
}
