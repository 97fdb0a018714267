/* SPDX-License-Identifier: Apache-2.0 */
#include "https.h"
#include "loop.h"
#include "pki.h"
#include "test.h"
#include "text.h"
#include "tls_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server that says `answer` to every request of a connection, and remembers the last one. */
struct world {
    struct key *key, *ca;
    struct cert_chain chain, root;
    struct tls_server *server;
    const char *answer;
    size_t answer_len;
    bool close; /* after each answer */
    struct buf request;
    struct buf log;
    struct log log_to;
    struct https https;
    struct test *t;
};

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
    struct world *w = user;
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

static void world_make_named(struct world *w, struct test *t, const char *ca_name)
{
    static const char *const names[] = {"localhost"};
    const int64_t until = 4000000000;
    *w = (struct world){.key = pki_key(KEY_EC256), .ca = pki_key(KEY_EC256), .t = t};
    struct pki_spec root = {.key = w->ca, .cn = ca_name, .ca = true, .not_after = until};
    struct pki_spec own = {.key = w->key,
                           .cn = "localhost",
                           .names = names,
                           .name_count = 1,
                           .usage = "serverAuth",
                           .not_after = until};
    pki_issue(&w->root, &root, w->ca);
    pki_issue(&w->chain, &root, w->ca);
    pki_issue(&w->chain, &own, w->ca);
    buf_init(&w->request, 1024 * 1024);
    buf_init(&w->log, 1024 * 1024);
    w->log_to = (struct log){LOG_DEBUG, remember_line, &w->log};
}

static void world_make(struct world *w, struct test *t)
{
    world_make_named(w, t, "Test root");
}

static void world_clear(struct world *w)
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

static const char *ca_file(struct world *w)
{
    struct buf pem = BUF_INIT(8192);
    struct err err = {0};
    (void)!cert_chain_to_pem(&w->root, &pem, &err);
    const char *path = test_write(w->t, "ca.pem", pem.p, pem.len);
    buf_clear(&pem);
    return path;
}

static void start(struct world *w, const char *answer)
{
    w->answer = answer;
    w->answer_len = strlen(answer);
    w->server = tls_server_start(
        &(struct tls_server_spec){.key = w->key, .chain = &w->chain, .serve = serve, .user = w});
}

static bool open_client(struct world *w, const char *ca)
{
    struct test *t = w->t;
    struct err err = {0};
    struct https_options o = {.ca_file = ca, .user_agent = "rras-acme-test/1", .log = &w->log_to};
    if (CHECK(https_curl_open(&w->https, &o, &err) == 0))
        return true;
    CHECK_STR(err.text, "");
    return false;
}

static const char *url(struct world *w, const char *path)
{
    return test_text(w->t, "https://localhost:%u%s", tls_server_port(w->server), path);
}

static int get(struct world *w, const char *path, struct https_response *r, struct err *err)
{
    struct https_request req = {.method = "GET", .url = url(w, path)};
    return https_request(&w->https, &req, r, err);
}

/* ---- what goes well ---- */

static void answers(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct https_response r = {0};
    struct https_stats stats = {0};
    world_make(&w, t);
    start(&w, "HTTP/1.1 103 Early Hints\r\nLink: <early>;rel=next\r\n\r\n"
              "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"
              "Replay-Nonce: n1\r\nLocation: https://localhost/acct/1\r\n"
              "Link: <https://localhost/dir>;rel=\"index\"\r\nContent-Length: 4\r\n\r\nbody");
    if (open_client(&w, ca_file(&w))) {
        CHECK(get(&w, "/a/../b?secret=1", &r, &err) == 0);
        CHECK_STR(err.text, "");
        CHECK_INT(r.status, 201);
        CHECK_MEM(r.body.p, r.body.len, "body", 4);
        CHECK_STR(r.content_type, "application/json");
        CHECK_STR(r.replay_nonce, "n1");
        CHECK_STR(r.location, "https://localhost/acct/1");
        CHECK_STR(https_response_link(&r, "index"), "https://localhost/dir");
        CHECK(https_response_link(&r, "next") == NULL);
        /* The same response again, over the same connection. */
        CHECK(get(&w, "/2", &r, &err) == 0);
        CHECK_INT(r.status, 201);
        w.https.stats(w.https.self, &stats);
        CHECK_INT(stats.requests, 2);
        CHECK_INT(stats.connections, 1);
        CHECK(stats.bytes_in > 200 && stats.bytes_out > 100);
        /* No query, no header, no body in the log. */
        CHECK(text_starts(buf_str(&w.log), test_text(t, "GET https://localhost:%u/a/../b -> 201, ",
                                                     tls_server_port(w.server))));
        CHECK(strstr(buf_str(&w.log), "secret") == NULL);
        CHECK(strstr(buf_str(&w.log), "body\n") == NULL);
    }
    https_response_clear(&r);
    world_clear(&w);
}

