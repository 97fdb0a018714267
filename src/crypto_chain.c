/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_chain.c - chains: PEM, order, and what a new certificate must be before it counts. */
#include "crypto_int.h"
#include "text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

enum {
    MAX_PEM_BLOCK = 96 * 1024,
    MAY_START_LATER_S = 3600, /* CAs' clocks and ours differ; deployment waits for notBefore */
};

/* ---- PEM ---- */

static const char BEGIN[] = "-----BEGIN ";
static const char BEGIN_CERT[] = "-----BEGIN CERTIFICATE-----";
static const char END_CERT[] = "-----END CERTIFICATE-----";

/* As strstr, for text that may hold NULs. NULL if it is not there. */
static const char *find(const char *p, const char *end, const char *what)
{
    size_t n = strlen(what);
    for (; (size_t)(end - p) >= n; p++) {
        p = memchr(p, what[0], (size_t)(end - p) - n + 1);
        if (p == NULL)
            return NULL;
        if (memcmp(p, what, n) == 0)
            return p;
    }
    return NULL;
}

/*
 * The next block's DER into `der` (emptied first) and *at behind it. 1 = found, 0 = no more, -1.
 * `strict` refuses blocks of other kinds, which are passed over otherwise.
 */
static int next_block(const char **at, const char *end, bool strict, struct buf *der,
                      struct err *err)
{
    const char *begin = find(*at, end, BEGIN);
    while (begin != NULL && find(begin, end, BEGIN_CERT) != begin) {
        if (strict)
            return err_set(err, ERR_CA,
                           "holds something other than certificates "
                           "(a \"-----BEGIN\" line that names another kind)");
        begin = find(begin + 1, end, BEGIN);
    }
    if (begin == NULL)
        return 0;
    const char *body = begin + strlen(BEGIN_CERT);
    const char *stop = find(body, end, END_CERT);
    if (stop == NULL)
        return err_set(err, ERR_CA, "certificate without END line");
    struct err ignored = {0};
    buf_reset(der);
    if ((size_t)(stop - body) > MAX_PEM_BLOCK ||
        text_base64_decode(der, body, (size_t)(stop - body), &ignored) || der->failed)
        return err_set(err, ERR_CA, "certificate that is no base64");
    *at = stop + strlen(END_CERT);
    return 1;
}

int crypto_chain_append(struct cert_chain *c, X509 *x, const char *what, struct err *err)
{
    unsigned char *der = NULL;
    if (c->count == CERT_MAX_CHAIN)
        return err_set(err, ERR_CA, "%s: more than %d certificates", what, CERT_MAX_CHAIN);
    int len = i2d_X509(x, &der);
    if (len <= 0)
        return crypto_fail(err, ERR_FAIL, "%s: certificate", what);
    /* OPENSSL_free need not be free. */
    uint8_t *copy = malloc((size_t)len);
    if (copy != NULL) {
        memcpy(copy, der, (size_t)len);
        c->cert[c->count].der = copy;
        c->cert[c->count].len = (size_t)len;
        c->count++;
    }
    OPENSSL_free(der);
    return copy != NULL ? 0 : err_set(err, ERR_FAIL, "%s: out of memory", what);
}

int cert_chain_add(struct cert_chain *c, const uint8_t *der, size_t len, struct err *err)
{
    X509 *x = crypto_x509(der, len);
    int rc;
    if (x == NULL)
        return err_set(err, ERR_FAIL, "certificate: not one certificate in DER form");
    rc = crypto_chain_append(c, x, "chain", err);
    X509_free(x);
    return rc;
}

int cert_chain_from_pem(struct cert_chain *out, const char *pem, size_t len, const char *what,
                        struct err *err)
{
    struct cert_chain chain = {0};
    struct buf der = BUF_INIT(MAX_PEM_BLOCK);
    struct err cause = {0};
    const char *at = pem, *end = pem + len;
    int rc = -1, found;
    while ((found = next_block(&at, end, true, &der, &cause)) > 0) {
        X509 *x = crypto_x509(der.p, der.len);
        int failed = x == NULL ? err_set(&cause, ERR_CA, "a certificate cannot be read")
                               : crypto_chain_append(&chain, x, "chain", &cause);
        X509_free(x);
        if (failed)
            goto done;
    }
    if (found == 0 && chain.count == 0)
        err_set(&cause, ERR_CA, "no certificate in it");
    if (err_is_set(&cause))
        goto done;
    *out = chain;
    chain = (struct cert_chain){0};
    rc = 0;
done:
    if (rc != 0)
        err_set(err, cause.code, "%s: %s", what, cause.text);
    buf_clear(&der);
    cert_chain_clear(&chain);
    return rc;
}

