/* SPDX-License-Identifier: Apache-2.0 */
/* struct selftest_host over this Windows machine: what is small, and the table. */
#include "selftest/host_win32.h"

#include <windows.h>

#include <aclapi.h>

#include "os.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "selftest/selftest.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

struct windows_host {
    struct selftest_host host;
    struct selftest_listener *listener; /* NULL = nothing listens yet */
};

static int new_key(void *self, enum key_type type, struct key **out, struct err *err)
{
    (void)self;
    return key_new(out, type, err);
}

/* ---- exports ---- */

/* Only what Windows itself has; httpapi is loaded already. */
static HMODULE system_dll(const char *name)
{
    HMODULE dll = GetModuleHandleA(name);

    return dll ? dll : LoadLibraryExA(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

static int export_there(void *self, const char *dll, const char *function, bool *there,
                        struct err *err)
{
    HMODULE h = system_dll(dll);

    (void)self, (void)err;
    *there = h && GetProcAddress(h, function);
    return 0;
}

/* ---- local time ---- */

static int there_and_back(WORD month, struct err *err)
{
    SYSTEMTIME utc = {0}, local = {0}, back = {0};

    GetSystemTime(&utc);
    utc = (SYSTEMTIME){.wYear = utc.wYear, .wMonth = month, .wDay = 15, .wHour = 12};
    if (!SystemTimeToTzSpecificLocalTime(NULL, &utc, &local) ||
        !TzSpecificLocalTimeToSystemTime(NULL, &local, &back))
        return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "local time");
    if (back.wDay != utc.wDay || back.wHour != utc.wHour || back.wMinute != utc.wMinute)
        return err_set(err, ERR_FAIL, "local time: not the same when turned back into UTC");
    return 0;
}

/* The rule that maintenance windows go by says of this moment what the clock on the wall shows. */
static int rule_holds_now(struct err *err)
{
    FILETIME utc, local;
    int64_t offset_s;

    GetSystemTimeAsFileTime(&utc);
    if (!FileTimeToLocalFileTime(&utc, &local))
        return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "local time");
    offset_s = (int64_t)(((uint64_t)local.dwHighDateTime << 32 | local.dwLowDateTime) -
                         ((uint64_t)utc.dwHighDateTime << 32 | utc.dwLowDateTime)) /
               10000000;
    if (offset_s != os_zone.offset_s(os_zone.user, clock_now(&os_clock)))
        return err_set(err, ERR_FAIL, "local time: the time zone's rule and the clock disagree");
    return 0;
}

static int local_time(void *self, struct err *err)
{
    (void)self;
    return there_and_back(1, err) != 0 || there_and_back(7, err) != 0 ? -1 : rule_holds_now(err);
}

/* ---- access rights ---- */

static int read_acl(void *self, const char *path, bool *is_protected, int *entries, struct err *err)
{
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    PSECURITY_DESCRIPTOR sd = NULL;
    wchar_t *wide = NULL;
    PACL dacl = NULL;
    DWORD revision = 0, rc;

    (void)self;
    if (wide_path(&wide, path, err) != 0)
        return -1;
    rc = GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &dacl,
                               NULL, &sd);
    free(wide);
    if (rc == ERROR_SUCCESS && !GetSecurityDescriptorControl(sd, &control, &revision))
        rc = GetLastError();
    *is_protected = (control & SE_DACL_PROTECTED) != 0;
    *entries = rc == ERROR_SUCCESS && dacl ? dacl->AceCount : 0;
    if (sd)
        LocalFree(sd);
    if (rc != ERROR_SUCCESS)
        return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, rc, "folder %s: access rights", path);
    return 0;
}

/* ---- registry ---- */

static LSTATUS write_and_read(HKEY key, DWORD type, const void *bytes, DWORD len, bool *same)
{
    uint8_t seen[64] = {0};
    DWORD seen_type = 0, seen_len = sizeof seen;
    LSTATUS rc = RegSetValueExW(key, L"value", 0, type, bytes, len);

    if (rc == ERROR_SUCCESS)
        rc = RegFlushKey(key);
    if (rc == ERROR_SUCCESS)
        rc = RegQueryValueExW(key, L"value", NULL, &seen_type, seen, &seen_len);
    *same = seen_type == type && seen_len == len && memcmp(seen, bytes, len) == 0;
    return rc;
}