static void what_is_sent(struct test *t)
{
    static const char *const headers[] = {"Authorization: Bearer t0ken", NULL};
    static const struct {
        const char *method, *content_type, *accept, *body;
        const char *want[4]; /* in the request */
    } cases[] = {
        {"GET", NULL, NULL, NULL, {"GET /p/../q?a=b%20c HTTP/1.1\r\n", NULL}},
        {"POST",
         "application/jose+json",
         "application/json",
         "{\"a\":1}",
         {"POST /p/../q?a=b%20c HTTP/1.1\r\n", "\r\nContent-Type: application/jose+json\r\n",
          "\r\nAccept: application/json\r\n", "\r\n\r\n{\"a\":1}"}},
        {"POST", NULL, NULL, NULL, {"POST ", "\r\nContent-Length: 0\r\n", NULL}},
        {"PUT", "text/plain", NULL, "x", {"PUT ", "\r\nContent-Length: 1\r\n", "\r\n\r\nx", NULL}},
        {"PATCH", "text/plain", NULL, "y", {"PATCH ", "\r\n\r\ny", NULL}},
        {"DELETE", NULL, NULL, NULL, {"DELETE ", NULL}},
    };
    struct world w;
    struct err err = {0};
    struct https_response r = {0};
    world_make(&w, t);
    start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (!open_client(&w, ca_file(&w)))
        goto done;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct https_request req = {.method = cases[i].method,
                                    .url = url(&w, "/p/../q?a=b%20c"),
                                    .content_type = cases[i].content_type,
                                    .accept = cases[i].accept,
                                    .headers = headers,
                                    .body = cases[i].body,
                                    .body_len = cases[i].body ? strlen(cases[i].body) : 0};
        if (!CHECK(https_request(&w.https, &req, &r, &err) == 0))
            CHECK_STR(err.text, "");
        const char *sent = buf_str(&w.request);
        for (size_t j = 0; j < 4 && cases[i].want[j] != NULL; j++) {
            if (!CHECK(strstr(sent, cases[i].want[j]) != NULL))
                CHECK_STR(sent, cases[i].want[j]);
        }
        CHECK(strstr(sent, "\r\nUser-Agent: rras-acme-test/1\r\n") != NULL);
        CHECK(strstr(sent, "\r\nAuthorization: Bearer t0ken\r\n") != NULL);
        CHECK(strstr(sent, "Accept-Encoding") == NULL);
        CHECK(strstr(sent, "Expect") == NULL);
        CHECK((strstr(sent, "Content-Type") != NULL) == (cases[i].content_type != NULL));
        CHECK((strstr(sent, "Accept:") != NULL) == (cases[i].accept != NULL));
    }
    CHECK(strstr(buf_str(&w.log), "t0ken") == NULL);
done:
    https_response_clear(&r);
    world_clear(&w);
}

