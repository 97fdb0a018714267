/* SPDX-License-Identifier: Apache-2.0 */
#include "https_world.h"

#include "pki.h"

#include <stdlib.h>
#include <string.h>

static size_t body_len(const char *head)
{
    const char *p = strstr(head, "Content-Length: ");
    return p != NULL ? strtoul(p + strlen("Content-Length: "), NULL, 10) : 0;
}

/* False when the client is gone; *out is then still the request before. */
static bool read_request(struct tls_conn *c, struct buf *out)
{
    struct buf now = BUF_INIT(1024 * 1024);
    const char *end = NULL;
    while (end == NULL || now.len < (size_t)(end + 4 - now.p) + body_len(now.p)) {
        char data[4096];
        int n = tls_conn_read(c, data, sizeof data);
        if (n < 0) {
            buf_clear(&now);
            return false;
        }
        buf_add(&now, data, (size_t)n);
        end = strstr(buf_str(&now), "\r\n\r\n");
    }
    buf_clear(out);
    *out = now;
    return true;
}

static void serve(void *user, struct tls_conn *c)
{
    struct https_world *w = user;
    while (read_request(c, &w->request)) {
        if (!tls_conn_write(c, w->answer, w->answer_len) || w->close)
            return;
    }
}

static void remember_line(void *user, enum log_level level, const char *text)
{
    (void)level;
    buf_addf(user, "%s\n", text);
}

void https_world_make_named(struct https_world *w, struct test *t, const char *ca_name)
{
    static const char *const names[] = {"localhost", "ca.test", "orders.test"};
    const int64_t until = 4000000000;
    *w = (struct https_world){.key = pki_key(KEY_EC256), .ca = pki_key(KEY_EC256), .t = t};
    struct pki_spec root = {.key = w->ca, .cn = ca_name, .ca = true, .not_after = until};
    struct pki_spec own = {.key = w->key,
                           .cn = "localhost",
                           .names = names,
                           .name_count = sizeof names / sizeof *names,
                           .usage = "serverAuth",
                           .not_after = until};
    pki_issue(&w->root, &root, w->ca);
    pki_issue(&w->chain, &root, w->ca);
    pki_issue(&w->chain, &own, w->ca);
    buf_init(&w->request, 1024 * 1024);
    buf_init(&w->log, 1024 * 1024);
    w->log_to = (struct log){LOG_DEBUG, remember_line, &w->log};
}

void https_world_make(struct https_world *w, struct test *t)
{
    https_world_make_named(w, t, "Test root");
}

void https_world_clear(struct https_world *w)
{
    https_curl_close(&w->https);
    if (w->server != NULL)
        tls_server_stop(w->server);
    key_free(w->key);
    key_free(w->ca);
    cert_chain_clear(&w->chain);
    cert_chain_clear(&w->root);
    buf_clear(&w->request);
    buf_clear(&w->log);
}

const char *https_world_ca_file(struct https_world *w)
{
    struct buf pem = BUF_INIT(8192);
    struct err err = {0};
    (void)!cert_chain_to_pem(&w->root, &pem, &err);
    const char *path = test_write(w->t, "ca.pem", pem.p, pem.len);
    buf_clear(&pem);
    return path;
}

void https_world_start(struct https_world *w, const char *answer)
{
    w->answer = answer;
    w->answer_len = strlen(answer);
    w->server = tls_server_start(
        &(struct tls_server_spec){.key = w->key, .chain = &w->chain, .serve = serve, .user = w});
}

bool https_world_open(struct https_world *w, const char *ca)
{
    struct test *t = w->t;
    struct err err = {0};
    struct https_options o = {.ca_file = ca, .user_agent = "rras-acme-test/1", .log = &w->log_to};
    if (CHECK(https_curl_open(&w->https, &o, &err) == 0))
        return true;
    CHECK_STR(err.text, "");
    return false;
}

const char *https_world_url(struct https_world *w, const char *path)
{
    return test_text(w->t, "https://localhost:%u%s", tls_server_port(w->server), path);
}

int https_world_get(struct https_world *w, const char *path, struct https_response *r,
                    struct err *err)
{
    struct https_request req = {.method = "GET", .url = https_world_url(w, path)};
    return https_request(&w->https, &req, r, err);
}
