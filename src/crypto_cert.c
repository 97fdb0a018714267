/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_cert.c - reading what a certificate says. */
#include "crypto_int.h"
#include "text.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MAX_DER = 64 * 1024,    /* real ones have 1 to 3 KiB */
    MAX_SERIAL_OCTETS = 31, /* what `serial` can show; RFC 5280 4.1.2.2 allows 20 */
    MAX_NAME_TEXT = 64 * 1024,
};

X509 *crypto_x509(const void *der, size_t len)
{
    const unsigned char *p = der;
    if (len == 0 || len > MAX_DER)
        return NULL;
    X509 *x = d2i_X509(NULL, &p, (long)len);
    if (x != NULL && p != (const unsigned char *)der + len) {
        X509_free(x);
        x = NULL;
    }
    ERR_clear_error();
    return x;
}

/* Copies what fits, cut between UTF-8 characters, foreign characters replaced. */
static void put_text(char *out, size_t size, const char *s, size_t len)
{
    struct buf b = BUF_INIT(4 * MAX_NAME_TEXT);
    buf_put_foreign(&b, s, len);
    const char *text = buf_str(&b);
    size_t n = strlen(text);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
    buf_clear(&b);
}

static int read_time(const ASN1_TIME *t, int64_t *out)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return -1;
    *out =
        text_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return 0;
}

/* "CN=vpn.example.com, O=Example": RFC 4514's escapes, but in the order that stands in it. */
static int put_name(char *out, size_t size, const X509_NAME *name)
{
    unsigned long flags =
        (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, flags) < 0) {
        BIO_free(bio);
        return -1;
    }
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    put_text(out, size, text != NULL ? text : "", len > 0 ? (size_t)len : 0);
    BIO_free(bio);
    return 0;
}

static void put_common_name(char *out, size_t size, const X509_NAME *name)
{
    int last = -1, at;
    while ((at = X509_NAME_get_index_by_NID(name, NID_commonName, last)) >= 0)
        last = at;
    if (last < 0)
        return;
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    if (len > 0)
        put_text(out, size, (const char *)utf8, (size_t)len);
    OPENSSL_free(utf8);
}

/* Content octets of the DER INTEGER, sign octet included: what RFC 9773 4.1 encodes. */
static size_t serial_octets(const X509 *x, uint8_t out[MAX_SERIAL_OCTETS + 1])
{
    unsigned char *der = NULL;
    int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(x), &der);
    size_t n = 0;
    /* Tag and one length octet: contents are shorter than 128 octets. */
    if (len > 2 && len - 2 <= MAX_SERIAL_OCTETS + 1 && der[1] == len - 2) {
        n = (size_t)len - 2;
        memcpy(out, der + 2, n);
    }
    OPENSSL_free(der);
    return n;
}

static int put_serial(struct cert_info *c, X509 *x)
{
    uint8_t octets[MAX_SERIAL_OCTETS + 1];
    size_t n = serial_octets(x, octets);
    /* The sign octet is DER's matter; administrators' tools show the number without it. */
    size_t skip = n > 1 && octets[0] == 0 ? 1 : 0;
    if (n == 0 || n - skip > MAX_SERIAL_OCTETS)
        return -1;
    text_hex(octets + skip, n - skip, c->serial);

    const ASN1_OCTET_STRING *aki = X509_get0_authority_key_id(x);
    if (aki == NULL)
        return 0;
    struct buf id = BUF_INIT(sizeof c->ari_id - 1);
    text_base64url(&id, ASN1_STRING_get0_data(aki), (size_t)ASN1_STRING_length(aki));
    buf_putc(&id, '.');
    text_base64url(&id, octets, n);
    if (!id.failed) /* an identifier that is no SHA-1 size: no ARI for it */
        text_copy(c->ari_id, sizeof c->ari_id, buf_str(&id));
    buf_clear(&id);
    return 0;
}

static int put_names(struct cert_info *c, const X509 *x, struct err *err)
{
    int rc = -1, critical = 0;
    GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);
    if (all == NULL) {
        ERR_clear_error();
        /* -1: there is no such extension. */
        return critical == -1 ? 0 : err_set(err, ERR_FAIL, "certificate: bad subjectAltName");
    }
    c->names = calloc(CERT_MAX_NAMES, sizeof *c->names);
    for (int i = 0; c->names != NULL && i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);
        if (one->type != GEN_DNS)
            continue;
        if (c->name_count == CERT_MAX_NAMES) {
            err_set(err, ERR_FAIL, "certificate %s: more than %d names", c->subject,
                    CERT_MAX_NAMES);
            goto done;
        }
        char
            text[512]; /* a NUL or other control character inside becomes '?' and matches nothing */
        put_text(text, sizeof text, (const char *)ASN1_STRING_get0_data(one->d.dNSName),
                 (size_t)ASN1_STRING_length(one->d.dNSName));
        if (text_dup(&c->names[c->name_count], text, err))
            goto done;
        c->name_count++;
    }
    rc = c->names != NULL ? 0 : err_set(err, ERR_FAIL, "certificate: out of memory");
