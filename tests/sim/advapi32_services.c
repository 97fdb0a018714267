/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advapi32.dll's service control with what Wine 8's manager lacks:
 *   EnumDependentServicesW   Wine: always "none"
 *   StartServiceW            starts what the service depends on first, 1068 if that fails (Wine:
 * does not) ControlService STOP      1051 while a dependent runs (Wine: stops it)
 *   QueryServiceConfigW      lpDependencies (Wine: empty)
 * Dependencies are read from the services' DependOnService values, which Wine keeps.
 */
#include "shim.h"
#include "sim_call.h"
#include "sim_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES L"SYSTEM\\CurrentControlSet\\Services"
enum {
    NAME_CHARS = 128,
    HANDLES = 256,
    DEPENDENCY_CHARS = 1024,
    DEPTH_MAX = 8,
    DEPENDENTS_MAX = 64
};
enum { START_POLL_MS = 50, START_POLLS = 600, START_TRIES = 3 };

/* Which service a handle belongs to: noted when it is opened, because no call tells. */
static struct {
    SRWLOCK lock;
    SC_HANDLE handle[HANDLES];
    WCHAR name[HANDLES][NAME_CHARS];
} opened = {.lock = SRWLOCK_INIT};

static void note(SC_HANDLE h, const WCHAR *name)
{
    AcquireSRWLockExclusive(&opened.lock);
    for (int i = 0; h && i < HANDLES; i++)
        if (!opened.handle[i] || opened.handle[i] == h) {
            opened.handle[i] = h;
            swprintf(opened.name[i], NAME_CHARS, L"%ls", name);
            break;
        }
    ReleaseSRWLockExclusive(&opened.lock);
}

static void forget(SC_HANDLE h)
{
    AcquireSRWLockExclusive(&opened.lock);
    for (int i = 0; i < HANDLES; i++)
        if (opened.handle[i] == h)
            opened.handle[i] = NULL;
    ReleaseSRWLockExclusive(&opened.lock);
}

static bool name_of(SC_HANDLE h, WCHAR name[NAME_CHARS])
{
    bool found = false;
    wcscpy(name, L"?");
    AcquireSRWLockShared(&opened.lock);
    for (int i = 0; h && i < HANDLES && !found; i++)
        if (opened.handle[i] == h) {
            wcscpy(name, opened.name[i]);
            found = true;
        }
    ReleaseSRWLockShared(&opened.lock);
    return found;
}

/* ---- handles ---- */

SC_HANDLE WINAPI SHIM(OpenSCManagerW)(LPCWSTR machine, LPCWSTR database, DWORD access);
SC_HANDLE WINAPI SHIM(OpenSCManagerW)(LPCWSTR machine, LPCWSTR database, DWORD access)
{
    struct sim_call call;
    DWORD result = 0;
    SC_HANDLE h = NULL;
    if (sim_begin(&call, "OpenSCManagerW", SIM_LIE_NO, &result)) {
        h = ORIGINAL(OpenSCManagerW)(machine, database, access);
        result = h ? 0 : GetLastError();
    }
    SetLastError(sim_end(&call, result, "access %lx", access));
    return h;
}

SC_HANDLE WINAPI SHIM(OpenServiceW)(SC_HANDLE manager, LPCWSTR name, DWORD access);
SC_HANDLE WINAPI SHIM(OpenServiceW)(SC_HANDLE manager, LPCWSTR name, DWORD access)
{
    struct sim_call call;
    DWORD result = 0;
    SC_HANDLE h = NULL;
    if (sim_begin(&call, "OpenServiceW", SIM_LIE_NO, &result)) {
        h = ORIGINAL(OpenServiceW)(manager, name, access);
        result = h ? 0 : GetLastError();
        note(h, name);
    }
    SetLastError(sim_end(&call, result, "%ls access %lx", name, access));
    return h;
}

SC_HANDLE WINAPI SHIM(CreateServiceW)(SC_HANDLE manager, LPCWSTR name, LPCWSTR display,
                                      DWORD access, DWORD type, DWORD start, DWORD error,
                                      LPCWSTR binary, LPCWSTR group, LPDWORD tag,
                                      LPCWSTR dependencies, LPCWSTR account, LPCWSTR password);
SC_HANDLE WINAPI SHIM(CreateServiceW)(SC_HANDLE manager, LPCWSTR name, LPCWSTR display,
                                      DWORD access, DWORD type, DWORD start, DWORD error,
                                      LPCWSTR binary, LPCWSTR group, LPDWORD tag,
                                      LPCWSTR dependencies, LPCWSTR account, LPCWSTR password)
{
    SC_HANDLE h = ORIGINAL(CreateServiceW)(manager, name, display, access, type, start, error,
                                           binary, group, tag, dependencies, account, password);
    DWORD e = GetLastError();
    note(h, name);
    SetLastError(e);
    return h;
}

