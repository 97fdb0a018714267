/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mprapi.dll, a full replacement: who is connected to RRAS, and how many ports it has. The numbers
 * are HKLM\SOFTWARE\sim\RemoteAccess, values Sessions, there while the service runs, and SstpPorts.
 * Strict: a handle that was not given out, a level that is not documented, or memory that is freed
 * twice is refused; while RemoteAccess is stopped nobody answers (1722).
 */
#include "sim_call.h"
#include "sim_machine.h"
#include "sim_settings.h"

#include <mprapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { SERVER = 0x5a5a };

/* What was given out and not taken back: handles and buffers. */
static struct {
    LONG servers;
    void *buffer; /* the last one; NULL when it was freed */
} given;

/* False while RemoteAccess does not run. */
static bool sessions(DWORD *out)
{
    DWORD bytes = sizeof *out;
    return RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS L"\\RemoteAccess", SIM_SESSIONS,
                        RRF_RT_REG_DWORD, NULL, out, &bytes) == 0;
}

DWORD WINAPI MprAdminServerConnect(LPWSTR server, MPR_SERVER_HANDLE *out)
{
    struct sim_call call;
    DWORD result = 0, n = 0;
    if (sim_begin(&call, "MprAdminServerConnect", SIM_LIE_NO, &result)) {
        if (server || !out)
            result = ERROR_INVALID_PARAMETER;
        else if (!sessions(&n))
            result = RPC_S_SERVER_UNAVAILABLE;
        else {
            InterlockedIncrement(&given.servers);
            *out = (MPR_SERVER_HANDLE)(ULONG_PTR)SERVER;
        }
    }
    return sim_end(&call, result, "%s", "");
}

VOID WINAPI MprAdminServerDisconnect(MPR_SERVER_HANDLE server)
{
    if ((ULONG_PTR)server == SERVER)
        InterlockedDecrement(&given.servers);
}

static DWORD list(BYTE **out, DWORD *read, DWORD *total)
{
    DWORD n = 0;
    RAS_CONNECTION_0 *c;
    if (!sessions(&n))
        return RPC_S_SERVER_UNAVAILABLE;
    c = calloc(n + 1, sizeof *c);
    if (!c)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (DWORD i = 0; i < n; i++) {
        c[i].hConnection = (HANDLE)(ULONG_PTR)(i + 1);
        swprintf(c[i].wszUserName, UNLEN + 1, L"user%lu", i + 1);
    }
    *read = *total = n;
    *out = given.buffer = c;
    return 0;
}

DWORD WINAPI MprAdminConnectionEnum(RAS_SERVER_HANDLE server, DWORD level, LPBYTE *out,
                                    DWORD preferred, LPDWORD read, LPDWORD total, LPDWORD resume)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "MprAdminConnectionEnum", SIM_LIE_NO, &result)) {
        if ((ULONG_PTR)server != SERVER || given.servers <= 0)
            result = ERROR_INVALID_HANDLE;
        else if (level > 3 || preferred == 0 || !out || !read || !total || (resume && *resume))
            result = ERROR_INVALID_PARAMETER;
        else
            result = list(out, read, total);
    }
    return sim_end(&call, result, "level %lu", level);
}

/* Only the level with the SSTP ports: it came with Server 2008. */
static DWORD server_info(BYTE **out)
{
    DWORD n = 0;
    MPR_SERVER_2 *s;
    if (!sessions(&n))
        return RPC_S_SERVER_UNAVAILABLE;
    s = calloc(1, sizeof *s);
    if (!s)
        return ERROR_NOT_ENOUGH_MEMORY;
    s->dwNumSstpPorts = machine_sstp_ports();
    s->dwSstpPortFlags = s->dwNumSstpPorts ? MPR_ENABLE_RAS_ON_DEVICE : 0;
    *out = given.buffer = s;
    return 0;
}

DWORD WINAPI MprAdminServerGetInfo(MPR_SERVER_HANDLE server, DWORD level, LPBYTE *out)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "MprAdminServerGetInfo", SIM_LIE_NO, &result)) {
        if ((ULONG_PTR)server != SERVER || given.servers <= 0)
            result = ERROR_INVALID_HANDLE;
        else if (level != 2 || !out || given.buffer)
            result = ERROR_INVALID_PARAMETER;
        else
            result = server_info(out);
    }
    return sim_end(&call, result, "level %lu", level);
}

DWORD WINAPI MprAdminBufferFree(LPVOID buffer)
{
    if (!buffer || buffer != given.buffer)
        return ERROR_INVALID_PARAMETER;
    given.buffer = NULL;
    free(buffer);
    return 0;
}
