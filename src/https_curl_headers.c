/* SPDX-License-Identifier: Apache-2.0 */
#include "https_curl_headers.h"

#include <curl/curl.h>

static int add(struct curl_slist **list, const char *name, const char *value, const char *host,
               struct err *err)
{
    struct buf line = BUF_INIT(HTTPS_MAX_HEADER_BYTES);
    int rc = -1;
    buf_addf(&line, "%s%s", name, value);
    for (size_t i = 0; i < line.len; i++) {
        if ((unsigned char)line.p[i] < ' ' || line.p[i] == 0x7F) {
            err_set(err, ERR_USAGE, "%s: control character in a request header", host);
            goto done;
        }
    }
    struct curl_slist *more = line.failed ? NULL : curl_slist_append(*list, buf_str(&line));
    if (more == NULL) {
        err_set(err, ERR_FAIL, "%s: request header too long", host);
        goto done;
    }
    *list = more;
    rc = 0;
done:
    buf_wipe(&line); /* may be an Authorization header */
    return rc;
}

int https_curl_headers(struct curl_slist **out, const struct https_request *req, const char *host,
                       struct err *err)
{
    /* Without a type of ours, curl would name one; and it would wait for a 100 Continue. */
    if (add(out, "Expect:", "", host, err) ||
        add(out, req->content_type != NULL ? "Content-Type: " : "Content-Type:",
            req->content_type != NULL ? req->content_type : "", host, err) ||
        add(out, req->accept != NULL ? "Accept: " : "Accept:",
            req->accept != NULL ? req->accept : "", host, err))
        return -1;
    for (size_t i = 0; req->headers != NULL && req->headers[i] != NULL; i++) {
        if (add(out, req->headers[i], "", host, err))
            return -1;
    }
    return 0;
}
