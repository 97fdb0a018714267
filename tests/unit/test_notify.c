/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "mail.h"
#include "src/app/notify.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1795334400) /* 2026-11-22 08:00 */

static const struct tiding many[] = {
    {.kind = TIDING_FAILURE, .id = EVENT_FAILED, .name = "vpn", .text = "vpn: the CA refused"},
    {.kind = TIDING_FAILURE,
     .id = EVENT_STRANDED,
     .name = "vpn2",
     .text = "vpn2: act now",
     .since = T0 - 86400},
    {.kind = TIDING_DEPLOY, .id = EVENT_DEPLOYED, .name = "web", .text = "web: deployed"},
    {.kind = TIDING_EXPIRY, .id = EVENT_EXPIRED, .name = "old", .text = "old: EXPIRED"},
};

static struct notice notice_of(const struct tiding *v, size_t n, unsigned wants)
{
    return (struct notice){.v = v, .n = n, .wants = wants, .host = "gw.example.com", .now = T0};
}

static const char *subject_of(struct test *t, const struct notice *m)
{
    struct buf b = BUF_INIT(4096);
    struct err err = {0};
    CHECK_INT(notice_subject(m, &b, &err), 0);
    const char *s = test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return s;
}

static void what_a_channel_wants(struct test *t)
{
    char *words[] = {(char *)(size_t) "deploy", (char *)(size_t) "expiry"};
    struct conf_notify n = {0};
    CHECK_INT(notify_wants(&n), TIDING_FAILURE | TIDING_RECOVERY | TIDING_EXPIRY);
    n.on = (struct strings){words, 2};
    CHECK_INT(notify_wants(&n), TIDING_DEPLOY | TIDING_EXPIRY);
}

static void a_day_has_a_limit(struct test *t)
{
    struct conf_notify n = {0};
    struct alerts a = {.day = 20000, .sent = {0, 19, 20, 500}};
    CHECK_INT(notify_left(&n, &a, 0, 20000), 20);
    CHECK_INT(notify_left(&n, &a, 1, 20000), 1);
    CHECK_INT(notify_left(&n, &a, 2, 20000), 0);
    CHECK_INT(notify_left(&n, &a, 3, 20000), 0);
    CHECK_INT(notify_left(&n, &a, 3, 20001), 20);
    n.max_per_day = 2;
    CHECK_INT(notify_left(&n, &a, 0, 20000), 2);
}

static void labels_hold_no_secret(struct test *t)
{
    char label[320];
    struct conf_notify n = {.webhook =
                                (char *)(size_t) "https://hooks.example.com:8443/T0/secret?sig=x"};
    notify_label(&n, NULL, label);
    CHECK_STR(label, "webhook hooks.example.com:8443");
    n = (struct conf_notify){.smtp = (char *)(size_t) "smtps://mail.example.com"};
    notify_label(&n, NULL, label);
    CHECK_STR(label, "smtps://mail.example.com");
    n = (struct conf_notify){.webhook_file = (char *)(size_t) "env:HOOK"};
    notify_label(&n, NULL, label);
    CHECK_STR(label, "webhook of env:HOOK");
    notify_label(&n, "https://h.example/secret", label);
    CHECK_STR(label, "webhook h.example");
}

static void one_message_for_all(struct test *t)
{
    struct notice m = notice_of(many, 4, TIDING_FAILURE | TIDING_EXPIRY);
    struct buf b = BUF_INIT(64 * 1024);
    struct err err = {0};
    CHECK_INT(notice_count(&m), 3);
    CHECK_STR(subject_of(t, &m), "rras-acme gw.example.com: 2 failures, 1 near the end");
    m.last_of_day = true;
    CHECK_INT(notice_body(&m, &b, &err), 0);
    CHECK_STR(buf_str(&b),
              "vpn: the CA refused [300 failed]\n\n"
              "vpn2: act now (still so, since 2026-11-21T08:00:00Z) [302 stranded]\n\n"
              "old: EXPIRED [304 expired]\n\n"
              "This was the last message of this day (max_per_day); what else there is is told "
              "tomorrow.\n\n"
              "-- \nrras-acme on gw.example.com, 2026-11-22T08:00:00Z\n");
    m = notice_of(many, 4, TIDING_DEPLOY);
    CHECK_STR(subject_of(t, &m), "rras-acme gw.example.com: web: deployed");
    m = notice_of(many, 4, TIDING_RECOVERY);
    CHECK_INT(notice_count(&m), 0);
    buf_clear(&b);
}

static struct json *json_of(struct test *t, const struct notice *m, const char *format)
{
    struct buf b = BUF_INIT(256 * 1024);
    struct json *doc = NULL;
    struct err err = {0};
    CHECK_INT(notice_json(m, format, &b, &err), 0);
    CHECK_INT(json_parse(&doc, buf_str(&b), b.len, "message", &err), 0);
    buf_clear(&b);
    return doc;
}

