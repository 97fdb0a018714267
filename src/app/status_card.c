/* SPDX-License-Identifier: Apache-2.0 */
/* status_card.c - one certificate on the page: its life, the places that must agree, what happens
 * next, what has happened. */
#include "src/app/html.h"

#include "idn.h"
#include "src/app/follow.h"
#include "src/app/show.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { OPEN_ROWS = 6 }; /* of the history; the others unfold */

/* ---- head ---- */

const char *html_deployed(enum deployed_state s)
{
    static const char *const words[] = {"",     "in place",      "differs",
                                        "held", "deploy failed", "rolled back"};
    return words[s];
}

static enum view_level deployed_level(enum deployed_state s)
{
    static const enum view_level levels[] = {VIEW_NOTE, VIEW_GOOD, VIEW_WARN,
                                             VIEW_NOTE, VIEW_BAD,  VIEW_WARN};
    return levels[s];
}

static void put_pill(struct buf *b, enum view_level level, const char *text)
{
    buf_addf(b, "<span class=\"pill %s\">%s</span>", html_level(level), text);
}

static enum view_level word_level(const struct status_view *v)
{
    return v->word == VIEW_EXPIRED ? VIEW_BAD : v->word == VIEW_VALID ? VIEW_GOOD : VIEW_NOTE;
}

static void put_pills(struct buf *b, const struct status_view *v)
{
    int failures = v->state.failures;
    char text[40];
    buf_puts(b, "<p class=\"pills\">");
    put_pill(b, word_level(v),
             v->word == VIEW_NONE ? "nothing issued yet" : view_state_name(v->word));
    if (v->state.deployed != DEPLOYED_NONE)
        put_pill(b, deployed_level(v->state.deployed), html_deployed(v->state.deployed));
    snprintf(text, sizeof(text), "%d failure%s", failures, failures == 1 ? "" : "s");
    if (failures > 0)
        put_pill(b, VIEW_WARN, text);
    buf_puts(b, "</p>");
}

static void put_days(struct buf *b, const struct status_view *v)
{
    long long days = v->days_left;
    if (view_leaf(v) == NULL)
        return;
    buf_addf(b, "<p class=\"days %s\"><b>%lld</b> day%s left</p>\n", html_level(view_life_level(v)),
             days, days == 1 ? "" : "s");
}

static void put_facts(struct buf *b, const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    char shown[1024];
    buf_puts(b, "<p class=\"facts\">");
    for (size_t i = 0; i < v->conf->names.n; i++) {
        buf_puts(b, i > 0 ? ", " : "");
        html_text(b, v->conf->names.v[i]);
        if (idn_to_unicode(v->conf->names.v[i], shown, sizeof(shown))) {
            buf_puts(b, " (");
            html_text(b, shown);
            buf_putc(b, ')');
        }
    }
    buf_puts(b, "<br>");
    html_text(b, follow_wanted(v->conf) ? "from the balancer" : v->conf->acme.directory_name);
    if (leaf != NULL) {
        buf_puts(b, " &middot; ");
        html_text(b, leaf->key);
        buf_puts(b, " &middot; ");
        html_text(b, leaf->issuer);
        buf_puts(b, " &middot; <code>");
        buf_put_hex(b, leaf->sha256, SHA256_BYTES / 4);
        buf_puts(b, "</code>");
    }
    if (v->container[0] != '\0') {
        buf_puts(b, "<br>Key in the machine's key provider: <code>");
        html_text(b, v->container);
        buf_puts(b, "</code>");
    }
    buf_puts(b, "</p>\n");
}

/* ---- its life ---- */

/* Where on the line of 1000 an instant stands. */
static int place_of(const struct cert_info *leaf, int64_t t)
{
    int64_t life = leaf->not_after - leaf->not_before;
    if (life <= 0 || t <= leaf->not_before)
        return 0;
    return t >= leaf->not_after ? 1000 : (int)(1000 * (t - leaf->not_before) / life);
}

static void put_line(struct buf *b, const char *kind, int x)
{
    buf_addf(b, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"0\" y2=\"20\"/>", kind, x, x);
}

