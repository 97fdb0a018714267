/* SPDX-License-Identifier: Apache-2.0 */
/* os_win32.c - clock, lock, interrupt, environment. */
#include <windows.h>

#include <bcrypt.h>
#include <knownfolders.h>
#include <objbase.h>
#include <shlobj.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os_win32.h"
#include "text.h"
#include "wide.h"

/* ---- interrupt ---- */

/* The console calls a handler in a thread of its own, without a parameter of ours. */
/* NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables) */
static volatile LONG interrupted;

/* In session 0, that of services and of SYSTEM's tasks, every logging off is told, whoever it is
 * that logs off, and nothing ends there because of it (Microsoft: HandlerRoutine). */
bool os_win32_event_is_ours(DWORD type, DWORD session)
{
    return type != CTRL_LOGOFF_EVENT || session != 0;
}

static BOOL WINAPI on_control(DWORD type)
{
    enum { ENDING_MS = 20 * 1000 }; /* longer than Windows waits */
    DWORD session = 1;              /* a user's, when it cannot be found out */
    bool again;

    (void)ProcessIdToSessionId(GetCurrentProcessId(), &session);
    if (!os_win32_event_is_ours(type, session))
        return TRUE;
    again = InterlockedExchange(&interrupted, 1) != 0;
    if (type == CTRL_C_EVENT || type == CTRL_BREAK_EVENT)
        return !again; /* FALSE: the default handler ends the process */
    /* Closing, logging off, shutting down: the process is ended when this returns. The main thread
     * gets the time that Windows grants, and ends this one with itself. */
    Sleep(ENDING_MS);
    return TRUE;
}

void os_catch_interrupt(void)
{
    SetConsoleCtrlHandler(on_control, TRUE);
}

bool os_interrupted(void)
{
    return InterlockedCompareExchange(&interrupted, 0, 0) != 0;
}

/* ---- clock ---- */

static int64_t real_now_s(void *user)
{
    const int64_t unix_epoch_s = 11644473600; /* seconds from 1601-01-01 to 1970-01-01 */
    FILETIME t;

    (void)user;
    GetSystemTimeAsFileTime(&t);
    return (int64_t)((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10000000 - unix_epoch_s;
}

static int64_t real_monotonic_ms(void *user)
{
    (void)user;
    return (int64_t)GetTickCount64();
}

/* Only an interrupt that comes during the sleep cuts it short: after it, callers that have
 * cleaning up to do must still be able to wait. */
static void real_sleep_ms(void *user, int64_t ms)
{
    enum { SLICE_MS = 100 };
    int64_t end = real_monotonic_ms(user) + ms, left;
    bool before = os_interrupted();

    while ((left = end - real_monotonic_ms(user)) > 0 && (before || !os_interrupted()))
        Sleep(left < SLICE_MS ? (DWORD)left : SLICE_MS);
}

const struct clock os_clock = {real_now_s, real_monotonic_ms, real_sleep_ms, NULL};

/* ---- lock ---- */

struct os_lock {
    HANDLE file;
};

/* The locked byte lies far behind the text, which others can thus read. */
enum { LOCKED_BYTE = 1 << 30 };

static int busy(HANDLE h, const char *path, struct err *err)
{
    char pid[24] = "";
    DWORD n = 0;

    if (!ReadFile(h, pid, sizeof pid - 1, &n, NULL))
        n = 0;
    pid[n] = 0;
    pid[strspn(pid, "0123456789")] = 0;
    if (!*pid)
        return err_set(err, ERR_BUSY, "lock %s: held by another process", path);
    err_set(err, ERR_BUSY, "lock %s: held by process %s", path, pid);
    return err_hint(
        err,
        "wait for its end, a deploy may take some minutes; what it is: tasklist /fi \"PID eq %s\"",
        pid);
}

/* For the message alone: that it cannot be written is no reason to fail. */
static void write_pid(HANDLE h)
{
    char pid[24];
    DWORD n;
    int len = snprintf(pid, sizeof pid, "%ld\r\n", os_pid());

    if (len > 0 && WriteFile(h, pid, (DWORD)len, &n, NULL))
        SetEndOfFile(h);
}

static HANDLE open_lock_file(const char *path, struct err *err)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    struct os_private priv = {0};
    HANDLE h = INVALID_HANDLE_VALUE;
    wchar_t *wide = NULL;
    DWORD number;
    int tries = 0;

    if (wide_path(&wide, path, err) || os_private_init(&priv, err))
        goto done;
    do {
        h = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, share, &priv.attributes, OPEN_ALWAYS,
                        FILE_ATTRIBUTE_NORMAL, NULL);
        number = h == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    } while (number && os_win32_try_again(number, &tries));
    if (number)
        os_win32_err(err, number, "lock", path, "be opened");
done:
    os_private_clear(&priv);
    free(wide);
    return h;
}

