/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wevtapi.dll, a full replacement: reads the simulated event log (sim_event). What services of
 * Windows write is in the channel System, what programs of ours write is in Application. The record
 * number is the line's. Strict: of XPath only
 *     System:       "*", "*[System[EventRecordID>N and Provider[@Name=...]]" and
 *                   "*[System[TimeCreated[@SystemTime>='2026-01-02T03:04:05.678Z'] and Provider..."
 *     Application:  "*[System[Provider[@Name='SOURCE']]]"
 * No provider is registered (15002), so there are no messages, only the strings.
 */
#include "sim_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winevt.h>

enum { MAGIC = 0x45565431, LINE_MAX = 32 * 1024, STRINGS_MAX = 16, QUERY_CHARS = 1024 };
enum { XML_CHARS = 8 * 1024 };
enum kind { QUERY, EVENT, SYSTEM_CONTEXT, USER_CONTEXT };
enum channel { CHANNEL_NONE, CHANNEL_SYSTEM, CHANNEL_APPLICATION };

struct handle {
    DWORD magic;
    enum kind kind;
    DWORD flags;                         /* of a query */
    unsigned long long after, at, lines; /* of a query: record numbers */
    enum channel channel;                /* of a query and of an event */
    char since[32];                      /* of a query: a time as in the line; "" = ever */
    char providers[QUERY_CHARS];         /* of a query; "" = all */
    unsigned long long record;           /* of an event */
    char line[LINE_MAX];                 /* of an event */
};

static struct handle *handle_from(EVT_HANDLE h, enum kind kind)
{
    struct handle *p = h;
    return p && p->magic == MAGIC && p->kind == kind ? p : NULL;
}

static struct handle *handle_new(enum kind kind)
{
    struct handle *p = calloc(1, sizeof *p);
    if (p) {
        p->magic = MAGIC;
        p->kind = kind;
    }
    return p;
}

/* ---- the log ---- */

/* The value of a text or number as it stands in the line; sim_event_write always writes this way.
 */
static const char *member(const char *line, const char *key)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *p = strstr(line, wanted);
    return p ? p + strlen(wanted) : "";
}

/* The JSON string at *p into `out`; *p is moved behind it. False when there is none. */
static bool take_string(const char **p, WCHAR *out, size_t chars)
{
    char utf8[LINE_MAX];
    size_t n = 0;
    if (**p != '"')
        return false;
    for ((*p)++; **p && **p != '"' && n + 1 < sizeof utf8; (*p)++) {
        if (**p == '\\' && (*p)[1] == 'u') {
            utf8[n++] = ' ';
            *p += strlen("u0000");
        } else {
            *p += **p == '\\';
            utf8[n++] = **p;
        }
    }
    utf8[n] = 0;
    *p += **p == '"';
    return MultiByteToWideChar(CP_UTF8, 0, utf8, -1, out, (int)chars) > 0;
}

static enum channel channel_of(const char *line)
{
    static const char *const sources[] = {"\"RasSstp\"",      "\"Service Control Manager\"",
                                          "\"Schannel\"",     "\"Microsoft-Windows-HttpEvent\"",
                                          "\"RemoteAccess\"", "\"Microsoft-Windows-RasSstp\""};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strncmp(member(line, "source"), sources[i], strlen(sources[i])) == 0)
            return CHANNEL_SYSTEM;
    return CHANNEL_APPLICATION;
}

static bool read_line(unsigned long long number, char line[LINE_MAX])
{
    FILE *f = fopen(SIM_EVENTS, "rb");
    bool there = f != NULL;
    for (unsigned long long i = 0; there && i < number; i++)
        there = fgets(line, LINE_MAX, f) != NULL;
    if (f)
        fclose(f);
    return there;
}

static unsigned long long count_lines(void)
{
    static char line[LINE_MAX];
    FILE *f = fopen(SIM_EVENTS, "rb");
    unsigned long long n = 0;
    while (f && fgets(line, LINE_MAX, f))
        n++;
    if (f)
        fclose(f);
    return n;
}

/* ---- queries ---- */

