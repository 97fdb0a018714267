/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "text.h"
#include "wide.h"

int wide_from_utf8(wchar_t **out, const char *s, struct err *err)
{
    int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, s, -1, NULL, 0);
    wchar_t *w;

    if (n <= 0)
        return err_set(err, ERR_FAIL, "text \"%.64s\": not valid UTF-8", s);
    w = malloc((size_t)n * sizeof *w);
    if (!w)
        return err_set(err, ERR_FAIL, "text: out of memory");
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, s, -1, w, n);
    *out = w;
    return 0;
}

int wide_to_utf8(char **out, const wchar_t *w, struct err *err)
{
    int n = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, w, -1, NULL, 0, NULL, NULL);
    char *s;

    if (n <= 0)
        return err_set(err, ERR_FAIL, "text from Windows: not valid UTF-16");
    s = malloc((size_t)n);
    if (!s)
        return err_set(err, ERR_FAIL, "text: out of memory");
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, w, -1, s, n, NULL, NULL);
    *out = s;
    return 0;
}

bool wide_copy(char *out, size_t size, const wchar_t *w)
{
    struct err ignored = {0};
    char *s = NULL;
    bool whole = w && wide_to_utf8(&s, w, &ignored) == 0 && text_copy(out, size, s);

    free(s);
    return whole;
}

/* The absolute form of a long path behind \\?\, which ends all further reading of the path. */
static int long_path(wchar_t **out, const wchar_t *path, struct err *err)
{
    static const wchar_t local[] = L"\\\\?\\", unc[] = L"\\\\?\\UNC";
    DWORD size = GetFullPathNameW(path, 0, NULL, NULL), n;
    const size_t prefix = sizeof unc / sizeof *unc - 1;
    wchar_t *w = NULL, *full;

    if (size > 0)
        w = malloc((prefix + size) * sizeof *w);
    if (!w)
        return err_set(err, ERR_FAIL, "path: out of memory");
    full = w + prefix;
    n = GetFullPathNameW(path, size, full, NULL);
    if (n == 0 || n >= size) {
        free(w);
        return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "path: cannot be made whole");
    }
    if (full[0] == L'\\' && full[1] == L'\\') { /* \\server\share: one backslash is dropped */
        memmove(full, full + 1, n * sizeof *w);
        wmemcpy(w, unc, prefix);
    } else {
        memmove(w + 4, full, (n + 1) * sizeof *w);
        wmemcpy(w, local, 4);
    }
    *out = w;
    return 0;
}

int wide_path(wchar_t **out, const char *path, struct err *err)
{
    /* A folder's name must leave room for an 8.3 file name, and ours get suffixes. */
    enum { LONG_CHARS = MAX_PATH - 48 };
    wchar_t *w, *whole = NULL;
    int rc;

    if (wide_from_utf8(&w, path, err))
        return -1;
    for (wchar_t *p = w; *p; p++)
        if (*p == L'/')
            *p = L'\\';
    if (wcslen(w) < LONG_CHARS || wcsncmp(w, L"\\\\?\\", 4) == 0 ||
        wcsncmp(w, L"\\\\.\\", 4) == 0) {
        *out = w;
        return 0;
    }
    rc = long_path(&whole, w, err);
    free(w);
    if (rc == 0)
        *out = whole;
    return rc;
}