int os_lock_open(struct os_lock **out, const char *path, struct err *err)
{
    OVERLAPPED at = {.Offset = LOCKED_BYTE};
    HANDLE h = open_lock_file(path, err);
    struct os_lock *l;
    int rc = -1;

    if (h == INVALID_HANDLE_VALUE)
        return -1;
    l = malloc(sizeof *l);
    if (!l) {
        err_set(err, ERR_FAIL, "lock %s: out of memory", path);
        goto done;
    }
    if (!LockFileEx(h, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)) {
        DWORD number = GetLastError();

        if (number == ERROR_LOCK_VIOLATION || number == ERROR_IO_PENDING)
            busy(h, path, err);
        else
            os_win32_err(err, number, "lock", path, "be taken");
        goto done;
    }
    write_pid(h);
    l->file = h;
    *out = l;
    rc = 0;
done:
    if (rc) {
        CloseHandle(h);
        free(l);
    }
    return rc;
}

void os_lock_close(struct os_lock *l)
{
    if (!l)
        return;
    CloseHandle(l->file);
    free(l);
}

/* ---- environment ---- */

bool os_elevated(void)
{
    unsigned char sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL member = FALSE;

    /* The token of this process: in an unelevated one Administrators is "for deny only", which
     * does not count. SYSTEM is a member as well. */
    return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) &&
           CheckTokenMembership(NULL, sid, &member) && member;
}

long os_pid(void)
{
    return (long)GetCurrentProcessId();
}

char *os_getenv(const char *name)
{
    struct err ignored = {0};
    wchar_t *wide = NULL, *value = NULL;
    char *out = NULL;
    DWORD size, n;

    if (wide_from_utf8(&wide, name, &ignored))
        return NULL;
    size = GetEnvironmentVariableW(wide, NULL, 0);
    if (size > 0)
        value = malloc(size * sizeof *value);
    if (value) {
        value[0] = 0;
        n = GetEnvironmentVariableW(wide, value, size);
        if (n >= size || wide_to_utf8(&out, value, &ignored))
            out = NULL;
    }
    free(value);
    free(wide);
    return out;
}

int os_random(void *p, size_t len, struct err *err)
{
    NTSTATUS status = len > ULONG_MAX
                          ? (NTSTATUS)-1
                          : BCryptGenRandom(NULL, p, (ULONG)len, BCRYPT_USE_SYSTEM_PREFERRED_RNG);

    if (status == 0)
        return 0;
    return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, (uint32_t)status,
                   "random numbers of the system: cannot be had");
}

/* FOLDERID_ProgramData, which unlike the variable nobody else has set. */
static int program_data(char **out, struct err *err)
{
    PWSTR wide = NULL;
    HRESULT hr = SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &wide);
    int rc;

    if (SUCCEEDED(hr))
        rc = wide_to_utf8(out, wide, err);
    else
        rc = err_sys(err, ERR_FAIL, ERR_SRC_WIN32, (uint32_t)hr,
                     "folder ProgramData: cannot be found out");
    CoTaskMemFree(wide);
    return rc;
}

static int below_program_data(char **out, const char *name, struct err *err)
{
    char *folder = NULL;
    int rc;

    if (program_data(&folder, err))
        return -1;
    rc = os_path_join(out, folder, name, err);
    free(folder);
    return rc;
}

int os_default_config_dir(char **out, struct err *err)
{
    return below_program_data(out, "rras-acme", err);
}

int os_default_state_dir(char **out, struct err *err)
{
    return below_program_data(out, "rras-acme\\state", err);
}

void os_describe(char *out, size_t size)
{
    typedef LONG(WINAPI * get_version)(OSVERSIONINFOW *);
    OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
    /* Unlike GetVersionEx it does not depend on the manifest. Documented; in no import library. */
    FARPROC f = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
    get_version get;

    memcpy(&get, &f, sizeof get);
    if (!get || get(&v) != 0)
        snprintf(out, size, "Windows");
    else
        snprintf(out, size, "Windows %lu.%lu.%lu", v.dwMajorVersion, v.dwMinorVersion,
                 v.dwBuildNumber);
}

int os_program_path(char **out, struct err *err)
{
    enum { PATH_CHARS = 32 * 1024 };
    wchar_t *path = malloc(PATH_CHARS * sizeof *path);
    DWORD n = path ? GetModuleFileNameW(NULL, path, PATH_CHARS) : 0;
    int rc = -1;

    if (n == 0 || n >= PATH_CHARS)
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(),
                "our own program: where it lies cannot be found out");
    else
        rc = wide_to_utf8(out, wcsncmp(path, L"\\\\?\\", 4) == 0 ? path + 4 : path, err);
    free(path);
    return rc;
}

void os_host_name(char *out, size_t size)
{
    wchar_t wide[256];
    DWORD chars = sizeof wide / sizeof *wide;
    struct err ignored = {0};
    char *name = NULL;

    if (GetComputerNameExW(ComputerNameDnsFullyQualified, wide, &chars) && wide[0])
        if (wide_to_utf8(&name, wide, &ignored))
            name = NULL;
    text_copy(out, size, name && *name ? name : "localhost");
    text_scrub(out);
    free(name);
}
