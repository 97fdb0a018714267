/* SPDX-License-Identifier: Apache-2.0 */
/* html.h - the pieces of the page that `status --html` writes. */
#ifndef RRAS_APP_HTML_H
#define RRAS_APP_HTML_H

#include "src/app/view.h"

/* html.c: foreign text as text or as the value of an attribute in double quotes: & < > " ' become
 * character references, what is unfit to be shown '?'. */
void html_text(struct buf *b, const char *text);
/* "2026-12-21 04:15" in a <time>; "UTC" stands at the head of the page. */
void html_time(struct buf *b, int64_t t);
/* "in 29 days", "4 hours ago". */
void html_relative(struct buf *b, int64_t t, int64_t now);
/* What a word is coloured by: "good" "note" "warn" "bad". */
const char *html_level(enum view_level level);
/* status_style.c: the style sheet. */
void html_style(struct buf *b);

/* status_card.c: where the certificate stands, for people: "in place"; "" where nothing was
 * deployed. */
const char *html_deployed(enum deployed_state s);
/* Everything about one certificate. */
void html_card(struct buf *b, const struct status_view *v);

#endif
