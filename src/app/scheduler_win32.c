/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>
/* after windows.h */
#define COBJMACROS
#include <initguid.h>
#include <oleauto.h>
#include <taskschd.h>

#include "os.h"
#include "src/app/scheduler.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

/* The scheduler's own codes (MS-TSCH 2.3.14 and winerror.h). */
enum { SCHEDULER_HAS_NOT_RUN = 0x41303, DAYS_TO_1970 = 25569, DAY_S = 24 * 3600 };
enum { FOLDER_DEPTH_MAX = 8 };

struct session {
    bool com;
    ITaskService *service;
    ITaskFolder *root;
};

static int failed(struct err *err, HRESULT hr, const char *name, const char *verb)
{
    bool denied = hr == E_ACCESSDENIED;
    err_sys(err, denied ? ERR_DENIED : ERR_FAIL, ERR_SRC_WIN32, (uint32_t)hr,
            "scheduled task %s: cannot be %s", name, verb);
    if (denied && !os_elevated())
        err_hint(err, "start it in an elevated prompt");
    else if (hr == HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED) ||
             hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE))
        err_hint(err, "the service Schedule (Task Scheduler) must run");
    return -1;
}

static void session_close(struct session *s)
{
    if (s->root)
        ITaskFolder_Release(s->root);
    if (s->service)
        ITaskService_Release(s->service);
    if (s->com)
        CoUninitialize();
}

static int session_open(struct session *s, const char *name, const char *verb, struct err *err)
{
    wchar_t slash[] = L"\\";
    VARIANT none;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    s->com = SUCCEEDED(hr);
    VariantInit(&none);
    if (s->com)
        hr = CoCreateInstance(&CLSID_TaskScheduler, NULL, CLSCTX_INPROC_SERVER, &IID_ITaskService,
                              (void **)&s->service);
    if (SUCCEEDED(hr))
        hr = ITaskService_Connect(s->service, none, none, none, none);
    BSTR root = SysAllocString(slash);
    if (SUCCEEDED(hr))
        hr = root ? ITaskService_GetFolder(s->service, root, &s->root) : E_OUTOFMEMORY;
    SysFreeString(root);
    if (SUCCEEDED(hr) && !s->root)
        hr = E_NOINTERFACE;
    return FAILED(hr) ? failed(err, hr, name, verb) : 0;
}

static int bstr_from(BSTR *out, const char *s, struct err *err)
{
    wchar_t *wide;
    if (wide_from_utf8(&wide, s, err) != 0)
        return -1;
    *out = SysAllocString(wide);
    free(wide);
    return *out ? 0 : err_set(err, ERR_FAIL, "out of memory");
}

static bool is_absent(HRESULT hr)
{
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ||
           hr == HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
}

/* The service tells local time, as days since 1899-12-30; what never was is a date before 2000. */
static int64_t unix_from_date(DATE date)
{
    SYSTEMTIME local, utc;
    FILETIME ft;
    const int64_t year_2000_days = DAYS_TO_1970 + 10958; /* 1999-12-31 and a day */
    if (date < (double)year_2000_days || !VariantTimeToSystemTime(date, &local) ||
        !TzSpecificLocalTimeToSystemTime(NULL, &local, &utc) || !SystemTimeToFileTime(&utc, &ft))
        return 0;
    ULARGE_INTEGER n = {.LowPart = ft.dwLowDateTime, .HighPart = ft.dwHighDateTime};
    return (int64_t)(n.QuadPart / 10000000) - 11644473600LL;
}

/* Times and result are beside what matters: what cannot be told stays zero. */
static void read_history(IRegisteredTask *task, struct scheduler_task *out)
{
    VARIANT_BOOL enabled = VARIANT_TRUE;
    LONG result = SCHEDULER_HAS_NOT_RUN;
    DATE date = 0;
    out->enabled = FAILED(IRegisteredTask_get_Enabled(task, &enabled)) || enabled;
    if (SUCCEEDED(IRegisteredTask_get_LastTaskResult(task, &result)))
        out->has_result = result != SCHEDULER_HAS_NOT_RUN;
    out->last_result = (uint32_t)result;
    if (SUCCEEDED(IRegisteredTask_get_LastRunTime(task, &date)))
        out->last_run = unix_from_date(date);
    if (SUCCEEDED(IRegisteredTask_get_NextRunTime(task, &date)))
        out->next_run = unix_from_date(date);
}

static int read_task(IRegisteredTask *task, const char *name, struct scheduler_task *out,
                     struct err *err)
{
    struct scheduler_task t = {.registered = true};
    BSTR xml = NULL;
    HRESULT hr = IRegisteredTask_get_Xml(task, &xml);
    if (FAILED(hr))
        return failed(err, hr, name, "read");
    int rc = wide_to_utf8(&t.xml, xml ? xml : L"", err);
    SysFreeString(xml);
    if (rc != 0)
        return -1;
    read_history(task, &t);
    *out = t;
    return 0;
}

int scheduler_read(const char *name, struct scheduler_task *out, struct err *err)
{
    struct session s = {0};
    IRegisteredTask *task = NULL;
    BSTR path = NULL;
    int rc = -1;
    if (session_open(&s, name, "read", err) != 0 || bstr_from(&path, name, err) != 0)
        goto done;
    HRESULT hr = ITaskFolder_GetTask(s.root, path, &task);
    if (is_absent(hr)) {
        *out = (struct scheduler_task){0};
        rc = 0;
    } else {
        rc = FAILED(hr) ? failed(err, hr, name, "read") : read_task(task, name, out, err);
    }
done:
    if (task)
        IRegisteredTask_Release(task);
    SysFreeString(path);
    session_close(&s);
    return rc;
}

