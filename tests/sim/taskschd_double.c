/* SPDX-License-Identifier: Apache-2.0 */
/*
 * taskschd_sim.dll, in place of Wine's Task Scheduler class (the test's prefix names it as the
 * class's in-process server): Wine 8 takes a task's XML and then drops triggers, principal and
 * command.
 *
 * A task is a key HKLM\SOFTWARE\sim\Tasks\NAME or, in a folder, ...\Tasks\FOLDER\NAME: Xml, User,
 * LogonType, Enabled, and for tests LastResult (absent: has not run), LastRun and NextRun (text,
 * "2026-11-22 01:02:03", local time). Strict: SYSTEM needs the logon type of a service account and,
 * as in Windows' schema, no LogonType in the XML; the namespace, a command and a trigger must be
 * there. The XML is given back in other words, as Windows does: an encoding, a URI, defaults left
 * out, hours for minutes. What is not played answers E_NOTIMPL.
 */
#include "sim_call.h"

#define COBJMACROS
#define CINTERFACE
#include <initguid.h>
#include <objbase.h>
#include <oleauto.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <taskschd.h>
#include <wchar.h>

#define TASKS L"SOFTWARE\\sim\\Tasks"
enum { METHODS_MAX = 64, NAME_CHARS = 200, XML_CHARS = 64 * 1024, KEY_CHARS = 300 };
static const HRESULT bad_xml = (HRESULT)0x80041317; /* SCHED_E_UNEXPECTEDNODE and the like */

struct object { /* of any of the interfaces: the table comes first */
    void **methods;
    LONG references;
    WCHAR name[NAME_CHARS]; /* of a task */
};

static HRESULT STDMETHODCALLTYPE not_played(void)
{
    sim_log("taskschd: a method that is not played");
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE query(struct object *o, REFIID id, void **out)
{
    (void)id;
    InterlockedIncrement(&o->references);
    *out = o;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(struct object *o)
{
    return (ULONG)InterlockedIncrement(&o->references);
}

static ULONG STDMETHODCALLTYPE release(struct object *o)
{
    LONG left = InterlockedDecrement(&o->references);
    if (left == 0)
        free(o);
    return (ULONG)left;
}

static void *make(void **methods, const WCHAR *name)
{
    struct object *o = calloc(1, sizeof *o);
    if (o) {
        o->methods = methods;
        o->references = 1;
        wcsncpy(o->name, name, NAME_CHARS - 1);
    }
    return o;
}

static HRESULT failed(const char *what, DWORD e)
{
    struct sim_call call = {.name = what};
    sim_end(&call, e, "failed");
    return HRESULT_FROM_WIN32(e);
}

/* ---- what is kept ---- */

static DWORD open_task(const WCHAR *name, bool create, HKEY *out)
{
    WCHAR path[KEY_CHARS];
    DWORD made;
    _snwprintf(path, KEY_CHARS, TASKS L"\\%ls", name);
    if (create)
        return (DWORD)RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                                      out, &made);
    return (DWORD)RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS, out);
}

static void put_text(HKEY key, const WCHAR *name, const WCHAR *text)
{
    RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text,
                   (DWORD)((wcslen(text) + 1) * sizeof *text));
}

static void put_number(HKEY key, const WCHAR *name, DWORD n)
{
    RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&n, sizeof n);
}

static WCHAR *get_text(const WCHAR *task, const WCHAR *name)
{
    DWORD bytes = XML_CHARS * sizeof(WCHAR);
    WCHAR *text = calloc(1, bytes + sizeof(WCHAR));
    HKEY key;
    if (!text || open_task(task, false, &key))
        return text;
    if (RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, text, &bytes))
        *text = 0;
    RegCloseKey(key);
    return text;
}

static bool get_number(const WCHAR *task, const WCHAR *name, DWORD *out)
{
    DWORD bytes = sizeof *out;
    HKEY key;
    if (open_task(task, false, &key))
        return false;
    bool there = !RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, out, &bytes);
    RegCloseKey(key);
    return there;
}

/* ---- the XML ---- */

static bool is_acceptable(const WCHAR *xml)
{
    static const WCHAR *const needed[] = {
        L"xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\"", L"<Triggers>",
        L"<Exec>", L"<Command>", L"</Task>"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!wcsstr(xml, needed[i])) {
            sim_log("RegisterTask: %ls is missing", needed[i]);
            return false;
        }
    if (wcsstr(xml, L"<LogonType>ServiceAccount")) {
        sim_log("RegisterTask: ServiceAccount is no LogonType of the schema");
        return false;
    }
    return true;
}

