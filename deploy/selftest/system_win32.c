/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own program as SYSTEM: a service of our own for a few seconds. Both sides are here: the one
 * that makes, starts and removes it, and what it does. What to do comes with the start, and how it
 * went is the service's own exit code, so nothing has to lie in a file.
 */
#include "selftest/host_win32.h"

#include <windows.h>
/* after windows.h */
#include <winsvc.h>

#include "os.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "selftest/selftest.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

static const wchar_t service_name_wide[] = L"rras-acme-selftest";

enum {
    START_MS = 60 * 1000,
    START_TRIES = 3,
    POLL_MS = 20,
    PATH_CHARS = 32768,
    MAX_SECRET_BYTES = 4096
};

static int service_err(struct err *err, DWORD number)
{
    return sentence_err(err, SENTENCE_SERVICE, number, "service %s", SELFTEST_NAME);
}

/* ---- the side that asks ---- */

/* "PATH" selftest-service; the caller's (free). */
static wchar_t *command_line(void)
{
    static const wchar_t argument[] = L"\" selftest-service";
    wchar_t *line = calloc(PATH_CHARS + sizeof argument, sizeof *line);
    DWORD n;

    if (!line)
        return NULL;
    line[0] = L'"';
    n = GetModuleFileNameW(NULL, line + 1, PATH_CHARS - 1);
    if (n == 0 || n >= PATH_CHARS - 1) {
        free(line);
        return NULL;
    }
    memcpy(line + 1 + n, argument, sizeof argument);
    return line;
}

int selftest_system_open(void *self, struct err *err)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    SC_HANDLE service = NULL;
    wchar_t *line = command_line();
    DWORD number = ERROR_SUCCESS;

    (void)self;
    if (!line)
        number = ERROR_OUTOFMEMORY;
    else if (manager) /* the account NULL is SYSTEM */
        service = CreateServiceW(manager, service_name_wide, service_name_wide,
                                 SERVICE_START | SERVICE_QUERY_STATUS, SERVICE_WIN32_OWN_PROCESS,
                                 SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL,
                                 NULL, NULL);
    if (number == ERROR_SUCCESS && !service)
        number = GetLastError();
    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    free(line);
    return number == ERROR_SUCCESS ? 0 : service_err(err, number);
}

/* 0 with the status, or the Windows error. */
static DWORD wait_stopped(SC_HANDLE service, SERVICE_STATUS_PROCESS *now)
{
    int64_t deadline_ms = clock_ms(&os_clock) + START_MS;
    DWORD need = 0;

    for (;;) {
        if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)now, sizeof *now, &need))
            return GetLastError();
        if (now->dwCurrentState == SERVICE_STOPPED)
            return ERROR_SUCCESS;
        if (clock_ms(&os_clock) >= deadline_ms)
            return ERROR_SERVICE_REQUEST_TIMEOUT;
        clock_sleep(&os_clock, POLL_MS);
    }
}

/* A start that is not answered is tried again: the process may have ended before it could answer,
 * and doing a verb twice is no harm. */
static DWORD start(SC_HANDLE service, const wchar_t *verb, const wchar_t *argument,
                   SERVICE_STATUS_PROCESS *now)
{
    const wchar_t *argv[] = {verb, argument};
    DWORD number = ERROR_SERVICE_REQUEST_TIMEOUT;

    for (int i = 0; i < START_TRIES &&
                    (number == ERROR_SERVICE_REQUEST_TIMEOUT || number == ERROR_INTERNAL_ERROR);
         i++) {
        if (StartServiceW(service, 2, argv))
            return ERROR_SUCCESS;
        number = GetLastError();
        if (wait_stopped(service, now) != ERROR_SUCCESS)
            break;
    }
    return number;
}

static DWORD start_and_wait(SC_HANDLE service, const wchar_t *verb, const wchar_t *argument,
                            uint32_t *result)
{
    SERVICE_STATUS_PROCESS now = {0};
    DWORD number = start(service, verb, argument, &now);

    if (number == ERROR_SUCCESS)
        number = wait_stopped(service, &now);
    if (number != ERROR_SUCCESS)
        return number;
    if (now.dwWin32ExitCode != ERROR_SUCCESS && now.dwWin32ExitCode != ERROR_SERVICE_SPECIFIC_ERROR)
        return now.dwWin32ExitCode; /* it died, or never reported */
    *result = now.dwWin32ExitCode ? now.dwServiceSpecificExitCode : 0;
    return ERROR_SUCCESS;
}

int selftest_system_run(void *self, const char *verb, const char *argument, uint32_t *result,
                        struct err *err)
{
    SC_HANDLE manager = NULL, service = NULL;
    wchar_t *wide_verb = NULL, *wide_argument = NULL;
    DWORD number = ERROR_SUCCESS;
    int rc = -1;