static void put_life(struct buf *b, const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    const struct ari_state *ari = &v->state.ari;
    int now = place_of(leaf, v->now);
    buf_addf(b,
             "<div class=\"life\"><p class=\"today\" "
             "style=\"left:clamp(1.2rem,%d.%d%%,100%% - 1.2rem)\">today</p>",
             now / 10, now % 10);
    buf_addf(b,
             "<svg viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" role=\"img\" "
             "aria-label=\"%d percent of its life are over\">"
             "<rect class=\"left %s\" x=\"%d\" width=\"%d\" height=\"20\"/>"
             "<rect class=\"gone\" width=\"%d\" height=\"20\"/>",
             now / 10, html_level(view_life_level(v)), now, 1000 - now, now);
    if (view_knows_window(v)) {
        int from = place_of(leaf, ari->start), to = place_of(leaf, ari->end);
        buf_addf(b, "<rect class=\"window\" x=\"%d\" width=\"%d\" height=\"20\"/>", from,
                 to - from > 4 ? to - from : 4);
    }
    if (v->renew.at != 0)
        put_line(b, "due", place_of(leaf, v->renew.at));
    put_line(b, "now", now);
    buf_puts(b, "</svg></div>\n");
}

static void put_key(struct buf *b, const char *kind, const char *title, int64_t t, int64_t now)
{
    buf_addf(b, "<div class=\"%s\"><dt>%s</dt><dd>", kind, title);
    html_time(b, t);
    buf_puts(b, "</dd><dd class=\"soft\">");
    html_relative(b, t, now);
    buf_puts(b, "</dd></div>");
}

static void put_keys(struct buf *b, const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    const struct ari_state *ari = &v->state.ari;
    buf_puts(b, "<dl class=\"keys\">");
    put_key(b, "k-issued", "Issued", leaf->not_before, v->now);
    if (v->state.deployed_at != 0)
        put_key(b, "k-place", "In place since", v->state.deployed_at, v->now);
    if (view_knows_window(v)) {
        buf_puts(b, "<div class=\"k-window\"><dt>Window of the CA</dt><dd>");
        html_time(b, ari->start);
        buf_puts(b, "</dd><dd class=\"soft\">to ");
        html_time(b, ari->end);
        buf_puts(b, "</dd></div>");
    }
    if (v->renew.at != 0)
        put_key(b, "k-due",
                v->renew.answer == RENEW_POSTPONED ? "Next try"
                : v->renew.at <= v->now            ? "Due since"
                                                   : "Due",
                v->renew.at, v->now);
    put_key(b, "k-end", v->word == VIEW_EXPIRED ? "Expired" : "Expires", leaf->not_after, v->now);
    if (v->have_held && v->have_live)
        put_key(b, "k-place", "The one in place expires", v->live.not_after, v->now);
    buf_puts(b, "</dl>\n");
}

/* ---- the five places ---- */

static void put_place(struct buf *b, const struct status_view *v, int p)
{
    static const char *const titles[] = {"Certificate store", "Hash of RRAS", "IPv4 binding",
                                         "IPv6 binding", "Served to clients"};
    static const char *const marks[] = {"&ndash;", "&#10003;", "&ne;"};
    enum place_state state = v->seen.place[p].state;
    const char *shows = v->seen.place[p].shows;
    buf_addf(b, "<li class=\"%s\" data-place=\"%s\"><span class=\"mark\">%s</span><b>%s</b>",
             place_state_name(state), deploy_place_name((enum deploy_place)p), marks[state],
             titles[p]);
    buf_puts(b, state == PLACE_AGREES ? "<code>" : "<span class=\"shows\">");
    html_text(b, shows);
    buf_puts(b, state == PLACE_AGREES ? "</code></li>" : "</span></li>");
}

static void put_verdict(struct buf *b, const struct status_view *v)
{
    int differ = 0, agree = 0;
    for (int p = 0; v->looked && p < PLACE_COUNT; p++) {
        differ += v->seen.place[p].state == PLACE_DIFFERS;
        agree += v->seen.place[p].state == PLACE_AGREES;
    }
    if (!v->looked)
        buf_puts(b, "<p class=\"soft\">Not looked at: only an administrator on the gateway can, "
                    "once a certificate was put in place.</p>\n");
    else if (differ == 0 && agree == PLACE_COUNT)
        buf_puts(b, "<p>All five places show the same certificate.</p>\n");
    else if (differ == 0)
        buf_puts(b, "<p>All places that could be looked at show the same certificate.</p>\n");
    else
        buf_addf(b, "<p class=\"bad\"><b>%d of the five places show%s something else.</b></p>\n",
                 differ, differ == 1 ? "s" : "");
}

