/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/api.h"

#include "text.h"

#include <string.h>

enum {
    TRIES = 4,
    FIRST_PAUSE_MS = 2000, /* doubled each time */
    MAX_PAUSE_MS = 30 * 1000,
    MAX_ANSWER_BYTES = 8 * 1024 * 1024, /* a zone may come whole */
    MAX_DETAIL_BYTES = 300,
    TOTAL_TIMEOUT_MS = 30 * 1000,
};

int api_open(struct api *out, const char *name, const struct publish_env *env,
             const struct conf_api *settings, enum https_plain plain, struct err *err)
{
    struct https_options o = {.ca_file = settings->ca_file,
                              .user_agent = "rras-acme",
                              .total_timeout_ms = TOTAL_TIMEOUT_MS,
                              .log = env->log,
                              .plain = plain};

    *out = (struct api){.name = name, .env = *env};
    if (!env->https && https_curl_open(&out->own, &o, err))
        return err_context(err, "dns.%s", name);
    return 0;
}

void api_close(struct api *a)
{
    https_curl_close(&a->own);
}

static bool overloaded(int status)
{
    return status == 429 || (status >= 502 && status <= 504);
}

/* The peer's wish in seconds, if it is short; else ours. */
static int64_t pause_ms(const struct https_response *resp, int64_t ours_ms)
{
    int64_t s = 0;

    if (!resp->retry_after)
        return ours_ms;
    for (const char *p = resp->retry_after; *p >= '0' && *p <= '9' && s < MAX_PAUSE_MS; p++)
        s = s * 10 + (*p - '0');
    return s * 1000 > MAX_PAUSE_MS ? MAX_PAUSE_MS : s > 0 ? s * 1000 : ours_ms;
}

int api_send(const struct api *a, const struct api_request *r, struct https_response *resp,
             struct err *err)
{
    const struct publish_env *env = &a->env;
    const struct https_request req = {.method = r->method,
                                      .url = r->url,
                                      .content_type = r->content_type,
                                      .accept = r->accept,
                                      .headers = r->headers,
                                      .body = r->body,
                                      .body_len = r->body_len,
                                      .max_body_bytes = MAX_ANSWER_BYTES};
    int64_t pause = FIRST_PAUSE_MS;

    for (int i = 1;; i++) {
        if (https_request(env->https ? env->https : &a->own, &req, resp, err))
            return err_context(err, "%s", a->name);
        if (!overloaded(resp->status) || i == TRIES)
            return 0;
        if (env->interrupted && env->interrupted())
            return 0;
        log_info(env->log, "%s: HTTP %d, asked again in a moment", a->name, resp->status);
        clock_sleep(env->clock, pause_ms(resp, pause));
        pause *= 2;
    }
}

int api_json(const struct api *a, const struct https_response *resp, struct json **out,
             struct err *err)
{
    struct err bad = {0}; /* its text could show what was answered */

    if (json_parse(out, buf_str(&resp->body), resp->body.len, a->name, &bad))
        return err_sys(err, ERR_DNS, ERR_SRC_HTTP, (uint32_t)resp->status,
                       "%s: the API's answer is not JSON", a->name);
    return 0;
}

int api_refused(const struct api *a, const struct https_response *resp, const char *what,
                const char *detail, struct err *err)
{
    struct buf text = BUF_INIT(1024);

    if (detail && *detail) {
        size_t len = strlen(detail);
        buf_puts(&text, ": ");
        buf_put_foreign(&text, detail, len < MAX_DETAIL_BYTES ? len : MAX_DETAIL_BYTES);
    }
    err_sys(err, ERR_DNS, ERR_SRC_HTTP, (uint32_t)resp->status, "%s: %s%s", a->name, what,
            buf_str(&text));
    buf_clear(&text);
    return -1;
}

int api_secret(const char *ref, const char *key, struct buf *out, struct err *err)
{
    if (!ref)
        return err_set(err, ERR_USAGE, "%s: not given", key);
    if (conf_secret(ref, key, out, err))
        return -1;
    for (size_t i = 0; i < out->len; i++) {
        if (out->p[i] <= ' ' || out->p[i] > '~') {
            err_set(err, ERR_USAGE, "%s: holds more than one word of plain characters", key);
            return err_hint(err, "the file holds the secret alone, on one line");
        }
    }
    if (out->len == 0)
        return err_set(err, ERR_USAGE, "%s: is empty", key);
    return 0;
}

void api_put_escaped(struct buf *out, const char *s)
{
    for (; *s; s++) {
        char c = *s;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     strchr("-._~", c);
        if (plain)
            buf_putc(out, c);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}