int cert_pem_check(const char *pem, size_t len, const char *what, struct err *err)
{
    struct buf der = BUF_INIT(MAX_PEM_BLOCK);
    struct err cause = {0};
    const char *at = pem, *end = pem + len;
    size_t count = 0;
    while (next_block(&at, end, false, &der, &cause) > 0) {
        X509 *x = crypto_x509(der.p, der.len);
        X509_free(x);
        if (x == NULL) {
            err_set(&cause, ERR_USAGE, "certificate %zu cannot be read", count + 1);
            break;
        }
        count++;
    }
    buf_clear(&der);
    if (err_is_set(&cause))
        return err_set(err, ERR_USAGE, "%s: %s", what, cause.text);
    if (count == 0)
        return err_set(err, ERR_USAGE, "%s: no certificate in PEM form in it", what);
    return 0;
}

int cert_chain_to_pem(const struct cert_chain *c, struct buf *out, struct err *err)
{
    enum { LINE = 64 };
    struct buf text = BUF_INIT(2 * MAX_PEM_BLOCK);
    int rc = -1;
    for (size_t i = 0; i < c->count; i++) {
        buf_reset(&text);
        text_base64(&text, c->cert[i].der, c->cert[i].len);
        if (buf_check(&text, "certificate as PEM", err))
            goto done;
        buf_addf(out, "%s\n", BEGIN_CERT);
        for (size_t at = 0; at < text.len; at += LINE) {
            buf_add(out, text.p + at, text.len - at < LINE ? text.len - at : LINE);
            buf_putc(out, '\n');
        }
        buf_addf(out, "%s\n", END_CERT);
    }
    rc = buf_check(out, "certificates as PEM", err);
done:
    buf_clear(&text);
    return rc;
}

void cert_chain_clear(struct cert_chain *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->cert[i].der);
    *c = (struct cert_chain){0};
}

/* ---- order ---- */

/* Names, key identifiers and usage fit, and the signature verifies. */
static bool signed_by(X509 *x, X509 *issuer)
{
    EVP_PKEY *pkey = X509_get0_pubkey(issuer);
    bool yes =
        pkey != NULL && X509_check_issued(issuer, x) == X509_V_OK && X509_verify(x, pkey) == 1;
    ERR_clear_error();
    return yes;
}

static bool among(X509 *x, X509 *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (X509_cmp(list[i], x) == 0)
            return true;
    }
    return false;
}

size_t crypto_chain_link(X509 *leaf, X509 *const *pool, size_t pool_count,
                         X509 *out[CERT_MAX_CHAIN])
{
    size_t n = 0;
    X509 *next = leaf;
    while (next != NULL && n < CERT_MAX_CHAIN) {
        X509 *last = next;
        out[n++] = last;
        next = NULL;
        if (X509_self_signed(last, 0) == 1)
            break;
        for (size_t i = 0; i < pool_count && next == NULL; i++) {
            if (!among(pool[i], out, n) && signed_by(last, pool[i]))
                next = pool[i];
        }
    }
    ERR_clear_error();
    return n;
}

/* Puts the chain's memory into the order of `links` and frees what is not among them. */
static void reorder(struct cert_chain *c, X509 *const *all, X509 *const *links, size_t link_count)
{
    struct cert_chain sorted = {0};
    for (size_t i = 0; i < link_count; i++) {
        for (size_t j = 0; j < c->count; j++) {
            if (all[j] != links[i])
                continue;
            sorted.cert[sorted.count++] = c->cert[j];
            c->cert[j].der = NULL;
        }
    }
    cert_chain_clear(c);
    *c = sorted;
}

