/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netapi32.dll, a full replacement: the domain that the simulated machine is in, and its controller
 * (sim_network). Strict: only what was given out is taken back.
 */
#include "sim_call.h"
#include "sim_network.h"

#define _DSGETDCAPI_ /* NOLINT(bugprone-reserved-identifier): ours, not imported */
#include <dsgetdc.h>
#include <lm.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_CHARS = 256, MAGIC = 0x4e415049 };

struct given {
    DOMAIN_CONTROLLER_INFOW info; /* first: the caller knows this address */
    WCHAR name[NAME_CHARS], address[NAME_CHARS], domain[NAME_CHARS];
    DWORD magic;
};

static struct given *give(void)
{
    struct given *g = calloc(1, sizeof *g);
    if (g)
        g->magic = MAGIC;
    return g;
}

/* The caller gets a text: it stands where the record begins. */
static DWORD join(LPWSTR *name, PNETSETUP_JOIN_STATUS status)
{
    struct given *g = give();
    if (!g)
        return ERROR_NOT_ENOUGH_MEMORY;
    *status = NetSetupWorkgroupName;
    WCHAR *text = (WCHAR *)g;
    if (network_text(NETWORK_DOMAIN, g->domain, NAME_CHARS))
        *status = NetSetupDomainName;
    swprintf(text, sizeof g->info / sizeof *text, L"%.30ls",
             *status == NetSetupDomainName ? g->domain : L"WORKGROUP");
    *name = text;
    return NERR_Success;
}

NET_API_STATUS NET_API_FUNCTION NetGetJoinInformation(LPCWSTR server, LPWSTR *name,
                                                      PNETSETUP_JOIN_STATUS status)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "NetGetJoinInformation", SIM_LIE_NO, &result))
        result = server || !name || !status ? (DWORD)ERROR_INVALID_PARAMETER : join(name, status);
    return sim_end(&call, result, "%s", "");
}

static DWORD locate(PDOMAIN_CONTROLLER_INFOW *out)
{
    struct given *g = give();
    WCHAR name[NAME_CHARS], address[64];
    if (!g)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!network_text(NETWORK_DOMAIN, g->domain, NAME_CHARS) ||
        !network_text(NETWORK_CONTROLLER, name, NAME_CHARS - 2)) {
        free(g);
        return ERROR_NO_SUCH_DOMAIN;
    }
    swprintf(g->name, NAME_CHARS, L"\\\\%.250ls", name);
    if (network_text(NETWORK_CONTROLLER_ADDRESS, address, 64))
        swprintf(g->address, NAME_CHARS, L"\\\\%ls", address);
    g->info = (DOMAIN_CONTROLLER_INFOW){.DomainControllerName = g->name,
                                        .DomainControllerAddress = g->address,
                                        .DomainControllerAddressType = DS_INET_ADDRESS,
                                        .DomainName = g->domain,
                                        .DnsForestName = g->domain};
    *out = &g->info;
    return NO_ERROR;
}

DWORD WINAPI DsGetDcNameW(LPCWSTR computer, LPCWSTR domain, GUID *guid, LPCWSTR site, ULONG flags,
                          PDOMAIN_CONTROLLER_INFOW *out)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "DsGetDcNameW", SIM_LIE_NO, &result)) {
        if (computer || domain || guid || site || !out)
            result = ERROR_INVALID_PARAMETER;
        else if (flags != DS_RETURN_DNS_NAME)
            result = ERROR_INVALID_FLAGS;
        else
            result = locate(out);
    }
    return sim_end(&call, result, "flags %lx", flags);
}

NET_API_STATUS NET_API_FUNCTION NetApiBufferFree(LPVOID buffer)
{
    struct given *g = buffer;
    if (!g)
        return NERR_Success;
    if (g->magic != MAGIC)
        return ERROR_INVALID_PARAMETER;
    g->magic = 0;
    free(g);
    return NERR_Success;
}
