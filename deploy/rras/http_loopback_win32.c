/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate records of the loopback addresses: http.sys judges a certificate there as it does
 * anywhere, and no client is touched. */
#include "rras/http_win32.h"

#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A record's place, its name for errors, and the API made ready. */
struct place {
    SOCKADDR_STORAGE address;
    char where[32];
};

static int place_open(struct place *out, enum family f, int port, struct err *err)
{
    ULONG rc;

    if (port == NAME_DEFAULT_PORT) /* that one belongs to RRAS */
        return err_set(err, ERR_FAIL, "record on loopback: port %d is none for trying", port);
    out->address = http_wildcard(f, port);
    if (f == FAMILY_V4)
        ((SOCKADDR_IN *)&out->address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        ((SOCKADDR_IN6 *)&out->address)->sin6_addr.s6_addr[15] = 1;
    snprintf(out->where, sizeof out->where, f == FAMILY_V4 ? "127.0.0.1:%d" : "[::1]:%d", port);
    rc = http_begin();
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
    return 0;
}

static int read_at(struct place *p, struct binding *out, struct err *err)
{
    HTTP_SERVICE_CONFIG_SSL_QUERY q = {.QueryDesc = HttpServiceConfigQueryExact,
                                       .KeyDesc.pIpPort = (SOCKADDR *)&p->address};
    HTTP_SERVICE_CONFIG_SSL_SET *answer = calloc(1, HTTP_ANSWER_BYTES);
    ULONG rc;
    int result = -1;

    if (!answer)
        return err_set(err, ERR_FAIL, "record %s: out of memory", p->where);
    rc = http_query(HTTP_CONFIG_SSL, &q, sizeof q, answer);
    if (rc == ERROR_FILE_NOT_FOUND) {
        memset(out, 0, sizeof *out);
        result = 0;
    } else if (rc != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_BINDING, rc, "record %s", p->where);
    } else {
        result = http_take_param(&answer->ParamDesc, out, err);
    }
    free(answer);
    return result;
}

int http_loopback_read(enum family f, int port, struct binding *out, struct err *err)
{
    struct place p;
    int rc;

    if (place_open(&p, f, port, err) != 0)
        return -1;
    rc = read_at(&p, out, err);
    http_end();
    return rc;
}

static ULONG delete_at(struct place *p)
{
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)&p->address};

    return HttpDeleteServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set,
                                          NULL);
}

static ULONG write_at(struct place *p, const HTTP_SERVICE_CONFIG_SSL_PARAM *param,
                      enum http_how how)
{
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)&p->address,
                                       .ParamDesc = *param};
    ULONG rc = ERROR_SUCCESS;

    if (how == HTTP_HOW_UPDATE)
        return http_update(&set);
    if (how == HTTP_HOW_REPLACE)
        rc = delete_at(p);
    if (rc != ERROR_SUCCESS)
        return rc;
    return HttpSetServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set, NULL);
}

int http_loopback_write(enum family f, int port, const struct binding *b, enum http_how how,
                        struct err *err)
{
    struct http_param param = {0};
    struct place p;
    ULONG rc;
    int result = -1;

    if (place_open(&p, f, port, err) != 0)
        return -1;
    if (http_param_fill(&param, b, err) != 0)
        goto done;
    rc = write_at(&p, &param.p, how);
    result =
        rc == ERROR_SUCCESS ? 0 : sentence_err(err, SENTENCE_BINDING, rc, "record %s", p.where);
done:
    http_param_clear(&param);
    http_end();
    return result;
}

int http_loopback_remove(enum family f, int port, const char *app_id, struct err *err)
{
    struct binding seen = {.present = false};
    struct place p;
    ULONG rc = ERROR_SUCCESS;
    int result = -1;

    if (place_open(&p, f, port, err) != 0)
        return -1;
    if (read_at(&p, &seen, err) != 0)
        goto done;
    if (seen.present && text_equal_nocase(seen.app_id, app_id))
        rc = delete_at(&p);
    if (rc != ERROR_SUCCESS && rc != ERROR_FILE_NOT_FOUND)
        sentence_err(err, SENTENCE_BINDING, rc, "record %s", p.where);
    else
        result = 0;
done:
    http_end();
    return result;
}

/* ---- the deploy's trial ---- */

int http_try_binding(int port, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    struct binding b = {.present = true,
                        .app_id = NAME_TRIAL_APP_ID,
                        .store = NAME_STORE_MY,
                        .hash_len = SHA1_BYTES};

    memcpy(b.hash, sha1, SHA1_BYTES);
    if (http_loopback_write(FAMILY_V4, port, &b, HTTP_HOW_SET, err) != 0)
        return err_context(err, "trial binding");
    return http_drop_trial(port, err);
}

int http_drop_trial(int port, struct err *err)
{
    if (http_loopback_remove(FAMILY_V4, port, NAME_TRIAL_APP_ID, err) != 0)
        return err_context(err, "trial binding: removal");
    return 0;
}
