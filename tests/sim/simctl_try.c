/* SPDX-License-Identifier: Apache-2.0 */
/* What a program does with the event log and with http.sys's server side: selfcheck.py's view of
 * those doubles. */
#include "simctl.h"

#include <http.h>
#include <winevt.h>

#include <stdio.h>

enum { VALUES_BYTES = 64 * 1024, XML_CHARS = 8 * 1024 };

int event_write(const WCHAR *source, const WCHAR *type, const WCHAR *id, const WCHAR *text)
{
    HANDLE log = RegisterEventSourceW(NULL, source);
    DWORD e = 0;
    if (!log || !ReportEventW(log, (WORD)_wtoi(type), 0, (DWORD)_wtoi(id), NULL, 1, 0, &text, NULL))
        e = GetLastError();
    if (log)
        DeregisterEventSource(log);
    if (e)
        return simctl_fail("ReportEvent", e);
    printf("{}\n");
    return 0;
}

static DWORD render(EVT_HANDLE context, EVT_HANDLE event, EVT_VARIANT *values, DWORD *count)
{
    DWORD used = 0;
    return EvtRender(context, event, EvtRenderEventValues, VALUES_BYTES, values, &used, count)
               ? 0
               : GetLastError();
}

static DWORD show_event(struct json *j, EVT_HANDLE event, EVT_HANDLE system, EVT_HANDLE user)
{
    EVT_VARIANT values[VALUES_BYTES / sizeof(EVT_VARIANT)];
    WCHAR xml[XML_CHARS];
    DWORD count = 0, used = 0, e = render(system, event, values, &count);
    if (!e) {
        json_open(j, NULL, '{');
        json_number(j, "record", (long long)values[EvtSystemEventRecordId].UInt64Val);
        json_text(j, "source", values[EvtSystemProviderName].StringVal);
        json_number(j, "id", values[EvtSystemEventID].UInt16Val);
        json_open(j, "strings", '[');
        e = render(user, event, values, &count);
        for (DWORD i = 0; !e && i < count; i++)
            json_text(j, NULL, values[i].StringVal);
        json_close(j, ']');
        if (!e && !EvtRender(NULL, event, EvtRenderEventXml, sizeof xml, xml, &used, &count))
            e = GetLastError();
        json_text(j, "xml", e ? NULL : xml);
        json_close(j, '}');
    }
    return e;
}

int events_read(const WCHAR *channel, const WCHAR *xpath, bool newest_first)
{
    struct json j = {0};
    EVT_HANDLE event, system = EvtCreateRenderContext(0, NULL, EvtRenderContextSystem);
    EVT_HANDLE user = EvtCreateRenderContext(0, NULL, EvtRenderContextUser);
    DWORD n, e = 0, direction = newest_first ? EvtQueryReverseDirection : EvtQueryForwardDirection;
    EVT_HANDLE query = EvtQuery(NULL, channel, xpath, EvtQueryChannelPath | direction);
    if (!query || !system || !user)
        return simctl_fail("EvtQuery", GetLastError());
    json_open(&j, NULL, '{');
    json_open(&j, "read", '[');
    while (!e && EvtNext(query, 1, &event, INFINITE, 0, &n)) {
        e = show_event(&j, event, system, user);
        EvtClose(event);
    }
    if (!e && GetLastError() != ERROR_NO_MORE_ITEMS)
        e = GetLastError();
    json_close(&j, ']');
    json_number(&j, "number", e);
    json_close(&j, '}');
    putchar('\n');
    EvtClose(query);
    EvtClose(system);
    EvtClose(user);
    return 0;
}

int url_serve(const WCHAR *url)
{
    const HTTPAPI_VERSION version = HTTPAPI_VERSION_1;
    HANDLE queue = NULL;
    ULONG e = HttpInitialize(version, HTTP_INITIALIZE_SERVER, NULL);
    if (e)
        return simctl_fail("HttpInitialize", e);
    e = HttpCreateHttpHandle(&queue, 0);
    if (!e)
        e = HttpAddUrl(queue, url, NULL);
    if (e)
        return simctl_fail("HttpAddUrl", e);
    printf("ready\n");
    fflush(stdout);
    while (getchar() != EOF) /* serves until standard input ends */
        continue;
    e = HttpRemoveUrl(queue, url);
    CloseHandle(queue);
    HttpTerminate(HTTP_INITIALIZE_SERVER, NULL);
    return e ? simctl_fail("HttpRemoveUrl", e) : 0;
}