static void webhooks_get_what_they_understand(struct test *t)
{
    static const struct tiding hostile = {
        .kind = TIDING_FAILURE,
        .id = EVENT_FAILED,
        .name = "vpn",
        .text = "vpn: <!channel> [click](https://evil.example) & \"*now*\"\n\x1b[31m\xff"};
    struct notice m = notice_of(&hostile, 1, TIDING_FAILURE);
    struct json *doc = json_of(t, &m, "json");
    const struct json *event = json_at(json_get(doc, "events"), 0);
    CHECK_STR(json_get_string(event, "kind"), "failure");
    CHECK_STR(json_get_string(event, "word"), "failed");
    CHECK_INT(json_get_integer(event, "event", 0), 300);
    CHECK_STR(json_get_string(doc, "host"), "gw.example.com");
    json_free(doc);

    doc = json_of(t, &m, "slack");
    const char *text = json_get_string(doc, "text");
    REQUIRE(text != NULL);
    CHECK(strstr(text, "&lt;!channel&gt; [click]") != NULL);
    CHECK(strstr(text, "<") == NULL);
    json_free(doc);

    doc = json_of(t, &m, "teams");
    const struct json *card = json_get(json_at(json_get(doc, "attachments"), 0), "content");
    text = json_get_string(json_at(json_get(card, "body"), 0), "text");
    REQUIRE(text != NULL);
    CHECK_STR(json_get_string(card, "type"), "AdaptiveCard");
    CHECK(strstr(text, "\\[click\\]\\(https://evil.example\\)") != NULL);
    CHECK(strstr(text, "\n") == NULL);
    json_free(doc);
}

static void too_much_is_cut(struct test *t)
{
    static struct tiding lots[200];
    for (size_t i = 0; i < 200; i++) {
        lots[i] = (struct tiding){.kind = TIDING_FAILURE, .id = EVENT_FAILED};
        memset(lots[i].text, 'x', 2000);
    }
    struct notice m = notice_of(lots, 200, TIDING_FAILURE);
    struct buf b = BUF_INIT(512 * 1024);
    struct err err = {0};
    CHECK_INT(notice_body(&m, &b, &err), 0);
    CHECK(b.len < 110 * 1024);
    CHECK(strstr(buf_str(&b), "... and 150 more\n") != NULL);
    static const char *const formats[] = {"json", "teams", "slack"};
    for (size_t i = 0; i < 3; i++)
        json_free(json_of(t, &m, formats[i]));
    buf_clear(&b);
}

/* A whole site that fails with long words is when nobody may miss it. */
static void the_longest_message_gets_through(struct test *t)
{
    enum { MANY = 60 };
    static const char *const to[] = {"ops@example.com"}, *const formats[] = {"json", "teams"};
    struct tiding *v = calloc(MANY, sizeof *v);
    struct buf subject = BUF_INIT(1024), body = BUF_INIT(512 * 1024), out = BUF_INIT(512 * 1024);
    struct err err = {0};
    REQUIRE(v != NULL);
    for (size_t i = 0; i < MANY; i++) {
        v[i].kind = TIDING_FAILURE;
        v[i].id = EVENT_FAILED;
        memset(v[i].text, 'x', sizeof(v[i].text) - 1);
    }
    struct notice m = notice_of(v, MANY, TIDING_FAILURE);
    CHECK_INT(notice_subject(&m, &subject, &err), 0);
    CHECK_INT(notice_body(&m, &body, &err), 0);
    struct mail_draft d = {.from = "gw@example.com",
                           .to = to,
                           .to_count = 1,
                           .subject = buf_str(&subject),
                           .body = buf_str(&body),
                           .host = m.host,
                           .now = T0,
                           .id = "00"};
    CHECK_INT(mail_compose(&d, &out, &err), 0);
    for (size_t i = 0; i < 2; i++) {
        buf_reset(&out);
        CHECK_INT(notice_json(&m, formats[i], &out, &err), 0);
    }
    CHECK_STR(err.text, "");
    buf_clear(&subject);
    buf_clear(&body);
    buf_clear(&out);
    free(v);
}

const struct test_case suite_notify[] = {
    {"what_a_channel_wants", what_a_channel_wants},
    {"a_day_has_a_limit", a_day_has_a_limit},
    {"labels_hold_no_secret", labels_hold_no_secret},
    {"one_message_for_all", one_message_for_all},
    {"webhooks_get_what_they_understand", webhooks_get_what_they_understand},
    {"too_much_is_cut", too_much_is_cut},
    {"the_longest_message_gets_through", the_longest_message_gets_through},
    {NULL, NULL},
};
