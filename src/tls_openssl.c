/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_openssl.c - TLS over memory BIOs: OpenSSL only turns bytes into bytes, all waiting is done
 * in net.c with our deadlines.
 */
#include "tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <limits.h>
#include <stdlib.h>

enum {
    MAX_CERTS = 20,          /* of the peer */
    CHUNK = 16 * 1024 + 512, /* one TLS record */
};

struct tls {
    struct net_socket *socket;
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* owned by ssl: what came, what is to be sent */
    char peer[72];
    struct {
        unsigned char *der;
        size_t len;
    } certs[MAX_CERTS];
    size_t cert_count;
};

/* ---- moving bytes ---- */

static int flush(struct tls *t, int64_t deadline_ms, struct err *err)
{
    unsigned char chunk[4096];
    int n;
    while ((n = BIO_read(t->out, chunk, sizeof chunk)) > 0) {
        if (net_send(t->socket, chunk, (size_t)n, deadline_ms, err))
            return -1;
    }
    return 0;
}

static int fill(struct tls *t, int64_t deadline_ms, struct err *err)
{
    unsigned char chunk[CHUNK];
    size_t got = 0;
    if (net_recv(t->socket, chunk, sizeof chunk, &got, deadline_ms, err))
        return -1;
    if (got == 0)
        BIO_set_mem_eof_return(t->in, 0); /* from now on: end of file instead of "later" */
    else if (BIO_write(t->in, chunk, (int)got) != (int)got)
        return err_set(err, ERR_FAIL, "tls %s: out of memory", t->peer);
    return 0;
}

static int ssl_fail(const struct tls *t, const char *what, struct err *err)
{
    unsigned long number = ERR_peek_error();
    const char *reason = ERR_reason_error_string(number);
    if (number == 0 || ERR_GET_REASON(number) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        err_set(err, ERR_NET, "tls %s %s: closed by the server", what, t->peer);
    else
        err_sys(err, ERR_NET, ERR_SRC_OPENSSL, (uint32_t)number, "tls %s %s: %s", what, t->peer,
                reason != NULL ? reason : "failed");
    ERR_clear_error();
    return -1;
}

/*
 * What to do after an SSL call that gave `rc`: 1 = it is done, 0 = call it again, -1. What it has
 * to send is sent in every case, alerts included.
 */
static int after(struct tls *t, int rc, const char *what, int64_t deadline_ms, struct err *err)
{
    int why = rc > 0 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, rc);
    if (why == SSL_ERROR_NONE || why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        if (flush(t, deadline_ms, err) || (why == SSL_ERROR_WANT_READ && fill(t, deadline_ms, err)))
            return err_context(err, "tls %s %s", what, t->peer);
        return why == SSL_ERROR_NONE ? 1 : 0;
    }
    struct err ignored = {0};
    ssl_fail(t, what, err);
    (void)!flush(t, deadline_ms, &ignored);
    return -1;
}

/* ---- opening ---- */

/* It looks at what is served: nothing is judged, and old algorithms must not hide a certificate. */
static SSL_CTX *make_ctx(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL)
        return NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    /* A resumed session would show the certificate of the first one. */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_security_level(ctx, 1);
    return ctx;
}

static int set_up(struct tls *t, const struct tls_target *target, struct err *err)
{
    t->ctx = make_ctx();
    t->ssl = t->ctx != NULL ? SSL_new(t->ctx) : NULL;
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    if (t->ssl == NULL || t->in == NULL || t->out == NULL) {
        BIO_free(t->in);
        BIO_free(t->out);
        return err_set(err, ERR_FAIL, "tls %s: out of memory", t->peer);
    }
    BIO_set_mem_eof_return(t->in, -1);
    SSL_set_bio(t->ssl, t->in, t->out);
    if (target->server_name != NULL && SSL_set_tlsext_host_name(t->ssl, target->server_name) != 1)
        return err_set(err, ERR_USAGE, "server name \"%s\": too long", target->server_name);
    return 0;
}

static int keep_certs(struct tls *t, struct err *err)
{
    STACK_OF(X509) *all = SSL_get_peer_cert_chain(t->ssl); /* of a client: leaf included */
    for (int i = 0; i < sk_X509_num(all) && i < MAX_CERTS; i++) {
        int len = i2d_X509(sk_X509_value(all, i), &t->certs[i].der);
        if (len <= 0)
            return ssl_fail(t, "certificate of", err);
        t->certs[i].len = (size_t)len;
        t->cert_count++;
    }
    if (t->cert_count == 0)
        return err_set(err, ERR_NET, "tls handshake with %s: no certificate", t->peer);
    return 0;
}

int tls_open(struct tls **out, const struct tls_target *target, struct err *err)
{
    struct tls *t = calloc(1, sizeof *t);
    int step;
    if (t == NULL)
        return err_set(err, ERR_FAIL, "tls: out of memory");
    net_addr_text(&target->addr, t->peer);
    if (net_tcp_connect(&t->socket, &target->addr, target->deadline_ms, err) ||
        set_up(t, target, err))
        goto failed;
    do {
        ERR_clear_error();
        step = after(t, SSL_connect(t->ssl), "handshake with", target->deadline_ms, err);
    } while (step == 0);
    if (step < 0 || keep_certs(t, err))
        goto failed;
    *out = t;
    return 0;
failed:
    tls_close(t);
    return -1;
}

void tls_close(struct tls *t)
{
    unsigned char alert[256];
    struct err ignored = {0};
    size_t done = 0;
    if (t == NULL)
        return;
    if (t->ssl != NULL && SSL_is_init_finished(t->ssl) && t->socket != NULL) {
        SSL_shutdown(t->ssl);
        int n = BIO_read(t->out, alert, sizeof alert);
        if (n > 0)
            net_try_send(t->socket, alert, (size_t)n, &done, &ignored);
    }
    ERR_clear_error();
    SSL_free(t->ssl); /* and both BIOs */
    SSL_CTX_free(t->ctx);
    net_close(t->socket);
    for (size_t i = 0; i < t->cert_count; i++)
        OPENSSL_free(t->certs[i].der);
    free(t);
}

/* ---- using ---- */

const uint8_t *tls_peer_cert(const struct tls *t, size_t i, size_t *len)
{
    if (i >= t->cert_count)
        return NULL;
    *len = t->certs[i].len;
    return t->certs[i].der;
}

const char *tls_version(const struct tls *t)
{
    return SSL_get_version(t->ssl);
}

int tls_write(struct tls *t, const void *p, size_t len, int64_t deadline_ms, struct err *err)
{
    int step;
    if (len == 0)
        return 0;
    if (len > INT_MAX)
        return err_set(err, ERR_FAIL, "tls write to %s: too much at once", t->peer);
    do {
        ERR_clear_error();
        step = after(t, SSL_write(t->ssl, p, (int)len), "write to", deadline_ms, err);
    } while (step == 0);
    return step < 0 ? -1 : 0;
}

int tls_read(struct tls *t, void *p, size_t size, size_t *got, int64_t deadline_ms, struct err *err)
{
    int step, n;
    do {
        ERR_clear_error();
        n = SSL_read(t->ssl, p, size > INT_MAX ? INT_MAX : (int)size);
        /* close_notify, or the end of the stream without one, which Windows' servers do. */
        if (n <= 0 && (SSL_get_error(t->ssl, n) == SSL_ERROR_ZERO_RETURN ||
                       ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
            ERR_clear_error();
            *got = 0;
            return 0;
        }
        step = after(t, n, "read from", deadline_ms, err);
    } while (step == 0);
    if (step < 0)
        return -1;
    *got = (size_t)n;
    return 0;
}
