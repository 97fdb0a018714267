/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS over libcurl: answers beyond a cap, peers that are not trusted or not there. */
#include "https_world.h"
#include "loop.h"
#include "text.h"

#include <string.h>

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
        struct https_world w;
        struct err err = {0};
        struct https_response r = {0};
        https_world_make(&w, t);
        w.close = true;
        https_world_start(&w, cases[i].answer);
        if (https_world_open(&w, https_world_ca_file(&w))) {
            struct https_request req = {
                .method = "GET", .url = https_world_url(&w, "/"), .max_body_bytes = 10};
            int rc = https_request(&w.https, &req, &r, &err);
            CHECK_INT(rc, cases[i].error != NULL ? -1 : 0);
            CHECK_INT(err.code, cases[i].error != NULL ? ERR_NET : ERR_NONE);
            CHECK(strstr(err.text, cases[i].error != NULL ? cases[i].error : "") != NULL);
            CHECK_INT(r.body.len, cases[i].error != NULL ? 0 : 10);
        }
        https_response_clear(&r);
        https_world_clear(&w);
    }
    buf_clear(&many);
    buf_clear(&announced);
}

static void untrusted(struct test *t)
{
    struct https_world w, other, anew;
    struct err err = {0};
    struct https_response r = {0};
    https_world_make(&w, t);
    https_world_make_named(&other, t, "Other root");
    https_world_make(&anew, t); /* the same name, another key */
    https_world_start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (https_world_open(&w, https_world_ca_file(&other))) {
        CHECK(https_world_get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
        CHECK_INT(err.source, ERR_SRC_CURL);
        CHECK_INT(err.number, 60);
        CHECK(strstr(err.text, "its TLS certificate is not accepted") != NULL);
        CHECK(strstr(err.hint, "acme.ca_file") != NULL);
        CHECK(buf_str(&w.request)[0] == '\0');
    }
    https_curl_close(&w.https);
    err_clear(&err);
    if (https_world_open(&w, https_world_ca_file(&anew))) {
        CHECK(https_world_get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
        CHECK(strstr(err.hint, "acme.ca_file still holds the old root") != NULL);
        CHECK(buf_str(&w.request)[0] == '\0');
    }
    /* The system's own roots know nothing of it, either. */
    https_curl_close(&w.https);
    err_clear(&err);
    if (https_world_open(&w, NULL)) {
        CHECK(https_world_get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.number, 60);
        CHECK(strstr(err.hint, "set acme.ca_file") != NULL);
        CHECK(buf_str(&w.request)[0] == '\0');
    }
    https_world_clear(&other);
    https_world_clear(&anew);
    https_world_clear(&w);
}

static void another_name(struct test *t)
{
    struct https_world w;
    struct err err = {0};
    struct https_response r = {0};
    https_world_make(&w, t);
    https_world_start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (https_world_open(&w, https_world_ca_file(&w))) {
        struct https_request req = {
            .method = "GET",
            .url = test_text(t, "https://127.0.0.1:%u/", tls_server_port(w.server))};
        CHECK(https_request(&w.https, &req, &r, &err) == -1);
        CHECK_INT(err.number, 60);
        CHECK(text_starts(err.text, test_text(t, "127.0.0.1:%u: ", tls_server_port(w.server))));
        CHECK(strstr(err.hint, "another host name") != NULL);
    }
    https_world_clear(&w);
}

static void old_tls(struct test *t)
{
    struct https_world w;
    struct err err = {0};
    struct https_response r = {0};
    https_world_make(&w, t);
    w.server = tls_server_start(
        &(struct tls_server_spec){.key = w.key, .chain = &w.chain, .max_version = "TLSv1.1"});
    if (https_world_open(&w, https_world_ca_file(&w))) {
        CHECK(https_world_get(&w, "/", &r, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
    }
    https_world_clear(&w);
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
    struct https_world w;
    struct err err = {0};
    struct https_response r = {0};
    uint16_t closed_port = 0, deaf_port = 0;
    intptr_t closed = loop_closed(&closed_port), deaf = loop_deaf(&deaf_port);
    struct loop *rude = loop_start(&(struct loop_spec){.serve = hang_up});
    struct https_options o = {.user_agent = "test", .total_timeout_ms = 300};
    struct https_request req = {.method = "GET"};
    https_world_make(&w, t);
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
    https_world_clear(&w);
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
    struct https_world w;
    struct err err = {0};
    struct https_response r = {0};
    struct loop *dns = loop_start(&(struct loop_spec){.udp = true, .serve = name_server});
    https_world_make(&w, t);
    https_world_start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    struct https_options o = {.ca_file = https_world_ca_file(&w),
                              .user_agent = "test",
                              .dns_servers = test_text(t, "127.0.0.1:%u", loop_port(dns))};
    struct https_request req = {
        .method = "GET", .url = test_text(t, "https://acme.test:%u/", tls_server_port(w.server))};
    REQUIRE(https_curl_open(&w.https, &o, &err) == 0);
    /* It was found: what is wrong is only that the certificate is for localhost. */
    CHECK(https_request(&w.https, &req, &r, &err) == -1);
    CHECK_INT(err.number, 60);
    loop_stop(dns);
    https_world_clear(&w);
}

const struct test_case suite_https_curl_fails[] = {
    {"caps", caps},       {"untrusted", untrusted},     {"another_name", another_name},
    {"old_tls", old_tls}, {"unreachable", unreachable}, {"own_name_server", own_name_server},
    {NULL, NULL},
};
