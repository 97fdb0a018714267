/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigv4.h - AWS Signature Version 4 ("Create a signed AWS API request", AWS IAM User Guide). Pure.
 *
 * Signs the headers host, x-amz-date and, with a session token, x-amz-security-token.
 */
#ifndef RRAS_PUBLISH_SIGV4_H
#define RRAS_PUBLISH_SIGV4_H

#include "buf.h"

struct sigv4_keys {
    const char *access_key_id, *secret_key;
    const char *session_token; /* NULL = none */
};

struct sigv4_request {
    const char *method, *host;
    const char *path;  /* of unreserved characters and '/' */
    const char *query; /* "a=1&b=2", sorted and encoded; "" = none */
    const void *body;
    size_t body_len;
    const char *region, *service;
    int64_t now_s;
};

enum { SIGV4_DATE_SIZE = 17 }; /* "20150830T123600Z" */

/* Appends the value of the Authorization header to out; date is for the header x-amz-date. */
int sigv4_sign(const struct sigv4_keys *k, const struct sigv4_request *r,
               char date[SIGV4_DATE_SIZE], struct buf *out, struct err *err) MUST_CHECK;

#endif