static int registry_try(void *self, struct err *err)
{
    const DWORD number = 1;
    uint8_t hash[SHA256_BYTES];
    wchar_t *path = NULL;
    HKEY key = NULL;
    bool same = true;
    LSTATUS rc;

    (void)self;
    if (os_random(hash, sizeof hash, err) != 0 ||
        wide_from_utf8(&path, SELFTEST_REGISTRY_KEY, err) != 0)
        return -1;
    rc = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY,
                         NULL, &key, NULL);
    free(path);
    if (rc == ERROR_SUCCESS)
        rc = write_and_read(key, REG_BINARY, hash, sizeof hash, &same);
    if (rc == ERROR_SUCCESS && same)
        rc = write_and_read(key, REG_DWORD, &number, sizeof number, &same);
    if (key)
        RegCloseKey(key);
    if (rc != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_REGISTRY, (uint32_t)rc, "HKLM\\%s",
                            SELFTEST_REGISTRY_KEY);
    return same
               ? 0
               : err_set(err, ERR_FAIL, "HKLM\\%s: another value came back", SELFTEST_REGISTRY_KEY);
}

static int registry_remove(void *self, struct err *err)
{
    wchar_t *path = NULL;
    LSTATUS rc;

    (void)self;
    if (wide_from_utf8(&path, SELFTEST_REGISTRY_KEY, err) != 0)
        return -1;
    rc = RegDeleteKeyExW(HKEY_LOCAL_MACHINE, path, KEY_WOW64_64KEY, 0);
    free(path);
    if (rc == ERROR_SUCCESS || rc == ERROR_FILE_NOT_FOUND)
        return 0;
    return sentence_err(err, SENTENCE_REGISTRY, (uint32_t)rc, "HKLM\\%s", SELFTEST_REGISTRY_KEY);
}

/* ---- sessions ---- */

static int sessions(void *self, uint32_t *out, struct err *err)
{
    (void)self;
    return sessions_count(out, err);
}

/* ---- records ---- */

static int record_write(void *self, enum family f, int port, const struct binding *b,
                        enum selftest_write how, struct err *err)
{
    static const enum http_how hows[] = {[SELFTEST_WRITE_SET] = HTTP_HOW_SET,
                                         [SELFTEST_WRITE_UPDATE] = HTTP_HOW_UPDATE,
                                         [SELFTEST_WRITE_REPLACE] = HTTP_HOW_REPLACE};

    (void)self;
    return http_loopback_write(f, port, b, hows[how], err);
}

static int record_read(void *self, enum family f, int port, struct binding *out, struct err *err)
{
    (void)self;
    return http_loopback_read(f, port, out, err);
}

static int record_remove(void *self, enum family f, int port, struct err *err)
{
    (void)self;
    return http_loopback_remove(f, port, SELFTEST_APP_ID, err);
}

static int listen_on(void *self, enum family f, int port, struct err *err)
{
    struct windows_host *w = self;

    if (!w->listener && selftest_listener_open(&w->listener, err) != 0)
        return -1;
    return selftest_listener_add(w->listener, f, port, err);
}

static void listen_end(void *self)
{
    struct windows_host *w = self;

    selftest_listener_close(w->listener);
    w->listener = NULL;
}

/* ---- the table ---- */

int selftest_host_open(struct selftest_host **out, struct err *err)
{
    struct windows_host *w = calloc(1, sizeof *w);

    if (!w)
        return err_set(err, ERR_FAIL, "selftest: out of memory");
    w->host = (struct selftest_host){.target = &target_rras,
                                     .keys = &machine_keys_os,
                                     .new_key = new_key,
                                     .export_there = export_there,
                                     .local_time = local_time,
                                     .read_acl = read_acl,
                                     .registry_try = registry_try,
                                     .registry_remove = registry_remove,
                                     .event_write = selftest_event_write,
                                     .event_find = selftest_event_find,
                                     .sessions = sessions,
                                     .system_open = selftest_system_open,
                                     .system_run = selftest_system_run,
                                     .system_remove = selftest_system_remove,
                                     .look_container = selftest_look_container,
                                     .add_keyless = selftest_add_keyless,
                                     .free_port = selftest_free_port,
                                     .listen = listen_on,
                                     .listen_end = listen_end,
                                     .record_write = record_write,
                                     .record_read = record_read,
                                     .record_remove = record_remove,
                                     .measure = selftest_measure,
                                     .self = w};
    *out = &w->host;
    return 0;
}

void selftest_host_close(struct selftest_host *h)
{
    if (!h)
        return;
    listen_end(h->self);
    free(h->self);
}