    (void)self;
    if (wide_from_utf8(&wide_verb, verb, err) != 0 ||
        wide_from_utf8(&wide_argument, argument, err) != 0)
        goto done;
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager)
        service = OpenServiceW(manager, service_name_wide, SERVICE_START | SERVICE_QUERY_STATUS);
    number = service ? start_and_wait(service, wide_verb, wide_argument, result) : GetLastError();
    rc = number == ERROR_SUCCESS ? 0 : service_err(err, number);
done:
    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    free(wide_verb);
    free(wide_argument);
    return rc;
}

int selftest_system_remove(void *self, struct err *err)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    SERVICE_STATUS ignored;
    DWORD number = ERROR_SUCCESS;

    (void)self;
    if (manager)
        service = OpenServiceW(manager, service_name_wide, SERVICE_STOP | DELETE);
    if (!service)
        number = GetLastError();
    if (service)
        ControlService(service, SERVICE_CONTROL_STOP, &ignored); /* it has most likely ended */
    if (service && !DeleteService(service))
        number = GetLastError();
    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    /* Marked for deletion: it goes with the last handle, wherever that is. */
    if (number == ERROR_SUCCESS || number == ERROR_SERVICE_DOES_NOT_EXIST ||
        number == ERROR_SERVICE_MARKED_FOR_DELETE)
        return 0;
    return service_err(err, number);
}

/* ---- the side that does ---- */

static bool is_system(void)
{
    uint8_t user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE] __attribute__((aligned(8)));
    HANDLE token = NULL;
    DWORD len = 0;
    bool yes;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    yes = GetTokenInformation(token, TokenUser, user, sizeof user, &len) &&
          IsWellKnownSid(((TOKEN_USER *)(void *)user)->User.Sid, WinLocalSystemSid);
    CloseHandle(token);
    return yes;
}

static int prove_key(const char *hex, struct err *err)
{
    uint8_t sha1[SHA1_BYTES];

    if (!text_hex_decode(hex, sha1, sizeof sha1))
        return err_set(err, ERR_USAGE, "%s: no certificate hash", hex);
    return certs_prove_key(sha1, err);
}

static int open_secret(const char *hex, struct err *err)
{
    struct buf opened = BUF_INIT(MAX_SECRET_BYTES);
    uint8_t sealed[MAX_SECRET_BYTES];
    size_t len = strlen(hex) / 2;
    int rc = -1;

    if (len > sizeof sealed || !text_hex_decode(hex, sealed, len))
        err_set(err, ERR_USAGE, "no sealed secret");
    else
        rc = os_unprotect(sealed, len, &opened, err);
    buf_wipe(&opened);
    return rc;
}

/* 0, or the Windows number of the failure. */
static DWORD do_verb(const char *verb, const char *argument)
{
    struct err err = {0};

    if (strcmp(verb, "who") == 0)
        return is_system() ? 0 : (DWORD)ERROR_INVALID_FUNCTION;
    if (strcmp(verb, "key") == 0)
        prove_key(argument, &err);
    else if (strcmp(verb, "secret") == 0)
        open_secret(argument, &err);
    else
        return ERROR_INVALID_PARAMETER;
    if (!err_is_set(&err))
        return ERROR_SUCCESS;
    return err.number ? err.number : ERROR_INVALID_FUNCTION;
}

static DWORD do_arguments(DWORD argc, wchar_t **argv)
{
    struct err err = {0};
    char *verb = NULL, *argument = NULL;
    DWORD rc = ERROR_INVALID_PARAMETER;

    if (argc == 3 && wide_to_utf8(&verb, argv[1], &err) == 0 &&
        wide_to_utf8(&argument, argv[2], &err) == 0)
        rc = do_verb(verb, argument);
    free(verb);
    free(argument);
    return rc;
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *user)
{
    (void)type, (void)data, (void)user;
    return control == SERVICE_CONTROL_INTERROGATE ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
                             .dwCurrentState = SERVICE_RUNNING};
    SERVICE_STATUS_HANDLE h = RegisterServiceCtrlHandlerExW(service_name_wide, on_control, NULL);

    if (!h)
        return;
    SetServiceStatus(h, &status);
    status.dwServiceSpecificExitCode = do_arguments(argc, argv);
    status.dwWin32ExitCode =
        status.dwServiceSpecificExitCode ? ERROR_SERVICE_SPECIFIC_ERROR : ERROR_SUCCESS;
    status.dwCurrentState = SERVICE_STOPPED;
    SetServiceStatus(h, &status);
}

bool selftest_service(int argc, char **argv, int *exit_code)
{
    wchar_t name[sizeof service_name_wide / sizeof *service_name_wide];
    const SERVICE_TABLE_ENTRYW table[] = {{name, service_main}, {NULL, NULL}};

    if (argc != 2 || strcmp(argv[1], SELFTEST_SERVICE_ARGUMENT) != 0)
        return false;
    memcpy(name, service_name_wide, sizeof name);
    *exit_code = StartServiceCtrlDispatcherW(table) ? 0 : 1;
    return true;
}
