/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_key.c - private keys: making, PEM, JWS signatures (RFC 7515, 7518) and JWK (RFC 7517). */
#include "crypto_int.h"
#include "secret.h"
#include "text.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <stdlib.h>
#include <string.h>

/* One row per key_type, in its order. */
static const struct kind {
    const char *name;
    const char *curve, *group; /* EC: as JWK says it (RFC 7518 6.2.1.1), as OpenSSL says it */
    unsigned bits;             /* RSA: of the modulus */
    size_t coordinate_bytes;   /* EC: of x, y, r and s */
    const char *jws_alg;       /* RFC 7518 3.1 */
} kinds[] = {
    [KEY_RSA2048] = {"rsa2048", NULL, NULL, 2048, 0, "RS256"},
    [KEY_RSA3072] = {"rsa3072", NULL, NULL, 3072, 0, "RS256"},
    [KEY_RSA4096] = {"rsa4096", NULL, NULL, 4096, 0, "RS256"},
    [KEY_EC256] = {"ec256", "P-256", "prime256v1", 0, 32, "ES256"},
    [KEY_EC384] = {"ec384", "P-384", "secp384r1", 0, 48, "ES384"},
};
enum { KINDS = sizeof kinds / sizeof kinds[0], MAX_COORDINATE = 48, MAX_PEM = 64 * 1024 };

bool key_type_parse(const char *s, enum key_type *out)
{
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(s, kinds[i].name) == 0) {
            *out = (enum key_type)i;
            return true;
        }
    }
    return false;
}

const char *key_type_name(enum key_type t)
{
    return kinds[t].name;
}

bool crypto_key_kind(const EVP_PKEY *pkey, enum key_type *out)
{
    char group[32] = "";
    bool rsa = EVP_PKEY_is_a(pkey, "RSA") == 1;
    if (!rsa && (EVP_PKEY_is_a(pkey, "EC") != 1 ||
                 EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1)) {
        ERR_clear_error();
        return false;
    }
    for (int i = 0; i < KINDS; i++) {
        if (rsa ? (int)kinds[i].bits == EVP_PKEY_get_bits(pkey)
                : kinds[i].group != NULL &&
                      (strcmp(group, kinds[i].group) == 0 || strcmp(group, kinds[i].curve) == 0)) {
            *out = (enum key_type)i;
            return true;
        }
    }
    return false;
}

int crypto_key_wrap(struct key **out, EVP_PKEY *pkey, const char *what, struct err *err)
{
    enum key_type type;
    if (!crypto_key_kind(pkey, &type))
        return err_set(err, ERR_USAGE,
                       "%s: the key is none of rsa2048, rsa3072, rsa4096, ec256, ec384", what);
    struct key *k = calloc(1, sizeof *k);
    if (k == NULL)
        return err_set(err, ERR_FAIL, "%s: out of memory", what);
    k->pkey = pkey;
    k->type = type;
    *out = k;
    return 0;
}

int key_new(struct key **out, enum key_type type, struct err *err)
{
    const struct kind *kind = &kinds[type];
    ERR_clear_error();
    EVP_PKEY *pkey = kind->group != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind->group)
                                         : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)kind->bits);
    if (pkey == NULL)
        return crypto_fail(err, ERR_FAIL, "new %s key", kind->name);
    if (crypto_key_wrap(out, pkey, "new key", err)) {
        EVP_PKEY_free(pkey);
        return -1;
    }
    return 0;
}

void key_free(struct key *k)
{
    if (k == NULL)
        return;
    EVP_PKEY_free(k->pkey); /* clears the private part */
    free(k->container);
    free(k);
}

enum key_type key_type_of(const struct key *k)
{
    return k->type;
}

const EVP_MD *crypto_digest_of(enum key_type type)
{
    return type == KEY_EC384 ? EVP_sha384() : EVP_sha256();
}

const EVP_MD *crypto_sign_digest(const struct key *k)
{
    return crypto_digest_of(k->type);
}

size_t crypto_coordinate_bytes(enum key_type type)
{
    return kinds[type].coordinate_bytes;
}

/* ---- PEM ---- */

int key_to_pem(const struct key *k, struct buf *out, struct err *err)
{
    int rc = -1;
    if (crypto_need_private(k, err))
        return -1;
    ERR_clear_error();
    BIO *bio = BIO_new(BIO_s_mem()); /* its buffer is cleared when it grows and when it is freed */
    if (bio == NULL ||
        PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
        crypto_fail(err, ERR_FAIL, "private key as PEM");
        goto done;
    }
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    buf_add(out, text, (size_t)len);
    rc = buf_check(out, "private key as PEM", err);
done:
    BIO_free(bio);
    return rc;
}

/* OpenSSL would ask on the terminal for an encrypted key's password. */
static int no_password(char *text, int size, int for_writing, void *user)
{
    (void)text;
    (void)size;
    (void)for_writing;
    (void)user;
    return -1;
}

int key_from_pem(struct key **out, const char *pem, size_t len, const char *what, struct err *err)
{
    if (len > MAX_PEM)
        return err_set(err, ERR_USAGE, "%s: too long for a private key", what);
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(len > 0 ? pem : "", (int)len);
    EVP_PKEY *pkey = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    if (pkey == NULL)
        return crypto_fail(err, ERR_USAGE, "%s: no unencrypted private key in PEM form", what);
    if (crypto_key_wrap(out, pkey, what, err)) {
        EVP_PKEY_free(pkey);
        return -1;
    }
    return 0;
}

