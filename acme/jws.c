/* SPDX-License-Identifier: Apache-2.0 */
#include "jws.h"

#include "json.h"
#include "secret.h"
#include "text.h"

#include <string.h>

enum { JWS_MAX_BYTES = 512 * 1024 };

/* Adds "jwk": the key's public half. */
static int put_jwk(struct json *header, const struct key *key, struct err *err)
{
    struct buf text = BUF_INIT(JWS_MAX_BYTES);
    struct json *jwk = NULL;
    int rc = -1;
    if (key_jwk(key, &text, err) || buf_check(&text, "account key", err) ||
        json_parse(&jwk, text.p, text.len, "account key", err))
        goto done;
    json_put(header, "jwk", jwk);
    rc = 0;
done:
    buf_clear(&text);
    return rc;
}

/* Appends base64url(header) "." base64url(payload), what is signed (RFC 7515 5.1), to out. */
static int signing_input(const struct json *header, const char *payload, struct buf *out,
                         struct err *err)
{
    struct buf text = BUF_INIT(JWS_MAX_BYTES);
    int rc = json_text(header, JSON_COMPACT, &text, err);
    if (!rc) {
        text_base64url(out, buf_str(&text), text.len);
        buf_putc(out, '.');
        text_base64url(out, payload, strlen(payload));
        rc = buf_check(out, "signed request", err);
    }
    buf_clear(&text);
    return rc;
}

/* Appends the three members; `input` is what was signed. */
static int flatten(const struct buf *input, const void *sig, size_t sig_len, struct buf *out,
                   struct err *err)
{
    const char *dot = strchr(input->p, '.');
    buf_puts(out, "{\"protected\":\"");
    buf_add(out, input->p, (size_t)(dot - input->p));
    buf_addf(out, "\",\"payload\":\"%s\",\"signature\":\"", dot + 1);
    text_base64url(out, sig, sig_len);
    buf_puts(out, "\"}");
    return buf_check(out, "signed request", err);
}

int jws_sign(const struct jws *h, const char *payload, struct buf *out, struct err *err)
{
    struct buf input = BUF_INIT(JWS_MAX_BYTES);
    struct buf sig = BUF_INIT(4096);
    struct json *header = json_new_object();
    int rc = -1;
    json_put_string(header, "alg", key_jws_alg(h->key));
    if (h->nonce)
        json_put_string(header, "nonce", h->nonce);
    json_put_string(header, "url", h->url);
    if (h->kid)
        json_put_string(header, "kid", h->kid);
    else if (put_jwk(header, h->key, err))
        goto done;
    if (signing_input(header, payload, &input, err) ||
        key_jws_sign(h->key, input.p, input.len, &sig, err) || buf_check(&sig, "signature", err) ||
        flatten(&input, sig.p, sig.len, out, err))
        goto done;
    rc = 0;
done:
    json_free(header);
    buf_clear(&input);
    buf_clear(&sig);
    return rc;
}

int jws_bind(const struct jws_eab *b, struct buf *out, struct err *err)
{
    struct buf input = BUF_INIT(JWS_MAX_BYTES);
    struct buf payload = BUF_INIT(JWS_MAX_BYTES);
    struct json *header = json_new_object();
    uint8_t mac[64] = {0};
    size_t mac_len = 0;
    int rc = -1;
    json_put_string(header, "alg", "HS256");
    json_put_string(header, "kid", b->kid);
    json_put_string(header, "url", b->url);
    if (key_jwk(b->account, &payload, err) || buf_check(&payload, "account key", err) ||
        signing_input(header, payload.p, &input, err) ||
        crypto_hmac(CRYPTO_HMAC_SHA256, b->mac_key, b->mac_key_len, input.p, input.len, mac,
                    &mac_len, err) ||
        flatten(&input, mac, mac_len, out, err))
        goto done;
    rc = 0;
done:
    secret_wipe(mac, sizeof mac);
    json_free(header);
    buf_clear(&input);
    buf_clear(&payload);
    return rc;
}

int jws_txt_value(const char *token, const char *thumbprint, char out[JWS_TXT_CHARS + 1],
                  struct err *err)
{
    struct buf text = BUF_INIT(1024);
    struct buf value = BUF_INIT(64);
    uint8_t digest[SHA256_BYTES];
    int rc = -1;
    buf_addf(&text, "%s.%s", token, thumbprint);
    if (buf_check(&text, "key authorization", err))
        goto done;
    crypto_sha256(text.p, text.len, digest);
    text_base64url(&value, digest, sizeof digest);
    if (buf_check(&value, "TXT value", err))
        goto done;
    text_copy(out, JWS_TXT_CHARS + 1, value.p);
    rc = 0;
done:
    buf_clear(&text);
    buf_clear(&value);
    return rc;
}