static void put_places(struct buf *b, const struct status_view *v)
{
    if (v->conf->deploy.target != CONF_TARGET_RRAS)
        return;
    buf_puts(b, "<h3>Places that must agree</h3>\n");
    put_verdict(b, v);
    if (!v->looked)
        return;
    buf_puts(b, "<ol class=\"places\">");
    for (int p = 0; p < PLACE_COUNT; p++)
        put_place(b, v, p);
    buf_puts(b, "</ol>\n");
}

/* ---- what happens next, what has happened ---- */

static void put_next(struct buf *b, const struct status_view *v)
{
    if (v->next_count == 0)
        return;
    buf_puts(b, "<h3>What happens next</h3>\n<ul class=\"next\">");
    for (size_t i = 0; i < v->next_count; i++) {
        buf_puts(b, "<li>");
        html_text(b, v->next[i].text);
        buf_puts(b, "</li>");
    }
    buf_puts(b, "</ul>\n");
}

static enum view_level past_level(const struct past *p)
{
    return p->ok ? strcmp(p->action, "held") == 0 ? VIEW_NOTE : VIEW_GOOD : VIEW_BAD;
}

static void put_strip(struct buf *b, const struct history *h)
{
    buf_puts(b, "<p class=\"strip\" aria-hidden=\"true\">");
    for (size_t i = h->n; i > 0; i--)
        buf_addf(b, "<i class=\"%s\"></i>", html_level(past_level(&h->v[i - 1])));
    buf_puts(b, "</p>");
}

static void put_rows(struct buf *b, const struct history *h, size_t from, size_t to)
{
    char took[32];
    buf_puts(b, "<div class=\"scroll\"><table class=\"past\">");
    if (from == 0)
        buf_puts(b, "<thead><tr><th>When</th><th>What</th><th class=\"num\">Outage</th>"
                    "<th>Note</th></tr></thead>");
    buf_puts(b, "<tbody>");
    for (size_t i = from; i < to; i++) {
        const struct past *p = &h->v[i];
        buf_puts(b, "<tr><td>");
        html_time(b, p->at);
        buf_addf(b, "</td><td class=\"%s\">", html_level(past_level(p)));
        html_text(b, p->action);
        buf_puts(b, "</td><td class=\"num\">");
        if (p->outage_ms >= 0)
            show_duration(p->outage_ms, took);
        html_text(b, p->outage_ms >= 0 ? took : "");
        buf_puts(b, "</td><td class=\"text\">");
        html_text(b, p->message);
        buf_puts(b, "</td></tr>\n");
    }
    buf_puts(b, "</tbody></table></div>\n");
}

static void put_history(struct buf *b, const struct status_view *v)
{
    const struct history *h = v->history;
    if (h == NULL || h->n == 0)
        return;
    size_t open = h->n <= OPEN_ROWS + 1 ? h->n : OPEN_ROWS;
    buf_puts(b, "<div class=\"head\"><h3>What has happened</h3>");
    put_strip(b, h);
    buf_puts(b, "</div>\n");
    put_rows(b, h, 0, open);
    if (open == h->n)
        return;
    buf_addf(b, "<details><summary>%zu earlier</summary>\n", h->n - open);
    put_rows(b, h, open, h->n);
    buf_puts(b, "</details>\n");
}

void html_card(struct buf *b, const struct status_view *v)
{
    buf_addf(b, "<section class=\"card %s\" id=\"", html_level(v->level));
    html_text(b, v->conf->name);
    buf_puts(b, "\">\n<div class=\"top\"><div><h2>");
    html_text(b, v->conf->name);
    buf_puts(b, "</h2>\n");
    put_pills(b, v);
    buf_puts(b, "</div>");
    put_days(b, v);
    buf_puts(b, "</div>\n");
    put_facts(b, v);
    if (view_leaf(v) != NULL) {
        put_life(b, v);
        put_keys(b, v);
    }
    put_next(b, v);
    put_places(b, v);
    put_history(b, v);
    buf_puts(b, "</section>\n");
}