/* ---- public half ---- */

bool crypto_is_ec(const struct key *k)
{
    return kinds[k->type].group != NULL;
}

int crypto_put_ec_public(X509_PUBKEY *out, const struct key *k)
{
    unsigned char *point = NULL;
    size_t len = EVP_PKEY_get1_encoded_public_key(k->pkey, &point);
    if (len == 0 ||
        X509_PUBKEY_set0_param(out, OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
                               OBJ_txt2obj(kinds[k->type].group, 0), point, (int)len) != 1) {
        OPENSSL_free(point);
        return 0;
    }
    return 1; /* the point is its own now */
}

static int ec_spki(const struct key *k, unsigned char **der)
{
    X509_PUBKEY *public = X509_PUBKEY_new();
    int len = 0;
    if (public != NULL && crypto_put_ec_public(public, k) == 1)
        len = i2d_X509_PUBKEY(public, der);
    X509_PUBKEY_free(public);
    return len;
}

int key_spki(const struct key *k, struct buf *out, struct err *err)
{
    unsigned char *der = NULL;
    ERR_clear_error();
    int len = crypto_is_ec(k) ? ec_spki(k, &der) : i2d_PUBKEY(k->pkey, &der);
    if (len <= 0)
        return crypto_fail(err, ERR_FAIL, "public key");
    buf_add(out, der, (size_t)len);
    OPENSSL_free(der);
    return buf_check(out, "public key", err);
}

bool key_same_public(const struct key *a, const struct key *b)
{
    bool same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
    ERR_clear_error(); /* unequal types leave an entry */
    return same;
}

/* ---- JWS ---- */

const char *key_jws_alg(const struct key *k)
{
    return kinds[k->type].jws_alg;
}

/* RFC 7518 3.4: r and s as fixed-width big-endian numbers, one behind the other. */
static int raw_ecdsa(const unsigned char *der, size_t der_len, size_t width, struct buf *out)
{
    unsigned char raw[2 * MAX_COORDINATE];
    const unsigned char *p = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der_len);
    int rc = -1;
    if (sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)width) == (int)width &&
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + width, (int)width) == (int)width) {
        buf_add(out, raw, 2 * width);
        rc = 0;
    }
    ECDSA_SIG_free(sig);
    return rc;
}

int key_jws_sign(const struct key *k, const void *p, size_t len, struct buf *out, struct err *err)
{
    unsigned char sig[1024]; /* RSA 4096: 512 */
    size_t sig_len = sizeof sig;
    size_t width = kinds[k->type].coordinate_bytes;
    if (crypto_need_private(k, err))
        return -1;
    ERR_clear_error();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL &&
              EVP_DigestSignInit(ctx, NULL, crypto_sign_digest(k), NULL, k->pkey) == 1 &&
              EVP_DigestSign(ctx, sig, &sig_len, p, len) == 1;
    EVP_MD_CTX_free(ctx);
    if (ok && width == 0)
        buf_add(out, sig, sig_len);
    else if (ok)
        ok = raw_ecdsa(sig, sig_len, width, out) == 0;
    if (!ok)
        return crypto_fail(err, ERR_FAIL, "%s signature", key_jws_alg(k));
    return buf_check(out, "JWS signature", err);
}

/* Appends a key parameter as base64url: padded to `width` octets, or as short as can be (0). */
static int put_number(const struct key *k, const char *param, size_t width, struct buf *out)
{
    unsigned char bytes[512];
    BIGNUM *n = NULL;
    if (EVP_PKEY_get_bn_param(k->pkey, param, &n) != 1)
        return -1;
    int want = width > 0 ? (int)width : BN_num_bytes(n);
    int rc = -1;
    if (want <= (int)sizeof bytes && BN_bn2binpad(n, bytes, want) == want) {
        text_base64url(out, bytes, (size_t)want);
        rc = 0;
    }
    BN_free(n);
    return rc;
}

int key_jwk(const struct key *k, struct buf *out, struct err *err)
{
    const struct kind *kind = &kinds[k->type];
    bool rsa = kind->curve == NULL;
    int rc;
    ERR_clear_error();
    /* RFC 7638 3.2: exactly the required members, in lexicographic order, no white space. */
    if (rsa)
        buf_puts(out, "{\"e\":\"");
    else
        buf_addf(out, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"", kind->curve);
    rc = put_number(k, rsa ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_EC_PUB_X,
                    kind->coordinate_bytes, out);
    buf_puts(out, rsa ? "\",\"kty\":\"RSA\",\"n\":\"" : "\",\"y\":\"");
    if (rc == 0)
        rc = put_number(k, rsa ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_EC_PUB_Y,
                        kind->coordinate_bytes, out);
    buf_puts(out, "\"}");
    if (rc != 0)
        return crypto_fail(err, ERR_FAIL, "public key as JWK");
    return buf_check(out, "public key as JWK", err);
}

int key_thumbprint(const struct key *k, char out[44], struct err *err)
{
    struct buf jwk = BUF_INIT(4096), text = BUF_INIT(64);
    uint8_t hash[SHA256_BYTES];
    int rc = -1;
    if (key_jwk(k, &jwk, err))
        goto done;
    crypto_sha256(jwk.p, jwk.len, hash);
    text_base64url(&text, hash, sizeof hash);
    if (buf_check(&text, "key thumbprint", err))
        goto done;
    text_copy(out, 44, buf_str(&text));
    rc = 0;
done:
    buf_clear(&jwk);
    buf_clear(&text);
    return rc;
}
