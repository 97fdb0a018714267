/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iphlpapi.dll: the list of adapters with the simulated gateways and name servers instead of the
 * real ones, without IPv6 addresses or with everything down where the machine was set up so, and
 * ICMP and ARP that send nothing: whoever is not said to be silent answers.
 */
#include "http_records.h"
#include "shim.h"
#include "sim_call.h"
#include "sim_network.h"

/* clang-format off */
#include <iphlpapi.h>
#include <icmpapi.h>
/* clang-format on */
#include <stdlib.h>
#include <string.h>

/* ---- adapters ---- */

static void drop_v6(IP_ADAPTER_ADDRESSES *adapter)
{
    PIP_ADAPTER_UNICAST_ADDRESS *at = &adapter->FirstUnicastAddress;
    while (*at)
        if ((*at)->Address.lpSockaddr->sa_family == AF_INET6)
            *at = (*at)->Next;
        else
            at = &(*at)->Next;
}

/* The addresses of a list, one node each; the nodes are never freed: they have to outlive the call,
 * and nobody asks often. Gateways and name servers have nodes of one form. */
static IP_ADAPTER_GATEWAY_ADDRESS *make_list(const WCHAR *value)
{
    WCHAR list[NETWORK_LIST_CHARS];
    IP_ADAPTER_GATEWAY_ADDRESS *first = NULL, **at = &first;
    network_list(value, list);
    for (const WCHAR *p = list; *p; p += wcslen(p) + 1) {
        struct node {
            IP_ADAPTER_GATEWAY_ADDRESS entry;
            SOCKADDR_STORAGE address;
        } *n = calloc(1, sizeof *n);
        int bytes;
        if (!n || !network_address(p, &n->address, &bytes)) {
            free(n);
            continue;
        }
        n->entry.Length = sizeof n->entry;
        n->entry.Address.lpSockaddr = (SOCKADDR *)&n->address;
        n->entry.Address.iSockaddrLength = bytes;
        *at = &n->entry;
        at = &n->entry.Next;
    }
    return first;
}

static void set_surroundings(IP_ADAPTER_ADDRESSES *list, ULONG flags)
{
    bool down = network_switch(NETWORK_ADAPTER_DOWN), first = true;
    for (IP_ADAPTER_ADDRESSES *a = list; a; a = a->Next) {
        if (a->IfType == IF_TYPE_SOFTWARE_LOOPBACK)
            continue;
        if (down)
            a->OperStatus = IfOperStatusDown;
        a->FirstGatewayAddress = NULL;
        a->FirstDnsServerAddress = NULL;
        if (a->OperStatus != IfOperStatusUp || !first)
            continue;
        first = false;
        if (flags & GAA_FLAG_INCLUDE_GATEWAYS)
            a->FirstGatewayAddress = make_list(NETWORK_GATEWAYS);
        if (!(flags & GAA_FLAG_SKIP_DNS_SERVER))
            a->FirstDnsServerAddress = (void *)make_list(NETWORK_NAME_SERVERS);
    }
}

ULONG WINAPI SHIM(GetAdaptersAddresses)(ULONG family, ULONG flags, PVOID reserved,
                                        PIP_ADAPTER_ADDRESSES list, PULONG bytes);
ULONG WINAPI SHIM(GetAdaptersAddresses)(ULONG family, ULONG flags, PVOID reserved,
                                        PIP_ADAPTER_ADDRESSES list, PULONG bytes)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "GetAdaptersAddresses", SIM_LIE_NO, &result))
        result = ORIGINAL(GetAdaptersAddresses)(family, flags, reserved, list, bytes);
    for (IP_ADAPTER_ADDRESSES *a = list; !result && a && !http_has_ipv6(); a = a->Next)
        drop_v6(a);
    if (!result)
        set_surroundings(list, flags);
    return sim_end(&call, result, "flags %lx", flags);
}

/* ---- ICMP and ARP ---- */

enum { ECHO_V4 = 0x4543, ECHO_V6 = 0x4544, V6_STATUS_AT = 28 };

HANDLE WINAPI SHIM(IcmpCreateFile)(void);
HANDLE WINAPI SHIM(IcmpCreateFile)(void)
{
    return (HANDLE)(ULONG_PTR)ECHO_V4;
}

HANDLE WINAPI SHIM(Icmp6CreateFile)(void);
HANDLE WINAPI SHIM(Icmp6CreateFile)(void)
{
    return (HANDLE)(ULONG_PTR)ECHO_V6;
}

