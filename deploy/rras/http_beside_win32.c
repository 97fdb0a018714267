/* SPDX-License-Identifier: Apache-2.0 */
/* What http.sys says beside its certificate records: listen list, URL reservation. */
#include "rras/http_win32.h"

#include <ws2tcpip.h>

#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void observe_listen(void *answer, struct listen_list *out)
{
    const HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY *list = answer;
    struct err e = {0};
    ULONG rc = http_query(HTTP_CONFIG_LISTEN, NULL, 0, answer);

    out->seen.ok = rc == ERROR_SUCCESS || rc == ERROR_FILE_NOT_FOUND;
    if (!out->seen.ok) {
        sentence_err(&e, SENTENCE_BINDING, rc, "IP listen list");
        seen_fail(&out->seen, &e);
    }
    for (ULONG i = 0; rc == ERROR_SUCCESS && i < list->AddrCount && out->n < LISTEN_MAX; i++) {
        const SOCKADDR_STORAGE *a = &list->AddrList[i];
        struct net_addr *to = &out->addr[out->n++];
        if (a->ss_family == AF_INET) {
            to->family = 4;
            memcpy(to->ip, &((const SOCKADDR_IN *)a)->sin_addr, 4);
        } else {
            to->family = 6;
            memcpy(to->ip, &((const SOCKADDR_IN6 *)a)->sin6_addr, 16);
        }
    }
}

static void observe_url(int port, bool https, void *answer, struct url_reservation *out)
{
    HTTP_SERVICE_CONFIG_URLACL_QUERY q = {.QueryDesc = HttpServiceConfigQueryExact};
    const HTTP_SERVICE_CONFIG_URLACL_SET *set = answer;
    struct err e = {0};
    ULONG rc;

    snprintf(out->url, sizeof out->url, "%s://+:%d%s", https ? "https" : "http", port,
             NAME_SSTP_URL);
    if (wide_from_utf8(&q.KeyDesc.pUrlPrefix, out->url, &e) != 0)
        goto done;
    rc = http_query(HTTP_CONFIG_URL_ACL, &q, sizeof q, answer);
    if (rc == ERROR_FILE_NOT_FOUND)
        goto done;
    if (rc != ERROR_SUCCESS) {
        sentence_err(&e, SENTENCE_BINDING, rc, "URL reservation %s", out->url);
        goto done;
    }
    out->present = true;
    if (http_take_text(set->ParamDesc.pStringSecurityDescriptor, out->sddl, sizeof out->sddl, &e) ==
        0)
        out->grants_sstp = strstr(out->sddl, NAME_SSTPSVC_SID) != NULL;
done:
    out->seen.ok = !err_is_set(&e);
    if (!out->seen.ok)
        seen_fail(&out->seen, &e);
    free(q.KeyDesc.pUrlPrefix);
}

void http_observe_beside(int port, struct observed *out)
{
    void *answer = calloc(1, HTTP_ANSWER_BYTES);
    struct err e = {0};
    ULONG rc = ERROR_OUTOFMEMORY;

    if (answer)
        rc = http_begin();
    if (rc == ERROR_SUCCESS) {
        observe_listen(answer, &out->listen);
        observe_url(port, raw_number(&out->value[VALUE_USE_HTTPS], 1) != 0, answer, &out->url);
        http_end();
    } else {
        sentence_err(&e, SENTENCE_BINDING, rc, "HTTP Server API");
        seen_fail(&out->listen.seen, &e);
        seen_fail(&out->url.seen, &e);
    }
    free(answer);
}
