/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "os.h"
#include "os_win32.h"
#include "test.h"
#include "text.h"
#include "wide.h"

static void paths(struct test *t)
{
    static const struct {
        const char *folder, *name, *joined, *dir;
    } rows[] = {
        {"a", "b", "a\\b", "a"},
        {"a\\", "b", "a\\b", "a"},
        {"a/", "b", "a/b", "a"},
        {"C:\\", "b", "C:\\b", "C:\\"},
        {"C:\\x", "b/c", "C:\\x\\b\\c", "C:\\x\\b"},
        {"a", "D:\\b", "D:\\b", "D:\\"},
        {"a", "\\b", "\\b", "\\"},
        {"", "b", "b", "."},
        {"\\\\srv\\share", "x", "\\\\srv\\share\\x", "\\\\srv\\share\\"},
        {"\\\\?\\C:\\d", "x", "\\\\?\\C:\\d\\x", "\\\\?\\C:\\d"},
    };
    struct err err = {0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *joined = NULL, *dir = NULL;

        CHECK_INT(os_path_join(&joined, rows[i].folder, rows[i].name, &err), 0);
        CHECK_STR(joined, rows[i].joined);
        CHECK_INT(os_path_dir(&dir, joined, &err), 0);
        CHECK_STR(dir, rows[i].dir);
        free(joined);
        free(dir);
    }
    CHECK(os_path_absolute("C:\\x") && os_path_absolute("c:/x") && os_path_absolute("\\\\s\\h"));
    CHECK(!os_path_absolute("x\\y") && !os_path_absolute(""));
}

static void wide_text_goes_both_ways(struct test *t)
{
    const char *text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92";
    wchar_t *wide = NULL;
    char *back = NULL;
    const wchar_t lone[] = {0xd800, 0};
    struct err err = {0};

    REQUIRE(wide_from_utf8(&wide, text, &err) == 0);
    CHECK(wcscmp(wide, L"a\x00e4\x20ac\xd83d\xdd12") == 0);
    REQUIRE(wide_to_utf8(&back, wide, &err) == 0);
    CHECK_STR(back, text);
    char cut[4] = "", whole[16] = "";
    CHECK(wide_copy(whole, sizeof whole, wide));
    CHECK_STR(whole, text);
    CHECK(!wide_copy(cut, sizeof cut, wide));
    CHECK(strlen(cut) < sizeof cut && strncmp(cut, text, strlen(cut)) == 0);
    CHECK(!wide_copy(whole, sizeof whole, lone) && !wide_copy(whole, sizeof whole, NULL));
    CHECK_STR(whole, text); /* as it was */
    free(wide);
    free(back);
    CHECK_INT(wide_from_utf8(&wide, "\xff", &err), -1);
    err_clear(&err);
    CHECK_INT(wide_to_utf8(&back, lone, &err), -1);
}

static void long_paths_get_their_prefix(struct test *t)
{
    char path[400] = "C:/";
    wchar_t *wide = NULL;
    struct err err = {0};

    REQUIRE(wide_path(&wide, "C:/a/b.txt", &err) == 0);
    CHECK(wcscmp(wide, L"C:\\a\\b.txt") == 0);
    free(wide);
    for (size_t i = 3; i < 300; i++)
        path[i] = i % 50 ? 'x' : '/';
    REQUIRE(wide_path(&wide, path, &err) == 0);
    CHECK(wcsncmp(wide, L"\\\\?\\C:\\xxx", 10) == 0);
    CHECK_INT(wcslen(wide), strlen(path) + 4);
    free(wide);
    memcpy(path, "//s/h/x", 7);
    REQUIRE(wide_path(&wide, path, &err) == 0);
    CHECK(wcsncmp(wide, L"\\\\?\\UNC\\s\\h\\x", 13) == 0);
    CHECK_INT(wcslen(wide), strlen(path) + 6);
    free(wide);
}

