/* SPDX-License-Identifier: Apache-2.0 */
/* One look and one command each; waiting is done above (restart.c). */
#include "rras/rras_win32.h"

#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* after windows.h */
#include <winsvc.h>

enum { MAX_CONFIG_BYTES = 8 * 1024, MAX_DEPENDENTS_BYTES = 64 * 1024 };

struct handle {
    SC_HANDLE manager, service;
};

static void handle_close(struct handle *h)
{
    if (h->service)
        CloseServiceHandle(h->service);
    if (h->manager)
        CloseServiceHandle(h->manager);
}

/* 0, or the Windows error. */
static DWORD handle_open(struct handle *h, const wchar_t *name, DWORD access)
{
    memset(h, 0, sizeof *h);
    h->manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (!h->manager)
        return GetLastError();
    h->service = OpenServiceW(h->manager, name, access);
    return h->service ? ERROR_SUCCESS : GetLastError();
}

static DWORD read_service(SC_HANDLE handle, struct service *out)
{
    SERVICE_STATUS_PROCESS now = {0};
    QUERY_SERVICE_CONFIGW *config;
    DWORD need = 0, rc = ERROR_SUCCESS;

    if (!QueryServiceStatusEx(handle, SC_STATUS_PROCESS_INFO, (BYTE *)&now, sizeof now, &need))
        return GetLastError();
    config = calloc(1, MAX_CONFIG_BYTES); /* the documented upper limit of the structure */
    if (!config)
        return ERROR_OUTOFMEMORY;
    if (!QueryServiceConfigW(handle, config, MAX_CONFIG_BYTES, &need))
        rc = GetLastError();
    *out = (struct service){.exists = true,
                            .state = (enum service_state)now.dwCurrentState,
                            .start_type = config->dwStartType,
                            .exit_code = now.dwWin32ExitCode,
                            .specific_code = now.dwServiceSpecificExitCode,
                            .checkpoint = now.dwCheckPoint,
                            .wait_hint_ms = now.dwWaitHint,
                            .pid = now.dwProcessId};
    wide_copy(out->display, sizeof out->display, config->lpDisplayName);
    free(config);
    return rc;
}

int service_query_one(const char *name, struct service *out, struct err *err)
{
    struct service seen = {0};
    struct handle h = {0};
    wchar_t *wide = NULL;
    DWORD rc;

    if (wide_from_utf8(&wide, name, err) != 0)
        return -1;
    rc = handle_open(&h, wide, SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
    if (rc == ERROR_SUCCESS)
        rc = read_service(h.service, &seen);
    handle_close(&h);
    free(wide);
    if (rc == ERROR_SERVICE_DOES_NOT_EXIST)
        rc = ERROR_SUCCESS; /* an answer, too: exists is false */
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_SERVICE, rc, "service %s", name);
    *out = seen;
    return 0;
}

int service_command_stop(const char *name, struct err *err)
{
    SERVICE_STATUS ignored;
    struct handle h = {0};
    wchar_t *wide = NULL;
    DWORD rc;

    if (wide_from_utf8(&wide, name, err) != 0)
        return -1;
    rc = handle_open(&h, wide, SERVICE_STOP);
    if (rc == ERROR_SUCCESS && !ControlService(h.service, SERVICE_CONTROL_STOP, &ignored))
        rc = GetLastError();
    handle_close(&h);
    free(wide);
    return rc == ERROR_SUCCESS ? 0
                               : sentence_err(err, SENTENCE_SERVICE, rc, "service %s: stop", name);
}

int service_command_start(const char *name, struct err *err)
{
    struct handle h = {0};
    wchar_t *wide = NULL;
    DWORD rc;

    if (wide_from_utf8(&wide, name, err) != 0)
        return -1;
    rc = handle_open(&h, wide, SERVICE_START);
    if (rc == ERROR_SUCCESS && !StartServiceW(h.service, 0, NULL))
        rc = GetLastError();
    handle_close(&h);
    free(wide);
    return rc == ERROR_SUCCESS ? 0
                               : sentence_err(err, SENTENCE_SERVICE, rc, "service %s: start", name);
}

