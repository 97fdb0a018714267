/* SPDX-License-Identifier: Apache-2.0 */
/* Adapters, gateways, name servers and ICMP, by the IP Helper API. */
#include <winsock2.h>

#include <windows.h>
#include <ws2tcpip.h>
/* after winsock2.h */
#include <iphlpapi.h>
/* after iphlpapi.h */
#include <icmpapi.h>

#include "doctor/look_net.h"

#include "rras/rras_win32.h"
#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DNS_PORT = 53, ECHO_MS = 1000, ECHO_BYTES = 32 };

/* ---- adapters ---- */

static bool take_address(const SOCKADDR *a, struct net_addr *out)
{
    memset(out, 0, sizeof *out);
    if (a->sa_family == AF_INET) {
        out->family = 4;
        memcpy(out->ip, &((const SOCKADDR_IN *)a)->sin_addr, 4);
        return true;
    }
    if (a->sa_family != AF_INET6)
        return false;
    out->family = 6;
    memcpy(out->ip, &((const SOCKADDR_IN6 *)a)->sin6_addr, 16);
    out->scope = ((const SOCKADDR_IN6 *)a)->sin6_scope_id;
    return true;
}

/* fec0:0:0:ffff::1 to ::3: what Windows lists where no IPv6 name server is set. Nobody is there. */
static bool is_placeholder(const struct net_addr *a)
{
    static const uint8_t head[15] = {0xfe, 0xc0, 0, 0, 0, 0, 0xff, 0xff};

    return a->family == 6 && memcmp(a->ip, head, sizeof head) == 0 && a->ip[15] >= 1 &&
           a->ip[15] <= 3;
}

static void take_unicast(const IP_ADAPTER_ADDRESSES *from, struct net_adapter *out)
{
    for (const IP_ADAPTER_UNICAST_ADDRESS *u = from->FirstUnicastAddress; u; u = u->Next) {
        struct net_addr a;
        enum net_scope scope;
        if (!take_address(u->Address.lpSockaddr, &a))
            continue;
        scope = net_addr_scope(&a);
        out->addresses += scope != NET_LOOPBACK && scope != NET_LINK_LOCAL;
        out->self_given = out->self_given || (scope == NET_LINK_LOCAL && a.family == 4);
    }
}

static bool has_ping(const struct net_ping *list, size_t n, const struct net_addr *a)
{
    for (size_t i = 0; i < n; i++)
        if (net_addr_equal(&list[i].addr, a))
            return true;
    return false;
}

static void take_gateways(const IP_ADAPTER_ADDRESSES *from, struct doctor_net *out)
{
    for (const IP_ADAPTER_GATEWAY_ADDRESS *g = from->FirstGatewayAddress; g; g = g->Next) {
        struct net_addr a;
        if (out->gateway_n < NET_GATEWAYS && take_address(g->Address.lpSockaddr, &a) &&
            !has_ping(out->gateway, out->gateway_n, &a))
            out->gateway[out->gateway_n++].addr = a;
    }
}

static bool has_server(const struct doctor_net *net, const struct net_addr *a)
{
    for (size_t i = 0; i < net->server_n; i++)
        if (net_addr_equal(&net->server[i].addr, a))
            return true;
    return false;
}

static void take_servers(const IP_ADAPTER_ADDRESSES *from, struct doctor_net *out)
{
    for (const IP_ADAPTER_DNS_SERVER_ADDRESS *d = from->FirstDnsServerAddress; d; d = d->Next) {
        struct net_addr a;
        if (!take_address(d->Address.lpSockaddr, &a) || is_placeholder(&a))
            continue;
        a.port = DNS_PORT;
        if (out->server_n < NET_SERVERS && !has_server(out, &a))
            out->server[out->server_n++].addr = a;
    }
}

static void take_adapters(const IP_ADAPTER_ADDRESSES *list, struct doctor_net *out)
{
    for (const IP_ADAPTER_ADDRESSES *i = list; i; i = i->Next) {
        struct net_adapter a = {.up = i->OperStatus == IfOperStatusUp};
        if (i->IfType == IF_TYPE_SOFTWARE_LOOPBACK || i->IfType == IF_TYPE_TUNNEL)
            continue;
        wide_copy(a.name, sizeof a.name, i->FriendlyName);
        text_scrub(a.name);
        if (a.up) {
            take_unicast(i, &a);
            take_gateways(i, out);
            take_servers(i, out);
        }
        if (out->adapters.n < NET_ADAPTERS)
            out->adapters.of[out->adapters.n++] = a;
    }
}

