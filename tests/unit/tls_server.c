/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_server.h"

#include "crypto_int.h"
#include "loop.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_server {
    struct tls_server_spec spec;
    SSL_CTX *ctx;
    struct loop *loop;
    atomic_int count;
};

struct tls_conn {
    SSL *ssl;
    bool abrupt;
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    ERR_print_errors_fp(stdout);
    printf("test TLS server: %s\n", what);
    exit(2);
}

static void serve(void *user, intptr_t fd)
{
    struct tls_server *s = user;
    struct tls_conn c = {.ssl = SSL_new(s->ctx)};
    need(c.ssl != NULL && SSL_set_fd(c.ssl, (int)fd) == 1, "connection");
    if (SSL_accept(c.ssl) == 1) {
        atomic_fetch_add(&s->count, 1);
        if (s->spec.serve != NULL)
            s->spec.serve(s->spec.user, &c);
        if (!c.abrupt)
            SSL_shutdown(c.ssl);
    }
    ERR_clear_error();
    SSL_free(c.ssl);
}

static void use_chain(SSL_CTX *ctx, const struct tls_server_spec *spec)
{
    for (size_t i = 0; i < spec->chain->count; i++) {
        X509 *x = crypto_x509(spec->chain->cert[i].der, spec->chain->cert[i].len);
        need(x != NULL && (i == 0 ? SSL_CTX_use_certificate(ctx, x) == 1
                                  : SSL_CTX_add1_chain_cert(ctx, x) == 1),
             "certificate");
        X509_free(x);
    }
    need(SSL_CTX_use_PrivateKey(ctx, spec->key->pkey) == 1, "key");
}

struct tls_server *tls_server_start(const struct tls_server_spec *spec)
{
    struct tls_server *s = calloc(1, sizeof *s);
    need(s != NULL, "memory");
    s->spec = *spec;
    s->ctx = SSL_CTX_new(TLS_server_method());
    need(s->ctx != NULL, "context");
    if (spec->max_version != NULL && strcmp(spec->max_version, "TLSv1.1") == 0) {
        SSL_CTX_set_security_level(s->ctx, 0);
        SSL_CTX_set_max_proto_version(s->ctx, TLS1_1_VERSION);
    } else if (spec->max_version != NULL) {
        SSL_CTX_set_max_proto_version(s->ctx, TLS1_2_VERSION);
    }
    use_chain(s->ctx, spec);
    s->loop = loop_start(&(struct loop_spec){.serve = serve, .user = s});
    return s;
}

uint16_t tls_server_port(const struct tls_server *s)
{
    return loop_port(s->loop);
}

int tls_server_count(const struct tls_server *s)
{
    return atomic_load(&s->count);
}

void tls_server_stop(struct tls_server *s)
{
    loop_stop(s->loop);
    SSL_CTX_free(s->ctx);
    free(s);
}

int tls_conn_read(struct tls_conn *c, void *p, size_t size)
{
    int n = SSL_read(c->ssl, p, (int)size);
    return n > 0 ? n : -1;
}

bool tls_conn_write(struct tls_conn *c, const void *p, size_t len)
{
    return len == 0 || SSL_write(c->ssl, p, (int)len) == (int)len;
}

const char *tls_conn_name(const struct tls_conn *c)
{
    const char *name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);
    return name != NULL ? name : "";
}

void tls_conn_abrupt(struct tls_conn *c)
{
    c->abrupt = true;
}
