/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - those who are told by mail or webhook (conf: notify). One message for all that a run
 * has to tell; a message that does not get through never changes an outcome: it is logged, is an
 * event, and what it told waits in the outbox for the next run.
 */
#ifndef RRAS_APP_NOTIFY_H
#define RRAS_APP_NOTIFY_H

#include "src/app/tidings.h"

/* Sends what has gathered, and what the outbox holds; notes in the alerts what got through. */
void notify_send(struct tidings *t);

/* ---- notify_text.c: pure ---- */

/* What the channel wants of: a set of tiding_kind. */
unsigned notify_wants(const struct conf_notify *n);
/* "smtp://mail.example.com", or "webhook hooks.example.com": without what may be secret. url: of
 * the webhook; NULL = the configured one. */
void notify_label(const struct conf_notify *n, const char *url, char out[320]);
/* How many messages it may still get on this day (days since 1970). */
int notify_left(const struct conf_notify *n, const struct alerts *a, size_t channel, int64_t day);

/* What a message says: those tidings whose kind is wanted. */
struct notice {
    const struct tiding *v;
    size_t n;
    unsigned wants;
    unsigned channel; /* only those that wait for this one (its bit); 0 = all */
    const char *host;
    int64_t now;
    bool last_of_day; /* the limit is reached with this one */
};
size_t notice_count(const struct notice *m);
/* One line. */
int notice_subject(const struct notice *m, struct buf *out, struct err *err) MUST_CHECK;
/* Lines for people. */
int notice_body(const struct notice *m, struct buf *out, struct err *err) MUST_CHECK;
/* The JSON that a webhook of this format ("json", "teams", "slack") is sent. */
int notice_json(const struct notice *m, const char *format, struct buf *out,
                struct err *err) MUST_CHECK;

/* ---- notify_channel.c ---- */
/* Sends one message. ERR_NET, ERR_USAGE. label: as notify_label makes it. */
int notify_channel(const struct app *app, const struct conf_notify *n, const struct notice *m,
                   char label[320], struct err *err) MUST_CHECK;

#endif
