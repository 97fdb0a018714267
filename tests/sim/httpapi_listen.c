/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The httpapi double's server side, as far as a program needs it that only wants TLS to be answered
 * at a URL: HttpCreateHttpHandle, HttpAddUrl, HttpRemoveUrl. The listener is the simulated
 * http.sys's (sim_front), here in the program's own process; it ends with the port's last URL.
 * Requests get the 404 that http.sys gives for a URL without a reader.
 *
 * Stricter than needed: a handle that HttpCreateHttpHandle did not make gets ERROR_INVALID_HANDLE;
 * URLs are https, with a port, and end in a slash.
 */
#include "httpapi_int.h"
#include "sim_call.h"
#include "sim_front.h"

#include <stdio.h>
#include <string.h>

enum { QUEUES_MAX = 4, URLS_MAX = 8, URL_CHARS = 200, PORT_MAX = 65535 };

struct registered {
    HANDLE queue;
    WCHAR url[URL_CHARS];
    unsigned short port;
    struct front *front; /* of the port's first URL; NULL for its others */
};

static struct {
    SRWLOCK lock;
    HANDLE queue[QUEUES_MAX];
    struct registered url[URLS_MAX];
} server = {.lock = SRWLOCK_INIT};

static bool is_queue(HANDLE h)
{
    for (int i = 0; h && i < QUEUES_MAX; i++)
        if (server.queue[i] == h)
            return true;
    return false;
}

static struct registered *find_url(const WCHAR *url)
{
    for (int i = 0; i < URLS_MAX; i++)
        if (server.url[i].queue && _wcsicmp(server.url[i].url, url) == 0)
            return &server.url[i];
    return NULL;
}

static bool port_of(const WCHAR *url, unsigned short *out)
{
    static const WCHAR scheme[] = L"https://";
    size_t chars = wcslen(url), head = wcslen(scheme);
    if (chars >= URL_CHARS || wcsncmp(url, scheme, head) != 0 || url[chars - 1] != L'/')
        return false;
    const WCHAR *slash = wcschr(url + head, L'/'), *colon = slash;
    while (colon > url + head && *colon != L':')
        colon--;
    unsigned long port = *colon == L':' ? wcstoul(colon + 1, NULL, 10) : 0;
    *out = (unsigned short)port;
    return port > 0 && port <= PORT_MAX;
}

static struct registered *same_port(unsigned short port, const struct registered *but)
{
    for (int i = 0; i < URLS_MAX; i++)
        if (server.url[i].queue && &server.url[i] != but && server.url[i].port == port)
            return &server.url[i];
    return NULL;
}

static ULONG create(HANDLE *out, ULONG options)
{
    if (!out || options)
        return ERROR_INVALID_PARAMETER;
    for (int i = 0; i < QUEUES_MAX; i++)
        if (!server.queue[i]) {
            server.queue[i] = *out = CreateEventW(NULL, TRUE, FALSE, NULL);
            return *out ? 0 : GetLastError();
        }
    return ERROR_NOT_ENOUGH_MEMORY;
}

static void serve(const struct sim_line *line, void *user)
{
    (void)user;
    sim_line_nobody(line);
}

static ULONG add(HANDLE queue, const WCHAR *url)
{
    struct registered *r = NULL;
    unsigned short port;
    if (!is_queue(queue))
        return ERROR_INVALID_HANDLE;
    if (!port_of(url, &port))
        return ERROR_INVALID_PARAMETER;
    if (find_url(url))
        return ERROR_ALREADY_EXISTS;
    for (int i = 0; i < URLS_MAX && !r; i++)
        if (!server.url[i].queue)
            r = &server.url[i];
    if (!r)
        return ERROR_NOT_ENOUGH_MEMORY;
    *r = (struct registered){.port = port};
    if (!same_port(port, r)) {
        struct front_options options = {.port = port, .https = true, .serve = serve};
        if (front_open(&r->front, &options))
            return ERROR_SHARING_VIOLATION;
    }
    wcscpy(r->url, url);
    r->queue = queue;
    return 0;
}

static ULONG take_away(HANDLE queue, const WCHAR *url)
{
    struct registered *r = find_url(url), *other;
    if (!is_queue(queue))
        return ERROR_INVALID_HANDLE;
    if (!r || r->queue != queue)
        return ERROR_FILE_NOT_FOUND;
    other = same_port(r->port, r);
    if (other && r->front)
        other->front = r->front;
    else
        front_close(r->front);
    *r = (struct registered){0};
    return 0;
}

ULONG WINAPI HttpCreateHttpHandle(PHANDLE out, ULONG options)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "HttpCreateHttpHandle", SIM_LIE_NO, &result)) {
        AcquireSRWLockExclusive(&server.lock);
        result = httpapi_serving() ? create(out, options) : (ULONG)ERROR_INVALID_HANDLE;
        ReleaseSRWLockExclusive(&server.lock);
    }
    return sim_end(&call, result, "options %lx", options);
}

ULONG WINAPI HttpAddUrl(HANDLE queue, PCWSTR url, PVOID reserved)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "HttpAddUrl", SIM_LIE_OK, &result)) {
        AcquireSRWLockExclusive(&server.lock);
        result = reserved || !url ? (ULONG)ERROR_INVALID_PARAMETER : add(queue, url);
        ReleaseSRWLockExclusive(&server.lock);
    }
    return sim_end(&call, result, "%ls", url ? url : L"");
}

ULONG WINAPI HttpRemoveUrl(HANDLE queue, PCWSTR url)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "HttpRemoveUrl", SIM_LIE_OK, &result)) {
        AcquireSRWLockExclusive(&server.lock);
        result = url ? take_away(queue, url) : (ULONG)ERROR_INVALID_PARAMETER;
        ReleaseSRWLockExclusive(&server.lock);
    }
    return sim_end(&call, result, "%ls", url ? url : L"");
}
