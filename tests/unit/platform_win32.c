/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <wchar.h>

#include "platform.h"

enum { PATH_CHARS = 1024 };

void platform_init(void)
{
    _setmode(_fileno(stdout), _O_BINARY);
    setvbuf(stdout, NULL, _IONBF, 0); /* this C library has no line buffering */
}

int platform_make_dir(char *out, size_t size)
{
    wchar_t tmp[PATH_CHARS], path[PATH_CHARS];
    DWORD n = GetTempPathW(PATH_CHARS, tmp);
    LARGE_INTEGER ticks;

    if (n == 0 || n >= PATH_CHARS || !QueryPerformanceCounter(&ticks))
        return -1;
    for (int attempt = 0; attempt < 100; attempt++) {
        _snwprintf(path, PATH_CHARS, L"%lsrras-unit-%lu-%llx", tmp, GetCurrentProcessId(),
                   (unsigned long long)ticks.QuadPart + (unsigned)attempt);
        path[PATH_CHARS - 1] = 0;
        if (CreateDirectoryW(path, NULL))
            return WideCharToMultiByte(CP_UTF8, 0, path, -1, out, (int)size, NULL, NULL) > 0 ? 0
                                                                                             : -1;
        if (GetLastError() != ERROR_ALREADY_EXISTS)
            return -1;
    }
    return -1;
}

static int remove_tree(const wchar_t *path);

static int remove_found(const wchar_t *dir, const WIN32_FIND_DATAW *found)
{
    wchar_t path[PATH_CHARS];
    int n = _snwprintf(path, PATH_CHARS, L"%ls\\%ls", dir, found->cFileName);

    if (n < 0 || n >= PATH_CHARS)
        return -1;
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL); /* a read-only file cannot be deleted */
    if (!(found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        return DeleteFileW(path) ? 0 : -1;
    if (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return RemoveDirectoryW(path) ? 0 : -1;
    return remove_tree(path);
}

static int remove_tree(const wchar_t *path)
{
    wchar_t pattern[PATH_CHARS];
    WIN32_FIND_DATAW found;
    int failed = 0, n = _snwprintf(pattern, PATH_CHARS, L"%ls\\*", path);
    HANDLE find;

    if (n < 0 || n >= PATH_CHARS)
        return -1;
    find = FindFirstFileW(pattern, &found);
    if (find == INVALID_HANDLE_VALUE)
        return -1;
    do {
        if (wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0)
            failed |= remove_found(path, &found);
    } while (FindNextFileW(find, &found));
    FindClose(find);
    return failed == 0 && RemoveDirectoryW(path) ? 0 : -1;
}

int platform_remove_dir(const char *path)
{
    wchar_t wide[PATH_CHARS];

    return MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, PATH_CHARS) > 0 ? remove_tree(wide) : -1;
}