void scheduler_task_clear(struct scheduler_task *t)
{
    free(t->xml);
    memset(t, 0, sizeof(*t));
}

int scheduler_register(const char *name, const char *xml, struct err *err)
{
    struct session s = {0};
    IRegisteredTask *task = NULL;
    BSTR path = NULL, text = NULL, system = NULL;
    VARIANT user, none;
    int rc = -1;
    VariantInit(&user);
    VariantInit(&none);
    if (session_open(&s, name, "registered", err) != 0 || bstr_from(&path, name, err) != 0 ||
        bstr_from(&text, xml, err) != 0 || bstr_from(&system, "S-1-5-18", err) != 0)
        goto done;
    V_VT(&user) = VT_BSTR;
    V_BSTR(&user) = system;
    HRESULT hr = ITaskFolder_RegisterTask(s.root, path, text, TASK_CREATE_OR_UPDATE, user, none,
                                          TASK_LOGON_SERVICE_ACCOUNT, none, &task);
    rc = FAILED(hr) ? failed(err, hr, name, "registered") : 0;
done:
    if (task)
        IRegisteredTask_Release(task);
    SysFreeString(system);
    SysFreeString(text);
    SysFreeString(path);
    session_close(&s);
    return rc;
}

int scheduler_remove(const char *name, bool *was, struct err *err)
{
    struct session s = {0};
    BSTR path = NULL;
    int rc = -1;
    if (session_open(&s, name, "removed", err) != 0 || bstr_from(&path, name, err) != 0)
        goto done;
    HRESULT hr = ITaskFolder_DeleteTask(s.root, path, 0);
    rc = FAILED(hr) && !is_absent(hr) ? failed(err, hr, name, "removed") : 0;
    if (rc == 0)
        *was = SUCCEEDED(hr);
done:
    SysFreeString(path);
    session_close(&s);
    return rc;
}

/* ---- all tasks ---- */

struct walk {
    scheduler_see *see;
    void *user;
    int depth;
};

/* Collections count from one. */
static VARIANT at_index(LONG i)
{
    VARIANT v;
    VariantInit(&v);
    V_VT(&v) = VT_I4;
    V_I4(&v) = i;
    return v;
}

static void tell_task(const struct walk *w, IRegisteredTask *task)
{
    BSTR path = NULL, xml = NULL;
    char *name = NULL, *text = NULL;
    VARIANT_BOOL enabled = VARIANT_TRUE;
    struct err ignored = {0};
    if (FAILED(IRegisteredTask_get_Path(task, &path)) ||
        wide_to_utf8(&name, path ? path : L"", &ignored) != 0)
        goto done;
    if (FAILED(IRegisteredTask_get_Enabled(task, &enabled)))
        enabled = VARIANT_TRUE;
    if (enabled && SUCCEEDED(IRegisteredTask_get_Xml(task, &xml)) && xml &&
        wide_to_utf8(&text, xml, &ignored) != 0)
        text = NULL;
    w->see(w->user, name, enabled != VARIANT_FALSE, text ? text : "");
done:
    SysFreeString(path);
    SysFreeString(xml);
    free(name);
    free(text);
}

static void walk_tasks(const struct walk *w, ITaskFolder *folder)
{
    IRegisteredTaskCollection *tasks = NULL;
    LONG n = 0;
    if (FAILED(ITaskFolder_GetTasks(folder, TASK_ENUM_HIDDEN, &tasks)) || !tasks)
        return;
    if (FAILED(IRegisteredTaskCollection_get_Count(tasks, &n)))
        n = 0;
    for (LONG i = 1; i <= n; i++) {
        IRegisteredTask *task = NULL;
        if (FAILED(IRegisteredTaskCollection_get_Item(tasks, at_index(i), &task)) || !task)
            continue;
        tell_task(w, task);
        IRegisteredTask_Release(task);
    }
    IRegisteredTaskCollection_Release(tasks);
}

/* Hundreds of tasks that no ACME client has made. */
static bool is_windows_own(ITaskFolder *folder)
{
    BSTR path = NULL;
    bool own = SUCCEEDED(ITaskFolder_get_Path(folder, &path)) && path &&
               _wcsicmp(path, L"\\Microsoft") == 0;
    SysFreeString(path);
    return own;
}

static void walk_folder(const struct walk *w, ITaskFolder *folder)
{
    struct walk below = {w->see, w->user, w->depth + 1};
    ITaskFolderCollection *folders = NULL;
    LONG n = 0;
    walk_tasks(w, folder);
    if (w->depth >= FOLDER_DEPTH_MAX || FAILED(ITaskFolder_GetFolders(folder, 0, &folders)) ||
        !folders)
        return;
    if (FAILED(ITaskFolderCollection_get_Count(folders, &n)))
        n = 0;
    for (LONG i = 1; i <= n; i++) {
        ITaskFolder *f = NULL;
        if (FAILED(ITaskFolderCollection_get_Item(folders, at_index(i), &f)) || !f)
            continue;
        if (!is_windows_own(f))
            walk_folder(&below, f);
        ITaskFolder_Release(f);
    }
    ITaskFolderCollection_Release(folders);
}

int scheduler_each(scheduler_see *see, void *user, struct err *err)
{
    struct walk w = {.see = see, .user = user};
    struct session s = {0};
    int rc = session_open(&s, "list", "read", err);
    if (rc == 0)
        walk_folder(&w, s.root);
    session_close(&s);
    return rc;
}
