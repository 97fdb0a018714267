/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"

#include "crypto_int.h"
#include "text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    ERR_print_errors_fp(stdout);
    printf("test PKI: %s\n", what);
    exit(2);
}

struct key *pki_key(enum key_type type)
{
    struct key *k = NULL;
    struct err err = {0};
    need(key_new(&k, type, &err) == 0, err.text);
    return k;
}

/* ---- certificates ---- */

static void add_ext(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(ext != NULL && X509_add_ext(x, ext, -1) == 1, value);
    X509_EXTENSION_free(ext);
}

static void add_names(X509 *x, const struct pki_spec *spec)
{
    struct buf text = BUF_INIT(64 * 1024);
    for (size_t i = 0; i < spec->name_count; i++)
        buf_addf(&text, "%sDNS:%s", i > 0 ? "," : "", spec->names[i]);
    if (spec->email != NULL)
        buf_addf(&text, "%semail:%s", spec->name_count > 0 ? "," : "", spec->email);
    if (text.len > 0)
        add_ext(x, NID_subject_alt_name, buf_str(&text));
    buf_clear(&text);
}

static void add_aki(X509 *x, const char *hex)
{
    uint8_t id[64];
    size_t len = strlen(hex) / 2;
    need(len <= sizeof id && text_hex_decode(hex, id, len), "aki");
    AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
    need(aki != NULL, "aki");
    aki->keyid = ASN1_OCTET_STRING_new();
    need(ASN1_OCTET_STRING_set(aki->keyid, id, (int)len) == 1 &&
             X509_add1_ext_i2d(x, NID_authority_key_identifier, aki, 0, X509V3_ADD_DEFAULT) == 1,
         "aki");
    AUTHORITY_KEYID_free(aki);
}

static void set_serial(X509 *x, const char *hex)
{
    BIGNUM *n = NULL;
    need(BN_hex2bn(&n, hex) > 0 && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL,
         "serial");
    BN_free(n);
}

void pki_issue(struct cert_chain *chain, const struct pki_spec *spec, const struct key *issuer_key)
{
    struct err err = {0};
    X509 *x = X509_new();
    X509 *issuer = chain->count > 0 ? crypto_x509(chain->cert[0].der, chain->cert[0].len) : NULL;
    need(x != NULL && X509_set_version(x, X509_VERSION_3) == 1, "certificate");
    need(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)spec->not_before) != NULL &&
             ASN1_TIME_set(X509_getm_notAfter(x), (time_t)spec->not_after) != NULL,
         "dates");
    set_serial(x, spec->serial != NULL ? spec->serial : "01");
    need(X509_set_pubkey(x, spec->key->pkey) == 1, "key");
    need(spec->cn == NULL || crypto_add_cn(X509_get_subject_name(x), spec->cn) == 1, "subject");
    need(X509_set_issuer_name(x, X509_get_subject_name(issuer != NULL ? issuer : x)) == 1,
         "issuer");
    add_ext(x, NID_basic_constraints, spec->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (spec->ca)
        add_ext(x, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (spec->usage != NULL)
        add_ext(x, NID_ext_key_usage, spec->usage);
    add_names(x, spec);
    if (spec->aki != NULL)
        add_aki(x, spec->aki);
    need(X509_sign(x, issuer_key->pkey, crypto_sign_digest(issuer_key)) > 0, "signature");

    need(chain->count < CERT_MAX_CHAIN, "chain full");
    struct cert_chain front = {0};
    need(crypto_chain_append(&front, x, "test PKI", &err) == 0, err.text);
    memmove(chain->cert + 1, chain->cert, chain->count * sizeof chain->cert[0]);
    chain->cert[0] = front.cert[0];
    chain->count++;
    X509_free(issuer);
    X509_free(x);
}

/* ---- keys ---- */

static BIGNUM *number(const char *base64url)
{
    struct buf b = BUF_INIT(1024);
    struct err err = {0};
    need(text_base64url_decode(&b, base64url, strlen(base64url), &err) == 0, "number");
    BIGNUM *n = BN_bin2bn((const unsigned char *)b.p, (int)b.len, NULL);
    buf_clear(&b);
    return n;
}

static struct key *make_key(const char *algorithm, OSSL_PARAM_BLD *bld, int selection)
{
    EVP_PKEY *pkey = NULL;
    struct key *k = NULL;
    struct err err = {0};
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    need(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &pkey, selection, params) == 1,
         "key from numbers");
    need(crypto_key_wrap(&k, pkey, "key from numbers", &err) == 0, err.text);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return k;
}

