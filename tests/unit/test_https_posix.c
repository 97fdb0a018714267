/* SPDX-License-Identifier: Apache-2.0 */
#include "https.h"
#include "https_int.h"
#include "loop.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

struct variable {
    const char *name;
    char *value; /* NULL = was not set */
};

/* Takes the variable away and remembers it. */
static struct variable take(const char *name)
{
    const char *value = getenv(name);
    struct variable v = {name, value != NULL ? strdup(value) : NULL};
    unsetenv(name);
    return v;
}

static void give_back(struct variable *v)
{
    if (v->value != NULL)
        setenv(v->name, v->value, 1);
    else
        unsetenv(v->name);
    free(v->value);
}

static void environment_wins(struct test *t)
{
    struct https_roots r = {0};
    struct err err = {0};
    struct variable file = take("SSL_CERT_FILE"), folder = take("SSL_CERT_DIR");
    setenv("SSL_CERT_FILE", "/some/roots.pem", 1);
    CHECK(https_roots_find(&r, &err) == 0);
    CHECK_STR(r.file, "/some/roots.pem");
    CHECK(r.folder == NULL);
    https_roots_clear(&r);
    setenv("SSL_CERT_DIR", "/some/folder", 1);
    unsetenv("SSL_CERT_FILE");
    CHECK(https_roots_find(&r, &err) == 0);
    CHECK_STR(r.folder, "/some/folder");
    CHECK(r.file == NULL && !r.native);
    https_roots_clear(&r);
    give_back(&file);
    give_back(&folder);
}

/* What a distribution has is its own matter: one of both, or nothing at all. */
static void one_place_of_the_system(struct test *t)
{
    struct https_roots r = {0};
    struct err err = {0};
    struct variable file = take("SSL_CERT_FILE"), folder = take("SSL_CERT_DIR");
    CHECK(https_roots_find(&r, &err) == 0);
    CHECK(r.folder == NULL || r.file == NULL);
    CHECK(!r.native);
    https_roots_clear(&r);
    CHECK(r.folder == NULL && r.file == NULL);
    give_back(&file);
    give_back(&folder);
}

/* Keeps what it is told, and hangs up. */
static void note(void *user, intptr_t fd)
{
    struct buf *told = user;
    char data[1024];
    size_t got = 0;
    if (loop_recv(fd, data, sizeof data, &got))
        buf_add(told, data, got);
}

/* A proxy may well be in a private network: it is the administrator's. An address that stands in
 * the URL is judged all the same. */
static void the_guard_lets_a_proxy_be(struct test *t)
{
    struct buf told = BUF_INIT(8192);
    struct loop *proxy = loop_start(&(struct loop_spec){.serve = note, .user = &told});
    struct variable old = take("https_proxy"), no = take("no_proxy");
    struct https_options o = {.user_agent = "test", .directory = "https://ca.test/dir"};
    struct https_request req = {.method = "GET", .url = "https://other.test/x"};
    struct https_response r = {0};
    struct https https = {0};
    struct err err = {0};
    setenv("https_proxy", test_text(t, "http://127.0.0.1:%u", loop_port(proxy)), 1);
    REQUIRE(https_curl_open(&https, &o, &err) == 0);
    CHECK_INT(https_request(&https, &req, &r, &err), -1);
    CHECK(strstr(err.text, "leads to") == NULL);
    err_clear(&err);
    req.url = "https://10.0.0.1/x";
    CHECK_INT(https_request(&https, &req, &r, &err), -1);
    CHECK(strstr(err.text, "leads to 10.0.0.1") != NULL);
    https_curl_close(&https);
    loop_stop(proxy);
    CHECK(strstr(buf_str(&told), "CONNECT other.test:443 ") != NULL);
    CHECK(strstr(buf_str(&told), "10.0.0.1") == NULL);
    buf_clear(&told);
    give_back(&old);
    give_back(&no);
}

const struct test_case suite_https_posix[] = {
    {"environment_wins", environment_wins},
    {"one_place_of_the_system", one_place_of_the_system},
    {"the_guard_lets_a_proxy_be", the_guard_lets_a_proxy_be},
    {NULL, NULL},
};
