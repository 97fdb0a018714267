/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rest of the advapi32 double:
 *   RegisterEventSource, ReportEvent          into the simulated event log (Wine drops events)
 *   CheckTokenMembership, TokenElevation      SIM_NOT_ADMIN=1 plays a user who is none (in Wine
 * everybody is) GetNamedSecurityInfo  what a test says of a path SetFileSecurity,
 * SetNamedSecurityInfo     the SDDL goes to the call log, and a protected DACL is set as one (Wine
 * keeps Unix mode bits only, and SetNamedSecurityInfo adds the parent's entries) RegSetValueEx,
 * RegDeleteValue             log and faults for the values below SstpSvc\Parameters, nothing else
 */
#include "shim.h"
#include "sim_call.h"
#include "sim_event.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

enum { KEY_CHARS = 512, SOURCE_CHARS = 200, SOURCE_MAGIC = 0x45565453 };

/* ---- registry ---- */

/* The documented ntdll call (ZwQueryKey, KeyNameInformation): a handle's own path. */
NTSTATUS NTAPI NtQueryKey(HANDLE key, int what, PVOID out, ULONG size, PULONG needed);
enum { KEY_NAME_INFORMATION = 3 };

static bool is_sstp_parameters(HKEY key)
{
    static const WCHAR wanted[] = L"\\Services\\SstpSvc\\Parameters";
    struct {
        ULONG bytes;
        WCHAR name[KEY_CHARS];
    } info;
    ULONG needed;
    if (NtQueryKey(key, KEY_NAME_INFORMATION, &info, sizeof info - sizeof(WCHAR), &needed))
        return false;
    size_t chars = info.bytes / sizeof(WCHAR), tail = sizeof wanted / sizeof *wanted - 1;
    info.name[chars] = 0;
    return chars >= tail && _wcsicmp(info.name + chars - tail, wanted) == 0;
}

LONG WINAPI SHIM(RegSetValueExW)(HKEY key, LPCWSTR name, DWORD reserved, DWORD type,
                                 const BYTE *data, DWORD bytes);
LONG WINAPI SHIM(RegSetValueExW)(HKEY key, LPCWSTR name, DWORD reserved, DWORD type,
                                 const BYTE *data, DWORD bytes)
{
    struct sim_call call;
    DWORD result = 0;
    if (!is_sstp_parameters(key))
        return ORIGINAL(RegSetValueExW)(key, name, reserved, type, data, bytes);
    if (sim_begin(&call, "RegSetValueExW", SIM_LIE_OK, &result))
        result = (DWORD)ORIGINAL(RegSetValueExW)(key, name, reserved, type, data, bytes);
    char hex[2 * 32 + 1] = "";
    for (DWORD i = 0; i < bytes && i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", data[i]);
    return (LONG)sim_end(&call, result, "%ls type %lu %s", name, type, hex);
}

LONG WINAPI SHIM(RegDeleteValueW)(HKEY key, LPCWSTR name);
LONG WINAPI SHIM(RegDeleteValueW)(HKEY key, LPCWSTR name)
{
    struct sim_call call;
    DWORD result = 0;
    if (!is_sstp_parameters(key))
        return ORIGINAL(RegDeleteValueW)(key, name);
    if (sim_begin(&call, "RegDeleteValueW", SIM_LIE_OK, &result))
        result = (DWORD)ORIGINAL(RegDeleteValueW)(key, name);
    return (LONG)sim_end(&call, result, "%ls", name);
}

/* ---- event log ---- */

struct source {
    DWORD magic;
    WCHAR name[SOURCE_CHARS];
};

static struct source *source_from(HANDLE h)
{
    struct source *s = h;
    return s && s->magic == SOURCE_MAGIC ? s : NULL;
}

HANDLE WINAPI SHIM(RegisterEventSourceW)(LPCWSTR server, LPCWSTR name);
HANDLE WINAPI SHIM(RegisterEventSourceW)(LPCWSTR server, LPCWSTR name)
{
    struct sim_call call;
    DWORD result = 0;
    struct source *s = NULL;
    (void)server;
    if (sim_begin(&call, "RegisterEventSourceW", SIM_LIE_NO, &result)) {
        s = calloc(1, sizeof *s);
        if (s) {
            s->magic = SOURCE_MAGIC;
            swprintf(s->name, SOURCE_CHARS, L"%ls", name);
        }
        result = s ? 0 : ERROR_NOT_ENOUGH_MEMORY;
    }
    SetLastError(sim_end(&call, result, "%ls", name));
    return s;
}

BOOL WINAPI SHIM(DeregisterEventSource)(HANDLE h);
BOOL WINAPI SHIM(DeregisterEventSource)(HANDLE h)
{
    struct source *s = source_from(h);
    if (!s)
        return sim_bool(ERROR_INVALID_HANDLE);
    s->magic = 0;
    free(s);
    return TRUE;
}

BOOL WINAPI SHIM(ReportEventW)(HANDLE h, WORD type, WORD category, DWORD id, PSID user,
                               WORD strings, DWORD data_bytes, LPCWSTR *string, LPVOID data);
BOOL WINAPI SHIM(ReportEventW)(HANDLE h, WORD type, WORD category, DWORD id, PSID user,
                               WORD strings, DWORD data_bytes, LPCWSTR *string, LPVOID data)
{
    struct sim_call call;
    DWORD result = 0;
    struct source *s = source_from(h);
    (void)user;
    (void)data_bytes;
    (void)data;
    if (!s)
        return sim_bool(ERROR_INVALID_HANDLE);
    if (sim_begin(&call, "ReportEventW", SIM_LIE_OK, &result)) {
        struct sim_event event = {s->name, type, category, id, string, strings};
        sim_event_write(&event);
    }
    return sim_bool(sim_end(&call, result, "%ls %lu", s->name, id & 0xffff));
}

/* ---- who am I ---- */

BOOL WINAPI SHIM(CheckTokenMembership)(HANDLE token, PSID sid, PBOOL member);
BOOL WINAPI SHIM(CheckTokenMembership)(HANDLE token, PSID sid, PBOOL member)
{
    BOOL ok = ORIGINAL(CheckTokenMembership)(token, sid, member);
    if (ok && sim_switch("SIM_NOT_ADMIN"))
        *member = FALSE;
    return ok;
}

BOOL WINAPI SHIM(GetTokenInformation)(HANDLE token, TOKEN_INFORMATION_CLASS what, LPVOID out,
                                      DWORD size, PDWORD needed);
BOOL WINAPI SHIM(GetTokenInformation)(HANDLE token, TOKEN_INFORMATION_CLASS what, LPVOID out,
                                      DWORD size, PDWORD needed)
{
    BOOL ok = ORIGINAL(GetTokenInformation)(token, what, out, size, needed);
    if (!ok || !out || !sim_switch("SIM_NOT_ADMIN"))
        return ok;
    const DWORD limited = TokenElevationTypeLimited, no = 0;
    if (what == TokenElevation)
        memcpy(out, &no, sizeof no);
    if (what == TokenElevationType)
        memcpy(out, &limited, sizeof limited);
    return ok;
}

/* ---- file ACLs ---- */

static void log_security(const struct sim_call *call, DWORD result, LPCWSTR path,
                         SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR sd)
{
    WCHAR *text = NULL;
    what &= OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    ConvertSecurityDescriptorToStringSecurityDescriptorW(sd, SDDL_REVISION_1, what, &text, NULL);
    sim_end(call, result, "%ls %ls", path, text ? text : L"?");
    LocalFree(text);
}

/* What an administrator has made below C:\ProgramData by the book, with the folders above. The
 * state folder is the program's own affair. */
static const WCHAR *usual_sddl(LPCWSTR path)
{
    static const WCHAR ours[] = L"C:\\ProgramData\\rras-acme";
    const size_t n = sizeof ours / sizeof *ours - 1;
    bool above = _wcsicmp(path, L"C:\\") == 0 || _wcsicmp(path, L"C:\\ProgramData") == 0;
    bool in = _wcsnicmp(path, ours, n) == 0 && (path[n] == 0 || path[n] == L'\\') &&
              _wcsnicmp(path + n, L"\\state", 6) != 0;
    return above || in ? L"O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" : NULL;
}

/* Wine knows a file's Unix mode only. A test says what Windows would answer for a path: SDDL in the
 * value of that name below HKLM\SOFTWARE\sim\Acl. */
static PSECURITY_DESCRIPTOR said_security(LPCWSTR path)
{
    WCHAR sddl[KEY_CHARS];
    DWORD bytes = sizeof sddl;
    PSECURITY_DESCRIPTOR sd = NULL;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\sim\\Acl", path, RRF_RT_REG_SZ, NULL, sddl,
                     &bytes)) {
        if (!usual_sddl(path))
            return NULL;
        wcscpy(sddl, usual_sddl(path));
    }
    ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &sd, NULL);
    return sd;
}

