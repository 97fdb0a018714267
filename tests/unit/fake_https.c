/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_https.h"

#include <string.h>

static bool has_line(const char *const *lines, const char *wanted)
{
    for (; lines && *lines; lines++)
        if (strcmp(*lines, wanted) == 0)
            return true;
    return false;
}

static bool as_expected(struct test *t, const struct fake_exchange *x,
                        const struct https_request *req)
{
    const char *body =
        test_text(t, "%.*s", (int)req->body_len, req->body ? (const char *)req->body : "");
    bool good = CHECK_STR(req->method, x->method);

    good = CHECK_STR(req->url, x->url) && good;
    if (x->sent ? !strstr(body, x->sent) : req->body_len > 0)
        good = CHECK_STR(body, x->sent ? x->sent : "") && good;
    if (x->header && !has_line(req->headers, x->header))
        good = CHECK_STR(req->headers ? req->headers[0] : "no header", x->header) && good;
    return good;
}

static int request(void *self, const struct https_request *req, struct https_response *resp,
                   struct err *err)
{
    struct fake_https *f = self;
    struct test *t = f->t;

    https_response_clear(resp);
    if (!CHECK(f->at < f->count)) {
        CHECK_STR(test_text(t, "%s %s", req->method, req->url), "nothing more");
        return err_set(err, ERR_FAIL, "fake: not in the script");
    }
    const struct fake_exchange *x = &f->script[f->at++];
    if (!as_expected(t, x, req))
        return err_set(err, ERR_FAIL, "fake: not as in the script");
    if (x->status == 0)
        return err_set(err, ERR_NET, "fake: not reachable");
    resp->status = x->status;
    buf_init(&resp->body, HTTPS_MAX_BODY_BYTES);
    buf_puts(&resp->body, x->answer ? x->answer : "");
    if (x->answer_header)
        https_response_header(resp, x->answer_header, strlen(x->answer_header));
    return 0;
}

static int64_t now_s(void *user)
{
    return ((struct fake_https *)user)->now_s;
}

static int64_t monotonic_ms(void *user)
{
    return ((struct fake_https *)user)->slept_ms;
}

static void sleep_ms(void *user, int64_t ms)
{
    struct fake_https *f = user;

    f->slept_ms += ms;
    f->now_s += ms / 1000;
}

void fake_https_init(struct fake_https *f, struct test *t, const struct fake_exchange *script,
                     size_t count)
{
    *f = (struct fake_https){.t = t, .script = script, .count = count, .now_s = 1795000000};
    f->https = (struct https){.request = request, .self = f, .plain = HTTPS_PLAIN_METADATA};
    f->clock = (struct clock){now_s, monotonic_ms, sleep_ms, f};
}

char *fake_secret(struct test *t, const char *name, const char *text)
{
    const char *path = test_path(t, name);
    struct err err = {0};

    if (os_write_file(path, text, strlen(text), &err))
        CHECK_STR(err.text, "");
    return (char *)(uintptr_t)path; /* only read */
}

void fake_https_done(struct fake_https *f)
{
    struct test *t = f->t;

    CHECK_INT(f->at, f->count);
}
