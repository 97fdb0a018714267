/* SPDX-License-Identifier: Apache-2.0 */
#include "https.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* ---- URLs ---- */

static void plain_http_stays_on_this_machine(struct test *t)
{
    static const struct {
        const char *url;
        bool loopback, metadata;
    } cases[] = {
        {"https://api.example/", true, true},
        {"http://127.0.0.1:8081/api", true, true},
        {"HTTP://127.255.0.9", true, true},
        {"http://[::1]:8081/", true, true},
        {"http://169.254.169.254/metadata/x?y=z", false, true},
        {"http://169.254.169.253/", false, false},
        {"http://[::2]/", false, false},
        {"http://[::ffff:127.0.0.1]/", false, false},
        {"http://localhost:8081/", false, false},
        {"http://127.0.0.1.example/", false, false},
        {"http://127.0.0.1@example.net/", false, false},
        {"http://10.0.0.1/", false, false},
        {"http://127.0.0.1:0/", false, false},
        {"http:/127.0.0.1/", false, false},
        {"ftp://127.0.0.1/", false, false},
        {"http://", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err[3] = {{0}};
        const char *url = cases[i].url;
        bool https = strstr(url, "https") == url;
        CHECK_INT(https_check_url(url, &err[0]), https ? 0 : -1);
        CHECK_INT(https_check_api_url(url, HTTPS_PLAIN_LOOPBACK, &err[1]),
                  cases[i].loopback ? 0 : -1);
        CHECK_INT(https_check_api_url(url, HTTPS_PLAIN_METADATA, &err[2]),
                  cases[i].metadata ? 0 : -1);
    }
}

static void good_urls(struct test *t)
{
    static const char *const cases[] = {
        "https://acme.example/directory",
        "https://acme.example",
        "https://acme.example?ca=1",
        "HTTPS://ACME.example:14000/dir?x=%20&y=(1)#z",
        "https://127.0.0.1:14000/dir",
        "https://[::1]:14000/dir",
        "https://[2001:db8::1]/",
        "https://[::ffff:192.0.2.1]/",
        "https://under_score.example/~a/@b:c;d,e+f$g!h*i'j",
        "https://a:65535/",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        CHECK(https_check_url(cases[i], &err) == 0);
        CHECK_STR(err.text, "");
    }
}

static void bad_urls(struct test *t)
{
    static const struct {
        const char *url, *text;
    } cases[] = {
        {"", "URL : does not begin with https://"},
        {"http://acme.example/", "URL http://acme.example/: does not begin with https://"},
        {"https:/acme.example/", "URL https:/acme.example/: does not begin with https://"},
        {"//acme.example/", "URL //acme.example/: does not begin with https://"},
        {"file:///etc/passwd", "URL file:///etc/passwd: does not begin with https://"},
        {"https://", "URL https://: bad host or port"},
        {"https:///x", "URL https:///x: bad host or port"},
        {"https://:443/", "URL https://:443/: bad host or port"},
        {"https://a:0/", "URL https://a:0/: bad host or port"},
        {"https://a:65536/", "URL https://a:65536/: bad host or port"},
        {"https://a:/", "URL https://a:/: bad host or port"},
        {"https://a:1x/", "URL https://a:1x/: bad host or port"},
        {"https://[::1/", "URL https://[::1/: bad host or port"},
        {"https://[]/", "URL https://[]/: bad host or port"},
        {"https://[::1]x/", "URL https://[::1]x/: bad host or port"},
        {"https://a%2eb/", "URL https://a%2eb/: bad host or port"},
        /* The name and password must not be told. */
        {"https://user:secret@acme.example/x",
         "URL https://.../x: user information is not allowed"},
        {"https://acme.example/a b",
         "URL https://acme.example/a b: a character that may not stand in a URL"},
        {"https://acme.example\\@evil.example/",
         "URL https://acme.example\\@evil.example/: a character that may not stand in a URL"},
        {"https://acme.example/\r\nHost: x",
         "URL https://acme.example/??Host: x: a character that may not stand in a URL"},
        {"https://b\xC3\xBCro.example/",
         "URL https://b\xC3\xBCro.example/: a character that may not stand in a URL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        CHECK(https_check_url(cases[i].url, &err) == -1);
        CHECK_INT(err.code, ERR_USAGE);
        CHECK_STR(err.text, cases[i].text);
    }
}

static void long_urls(struct test *t)
{
    struct err err = {0};
    char url[HTTPS_MAX_URL + 2] = "https://acme.example/";
    size_t n = strlen(url);
    memset(url + n, 'a', HTTPS_MAX_URL - n);
    CHECK_INT(strlen(url), HTTPS_MAX_URL);
    CHECK(https_check_url(url, &err) == 0);
    url[HTTPS_MAX_URL] = 'a';
    CHECK(https_check_url(url, &err) == -1);
    CHECK(strstr(err.text, "longer than 2048 characters") != NULL);
}

/* ---- headers ---- */

static void feed(struct https_response *r, const char *line)
{
    https_response_header(r, line, strlen(line));
}

static void headers(struct test *t)
{
    struct https_response r = {0};
    feed(&r, "Content-Type: Application/Problem+JSON; charset=utf-8");
    feed(&r, "LOCATION:https://acme.example/acct/1");
    feed(&r, "Replay-Nonce: \tabc-_123 \t");
    feed(&r, "replay-nonce: second");
    feed(&r, "Retry-After: 120\r\n");
    feed(&r, "Date: Sun, 22 Nov 2026 01:02:03 GMT");
    feed(&r, "ETag: \"x\"");
    feed(&r, "WWW-Authenticate: Basic realm=C:\\a b\\x.key");
    feed(&r, "X-Location: no");
    feed(&r, "Location");
    feed(&r, "");
    CHECK_STR(r.content_type, "application/problem+json");
    CHECK_STR(r.location, "https://acme.example/acct/1");
    CHECK_STR(r.replay_nonce, "abc-_123");
    CHECK_STR(r.retry_after, "120");
    CHECK_STR(r.date, "Sun, 22 Nov 2026 01:02:03 GMT");
    CHECK_STR(r.etag, "\"x\"");
    CHECK_STR(r.www_authenticate, "Basic realm=C:\\a b\\x.key");
    https_response_clear(&r);
    CHECK(r.location == NULL);
    https_response_clear(&r);
}

static void odd_headers(struct test *t)
{
    struct https_response r = {0};
    char huge[9000];
    feed(&r, "Content-Type:");
    feed(&r, "Location: a\x01z");
    feed(&r, "Content-Type: text/html");
    https_response_header(&r, "Location: a\0b", 13);
    snprintf(huge, sizeof huge, "Location: %08500d", 1);
    feed(&r, huge);
    CHECK_STR(r.content_type, "");
    CHECK(r.location == NULL);
    https_response_clear(&r);
}

static void links(struct test *t)
{
    struct https_response r = {0};
    feed(&r, "Link: <https://acme.example/directory>;rel=\"index\"");
    feed(&r, "link: <https://acme.example/c/1>; rel=\"alternate\" , <https://acme.example/c/2>;"
             " title=\"a, \\\"b\\\"; rel=x\"; REL=Alternate");
    feed(&r, "Link: </orders?page=2>;rel=\"prev next\"; rel=\"first\"");
    feed(&r, "Link: <https://acme.example/terms>; rel = terms-of-service");
    CHECK_INT(r.link_count, 5);
    CHECK_STR(https_response_link(&r, "index"), "https://acme.example/directory");
    CHECK_STR(https_response_link(&r, "alternate"), "https://acme.example/c/1");
    CHECK_STR(r.links[2].url, "https://acme.example/c/2");
    CHECK_STR(r.links[2].rel, "alternate");
    CHECK_STR(https_response_link(&r, "next"), "/orders?page=2");
    CHECK_STR(https_response_link(&r, "prev"), "/orders?page=2");
    CHECK(https_response_link(&r, "first") == NULL);
    CHECK(https_response_link(&r, "nex") == NULL);
    CHECK(https_response_link(&r, "x") == NULL);
    CHECK_STR(https_response_link(&r, "terms-of-service"), "https://acme.example/terms");
    https_response_clear(&r);
    CHECK_INT(r.link_count, 0);
}

static void odd_links(struct test *t)
{
    static const char *const cases[] = {
        "Link:",
        "Link: https://acme.example/; rel=next",
        "Link: <https://acme.example/",
        "Link: <https://acme.example/>",
        "Link: <https://acme.example/>; rel",
        "Link: <https://acme.example/>; rel=\"\"",
        "Link: <https://acme.example/>; title=\"never ends; rel=next",
        "Link: ,,, ;;;",
        "Link: <>;=;\"",
        "Link: <https://acme.example/>; title=\"\\",
    };
    struct https_response r = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        feed(&r, cases[i]);
    CHECK_INT(r.link_count, 0);
    for (int i = 0; i < 3 * HTTPS_MAX_LINKS; i++)
        feed(&r, "Link: <https://acme.example/>;rel=next, <x>;rel=next");
    CHECK_INT(r.link_count, HTTPS_MAX_LINKS);
    https_response_clear(&r);
}

/* ---- the table ---- */

static int fake_request(void *self, const struct https_request *req, struct https_response *resp,
                        struct err *err)
{
    (void)req;
    (void)err;
    ++*(int *)self;
    resp->status = 204;
    return 0;
}

static void requests_are_checked_first(struct test *t)
{
    int count = 0;
    struct https h = {.request = fake_request, .self = &count};
    struct https_response r = {0};
    struct err err = {0};
    struct https_request req = {.method = "GET", .url = "http://acme.example/"};
    CHECK(https_request(&h, &req, &r, &err) == -1);
    CHECK_INT(err.code, ERR_USAGE);
    CHECK_INT(count, 0);
    err_clear(&err);
    req.url = "https://acme.example/";
    CHECK(https_request(&h, &req, &r, &err) == 0);
    CHECK_INT(count, 1);
    CHECK_INT(r.status, 204);
    https_response_clear(&r);
}

const struct test_case suite_https[] = {
    {"plain_http_stays_on_this_machine", plain_http_stays_on_this_machine},
    {"good_urls", good_urls},
    {"bad_urls", bad_urls},
    {"long_urls", long_urls},
    {"headers", headers},
    {"odd_headers", odd_headers},
    {"links", links},
    {"odd_links", odd_links},
    {"requests_are_checked_first", requests_are_checked_first},
    {NULL, NULL},
};