DWORD WINAPI SHIM(GetNamedSecurityInfoW)(LPCWSTR path, SE_OBJECT_TYPE type,
                                         SECURITY_INFORMATION what, PSID *owner, PSID *group,
                                         PACL *dacl, PACL *sacl, PSECURITY_DESCRIPTOR *out);
DWORD WINAPI SHIM(GetNamedSecurityInfoW)(LPCWSTR path, SE_OBJECT_TYPE type,
                                         SECURITY_INFORMATION what, PSID *owner, PSID *group,
                                         PACL *dacl, PACL *sacl, PSECURITY_DESCRIPTOR *out)
{
    PSECURITY_DESCRIPTOR said = type == SE_FILE_OBJECT ? said_security(path) : NULL;
    BOOL is, defaulted;
    if (!said)
        return ORIGINAL(GetNamedSecurityInfoW)(path, type, what, owner, group, dacl, sacl, out);
    if (owner)
        GetSecurityDescriptorOwner(said, owner, &defaulted);
    if (dacl && !GetSecurityDescriptorDacl(said, &is, dacl, &defaulted))
        *dacl = NULL;
    *out = said;
    return 0;
}

BOOL WINAPI SHIM(SetFileSecurityW)(LPCWSTR path, SECURITY_INFORMATION what,
                                   PSECURITY_DESCRIPTOR sd);
