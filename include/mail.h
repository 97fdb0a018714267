/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail.h - hands one message to a mail server: SMTP with STARTTLS, or SMTPS, never without TLS; the
 * server's certificate is always verified (RFC 5321, RFC 3207, RFC 8314).
 */
#ifndef RRAS_MAIL_H
#define RRAS_MAIL_H

#include "buf.h"
#include "log.h"

struct mail_server {
    const char *url;  /* "smtp://host:port" (STARTTLS) or "smtps://host:port" */
    const char *user; /* NULL = no authentication */
    const char *password;
    const char *ca_file; /* PEM that replaces the system's roots; NULL = system */
    int64_t timeout_ms;  /* of all of it; 0 = 60 s */
    const struct log *log;
};

struct mail {
    const char *from; /* addresses without <> */
    const char *const *to;
    size_t to_count;
    const char *text; /* the whole message (RFC 5322) with CRLF line ends */
    size_t text_len;
};

/* ERR_NET with host and cause; ERR_USAGE when ca_file is no good or an address cannot be one. */
int mail_send(const struct mail_server *server, const struct mail *mail,
              struct err *err) MUST_CHECK;

/* What a message is made from; all may be foreign text, none can get out of its place. */
struct mail_draft {
    const char *from;
    const char *const *to;
    size_t to_count;
    const char *subject, *body; /* UTF-8; body with \n */
    const char *host;           /* ours */
    int64_t now;
    const char *id; /* unique: hex digits */
};
/* Appends the message. Pure. ERR_USAGE when an address cannot be one. */
int mail_compose(const struct mail_draft *d, struct buf *out, struct err *err) MUST_CHECK;

#endif