struct key *pki_key_ec(const char *x, const char *y, const char *d)
{
    unsigned char point[65] = {POINT_CONVERSION_UNCOMPRESSED};
    BIGNUM *bx = number(x), *by = number(y), *bd = number(d);
    need(BN_bn2binpad(bx, point + 1, 32) == 32 && BN_bn2binpad(by, point + 33, 32) == 32, "point");
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    need(OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
             OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, 65) == 1 &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, bd) == 1,
         "EC numbers");
    struct key *k = make_key("EC", bld, EVP_PKEY_KEYPAIR);
    OSSL_PARAM_BLD_free(bld);
    BN_free(bx);
    BN_free(by);
    BN_clear_free(bd);
    return k;
}

struct key *pki_key_rsa(const char *n, const char *e)
{
    BIGNUM *bn = number(n), *be = number(e);
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    need(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) == 1,
         "RSA numbers");
    struct key *k = make_key("RSA", bld, EVP_PKEY_PUBLIC_KEY);
    OSSL_PARAM_BLD_free(bld);
    BN_free(bn);
    BN_free(be);
    return k;
}

/* RFC 7518 3.4 backwards: r||s to the DER form that OpenSSL verifies. */
static int ecdsa_der(const unsigned char *raw, size_t len, unsigned char **der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    int half = (int)(len / 2);
    need(ECDSA_SIG_set0(sig, BN_bin2bn(raw, half, NULL), BN_bin2bn(raw + half, half, NULL)) == 1,
         "ECDSA signature");
    int der_len = i2d_ECDSA_SIG(sig, der);
    ECDSA_SIG_free(sig);
    return der_len;
}

bool pki_jws_verify(const struct key *k, const void *p, size_t len, const void *sig, size_t sig_len)
{
    unsigned char *der = NULL;
    const unsigned char *use = sig;
    size_t use_len = sig_len;
    if (key_jws_alg(k)[0] == 'E') {
        use_len = (size_t)ecdsa_der(sig, sig_len, &der);
        use = der;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = EVP_DigestVerifyInit(ctx, NULL, crypto_sign_digest(k), NULL, k->pkey) == 1 &&
              EVP_DigestVerify(ctx, use, use_len, p, len) == 1;
    EVP_MD_CTX_free(ctx);
    OPENSSL_free(der);
    ERR_clear_error();
    return ok;
}

/* ---- requests and PFX ---- */

static void put_request_names(struct buf *b, X509_REQ *req)
{
    STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
    int critical = 0;
    GENERAL_NAMES *all = X509V3_get_d2i(exts, NID_subject_alt_name, &critical, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);
        buf_addf(b, "%s%.*s", i > 0 ? "," : "", ASN1_STRING_length(one->d.dNSName),
                 (const char *)ASN1_STRING_get0_data(one->d.dNSName));
    }
    buf_puts(b, critical == 1 ? "|critical" : "|");
    GENERAL_NAMES_free(all);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}

/* ECDSA-Sig-Value as r||s. */
static void put_raw(const unsigned char *der, size_t len, size_t width, struct buf *out)
{
    unsigned char raw[2 * 48];
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    need(sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)width) == (int)width &&
             BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + width, (int)width) == (int)width,
         "signature");
    buf_add(out, raw, 2 * width);
    ECDSA_SIG_free(sig);
}

