/* SPDX-License-Identifier: Apache-2.0 */
/* The System log, by the Windows Event Log API. */
#include "rras/rras_win32.h"

#include "rras/names.h"
#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* after windows.h */
#include <winevt.h>

enum { MAX_VALUES_BYTES = 64 * 1024, MAX_LOOKED_AT = 1000, MAX_MESSAGE_CHARS = 2048 };

static int log_err(struct err *err, DWORD rc)
{
    return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, rc, "System event log");
}

/* What reading takes; to be closed also when it could not be opened whole. */
struct reader {
    EVT_HANDLE query, system, user;
    BYTE *values; /* MAX_VALUES_BYTES */
};

static void reader_close(struct reader *r)
{
    EVT_HANDLE all[] = {r->query, r->system, r->user};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i])
            EvtClose(all[i]);
    free(r->values);
}

static int reader_open(struct reader *r, const char *xpath, DWORD direction, struct err *err)
{
    wchar_t *wide = NULL;

    memset(r, 0, sizeof *r);
    if (wide_from_utf8(&wide, xpath, err) != 0)
        return -1;
    SetLastError(ERROR_SUCCESS);
    r->query = EvtQuery(NULL, L"System", wide, EvtQueryChannelPath | direction);
    if (r->query)
        r->system = EvtCreateRenderContext(0, NULL, EvtRenderContextSystem);
    if (r->system)
        r->user = EvtCreateRenderContext(0, NULL, EvtRenderContextUser);
    free(wide);
    if (!r->user) {
        log_err(err, GetLastError());
        return -1;
    }
    r->values = calloc(1, MAX_VALUES_BYTES);
    if (r->values)
        return 0;
    err_set(err, ERR_FAIL, "System event log: out of memory");
    return -1;
}

/* The next event, which the caller closes; NULL at the end (*err not set) and on failure. */
static EVT_HANDLE reader_next(struct reader *r, struct err *err)
{
    EVT_HANDLE event = NULL;
    DWORD n = 0;

    if (EvtNext(r->query, 1, &event, INFINITE, 0, &n) && n == 1)
        return event;
    if (GetLastError() != ERROR_NO_MORE_ITEMS)
        log_err(err, GetLastError());
    return NULL;
}

/* The event's values of one kind into r->values. */
static int render(struct reader *r, EVT_HANDLE context, EVT_HANDLE event, DWORD *count,
                  struct err *err)
{
    DWORD used = 0;

    if (EvtRender(context, event, EvtRenderEventValues, MAX_VALUES_BYTES, r->values, &used, count))
        return 0;
    return log_err(err, GetLastError());
}

static int take_system(struct reader *r, EVT_HANDLE event, struct log_event *out, uint64_t *record,
                       struct err *err)
{
    const EVT_VARIANT *v = (const EVT_VARIANT *)(const void *)r->values;
    DWORD count = 0;

    if (render(r, r->system, event, &count, err) != 0)
        return -1;
    if (count <= EvtSystemEventRecordId)
        return err_set(err, ERR_FAIL, "System event log: an event without a number");
    out->id = v[EvtSystemEventID].UInt16Val;
    *record = v[EvtSystemEventRecordId].UInt64Val;
    if (v[EvtSystemProviderName].Type == EvtVarTypeString)
        wide_copy(out->provider, sizeof out->provider, v[EvtSystemProviderName].StringVal);
    return 0;
}

/* The message, if its provider is registered here. */
static bool take_message(EVT_HANDLE event, const char *provider, struct log_event *out)
{
    wchar_t message[MAX_MESSAGE_CHARS] = L"";
    struct err ignored = {0};
    wchar_t *wide = NULL;
    EVT_HANDLE publisher = NULL;
    DWORD used = 0;
    bool ok = false;

    if (wide_from_utf8(&wide, provider, &ignored) == 0)
        publisher = EvtOpenPublisherMetadata(NULL, wide, NULL, 0, 0);
    if (publisher) {
        ok = EvtFormatMessage(publisher, event, 0, 0, NULL, EvtFormatMessageEvent,
                              MAX_MESSAGE_CHARS, message, &used);
        EvtClose(publisher);
    }
    if (ok)
        wide_copy(out->text, sizeof out->text, message);
    free(wide);
    return ok && out->text[0];
}

