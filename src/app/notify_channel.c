/* SPDX-License-Identifier: Apache-2.0 */
/* notify_channel.c - one message to one mail server or webhook. */
#include "https.h"
#include "mail.h"
#include "secret.h"
#include "src/app/agent.h"
#include "src/app/notify.h"
#include "text.h"

#include <string.h>

enum { SECRET_MAX_BYTES = 4096, MESSAGE_MAX_BYTES = 512 * 1024, TIMEOUT_MS = 30 * 1000 };

static int compose(const struct conf_notify *n, const struct notice *m, struct buf *out,
                   struct err *err)
{
    struct buf subject = BUF_INIT(1024), body = BUF_INIT(MESSAGE_MAX_BYTES);
    uint8_t random[16];
    char id[2 * sizeof(random) + 1];
    int rc = -1;
    if (os_random(random, sizeof(random), err) != 0 || notice_subject(m, &subject, err) != 0 ||
        notice_body(m, &body, err) != 0)
        goto done;
    text_hex(random, sizeof(random), id);
    struct mail_draft d = {.from = n->from,
                           .to = (const char *const *)n->to.v,
                           .to_count = n->to.n,
                           .subject = buf_str(&subject),
                           .body = buf_str(&body),
                           .host = m->host,
                           .now = m->now,
                           .id = id};
    rc = mail_compose(&d, out, err);
done:
    buf_clear(&subject);
    buf_clear(&body);
    return rc;
}

static int by_mail(const struct app *app, const struct conf_notify *n, const struct notice *m,
                   struct err *err)
{
    struct buf password = BUF_INIT(SECRET_MAX_BYTES), text = BUF_INIT(MESSAGE_MAX_BYTES);
    int rc = -1;
    if (n->password_file != NULL &&
        conf_secret(n->password_file, "notify.password_file", &password, err) != 0)
        goto done;
    if (compose(n, m, &text, err) != 0)
        goto done;
    struct mail_server server = {.url = n->smtp,
                                 .user = n->user,
                                 .password = buf_str(&password),
                                 .ca_file = n->ca_file,
                                 .timeout_ms = TIMEOUT_MS,
                                 .log = &app->log};
    struct mail mail = {.from = n->from,
                        .to = (const char *const *)n->to.v,
                        .to_count = n->to.n,
                        .text = buf_str(&text),
                        .text_len = text.len};
    rc = mail_send(&server, &mail, err);
done:
    buf_wipe(&password);
    buf_clear(&text);
    return rc;
}

static int post(const struct app *app, const struct conf_notify *n, const char *url,
                const struct buf *body, const char *label, struct err *err)
{
    char agent[256];
    agent_name(agent, sizeof(agent));
    struct https_options o = {.ca_file = n->ca_file,
                              .user_agent = agent,
                              .total_timeout_ms = TIMEOUT_MS,
                              .log = &app->log};
    struct https_request q = {.method = "POST",
                              .url = url,
                              .content_type = "application/json",
                              .body = buf_str(body),
                              .body_len = body->len,
                              .max_body_bytes = 64 * 1024,
                              .secret_url = true};
    struct https_response answer = {0};
    struct https https = {0};
    int rc = -1;
    if (https_curl_open(&https, &o, err) != 0)
        return -1;
    if (https_request(&https, &q, &answer, err) == 0) {
        rc = answer.status >= 200 && answer.status <= 299 ? 0 : -1;
        if (rc != 0)
            err_sys(err, ERR_NET, ERR_SRC_HTTP, (uint32_t)answer.status,
                    "%s: does not take the message: HTTP %d", label, answer.status);
    }
    https_response_clear(&answer);
    https_curl_close(&https);
    return rc;
}

static int by_webhook(const struct app *app, const struct conf_notify *n, const struct notice *m,
                      char label[320], struct err *err)
{
    struct buf url = BUF_INIT(SECRET_MAX_BYTES), body = BUF_INIT(MESSAGE_MAX_BYTES);
    const char *where = n->webhook;
    int rc = -1;
    if (where == NULL) {
        if (conf_secret(n->webhook_file, "notify.webhook_file", &url, err) != 0)
            goto done;
        where = buf_str(&url);
        if (!text_starts(where, "https://")) {
            err_set(err, ERR_USAGE, "notify.webhook_file: holds no https URL");
            goto done;
        }
        notify_label(n, where, label);
    }
    if (notice_json(m, n->format != NULL ? n->format : "json", &body, err) == 0)
        rc = post(app, n, where, &body, label, err);
done:
    buf_wipe(&url);
    buf_clear(&body);
    return rc;
}

int notify_channel(const struct app *app, const struct conf_notify *n, const struct notice *m,
                   char label[320], struct err *err)
{
    notify_label(n, NULL, label);
    return n->smtp != NULL ? by_mail(app, n, m, err) : by_webhook(app, n, m, label, err);
}