int pki_sign_digest(const struct key *k, const uint8_t *digest, size_t len, struct buf *out)
{
    unsigned char sig[512];
    size_t n = sizeof sig;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);
    bool ok = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
              (crypto_is_ec(k) || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
              EVP_PKEY_CTX_set_signature_md(ctx, len == 48 ? EVP_sha384() : EVP_sha256()) == 1 &&
              EVP_PKEY_sign(ctx, sig, &n, digest, len) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (ok && crypto_is_ec(k))
        put_raw(sig, n, k->type == KEY_EC384 ? 48 : 32, out);
    else if (ok)
        buf_add(out, sig, n);
    return ok ? 0 : -1;
}

const char *pki_request_text(const void *der, size_t len, char out[2048])
{
    struct buf b = BUF_INIT(2000);
    const unsigned char *p = der;
    char cn[128] = "";
    X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)len);
    if (req != NULL && X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) == 1) {
        X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(req), NID_commonName, cn, sizeof cn);
        buf_addf(&b, "%s|", cn);
        put_request_names(&b, req);
    }
    snprintf(out, 2048, "%s", buf_str(&b));
    buf_clear(&b);
    X509_REQ_free(req);
    return out;
}

/* OID name of the first encrypted part, for PBES2 that of the cipher inside. */
static const char *pfx_cipher(const PKCS12 *p12)
{
    const char *name = "none";
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(p12);
    for (int i = 0; i < sk_PKCS7_num(parts); i++) {
        const PKCS7 *part = sk_PKCS7_value(parts, i);
        if (!PKCS7_type_is_encrypted((PKCS7 *)(uintptr_t)part))
            continue;
        const X509_ALGOR *alg = part->d.encrypted->enc_data->algorithm;
        const ASN1_OBJECT *oid;
        const void *param;
        int type;
        X509_ALGOR_get0(&oid, &type, &param, alg);
        if (OBJ_obj2nid(oid) == NID_pbes2) {
            PBE2PARAM *pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter);
            X509_ALGOR_get0(&oid, NULL, NULL, pbe2->encryption);
            name = OBJ_nid2sn(OBJ_obj2nid(oid));
            PBE2PARAM_free(pbe2);
        } else {
            name = OBJ_nid2sn(OBJ_obj2nid(oid));
        }
        break;
    }
    sk_PKCS7_pop_free(parts, PKCS7_free);
    return name;
}

const char *pki_pfx_text(const void *der, size_t len, const char *password, char out[512])
{
    const unsigned char *p = der;
    EVP_PKEY *pkey = NULL;
    X509 *x = NULL;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)len);
    need(p12 != NULL && PKCS12_parse(p12, password, &pkey, &x, NULL) == 1, "PFX");
    const X509_ALGOR *mac;
    const ASN1_OBJECT *oid;
    int alias_len = 0;
    PKCS12_get0_mac(NULL, &mac, NULL, NULL, p12);
    X509_ALGOR_get0(&oid, NULL, NULL, mac);
    const unsigned char *alias = X509_alias_get0(x, &alias_len);
    snprintf(out, 512, "%.*s|%s|%s", alias_len, alias != NULL ? (const char *)alias : "",
             pfx_cipher(p12), OBJ_nid2sn(OBJ_obj2nid(oid)));
    EVP_PKEY_free(pkey);
    X509_free(x);
    PKCS12_free(p12);
    return out;
}

void pki_pfx_rc2(const struct key *k, const struct cert_chain *c, const char *password,
                 struct buf *out)
{
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
    need(legacy != NULL, "legacy provider");
    X509 *x = crypto_x509(c->cert[0].der, c->cert[0].len);
    PKCS12 *p12 =
        PKCS12_create(password, "old", k->pkey, x, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                      NID_pbe_WithSHA1And40BitRC2_CBC, 2048, 2048, 0);
    unsigned char *der = NULL;
    int len = i2d_PKCS12(p12, &der);
    need(len > 0, "RC2 PFX");
    buf_add(out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS12_free(p12);
    X509_free(x);
    OSSL_PROVIDER_unload(legacy);
}