static int take_dependents(const ENUM_SERVICE_STATUSW *list, DWORD count, struct service_list *out,
                           struct err *err)
{
    memset(out, 0, sizeof *out);
    for (DWORD i = 0; i < count; i++) {
        char *name = NULL;
        bool fits;
        if (wide_to_utf8(&name, list[i].lpServiceName, err) != 0)
            return -1;
        fits = out->n < SERVICE_MAX_LIST && text_copy(out->name[out->n], SERVICE_NAME_CHARS, name);
        free(name);
        if (!fits)
            return err_set(err, ERR_FAIL, "services: too many depend on the one to restart");
        out->n++;
    }
    return 0;
}

static int list_dependents(const char *name, DWORD which, struct service_list *out, struct err *err)
{
    ENUM_SERVICE_STATUSW *list = calloc(1, MAX_DEPENDENTS_BYTES);
    struct handle h = {0};
    wchar_t *wide = NULL;
    DWORD rc, need = 0, count = 0;
    int result = -1;

    if (!list) {
        err_set(err, ERR_FAIL, "service %s: out of memory", name);
        goto done;
    }
    if (wide_from_utf8(&wide, name, err) != 0)
        goto done;
    rc = handle_open(&h, wide, SERVICE_ENUMERATE_DEPENDENTS);
    if (rc == ERROR_SUCCESS &&
        !EnumDependentServicesW(h.service, which, list, MAX_DEPENDENTS_BYTES, &need, &count))
        rc = GetLastError();
    if (rc != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_SERVICE, rc, "service %s: dependents", name);
        goto done;
    }
    result = take_dependents(list, count, out, err);
done:
    handle_close(&h);
    free(wide);
    free(list);
    return result;
}

int service_list_dependents(const char *name, struct service_list *out, struct err *err)
{
    return list_dependents(name, SERVICE_ACTIVE, out, err);
}

int service_list_all_dependents(const char *name, struct service_list *out, struct err *err)
{
    return list_dependents(name, SERVICE_STATE_ALL, out, err);
}

int service_each(bool all, void (*each)(void *user, const struct service_entry *s), void *user,
                 struct err *err)
{
    enum { PAGE_BYTES = 256 * 1024, PAGES_MAX = 64 }; /* the documented most of one call */
    SC_HANDLE manager =
        OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
    ENUM_SERVICE_STATUS_PROCESSW *page = calloc(1, PAGE_BYTES);
    DWORD rc = !manager ? GetLastError() : page ? ERROR_MORE_DATA : ERROR_OUTOFMEMORY, resume = 0;

    for (int i = 0; i < PAGES_MAX && rc == ERROR_MORE_DATA; i++) {
        DWORD need = 0, n = 0;
        BOOL ok = EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32,
                                        all ? SERVICE_STATE_ALL : SERVICE_ACTIVE, (BYTE *)page,
                                        PAGE_BYTES, &need, &n, &resume, NULL);
        rc = ok ? ERROR_SUCCESS : GetLastError();
        if (!ok && rc != ERROR_MORE_DATA)
            break;
        for (DWORD k = 0; k < n; k++) {
            struct service_entry s = {.name = page[k].lpServiceName,
                                      .display = page[k].lpDisplayName,
                                      .pid = page[k].ServiceStatusProcess.dwProcessId};
            each(user, &s);
        }
    }
    if (manager)
        CloseServiceHandle(manager);
    free(page);
    return rc == ERROR_SUCCESS ? 0 : sentence_err(err, SENTENCE_SERVICE, rc, "list of services");
}

struct in_process {
    uint32_t pid, n;
};

static void count_one(void *user, const struct service_entry *s)
{
    struct in_process *p = user;

    p->n += s->pid == p->pid;
}

int service_count_in_process(uint32_t pid, uint32_t *out, struct err *err)
{
    struct in_process p = {.pid = pid};

    if (service_each(false, count_one, &p, err) != 0)
        return -1;
    *out = p.n;
    return 0;
}
