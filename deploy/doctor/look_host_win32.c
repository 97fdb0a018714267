/* SPDX-License-Identifier: Apache-2.0 */
/* Services with what they depend on, memory, pending restart, who listens. */
#include <winsock2.h>

#include <windows.h>
/* after winsock2.h */
#include <iphlpapi.h>
#include <winsvc.h>

#include "doctor/look_host_os.h"

#include "rras/names.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

/* ---- services ---- */

/* Adds a name that is not in the chain yet. */
static void chain_add(struct doctor_chain *c, const wchar_t *name)
{
    char utf8[SERVICE_NAME_CHARS] = "";

    wide_copy(utf8, sizeof utf8, name);
    for (size_t i = 0; i < c->n; i++)
        if (text_equal_nocase(c->of[i].name, utf8))
            return;
    if (c->n < CHAIN_MAX && utf8[0])
        text_copy(c->of[c->n++].name, SERVICE_NAME_CHARS, utf8);
}

/* Reads the account of the i-th and adds what it depends on; groups ("+NetBIOSGroup") are left
 * out, as any one member of them is enough. */
static DWORD chain_expand(SC_HANDLE manager, struct doctor_chain *c, size_t i)
{
    enum { MAX_CONFIG_BYTES = 8 * 1024 }; /* the documented upper limit of the structure */
    QUERY_SERVICE_CONFIGW *config = calloc(1, MAX_CONFIG_BYTES);
    struct err ignored = {0};
    SC_HANDLE service = NULL;
    wchar_t *wide = NULL;
    DWORD need = 0, rc = config ? ERROR_SUCCESS : ERROR_OUTOFMEMORY;

    if (rc == ERROR_SUCCESS && wide_from_utf8(&wide, c->of[i].name, &ignored) != 0)
        rc = ERROR_INVALID_NAME;
    if (rc == ERROR_SUCCESS) {
        service = OpenServiceW(manager, wide, SERVICE_QUERY_CONFIG);
        if (!service || !QueryServiceConfigW(service, config, MAX_CONFIG_BYTES, &need))
            rc = GetLastError();
    }
    if (rc == ERROR_SUCCESS) {
        wide_copy(c->of[i].account, sizeof c->of[i].account, config->lpServiceStartName);
        for (const wchar_t *p = config->lpDependencies; p && *p; p += wcslen(p) + 1)
            if (*p != SC_GROUP_IDENTIFIERW)
                chain_add(c, p);
    }
    if (service)
        CloseServiceHandle(service);
    free(wide);
    free(config);
    return rc == ERROR_SERVICE_DOES_NOT_EXIST ? ERROR_SUCCESS : rc;
}

static void look_chain(struct doctor_chain *c)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    DWORD rc = manager ? ERROR_SUCCESS : GetLastError();
    struct err e = {0};

    chain_add(c, L"" NAME_REMOTEACCESS);
    for (size_t i = 0; rc == ERROR_SUCCESS && i < c->n; i++) {
        rc = chain_expand(manager, c, i);
        if (rc != ERROR_SUCCESS)
            sentence_err(&e, SENTENCE_SERVICE, rc, "service %s", c->of[i].name);
        else if (service_query_one(c->of[i].name, &c->of[i].now, &e) != 0)
            rc = e.number ? e.number : ERROR_INVALID_FUNCTION;
    }
    if (rc != ERROR_SUCCESS && !err_is_set(&e))
        sentence_err(&e, SENTENCE_SERVICE, rc, "service control manager");
    c->seen.ok = rc == ERROR_SUCCESS;
    if (!c->seen.ok)
        seen_fail(&c->seen, &e);
    if (manager)
        CloseServiceHandle(manager);
}

/* ---- memory, pending restart ---- */

static void look_memory(struct doctor_host *out)
{
    MEMORYSTATUSEX m = {.dwLength = sizeof m};
    struct err e = {0};

    out->memory.seen.ok = GlobalMemoryStatusEx(&m) != 0;
    if (!out->memory.seen.ok) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "memory");
        seen_fail(&out->memory.seen, &e);
    }
    out->memory.commit_limit_bytes = m.ullTotalPageFile;
    out->memory.commit_free_bytes = m.ullAvailPageFile;
}

