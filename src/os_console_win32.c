/* SPDX-License-Identifier: Apache-2.0 */
/* os_console_win32.c - output and the command line. */
#include <windows.h>

#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os_win32.h"
#include "wide.h"

static HANDLE handle_of(int stream)
{
    return GetStdHandle(stream == 0   ? STD_INPUT_HANDLE
                        : stream == 2 ? STD_ERROR_HANDLE
                                      : STD_OUTPUT_HANDLE);
}

static void write_console(HANDLE h, const char *p, size_t len)
{
    enum { PIECE_CHARS = 8192 }; /* older consoles refuse more than 64 KiB at once */
    int n = len < INT_MAX ? MultiByteToWideChar(CP_UTF8, 0, p, (int)len, NULL, 0) : 0;
    wchar_t *w = n > 0 ? malloc((size_t)n * sizeof *w) : NULL;
    DWORD written;

    if (!w)
        return;
    MultiByteToWideChar(CP_UTF8, 0, p, (int)len, w, n);
    for (int at = 0; at < n; at += (int)written) {
        DWORD piece = n - at < PIECE_CHARS ? (DWORD)(n - at) : PIECE_CHARS;

        if (!WriteConsoleW(h, w + at, piece, &written, NULL) || written == 0)
            break;
    }
    free(w);
}

void os_write(int stream, const char *p, size_t len)
{
    HANDLE h = handle_of(stream);
    DWORD mode, written;

    if (GetConsoleMode(h, &mode)) {
        write_console(h, p, len);
        return;
    }
    for (; len > 0; p += written, len -= written) {
        DWORD piece = len < 65536 ? (DWORD)len : 65536;

        /* Nobody is left to be told when this fails. */
        if (!WriteFile(h, p, piece, &written, NULL) || written == 0)
            return;
    }
}

/* Through the C library it would come in the console's code page, and what that lacks as '?'. */
bool os_read_line(char *out, size_t size)
{
    enum { LINE_CHARS = 1024, END_OF_FILE = 0x1A /* Ctrl-Z */ };
    HANDLE h = handle_of(0);
    wchar_t line[LINE_CHARS];
    DWORD mode, n = 0;
    int len = 0;

    if (!GetConsoleMode(h, &mode))
        return fgets(out, (int)size, stdin) != NULL;
    if (ReadConsoleW(h, line, LINE_CHARS, &n, NULL) && n > 0 && line[0] != END_OF_FILE)
        len = WideCharToMultiByte(CP_UTF8, 0, line, (int)n, out, (int)size - 1, NULL, NULL);
    out[len] = 0;
    return len > 0;
}

bool os_is_terminal(int stream)
{
    HANDLE h = handle_of(stream);
    DWORD mode;

    return GetConsoleMode(h, &mode) &&
           (stream == 0 ||
            SetConsoleMode(h, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING | ENABLE_PROCESSED_OUTPUT));
}

int os_terminal_width(int stream)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    return GetConsoleScreenBufferInfo(handle_of(stream), &info)
               ? info.srWindow.Right - info.srWindow.Left + 1
               : 0;
}

bool os_terminal_unicode(void)
{
    return true; /* WriteConsoleW */
}

/* DLLs that Windows' own libraries load by name must not come from our folder, the present one or
 * Path; and nobody sees a box that asks for a disk. Our imports are loaded before any of our code:
 * that the program's folder is not everybody's is for docs/security.md. */
static void shut_out(void)
{
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    SetErrorMode(GetErrorMode() | SEM_FAILCRITICALERRORS);
}

int os_args(int argc, char **argv, int *out_argc, char ***out_argv, struct err *err)
{
    struct os_names args = {0};
    wchar_t **wide;
    int n = 0, rc = -1;

    (void)argc; /* in the ANSI code page, where not all names can be written */
    (void)argv;
    shut_out();
    wide = CommandLineToArgvW(GetCommandLineW(), &n);
    if (!wide)
        return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "command line: unreadable");
    for (int i = 0; i < n; i++) {
        char *arg = NULL;

        rc = wide_to_utf8(&arg, wide[i], err);
        if (rc == 0)
            rc = os_names_add(&args, arg, err);
        free(arg);
        if (rc)
            goto done;
    }
    rc = os_names_end(&args, err);
done:
    LocalFree(wide);
    if (rc) {
        os_names_clear(&args);
        return -1;
    }
    *out_argc = n;
    *out_argv = args.v;
    return 0;
}

void os_args_free(char **argv)
{
    for (char **a = argv; a && *a; a++)
        free(*a);
    free(argv);
}