static enum channel channel_named(const WCHAR *path)
{
    if (path && wcscmp(path, L"System") == 0)
        return CHANNEL_SYSTEM;
    return path && wcscmp(path, L"Application") == 0 ? CHANNEL_APPLICATION : CHANNEL_NONE;
}

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), back = strlen(tail);
    return n >= back && strcmp(text + n - back, tail) == 0;
}

/* What stands before the rest; 0 when it is no time. */
static int take_time(struct handle *q, const char *text)
{
    int used = 0;
    if (sscanf(text, "*[System[TimeCreated[@SystemTime>='%24[0-9TZ:.-]'] and %n", q->since,
               &used) != 1 ||
        strlen(q->since) != 24)
        return 0;
    return used;
}

static bool take_system_query(struct handle *q, const char *text)
{
    int used = 0;
    if (strcmp(text, "*") == 0)
        return true;
    if (sscanf(text, "*[System[EventRecordID>%llu and %n", &q->after, &used) != 1 || !used)
        used = take_time(q, text);
    if (!used || strncmp(text + used, "Provider[@Name=", 15) != 0 || !ends_with(text, "]]"))
        return false;
    snprintf(q->providers, sizeof q->providers, "%s", text + used);
    return true;
}

/* One source, whatever the level: nothing but the name between the quotes. */
static bool take_application_query(struct handle *q, const char *text)
{
    static const char head[] = "*[System[Provider[@Name=";
    const char *name = text + strlen(head);
    if (strncmp(text, head, strlen(head)) != 0 || *name != '\'')
        return false;
    size_t n = strcspn(name + 1, "'[]");
    if (n == 0 || strcmp(name + 1 + n, "']]]") != 0)
        return false;
    snprintf(q->providers, sizeof q->providers, "%.*s", (int)n + 2, name);
    return true;
}

static DWORD open_query(struct handle *q, const WCHAR *path, const WCHAR *xpath, DWORD flags)
{
    char text[QUERY_CHARS];
    q->channel = channel_named(path);
    if (q->channel == CHANNEL_NONE)
        return ERROR_EVT_CHANNEL_NOT_FOUND;
    if (!(flags & EvtQueryChannelPath) || !xpath)
        return ERROR_INVALID_PARAMETER;
    if (wcslen(xpath) >= sizeof text)
        return ERROR_EVT_INVALID_QUERY;
    snprintf(text, sizeof text, "%ls", xpath);
    q->flags = flags;
    q->lines = count_lines();
    q->at = flags & EvtQueryReverseDirection ? q->lines + 1 : 0;
    if (q->channel == CHANNEL_SYSTEM ? take_system_query(q, text) : take_application_query(q, text))
        return 0;
    return ERROR_EVT_INVALID_QUERY;
}

EVT_HANDLE WINAPI EvtQuery(EVT_HANDLE session, LPCWSTR path, LPCWSTR xpath, DWORD flags)
{
    struct sim_call call;
    DWORD result = 0;
    struct handle *q = NULL;
    if (sim_begin(&call, "EvtQuery", SIM_LIE_NO, &result)) {
        q = handle_new(QUERY);
        if (!q)
            result = ERROR_NOT_ENOUGH_MEMORY;
        else
            result = session ? (DWORD)ERROR_INVALID_PARAMETER : open_query(q, path, xpath, flags);
        if (result) {
            free(q);
            q = NULL;
        }
    }
    SetLastError(sim_end(&call, result, "%ls %ls", path ? path : L"", xpath ? xpath : L""));
    return q;
}

static bool wanted(const struct handle *q, const char *line)
{
    char name[128];
    const char *source = member(line, "source");
    long type = strtol(member(line, "type"), NULL, 10);
    bool is_bad = type == EVENTLOG_ERROR_TYPE || type == EVENTLOG_WARNING_TYPE;
    if (channel_of(line) != q->channel || *source != '"')
        return false;
    if (q->since[0] && strncmp(member(line, "time") + 1, q->since, strlen(q->since)) < 0)
        return false;
    if (!q->providers[0])
        return true;
    snprintf(name, sizeof name, "'%.*s'", (int)strcspn(source + 1, "\""), source + 1);
    return strstr(q->providers, name) && (q->channel == CHANNEL_APPLICATION || is_bad);
}

