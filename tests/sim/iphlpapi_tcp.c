/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iphlpapi.dll's table of TCP listeners. On Windows the driver http.sys listens, that is process 4
 * (System); here it is the simulated RemoteAccess, or the program that called HttpAddUrl. While
 * RemoteAccess listens the owner of its port is given as 4; any other owner is left as Wine tells
 * it, which is 0 for what is not a Wine process.
 */
#include "shim.h"
#include "sim_machine.h"
#include "sim_settings.h"

#include <winsock2.h>

#include <iphlpapi.h>

enum { SYSTEM_PID = 4 };

static DWORD sstp_port(void)
{
    DWORD listening = 0, bytes = sizeof listening;
    bool https;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS L"\\RemoteAccess", SIM_LISTENING,
                     RRF_RT_REG_DWORD, NULL, &listening, &bytes))
        return 0;
    return listening ? machine_port(&https) : 0;
}

static void name_owner(void *table, ULONG family)
{
    MIB_TCPTABLE_OWNER_PID *v4 = table;
    MIB_TCP6TABLE_OWNER_PID *v6 = table;
    DWORD port = sstp_port();
    for (DWORD i = 0; port && family == AF_INET && i < v4->dwNumEntries; i++)
        if (ntohs((u_short)v4->table[i].dwLocalPort) == port)
            v4->table[i].dwOwningPid = SYSTEM_PID;
    for (DWORD i = 0; port && family == AF_INET6 && i < v6->dwNumEntries; i++)
        if (ntohs((u_short)v6->table[i].dwLocalPort) == port)
            v6->table[i].dwOwningPid = SYSTEM_PID;
}

DWORD WINAPI SHIM(GetExtendedTcpTable)(PVOID table, PDWORD bytes, BOOL sorted, ULONG family,
                                       TCP_TABLE_CLASS class, ULONG reserved);
DWORD WINAPI SHIM(GetExtendedTcpTable)(PVOID table, PDWORD bytes, BOOL sorted, ULONG family,
                                       TCP_TABLE_CLASS class, ULONG reserved)
{
    DWORD e = ORIGINAL(GetExtendedTcpTable)(table, bytes, sorted, family, class, reserved);
    if (!e && class == TCP_TABLE_OWNER_PID_LISTENER)
        name_owner(table, family);
    return e;
}