static bool has_key(const wchar_t *path)
{
    HKEY key = NULL;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key) !=
        ERROR_SUCCESS)
        return false;
    RegCloseKey(key);
    return true;
}

static void look_reboot(struct doctor_host *out)
{
    static const wchar_t manager[] = L"SYSTEM\\CurrentControlSet\\Control\\Session Manager";
    wchar_t first[4] = L"";
    DWORD bytes = sizeof first;
    LSTATUS rc = RegGetValueW(HKEY_LOCAL_MACHINE, manager, L"PendingFileRenameOperations",
                              RRF_RT_REG_MULTI_SZ, NULL, first, &bytes);

    out->reboot.seen.ok = true;
    out->reboot.rename = rc == ERROR_MORE_DATA || (rc == ERROR_SUCCESS && first[0] != L'\0');
    out->reboot.servicing = has_key(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\"
                                    L"Component Based Servicing\\RebootPending");
    out->reboot.update = has_key(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\"
                                 L"WindowsUpdate\\Auto Update\\RebootRequired");
}

void host_look_services(struct doctor_host *out)
{
    look_chain(&out->chain);
    look_memory(out);
    look_reboot(out);
}

/* ---- who listens ---- */

static void name_process(DWORD pid, char *out, size_t size)
{
    wchar_t path[MAX_PATH * 2] = L"";
    DWORD chars = MAX_PATH * 2;
    HANDLE h = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    const wchar_t *base;

    if (!h)
        return;
    if (QueryFullProcessImageNameW(h, 0, path, &chars)) {
        base = wcsrchr(path, L'\\');
        wide_copy(out, size, base ? base + 1 : path);
    }
    CloseHandle(h);
}

static void add_listener(struct doctor_host *out, uint8_t family, DWORD pid)
{
    size_t n = out->listener.n;

    for (size_t i = 0; i < n; i++)
        if (out->listener.of[i].family == family && out->listener.of[i].pid == pid)
            return;
    if (n == OWNER_MAX)
        return;
    out->listener.of[n].family = family;
    out->listener.of[n].pid = pid;
    name_process(pid, out->listener.of[n].name, sizeof out->listener.of[n].name);
    out->listener.n++;
}

/* Ports stand in network order in the lower half of a DWORD. */
static bool is_port(DWORD field, int port)
{
    return ntohs((u_short)field) == port;
}

static DWORD look_family(uint8_t family, int port, struct doctor_host *out)
{
    enum { TRIES = 4 }; /* the table may grow between two calls */
    DWORD bytes = 0, rc = ERROR_INSUFFICIENT_BUFFER;
    ULONG af = family == 4 ? AF_INET : AF_INET6;
    void *table = NULL;

    for (int i = 0; i < TRIES && rc == ERROR_INSUFFICIENT_BUFFER; i++) {
        void *grown = bytes ? realloc(table, bytes) : NULL;
        if (bytes && !grown)
            rc = ERROR_OUTOFMEMORY;
        table = grown ? grown : table;
        if (rc != ERROR_OUTOFMEMORY)
            rc = GetExtendedTcpTable(table, &bytes, FALSE, af, TCP_TABLE_OWNER_PID_LISTENER, 0);
    }
    if (rc == NO_ERROR && table && family == 4) {
        const MIB_TCPTABLE_OWNER_PID *t = table;
        for (DWORD i = 0; i < t->dwNumEntries; i++)
            if (is_port(t->table[i].dwLocalPort, port))
                add_listener(out, family, t->table[i].dwOwningPid);
    } else if (rc == NO_ERROR && table) {
        const MIB_TCP6TABLE_OWNER_PID *t = table;
        for (DWORD i = 0; i < t->dwNumEntries; i++)
            if (is_port(t->table[i].dwLocalPort, port))
                add_listener(out, family, t->table[i].dwOwningPid);
    }
    free(table);
    return rc;
}

void host_look_listener(int port, struct doctor_host *out)
{
    DWORD rc = look_family(4, port, out), rc6 = look_family(6, port, out);
    struct err e = {0};

    if (rc == NO_ERROR && rc6 != ERROR_NOT_SUPPORTED) /* IPv6 may be switched off */
        rc = rc6;
    out->listener.seen.ok = rc == NO_ERROR;
    if (rc != NO_ERROR) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, rc, "list of TCP listeners");
        seen_fail(&out->listener.seen, &e);
    }
}
