/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include "event.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

static const wchar_t source_key[] =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\rras-acme";
static const DWORD types_supported =
    EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;

/* The severity bits of an event's number, as the message compiler sets them (res/messages.mc). */
enum { SEVERITY_INFORMATION = 0x40000000 };
static const DWORD severity_warning = 0x80000000, severity_error = 0xC0000000;

static int source_err(struct err *err, LSTATUS number, const char *verb)
{
    return err_sys(err, number == ERROR_ACCESS_DENIED ? ERR_DENIED : ERR_FAIL, ERR_SRC_WIN32,
                   (uint32_t)number, "event source %s: cannot be %s", EVENT_SOURCE, verb);
}

static int report(HANDLE source, const WORD type, DWORD id, const char *const *strings, size_t n,
                  struct err *err)
{
    wchar_t *wide[EVENT_MAX_STRINGS + 1] = {NULL};
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = wide_from_utf8(&wide[i], strings[i], err);
    if (rc == 0 && !ReportEventW(source, type, 0, id, NULL, (WORD)n, 0,
                                 (const wchar_t **)(uintptr_t)wide, NULL))
        rc = source_err(err, (LSTATUS)GetLastError(), "written to");
    for (size_t i = 0; i < n; i++)
        free(wide[i]);
    return rc;
}

int event_report(enum event_type type, enum event_id id, const char *const *strings, size_t n,
                 struct err *err)
{
    const WORD types[] = {EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE, EVENTLOG_ERROR_TYPE};
    const DWORD severities[] = {SEVERITY_INFORMATION, severity_warning, severity_error};
    HANDLE source = RegisterEventSourceW(NULL, L"rras-acme");
    if (!source)
        return source_err(err, (LSTATUS)GetLastError(), "opened");
    if (n > EVENT_MAX_STRINGS + 1)
        n = EVENT_MAX_STRINGS + 1;
    int rc = report(source, types[type], severities[type] | (DWORD)id, strings, n, err);
    DeregisterEventSource(source);
    return rc;
}

int event_source_install(const char *program, struct err *err)
{
    HKEY key = NULL;
    wchar_t *file = NULL;
    int rc = -1;
    if (wide_from_utf8(&file, program, err) != 0)
        return -1;
    LSTATUS e = RegCreateKeyExW(HKEY_LOCAL_MACHINE, source_key, 0, NULL, 0, KEY_SET_VALUE, NULL,
                                &key, NULL);
    if (e == ERROR_SUCCESS)
        e = RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, (const BYTE *)file,
                           (DWORD)((wcslen(file) + 1) * sizeof *file));
    if (e == ERROR_SUCCESS)
        e = RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types_supported,
                           sizeof types_supported);
    rc = e == ERROR_SUCCESS ? 0 : source_err(err, e, "installed");
    if (key)
        RegCloseKey(key);
    free(file);
    return rc;
}

int event_source_remove(bool *was, struct err *err)
{
    LSTATUS e = RegDeleteTreeW(HKEY_LOCAL_MACHINE, source_key);
    if (e != ERROR_SUCCESS && e != ERROR_FILE_NOT_FOUND)
        return source_err(err, e, "removed");
    *was = e == ERROR_SUCCESS;
    return 0;
}

int event_source_look(const char *program, bool *out, struct err *err)
{
    enum { PATH_CHARS = 32 * 1024 };
    DWORD bytes = PATH_CHARS * sizeof(wchar_t);
    wchar_t *found = malloc(bytes), *file = NULL;
    int rc = -1;
    if (!found) {
        err_set(err, ERR_FAIL, "out of memory");
        goto done;
    }
    if (wide_from_utf8(&file, program, err) != 0)
        goto done;
    LSTATUS e =
        RegGetValueW(HKEY_LOCAL_MACHINE, source_key, L"EventMessageFile",
                     RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, found, &bytes);
    *out = e == ERROR_SUCCESS && _wcsicmp(found, file) == 0;
    rc = e == ERROR_SUCCESS || e == ERROR_FILE_NOT_FOUND ? 0 : source_err(err, e, "read");
done:
    free(found);
    free(file);
    return rc;
}