BOOL WINAPI SHIM(SetFileSecurityW)(LPCWSTR path, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR sd)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "SetFileSecurityW", SIM_LIE_OK, &result))
        result = ORIGINAL(SetFileSecurityW)(path, what, sd) ? 0 : GetLastError();
    log_security(&call, result, path, what, sd);
    return sim_bool(result);
}

DWORD WINAPI SHIM(SetNamedSecurityInfoW)(LPWSTR path, SE_OBJECT_TYPE type,
                                         SECURITY_INFORMATION what, PSID owner, PSID group,
                                         PACL dacl, PACL sacl);
DWORD WINAPI SHIM(SetNamedSecurityInfoW)(LPWSTR path, SE_OBJECT_TYPE type,
                                         SECURITY_INFORMATION what, PSID owner, PSID group,
                                         PACL dacl, PACL sacl)
{
    struct sim_call call;
    DWORD result = 0;
    SECURITY_DESCRIPTOR sd;
    bool protect = (what & PROTECTED_DACL_SECURITY_INFORMATION) != 0;
    if (type != SE_FILE_OBJECT || !(what & DACL_SECURITY_INFORMATION))
        return ORIGINAL(SetNamedSecurityInfoW)(path, type, what, owner, group, dacl, sacl);
    InitializeSecurityDescriptor(&sd, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&sd, TRUE, dacl, FALSE);
    if (what & OWNER_SECURITY_INFORMATION)
        SetSecurityDescriptorOwner(&sd, owner, FALSE);
    if (protect)
        SetSecurityDescriptorControl(&sd, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    if (sim_begin(&call, "SetNamedSecurityInfoW", SIM_LIE_OK, &result)) {
        if (protect)
            result = ORIGINAL(SetFileSecurityW)(path, DACL_SECURITY_INFORMATION, &sd)
                         ? 0
                         : GetLastError();
        else
            result = ORIGINAL(SetNamedSecurityInfoW)(path, type, what, owner, group, dacl, sacl);
    }
    log_security(&call, result, path, what, &sd);
    return result;
}
