/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sstp_server CERTIFICATE SETTINGS - the simulated host's SSTP server (tests/sim/sim_session.h) on
 * Linux: TLS on 127.0.0.1 and ::1, without Wine.
 *
 * CERTIFICATE is a PEM file with the chain and the key: read at the start, when the server takes
 * its hashes, and again for each connection, which serves what is there then - as the hashes of
 * RRAS and the binding of http.sys are two things. SETTINGS is a file with the words of
 * sim_sstp_settings.h, read for each connection.
 *
 * Prints "ready PORT", "begin" for each connection and, when it ends, how it went; ends itself with
 * its standard input.
 */
#include "sim_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define URI "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"

enum { BACKLOG = 64, SETTINGS_MAX = 2048, LINGER_MS = 500, HELLO_MS = 60000, LISTENERS = 2 };

struct server {
    const char *certificate_file, *settings_file;
    struct sim_sstp_settings settings; /* with the hashes that are held */
    atomic_uint calls;
};

struct connection {
    struct server *server;
    int socket;
    SSL *ssl;
};

/* ---- the certificate, the settings ---- */

static SSL_CTX *load(const char *file)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx && (SSL_CTX_use_certificate_chain_file(ctx, file) != 1 ||
                SSL_CTX_use_PrivateKey_file(ctx, file, SSL_FILETYPE_PEM) != 1)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    return ctx;
}

static bool hold_hashes(struct server *s)
{
    SSL_CTX *ctx = load(s->certificate_file);
    X509 *leaf = ctx ? SSL_CTX_get0_certificate(ctx) : NULL;
    bool ok = leaf && X509_digest(leaf, EVP_sha256(), s->settings.sha256, NULL) == 1 &&
              X509_digest(leaf, EVP_sha1(), s->settings.sha1, NULL) == 1;
    s->settings.hash_mask = SIM_SSTP_SHA256;
    SSL_CTX_free(ctx);
    return ok;
}

