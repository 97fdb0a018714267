/* SPDX-License-Identifier: Apache-2.0 */
/* https_curl_headers.h - the header lines of a request, as libcurl takes them. */
#ifndef RRAS_HTTPS_CURL_HEADERS_H
#define RRAS_HTTPS_CURL_HEADERS_H

#include "https.h"

struct curl_slist;

/* Adds to *out, which the caller frees whatever becomes of this. `host` is for messages. ERR_USAGE
 * for a control character, which would make two headers of one; ERR_FAIL for a line too long. */
int https_curl_headers(struct curl_slist **out, const struct https_request *req, const char *host,
                       struct err *err) MUST_CHECK;

#endif
