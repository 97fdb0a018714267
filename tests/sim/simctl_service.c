/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_settings.h"
#include "sim_sstp_settings.h"
#include "simctl.h"

#include <stdio.h>
#include <string.h>

enum { POLL_MS = 10, WAIT_MS = 20000, SETTINGS_MAX = 2048 };

/* The chain as on Windows; RemoteAccess also names the BFE service and a group there, which Wine
 * does not have. */
static const struct {
    const WCHAR *name, *dependencies;
    DWORD start;
    const WCHAR *account; /* NULL = LocalSystem */
} chain[] = {{L"SstpSvc", NULL, SERVICE_DEMAND_START, L"NT AUTHORITY\\LocalService"},
             {L"RasMan", L"SstpSvc\0", SERVICE_DEMAND_START, NULL},
             {L"RemoteAccess", L"RpcSS\0RasMan\0Http\0", SERVICE_AUTO_START, NULL}};

int services_install(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    if (!manager)
        return simctl_fail("OpenSCManager", GetLastError());
    DWORD e = 0;
    for (size_t i = 0; i < sizeof chain / sizeof *chain && !e; i++) {
        WCHAR command[MAX_PATH];
        swprintf(command, MAX_PATH, L"C:\\sim\\sim_host.exe %ls", chain[i].name);
        SC_HANDLE s =
            CreateServiceW(manager, chain[i].name, chain[i].name, SERVICE_ALL_ACCESS,
                           SERVICE_WIN32_OWN_PROCESS, chain[i].start, SERVICE_ERROR_NORMAL, command,
                           NULL, NULL, chain[i].dependencies, chain[i].account, NULL);
        if (!s && GetLastError() != ERROR_SERVICE_EXISTS)
            e = GetLastError();
        if (s)
            CloseServiceHandle(s);
    }
    CloseServiceHandle(manager);
    if (e)
        return simctl_fail("CreateService", e);
    printf("{}\n");
    return 0;
}

static DWORD wait_for(SC_HANDLE s, DWORD state)
{
    SERVICE_STATUS status;
    for (ULONGLONG end = GetTickCount64() + WAIT_MS; GetTickCount64() < end; Sleep(POLL_MS)) {
        if (!QueryServiceStatus(s, &status))
            return GetLastError();
        if (status.dwCurrentState == state)
            return 0;
        if (state == SERVICE_RUNNING && status.dwCurrentState == SERVICE_STOPPED)
            return status.dwWin32ExitCode ? status.dwWin32ExitCode : ERROR_PROCESS_ABORTED;
    }
    return ERROR_SERVICE_REQUEST_TIMEOUT;
}

static DWORD start(SC_HANDLE s)
{
    if (!StartServiceW(s, 0, NULL))
        return GetLastError();
    return wait_for(s, SERVICE_RUNNING);
}

static DWORD stop(SC_HANDLE s)
{
    SERVICE_STATUS status;
    if (!ControlService(s, SERVICE_CONTROL_STOP, &status))
        return GetLastError();
    return wait_for(s, SERVICE_STOPPED);
}

static DWORD run(SC_HANDLE s, const WCHAR *what)
{
    if (wcscmp(what, L"start") == 0)
        return start(s);
    if (wcscmp(what, L"stop") == 0)
        return stop(s);
    if (wcscmp(what, L"restart") != 0)
        return ERROR_INVALID_PARAMETER;
    DWORD e = stop(s);
    return e ? e : start(s);
}

int service_command(const WCHAR *what, const WCHAR *name)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE s = manager ? OpenServiceW(manager, name, SERVICE_ALL_ACCESS) : NULL;
    DWORD e = s ? run(s, what) : GetLastError();
    if (s)
        CloseServiceHandle(s);
    if (manager)
        CloseServiceHandle(manager);
    if (e)
        return simctl_fail("service", e);
    printf("{}\n");
    return 0;
}

/* start_type may be SERVICE_NO_CHANGE, account NULL. */
static int configure(const WCHAR *name, DWORD start_type, const WCHAR *account)
{
    DWORD e = ERROR_SERVICE_DOES_NOT_EXIST;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE s = manager ? OpenServiceW(manager, name, SERVICE_ALL_ACCESS) : NULL;
    for (size_t i = 0; s && i < sizeof chain / sizeof *chain; i++) {
        if (_wcsicmp(name, chain[i].name) != 0)
            continue;
        /* Wine 8 wipes the dependencies when none are given */
        e = ChangeServiceConfigW(s, SERVICE_NO_CHANGE, start_type, SERVICE_NO_CHANGE, NULL, NULL,
                                 NULL, chain[i].dependencies, account, NULL, NULL)
                ? 0
                : GetLastError();
    }
    if (s)
        CloseServiceHandle(s);
    if (manager)
        CloseServiceHandle(manager);
    if (e)
        return simctl_fail("ChangeServiceConfig", e);
    printf("{}\n");
    return 0;
}

int service_start_type(const WCHAR *name, const WCHAR *type)
{
    DWORD start_type = SERVICE_DEMAND_START;
    if (wcscmp(type, L"auto") == 0)
        start_type = SERVICE_AUTO_START;
    if (wcscmp(type, L"disabled") == 0)
        start_type = SERVICE_DISABLED;
    return configure(name, start_type, NULL);
}

int service_account(const WCHAR *name, const WCHAR *account)
{
    return configure(name, SERVICE_NO_CHANGE, account);
}

/* What is no setting is refused here: the service would only log it, and be healthy. */
int sstp_settings(const WCHAR *words)
{
    struct sim_sstp_settings settings;
    char text[SETTINGS_MAX], bad[64], call[96] = "sstp settings: too long";
    sim_sstp_settings_default(&settings);
    bool fits = WideCharToMultiByte(CP_UTF8, 0, words, -1, text, sizeof text, NULL, NULL) != 0;
    if (fits && sim_sstp_settings_parse(&settings, text, bad))
        return registry_set(SIM_SETTINGS L"\\RemoteAccess", SIM_SSTP, *words ? L"text" : L"absent",
                            words);
    if (fits)
        snprintf(call, sizeof call, "sstp settings: '%s' is none", bad);
    return simctl_fail(call, ERROR_INVALID_PARAMETER);
}
