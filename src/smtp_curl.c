/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_curl.c - SMTP over libcurl. Neither the message nor what is said is ever logged. */
#include "crypto.h"
#include "https_int.h"
#include "mail.h"
#include "mail_int.h"
#include "os.h"

#include <curl/curl.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_MS = 15 * 1000, TOTAL_TIMEOUT_MS = 60 * 1000, MAX_CA_BYTES = 4 << 20 };

struct delivery {
    CURL *easy;
    bool started;
    struct curl_slist *to;
    struct buf ca; /* the configured roots; empty = the system's */
    struct https_roots roots;
    const struct mail *mail;
    size_t sent;
    char detail[CURL_ERROR_SIZE];
};

static size_t on_read(char *p, size_t one, size_t room, void *user)
{
    struct delivery *d = user;
    size_t left = d->mail->text_len - d->sent, n = one * room < left ? one * room : left;
    memcpy(p, d->mail->text + d->sent, n);
    d->sent += n;
    return n;
}

static size_t on_answer(char *p, size_t one, size_t len, void *user)
{
    (void)p, (void)user;
    return one * len;
}

#define SET(option, value) (ok = ok && curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

static bool set_trust(CURL *easy, struct delivery *d)
{
    bool ok = true;
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL); /* no STARTTLS, no mail */
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_CAINFO, d->roots.file);
    SET(CURLOPT_CAPATH, d->roots.folder);
    if (d->ca.len > 0) {
        struct curl_blob pem = {d->ca.p, d->ca.len, CURL_BLOB_NOCOPY};
        SET(CURLOPT_CAINFO_BLOB, &pem);
    } else if (d->roots.native) {
        SET(CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NATIVE_CA);
    }
    return ok;
}

static bool set_up(struct delivery *d, const struct mail_server *s)
{
    CURL *easy = d->easy;
    bool ok = true;
    int64_t total =
        s->timeout_ms > 0 && s->timeout_ms < LONG_MAX ? s->timeout_ms : TOTAL_TIMEOUT_MS;
    char from[300];
    snprintf(from, sizeof(from), "<%s>", d->mail->from);
    SET(CURLOPT_ERRORBUFFER, d->detail);
    SET(CURLOPT_URL, s->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(total < CONNECT_TIMEOUT_MS ? total : CONNECT_TIMEOUT_MS));
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT_MS, (long)total);
    SET(CURLOPT_TIMEOUT_MS, (long)total);
    SET(CURLOPT_MAIL_FROM, from); /* copied */
    SET(CURLOPT_MAIL_RCPT, d->to);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, (void *)d);
    SET(CURLOPT_WRITEFUNCTION, on_answer);
    SET(CURLOPT_UPLOAD, 1L);
    if (s->user != NULL) {
        SET(CURLOPT_USERNAME, s->user);
        SET(CURLOPT_PASSWORD, s->password != NULL ? s->password : "");
    }
    return ok && set_trust(easy, d);
}

#undef SET

/* The roots, the handle and the recipients. */
static int prepare(struct delivery *d, const struct mail_server *s, struct err *err)
{
    struct err cause = {0};
    for (size_t i = 0; i < d->mail->to_count; i++) {
        char to[300];
        if (mail_check_address(d->mail->to[i], err) != 0)
            return -1;
        snprintf(to, sizeof(to), "<%s>", d->mail->to[i]);
        struct curl_slist *more = curl_slist_append(d->to, to);
        if (more == NULL)
            return err_set(err, ERR_FAIL, "mail: out of memory");
        d->to = more;
    }
    if (mail_check_address(d->mail->from, err) != 0)
        return -1;
    if (s->ca_file == NULL)
        return https_roots_find(&d->roots, err);
    if (os_read_file(s->ca_file, &d->ca, &cause) != 0)
        return err_set(err, ERR_USAGE, "trusted roots (ca_file): %s", cause.text);
    return cert_pem_check(d->ca.p != NULL ? d->ca.p : "", d->ca.len, s->ca_file, err);
}

static int fail(const struct delivery *d, const struct mail_server *s, CURLcode code,
                struct err *err)
{
    const char *detail = d->detail[0] != '\0' ? d->detail : curl_easy_strerror(code);
    const char *words = code == CURLE_LOGIN_DENIED         ? "user or password was refused"
                        : code == CURLE_USE_SSL_FAILED     ? "offers no STARTTLS"
                        : code == CURLE_OPERATION_TIMEDOUT ? "no answer in time"
                                                           : https_curl_words((int)code);
    err_sys(err, https_curl_err_code((int)code), ERR_SRC_CURL, (uint32_t)code,
            "mail server %.200s: %s: %.200s", s->url, words, detail);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return err_hint(err, "notify.ca_file names the roots to trust for it");
    if (code == CURLE_USE_SSL_FAILED)
        return err_hint(err, "nothing is sent without TLS; does it take smtps:// on port 465?");
    return -1;
}

int mail_send(const struct mail_server *s, const struct mail *mail, struct err *err)
{
    struct delivery d = {.mail = mail};
    int rc = -1;
    buf_init(&d.ca, MAX_CA_BYTES);
    d.started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    d.easy = d.started ? curl_easy_init() : NULL;
    if (d.easy == NULL) {
        err_set(err, ERR_FAIL, "mail: libcurl cannot be set up");
        goto done;
    }
    if (prepare(&d, s, err) != 0)
        goto done;
    CURLcode code = set_up(&d, s) ? curl_easy_perform(d.easy) : CURLE_BAD_FUNCTION_ARGUMENT;
    log_debug(s->log, "mail by %s -> %s", s->url, code == CURLE_OK ? "accepted" : "not accepted");
    rc = code == CURLE_OK ? 0 : fail(&d, s, code, err);
done:
    curl_easy_cleanup(d.easy);
    curl_slist_free_all(d.to);
    https_roots_clear(&d.roots);
    buf_clear(&d.ca);
    if (d.started)
        curl_global_cleanup();
    return rc;
}
