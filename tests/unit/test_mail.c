/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"
#include "mail.h"
#include "test.h"

#include <string.h>

static const char *const to[] = {"a@example.com", "b@example.com"};

static int compose(struct test *t, struct mail_draft d, const char **out)
{
    struct buf b = BUF_INIT(256 * 1024);
    struct err err = {0};
    d.from = d.from != NULL ? d.from : "vpn@example.com";
    d.to = d.to != NULL ? d.to : to;
    d.to_count = d.to_count > 0 ? d.to_count : 2;
    d.subject = d.subject != NULL ? d.subject : "s";
    d.body = d.body != NULL ? d.body : "b";
    d.host = d.host != NULL ? d.host : "gw.example.com";
    d.id = "00ff";
    int rc = mail_compose(&d, &b, &err);
    if (out != NULL)
        *out = test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return rc;
}

static void a_message_to_the_letter(struct test *t)
{
    const char *text;
    CHECK_INT(
        compose(t, (struct mail_draft){.subject = "VPN", .body = "one\ntwo\n", .now = 1795334400},
                &text),
        0);
    CHECK_STR(text, "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\n"
                    "From: rras-acme <vpn@example.com>\r\n"
                    "To: <a@example.com>,\r\n"
                    " <b@example.com>\r\n"
                    "Subject: =?UTF-8?B?VlBO?=\r\n"
                    "Message-ID: <00ff@gw.example.com>\r\n"
                    "Auto-Submitted: auto-generated\r\n"
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: base64\r\n"
                    "\r\n"
                    "b25lDQp0d28NCg==\r\n");
}

static void nothing_gets_out_of_its_place(struct test *t)
{
    static const struct mail_draft hostile[] = {
        {.subject = "x\r\nBcc: evil@example.com\r\n\r\nbody"},
        {.subject = "\xff\xfe=?UTF-8?B?\x80?=\n\n"},
        {.body = ".\r\nMAIL FROM:<evil@example.com>\r\n"},
        {.host = "gw\r\nBcc: evil@example.com"},
        {.host = ""},
    };
    static const char *const bad[] = {"",          "nobody",        "a@b\r\nRCPT TO:<c@d>",
                                      "<a@b.c>",   "a b@c.d",       "a@b.c,d@e.f",
                                      "\"a\"@b.c", "b\xc3\xbc@c.d", "@"};
    const char *text;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        CHECK_INT(compose(t, hostile[i], &text), 0);
        CHECK(strstr(text, "evil") == NULL); /* it is there, as base64 */
        CHECK(strstr(text, "\nBcc") == NULL);
        const char *end = strstr(text, "\r\n\r\n");
        CHECK(end != NULL && strstr(end + 4, "\r\n\r\n") == NULL);
        for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
            CHECK(strcspn(line, "\n") < 100);
            CHECK(line[0] != '.');
        }
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(compose(t, (struct mail_draft){.from = bad[i]}, NULL), -1);
        CHECK_INT(compose(t, (struct mail_draft){.to = &bad[i], .to_count = 1}, NULL), -1);
    }
}

static void long_subjects_are_folded_between_characters(struct test *t)
{
    const char *text;
    char subject[400] = "";
    for (int i = 0; i < 60; i++)
        memcpy(subject + 3 * i, "\xe2\x82\xac", 4); /* euro signs */
    CHECK_INT(compose(t, (struct mail_draft){.subject = subject}, &text), 0);
    /* 14 of them are 42 bytes, 56 characters of base64. */
    CHECK(strstr(text, "Subject: =?UTF-8?B?"
                       "4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs?=\r\n"
                       " =?UTF-8?B?4oKs") != NULL);
}

static int send_to(const char *url, const char *from, struct err *err)
{
    struct mail_server server = {.url = url, .timeout_ms = 300};
    struct mail mail = {.from = from, .to = to, .to_count = 2, .text = "x\r\n", .text_len = 3};
    return mail_send(&server, &mail, err);
}

static void servers_that_do_not_answer(struct test *t)
{
    uint16_t closed, deaf;
    intptr_t held = loop_closed(&closed), listens = loop_deaf(&deaf);
    struct err err = {0};
    CHECK_INT(send_to(test_text(t, "smtp://127.0.0.1:%u", closed), "a@b.c", &err), -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK(strstr(err.text, "cannot connect") != NULL);
    err_clear(&err);
    CHECK_INT(send_to(test_text(t, "smtp://127.0.0.1:%u", deaf), "a@b.c", &err), -1);
    CHECK_INT(err.code, ERR_NET);
    CHECK(strstr(err.text, "no answer in time") != NULL);
    err_clear(&err);
    CHECK_INT(send_to("smtp://127.0.0.1:1", "a@b\r\nDATA", &err), -1);
    CHECK_INT(err.code, ERR_USAGE);
    loop_closed_free(held);
    loop_closed_free(listens);
}

/* A server, or somebody in between, that does not offer STARTTLS gets nothing but EHLO. */
static void no_tls(void *user, intptr_t fd)
{
    char *got = user;
    size_t n = 0, len = 0;
    (void)loop_send(fd, "220 x\r\n", 7);
    while (len < 400 && loop_recv(fd, got + len, 400 - len, &n) && n > 0) {
        len += n;
        (void)loop_send(fd, "250 x\r\n", 7);
    }
}

static void without_tls_nothing_is_sent(struct test *t)
{
    char got[512] = "";
    struct loop *l = loop_start(&(struct loop_spec){.serve = no_tls, .user = got});
    struct err err = {0};
    CHECK_INT(send_to(test_text(t, "smtp://127.0.0.1:%u", loop_port(l)), "a@b.c", &err), -1);
    CHECK(strstr(err.text, "STARTTLS") != NULL);
    loop_stop(l);
    CHECK(strncmp(got, "EHLO", 4) == 0);
    CHECK(strstr(got, "MAIL") == NULL);
}

const struct test_case suite_mail[] = {
    {"a_message_to_the_letter", a_message_to_the_letter},
    {"nothing_gets_out_of_its_place", nothing_gets_out_of_its_place},
    {"long_subjects_are_folded_between_characters", long_subjects_are_folded_between_characters},
    {"servers_that_do_not_answer", servers_that_do_not_answer},
    {"without_tls_nothing_is_sent", without_tls_nothing_is_sent},
    {NULL, NULL},
};
