/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_host.exe NAME - the simulated services SstpSvc, RasMan and RemoteAccess, as real Windows
 * services. The first two only run; RemoteAccess does what sim_rras says. How they behave can be
 * set, see sim_settings.h.
 */
#include "sim_call.h"
#include "sim_event.h"
#include "sim_rras.h"
#include "sim_settings.h"

#include <stdio.h>
#include <wchar.h>

enum {
    STEP_MS = 50,
    WAIT_HINT_MS = 3000,
    FAILURE_MS = 200,
    OWN_ERROR = 20205,
    EXIT_DIED = 3,
    NAME_CHARS = 64
};

/* A service process has one service, and its control handler gets no object of ours. */
static struct {
    WCHAR name[NAME_CHARS];
    SERVICE_STATUS_HANDLE handle;
    HANDLE stop;
} self;

static DWORD setting(const WCHAR *value)
{
    WCHAR path[2 * NAME_CHARS];
    DWORD out = 0, bytes = sizeof out;
    swprintf(path, sizeof path / sizeof *path, SIM_SETTINGS L"\\%ls", self.name);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, path, value, RRF_RT_REG_DWORD, NULL, &out, &bytes))
        return 0;
    return out;
}

/* One use of the mode less; at the last it is switched off. */
static void use_up_mode(void)
{
    WCHAR path[2 * NAME_CHARS];
    DWORD left = setting(SIM_MODE_COUNT);
    if (left == 0)
        return;
    left--;
    swprintf(path, sizeof path / sizeof *path, SIM_SETTINGS L"\\%ls", self.name);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, SIM_MODE_COUNT, REG_DWORD, &left, sizeof left);
    if (left == 0)
        RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, path, SIM_MODE);
}

static bool take_mode(enum sim_mode mode)
{
    if (setting(SIM_MODE) != (DWORD)mode)
        return false;
    use_up_mode();
    return true;
}

/* None are connected when it starts; nobody can be asked when it does not run. */
static void set_sessions(bool runs)
{
    const DWORD none = 0;
    WCHAR path[2 * NAME_CHARS];
    swprintf(path, sizeof path / sizeof *path, SIM_SETTINGS L"\\%ls", self.name);
    if (runs)
        RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, SIM_SESSIONS, REG_DWORD, &none, sizeof none);
    else
        RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, path, SIM_SESSIONS);
}

static void set_listening(bool listens)
{
    const DWORD on = listens;
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS L"\\RemoteAccess", SIM_LISTENING, REG_DWORD,
                    &on, sizeof on);
}

static void report(DWORD state, DWORD checkpoint, DWORD error)
{
    SERVICE_STATUS s = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted =
            state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0,
        .dwWin32ExitCode = error,
        .dwServiceSpecificExitCode = error == ERROR_SERVICE_SPECIFIC_ERROR ? OWN_ERROR : 0,
        .dwCheckPoint = checkpoint,
        .dwWaitHint = checkpoint ? WAIT_HINT_MS : 0};
    SetServiceStatus(self.handle, &s);
}

/* Takes its time and says so: the checkpoint advances. */
static void take_time(DWORD state, DWORD ms)
{
    DWORD checkpoint = 2;
    for (DWORD done = 0; done < ms; done += STEP_MS) {
        Sleep(ms - done < STEP_MS ? ms - done : STEP_MS);
        report(state, checkpoint++, 0);
    }
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
    (void)type;
    (void)data;
    (void)context;
    if (control == SERVICE_CONTROL_INTERROGATE)
        return 0;
    if (control != SERVICE_CONTROL_STOP && control != SERVICE_CONTROL_SHUTDOWN)
        return ERROR_CALL_NOT_IMPLEMENTED;
    sim_log("%ls: stop asked", self.name);
    report(SERVICE_STOP_PENDING, 1, 0);
    SetEvent(self.stop);
    return 0;
}

static DWORD start(struct front **front)
{
    if (take_mode(SIM_MODE_DIE)) {
        Sleep(FAILURE_MS);
        ExitProcess(EXIT_DIED);
    }
    if (take_mode(SIM_MODE_HANG_START))
        Sleep(INFINITE);
    take_time(SERVICE_START_PENDING, setting(SIM_START_MS));
    if (take_mode(SIM_MODE_FAIL_START))
        return ERROR_SERVICE_SPECIFIC_ERROR;
    if (_wcsicmp(self.name, L"RemoteAccess") != 0)
        return 0;
    if (take_mode(SIM_MODE_COMPLAIN))
        rras_complain();
    return rras_start(take_mode(SIM_MODE_DEAF), front);
}

/* What the service control manager logs. */
static void tell_failure(DWORD error)
{
    WCHAR code[32];
    swprintf(code, sizeof code / sizeof *code, L"%%%%%lu", error);
    const WCHAR *const string[] = {self.name, code};
    struct sim_event e = {L"Service Control Manager", EVENTLOG_ERROR_TYPE, 0, 7024, string, 2};
    sim_event_write(&e);
}

static void WINAPI service_main(DWORD argc, WCHAR **argv)
{
    struct front *front = NULL;
    (void)argc;
    (void)argv;
    self.handle = RegisterServiceCtrlHandlerExW(self.name, on_control, NULL);
    report(SERVICE_START_PENDING, 1, 0);
    DWORD e = start(&front);
    sim_log("%ls: start -> %lu", self.name, e);
    if (e)
        tell_failure(e);
    if (e) /* Wine takes a process that ends before its start command was answered for a hung one */
        take_time(SERVICE_START_PENDING, FAILURE_MS);
    set_sessions(!e);
    if (_wcsicmp(self.name, L"RemoteAccess") == 0)
        set_listening(front != NULL);
    report(e ? SERVICE_STOPPED : SERVICE_RUNNING, 0, e);
    if (e)
        return;
    WaitForSingleObject(self.stop, INFINITE);
    if (front)
        set_listening(false);
    front_close(front);
    set_sessions(false);
    if (take_mode(SIM_MODE_HANG_STOP))
        Sleep(INFINITE);
    take_time(SERVICE_STOP_PENDING, setting(SIM_STOP_MS));
    sim_log("%ls: stopped", self.name);
    report(SERVICE_STOPPED, 0, 0);
}

int wmain(int argc, WCHAR **argv);
int wmain(int argc, WCHAR **argv)
{
    if (argc != 2)
        return 2;
    swprintf(self.name, NAME_CHARS, L"%ls", argv[1]);
    self.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    const SERVICE_TABLE_ENTRYW table[] = {{self.name, service_main}, {NULL, NULL}};
    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
