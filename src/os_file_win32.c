/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "os_win32.h"
#include "secret.h"
#include "text.h"
#include "wide.h"

enum err_code os_win32_code(DWORD number)
{
    switch (number) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
        return ERR_NOT_FOUND;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_PRIVILEGE_NOT_HELD:
        return ERR_DENIED;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return ERR_EXISTS;
    default:
        return ERR_FAIL;
    }
}

int os_win32_err(struct err *err, DWORD number, const char *what, const char *path,
                 const char *verb)
{
    return err_sys(err, os_win32_code(number), ERR_SRC_WIN32, number, "%s %s: cannot %s", what,
                   path, verb);
}

/* ---- trying again ---- */

enum { TRIES = 10, FIRST_PAUSE_MS = 10, LONGEST_PAUSE_MS = 200 };

/* A folder is not empty for as long as somebody has open a file in it that was removed. */
bool os_win32_try_again(DWORD number, int *tries)
{
    DWORD pause = FIRST_PAUSE_MS;

    if (number != ERROR_SHARING_VIOLATION && number != ERROR_LOCK_VIOLATION &&
        number != ERROR_ACCESS_DENIED && number != ERROR_USER_MAPPED_FILE &&
        number != ERROR_DIR_NOT_EMPTY)
        return false;
    if (++*tries >= TRIES)
        return false;
    for (int i = 1; i < *tries && pause < LONGEST_PAUSE_MS; i++)
        pause *= 2;
    Sleep(pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS);
    return true;
}

/* ---- paths ---- */

bool os_is_separator(char c)
{
    return c == '\\' || c == '/';
}

char os_separator(void)
{
    return '\\';
}

/* "\\server\share\" and "\\?\C:\": what cannot be made ends behind the second name. */
static size_t unc_root_len(const char *path)
{
    size_t i = 2;

    for (int names = 0; names < 2; names++) {
        while (path[i] && !os_is_separator(path[i]))
            i++;
        while (os_is_separator(path[i]))
            i++;
    }
    return i;
}

size_t os_root_len(const char *path)
{
    bool drive = (path[0] | 32) >= 'a' && (path[0] | 32) <= 'z' && path[1] == ':';
    size_t i = drive ? 2 : 0;

    if (os_is_separator(path[0]) && os_is_separator(path[1]))
        return unc_root_len(path);
    while (os_is_separator(path[i]))
        i++;
    return i;
}

static DWORD attributes(const char *path)
{
    struct err ignored = {0};
    wchar_t *wide;
    DWORD a;

    if (wide_path(&wide, path, &ignored))
        return INVALID_FILE_ATTRIBUTES;
    a = GetFileAttributesW(wide);
    free(wide);
    return a;
}

bool os_is_dir(const char *path)
{
    DWORD a = attributes(path);

    return a != INVALID_FILE_ATTRIBUTES && (a & FILE_ATTRIBUTE_DIRECTORY);
}

bool os_exists(const char *path)
{
    return attributes(path) != INVALID_FILE_ATTRIBUTES;
}

int64_t os_file_bytes(const char *path)
{
    WIN32_FILE_ATTRIBUTE_DATA found;
    struct err ignored = {0};
    wchar_t *wide = NULL;
    bool there =
        wide_path(&wide, path, &ignored) == 0 &&
        GetFileAttributesExW(wide, GetFileExInfoStandard, &found) &&
        !(found.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT));

    free(wide);
    return there ? ((int64_t)found.nFileSizeHigh << 32) + found.nFileSizeLow : -1;
}

/* ---- reading and writing ---- */

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

/* Opens with the retries above; INVALID_HANDLE_VALUE with err set. */
static HANDLE open_file(const char *path, DWORD access, DWORD how, enum os_rights rights,
                        struct err *err)
{
    struct os_private priv = {0};
    HANDLE h = INVALID_HANDLE_VALUE;
    wchar_t *wide = NULL;
    DWORD number = 0;
    int tries = 0;

    if (wide_path(&wide, path, err) || (rights == OS_PRIVATE && os_private_init(&priv, err)))
        goto done;
    do {
        h = CreateFileW(wide, access, SHARE_ALL, rights == OS_PRIVATE ? &priv.attributes : NULL,
                        how, FILE_ATTRIBUTE_NORMAL, NULL);
        number = h == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    } while (number && os_win32_try_again(number, &tries));
    if (number)
        os_win32_err(err, number, "file", path, how == CREATE_NEW ? "be made" : "be opened");
done:
    os_private_clear(&priv);
    free(wide);
    return h;
}

int os_read_file(const char *path, struct buf *out, struct err *err)
{
    HANDLE h = open_file(path, GENERIC_READ, OPEN_EXISTING, OS_INHERITED, err);
    size_t old_len = out->len;
    char chunk[8192];
    DWORD n = 0, number = 0;
    int rc = -1;

    if (h == INVALID_HANDLE_VALUE)
        return -1;
    while ((number = ReadFile(h, chunk, sizeof chunk, &n, NULL) ? 0 : GetLastError()) == 0 && n) {
        if (n > out->max - out->len) {
            err_set(err, ERR_FAIL, "file %s: larger than %zu bytes", path, out->max);
            goto done;
        }
        buf_add(out, chunk, n);
    }
    if (number && number != ERROR_HANDLE_EOF && number != ERROR_BROKEN_PIPE)
        os_win32_err(err, number, "file", path, "be read");
    else
        rc = buf_check(out, path, err);
done:
    if (rc && out->p) {
        secret_wipe(out->p + old_len, out->len - old_len);
        out->len = old_len;
    }
    secret_wipe(chunk, sizeof chunk);
    CloseHandle(h);
    return rc;
}

