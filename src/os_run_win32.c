/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "os_win32.h"
#include "text.h"
#include "wide.h"

/* How long the end of a child or its output may go unnoticed; anonymous pipes cannot be waited for.
 */
enum { SLICE_MS = 20, END_WAIT_MS = 5000, COMMAND_LINE_MAX_CHARS = 32767 };

int os_base_env(struct os_names *out, struct err *err)
{
    static const char *const kept[] = {
        "ALLUSERSPROFILE",
        "APPDATA",
        "CommonProgramFiles",
        "COMPUTERNAME",
        "ComSpec",
        "LOCALAPPDATA",
        "OS",
        "Path",
        "PATHEXT",
        "ProgramData",
        "ProgramFiles",
        "ProgramFiles(x86)",
        "ProgramW6432",
        "PSModulePath",
        "SystemDrive",
        "SystemRoot",
        "TEMP",
        "TMP",
        "USERNAME",
        "USERPROFILE",
        "windir",
        "NUMBER_OF_PROCESSORS",
        "PROCESSOR_ARCHITECTURE",
    };

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char *value = os_getenv(kept[i]), *pair = NULL;
        int rc = 0;

        if (value)
            rc = text_fmt(&pair, err, "%s=%s", kept[i], value);
        if (pair)
            rc = os_names_add(out, pair, err);
        free(pair);
        free(value);
        if (rc)
            return -1;
    }
    return 0;
}

bool os_same_env_name(const char *a, const char *b, size_t len)
{
    return _strnicmp(a, b, len) == 0;
}

/* ---- what CreateProcessW is given ---- */

struct command {
    wchar_t *program, *line, *env;
};

static void command_clear(struct command *c)
{
    free(c->program);
    free(c->line);
    free(c->env);
}

/* CreateProcessW leaves final dots and blanks out of account, and hands batch files to cmd.exe,
 * whose reading of arguments no quoting is safe from. */
static int refuse_batch(const char *program, struct err *err)
{
    size_t len = strlen(program);
    char ending[5] = "";

    while (len > 0 && (program[len - 1] == '.' || program[len - 1] == ' '))
        len--;
    if (len >= sizeof ending - 1)
        memcpy(ending, program + len - (sizeof ending - 1), sizeof ending - 1);
    if (!text_equal_nocase(ending, ".bat") && !text_equal_nocase(ending, ".cmd"))
        return 0;
    err_set(err, ERR_USAGE, "program %s: is a batch file", program);
    return err_hint(err, "cmd.exe would read the arguments as commands; name an .exe, like "
                         "powershell.exe with -File and a script");
}

static int make_line(const struct os_run *r, wchar_t **out, struct err *err)
{
    struct buf line = BUF_INIT(COMMAND_LINE_MAX_CHARS);
    int rc = -1;

    buf_addf(&line, "\"%s\"", r->argv[0]);
    for (const char *const *a = r->argv + 1; *a; a++) {
        buf_putc(&line, ' ');
        text_quote_argument(&line, *a);
    }
    if (buf_check(&line, "command line", err) == 0)
        rc = wide_from_utf8(out, buf_str(&line), err);
    buf_clear(&line);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return _stricmp(*(char *const *)a, *(char *const *)b);
}

/* "K=V" NUL "K=V" NUL NUL, sorted without regard to case, as CreateProcessW wants it. */
static int make_env(const struct os_run *r, wchar_t **out, struct err *err)
{
    struct buf block = BUF_INIT(COMMAND_LINE_MAX_CHARS * 4);
    struct os_names env = {0};
    wchar_t *wide = NULL;
    int rc = -1, n;

    if (os_run_env(r, &env, err))
        goto done;
    qsort(env.v, env.n, sizeof *env.v, by_name);
    for (size_t i = 0; i < env.n; i++)
        buf_add(&block, env.v[i], strlen(env.v[i]) + 1);
    buf_putc(&block, 0);
    if (buf_check(&block, "environment", err))
        goto done;
    wide = malloc((block.len + 1) * sizeof *wide); /* never more units than bytes */
    n = wide ? MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, block.p, (int)block.len, wide,
                                   (int)block.len)
             : 0;
    if (n <= 0) {
        err_set(err, ERR_FAIL, "environment of %s: not valid UTF-8, or out of memory", r->argv[0]);
        free(wide);
        goto done;
    }
    wide[n] = 0;
    *out = wide;
    rc = 0;
done:
    buf_clear(&block);
    os_names_clear(&env);
    return rc;
}

static int command_make(struct command *c, const struct os_run *r, struct err *err)
{
    if (os_run_check(r, err) || refuse_batch(r->argv[0], err))
        return -1;
    if (wide_path(&c->program, r->argv[0], err) || make_line(r, &c->line, err))
        return -1;
    return make_env(r, &c->env, err);
}

/* ---- the child ---- */

struct running {
    const struct os_run *run;
    struct os_output output;
    HANDLE job, process, output_read;
    bool interrupted_before;
    int64_t deadline_ms;
};

static void close_handle(HANDLE h)
{
    if (h && h != INVALID_HANDLE_VALUE)
        CloseHandle(h);
}