static void system_texts(struct test *t)
{
    char text[200];
    struct err err = {0};

    err_system_text(ERR_SRC_WIN32, ERROR_ACCESS_DENIED, text, sizeof text);
    CHECK(text_starts(text, "Access") || text_starts(text, "access"));
    CHECK(text[strlen(text) - 1] != '.' && !strpbrk(text, "\r\n"));
    err_system_text(ERR_SRC_WIN32, 0x80070005, text, sizeof text);
    CHECK(*text != 0);
    err_sys(&err, ERR_DENIED, ERR_SRC_WIN32, ERROR_ACCESS_DENIED, "key %s", "k");
    CHECK(text_starts(err.text, "key k: ") && strstr(err.text, " (win32 5)"));
}

/* ---- access rights ---- */

static bool set_dacl(struct test *t, const char *path, const wchar_t *sddl)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    struct err err = {0};
    wchar_t *wide = NULL;
    bool ok;

    ok =
        wide_path(&wide, path, &err) == 0 &&
        ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &sd, NULL) &&
        SetFileSecurityW(wide, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, sd);
    LocalFree(sd);
    free(wide);
    return CHECK(ok);
}

static void foreign_rights_are_refused(struct test *t)
{
    const char *dir = test_path(t, "d"), *file = test_path(t, "f");
    struct err err = {0};

    REQUIRE(os_make_dir(dir, &err) == 0 && os_write_file(file, "x", 1, &err) == 0);
    CHECK_INT(os_check_private(dir, &err), 0);
    CHECK_INT(os_check_secret_file(file, &err), 0);
    CHECK_STR(err.text, "");

    REQUIRE(set_dacl(t, dir, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)"));
    CHECK_INT(os_check_private(dir, &err), -1);
    CHECK_INT(err.code, ERR_DENIED);
    CHECK(strstr(err.text, "S-1-1-0") != NULL && strstr(err.hint, "/remove:g *S-1-1-0"));

    err_clear(&err);
    REQUIRE(set_dacl(t, file, L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;WD)"));
    CHECK_INT(os_check_secret_file(file, &err), -1);
    CHECK_INT(err.code, ERR_DENIED);
    CHECK(strstr(err.text, "read by S-1-1-0") != NULL);

    err_clear(&err);
    REQUIRE(set_dacl(t, dir, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;WD)"));
    CHECK_INT(os_check_private(dir, &err), 0); /* others may look into a folder */
    CHECK_STR(err.text, "");
}

/* ---- os_run: this program is its own child ---- */

#define CHILD_VARIABLE "RRAS_UNIT_CHILD"

static bool is_child(void)
{
    char *set = os_getenv(CHILD_VARIABLE);
    bool yes = set != NULL;

    free(set);
    return yes;
}

/* Not a test: what the children of the tests below do. */
static void child_waits(struct test *t)
{
    (void)t;
    if (is_child())
        WaitForSingleObject(GetCurrentProcess(), INFINITE);
}

static void child_tells(struct test *t)
{
    char *given, *secret;
    int n = 0;
    char **args = NULL;
    struct err err = {0};

    if (!is_child())
        return;
    given = os_getenv("RRAS_GIVEN");
    secret = os_getenv("RRAS_SECRET");
    if (os_args(0, NULL, &n, &args, &err) == 0)
        for (int i = 2; i < n; i++)
            os_write(1 + i % 2, test_text(t, "<%s>", args[i]), strlen(args[i]) + 2);
    os_write(1, given ? given : "none", given ? strlen(given) : 4);
    os_write(1, secret ? "leak" : "clean", secret ? 4 : 5);
    os_args_free(args);
    free(given);
    free(secret);
    ExitProcess(7);
}

struct ran {
    int rc, code;
    const char *out;
    struct err err;
};

static struct ran run(struct test *t, const char *const *argv, int64_t timeout_ms)
{
    const char *env[] = {CHILD_VARIABLE "=1", "RRAS_GIVEN=a b\xc3\xa4", NULL};
    struct os_run r = {argv, env, timeout_ms, 1000};
    struct ran ran = {.code = -1};
    struct buf out = BUF_INIT(2000);

    ran.rc = os_run(&r, &out, &ran.code, &ran.err);
    ran.out = test_text(t, "%s", buf_str(&out));
    buf_clear(&out);
    return ran;
}

static const char *this_program(struct test *t)
{
    wchar_t wide[1024];
    struct err err = {0};
    const char *path = "";
    char *utf8;

    if (GetModuleFileNameW(NULL, wide, 1024) && wide_to_utf8(&utf8, wide, &err) == 0) {
        path = test_text(t, "%s", utf8);
        free(utf8);
    }
    return path;
}

enum { PLENTY_MS = 120000 };

static void programs_run_to_their_end(struct test *t)
{
    const char *argv[] = {this_program(t), "os_win32.child_tells", "a b c",
                          "q\"\\",         "\xe6\x97\xa5",         NULL};
    struct ran r;

    SetEnvironmentVariableW(L"RRAS_SECRET", L"hunter2");
    r = run(t, argv, PLENTY_MS);
    SetEnvironmentVariableW(L"RRAS_SECRET", NULL);
    CHECK_STR(r.err.text, "");
    CHECK_INT(r.rc, 0);
    CHECK_INT(r.code, 7);
    CHECK_STR(r.out, "<a b c><q\"\\><\xe6\x97\xa5>a b\xc3\xa4"
                     "clean");
}

static void time_out_ends_the_program(struct test *t)
{
    const char *argv[] = {this_program(t), "os_win32.child_waits", NULL};
    struct ran r = run(t, argv, 300);

    CHECK_INT(r.rc, -1);
    CHECK_INT(r.err.code, ERR_TIMEOUT);
    CHECK_INT(r.code, -1);
}

static void missing_programs_are_told(struct test *t)
{
    const char *argv[] = {"C:\\no\\such.exe", NULL};
    struct ran r = run(t, argv, PLENTY_MS);

    CHECK_INT(r.rc, -1);
    CHECK_INT(r.err.code, ERR_NOT_FOUND);
    CHECK(strstr(r.err.text, "C:\\no\\such.exe") != NULL);
}

static void batch_files_are_refused(struct test *t)
{
    static const char *const names[] = {"C:\\x.bat", "C:\\x.CMD", "C:\\x.cmd. .", NULL};

    for (size_t i = 0; names[i]; i++) {
        const char *argv[] = {names[i], NULL};
        struct ran r = run(t, argv, PLENTY_MS);

        CHECK_INT(r.rc, -1);
        CHECK_INT(r.err.code, ERR_USAGE);
    }
}

static void secrets_are_sealed(struct test *t)
{
    struct buf closed = BUF_INIT(10000), open = BUF_INIT(100);
    struct err err = {0};

    CHECK_INT(os_protect("secret", 6, &closed, &err), 0);
    CHECK(closed.len > 7 && memcmp(closed.p, "DPAPI1", 7) == 0);
    for (size_t i = 0; closed.len > 6 && i < closed.len - 6; i++)
        CHECK(memcmp(closed.p + i, "secret", 6) != 0);
    closed.p[closed.len - 1] ^= 1;
    CHECK_INT(os_unprotect(closed.p, closed.len, &open, &err), -1);
    CHECK_INT(err.source, ERR_SRC_WIN32);
    CHECK_INT(open.len, 0);
    buf_wipe(&closed);
    buf_wipe(&open);
}

static void open_files_stay(struct test *t)
{
    const char *path = test_path(t, "f");
    struct err err = {0};
    wchar_t *wide = NULL;
    HANDLE h;

    REQUIRE(os_write_file(path, "old", 3, &err) == 0 && wide_path(&wide, path, &err) == 0);
    h = CreateFileW(wide, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    free(wide);
    REQUIRE(h != INVALID_HANDLE_VALUE);
    CHECK_INT(os_write_file(path, "new", 3, &err), -1); /* after its tries */
    CHECK_INT(err.source, ERR_SRC_WIN32);
    CloseHandle(h);
    err_clear(&err);
    CHECK_INT(os_write_file(path, "new", 3, &err), 0);
    CHECK_STR(err.text, "");
}

static void read_only_files_are_removed_with_their_folder(struct test *t)
{
    const char *path = test_path(t, "d/f");
    struct err err = {0};
    wchar_t *wide = NULL;

    REQUIRE(os_make_dir(test_path(t, "d"), &err) == 0 && os_write_file(path, "x", 1, &err) == 0);
    REQUIRE(wide_path(&wide, path, &err) == 0);
    SetFileAttributesW(wide, FILE_ATTRIBUTE_READONLY);
    free(wide);
    CHECK_INT(os_remove_tree(test_path(t, "d"), &err), 0);
    CHECK(!os_exists(test_path(t, "d")));
}

/* ---- what Windows does beside us ---- */

static void a_log_off_in_session_0_is_somebody_elses(struct test *t)
{
    CHECK(!os_win32_event_is_ours(CTRL_LOGOFF_EVENT, 0));
    CHECK(os_win32_event_is_ours(CTRL_SHUTDOWN_EVENT, 0));
    CHECK(os_win32_event_is_ours(CTRL_CLOSE_EVENT, 0));
    CHECK(os_win32_event_is_ours(CTRL_C_EVENT, 0));
    CHECK(os_win32_event_is_ours(CTRL_LOGOFF_EVENT, 1));
}

static void what_a_scanner_holds_is_tried_again(struct test *t)
{
    static const struct {
        DWORD number;
        bool again;
    } rows[] = {
        {ERROR_SHARING_VIOLATION, true}, {ERROR_LOCK_VIOLATION, true},
        {ERROR_ACCESS_DENIED, true},     {ERROR_USER_MAPPED_FILE, true},
        {ERROR_DIR_NOT_EMPTY, true},     {ERROR_FILE_NOT_FOUND, false},
        {ERROR_DISK_FULL, false},        {ERROR_PATH_NOT_FOUND, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int tries = 0;

        CHECK_INT(os_win32_try_again(rows[i].number, &tries), rows[i].again);
    }
}

/* A DLL that lies in the present folder must not be taken for Windows' own. */
static void dlls_come_from_the_system_alone(struct test *t)
{
    const char *name = "rras-acme-planted.dll";
    char **argv = NULL;
    struct err err = {0};
    wchar_t old[MAX_PATH];
    int argc = 0;

    REQUIRE(os_args(0, NULL, &argc, &argv, &err) == 0);
    os_args_free(argv);
    REQUIRE(GetCurrentDirectoryW(MAX_PATH, old) > 0);
    wchar_t *from = NULL, *to = NULL, *dir = NULL;
    if (CHECK(wide_path(&from, "C:\\windows\\system32\\version.dll", &err) == 0) &&
        CHECK(wide_path(&to, test_path(t, name), &err) == 0) &&
        CHECK(wide_path(&dir, test_path(t, "."), &err) == 0) && CHECK(CopyFileW(from, to, FALSE)) &&
        CHECK(SetCurrentDirectoryW(dir))) {
        CHECK(LoadLibraryW(L"rras-acme-planted.dll") == NULL);
        CHECK_INT(GetLastError(), ERROR_MOD_NOT_FOUND);
        SetCurrentDirectoryW(old);
    }
    free(from);
    free(to);
    free(dir);
}

const struct test_case suite_os_win32[] = {
    {"paths", paths},
    {"wide_text_goes_both_ways", wide_text_goes_both_ways},
    {"long_paths_get_their_prefix", long_paths_get_their_prefix},
    {"system_texts", system_texts},
    {"foreign_rights_are_refused", foreign_rights_are_refused},
    {"child_waits", child_waits},
    {"child_tells", child_tells},
    {"programs_run_to_their_end", programs_run_to_their_end},
    {"time_out_ends_the_program", time_out_ends_the_program},
    {"missing_programs_are_told", missing_programs_are_told},
    {"batch_files_are_refused", batch_files_are_refused},
    {"secrets_are_sealed", secrets_are_sealed},
    {"open_files_stay", open_files_stay},
    {"read_only_files_are_removed_with_their_folder",
     read_only_files_are_removed_with_their_folder},
    {"a_log_off_in_session_0_is_somebody_elses", a_log_off_in_session_0_is_somebody_elses},
    {"what_a_scanner_holds_is_tried_again", what_a_scanner_holds_is_tried_again},
    {"dlls_come_from_the_system_alone", dlls_come_from_the_system_alone},
    {NULL, NULL},
};
