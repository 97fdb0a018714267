/* SPDX-License-Identifier: Apache-2.0 */
/* What people are told, of texts that peers chose: nothing gets out of its place, and no notice is
 * lost for what stands in it. Each line of the input is one tiding. */
#include "fuzz.h"

#include "json.h"
#include "mail.h"
#include "src/app/notify.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { TIDINGS_OF_INPUT = 64 };

struct gathered {
    struct fuzz *f;
    struct tiding *v;
    size_t n;
};

static void add_tiding(struct gathered *g, const char *line, size_t len)
{
    static const enum tiding_kind kinds[] = {TIDING_FAILURE, TIDING_RECOVERY, TIDING_EXPIRY,
                                             TIDING_DEPLOY};
    struct tiding *t = &g->v[g->n];
    size_t most = len < sizeof t->text - 1 ? len : sizeof t->text - 1;

    t->kind = kinds[g->n % 4];
    memcpy(t->text, line, most);
    text_copy(t->name, sizeof t->name, t->text);
    g->n++;
}

/* Whatever stands in it, it ends where its form says. */
static void check_json(struct fuzz *f, const struct notice *m, const char *format)
{
    struct buf text = BUF_INIT(512 * 1024);
    struct json *j = NULL;
    struct err err = {0};

    FUZZ_HOLDS(notice_json(m, format, &text, &err) == 0);
    FUZZ_HOLDS(json_parse(&j, buf_str(&text), text.len, "notice", &err) == 0);
    FUZZ_HOLDS(json_is_object(j));
    json_free(j);
    buf_clear(&text);
}

/* Headers of our own and no other, lines as RFC 5322 2.1.1 wants them. */
static void check_mail(struct fuzz *f, const struct buf *mail)
{
    static const char *const known[] = {"Date: ",
                                        "From: ",
                                        "To: ",
                                        "Subject: ",
                                        " ",
                                        "Message-ID: ",
                                        "Auto-Submitted",
                                        "MIME-Version",
                                        "Content-Type: ",
                                        "Content-Transfer-Encoding: "};
    const char *line = buf_str(mail);
    bool head = true;

    while (*line) {
        const char *end = strstr(line, "\r\n");
        bool fit = false;
        FUZZ_HOLDS(end != NULL && end - line <= 998);
        if (!end)
            return;
        head = head && end != line;
        for (size_t i = 0; head && i < sizeof known / sizeof *known; i++)
            fit = fit || strncmp(line, known[i], strlen(known[i])) == 0;
        FUZZ_HOLDS(fit || !head);
        line = end + 2;
    }
    FUZZ_HOLDS(!head);
}

static void check_notice(struct fuzz *f, const struct notice *m)
{
    static const char *const to[] = {"ops@example.com"};
    struct buf subject = BUF_INIT(1024), body = BUF_INIT(512 * 1024), mail = BUF_INIT(512 * 1024);
    struct err err = {0};

    FUZZ_HOLDS(notice_subject(m, &subject, &err) == 0 && fuzz_text_fit(buf_str(&subject)));
    FUZZ_HOLDS(notice_body(m, &body, &err) == 0);
    struct mail_draft d = {.from = "gw@example.com",
                           .to = to,
                           .to_count = 1,
                           .subject = buf_str(&subject),
                           .body = buf_str(&body),
                           .host = m->host,
                           .now = m->now,
                           .id = "00ff"};
    FUZZ_HOLDS(mail_compose(&d, &mail, &err) == 0);
    check_mail(f, &mail);
    buf_clear(&subject);
    buf_clear(&body);
    buf_clear(&mail);
}

void fuzz_notice(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct gathered g = {.f = f, .v = calloc(TIDINGS_OF_INPUT, sizeof(struct tiding))};

    for (size_t at = 0; g.v && at < len && g.n < TIDINGS_OF_INPUT;) {
        const uint8_t *end = memchr(p + at, '\n', len - at);
        size_t n = end ? (size_t)(end - (p + at)) : len - at;
        add_tiding(&g, (const char *)p + at, n);
        at += n + 1;
    }
    struct notice m = {.v = g.v,
                       .n = g.n,
                       .wants = TIDING_FAILURE | TIDING_RECOVERY | TIDING_EXPIRY | TIDING_DEPLOY,
                       .host = g.v && g.n > 0 ? g.v[0].text : "gw1",
                       .now = 1800000000};
    if (g.v) {
        check_json(f, &m, "json");
        check_json(f, &m, "slack");
        check_json(f, &m, "teams");
        check_notice(f, &m);
    }
    free(g.v);
}
