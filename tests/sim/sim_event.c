/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_event.h"
#include "sim_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4000, LINE_MAX = 32 * 1024, STRINGS_MAX = 16 };

static void put(char *buf, size_t size, size_t *used, const char *text)
{
    size_t n = strlen(text);
    if (*used + n >= size)
        return;
    memcpy(buf + *used, text, n + 1);
    *used += n;
}

void sim_json_text(char *buf, size_t size, size_t *used, const WCHAR *text)
{
    char utf8[TEXT_MAX], escaped[8];
    int n = WideCharToMultiByte(CP_UTF8, 0, text ? text : L"", -1, utf8, sizeof utf8, NULL, NULL);
    if (n < 1)
        n = 1;
    put(buf, size, used, "\"");
    for (int i = 0; i < n - 1; i++) {
        unsigned char c = (unsigned char)utf8[i];
        if (c == '"' || c == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", c);
        else
            snprintf(escaped, sizeof escaped, c < 32 ? "\\u%04x" : "%c", c);
        put(buf, size, used, escaped);
    }
    put(buf, size, used, "\"");
}

void sim_event_write(const struct sim_event *e)
{
    char head[128], *line = malloc(LINE_MAX);
    size_t used = 0;
    SYSTEMTIME t;
    if (!line)
        return;
    GetSystemTime(&t);
    snprintf(head, sizeof head,
             "{\"time\":\"%04u-%02u-%02uT%02u:%02u:%02u.%03uZ\",\"source\":", t.wYear, t.wMonth,
             t.wDay, t.wHour, t.wMinute, t.wSecond, t.wMilliseconds);
    put(line, LINE_MAX, &used, head);
    sim_json_text(line, LINE_MAX, &used, e->source);
    snprintf(head, sizeof head, ",\"type\":%u,\"category\":%u,\"id\":%lu,\"strings\":[", e->type,
             e->category, e->id & 0xffff);
    put(line, LINE_MAX, &used, head);
    for (WORD i = 0; i < e->strings && i < STRINGS_MAX; i++) {
        if (i)
            put(line, LINE_MAX, &used, ",");
        sim_json_text(line, LINE_MAX - 8, &used, e->string[i]);
    }
    put(line, LINE_MAX, &used, "]}\n");
    sim_append(SIM_EVENTS, line, used);
    free(line);
}