static DWORD next(struct handle *q, EVT_HANDLE *out)
{
    struct handle *e = handle_new(EVENT);
    bool back = (q->flags & EvtQueryReverseDirection) != 0;
    if (!e)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (;;) {
        q->at = back ? q->at - 1 : q->at + 1;
        if (q->at == 0 || q->at > q->lines || !read_line(q->at, e->line)) {
            free(e);
            return ERROR_NO_MORE_ITEMS;
        }
        if (q->at > q->after && wanted(q, e->line))
            break;
    }
    e->record = q->at;
    e->channel = q->channel;
    *out = e;
    return 0;
}

BOOL WINAPI EvtNext(EVT_HANDLE h, DWORD size, EVT_HANDLE *out, DWORD timeout, DWORD flags,
                    PDWORD count)
{
    struct sim_call call;
    DWORD result = 0;
    struct handle *q = handle_from(h, QUERY);
    (void)timeout;
    if (sim_begin(&call, "EvtNext", SIM_LIE_NO, &result)) {
        if (!q || size == 0 || !out || !count || flags)
            result = ERROR_INVALID_PARAMETER;
        else
            result = next(q, out);
    }
    if (count)
        *count = result ? 0 : 1;
    return sim_bool(sim_end(&call, result, "%s", ""));
}

BOOL WINAPI EvtClose(EVT_HANDLE h)
{
    struct handle *p = h;
    if (!p || p->magic != MAGIC)
        return sim_bool(ERROR_INVALID_HANDLE);
    p->magic = 0;
    free(p);
    return TRUE;
}

/* ---- rendering ---- */

EVT_HANDLE WINAPI EvtCreateRenderContext(DWORD count, LPCWSTR *paths, DWORD flags)
{
    struct handle *c = NULL;
    if (count || paths || (flags != EvtRenderContextSystem && flags != EvtRenderContextUser))
        SetLastError(ERROR_INVALID_PARAMETER);
    else
        c = handle_new(flags == EvtRenderContextSystem ? SYSTEM_CONTEXT : USER_CONTEXT);
    return c;
}

/* A text behind the variants. */
static bool put_text(EVT_VARIANT *v, const char **json, BYTE *buf, DWORD size, DWORD *used)
{
    WCHAR text[LINE_MAX / 8];
    if (!take_string(json, text, sizeof text / sizeof *text))
        return false;
    DWORD bytes = (DWORD)((wcslen(text) + 1) * sizeof *text), at = *used;
    *used += (bytes + 7) & ~7u;
    v->Type = EvtVarTypeString;
    if (*used <= size)
        v->StringVal = memcpy(buf + at, text, bytes);
    return true;
}

static DWORD render_system(const struct handle *e, BYTE *buf, DWORD size, DWORD *used)
{
    EVT_VARIANT *v = (EVT_VARIANT *)(void *)buf;
    const char *source = member(e->line, "source");
    *used = EvtSystemPropertyIdEND * sizeof *v;
    if (size < *used + 1024)
        return ERROR_INSUFFICIENT_BUFFER;
    memset(v, 0, *used);
    put_text(&v[EvtSystemProviderName], &source, buf, size, used);
    v[EvtSystemEventID].Type = EvtVarTypeUInt16;
    v[EvtSystemEventID].UInt16Val = (UINT16)strtol(member(e->line, "id"), NULL, 10);
    v[EvtSystemEventRecordId].Type = EvtVarTypeUInt64;
    v[EvtSystemEventRecordId].UInt64Val = e->record;
    return 0;
}

static DWORD render_user(const struct handle *e, BYTE *buf, DWORD size, DWORD *used, DWORD *count)
{
    EVT_VARIANT *v = (EVT_VARIANT *)(void *)buf;
    const char *p = member(e->line, "strings");
    *used = STRINGS_MAX * sizeof *v;
    *count = 0;
    if (size < *used)
        return ERROR_INSUFFICIENT_BUFFER;
    memset(v, 0, *used);
    for (p += *p == '['; *count < STRINGS_MAX; p += *p == ',') {
        if (!put_text(&v[*count], &p, buf, size, used))
            break;
        ++*count;
    }
    return *used > size ? ERROR_INSUFFICIENT_BUFFER : 0;
}

