/* SPDX-License-Identifier: Apache-2.0 */
/* https_curl_trust.h - whom a libcurl handle trusts: the roots of a file, or else the system's. */
#ifndef RRAS_HTTPS_CURL_TRUST_H
#define RRAS_HTTPS_CURL_TRUST_H

#include "buf.h"
#include "err.h"
#include "https_int.h"

struct https_trust {
    struct buf pem;           /* the configured roots; empty = the system's */
    struct https_roots roots; /* the system's */
    struct err refused;       /* why the system itself did not trust a server; its text */
};

/* Reads the file once: the bytes that are checked are the bytes that libcurl gets. ca_file NULL =
 * the system's roots. ERR_USAGE. To be cleared in any case. */
int https_trust_open(struct https_trust *t, const char *ca_file, struct err *err) MUST_CHECK;
void https_trust_clear(struct https_trust *t);

/* Sets the handle (CURL *) up, TLS 1.2 and the name's comparison included. `t` outlives its
 * connections. */
bool https_trust_apply(struct https_trust *t, void *easy);

/* What there is to say of a failure (a CURLcode): the system's own words, or libcurl's detail. */
const char *https_trust_detail(const struct https_trust *t, int code, const char *detail);

#endif
