/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS over libcurl: what is sent, and what is read of the answer. */
#include "https_world.h"
#include "text.h"

#include <string.h>

static void answers(struct test *t)
{
    struct https_world w;
    struct err err = {0};
    struct https_response r = {0};
    struct https_stats stats = {0};
    https_world_make(&w, t);
    https_world_start(
        &w, "HTTP/1.1 103 Early Hints\r\nLink: <early>;rel=next\r\n\r\n"
            "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"
            "Replay-Nonce: n1\r\nLocation: https://localhost/acct/1\r\n"
            "Link: <https://localhost/dir>;rel=\"index\"\r\nContent-Length: 4\r\n\r\nbody");
    if (https_world_open(&w, https_world_ca_file(&w))) {
        CHECK(https_world_get(&w, "/a/../b?secret=1", &r, &err) == 0);
        CHECK_STR(err.text, "");
        CHECK_INT(r.status, 201);
        CHECK_MEM(r.body.p, r.body.len, "body", 4);
        CHECK_STR(r.content_type, "application/json");
        CHECK_STR(r.replay_nonce, "n1");
        CHECK_STR(r.location, "https://localhost/acct/1");
        CHECK_STR(https_response_link(&r, "index"), "https://localhost/dir");
        CHECK(https_response_link(&r, "next") == NULL);
        /* The same response again, over the same connection. */
        CHECK(https_world_get(&w, "/2", &r, &err) == 0);
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
    https_world_clear(&w);
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
    struct https_world w;
    struct err err = {0};
    struct https_response r = {0};
    https_world_make(&w, t);
    https_world_start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (!https_world_open(&w, https_world_ca_file(&w)))
        goto done;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct https_request req = {.method = cases[i].method,
                                    .url = https_world_url(&w, "/p/../q?a=b%20c"),
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
    https_world_clear(&w);
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
        struct https_world w;
        struct err err = {0};
        struct https_response r = {0};
        https_world_make(&w, t);
        https_world_start(&w, cases[i].answer);
        if (https_world_open(&w, https_world_ca_file(&w))) {
            struct https_request req = {.method = cases[i].method, .url = https_world_url(&w, "/")};
            CHECK(https_request(&w.https, &req, &r, &err) == 0);
            CHECK_STR(err.text, "");
            CHECK_INT(r.status, cases[i].status);
            CHECK_STR(buf_str(&r.body), cases[i].body);
        }
        https_response_clear(&r);
        https_world_clear(&w);
    }
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
    {"bad_options", bad_options},
    {"bad_request_headers", bad_request_headers},
    {NULL, NULL},
};