BOOL WINAPI SHIM(CloseServiceHandle)(SC_HANDLE h);
BOOL WINAPI SHIM(CloseServiceHandle)(SC_HANDLE h)
{
    forget(h);
    return ORIGINAL(CloseServiceHandle)(h);
}

/* ---- dependencies ---- */

/* The services `name` depends on, as REG_MULTI_SZ; the characters of it with its end, 0 when there
 * are none. */
static DWORD dependencies_of(const WCHAR *name, WCHAR out[DEPENDENCY_CHARS])
{
    WCHAR path[sizeof SERVICES / sizeof(WCHAR) + NAME_CHARS + 1];
    DWORD bytes = DEPENDENCY_CHARS * sizeof *out;
    swprintf(path, sizeof path / sizeof *path, SERVICES L"\\%ls", name);
    memset(out, 0, bytes);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, out,
                     &bytes) ||
        !out[0])
        return 0;
    return bytes / (DWORD)sizeof *out;
}

/* Every service that depends on one, the furthest first: the order to stop them in. */
struct dependents {
    struct {
        WCHAR name[NAME_CHARS];
        SERVICE_STATUS status;
    } at[DEPENDENTS_MAX];
    int count;
};

static bool status_of(SC_HANDLE manager, const WCHAR *name, SERVICE_STATUS *status)
{
    SC_HANDLE s = ORIGINAL(OpenServiceW)(manager, name, SERVICE_QUERY_STATUS);
    bool ok = s && QueryServiceStatus(s, status);
    if (s)
        ORIGINAL(CloseServiceHandle)(s);
    return ok;
}

static bool depends_on(const WCHAR *service, const WCHAR *name)
{
    WCHAR list[DEPENDENCY_CHARS];
    dependencies_of(service, list);
    for (const WCHAR *p = list; *p; p += wcslen(p) + 1)
        if (_wcsicmp(p, name) == 0)
            return true;
    return false;
}

static void collect(SC_HANDLE manager, const WCHAR *name, struct dependents *out, int depth)
{
    HKEY key;
    WCHAR service[NAME_CHARS];
    if (depth > DEPTH_MAX || RegOpenKeyExW(HKEY_LOCAL_MACHINE, SERVICES, 0, KEY_READ, &key))
        return;
    for (DWORD i = 0, n = NAME_CHARS;
         RegEnumKeyExW(key, i, service, &n, NULL, NULL, NULL, NULL) == 0; i++, n = NAME_CHARS) {
        if (!depends_on(service, name))
            continue;
        collect(manager, service, out, depth + 1);
        int j = 0;
        while (j < out->count && _wcsicmp(out->at[j].name, service) != 0)
            j++;
        if (j < out->count || j == DEPENDENTS_MAX ||
            !status_of(manager, service, &out->at[j].status))
            continue;
        wcscpy(out->at[j].name, service);
        out->count++;
    }
    RegCloseKey(key);
}

static struct dependents *dependents_of(SC_HANDLE h)
{
    WCHAR name[NAME_CHARS];
    struct dependents *d = name_of(h, name) ? calloc(1, sizeof *d) : NULL;
    SC_HANDLE manager = d ? ORIGINAL(OpenSCManagerW)(NULL, NULL, SC_MANAGER_CONNECT) : NULL;
    if (manager) {
        collect(manager, name, d, 0);
        ORIGINAL(CloseServiceHandle)(manager);
    }
    return d;
}

/* Drops those that are not of the wanted states. */
static void keep_states(struct dependents *d, DWORD which)
{
    int kept = 0;
    for (int i = 0; i < d->count; i++) {
        DWORD is =
            d->at[i].status.dwCurrentState == SERVICE_STOPPED ? SERVICE_INACTIVE : SERVICE_ACTIVE;
        if (which & is)
            d->at[kept++] = d->at[i];
    }
    d->count = kept;
}

