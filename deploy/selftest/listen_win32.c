/* SPDX-License-Identifier: Apache-2.0 */
/* http.sys listens where a URL is registered; the TLS handshake is its own, nobody has to answer
 * requests. HTTP Server API, version 1. */
#include <winsock2.h>

#include <windows.h>

#include <http.h>

#include "selftest/host_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>

struct selftest_listener {
    HANDLE queue;
    wchar_t *url[FAMILY_COUNT]; /* owned; NULL = not registered */
};

int selftest_listener_open(struct selftest_listener **out, struct err *err)
{
    HTTPAPI_VERSION version = {1, 0};
    struct selftest_listener *l = calloc(1, sizeof *l);
    ULONG rc;

    if (!l)
        return err_set(err, ERR_FAIL, "listener: out of memory");
    rc = HttpInitialize(version, HTTP_INITIALIZE_SERVER, NULL);
    if (rc == ERROR_SUCCESS) {
        rc = HttpCreateHttpHandle(&l->queue, 0);
        if (rc != ERROR_SUCCESS)
            HttpTerminate(HTTP_INITIALIZE_SERVER, NULL);
    }
    if (rc != ERROR_SUCCESS) {
        free(l);
        return sentence_err(err, SENTENCE_BINDING, rc, "HTTP Server API");
    }
    *out = l;
    return 0;
}

int selftest_listener_add(struct selftest_listener *l, enum family f, int port, struct err *err)
{
    char url[96];
    ULONG rc;

    snprintf(url, sizeof url, "https://%s:%d/" SELFTEST_NAME "/",
             f == FAMILY_V4 ? "127.0.0.1" : "[::1]", port);
    if (wide_from_utf8(&l->url[f], url, err) != 0)
        return -1;
    rc = HttpAddUrl(l->queue, l->url[f], NULL);
    if (rc == ERROR_SUCCESS)
        return 0;
    free(l->url[f]);
    l->url[f] = NULL;
    return sentence_err(err, SENTENCE_BINDING, rc, "URL %s", url);
}

void selftest_listener_close(struct selftest_listener *l)
{
    if (!l)
        return;
    for (int f = 0; f < FAMILY_COUNT; f++) {
        if (l->url[f])
            HttpRemoveUrl(l->queue, l->url[f]);
        free(l->url[f]);
    }
    CloseHandle(l->queue);
    HttpTerminate(HTTP_INITIALIZE_SERVER, NULL);
    free(l);
}

int selftest_free_port(void *self, int *out, struct err *err)
{
    SOCKADDR_IN a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int len = sizeof a, port = 0;

    (void)self;
    if (s != INVALID_SOCKET && bind(s, (SOCKADDR *)&a, sizeof a) == 0 &&
        getsockname(s, (SOCKADDR *)&a, &len) == 0)
        port = ntohs(a.sin_port);
    if (port == 0)
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, (uint32_t)WSAGetLastError(), "free port");
    else if (port == NAME_DEFAULT_PORT)
        err_set(err, ERR_FAIL, "free port: Windows gave %d, which is not for trying", port);
    else
        *out = port;
    if (s != INVALID_SOCKET)
        closesocket(s);
    return port && port != NAME_DEFAULT_PORT ? 0 : -1;
}