static void reword(WCHAR *xml, const WCHAR *what, const WCHAR *with)
{
    WCHAR *at = wcsstr(xml, what);
    if (!at)
        return;
    size_t tail = wcslen(at + wcslen(what)) + 1;
    memmove(at + wcslen(with), at + wcslen(what), tail * sizeof *at);
    memcpy(at, with, wcslen(with) * sizeof *at);
}

static BSTR in_other_words(WCHAR *xml, const WCHAR *name)
{
    WCHAR *room = calloc(XML_CHARS * 2, sizeof *room), uri[KEY_CHARS];
    if (!room)
        return NULL;
    wcscpy(room, xml);
    _snwprintf(uri, KEY_CHARS, L"<URI>\\%ls</URI>\r\n  </RegistrationInfo>", name);
    reword(room, L"<?xml version=\"1.0\"?>", L"<?xml version=\"1.0\" encoding=\"UTF-16\"?>");
    reword(room, L"</RegistrationInfo>", uri);
    reword(room, L"    <AllowHardTerminate>true</AllowHardTerminate>\n", L"");
    reword(room, L"    <Hidden>false</Hidden>\n", L"");
    reword(room, L"<Interval>PT60M</Interval>", L"<Interval>PT1H</Interval>");
    reword(room, L"<ExecutionTimeLimit>PT120M", L"<ExecutionTimeLimit>PT2H");
    BSTR out = SysAllocString(room);
    free(room);
    return out;
}

/* ---- IRegisteredTask ---- */