static DWORD list_dependents(const struct dependents *d, ENUM_SERVICE_STATUSW *out, DWORD size,
                             DWORD *need, DWORD *count)
{
    size_t bytes = 0;
    for (int i = 0; i < d->count; i++)
        bytes += sizeof *out + 2 * sizeof(WCHAR) * (wcslen(d->at[i].name) + 1);
    *need = (DWORD)bytes;
    *count = 0;
    if (size < bytes)
        return ERROR_MORE_DATA;
    WCHAR *text = (WCHAR *)(out + d->count);
    for (int i = 0; i < d->count; i++) {
        out[i].ServiceStatus = d->at[i].status;
        out[i].lpServiceName = wcscpy(text, d->at[i].name);
        text += wcslen(text) + 1;
        out[i].lpDisplayName = wcscpy(text, d->at[i].name);
        text += wcslen(text) + 1;
    }
    *count = (DWORD)d->count;
    *need = 0;
    return 0;
}

BOOL WINAPI SHIM(EnumDependentServicesW)(SC_HANDLE h, DWORD which, LPENUM_SERVICE_STATUSW out,
                                         DWORD size, LPDWORD need, LPDWORD count);
BOOL WINAPI SHIM(EnumDependentServicesW)(SC_HANDLE h, DWORD which, LPENUM_SERVICE_STATUSW out,
                                         DWORD size, LPDWORD need, LPDWORD count)
{
    struct sim_call call;
    DWORD result = 0;
    WCHAR name[NAME_CHARS];
    name_of(h, name);
    if (sim_begin(&call, "EnumDependentServicesW", SIM_LIE_NO, &result)) {
        struct dependents *d = dependents_of(h);
        if (d) {
            keep_states(d, which);
            result = list_dependents(d, out, size, need, count);
        } else {
            result = ERROR_INVALID_HANDLE;
        }
        free(d);
    }
    return sim_bool(sim_end(&call, result, "%ls", name));
}

/* ---- stop and start ---- */

static DWORD control(SC_HANDLE h, DWORD code, SERVICE_STATUS *status)
{
    if (code == SERVICE_CONTROL_STOP) {
        struct dependents *d = dependents_of(h);
        if (d)
            keep_states(d, SERVICE_ACTIVE);
        int running = d ? d->count : 0;
        free(d);
        if (running) {
            QueryServiceStatus(h, status);
            return ERROR_DEPENDENT_SERVICES_RUNNING;
        }
    }
    return ORIGINAL(ControlService)(h, code, status) ? 0 : GetLastError();
}

BOOL WINAPI SHIM(ControlService)(SC_HANDLE h, DWORD code, LPSERVICE_STATUS status);
BOOL WINAPI SHIM(ControlService)(SC_HANDLE h, DWORD code, LPSERVICE_STATUS status)
{
    struct sim_call call;
    DWORD result = 0;
    WCHAR name[NAME_CHARS];
    name_of(h, name);
    if (sim_begin(&call, "ControlService", SIM_LIE_OK, &result))
        result = control(h, code, status);
    else if (result == 0)
        QueryServiceStatus(h, status);
    return sim_bool(sim_end(&call, result, "%ls control %lu", name, code));
}

BOOL WINAPI SHIM(ControlServiceExW)(SC_HANDLE h, DWORD code, DWORD level, PVOID parameters);
BOOL WINAPI SHIM(ControlServiceExW)(SC_HANDLE h, DWORD code, DWORD level, PVOID parameters)
{
    SERVICE_CONTROL_STATUS_REASON_PARAMSW *p = parameters;
    SERVICE_STATUS status;
    if (level != SERVICE_CONTROL_STATUS_REASON_INFO)
        return sim_bool(ERROR_INVALID_LEVEL);
    BOOL ok = shim_ControlService(h, code, &status);
    memcpy(&p->ServiceStatus, &status, sizeof status);
    return ok;
}

/* Wine 8 on a busy machine now and then fails to start a process, with this error and after no work
 * at all. That is no part of the play, so it is tried again. */
static DWORD start_one(SC_HANDLE s, DWORD count, LPCWSTR *arguments)
{
    DWORD e = ERROR_INTERNAL_ERROR;
    for (int i = 0; i < START_TRIES && e == ERROR_INTERNAL_ERROR; i++)
        e = ORIGINAL(StartServiceW)(s, count, arguments) ? 0 : GetLastError();
    return e;
}

/* Starts one service that another needs and waits for it, as the service control manager does. */
static DWORD start_needed(SC_HANDLE s)
{
    SERVICE_STATUS status;
    if (!QueryServiceStatus(s, &status))
        return ERROR_SERVICE_DEPENDENCY_FAIL;
    if (status.dwCurrentState == SERVICE_STOPPED && start_one(s, 0, NULL))
        return ERROR_SERVICE_DEPENDENCY_FAIL;
    for (int i = 0; i < START_POLLS; i++) {
        if (!QueryServiceStatus(s, &status) || status.dwCurrentState == SERVICE_STOPPED)
            break;
        if (status.dwCurrentState == SERVICE_RUNNING)
            return 0;
        Sleep(START_POLL_MS);
    }
    return ERROR_SERVICE_DEPENDENCY_FAIL;
}