/* A job whose processes all end when its last handle is closed, so with us, too. */
static int make_job(struct running *r, struct err *err)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};

    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    r->job = CreateJobObjectW(NULL, NULL);
    if (!r->job ||
        !SetInformationJobObject(r->job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        return os_win32_err(err, GetLastError(), "program", r->run->argv[0], "get a job object");
    return 0;
}

/* Starts it with exactly two inherited handles: NUL to read, the pipe to write. */
static DWORD create_process(struct running *r, const struct command *c, HANDLE handles[2])
{
    const DWORD flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT |
                        EXTENDED_STARTUPINFO_PRESENT;
    STARTUPINFOEXW start = {.StartupInfo = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES}};
    PROCESS_INFORMATION info = {0};
    DWORD number = 0;
    SIZE_T size = 0;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    start.lpAttributeList = malloc(size);
    if (!start.lpAttributeList)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size)) {
        number = GetLastError();
        free(start.lpAttributeList);
        return number;
    }
    start.StartupInfo.hStdInput = handles[0];
    start.StartupInfo.hStdOutput = start.StartupInfo.hStdError = handles[1];
    if (!UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                   handles, 2 * sizeof *handles, NULL, NULL) ||
        !CreateProcessW(c->program, c->line, NULL, NULL, TRUE, flags, c->env, NULL,
                        &start.StartupInfo, &info))
        number = GetLastError();
    DeleteProcThreadAttributeList(start.lpAttributeList);
    free(start.lpAttributeList);
    if (number)
        return number;
    r->process = info.hProcess;
    if (!AssignProcessToJobObject(r->job, info.hProcess) ||
        ResumeThread(info.hThread) == (DWORD)-1) {
        number = GetLastError();
        TerminateProcess(info.hProcess, 1);
    }
    CloseHandle(info.hThread);
    return number;
}

static int start(struct running *r, const struct command *c, struct err *err)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE handles[2] = {NULL, NULL};
    DWORD number = 0;
    int rc = -1;

    if (make_job(r, err))
        goto done;
    handles[0] = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
                             OPEN_EXISTING, 0, NULL);
    if (handles[0] == INVALID_HANDLE_VALUE ||
        !CreatePipe(&r->output_read, &handles[1], &inherit, 0) ||
        !SetHandleInformation(r->output_read, HANDLE_FLAG_INHERIT, 0))
        number = GetLastError();
    if (number == 0)
        number = create_process(r, c, handles);
    rc = number ? os_win32_err(err, number, "program", r->run->argv[0], "be started") : 0;
done:
    close_handle(handles[0]);
    close_handle(handles[1]); /* or the pipe would never end */
    return rc;
}

/* Takes what is there, without waiting. */
static void drain(struct running *r)
{
    char chunk[4096];
    DWORD there = 0, n = 0;

    while (PeekNamedPipe(r->output_read, NULL, 0, NULL, &there, NULL) && there > 0) {
        if (there > sizeof chunk)
            there = sizeof chunk;
        if (!ReadFile(r->output_read, chunk, there, &n, NULL) || n == 0)
            return;
        os_output_add(&r->output, chunk, n);
    }
}

static int wait_for_end(struct running *r, struct err *err)
{
    for (;;) {
        DWORD waited = WaitForSingleObject(r->process, SLICE_MS);

        drain(r); /* after the look, so that nothing it wrote is missed */
        if (waited == WAIT_OBJECT_0)
            return 0;
        if (waited == WAIT_FAILED)
            return os_win32_err(err, GetLastError(), "program", r->run->argv[0], "be waited for");
        if (clock_ms(&os_clock) >= r->deadline_ms)
            return err_set(err, ERR_TIMEOUT, "program %s: did not end within %lld ms and was ended",
                           r->run->argv[0], (long long)r->run->timeout_ms);
        if (!r->interrupted_before && os_interrupted())
            return err_set(err, ERR_FAIL, "program %s: ended by an interrupt", r->run->argv[0]);
    }
}

static void end_all(struct running *r)
{
    TerminateJobObject(r->job, 1);
    WaitForSingleObject(r->process, END_WAIT_MS); /* it has files open until then */
    drain(r);
}

int os_run(const struct os_run *r, struct buf *out, int *exit_code, struct err *err)
{
    struct running now = {.run = r};
    struct command c = {0};
    DWORD code = 0;
    int rc = -1;

    now.interrupted_before = os_interrupted();
    now.deadline_ms = clock_ms(&os_clock) + r->timeout_ms;
    os_output_init(&now.output, r, out);
    if (command_make(&c, r, err) || start(&now, &c, err))
        goto done;
    rc = wait_for_end(&now, err);
    if (rc == 0 && !GetExitCodeProcess(now.process, &code))
        rc = os_win32_err(err, GetLastError(), "program", r->argv[0], "be asked for its exit code");
    end_all(&now); /* after a good end, what the program has left behind */
    if (rc == 0)
        *exit_code = (int)code;
done:
    close_handle(now.process);
    close_handle(now.output_read);
    close_handle(now.job);
    command_clear(&c);
    return rc;
}
