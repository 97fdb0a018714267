/* SPDX-License-Identifier: Apache-2.0 */
/* https_int.h - what https_curl.c is helped with: trusted roots (https_ca_*.c) and error texts. */
#ifndef RRAS_HTTPS_INT_H
#define RRAS_HTTPS_INT_H

#include "err.h"
#include "net.h"

/* The system's own roots. None of the three: nothing was found, and every server is untrusted. */
struct https_roots {
    bool native;  /* the system judges by itself (crypto_trust.h) */
    char *folder; /* certificates by hash of their subject; only those needed are read */
    char *file;   /* one PEM file with all of them */
};
int https_roots_find(struct https_roots *out, struct err *err) MUST_CHECK;
void https_roots_clear(struct https_roots *r);

/* "ip:port,ip:port,...": libcurl takes any text and then asks the system's servers. ERR_USAGE. */
int https_check_servers(const char *servers, struct err *err) MUST_CHECK;

/* What a CURLcode means, to stand between the host and libcurl's detail. */
const char *https_curl_words(int code);
/* ERR_NET for whatever a network can do; ERR_USAGE and ERR_FAIL when it is our side. */
enum err_code https_curl_err_code(int code);
/* What to do about it; NULL = nothing better than the text. own_roots: a ca_file is in use. */
const char *https_curl_hint(int code, const char *detail, bool own_roots);

#endif
