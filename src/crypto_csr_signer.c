/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_csr_signer.c - PKCS#10 requests by a key that does not leave its place. */
#include "crypto_int.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

enum { MAX_SIGNATURE_BYTES = 1024 }; /* RSA 4096: 512 */

/* One request on its way. */
struct making {
    const struct key_signer *signer;
    X509_REQ *req;
    EVP_PKEY *public; /* owned */
    enum key_type type;
};

static int take_public(struct making *m, struct err *err)
{
    const unsigned char *p = m->signer->spki;
    m->public = d2i_PUBKEY(NULL, &p, (long)m->signer->spki_len);
    if (m->public == NULL || p != (const unsigned char *)m->signer->spki + m->signer->spki_len)
        return crypto_fail(err, ERR_FAIL, "certificate request: the key's public half");
    if (!crypto_key_kind(m->public, &m->type))
        return err_set(err, ERR_FAIL,
                       "certificate request: the key is none of rsa2048, rsa3072, rsa4096, ec256, "
                       "ec384");
    return 0;
}

/* RFC 5758 3.2: no parameters with ECDSA. RFC 4055 5: NULL with PKCS#1 v1.5. */
static bool put_algorithm(X509_REQ *req, enum key_type type)
{
    bool rsa = crypto_coordinate_bytes(type) == 0;
    int nid = rsa                 ? NID_sha256WithRSAEncryption
              : type == KEY_EC384 ? NID_ecdsa_with_SHA384
                                  : NID_ecdsa_with_SHA256;
    X509_ALGOR *algorithm = X509_ALGOR_new();
    bool ok =
        algorithm != NULL &&
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1 &&
        X509_REQ_set1_signature_algo(req, algorithm) == 1;
    X509_ALGOR_free(algorithm);
    return ok;
}

/* RFC 5480 appendix A: ECDSA-Sig-Value of the two numbers. */
static int der_of_raw(const struct buf *raw, size_t width, unsigned char **der)
{
    ECDSA_SIG *sig = NULL;
    BIGNUM *r = NULL, *s = NULL;
    int len = 0;
    if (raw->len == 2 * width && (sig = ECDSA_SIG_new()) != NULL) {
        r = BN_bin2bn((const unsigned char *)raw->p, (int)width, NULL);
        s = BN_bin2bn((const unsigned char *)raw->p + width, (int)width, NULL);
        if (r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
            r = s = NULL; /* sig has them */
            len = i2d_ECDSA_SIG(sig, der);
        }
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len;
}

static bool put_signature(X509_REQ *req, const void *p, int len)
{
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    if (bits == NULL || ASN1_BIT_STRING_set(bits, (unsigned char *)(uintptr_t)p, len) != 1) {
        ASN1_BIT_STRING_free(bits);
        return false;
    }
    /* Whole octets: X.690 would drop zero bits of a named list otherwise. */
    bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
    bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
    X509_REQ_set0_signature(req, bits);
    return true;
}

static int put_answer(struct making *m, const struct buf *answer, struct err *err)
{
    size_t width = crypto_coordinate_bytes(m->type);
    unsigned char *der = NULL;
    int len = width ? der_of_raw(answer, width, &der) : 0;
    bool ok = width ? len > 0 && put_signature(m->req, der, len)
                    : put_signature(m->req, answer->p, (int)answer->len);
    OPENSSL_free(der);
    if (!ok || X509_REQ_verify(m->req, m->public) != 1)
        return crypto_fail(err, ERR_FAIL,
                           "certificate request: what the key signed does not verify");
    return 0;
}

static int sign_request(struct making *m, struct err *err)
{
    struct buf answer = BUF_INIT(MAX_SIGNATURE_BYTES);
    unsigned char digest[EVP_MAX_MD_SIZE], *tbs = NULL;
    unsigned digest_len = 0;
    int rc = -1, len = 0;
    if (put_algorithm(m->req, m->type))
        len = i2d_re_X509_REQ_tbs(m->req, &tbs);
    if (len <= 0 ||
        EVP_Digest(tbs, (size_t)len, digest, &digest_len, crypto_digest_of(m->type), NULL) != 1) {
        crypto_fail(err, ERR_FAIL, "certificate request");
        goto done;
    }
    if (m->signer->sign(m->signer->self, digest, digest_len, &answer, err) ||
        buf_check(&answer, "certificate request: signature", err))
        goto done;
    rc = put_answer(m, &answer, err);
done:
    OPENSSL_free(tbs);
    buf_clear(&answer);
    return rc;
}

int csr_make_by_signer(const struct key_signer *k, const char *const *names, size_t name_count,
                       struct buf *out, struct err *err)
{
    struct making m = {.signer = k};
    unsigned char *der = NULL;
    int rc = -1;
    if (name_count == 0)
        return err_set(err, ERR_FAIL, "certificate request: no names");
    ERR_clear_error();
    if (take_public(&m, err))
        goto done;
    m.req = X509_REQ_new();
    if (m.req == NULL || X509_REQ_set_pubkey(m.req, m.public) != 1 ||
        crypto_request_names(m.req, names, name_count) != 1) {
        crypto_fail(err, ERR_FAIL, "certificate request for %s", names[0]);
        goto done;
    }
    if (sign_request(&m, err))
        goto done;
    int len = i2d_X509_REQ(m.req, &der);
    if (len <= 0) {
        crypto_fail(err, ERR_FAIL, "certificate request for %s", names[0]);
        goto done;
    }
    buf_add(out, der, (size_t)len);
    rc = buf_check(out, "certificate request", err);
done:
    OPENSSL_free(der);
    X509_REQ_free(m.req);
    EVP_PKEY_free(m.public);
    return rc;
}
