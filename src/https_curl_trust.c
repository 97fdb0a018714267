/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https_curl_trust.c - roots of a file are libcurl's to judge by, those of a distribution, too.
 *
 * Where the system judges by itself (Windows) it is asked, and libcurl is told: a list of the roots
 * in its store would lack those that it fetches when a chain ends at one, and hold those that its
 * administrator distrusts.
 */
#include "https_curl_trust.h"

#include "crypto.h"
#include "crypto_trust.h"
#include "os.h"

#include <curl/curl.h>

enum { MAX_CA_FILE_BYTES = 4 * 1024 * 1024 };

int https_trust_open(struct https_trust *t, const char *ca_file, struct err *err)
{
    struct err cause = {0};

    *t = (struct https_trust){.pem = BUF_INIT(MAX_CA_FILE_BYTES)};
    if (ca_file == NULL)
        return https_roots_find(&t->roots, err);
    if (os_read_file(ca_file, &t->pem, &cause))
        return err_set(err, ERR_USAGE, "trusted roots (ca_file): %s", cause.text);
    return cert_pem_check(t->pem.p != NULL ? t->pem.p : "", t->pem.len, ca_file, err);
}

void https_trust_clear(struct https_trust *t)
{
    buf_clear(&t->pem);
    https_roots_clear(&t->roots);
    *t = (struct https_trust){.pem = BUF_INIT(MAX_CA_FILE_BYTES)};
}

static CURLcode on_tls_context(CURL *easy, void *ssl_ctx, void *user)
{
    struct https_trust *t = user;

    (void)easy;
    crypto_trust_by_system(ssl_ctx, &t->refused);
    return CURLE_OK;
}

#define SET(option, value) (ok = ok && curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

bool https_trust_apply(struct https_trust *t, void *easy)
{
    bool ok = true;

    err_clear(&t->refused);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* What was compiled in as a default must not count beside ours. */
    SET(CURLOPT_CAINFO, t->roots.file);
    SET(CURLOPT_CAPATH, t->roots.folder);
    if (t->pem.len > 0) {
        struct curl_blob pem = {t->pem.p, t->pem.len, CURL_BLOB_NOCOPY};
        SET(CURLOPT_CAINFO_BLOB, &pem);
    } else if (t->roots.native) {
        SET(CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
        SET(CURLOPT_SSL_CTX_DATA, (void *)t);
    }
    return ok;
}

#undef SET

const char *https_trust_detail(const struct https_trust *t, int code, const char *detail)
{
    if (code == CURLE_PEER_FAILED_VERIFICATION && err_is_set(&t->refused))
        return t->refused.text;
    return detail[0] != '\0' ? detail : curl_easy_strerror((CURLcode)code);
}
