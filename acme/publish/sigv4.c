/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/sigv4.h"

#include "crypto.h"
#include "secret.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { MAX_TEXT_BYTES = 16 * 1024, HEX_SIZE = 2 * SHA256_BYTES + 1 };

static void hash_hex(const void *p, size_t len, char out[HEX_SIZE])
{
    uint8_t hash[SHA256_BYTES];

    crypto_sha256(p, len, hash);
    text_hex(hash, sizeof hash, out);
}

/* "2015-08-30T12:36:00Z" without what separates. */
static void basic_date(int64_t now_s, char out[SIGV4_DATE_SIZE])
{
    char extended[21];
    size_t n = 0;

    text_time(now_s, extended);
    for (const char *p = extended; *p && n + 1 < SIGV4_DATE_SIZE; p++)
        if (*p != '-' && *p != ':')
            out[n++] = *p;
    out[n] = '\0';
}

static const char *signed_headers(const struct sigv4_keys *k)
{
    return k->session_token ? "host;x-amz-date;x-amz-security-token" : "host;x-amz-date";
}

static void put_canonical(const struct sigv4_keys *k, const struct sigv4_request *r,
                          const char *date, struct buf *out)
{
    char body[HEX_SIZE];

    hash_hex(r->body ? r->body : "", r->body_len, body);
    buf_addf(out, "%s\n%s\n%s\nhost:%s\nx-amz-date:%s\n", r->method, r->path, r->query, r->host,
             date);
    if (k->session_token)
        buf_addf(out, "x-amz-security-token:%s\n", k->session_token);
    buf_addf(out, "\n%s\n%s", signed_headers(k), body);
}

/* One link of the chain of HMACs: key = HMAC(key, text), in place. */
static int chain(uint8_t key[64], size_t *len, const char *text, struct err *err)
{
    uint8_t out[64];
    int rc = crypto_hmac(CRYPTO_HMAC_SHA256, key, *len, text, strlen(text), out, len, err);

    if (rc == 0)
        memcpy(key, out, sizeof out);
    secret_wipe(out, sizeof out);
    return rc;
}

static int signature(const struct sigv4_keys *k, const struct sigv4_request *r, const char *day,
                     const char *text, char out[HEX_SIZE], struct err *err)
{
    struct buf first = BUF_INIT(MAX_TEXT_BYTES);
    uint8_t key[64];
    size_t len = 0;
    int rc = -1;

    buf_addf(&first, "AWS4%s", k->secret_key);
    if (buf_check(&first, "AWS secret key", err) ||
        crypto_hmac(CRYPTO_HMAC_SHA256, first.p, first.len, day, strlen(day), key, &len, err) ||
        chain(key, &len, r->region, err) || chain(key, &len, r->service, err) ||
        chain(key, &len, "aws4_request", err) || chain(key, &len, text, err))
        goto done;
    text_hex(key, SHA256_BYTES, out);
    rc = 0;
done:
    secret_wipe(key, sizeof key);
    buf_wipe(&first);
    return rc;
}

int sigv4_sign(const struct sigv4_keys *k, const struct sigv4_request *r,
               char date[SIGV4_DATE_SIZE], struct buf *out, struct err *err)
{
    struct buf canonical = BUF_INIT(MAX_TEXT_BYTES), text = BUF_INIT(MAX_TEXT_BYTES);
    char day[9], scope[200], hash[HEX_SIZE], hex[HEX_SIZE];
    int rc = -1;

    basic_date(r->now_s, date);
    snprintf(day, sizeof day, "%.8s", date);
    snprintf(scope, sizeof scope, "%s/%.80s/%.80s/aws4_request", day, r->region, r->service);
    put_canonical(k, r, date, &canonical);
    if (buf_check(&canonical, "AWS request", err))
        goto done;
    hash_hex(canonical.p, canonical.len, hash);
    buf_addf(&text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope, hash);
    if (buf_check(&text, "AWS request", err) || signature(k, r, day, buf_str(&text), hex, err))
        goto done;
    buf_addf(out, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
             k->access_key_id, scope, signed_headers(k), hex);
    rc = buf_check(out, "AWS signature", err);
done:
    buf_wipe(&canonical);
    buf_clear(&text);
    return rc;
}
