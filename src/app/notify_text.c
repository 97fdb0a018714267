/* SPDX-License-Identifier: Apache-2.0 */
/* notify_text.c - messages as text. What comes from elsewhere cannot leave its place in any of the
 * forms: no line of its own, no markup, no link. */
#include "json.h"
#include "src/app/notify.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { SUBJECT_CHARS = 140, NOTICE_LINES = 50, CARD_TEXT_BYTES = 8 * 1024 };

unsigned notify_wants(const struct conf_notify *n)
{
    static const struct {
        const char *word;
        unsigned kind;
    } kinds[] = {{"failure", TIDING_FAILURE},
                 {"recovery", TIDING_RECOVERY},
                 {"expiry", TIDING_EXPIRY},
                 {"deploy", TIDING_DEPLOY}};
    unsigned wants = n->on.n == 0 ? TIDING_FAILURE | TIDING_RECOVERY | TIDING_EXPIRY : 0;
    for (size_t i = 0; i < n->on.n; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
            if (strcmp(n->on.v[i], kinds[k].word) == 0)
                wants |= kinds[k].kind;
    return wants;
}

void notify_label(const struct conf_notify *n, const char *url, char out[320])
{
    url = url != NULL ? url : n->webhook;
    if (n->smtp != NULL) {
        snprintf(out, 320, "%.300s", n->smtp);
    } else if (url != NULL && strstr(url, "://") != NULL) {
        const char *host = strstr(url, "://") + 3;
        snprintf(out, 320, "webhook %.*s", (int)strcspn(host, "/?#") % 300, host);
    } else {
        snprintf(out, 320, "webhook of %.300s", n->webhook_file != NULL ? n->webhook_file : "?");
    }
}

int notify_left(const struct conf_notify *n, const struct alerts *a, size_t channel, int64_t day)
{
    int most = n->max_per_day > 0 ? n->max_per_day : CONF_NOTIFY_PER_DAY;
    int sent = a->day == day ? a->sent[channel] : 0;
    return sent < most ? most - sent : 0;
}

/* ---- what people read ---- */

static bool wanted(const struct notice *m, size_t i)
{
    return ((unsigned)m->v[i].kind & m->wants) != 0 &&
           (m->channel == 0 || (m->v[i].channels & m->channel) != 0);
}

size_t notice_count(const struct notice *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->n; i++)
        count += wanted(m, i) ? 1 : 0;
    return count;
}

static size_t count_kind(const struct notice *m, enum tiding_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < m->n; i++)
        count += wanted(m, i) && m->v[i].kind == kind ? 1 : 0;
    return count;
}

static void put_summary(const struct notice *m, struct buf *out)
{
    static const struct {
        enum tiding_kind kind;
        const char *one, *many;
    } kinds[] = {{TIDING_FAILURE, "failure", "failures"},
                 {TIDING_EXPIRY, "near the end", "near the end"},
                 {TIDING_RECOVERY, "recovered", "recovered"},
                 {TIDING_DEPLOY, "deployed", "deployed"}};
    const char *between = "";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t n = count_kind(m, kinds[i].kind);
        if (n == 0)
            continue;
        buf_addf(out, "%s%zu %s", between, n, n == 1 ? kinds[i].one : kinds[i].many);
        between = ", ";
    }
}

/* Whole characters, at most so many bytes. */
static void put_cut(struct buf *out, const char *s, size_t most)
{
    size_t len = strlen(s), i = 0;
    bool fit;
    for (size_t n; i < len && i < most; i += n) {
        n = text_foreign(s + i, len - i, &fit);
        buf_put_foreign(out, s + i, n);
    }
    if (i < len)
        buf_puts(out, "...");
}

int notice_subject(const struct notice *m, struct buf *out, struct err *err)
{
    buf_puts(out, "rras-acme ");
    put_cut(out, m->host, 64);
    buf_puts(out, ": ");
    if (notice_count(m) != 1)
        put_summary(m, out);
    for (size_t i = 0; i < m->n && notice_count(m) == 1; i++)
        if (wanted(m, i))
            put_cut(out, m->v[i].text, SUBJECT_CHARS);
    return buf_check(out, "notification", err);
}

/* One tiding, one line. */
static void put_line(const struct tiding *v, struct buf *out)
{
    char since[21], at[21];
    const struct event_info *info = event_find(v->id);
    put_cut(out, v->text, TIDING_TEXT_BYTES);
    if (v->since != 0) {
        text_time(v->since, since);
        buf_addf(out, " (still so, since %s)", since);
    } else if (v->at != 0 && !v->again) {
        text_time(v->at, at);
        buf_addf(out, " (of %s; could not be delivered before)", at);
    }
    if (info != NULL)
        buf_addf(out, " [%d %s]", (int)info->id, info->word);
}

int notice_body(const struct notice *m, struct buf *out, struct err *err)
{
    char now[21];
    size_t shown = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (!wanted(m, i) || ++shown > NOTICE_LINES)
            continue;
        put_line(&m->v[i], out);
        buf_puts(out, "\n\n");
    }
    if (shown > NOTICE_LINES)
        buf_addf(out, "... and %zu more\n\n", shown - NOTICE_LINES);
    if (m->last_of_day)
        buf_puts(out, "This was the last message of this day (max_per_day); what else there is "
                      "is told tomorrow.\n\n");
    text_time(m->now, now);
    buf_puts(out, "-- \nrras-acme on ");
    put_cut(out, m->host, 128);
    buf_addf(out, ", %s\n", now);
    return buf_check(out, "notification", err);
}

