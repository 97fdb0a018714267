/* SPDX-License-Identifier: Apache-2.0 */
/* The proxies that services (WinHTTP) and the account SYSTEM (Internet Options) are set to use. */
#include <windows.h>
/* after windows.h */
#include <winhttp.h>

#include "doctor/look_net.h"

#include "rras/rras_win32.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>

/* SYSTEM's profile. */
#define INTERNET_SETTINGS                                                                          \
    L".DEFAULT\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"

typedef BOOL(WINAPI *default_proxy)(WINHTTP_PROXY_INFO *);

static void take_text(const wchar_t *w, char *out, size_t size)
{
    wide_copy(out, size, w);
    text_scrub(out);
}

/* winhttp.dll is needed by this alone, so it is loaded when it is needed, and from nowhere but the
 * system's own folder. */
static DWORD read_winhttp(char *out, size_t size)
{
    WINHTTP_PROXY_INFO info = {0};
    DWORD rc = ERROR_SUCCESS;
    HMODULE dll = LoadLibraryExW(L"winhttp.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    union {
        FARPROC found;
        default_proxy call;
    } f = {.found = dll ? GetProcAddress(dll, "WinHttpGetDefaultProxyConfiguration") : NULL};

    if (!f.found)
        rc = ERROR_PROC_NOT_FOUND;
    else if (!f.call(&info))
        rc = GetLastError();
    if (rc == ERROR_SUCCESS && info.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY)
        take_text(info.lpszProxy, out, size);
    if (info.lpszProxy)
        GlobalFree(info.lpszProxy);
    if (info.lpszProxyBypass)
        GlobalFree(info.lpszProxyBypass);
    if (dll)
        FreeLibrary(dll);
    return rc;
}

/* Absent is what Windows does by itself. */
static DWORD read_number(const wchar_t *name, DWORD otherwise)
{
    DWORD value = otherwise, len = sizeof value;

    return RegGetValueW(HKEY_USERS, INTERNET_SETTINGS, name, RRF_RT_REG_DWORD, NULL, &value,
                        &len) == ERROR_SUCCESS
               ? value
               : otherwise;
}

static void read_system(struct net_proxy *out)
{
    wchar_t server[256] = L"";
    DWORD len = sizeof server;

    out->http_1_1_off = read_number(L"EnableHttp1_1", 1) == 0;
    out->proxy_1_1_off = read_number(L"ProxyHttp1.1", 1) == 0;
    if (read_number(L"ProxyEnable", 0) == 0)
        return;
    if (RegGetValueW(HKEY_USERS, INTERNET_SETTINGS, L"ProxyServer", RRF_RT_REG_SZ, NULL, server,
                     &len) == ERROR_SUCCESS)
        take_text(server, out->system, sizeof out->system);
}

void look_proxy(struct net_proxy *out)
{
    DWORD rc = read_winhttp(out->winhttp, sizeof out->winhttp);
    struct err e = {0};

    read_system(out);
    out->seen.ok = rc == ERROR_SUCCESS;
    if (!out->seen.ok) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, rc, "proxy of WinHTTP");
        seen_fail(&out->seen, &e);
    }
}
