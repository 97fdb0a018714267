/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth knowing about the machine but no deploy depends on: who is connected, who depends
 * on RemoteAccess, how old the listener is, DirectAccess, our own addresses. Each piece is marked
 * when it cannot be read.
 */
#include <winsock2.h>

#include <windows.h>
#include <ws2tcpip.h>
/* after winsock2.h */
#include <iphlpapi.h>
#include <mprapi.h>

#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

void seen_fail(struct seen *s, const struct err *why)
{
    s->ok = false;
    text_copy(s->why, sizeof s->why, why->text[0] ? why->text : "cannot be read");
}

/* ---- sessions and ports ---- */

enum { SERVER_INFO_2 = 2 }; /* the level with a MPR_SERVER_2 */

/* The RRAS administration interface (mprapi.dll): it need not be there, so it is loaded when it is
 * needed, and from nowhere but the system's own folder. */
struct mpr {
    HMODULE dll;
    union {
        FARPROC found[5];
        struct {
            DWORD(WINAPI *connect)(LPWSTR, RAS_SERVER_HANDLE *);
            void(WINAPI *disconnect)(RAS_SERVER_HANDLE);
            DWORD(WINAPI *list)
            (RAS_SERVER_HANDLE, DWORD, BYTE **, DWORD, DWORD *, DWORD *, DWORD *);
            DWORD(WINAPI *free)(void *);
            DWORD(WINAPI *info)(MPR_SERVER_HANDLE, DWORD, BYTE **);
        } call;
    };
};

static bool mpr_open(struct mpr *m)
{
    static const char *const names[] = {"MprAdminServerConnect", "MprAdminServerDisconnect",
                                        "MprAdminConnectionEnum", "MprAdminBufferFree",
                                        "MprAdminServerGetInfo"};

    m->dll = LoadLibraryExW(L"mprapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!m->dll)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        m->found[i] = GetProcAddress(m->dll, names[i]);
        if (!m->found[i])
            return false;
    }
    return true;
}

static DWORD count_sessions(const struct mpr *m, RAS_SERVER_HANDLE server, uint32_t *out)
{
    enum { ALL = -1 };
    DWORD read = 0, total = 0, resume = 0;
    BYTE *list = NULL;
    DWORD rc = m->call.list(server, 0, &list, (DWORD)ALL, &read, &total, &resume);

    if (rc == NO_ERROR || rc == ERROR_MORE_DATA) {
        *out = total > read ? total : read;
        rc = NO_ERROR;
    }
    if (list)
        m->call.free(list);
    return rc;
}

int sessions_count(uint32_t *out, struct err *err)
{
    struct mpr m = {.dll = NULL};
    RAS_SERVER_HANDLE server = NULL;
    int result = -1;
    DWORD rc;

    if (!mpr_open(&m)) {
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, ERROR_PROC_NOT_FOUND,
                "this Windows has no mprapi.dll");
        goto done;
    }
    rc = m.call.connect(NULL, &server);
    if (rc == NO_ERROR) {
        rc = count_sessions(&m, server, out);
        m.call.disconnect(server);
    }
    result = rc == NO_ERROR ? 0 : sentence_err(err, SENTENCE_SERVICE, rc, "RRAS sessions");
done:
    if (m.dll)
        FreeLibrary(m.dll);
    return result;
}

static DWORD count_ports(const struct mpr *m, MPR_SERVER_HANDLE server, uint32_t *out)
{
    BYTE *info = NULL;
    DWORD rc = m->call.info(server, SERVER_INFO_2, &info);

    if (rc == NO_ERROR && !info)
        rc = ERROR_INVALID_DATA;
    if (rc == NO_ERROR)
        *out = ((const MPR_SERVER_2 *)(const void *)info)->dwNumSstpPorts;
    if (info)
        m->call.free(info);
    return rc;
}

static void mark(struct seen *s, DWORD rc, const char *what)
{
    struct err e = {0};

    s->ok = rc == NO_ERROR;
    if (s->ok)
        return;
    sentence_err(&e, SENTENCE_SERVICE, rc, "%s", what);
    seen_fail(s, &e);
}

static void observe_server(bool running, struct sessions *sessions, struct sstp_ports *ports)
{
    struct mpr m = {.dll = NULL};
    RAS_SERVER_HANDLE server = NULL;
    DWORD rc, listed, told;

    if (!running) { /* nobody can be connected, and the interface would not answer */
        sessions->seen.ok = true;
        return;
    }
    if (!mpr_open(&m)) {
        text_copy(sessions->seen.why, sizeof sessions->seen.why, "this Windows has no mprapi.dll");
        ports->seen = sessions->seen;
        goto done;
    }
    listed = told = rc = m.call.connect(NULL, &server);
    if (rc == NO_ERROR) {
        listed = count_sessions(&m, server, &sessions->n);
        told = count_ports(&m, server, &ports->n);
        m.call.disconnect(server);
    }
    mark(&sessions->seen, listed, "RRAS sessions");
    mark(&ports->seen, told, "RRAS ports");
done:
    if (m.dll)
        FreeLibrary(m.dll);
}

/* ---- dependents ---- */

static void observe_dependents(struct dependents *out)
{
    struct service_list list = {0};
    struct err e = {0};

    if (service_list_all_dependents(NAME_REMOTEACCESS, &list, &e) != 0) {
        seen_fail(&out->seen, &e);
        return;
    }
    out->seen.ok = true;
    for (size_t i = 0; i < list.n && out->n < DEPENDENTS_MAX; i++) {
        text_copy(out->of[out->n].name, SERVICE_NAME_CHARS, list.name[i]);
        if (service_query_one(list.name[i], &out->of[out->n].now, &e) != 0) {
            seen_fail(&out->seen, &e);
            return;
        }
        out->n++;
    }
}

