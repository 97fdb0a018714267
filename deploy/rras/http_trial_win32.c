/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate is tried where nobody is served: on 127.0.0.1 and a port that nothing listens on.
 */
#include "rras/http_win32.h"

#include <ws2tcpip.h>

#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static SOCKADDR_STORAGE trial_address(int port)
{
    SOCKADDR_STORAGE storage = http_wildcard(FAMILY_V4, port);

    ((SOCKADDR_IN *)&storage)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return storage;
}

static ULONG take_away(SOCKADDR_STORAGE *address)
{
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)address};

    return HttpDeleteServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set,
                                          NULL);
}

int http_try_binding(int port, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    SOCKADDR_STORAGE address = trial_address(port);
    HTTP_SERVICE_CONFIG_SSL_SET set = {.KeyDesc.pIpPort = (SOCKADDR *)&address};
    struct binding b = {.present = true,
                        .app_id = NAME_TRIAL_APP_ID,
                        .store = NAME_STORE_MY,
                        .hash_len = SHA1_BYTES};
    struct http_param param = {0};
    ULONG rc = http_begin();
    int result = -1;

    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
    memcpy(b.hash, sha1, SHA1_BYTES);
    if (http_param_fill(&param, &b, err) != 0)
        goto done;
    set.ParamDesc = param.p;
    rc = HttpSetServiceConfiguration(NULL, HttpServiceConfigSSLCertInfo, &set, sizeof set, NULL);
    if (rc != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_BINDING, rc, "trial binding 127.0.0.1:%d", port);
        goto done;
    }
    rc = take_away(&address);
    if (rc != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_BINDING, rc, "trial binding 127.0.0.1:%d: removal", port);
        goto done;
    }
    result = 0;
done:
    http_param_clear(&param);
    http_end();
    return result;
}

static bool is_ours(SOCKADDR_STORAGE *address, void *answer, ULONG *rc)
{
    HTTP_SERVICE_CONFIG_SSL_QUERY q = {.QueryDesc = HttpServiceConfigQueryExact,
                                       .KeyDesc.pIpPort = (SOCKADDR *)address};
    const HTTP_SERVICE_CONFIG_SSL_SET *set = answer;
    char app_id[APP_ID_CHARS];

    *rc = http_query(HTTP_CONFIG_SSL, &q, sizeof q, answer);
    if (*rc != ERROR_SUCCESS)
        return false;
    http_guid_text(&set->ParamDesc.AppId, app_id);
    return strcmp(app_id, NAME_TRIAL_APP_ID) == 0;
}

int http_drop_trial(int port, struct err *err)
{
    SOCKADDR_STORAGE address = trial_address(port);
    void *answer = calloc(1, HTTP_ANSWER_BYTES);
    ULONG rc = ERROR_OUTOFMEMORY;

    if (answer)
        rc = http_begin();
    if (rc == ERROR_SUCCESS) {
        if (is_ours(&address, answer, &rc))
            rc = take_away(&address);
        if (rc == ERROR_FILE_NOT_FOUND)
            rc = ERROR_SUCCESS;
        http_end();
    }
    free(answer);
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_BINDING, rc, "trial binding 127.0.0.1:%d: removal", port);
    return 0;
}