static int mend_order(struct cert_chain *c, struct err *err)
{
    X509 *all[CERT_MAX_CHAIN] = {NULL}, *links[CERT_MAX_CHAIN] = {NULL};
    int rc = -1;
    for (size_t i = 0; i < c->count; i++) {
        all[i] = crypto_x509(c->cert[i].der, c->cert[i].len);
        if (all[i] == NULL) {
            err_set(err, ERR_CA, "certificate chain: certificate %zu cannot be read", i + 1);
            goto done;
        }
    }
    size_t n = crypto_chain_link(all[0], all + 1, c->count - 1, links);
    if (n == 1 && c->count > 1 && X509_self_signed(all[0], 0) != 1) {
        err_set(err, ERR_CA,
                "certificate chain: none of the %zu certificates that came with the "
                "first one signed it",
                c->count - 1);
        goto done;
    }
    reorder(c, all, links, n);
    rc = 0;
done:
    for (size_t i = 0; i < CERT_MAX_CHAIN; i++)
        X509_free(all[i]);
    ERR_clear_error();
    return rc;
}

/* ---- check ---- */

static bool has_name(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal_nocase(list[i], name))
            return true;
    }
    return false;
}

static bool covers(const char *const *all, size_t all_count, const char *const *some, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!has_name(all, all_count, some[i]))
            return false;
    }
    return true;
}

static void put_list(struct buf *b, const char *const *names, size_t count)
{
    if (count == 0)
        buf_puts(b, "nothing");
    for (size_t i = 0; i < count; i++)
        buf_addf(b, "%s%s", i > 0 ? ", " : "", names[i]);
}

static int check_names(const struct cert_info *leaf, const struct cert_wanted *w, struct err *err)
{
    const char *const *has = (const char *const *)leaf->names;
    if (w->name_count == 0 || (covers(has, leaf->name_count, w->names, w->name_count) &&
                               covers(w->names, w->name_count, has, leaf->name_count)))
        return 0;
    struct buf text = BUF_INIT(64 * 1024);
    buf_puts(&text, "certificate names ");
    put_list(&text, has, leaf->name_count);
    buf_puts(&text, "; wanted ");
    put_list(&text, w->names, w->name_count);
    err_set(err, ERR_CA, "%s", buf_str(&text));
    buf_clear(&text);
    return -1;
}

static int check_key(const struct cert_info *leaf, const struct key *k, struct err *err)
{
    struct buf spki = BUF_INIT(4096);
    uint8_t hash[SHA256_BYTES];
    int rc = -1;
    if (key_spki(k, &spki, err))
        goto done;
    crypto_sha256(spki.p, spki.len, hash);
    rc = crypto_equal(hash, leaf->spki_sha256, sizeof hash)
             ? 0
             : err_set(err, ERR_CA, "certificate %s is for another key (%s) than the request (%s)",
                       leaf->subject, leaf->key, key_type_name(key_type_of(k)));
done:
    buf_clear(&spki);
    return rc;
}

static int check_dates(const struct cert_info *leaf, int64_t now, struct err *err)
{
    char when[21];
    if (leaf->not_after <= now) {
        text_time(leaf->not_after, when);
        return err_set(err, ERR_CA, "certificate %s expired at %s", leaf->subject, when);
    }
    if (leaf->not_before > now + MAY_START_LATER_S) {
        text_time(leaf->not_before, when);
        return err_set(err, ERR_CA, "certificate %s is not valid before %s (is this clock right?)",
                       leaf->subject, when);
    }
    return 0;
}

int cert_chain_check(struct cert_chain *c, const struct cert_wanted *w, struct err *err)
{
    struct cert_info leaf = {0};
    struct err cause = {0};
    int rc = -1;
    if (c->count == 0)
        return err_set(err, ERR_CA, "certificate chain: empty");
    if (cert_info_read(&leaf, c->cert[0].der, c->cert[0].len, &cause)) {
        err_set(err, ERR_CA, "certificate chain: %s", cause.text);
        goto done;
    }
    if ((w->key != NULL && check_key(&leaf, w->key, err)) || check_names(&leaf, w, err))
        goto done;
    if (!leaf.server_auth) {
        err_set(err, ERR_CA, "certificate %s is not for servers (extended key usage)",
                leaf.subject);
        goto done;
    }
    if (check_dates(&leaf, w->now, err) || mend_order(c, err))
        goto done;
    rc = 0;
done:
    cert_info_clear(&leaf);
    return rc;
}