static HRESULT STDMETHODCALLTYPE task_xml(struct object *t, BSTR *out)
{
    WCHAR *xml = get_text(t->name, L"Xml");
    *out = xml ? in_other_words(xml, t->name) : NULL;
    free(xml);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE task_enabled(struct object *t, VARIANT_BOOL *out)
{
    DWORD enabled = 1;
    get_number(t->name, L"Enabled", &enabled);
    *out = enabled ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE task_result(struct object *t, LONG *out)
{
    DWORD result = 0x41303; /* SCHED_S_TASK_HAS_NOT_RUN */
    get_number(t->name, L"LastResult", &result);
    *out = (LONG)result;
    return S_OK;
}

/* Never: the 30th of November 1999, as Windows says it. */
static DATE date_of(const struct object *t, const WCHAR *value)
{
    SYSTEMTIME st = {.wYear = 1999, .wMonth = 11, .wDay = 30};
    WCHAR *text = get_text(t->name, value);
    DATE date = 0;
    if (text && *text)
        swscanf(text, L"%hu-%hu-%hu %hu:%hu:%hu", &st.wYear, &st.wMonth, &st.wDay, &st.wHour,
                &st.wMinute, &st.wSecond);
    free(text);
    SystemTimeToVariantTime(&st, &date);
    return date;
}

static HRESULT STDMETHODCALLTYPE task_last(struct object *t, DATE *out)
{
    *out = date_of(t, L"LastRun");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE task_next(struct object *t, DATE *out)
{
    *out = date_of(t, L"NextRun");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE path_of(struct object *t, BSTR *out)
{
    WCHAR path[NAME_CHARS + 1];
    _snwprintf(path, NAME_CHARS + 1, t->name[0] == L'\\' ? L"%ls" : L"\\%ls", t->name);
    *out = SysAllocString(path);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static void *task_methods[METHODS_MAX], *folder_methods[METHODS_MAX], *service_methods[METHODS_MAX];
static void *tasks_methods[METHODS_MAX], *folders_methods[METHODS_MAX];

/* ---- collections: the keys below a folder's, counted from one ---- */

/* A folder's name begins with the backslash of the root, which a task's does not. */
static const WCHAR *folder_key(const struct object *f)
{
    return f->name[0] == L'\\' ? f->name + 1 : f->name;
}

/* What has an XML, or else anything of a test's, is a task; what has keys below is a folder. */
static bool is_folder(const WCHAR *name)
{
    DWORD keys = 0;
    HKEY key;
    if (open_task(name, false, &key))
        return false;
    RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return keys > 0;
}

/* The n-th key of the kind that is wanted; false when there are fewer. *count: how many. */
static bool pick(const struct object *f, bool folders, LONG n, WCHAR out[NAME_CHARS], LONG *count)
{
    const WCHAR *folder = folder_key(f);
    WCHAR name[NAME_CHARS], path[NAME_CHARS];
    DWORD chars = NAME_CHARS;
    bool found = false;
    HKEY key;
    *count = 0;
    if (open_task(folder, false, &key))
        return false;
    for (DWORD i = 0; RegEnumKeyExW(key, i, name, &chars, NULL, NULL, NULL, NULL) == 0;
         i++, chars = NAME_CHARS) {
        _snwprintf(path, NAME_CHARS, folder[0] ? L"%ls\\%ls" : L"%ls%ls", folder, name);
        if (is_folder(path) != folders || ++*count != n)
            continue;
        wcscpy(out, path);
        found = true;
    }
    RegCloseKey(key);
    return found;
}

static HRESULT STDMETHODCALLTYPE tasks_count(struct object *c, LONG *out)
{
    WCHAR ignored[NAME_CHARS];
    pick(c, false, 0, ignored, out);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE folders_count(struct object *c, LONG *out)
{
    WCHAR ignored[NAME_CHARS];
    pick(c, true, 0, ignored, out);
    return S_OK;
}

static HRESULT item(struct object *c, bool folders, VARIANT index, void **methods, void **out)
{
    WCHAR name[NAME_CHARS];
    LONG count;
    *out = NULL;
    if (V_VT(&index) != VT_I4 || !pick(c, folders, V_I4(&index), name, &count))
        return E_INVALIDARG;
    *out = make(methods, name);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE tasks_item(struct object *c, VARIANT index, IRegisteredTask **out)
{
    return item(c, false, index, task_methods, (void **)out);
}

static HRESULT STDMETHODCALLTYPE folders_item(struct object *c, VARIANT index, ITaskFolder **out)
{
    return item(c, true, index, folder_methods, (void **)out);
}

/* ---- ITaskFolder ---- */

static HRESULT STDMETHODCALLTYPE folder_tasks(struct object *f, LONG flags,
                                              IRegisteredTaskCollection **out)
{
    (void)flags;
    *out = make(tasks_methods, f->name);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE folder_folders(struct object *f, LONG flags,
                                                ITaskFolderCollection **out)
{
    *out = flags == 0 ? make(folders_methods, f->name) : NULL;
    return flags != 0 ? E_INVALIDARG : *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE folder_get(struct object *f, BSTR name, IRegisteredTask **out)
{
    HKEY key;
    DWORD e = open_task(name, false, &key);
    (void)f;
    *out = NULL;
    if (e)
        return HRESULT_FROM_WIN32(e);
    RegCloseKey(key);
    *out = make(task_methods, name);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static DWORD store(BSTR name, BSTR xml, const WCHAR *user, TASK_LOGON_TYPE logon)
{
    HKEY key;
    DWORD e = open_task(name, true, &key);
    if (e)
        return e;
    put_text(key, L"Xml", xml);
    put_text(key, L"User", user);
    put_number(key, L"LogonType", (DWORD)logon);
    put_number(key, L"Enabled", 1);
    RegCloseKey(key);
    return 0;
}

static HRESULT STDMETHODCALLTYPE folder_register(struct object *f, BSTR name, BSTR xml, LONG flags,
                                                 VARIANT user, VARIANT password,
                                                 TASK_LOGON_TYPE logon, VARIANT sddl,
                                                 IRegisteredTask **out)
{
    struct sim_call call;
    DWORD result = 0;
    const WCHAR *who = V_VT(&user) == VT_BSTR && V_BSTR(&user) ? V_BSTR(&user) : L"";
    (void)f, (void)sddl;
    *out = NULL;
    if (sim_switch("SIM_NOT_ADMIN"))
        return E_ACCESSDENIED;
    if (!is_acceptable(xml))
        return bad_xml;
    if (flags != TASK_CREATE_OR_UPDATE || wcscmp(who, L"S-1-5-18") != 0 ||
        logon != TASK_LOGON_SERVICE_ACCOUNT || V_VT(&password) != VT_EMPTY)
        return E_INVALIDARG;
    if (sim_begin(&call, "RegisterTask", SIM_LIE_OK, &result))
        result = store(name, xml, who, logon);
    sim_end(&call, result, "%ls", name);
    if (result)
        return HRESULT_FROM_WIN32(result);
    *out = make(task_methods, name);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE folder_delete(struct object *f, BSTR name, LONG flags)
{
    struct sim_call call;
    WCHAR path[KEY_CHARS];
    DWORD result = 0;
    (void)f, (void)flags;
    if (sim_switch("SIM_NOT_ADMIN"))
        return E_ACCESSDENIED;
    _snwprintf(path, KEY_CHARS, TASKS L"\\%ls", name);
    if (sim_begin(&call, "DeleteTask", SIM_LIE_OK, &result))
        result = (DWORD)RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    sim_end(&call, result, "%ls", name);
    return HRESULT_FROM_WIN32(result);
}

/* ---- ITaskService ---- */

static HRESULT STDMETHODCALLTYPE service_connect(struct object *s, VARIANT a, VARIANT b, VARIANT c,
                                                 VARIANT d)
{
    struct sim_call call;
    DWORD result = 0;
    (void)s, (void)a, (void)b, (void)c, (void)d;
    return sim_begin(&call, "TaskServiceConnect", SIM_LIE_NO, &result)
               ? S_OK
               : failed("TaskServiceConnect", result);
}

static HRESULT STDMETHODCALLTYPE service_folder(struct object *s, BSTR path, ITaskFolder **out)
{
    (void)s;
    *out = wcscmp(path, L"\\") == 0 ? make(folder_methods, path) : NULL;
    return *out ? S_OK : HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}

/* ---- the class ---- */

static void fill(void **methods)
{
    for (size_t i = 0; i < METHODS_MAX; i++)
        methods[i] = (void *)(uintptr_t)not_played;
    methods[0] = (void *)(uintptr_t)query;
    methods[1] = (void *)(uintptr_t)add_ref;
    methods[2] = (void *)(uintptr_t)release;
}

#define PLAY(interface, table, method, function)                                                   \
    ((table)[offsetof(interface##Vtbl, method) / sizeof(void *)] = (void *)(uintptr_t)(function))

static void fill_all(void)
{
    fill(service_methods);
    fill(folder_methods);
    fill(task_methods);
    fill(tasks_methods);
    fill(folders_methods);
    PLAY(ITaskService, service_methods, Connect, service_connect);
    PLAY(ITaskService, service_methods, GetFolder, service_folder);
    PLAY(ITaskFolder, folder_methods, GetTask, folder_get);
    PLAY(ITaskFolder, folder_methods, RegisterTask, folder_register);
    PLAY(ITaskFolder, folder_methods, DeleteTask, folder_delete);
    PLAY(ITaskFolder, folder_methods, get_Path, path_of);
    PLAY(ITaskFolder, folder_methods, GetTasks, folder_tasks);
    PLAY(ITaskFolder, folder_methods, GetFolders, folder_folders);
    PLAY(IRegisteredTaskCollection, tasks_methods, get_Count, tasks_count);
    PLAY(IRegisteredTaskCollection, tasks_methods, get_Item, tasks_item);
    PLAY(ITaskFolderCollection, folders_methods, get_Count, folders_count);
    PLAY(ITaskFolderCollection, folders_methods, get_Item, folders_item);
    PLAY(IRegisteredTask, task_methods, get_Path, path_of);
    PLAY(IRegisteredTask, task_methods, get_Xml, task_xml);
    PLAY(IRegisteredTask, task_methods, get_Enabled, task_enabled);
    PLAY(IRegisteredTask, task_methods, get_LastTaskResult, task_result);
    PLAY(IRegisteredTask, task_methods, get_LastRunTime, task_last);
    PLAY(IRegisteredTask, task_methods, get_NextRunTime, task_next);
}

static HRESULT STDMETHODCALLTYPE factory_create(void *factory, IUnknown *outer, REFIID id,
                                                void **out)
{
    (void)factory, (void)outer, (void)id;
    fill_all();
    *out = make(service_methods, L"");
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE factory_lock(void *factory, BOOL lock)
{
    (void)factory, (void)lock;
    return S_OK;
}

HRESULT WINAPI DllGetClassObject(REFCLSID class, REFIID id, void **out)
{
    static void *methods[5];
    (void)id;
    if (!IsEqualGUID(class, &CLSID_TaskScheduler))
        return CLASS_E_CLASSNOTAVAILABLE;
    methods[0] = (void *)(uintptr_t)query;
    methods[1] = (void *)(uintptr_t)add_ref;
    methods[2] = (void *)(uintptr_t)release;
    methods[3] = (void *)(uintptr_t)factory_create;
    methods[4] = (void *)(uintptr_t)factory_lock;
    *out = make(methods, L"");
    return *out ? S_OK : E_OUTOFMEMORY;
}
