/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_curl.c - SMTP over libcurl. Neither the message nor what is said is ever logged. */
#include "crypto.h"
#include "https_curl_trust.h"
#include "mail.h"
#include "mail_int.h"
#include "os.h"

#include <curl/curl.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_MS = 15 * 1000, TOTAL_TIMEOUT_MS = 60 * 1000 };

struct delivery {
    CURL *easy;
    bool started;
    struct curl_slist *to;
    struct https_trust trust;
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
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL); /* no STARTTLS, no mail */
    return ok && https_trust_apply(&d->trust, easy);
}

#undef SET

/* The roots, the handle and the recipients. */
static int prepare(struct delivery *d, const struct mail_server *s, struct err *err)
{
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
    return https_trust_open(&d->trust, s->ca_file, err);
}

static int fail(const struct delivery *d, const struct mail_server *s, CURLcode code,
                struct err *err)
{
    const char *detail = https_trust_detail(&d->trust, (int)code, d->detail);
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
    https_trust_clear(&d.trust);
    if (d.started)
        curl_global_cleanup();
    return rc;
}