/* Writes and flushes all of it; the Win32 error, 0 = none. */
static DWORD write_all(HANDLE h, const void *p, size_t len)
{
    const char *at = p;

    while (len > 0) {
        DWORD want = len < 1024 * 1024 ? (DWORD)len : 1024 * 1024, n = 0;

        if (!WriteFile(h, at, want, &n, NULL))
            return GetLastError();
        if (n == 0)
            return ERROR_DISK_FULL;
        at += n;
        len -= n;
    }
    return FlushFileBuffers(h) ? 0 : GetLastError();
}

static DWORD delete_file(const wchar_t *wide)
{
    DWORD number;
    int tries = 0;

    do
        number = DeleteFileW(wide) ? 0 : GetLastError();
    while (number && os_win32_try_again(number, &tries));
    return number;
}

int os_remove_file(const char *path, struct err *err)
{
    wchar_t *wide;
    DWORD number;

    if (wide_path(&wide, path, err))
        return -1;
    number = delete_file(wide);
    free(wide);
    return number ? os_win32_err(err, number, "file", path, "be removed") : 0;
}

int os_write_new(const char *path, const struct os_bytes *data, enum os_rights rights,
                 struct err *err)
{
    HANDLE h = open_file(path, GENERIC_WRITE, CREATE_NEW, rights, err);
    struct err ignored = {0};
    DWORD number;

    if (h == INVALID_HANDLE_VALUE)
        return -1;
    number = write_all(h, data->p, data->len);
    if (!CloseHandle(h) && number == 0)
        number = GetLastError();
    if (number == 0)
        return 0;
    os_win32_err(err, number, "file", path, "be written");
    if (os_remove_file(path, &ignored))
        err_hint(err, "the temporary file %s is left over", path);
    return -1;
}

int os_move(const char *from, const char *to, bool replace, struct err *err)
{
    DWORD flags = MOVEFILE_WRITE_THROUGH | (replace ? (DWORD)MOVEFILE_REPLACE_EXISTING : 0);
    wchar_t *wide_from = NULL, *wide_to = NULL;
    DWORD number = 0;
    int tries = 0, rc = -1;

    if (wide_path(&wide_from, from, err) || wide_path(&wide_to, to, err))
        goto done;
    do
        number = MoveFileExW(wide_from, wide_to, flags) ? 0 : GetLastError();
    while (number && os_win32_try_again(number, &tries));
    rc = number ? os_win32_err(err, number, "file", to, "be put in place") : 0;
done:
    free(wide_from);
    free(wide_to);
    return rc;
}

/* MOVEFILE_WRITE_THROUGH and NTFS's journal have done it; a folder has no flush of its own. */
int os_flush_dir(const char *path, struct err *err)
{
    (void)path;
    (void)err;
    return 0;
}

/* Cuts a half-written record off. */
static bool cut(HANDLE h, LARGE_INTEGER size)
{
    return SetFilePointerEx(h, size, NULL, FILE_BEGIN) && SetEndOfFile(h) && FlushFileBuffers(h);
}

int os_append_file(const char *path, const void *p, size_t len, struct err *err)
{
    HANDLE h = open_file(path, GENERIC_WRITE, OPEN_ALWAYS, OS_PRIVATE, err);
    LARGE_INTEGER size;
    DWORD number;

    if (h == INVALID_HANDLE_VALUE)
        return -1;
    if (!GetFileSizeEx(h, &size) || !SetFilePointerEx(h, size, NULL, FILE_BEGIN)) {
        os_win32_err(err, GetLastError(), "file", path, "be looked at");
        CloseHandle(h);
        return -1;
    }
    number = write_all(h, p, len);
    if (number) {
        os_win32_err(err, number, "file", path, "be written");
        if (!cut(h, size))
            err_hint(err, "the last record of %s may be cut", path);
    }
    CloseHandle(h);
    return number ? -1 : 0;
}

int os_make_one_dir(const char *path, struct err *err)
{
    struct os_private priv = {0};
    wchar_t *wide = NULL;
    int rc = -1;

    if (wide_path(&wide, path, err) || os_private_init(&priv, err))
        goto done;
    rc = CreateDirectoryW(wide, &priv.attributes)
             ? 0
             : os_win32_err(err, GetLastError(), "folder", path, "be made");
done:
    os_private_clear(&priv);
    free(wide);
    return rc;
}

int os_free_space(const char *path, int64_t *out_bytes, struct err *err)
{
    ULARGE_INTEGER available;
    wchar_t *wide;
    DWORD number;

    if (wide_path(&wide, path, err))
        return -1;
    number = GetDiskFreeSpaceExW(wide, &available, NULL, NULL) ? 0 : GetLastError();
    free(wide);
    if (number)
        return os_win32_err(err, number, "folder", path, "be asked for its free space");
    *out_bytes = (int64_t)available.QuadPart;
    return 0;
}