/* ---- the listener's age ---- */

static int64_t unix_ms(const FILETIME *t)
{
    const int64_t epoch_ms = 11644473600000; /* 1601 to 1970 */
    int64_t units = (int64_t)t->dwHighDateTime << 32 | t->dwLowDateTime;

    return units / 10000 - epoch_ms;
}

static DWORD process_started_at(uint32_t pid, int64_t *out_ms)
{
    FILETIME created, exited, kernel, user;
    HANDLE h = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    DWORD rc = NO_ERROR;

    if (!h)
        return GetLastError();
    if (GetProcessTimes(h, &created, &exited, &kernel, &user))
        *out_ms = unix_ms(&created);
    else
        rc = GetLastError();
    CloseHandle(h);
    return rc;
}

/* Where the process hosts other services, too, its start says nothing about this one's. */
void beside_observe_listener(struct observed *o)
{
    const struct service *s = &o->service[SERVICE_REMOTEACCESS];
    struct listener_age *out = &o->listener;
    struct err e = {0};
    uint32_t hosted = 0;
    DWORD rc;

    if (values_written_at(&out->written_at_ms, &e) != 0)
        goto fail;
    if (s->state == SERVICE_IS_RUNNING && s->pid != 0) {
        if (service_count_in_process(s->pid, &hosted, &e) != 0)
            goto fail;
        if (hosted != 1) {
            err_set(&e, ERR_FAIL, "%s shares its process with other services", NAME_REMOTEACCESS);
            goto fail;
        }
        rc = process_started_at(s->pid, &out->started_at_ms);
        if (rc != NO_ERROR) {
            sentence_err(&e, SENTENCE_SERVICE, rc, "process of %s", NAME_REMOTEACCESS);
            goto fail;
        }
    }
    out->seen.ok = true;
    return;
fail:
    seen_fail(&out->seen, &e);
}

/* ---- DirectAccess ---- */

/* http_observe has looked for its AppId. */
static void observe_direct_access(struct direct_access *out)
{
    wchar_t *path = NULL, *name = NULL;
    DWORD role = 0, len = sizeof role;
    struct err e = {0};
    LSTATUS rc;

    if (wide_from_utf8(&path, NAME_IPHTTPS, &e) != 0 ||
        wide_from_utf8(&name, NAME_VALUE_IPHTTPS_ROLE, &e) != 0)
        goto done;
    rc = RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_REG_DWORD, NULL, &role, &len);
    if (rc == ERROR_SUCCESS)
        out->configured = role == 1;
    else if (rc != ERROR_FILE_NOT_FOUND)
        sentence_err(&e, SENTENCE_REGISTRY, (uint32_t)rc, "HKLM\\%s", NAME_IPHTTPS);
done:
    out->seen.ok = !err_is_set(&e);
    if (!out->seen.ok)
        seen_fail(&out->seen, &e);
    free(path);
    free(name);
}

/* ---- addresses ---- */

static bool take_address(const SOCKADDR *a, struct net_addr *out)
{
    memset(out, 0, sizeof *out);
    if (a->sa_family == AF_INET) {
        out->family = 4;
        memcpy(out->ip, &((const SOCKADDR_IN *)a)->sin_addr, 4);
        return out->ip[0] != 127;
    }
    if (a->sa_family != AF_INET6)
        return false;
    out->family = 6;
    memcpy(out->ip, &((const SOCKADDR_IN6 *)a)->sin6_addr, 16);
    out->scope = ((const SOCKADDR_IN6 *)a)->sin6_scope_id;
    return !IN6_IS_ADDR_LOOPBACK(&((const SOCKADDR_IN6 *)a)->sin6_addr);
}

static void take_addresses(const IP_ADAPTER_ADDRESSES *list, struct local_addresses *out)
{
    for (const IP_ADAPTER_ADDRESSES *i = list; i; i = i->Next)
        for (const IP_ADAPTER_UNICAST_ADDRESS *u = i->FirstUnicastAddress; u; u = u->Next) {
            struct net_addr a;
            if (i->OperStatus != IfOperStatusUp || !take_address(u->Address.lpSockaddr, &a))
                continue;
            out->has_v6 = out->has_v6 || a.family == 6;
            if (out->n < LOCAL_MAX)
                out->addr[out->n++] = a;
        }
}

void beside_observe_addresses(struct local_addresses *out)
{
    enum { MAX_BYTES = 256 * 1024 };
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    IP_ADAPTER_ADDRESSES *list = calloc(1, MAX_BYTES);
    struct err e = {0};
    ULONG len = MAX_BYTES, rc;

    if (!list) {
        text_copy(out->seen.why, sizeof out->seen.why, "addresses: out of memory");
        return;
    }
    rc = GetAdaptersAddresses(AF_UNSPEC, flags, NULL, list, &len);
    if (rc == ERROR_SUCCESS)
        take_addresses(list, out);
    out->seen.ok = rc == ERROR_SUCCESS || rc == ERROR_NO_DATA;
    if (!out->seen.ok) {
        err_sys(&e, ERR_FAIL, ERR_SRC_WIN32, rc, "addresses of this machine");
        seen_fail(&out->seen, &e);
    }
    free(list);
}

void beside_observe(struct observed *o)
{
    const struct service *ra = &o->service[SERVICE_REMOTEACCESS];
    struct err ignored = {0};

    if (service_query_one(NAME_HTTP_DRIVER, &o->http_driver, &ignored) != 0)
        o->http_driver = (struct service){.exists = false};
    if (ra->exists)
        observe_dependents(&o->dependents);
    observe_server(ra->state == SERVICE_IS_RUNNING, &o->sessions, &o->ports);
    observe_direct_access(&o->direct_access);
}