static void head_and_odd_answers(struct test *t)
{
    static const struct {
        const char *method, *answer, *body;
        int status;
    } cases[] = {
        {"HEAD", "HTTP/1.1 200 OK\r\nReplay-Nonce: n\r\nContent-Length: 99\r\n\r\n", "", 200},
        {"GET", "HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n",
         "", 302},
        {"GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "no", 404},
        {"GET", "HTTP/1.1 204 No Content\r\n\r\n", "", 204},
        {"GET", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw", "raw",
         200},
        {"GET",
         "HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
         "abcde", 503},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w;
        struct err err = {0};
        struct https_response r = {0};
        world_make(&w, t);
        start(&w, cases[i].answer);
        if (open_client(&w, ca_file(&w))) {
            struct https_request req = {.method = cases[i].method, .url = url(&w, "/")};
            CHECK(https_request(&w.https, &req, &r, &err) == 0);
            CHECK_STR(err.text, "");
            CHECK_INT(r.status, cases[i].status);
            CHECK_STR(buf_str(&r.body), cases[i].body);
        }
        https_response_clear(&r);
        world_clear(&w);
    }
}

/* ---- what goes wrong ---- */

static void caps(struct test *t)
{
    struct buf many = BUF_INIT(1024 * 1024), announced = BUF_INIT(4096);
    buf_puts(&many, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 40; i++)
        buf_addf(&many, "X-Fill-%d: %02000d\r\n", i, i);
    buf_puts(&many, "Content-Length: 0\r\n\r\n");
    buf_puts(&announced, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890");
    const struct {
        const char *answer, *error;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", NULL},
        {buf_str(&announced), "the answer is longer than 10 bytes"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
         "chunked\r\n\r\n6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n",
         "the answer is longer than 10 bytes"},
        {"HTTP/1.0 200 OK\r\n\r\n01234567890", "the answer is longer than 10 bytes"},
        {buf_str(&many), "the answer's headers are longer than 65536 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w;
        struct err err = {0};
        struct https_response r = {0};
        world_make(&w, t);
        w.close = true;
        start(&w, cases[i].answer);
        if (open_client(&w, ca_file(&w))) {
            struct https_request req = {.method = "GET", .url = url(&w, "/"), .max_body_bytes = 10};
            int rc = https_request(&w.https, &req, &r, &err);
            CHECK_INT(rc, cases[i].error != NULL ? -1 : 0);
            CHECK_INT(err.code, cases[i].error != NULL ? ERR_NET : ERR_NONE);
            CHECK(strstr(err.text, cases[i].error != NULL ? cases[i].error : "") != NULL);
            CHECK_INT(r.body.len, cases[i].error != NULL ? 0 : 10);
        }
        https_response_clear(&r);
        world_clear(&w);
    }
    buf_clear(&many);
    buf_clear(&announced);
}

static void untrusted(struct test *t)
{
    struct world w, other, anew;
    struct err err = {0};
    struct https_response r = {0};
    world_make(&w, t);
    world_make_named(&other, t, "Other root");
    world_make(&anew, t); /* the same name, another key */
    start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (open_client(&w, ca_file(&other))) {
        CHECK(get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
        CHECK_INT(err.source, ERR_SRC_CURL);
        CHECK_INT(err.number, 60);
        CHECK(strstr(err.text, "its TLS certificate is not accepted") != NULL);
        CHECK(strstr(err.hint, "acme.ca_file") != NULL);
        CHECK(buf_str(&w.request)[0] == '\0');
    }
    https_curl_close(&w.https);
    err_clear(&err);
    if (open_client(&w, ca_file(&anew))) {
        CHECK(get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
        CHECK(strstr(err.hint, "acme.ca_file still holds the old root") != NULL);
        CHECK(buf_str(&w.request)[0] == '\0');
    }
    /* The system's own roots know nothing of it, either. */
    https_curl_close(&w.https);
    err_clear(&err);
    if (open_client(&w, NULL)) {
        CHECK(get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.number, 60);
        CHECK(strstr(err.hint, "set acme.ca_file") != NULL);
        CHECK(buf_str(&w.request)[0] == '\0');
    }
    world_clear(&other);
    world_clear(&anew);
    world_clear(&w);
}

static void another_name(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct https_response r = {0};
    world_make(&w, t);
    start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (open_client(&w, ca_file(&w))) {
        struct https_request req = {
            .method = "GET",
            .url = test_text(t, "https://127.0.0.1:%u/", tls_server_port(w.server))};
        CHECK(https_request(&w.https, &req, &r, &err) == -1);
        CHECK_INT(err.number, 60);
        CHECK(text_starts(err.text, test_text(t, "127.0.0.1:%u: ", tls_server_port(w.server))));
        CHECK(strstr(err.hint, "another host name") != NULL);
    }
    world_clear(&w);
}

static void old_tls(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct https_response r = {0};
    world_make(&w, t);
    w.server = tls_server_start(
        &(struct tls_server_spec){.key = w.key, .chain = &w.chain, .max_version = "TLSv1.1"});
    if (open_client(&w, ca_file(&w))) {
        CHECK(get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
    }
    world_clear(&w);
}

static void hang_up(void *user, intptr_t fd)
{
    char data[4096];
    size_t got;
    (void)user;
    loop_recv(fd, data, sizeof data, &got);
}

static void unreachable(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct https_response r = {0};
    uint16_t closed_port = 0, deaf_port = 0;
    intptr_t closed = loop_closed(&closed_port), deaf = loop_deaf(&deaf_port);
    struct loop *rude = loop_start(&(struct loop_spec){.serve = hang_up});
    struct https_options o = {.user_agent = "test", .total_timeout_ms = 300};
    struct https_request req = {.method = "GET"};
    world_make(&w, t);
    REQUIRE(https_curl_open(&w.https, &o, &err) == 0);

    req.url = test_text(t, "https://127.0.0.1:%u/", deaf_port);
    CHECK(https_request(&w.https, &req, &r, &err) == -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK_INT(err.number, 28);
    CHECK(text_starts(
        err.text,
        test_text(t,
                  "127.0.0.1:%u: no answer in time (gave up setting up the TCP and TLS connection)",
                  deaf_port)));
    https_curl_close(&w.https);
    o.total_timeout_ms = 0;
    err_clear(&err);
    REQUIRE(https_curl_open(&w.https, &o, &err) == 0);
    req.url = test_text(t, "https://127.0.0.1:%u/", closed_port);
    CHECK(https_request(&w.https, &req, &r, &err) == -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK_INT(err.number, 7);
    CHECK(strstr(err.text, ": cannot connect: ") != NULL);

    err_clear(&err);
    req.url = test_text(t, "https://127.0.0.1:%u/", loop_port(rude));
    CHECK(https_request(&w.https, &req, &r, &err) == -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK_INT(err.source, ERR_SRC_CURL);

    loop_closed_free(closed);
    loop_closed_free(deaf);
    loop_stop(rude);
    world_clear(&w);
}

/*
 * Makes an answer of a query in place; for another type than A an empty one. The question is all
 * that stands between the header and the additional section (EDNS), which is dropped.
 */
static size_t one_address(uint8_t *msg, size_t len)
{
    static const uint8_t record[] = {0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1};
    size_t at = 12;
    if (len < 17)
        return 0;
    while (at + 5 < len && msg[at] != 0)
        at += msg[at] + 1u;
    at += 5;
    bool is_a = msg[at - 3] == 1;
    msg[2] = 0x81;
    msg[3] = 0x80;
    msg[7] = is_a ? 1 : 0;
    msg[9] = msg[11] = 0;
    if (is_a)
        memcpy(msg + at, record, sizeof record);
    return at + (is_a ? sizeof record : 0);
}

/* A name server with one answer for A queries, 127.0.0.1, and none for others. */
static void name_server(void *user, intptr_t fd)
{
    (void)user;
    loop_udp_answer(fd, one_address);
}

static void own_name_server(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct https_response r = {0};
    struct loop *dns = loop_start(&(struct loop_spec){.udp = true, .serve = name_server});
    world_make(&w, t);
    start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    struct https_options o = {.ca_file = ca_file(&w),
                              .user_agent = "test",
                              .dns_servers = test_text(t, "127.0.0.1:%u", loop_port(dns))};
    struct https_request req = {
        .method = "GET", .url = test_text(t, "https://acme.test:%u/", tls_server_port(w.server))};
    REQUIRE(https_curl_open(&w.https, &o, &err) == 0);
    /* It was found: what is wrong is only that the certificate is for localhost. */
    CHECK(https_request(&w.https, &req, &r, &err) == -1);
    CHECK_INT(err.number, 60);
    loop_stop(dns);
    world_clear(&w);
}

/* Nothing is contacted: there is no server. */
static void bad_options(struct test *t)
{
    const struct {
        const char *path, *text;
    } cases[] = {
        {test_path(t, "absent.pem"), "trusted roots (ca_file): "},
        {test_write(t, "empty.pem", "", 0), "no certificate in PEM form in it"},
        {test_write(t, "text.pem", "hello", 5), "no certificate in PEM form in it"},
        {test_write(t, "broken.pem",
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 59),
         "certificate 1 cannot be read"},
    };
    struct https h = {0};
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct https_options o = {.ca_file = cases[i].path, .user_agent = "test"};
        err_clear(&err);
        CHECK(https_curl_open(&h, &o, &err) == -1);
        CHECK_INT(err.code, ERR_USAGE);
        CHECK(strstr(err.text, cases[i].path) != NULL);
        CHECK(strstr(err.text, cases[i].text) != NULL);
        CHECK(h.self == NULL);
    }
    err_clear(&err);
    struct https_options o = {.user_agent = "test", .dns_servers = "not an address"};
    CHECK(https_curl_open(&h, &o, &err) == -1);
    CHECK_INT(err.code, ERR_USAGE);
    err_clear(&err);
    o = (struct https_options){.user_agent = NULL};
    CHECK(https_curl_open(&h, &o, &err) == -1);
    https_curl_close(&h);
}

static void bad_request_headers(struct test *t)
{
    static const char *const split[] = {"X-A: 1\r\nX-B: 2", NULL};
    struct https h = {0};
    struct https_response r = {0};
    struct err err = {0};
    struct https_options o = {.user_agent = "test"};
    struct https_request req = {.method = "GET", .url = "https://127.0.0.1:1/", .headers = split};
    REQUIRE(https_curl_open(&h, &o, &err) == 0);
    CHECK(https_request(&h, &req, &r, &err) == -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK_STR(err.text, "127.0.0.1:1: control character in a request header");
    https_curl_close(&h);
    CHECK(strstr(https_library_versions(), "libcurl/8") != NULL);
    CHECK(strstr(https_library_versions(), "OpenSSL/3") != NULL);
}

const struct test_case suite_https_curl[] = {
    {"answers", answers},
    {"what_is_sent", what_is_sent},
    {"head_and_odd_answers", head_and_odd_answers},
    {"caps", caps},
    {"untrusted", untrusted},
    {"another_name", another_name},
    {"old_tls", old_tls},
    {"unreachable", unreachable},
    {"own_name_server", own_name_server},
    {"bad_options", bad_options},
    {"bad_request_headers", bad_request_headers},
    {NULL, NULL},
};
