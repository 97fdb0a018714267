/* SPDX-License-Identifier: Apache-2.0 */
/* iphlpapi.dll's list of addresses, without those of IPv6 where the machine was set up so. */
#include "http_records.h"
#include "shim.h"

#include <iphlpapi.h>

static void drop_v6(IP_ADAPTER_ADDRESSES *adapter)
{
    PIP_ADAPTER_UNICAST_ADDRESS *at = &adapter->FirstUnicastAddress;
    while (*at)
        if ((*at)->Address.lpSockaddr->sa_family == AF_INET6)
            *at = (*at)->Next;
        else
            at = &(*at)->Next;
}

ULONG WINAPI SHIM(GetAdaptersAddresses)(ULONG family, ULONG flags, PVOID reserved,
                                        PIP_ADAPTER_ADDRESSES list, PULONG bytes);
ULONG WINAPI SHIM(GetAdaptersAddresses)(ULONG family, ULONG flags, PVOID reserved,
                                        PIP_ADAPTER_ADDRESSES list, PULONG bytes)
{
    ULONG result = ORIGINAL(GetAdaptersAddresses)(family, flags, reserved, list, bytes);
    for (IP_ADAPTER_ADDRESSES *a = list; !result && a && !http_has_ipv6(); a = a->Next)
        drop_v6(a);
    return result;
}
