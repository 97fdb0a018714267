/* SPDX-License-Identifier: Apache-2.0 */
/* The domain that this machine is in, and the controller that Windows would use. */
#include <windows.h>
/* after windows.h */
#include <dsgetdc.h>
#include <lm.h>

#include "doctor/look_net.h"

#include "rras/rras_win32.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

/* netapi32.dll: needed by this alone, so it is loaded when it is needed, and from nowhere but the
 * system's own folder. */
struct netapi {
    HMODULE dll;
    union {
        FARPROC found[3];
        struct {
            NET_API_STATUS(NET_API_FUNCTION *join)(LPCWSTR, LPWSTR *, PNETSETUP_JOIN_STATUS);
            DWORD(WINAPI *locate)
            (LPCWSTR, LPCWSTR, GUID *, LPCWSTR, ULONG, PDOMAIN_CONTROLLER_INFOW *);
            NET_API_STATUS(NET_API_FUNCTION *free)(LPVOID);
        } call;
    };
};

static bool netapi_open(struct netapi *n)
{
    static const char *const names[] = {"NetGetJoinInformation", "DsGetDcNameW",
                                        "NetApiBufferFree"};

    n->dll = LoadLibraryExW(L"netapi32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!n->dll)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        n->found[i] = GetProcAddress(n->dll, names[i]);
        if (!n->found[i])
            return false;
    }
    return true;
}

/* They come as "\\dc1.corp.example" and "\\192.0.2.5". */
static void take_text(const wchar_t *w, char *out, size_t size)
{
    out[0] = '\0';
    wide_copy(out, size, w ? w + wcsspn(w, L"\\") : NULL);
    text_scrub(out);
}

static void locate(const struct netapi *n, struct net_domain *out)
{
    DOMAIN_CONTROLLER_INFOW *info = NULL;
    char address[64];
    struct err e = {0};
    DWORD rc = n->call.locate(NULL, NULL, NULL, NULL, DS_RETURN_DNS_NAME, &info);

    if (rc != NO_ERROR) {
        err_sys(&e, ERR_NET, ERR_SRC_WIN32, rc, "domain controller of %s", out->domain);
        text_copy(out->problem, sizeof out->problem, e.text);
        return;
    }
    out->located = true;
    take_text(info->DomainControllerName, out->controller, sizeof out->controller);
    take_text(info->DomainControllerAddress, address, sizeof address);
    if (info->DomainControllerAddressType == DS_INET_ADDRESS &&
        net_addr_parse(&out->address, address, 0, &e) != 0)
        out->address = (struct net_addr){.family = 0};
    n->call.free(info);
}

void look_domain(struct net_domain *out)
{
    NETSETUP_JOIN_STATUS status = NetSetupUnknownStatus;
    struct netapi n = {.dll = NULL};
    struct err e = {0};
    LPWSTR name = NULL;
    DWORD rc;

    if (!netapi_open(&n)) {
        text_copy(out->seen.why, sizeof out->seen.why, "this Windows has no netapi32.dll");
        goto done;
    }
    rc = n.call.join(NULL, &name, &status);
    if (rc != NERR_Success) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, rc, "membership in a domain");
        seen_fail(&out->seen, &e);
        goto done;
    }
    out->seen.ok = true;
    out->joined = status == NetSetupDomainName;
    take_text(name, out->domain, sizeof out->domain);
    n.call.free(name);
    if (out->joined)
        locate(&n, out);
done:
    if (n.dll)
        FreeLibrary(n.dll);
}
