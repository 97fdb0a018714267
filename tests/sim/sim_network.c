/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_network.h"
#include "sim_settings.h"

#include <stdio.h>
#include <string.h>

#define NETWORK SIM_SETTINGS L"\\Network"

void network_list(const WCHAR *value, WCHAR out[NETWORK_LIST_CHARS])
{
    DWORD bytes = (NETWORK_LIST_CHARS - 2) * sizeof *out;
    memset(out, 0, NETWORK_LIST_CHARS * sizeof *out);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, NETWORK, value, RRF_RT_REG_MULTI_SZ, NULL, out, &bytes))
        out[0] = 0;
}

bool network_text(const WCHAR *value, WCHAR *out, DWORD chars)
{
    DWORD bytes = chars * sizeof *out;
    out[0] = 0;
    return RegGetValueW(HKEY_LOCAL_MACHINE, NETWORK, value, RRF_RT_REG_SZ, NULL, out, &bytes) ==
               0 &&
           out[0];
}

bool network_switch(const WCHAR *value)
{
    DWORD number = 0, bytes = sizeof number;
    return RegGetValueW(HKEY_LOCAL_MACHINE, NETWORK, value, RRF_RT_REG_DWORD, NULL, &number,
                        &bytes) == 0 &&
           number != 0;
}

bool network_lists(const WCHAR *value, const WCHAR *text)
{
    WCHAR list[NETWORK_LIST_CHARS];
    network_list(value, list);
    for (const WCHAR *p = list; *p; p += wcslen(p) + 1)
        if (_wcsicmp(p, text) == 0)
            return true;
    return false;
}

void network_address_text(const SOCKADDR *address, WCHAR out[64])
{
    DWORD chars = 64;
    SOCKADDR_STORAGE plain;
    int v6 = address->sa_family == AF_INET6;
    memset(&plain, 0, sizeof plain);
    memcpy(&plain, address, v6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN));
    if (v6) {
        ((SOCKADDR_IN6 *)&plain)->sin6_port = 0;
        ((SOCKADDR_IN6 *)&plain)->sin6_scope_id = 0;
    } else {
        ((SOCKADDR_IN *)&plain)->sin_port = 0;
    }
    if (WSAAddressToStringW((SOCKADDR *)&plain, v6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN),
                            NULL, out, &chars))
        wcscpy(out, L"?");
}

bool network_address(const WCHAR *text, SOCKADDR_STORAGE *out, int *bytes)
{
    WCHAR copy[64];
    int family = wcschr(text, L':') ? AF_INET6 : AF_INET;
    swprintf(copy, 64, L"%.63ls", text);
    *bytes = sizeof *out;
    memset(out, 0, sizeof *out);
    return WSAStringToAddressW(copy, family, NULL, (SOCKADDR *)out, bytes) == 0;
}