/* Else its strings, as they are. */
static int take_strings(struct reader *r, EVT_HANDLE event, struct log_event *out, struct err *err)
{
    const EVT_VARIANT *v = (const EVT_VARIANT *)(const void *)r->values;
    DWORD count = 0;

    if (render(r, r->user, event, &count, err) != 0)
        return -1;
    for (DWORD i = 0; i < count; i++) {
        char one[sizeof out->text] = "";
        size_t used = strlen(out->text);
        if (v[i].Type == EvtVarTypeString)
            wide_copy(one, sizeof one, v[i].StringVal);
        if (one[0])
            snprintf(out->text + used, sizeof out->text - used, "%s%s", used ? "; " : "", one);
    }
    return 0;
}

int events_mark(uint64_t *out, struct err *err)
{
    struct log_event newest = {.id = 0};
    EVT_HANDLE event = NULL;
    struct reader r;
    uint64_t record = 0;
    int rc = -1;

    if (reader_open(&r, "*", EvtQueryReverseDirection, err) != 0)
        goto done;
    event = reader_next(&r, err);
    if (event)
        rc = take_system(&r, event, &newest, &record, err);
    else
        rc = err_is_set(err) ? -1 : 0;
    if (rc == 0)
        *out = record;
done:
    if (event)
        EvtClose(event);
    reader_close(&r);
    return rc;
}

static int take_event(struct reader *r, EVT_HANDLE event, struct log_event *out, struct err *err)
{
    uint64_t record;

    *out = (struct log_event){.id = 0};
    if (take_system(r, event, out, &record, err) != 0)
        return -1;
    if (!take_message(event, out->provider, out) && take_strings(r, event, out, err) != 0)
        return -1;
    text_scrub(out->text);
    return 0;
}

int events_read(const struct events_query *q, struct err *err)
{
    struct reader r;
    EVT_HANDLE event;
    int rc = -1, enough = 0;

    if (reader_open(&r, q->xpath,
                    q->newest_first ? EvtQueryReverseDirection : EvtQueryForwardDirection,
                    err) != 0)
        goto done;
    rc = 0;
    for (int i = 0; i < MAX_LOOKED_AT && rc == 0 && !enough; i++) {
        struct log_event e;
        event = reader_next(&r, err);
        if (!event)
            break;
        rc = take_event(&r, event, &e, err);
        if (rc == 0)
            enough = q->each(q->user, &e);
        EvtClose(event);
    }
    if (err_is_set(err))
        rc = -1;
done:
    reader_close(&r);
    return rc;
}

static int keep(void *user, const struct log_event *e)
{
    struct log_events *out = user;

    out->of[out->n++] = *e;
    return out->n == EVENTS_MAX;
}

/* The providers are asked for by name; which of their events matter is decided above. */
int events_since(uint64_t mark, struct log_events *out, struct err *err)
{
    struct log_events seen = {.n = 0};
    char xpath[512];
    struct events_query q = {.xpath = xpath, .each = keep, .user = &seen};

    snprintf(xpath, sizeof xpath,
             "*[System[EventRecordID>%llu and Provider[@Name='" NAME_LOG_SSTP
             "' or @Name='" NAME_LOG_SSTP_LONG "' or @Name='" NAME_LOG_HTTP
             "' or @Name='" NAME_LOG_SCHANNEL "' or @Name='" NAME_LOG_SCM
             "'] and (Level=1 or Level=2 or Level=3)]]",
             (unsigned long long)mark);
    if (events_read(&q, err) != 0)
        return -1;
    *out = seen;
    return 0;
}