void look_adapters(struct doctor_net *out)
{
    enum { MAX_BYTES = 256 * 1024 };
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_INCLUDE_GATEWAYS;
    IP_ADAPTER_ADDRESSES *list = calloc(1, MAX_BYTES);
    struct err e = {0};
    ULONG len = MAX_BYTES, rc;

    if (!list) {
        text_copy(out->adapters.seen.why, sizeof out->adapters.seen.why,
                  "network adapters: out of memory");
        return;
    }
    rc = GetAdaptersAddresses(AF_UNSPEC, flags, NULL, list, &len);
    if (rc == ERROR_SUCCESS)
        take_adapters(list, out);
    out->adapters.seen.ok = rc == ERROR_SUCCESS || rc == ERROR_NO_DATA;
    if (!out->adapters.seen.ok) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, rc, "network adapters");
        seen_fail(&out->adapters.seen, &e);
    }
    free(list);
}

/* ---- ICMP ---- */

/* ICMPV6_ECHO_REPLY of ipexport.h, which mingw's lacks: the address is packed (26 bytes), the rest
 * is not. */
struct echo_reply_v6 {
    BYTE address[26];
    ULONG status;
    UINT ms;
};

union echo_reply {
    ICMP_ECHO_REPLY v4;
    struct echo_reply_v6 v6;
    BYTE room[1024];
};

static HANDLE open_echo(uint8_t family)
{
    return family == 4 ? IcmpCreateFile() : Icmp6CreateFile();
}

/* The IP_STATUS of the answer, or of why there is none (they are numbered apart from Win32's). */
static DWORD send_echo(HANDLE h, const struct net_addr *to)
{
    BYTE data[ECHO_BYTES] = "rras-acme";
    union echo_reply reply;
    DWORD n;

    memset(&reply, 0, sizeof reply);
    if (to->family == 4) {
        IPAddr address;
        memcpy(&address, to->ip, sizeof address);
        n = IcmpSendEcho(h, address, data, sizeof data, NULL, &reply, sizeof reply, ECHO_MS);
        return n > 0 ? reply.v4.Status : GetLastError();
    } else {
        SOCKADDR_IN6 from = {.sin6_family = AF_INET6}, there = {.sin6_family = AF_INET6};
        IP_OPTION_INFORMATION options = {.Ttl = 128};
        memcpy(&there.sin6_addr, to->ip, sizeof there.sin6_addr);
        there.sin6_scope_id = to->scope;
        n = Icmp6SendEcho2(h, NULL, NULL, NULL, &from, &there, data, sizeof data, &options, &reply,
                           sizeof reply, ECHO_MS);
        return n > 0 ? reply.v6.status : GetLastError();
    }
}

static void judge_echo(DWORD status, struct net_ping *p)
{
    struct err e = {0};

    if (status == IP_SUCCESS) {
        p->echo = NET_ECHO_ANSWERED;
        return;
    }
    if (status == IP_REQ_TIMED_OUT) {
        text_copy(p->problem, sizeof p->problem, "no answer to ping within a second");
        p->echo = NET_ECHO_SILENT;
        return;
    }
    err_sys(&e, ERR_NET, ERR_SRC_WIN32, status, "ping");
    text_copy(p->problem, sizeof p->problem, e.text);
    p->echo =
        status >= IP_STATUS_BASE && status <= MAX_IP_STATUS ? NET_ECHO_SILENT : NET_ECHO_UNABLE;
}

static enum net_neighbour find_neighbour(const struct net_addr *a)
{
    BYTE hardware[8];
    ULONG len = sizeof hardware;
    IPAddr address;
    DWORD rc;

    if (a->family != 4)
        return NET_NEIGHBOUR_UNKNOWN;
    memcpy(&address, a->ip, sizeof address);
    rc = SendARP(address, 0, hardware, &len);
    if (rc == NO_ERROR)
        return NET_NEIGHBOUR_THERE;
    return rc == ERROR_BAD_NET_NAME || rc == ERROR_GEN_FAILURE || rc == ERROR_NOT_FOUND
               ? NET_NEIGHBOUR_MISSING
               : NET_NEIGHBOUR_UNKNOWN;
}

void look_ping(struct net_ping *p, bool gateway)
{
    HANDLE h = open_echo(p->addr.family);
    struct err e = {0};

    if (h == INVALID_HANDLE_VALUE) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "ping");
        text_copy(p->problem, sizeof p->problem, e.text);
        p->echo = NET_ECHO_UNABLE;
    } else {
        judge_echo(send_echo(h, &p->addr), p);
        IcmpCloseHandle(h);
    }
    if (gateway && p->echo != NET_ECHO_ANSWERED)
        p->neighbour = find_neighbour(&p->addr);
}