static DWORD start_dependencies(SC_HANDLE manager, const WCHAR *name, int depth)
{
    WCHAR list[DEPENDENCY_CHARS];
    DWORD e = 0;
    dependencies_of(name, list);
    if (depth > DEPTH_MAX)
        return ERROR_CIRCULAR_DEPENDENCY;
    for (const WCHAR *p = list; *p && !e; p += wcslen(p) + 1) {
        if (*p == SC_GROUP_IDENTIFIERW)
            continue;
        SC_HANDLE s = ORIGINAL(OpenServiceW)(manager, p, SERVICE_ALL_ACCESS);
        if (!s)
            return ERROR_SERVICE_DEPENDENCY_DELETED;
        e = start_dependencies(manager, p, depth + 1);
        if (!e)
            e = start_needed(s);
        ORIGINAL(CloseServiceHandle)(s);
    }
    return e;
}

static DWORD start(SC_HANDLE h, DWORD count, LPCWSTR *arguments)
{
    WCHAR name[NAME_CHARS];
    SERVICE_STATUS status;
    DWORD e = 0;
    if (name_of(h, name) && QueryServiceStatus(h, &status) &&
        status.dwCurrentState == SERVICE_STOPPED) {
        SC_HANDLE manager = ORIGINAL(OpenSCManagerW)(NULL, NULL, SC_MANAGER_CONNECT);
        e = start_dependencies(manager, name, 0);
        ORIGINAL(CloseServiceHandle)(manager);
    }
    if (e)
        return e;
    return start_one(h, count, arguments);
}

BOOL WINAPI SHIM(StartServiceW)(SC_HANDLE h, DWORD count, LPCWSTR *arguments);
BOOL WINAPI SHIM(StartServiceW)(SC_HANDLE h, DWORD count, LPCWSTR *arguments)
{
    struct sim_call call;
    DWORD result = 0;
    WCHAR name[NAME_CHARS];
    name_of(h, name);
    if (sim_begin(&call, "StartServiceW", SIM_LIE_OK, &result))
        result = start(h, count, arguments);
    return sim_bool(sim_end(&call, result, "%ls", name));
}

/* ---- queries ---- */

BOOL WINAPI SHIM(QueryServiceStatusEx)(SC_HANDLE h, SC_STATUS_TYPE level, LPBYTE buf, DWORD size,
                                       LPDWORD need);
BOOL WINAPI SHIM(QueryServiceStatusEx)(SC_HANDLE h, SC_STATUS_TYPE level, LPBYTE buf, DWORD size,
                                       LPDWORD need)
{
    struct sim_call call;
    DWORD result = 0;
    if (!sim_begin(&call, "QueryServiceStatusEx", SIM_LIE_NO, &result))
        return sim_bool(sim_end(&call, result, "fault"));
    BOOL ok = ORIGINAL(QueryServiceStatusEx)(h, level, buf, size,
                                             need); /* polled: not worth a line in the log */
    if (call.die_after)
        sim_end(&call, 0, "fault");
    return ok;
}

BOOL WINAPI SHIM(QueryServiceConfigW)(SC_HANDLE h, LPQUERY_SERVICE_CONFIGW out, DWORD size,
                                      LPDWORD need);
BOOL WINAPI SHIM(QueryServiceConfigW)(SC_HANDLE h, LPQUERY_SERVICE_CONFIGW out, DWORD size,
                                      LPDWORD need)
{
    WCHAR name[NAME_CHARS], list[DEPENDENCY_CHARS];
    DWORD chars = name_of(h, name) ? dependencies_of(name, list) : 0, base = 0;
    if (!chars)
        return ORIGINAL(QueryServiceConfigW)(h, out, size, need);
    DWORD bytes = chars * (DWORD)sizeof(WCHAR);
    if (!ORIGINAL(QueryServiceConfigW)(h, NULL, 0, &base) &&
        GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        return FALSE;
    *need = base + bytes;
    if (size < base + bytes)
        return sim_bool(ERROR_INSUFFICIENT_BUFFER);
    if (!ORIGINAL(QueryServiceConfigW)(h, out, size, &base))
        return FALSE;
    out->lpDependencies = memcpy((BYTE *)out + ((size - bytes) & ~(DWORD)1), list, bytes);
    return TRUE;
}
