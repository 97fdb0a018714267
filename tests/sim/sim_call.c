/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64, SPEC_MAX = 2048, LINE_MAX = 2048, EXIT_KILLED = 137 };

/* How often each function was called in this process: the one thing a fault needs to remember. */
static struct {
    SRWLOCK lock;
    const char *name[NAMES_MAX];
    int count[NAMES_MAX];
} calls = {.lock = SRWLOCK_INIT};

static int count_call(const char *name)
{
    int count = 0;
    AcquireSRWLockExclusive(&calls.lock);
    for (int i = 0; i < NAMES_MAX && count == 0; i++) {
        if (!calls.name[i])
            calls.name[i] = name;
        if (strcmp(calls.name[i], name) == 0)
            count = ++calls.count[i];
    }
    ReleaseSRWLockExclusive(&calls.lock);
    return count;
}

/* Copies what SIM_FAULT wants for call `count` of `name`; false when it wants nothing. */
static bool find_fault(const char *name, int count, char *what, size_t size)
{
    static const char between[] = " ,;\r\n\t";
    char spec[SPEC_MAX];
    DWORD n = GetEnvironmentVariableA("SIM_FAULT", spec, sizeof spec);
    size_t name_bytes = strlen(name), item_bytes;
    if (n == 0 || n >= sizeof spec)
        return false;
    for (const char *p = spec + strspn(spec, between); *p; p += strspn(p, between)) {
        const char *item = p;
        item_bytes = strcspn(p, between);
        p += item_bytes;
        if (strncmp(item, name, name_bytes) != 0 || item[name_bytes] != '#')
            continue;
        char *equals;
        unsigned long wanted = strtoul(item + name_bytes + 1, &equals, 10);
        if (*equals != '=' || (wanted != 0 && wanted != (unsigned long)count))
            continue;
        equals++;
        snprintf(what, size, "%.*s", (int)(item + item_bytes - equals), equals);
        return true;
    }
    return false;
}

bool sim_begin(struct sim_call *call, const char *name, enum sim_lie lie, DWORD *result)
{
    char what[32];
    int count = count_call(name);
    *call = (struct sim_call){.name = name};
    if (!find_fault(name, count, what, sizeof what))
        return true;
    sim_log("FAULT %s#%d=%s", name, count, what);
    if (strcmp(what, "die") == 0)
        TerminateProcess(GetCurrentProcess(), EXIT_KILLED);
    if (strcmp(what, "die-after") == 0) {
        call->die_after = true;
        return true;
    }
    if (strcmp(what, "lie") == 0) {
        *result = 0;
        return lie == SIM_LIE_NO;
    }
    *result = strtoul(what, NULL, 0);
    return false;
}

void sim_append(const char *path, const char *text, size_t bytes)
{
    DWORD written;
    CreateDirectoryA(SIM_DIR, NULL);
    HANDLE h = CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_ALWAYS, 0, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return;
    WriteFile(h, text, (DWORD)bytes, &written, NULL);
    CloseHandle(h);
}

static void log_line(const char *name, const char *format, va_list args, const DWORD *result)
{
    char line[LINE_MAX], exe[MAX_PATH] = "";
    SYSTEMTIME t;
    GetSystemTime(&t);
    GetModuleFileNameA(NULL, exe, sizeof exe);
    const char *program = strrchr(exe, '\\');
    int n =
        snprintf(line, sizeof line, "%02u:%02u:%02u.%03u %lu %s ", t.wHour, t.wMinute, t.wSecond,
                 t.wMilliseconds, GetCurrentProcessId(), program ? program + 1 : exe);
    if (name)
        n += snprintf(line + n, sizeof line - (size_t)n, "%s ", name);
    int m = vsnprintf(line + n, sizeof line - 32 - (size_t)n, format, args);
    n += m < (int)sizeof line - 33 - n ? m : (int)sizeof line - 33 - n;
    if (result)
        n += snprintf(line + n, sizeof line - (size_t)n, *result > 0xffff ? " -> 0x%lx" : " -> %lu",
                      *result);
    line[n++] = '\n';
    sim_append(SIM_LOG, line, (size_t)n);
}

DWORD sim_end(const struct sim_call *call, DWORD result, const char *format, ...)
{
    DWORD kept = GetLastError();
    va_list args;
    va_start(args, format);
    log_line(call->name, format, args, &result);
    va_end(args);
    if (call->die_after)
        TerminateProcess(GetCurrentProcess(), EXIT_KILLED);
    SetLastError(kept);
    return result;
}

void sim_log(const char *format, ...)
{
    DWORD kept = GetLastError();
    va_list args;
    va_start(args, format);
    log_line(NULL, format, args, NULL);
    va_end(args);
    SetLastError(kept);
}

BOOL sim_bool(DWORD result)
{
    SetLastError(result);
    return result == 0;
}

bool sim_switch(const char *name)
{
    char value[4];
    return GetEnvironmentVariableA(name, value, sizeof value) == 1 && value[0] == '1';
}