/* False, and said so, when the file cannot be read or has a word that is none. */
static bool read_settings(const struct server *s, struct sim_sstp_settings *out)
{
    char text[SETTINGS_MAX] = "", bad[64] = "file";
    FILE *f = fopen(s->settings_file, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    bool ok = f && n < sizeof text - 1;
    if (f)
        fclose(f);
    *out = s->settings;
    ok = ok && sim_sstp_settings_parse(out, text, bad);
    if (!ok)
        printf("bad setting: %s\n", bad);
    return ok;
}

/* ---- a connection ---- */

static bool wait_readable(int socket, int64_t ms)
{
    struct pollfd p = {.fd = socket, .events = POLLIN};
    return poll(&p, 1, (int)ms) != 0;
}

static int receive(void *user, void *buf, size_t size, int64_t wait_ms)
{
    struct connection *c = user;
    if (!SSL_pending(c->ssl) && !wait_readable(c->socket, wait_ms))
        return -1;
    int got = SSL_read(c->ssl, buf, (int)size);
    return got > 0 ? got : 0;
}

static bool transmit(void *user, const void *bytes, size_t n)
{
    struct connection *c = user;
    return SSL_write(c->ssl, bytes, (int)n) == (int)n;
}

static int64_t now_ms(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What goes wrong before TLS; false: nothing. */
static bool fail_early(const struct connection *c, enum sim_fault fault)
{
    const struct linger hard = {.l_onoff = 1};
    char hello[2048];
    if (fault != SIM_FAULT_TLS_RESET && fault != SIM_FAULT_TLS_CLOSE && fault != SIM_FAULT_TLS_MUTE)
        return false;
    wait_readable(c->socket, HELLO_MS);
    while (recv(c->socket, hello, sizeof hello, 0) > 0 && fault == SIM_FAULT_TLS_MUTE)
        continue;
    if (fault == SIM_FAULT_TLS_RESET)
        setsockopt(c->socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    return true;
}

/* Reads what the peer still sends, so that closing does not turn our last answer into a reset. */
static void finish(struct connection *c)
{
    char rest[512];
    SSL_shutdown(c->ssl);
    shutdown(c->socket, SHUT_WR);
    for (int i = 0;
         i < 16 && wait_readable(c->socket, LINGER_MS) && recv(c->socket, rest, sizeof rest, 0) > 0;
         i++)
        continue;
}

static void handle(struct connection *c, struct sim_session_report *report)
{
    const struct sim_line line = {c, receive, transmit, now_ms};
    struct sim_sstp_settings settings;
    int on = 1;
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!read_settings(c->server, &settings) || fail_early(c, settings.fault))
        return;
    SSL_CTX *ctx = load(c->server->certificate_file);
    c->ssl = ctx ? SSL_new(ctx) : NULL;
    SSL_CTX_free(ctx); /* the connection holds it */
    if (!c->ssl || SSL_set_fd(c->ssl, c->socket) != 1 || SSL_accept(c->ssl) != 1)
        return;
    sim_session(&line, URI, &settings, &c->server->calls, report);
    finish(c);
}

static void *connection_thread(void *arg)
{
    struct connection *c = arg;
    struct sim_session_report report = {0};
    char text[SIM_SESSION_TEXT];
    printf("begin\n");
    handle(c, &report);
    SSL_free(c->ssl);
    close(c->socket);
    sim_session_text(&report, text);
    printf("%s\n", text);
    free(c);
    return NULL;
}

static void start_connection(struct server *s, int socket)
{
    struct connection *c = calloc(1, sizeof *c);
    pthread_t thread;
    if (c)
        *c = (struct connection){.server = s, .socket = socket};
    if (c && pthread_create(&thread, NULL, connection_thread, c) == 0) {
        pthread_detach(thread);
        return;
    }
    free(c);
    close(socket);
}

/* ---- listening ---- */

/* A listening socket on the loopback address; *port is 0 for any, and set. -1: there is none. */
static int listen_on(int family, uint16_t *port)
{
    struct sockaddr_in a4 = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 a6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(*port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool v6 = family == AF_INET6;
    struct sockaddr *a = v6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4;
    socklen_t n = v6 ? sizeof a6 : sizeof a4;
    int s = socket(family, SOCK_STREAM, 0), on = 1;
    if (s < 0)
        return -1;
    if (v6)
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(s, a, n) || listen(s, BACKLOG) || getsockname(s, a, &n)) {
        close(s);
        return -1;
    }
    *port = ntohs(v6 ? a6.sin6_port : a4.sin_port);
    return s;
}

static void serve(struct server *s, const int listener[LISTENERS])
{
    struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                         {.fd = listener[0], .events = POLLIN},
                         {.fd = listener[1], .events = POLLIN}};
    char ignored[64];
    while (poll(p, 1 + LISTENERS, -1) > 0) {
        if (p[0].revents && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return;
        for (int i = 1; i <= LISTENERS; i++) {
            int socket = p[i].revents ? accept(p[i].fd, NULL, NULL) : -1;
            if (socket >= 0)
                start_connection(s, socket);
        }
    }
}

int main(int argc, char **argv)
{
    struct server s = {.certificate_file = argc == 3 ? argv[1] : NULL,
                       .settings_file = argc == 3 ? argv[2] : NULL};
    uint16_t port = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: sstp_server CERTIFICATE SETTINGS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    sim_sstp_settings_default(&s.settings);
    if (!hold_hashes(&s)) {
        fprintf(stderr, "%s: no certificate with its key\n", argv[1]);
        return 1;
    }
    const int listener[LISTENERS] = {listen_on(AF_INET, &port), listen_on(AF_INET6, &port)};
    if (listener[0] < 0) {
        perror("listen");
        return 1;
    }
    printf("ready %u\n", port);
    serve(&s, listener); /* a missing ::1 is -1, which poll passes over */
    fflush(stdout);
    _exit(0); /* with the connections that are still there */
}
