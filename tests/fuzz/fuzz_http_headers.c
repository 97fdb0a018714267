/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines of an answer, and what is made of their values. */
#include "fuzz.h"

#include "https.h"
#include "msg.h"
#include "retry.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const int64_t now = 1790000000;

static void follow(struct fuzz *f, const char *ref)
{
    struct err err = {0}, judged = {0};
    char *url = NULL;
    if (!ref)
        return;
    int result = msg_resolve_url(&url, "https://ca.example/acme/order/1", ref, &err);
    FUZZ_ERR(result, &err);
    if (result == 0)
        FUZZ_HOLDS(https_check_url(url, &judged) == 0 && strlen(url) < HTTPS_MAX_URL);
    free(url);
}

static void read_times(struct fuzz *f, const struct https_response *r)
{
    int64_t wait = retry_after_s(r->retry_after, now), at = 0;
    struct err err = {0};
    FUZZ_HOLDS(wait >= RETRY_AFTER_NONE && wait <= RETRY_AFTER_MAX_S);
    FUZZ_HOLDS(retry_poll_ms(wait, 3, 0) >= RETRY_POLL_MIN_S * 1000);
    if (r->date)
        FUZZ_ERR(text_http_date_parse(r->date, &at, &err), &err);
    wait = retry_after_from_detail(r->etag ? r->etag : "", now);
    FUZZ_HOLDS(wait >= RETRY_AFTER_NONE && wait <= RETRY_AFTER_MAX_S);
}

void fuzz_http_headers(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct https_response r = {0};
    for (size_t at = 0; at < len;) {
        const uint8_t *end = memchr(p + at, '\n', len - at);
        size_t line = end ? (size_t)(end - (p + at)) : len - at;
        https_response_header(&r, (const char *)p + at, line);
        at += line + 1;
    }
    FUZZ_HOLDS(r.link_count <= HTTPS_MAX_LINKS);
    for (size_t i = 0; i < r.link_count; i++) {
        FUZZ_HOLDS(r.links[i].url && r.links[i].rel);
        follow(f, r.links[i].url);
    }
    follow(f, https_response_link(&r, "alternate"));
    follow(f, r.location);
    read_times(f, &r);
    https_response_clear(&r);
}