/* A text for XML, as it goes between tags. */
static int put_escaped(const WCHAR *text, WCHAR *out, size_t chars)
{
    size_t n = 0;
    for (; *text && n + 8 < chars; text++) {
        const WCHAR *as = *text == '<' ? L"&lt;" : *text == '&' ? L"&amp;" : NULL;
        if (as)
            n += (size_t)swprintf(out + n, chars - n, L"%ls", as);
        else
            out[n++] = *text;
    }
    out[n] = 0;
    return (int)n;
}

static void add_data(const char *p, WCHAR *xml, int used)
{
    WCHAR text[LINE_MAX / 8];
    for (p += *p == '['; used + 64 < XML_CHARS && take_string(&p, text, LINE_MAX / 8);
         p += *p == ',') {
        used += swprintf(xml + used, (size_t)(XML_CHARS - used), L"<Data>");
        used += put_escaped(text, xml + used, (size_t)(XML_CHARS - used - 64));
        used += swprintf(xml + used, (size_t)(XML_CHARS - used), L"</Data>");
    }
    swprintf(xml + used, (size_t)(XML_CHARS - used), L"</EventData></Event>");
}

static DWORD render_xml(const struct handle *e, BYTE *buf, DWORD size, DWORD *used)
{
    WCHAR xml[XML_CHARS];
    const char *source = member(e->line, "source") + 1;
    int n =
        swprintf(xml, XML_CHARS,
                 L"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
                 L"<Provider Name='%.*hs'/><EventID Qualifiers='0'>%ld</EventID>"
                 L"<EventRecordID>%llu</EventRecordID><Channel>%ls</Channel></System><EventData>",
                 (int)strcspn(source, "\""), source, strtol(member(e->line, "id"), NULL, 10),
                 e->record, e->channel == CHANNEL_SYSTEM ? L"System" : L"Application");
    add_data(member(e->line, "strings"), xml, n);
    *used = (DWORD)((wcslen(xml) + 1) * sizeof *xml);
    if (!buf || size < *used)
        return ERROR_INSUFFICIENT_BUFFER;
    memcpy(buf, xml, *used);
    return 0;
}

BOOL WINAPI EvtRender(EVT_HANDLE context, EVT_HANDLE event, DWORD flags, DWORD size, PVOID buf,
                      PDWORD used, PDWORD count)
{
    const struct handle *e = handle_from(event, EVENT);
    if (e && !context && flags == EvtRenderEventXml && used && count) {
        *count = 0;
        return sim_bool(render_xml(e, buf, size, used));
    }
    if (!e || flags != EvtRenderEventValues || !buf || !used || !count)
        return sim_bool(ERROR_INVALID_PARAMETER);
    if (handle_from(context, SYSTEM_CONTEXT)) {
        *count = EvtSystemPropertyIdEND;
        return sim_bool(render_system(e, buf, size, used));
    }
    if (handle_from(context, USER_CONTEXT))
        return sim_bool(render_user(e, buf, size, used, count));
    return sim_bool(ERROR_INVALID_HANDLE);
}

EVT_HANDLE WINAPI EvtOpenPublisherMetadata(EVT_HANDLE session, LPCWSTR provider, LPCWSTR file,
                                           LCID locale, DWORD flags)
{
    (void)session;
    (void)provider;
    (void)file;
    (void)locale;
    (void)flags;
    SetLastError(ERROR_EVT_PUBLISHER_METADATA_NOT_FOUND);
    return NULL;
}

BOOL WINAPI EvtFormatMessage(EVT_HANDLE publisher, EVT_HANDLE event, DWORD id, DWORD count,
                             EVT_VARIANT *values, DWORD flags, DWORD size, LPWSTR buf, PDWORD used)
{
    (void)publisher;
    (void)event;
    (void)id;
    (void)count;
    (void)values;
    (void)flags;
    (void)size;
    (void)buf;
    (void)used;
    return sim_bool(ERROR_EVT_MESSAGE_NOT_FOUND);
}