done:
    GENERAL_NAMES_free(all);
    return rc;
}

static void put_crl(struct cert_info *c, const X509 *x)
{
    CRL_DIST_POINTS *all = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(all) && c->crl_url[0] == '\0'; i++) {
        const DIST_POINT_NAME *name = sk_DIST_POINT_value(all, i)->distpoint;
        if (name == NULL || name->type != 0) /* 0: fullName */
            continue;
        for (int j = 0; j < sk_GENERAL_NAME_num(name->name.fullname); j++) {
            const GENERAL_NAME *one = sk_GENERAL_NAME_value(name->name.fullname, j);
            if (one->type == GEN_URI && c->crl_url[0] == '\0')
                put_text(c->crl_url, sizeof c->crl_url,
                         (const char *)ASN1_STRING_get0_data(one->d.uniformResourceIdentifier),
                         (size_t)ASN1_STRING_length(one->d.uniformResourceIdentifier));
        }
    }
    CRL_DIST_POINTS_free(all);
}

static int put_key(struct cert_info *c, X509 *x)
{
    unsigned char *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
    if (len <= 0)
        return -1;
    crypto_sha256(spki, (size_t)len, c->spki_sha256);
    OPENSSL_free(spki);

    enum key_type type;
    const EVP_PKEY *pkey = X509_get0_pubkey(x);
    bool known = pkey != NULL && crypto_key_kind(pkey, &type);
    if (!known && pkey != NULL && EVP_PKEY_is_a(pkey, "RSA") == 1)
        snprintf(c->key, sizeof c->key, "rsa%d", EVP_PKEY_get_bits(pkey));
    else
        text_copy(c->key, sizeof c->key, known ? key_type_name(type) : "other");
    return 0;
}

int cert_info_read(struct cert_info *out, const void *der, size_t len, struct err *err)
{
    struct cert_info c = {0};
    int rc = -1;
    X509 *x = crypto_x509(der, len);
    if (x == NULL)
        return err_set(err, ERR_FAIL, "certificate: not one certificate in DER form");
    crypto_sha1(der, len, c.sha1);
    crypto_sha256(der, len, c.sha256);
    if (put_name(c.subject, sizeof c.subject, X509_get_subject_name(x)) ||
        put_name(c.issuer, sizeof c.issuer, X509_get_issuer_name(x)) ||
        read_time(X509_get0_notBefore(x), &c.not_before) ||
        read_time(X509_get0_notAfter(x), &c.not_after) || put_serial(&c, x) || put_key(&c, x)) {
        crypto_fail(err, ERR_FAIL, "certificate %s: cannot be read", c.subject);
        goto done;
    }
    if (put_names(&c, x, err))
        goto done;
    put_crl(&c, x);
    put_common_name(c.issuer_cn, sizeof c.issuer_cn, X509_get_issuer_name(x));
    /* UINT32_MAX: no extended key usage at all, which allows every use (RFC 5280 4.2.1.12). */
    uint32_t usage = X509_get_extended_key_usage(x);
    c.server_auth = usage == UINT32_MAX || (usage & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
    c.self_signed = X509_self_signed(x, 1) == 1;
    *out = c;
    c = (struct cert_info){0};
    rc = 0;
done:
    ERR_clear_error();
    cert_info_clear(&c);
    X509_free(x);
    return rc;
}

void cert_info_clear(struct cert_info *c)
{
    for (size_t i = 0; i < c->name_count; i++)
        free(c->names[i]);
    free(c->names);
    *c = (struct cert_info){0};
}

bool cert_names_match(const struct cert_info *c, const char *host)
{
    const char *rest = strchr(host, '.');
    for (size_t i = 0; i < c->name_count; i++) {
        const char *name = c->names[i];
        if (text_equal_nocase(name, host))
            return true;
        if (text_starts(name, "*.") && rest != NULL && rest != host &&
            text_equal_nocase(name + 1, rest))
            return true;
    }
    return false;
}
