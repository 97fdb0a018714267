/* SPDX-License-Identifier: Apache-2.0 */
/* The Application event log, as the program writes to it. Where the source is not registered
 * Windows takes the event all the same, and nothing has to be removed; the event itself stays. */
#include "selftest/host_win32.h"

#include <windows.h>
/* after windows.h */
#include <winevt.h>

#include "event.h"
#include "wide.h"

#include <stdlib.h>
#include <wchar.h>

enum { XML_BYTES = 64 * 1024, LOOK_AT = 16, TIMEOUT_MS = 2000 };

static int event_err(struct err *err, DWORD number)
{
    return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, number, "Application event log");
}

int selftest_event_write(void *self, const char *text, struct err *err)
{
    const char *const strings[] = {text};

    (void)self;
    return event_report(EVENT_INFORMATION, EVENT_SELFTEST, strings, 1, err);
}

static bool event_has(EVT_HANDLE event, const wchar_t *text, wchar_t *xml)
{
    DWORD used = 0, properties = 0;

    if (!EvtRender(NULL, event, EvtRenderEventXml, XML_BYTES, xml, &used, &properties))
        return false;
    xml[XML_BYTES / sizeof *xml - 1] = 0;
    return wcsstr(xml, text) != NULL;
}

/* The newest come first. */
static DWORD look_through(EVT_HANDLE query, const wchar_t *text, wchar_t *xml, bool *found)
{
    for (int i = 0; i < LOOK_AT && !*found; i++) {
        EVT_HANDLE event = NULL;
        DWORD n = 0;
        if (!EvtNext(query, 1, &event, TIMEOUT_MS, 0, &n))
            return GetLastError() == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : GetLastError();
        *found = event_has(event, text, xml);
        EvtClose(event);
    }
    return ERROR_SUCCESS;
}

int selftest_event_find(void *self, const char *text, bool *found, struct err *err)
{
    static const char question[] = "*[System[Provider[@Name='" EVENT_SOURCE "']]]";
    wchar_t *wide = NULL, *path = NULL, *xml = calloc(1, XML_BYTES);
    EVT_HANDLE query = NULL;
    DWORD number = ERROR_OUTOFMEMORY;
    int rc = -1;

    (void)self;
    *found = false;
    if (!xml || wide_from_utf8(&wide, text, err) != 0 || wide_from_utf8(&path, question, err) != 0)
        goto done;
    query = EvtQuery(NULL, L"Application", path, EvtQueryChannelPath | EvtQueryReverseDirection);
    number = query ? look_through(query, wide, xml, found) : GetLastError();
    if (query)
        EvtClose(query);
    rc = number == ERROR_SUCCESS ? 0 : event_err(err, number);
done:
    if (rc != 0)
        event_err(err, number); /* first cause wins */
    free(wide);
    free(path);
    free(xml);
    return rc;
}