BOOL WINAPI SHIM(IcmpCloseHandle)(HANDLE h);
BOOL WINAPI SHIM(IcmpCloseHandle)(HANDLE h)
{
    bool ours = (ULONG_PTR)h == ECHO_V4 || (ULONG_PTR)h == ECHO_V6;
    return sim_bool(ours ? 0 : (DWORD)ERROR_INVALID_PARAMETER);
}

static DWORD echo(const SOCKADDR *to, WCHAR text[64])
{
    network_address_text(to, text);
    if (network_lists(NETWORK_SILENT, text))
        return IP_REQ_TIMED_OUT;
    bool loopback = wcsncmp(text, L"127.", 4) == 0 || wcscmp(text, L"::1") == 0;
    if (!loopback && network_switch(NETWORK_ADAPTER_DOWN))
        return IP_DEST_HOST_UNREACHABLE;
    return 0;
}

DWORD WINAPI SHIM(IcmpSendEcho)(HANDLE h, IPAddr to, LPVOID data, WORD bytes,
                                PIP_OPTION_INFORMATION options, LPVOID out, DWORD size,
                                DWORD timeout);
DWORD WINAPI SHIM(IcmpSendEcho)(HANDLE h, IPAddr to, LPVOID data, WORD bytes,
                                PIP_OPTION_INFORMATION options, LPVOID out, DWORD size,
                                DWORD timeout)
{
    struct sim_call call;
    SOCKADDR_IN there = {.sin_family = AF_INET};
    WCHAR text[64] = L"";
    DWORD result = 0;
    (void)data;
    (void)options;
    memcpy(&there.sin_addr, &to, sizeof to);
    if (sim_begin(&call, "IcmpSendEcho", SIM_LIE_NO, &result)) {
        if ((ULONG_PTR)h != ECHO_V4 || !out || timeout == 0 ||
            size < sizeof(ICMP_ECHO_REPLY) + bytes + 8u) /* room for an error, as documented */
            result = ERROR_INVALID_PARAMETER;
        else
            result = echo((SOCKADDR *)&there, text);
    }
    if (!result)
        *(ICMP_ECHO_REPLY *)out = (ICMP_ECHO_REPLY){.Address = to, .DataSize = bytes};
    SetLastError(sim_end(&call, result, "%ls", text));
    return result ? 0 : 1;
}

DWORD WINAPI SHIM(Icmp6SendEcho2)(HANDLE h, HANDLE event, FARPROC routine, PVOID context,
                                  struct sockaddr_in6 *from, struct sockaddr_in6 *to, LPVOID data,
                                  WORD bytes, PIP_OPTION_INFORMATION options, LPVOID out,
                                  DWORD size, DWORD timeout);
DWORD WINAPI SHIM(Icmp6SendEcho2)(HANDLE h, HANDLE event, FARPROC routine, PVOID context,
                                  struct sockaddr_in6 *from, struct sockaddr_in6 *to, LPVOID data,
                                  WORD bytes, PIP_OPTION_INFORMATION options, LPVOID out,
                                  DWORD size, DWORD timeout)
{
    struct sim_call call;
    WCHAR text[64] = L"";
    DWORD result = 0;
    (void)data;
    (void)context;
    if (sim_begin(&call, "Icmp6SendEcho2", SIM_LIE_NO, &result)) {
        if ((ULONG_PTR)h != ECHO_V6 || event || routine || !from || !to || !options || !out ||
            timeout == 0 || size < V6_STATUS_AT + 8 + bytes + 8u)
            result = ERROR_INVALID_PARAMETER;
        else
            result = echo((SOCKADDR *)to, text);
    }
    if (!result)
        memset(out, 0, V6_STATUS_AT + 8);
    SetLastError(sim_end(&call, result, "%ls", text));
    return result ? 0 : 1;
}

DWORD WINAPI SHIM(SendARP)(IPAddr to, IPAddr from, PVOID hardware, PULONG bytes);
DWORD WINAPI SHIM(SendARP)(IPAddr to, IPAddr from, PVOID hardware, PULONG bytes)
{
    struct sim_call call;
    SOCKADDR_IN there = {.sin_family = AF_INET};
    WCHAR text[64] = L"";
    DWORD result = 0;
    (void)from;
    memcpy(&there.sin_addr, &to, sizeof to);
    network_address_text((SOCKADDR *)&there, text);
    if (sim_begin(&call, "SendARP", SIM_LIE_NO, &result)) {
        if (!hardware || !bytes || *bytes < 6)
            result = ERROR_INVALID_PARAMETER;
        else if (network_lists(NETWORK_NO_ARP, text))
            result = ERROR_BAD_NET_NAME;
    }
    if (!result) {
        memset(hardware, 2, 6);
        *bytes = 6;
    }
    return sim_end(&call, result, "%ls", text);
}
