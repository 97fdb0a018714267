/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>
/* after windows.h */
#include <winsvc.h>

#include "doctor/rivals.h"

#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "wide.h"

#include <stdlib.h>

enum { PAGE_BYTES = 256 * 1024, PAGES_MAX = 64 }; /* the documented most of one call */

/* Only of those whose name says something the start type is asked for. */
static void see(struct rivals *r, const ENUM_SERVICE_STATUS_PROCESSW *s)
{
    char name[SERVICE_NAME_CHARS] = "", display[256] = "";
    struct service now = {0};
    struct err ignored = {0};

    wide_copy(name, sizeof name, s->lpServiceName);
    wide_copy(display, sizeof display, s->lpDisplayName);
    if ((rival_client(name) || rival_client(display)) &&
        service_query_one(name, &now, &ignored) == 0)
        rivals_add_service(r, name, display, &now);
}

void rivals_look_services(struct rivals *r)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ENUMERATE_SERVICE);
    BYTE *page = malloc(PAGE_BYTES);
    DWORD rc = manager ? ERROR_MORE_DATA : GetLastError(), resume = 0;
    struct err e = {0};

    if (manager && !page)
        rc = ERROR_OUTOFMEMORY;
    for (int i = 0; i < PAGES_MAX && rc == ERROR_MORE_DATA; i++) {
        DWORD need = 0, n = 0;
        BOOL ok =
            EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                                  page, PAGE_BYTES, &need, &n, &resume, NULL);
        rc = ok ? ERROR_SUCCESS : GetLastError();
        if (ok || rc == ERROR_MORE_DATA)
            for (DWORD k = 0; k < n; k++)
                see(r, (const ENUM_SERVICE_STATUS_PROCESSW *)(void *)page + k);
    }
    r->seen.ok = rc == ERROR_SUCCESS;
    if (!r->seen.ok) {
        sentence_err(&e, SENTENCE_SERVICE, rc, "list of services");
        seen_fail(&r->seen, &e);
    }
    free(page);
    if (manager)
        CloseServiceHandle(manager);
}