/* ---- what webhooks read ---- */

static const char *kind_word(enum tiding_kind kind)
{
    return kind == TIDING_FAILURE    ? "failure"
           : kind == TIDING_RECOVERY ? "recovery"
           : kind == TIDING_EXPIRY   ? "expiry"
                                     : "deploy";
}

static struct json *doc_plain(const struct notice *m, const char *subject, const char *body)
{
    struct json *doc = json_new_object(), *list = json_new_array();
    size_t shown = 0;
    json_put_string(doc, "program", "rras-acme");
    json_put_string(doc, "host", m->host);
    json_put_time(doc, "time", m->now);
    json_put_string(doc, "subject", subject);
    json_put_string(doc, "text", body);
    for (size_t i = 0; i < m->n; i++) {
        const struct event_info *info = event_find(m->v[i].id);
        if (!wanted(m, i) || ++shown > NOTICE_LINES)
            continue;
        struct json *one = json_new_object();
        json_put_string(one, "kind", kind_word(m->v[i].kind));
        json_put_integer(one, "event", (int64_t)m->v[i].id);
        json_put_string(one, "word", info != NULL ? info->word : "test");
        json_put_string(one, "name", m->v[i].name);
        json_put_string(one, "text", m->v[i].text);
        json_put_time(one, "since", m->v[i].since);
        json_put_time(one, "at", m->v[i].again ? 0 : m->v[i].at);
        json_append(list, one);
    }
    json_put(doc, "events", list);
    return doc;
}

/* Slack: &, < and > alone begin what is more than text: links, mentions. */
static void put_slack(struct buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '&')
            buf_puts(out, "&amp;");
        else if (*s == '<')
            buf_puts(out, "&lt;");
        else if (*s == '>')
            buf_puts(out, "&gt;");
        else
            buf_putc(out, *s);
    }
}

/* The Markdown of an adaptive card's text: no link, no emphasis. */
static void put_teams(struct buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        if (strchr("\\`*_[]()~#<>", *s) != NULL)
            buf_putc(out, '\\');
        buf_putc(out, *s);
    }
}

static struct json *doc_slack(const char *subject, const char *body)
{
    struct buf text = BUF_INIT(4 * CARD_TEXT_BYTES);
    struct json *doc = json_new_object();
    put_slack(&text, subject);
    buf_putc(&text, '\n');
    put_slack(&text, body);
    json_put_string(doc, "text", buf_str(&text));
    buf_clear(&text);
    return doc;
}

static struct json *text_block(const char *text, bool bold)
{
    struct json *block = json_new_object();
    struct buf escaped = BUF_INIT(4 * CARD_TEXT_BYTES);
    put_teams(&escaped, text);
    json_put_string(block, "type", "TextBlock");
    json_put_string(block, "text", buf_str(&escaped));
    json_put_bool(block, "wrap", true);
    if (bold)
        json_put_string(block, "weight", "Bolder");
    buf_clear(&escaped);
    return block;
}

static struct json *doc_teams(const char *subject, const char *body)
{
    struct json *doc = json_new_object(), *all = json_new_array(), *one = json_new_object();
    struct json *card = json_new_object(), *blocks = json_new_array();
    json_append(blocks, text_block(subject, true));
    json_append(blocks, text_block(body, false));
    json_put_string(card, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    json_put_string(card, "type", "AdaptiveCard");
    json_put_string(card, "version", "1.2");
    json_put(card, "body", blocks);
    json_put_string(one, "contentType", "application/vnd.microsoft.card.adaptive");
    json_put(one, "content", card);
    json_append(all, one);
    json_put_string(doc, "type", "message");
    json_put(doc, "attachments", all);
    return doc;
}

int notice_json(const struct notice *m, const char *format, struct buf *out, struct err *err)
{
    struct buf subject = BUF_INIT(1024), all = BUF_INIT(256 * 1024), body = BUF_INIT(256 * 1024);
    struct json *doc = NULL;
    int rc = -1;
    if (notice_subject(m, &subject, err) != 0 || notice_body(m, &all, err) != 0)
        goto done;
    bool card = strcmp(format, "json") != 0;
    for (size_t i = 0, n; i < all.len && (!card || i < CARD_TEXT_BYTES); i += n) {
        bool fit;
        n = text_foreign(buf_str(&all) + i, all.len - i, &fit);
        buf_add(&body, buf_str(&all) + i, n);
    }
    doc = !card                          ? doc_plain(m, buf_str(&subject), buf_str(&body))
          : strcmp(format, "slack") == 0 ? doc_slack(buf_str(&subject), buf_str(&body))
                                         : doc_teams(buf_str(&subject), buf_str(&body));
    rc = json_text(doc, JSON_COMPACT, out, err);
done:
    json_free(doc);
    buf_clear(&subject);
    buf_clear(&all);
    buf_clear(&body);
    return rc;
}
