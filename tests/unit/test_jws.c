/* SPDX-License-Identifier: Apache-2.0 */
#include "jws.h"

#include "json.h"
#include "pki.h"
#include "test.h"
#include "text.h"

#include <string.h>

/* RFC 7515 A.3.1 */
static struct key *example_key(void)
{
    return pki_key_ec("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                      "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                      "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
}

static struct json *parse(const struct buf *b)
{
    struct json *j = NULL;
    struct err err = {0};
    return json_parse(&j, buf_str(b), b->len, "test", &err) ? NULL : j;
}

/* The member, decoded. */
static const char *decoded(struct test *t, const struct json *j, const char *member)
{
    struct buf b = BUF_INIT(8192);
    struct err err = {0};
    const char *s = json_get_string(j, member);
    CHECK(s && text_base64url_decode(&b, s, strlen(s), &err) == 0);
    const char *copy = test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return copy;
}

/* What was signed verifies, with any of our key types. */
static bool verifies(struct test *t, const struct json *j, const struct key *key)
{
    const char *input =
        test_text(t, "%s.%s", json_get_string(j, "protected"), json_get_string(j, "payload"));
    const char *sig = json_get_string(j, "signature");
    struct buf raw = BUF_INIT(1024);
    struct err err = {0};
    bool ok = text_base64url_decode(&raw, sig, strlen(sig), &err) == 0 &&
              pki_jws_verify(key, input, strlen(input), raw.p, raw.len);
    buf_clear(&raw);
    return ok;
}

static void signs_with_the_account_url(struct test *t)
{
    struct key *key = example_key();
    struct buf out = BUF_INIT(8192);
    struct err err = {0};
    struct jws h = {key, "https://ca.test/acct/1", "nonce-1", "https://ca.test/order?a=b&c=\\"};
    REQUIRE(jws_sign(&h, "{\"a\":1}", &out, &err) == 0);
    struct json *j = parse(&out);
    REQUIRE(j);
    CHECK_STR(
        decoded(t, j, "protected"),
        "{\"alg\":\"ES256\",\"nonce\":\"nonce-1\",\"url\":\"https://ca.test/order?a=b&c=\\\\\","
        "\"kid\":\"https://ca.test/acct/1\"}");
    CHECK_STR(decoded(t, j, "payload"), "{\"a\":1}");
    CHECK(verifies(t, j, key));
    json_free(j);
    buf_clear(&out);
    key_free(key);
}

static void signs_with_the_key_itself(struct test *t)
{
    struct key *key = example_key();
    struct buf out = BUF_INIT(8192);
    struct err err = {0};
    struct jws h = {key, NULL, "n", "https://ca.test/new"};
    REQUIRE(jws_sign(&h, "", &out, &err) == 0);
    struct json *j = parse(&out);
    REQUIRE(j);
    CHECK_STR(decoded(t, j, "protected"),
              "{\"alg\":\"ES256\",\"nonce\":\"n\",\"url\":\"https://ca.test/new\",\"jwk\":{"
              "\"crv\":\"P-256\",\"kty\":\"EC\","
              "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
              "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}}");
    CHECK_STR(json_get_string(j, "payload"), ""); /* POST-as-GET, not "{}" */
    CHECK(verifies(t, j, key));
    json_free(j);
    buf_clear(&out);
    key_free(key);
}

static void signs_with_every_key_type(struct test *t)
{
    static const enum key_type types[] = {KEY_RSA2048, KEY_EC256, KEY_EC384};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct key *key = pki_key(types[i]);
        struct buf out = BUF_INIT(8192);
        struct err err = {0};
        struct jws h = {key, "https://ca.test/1", "n", "https://ca.test/2"};
        CHECK(jws_sign(&h, "{}", &out, &err) == 0);
        struct json *j = parse(&out);
        CHECK(j && verifies(t, j, key));
        json_free(j);
        buf_clear(&out);
        key_free(key);
    }
}

/* Computed with another implementation. */
static void binds_an_external_account(struct test *t)
{
    static const char mac[] = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    struct key *key = example_key();
    struct buf out = BUF_INIT(8192);
    struct err err = {0};
    struct jws_eab b = {"kid-1", mac, strlen(mac), "https://ca.test/new-account", key};
    REQUIRE(jws_bind(&b, &out, &err) == 0);
    struct json *j = parse(&out);
    REQUIRE(j);
    CHECK_STR(json_get_string(j, "protected"),
              "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC0xIiwidXJsIjoiaHR0cHM6Ly9jYS50ZXN0L25ldy1hY2Nv"
              "dW50In0");
    CHECK_STR(json_get_string(j, "signature"), "tuGWu-nGAVYmpSzz88f77GlwfbAHp9BWsXB81sHITTg");
    json_free(j);
    buf_clear(&out);
    key_free(key);
}

static void makes_the_txt_value(struct test *t)
{
    char value[JWS_TXT_CHARS + 1] = "";
    struct err err = {0};
    REQUIRE(jws_txt_value("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
                          "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", value, &err) == 0);
    CHECK_STR(value, "ZaJgFtIV4WA0t2MzN7kbSk0sfRd2GZjaxRqaSTAK6lI");
}

const struct test_case suite_jws[] = {
    {"signs_with_the_account_url", signs_with_the_account_url},
    {"signs_with_the_key_itself", signs_with_the_key_itself},
    {"signs_with_every_key_type", signs_with_every_key_type},
    {"binds_an_external_account", binds_an_external_account},
    {"makes_the_txt_value", makes_the_txt_value},
    {NULL, NULL},
};
