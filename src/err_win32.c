/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "err.h"

enum { TEXT_CHARS = 512 };

/* FormatMessageW without line breaks. English where Windows has it, as the rest of our texts. */
static DWORD look_up(DWORD where, HMODULE module, DWORD number, wchar_t *text)
{
    const DWORD flags = where | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
    const DWORD english = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
    DWORD n = FormatMessageW(flags, module, number, english, text, TEXT_CHARS, NULL);

    return n > 0 ? n : FormatMessageW(flags, module, number, 0, text, TEXT_CHARS, NULL);
}

static void win32_text(DWORD number, char *buf, unsigned size)
{
    wchar_t text[TEXT_CHARS];
    char utf8[3 * TEXT_CHARS + 1];
    int len;
    DWORD n = look_up(FORMAT_MESSAGE_FROM_SYSTEM, NULL, number, text);

    if (n == 0 && HRESULT_FACILITY(number) == FACILITY_WIN32)
        n = look_up(FORMAT_MESSAGE_FROM_SYSTEM, NULL, number & 0xffff, text);
    if (n == 0 && number >> 30 == 3) /* NTSTATUS of severity error */
        n = look_up(FORMAT_MESSAGE_FROM_HMODULE, GetModuleHandleW(L"ntdll.dll"), number, text);
    while (n > 0 && (text[n - 1] <= L' ' || text[n - 1] == L'.'))
        n--;
    if (n == 0)
        return;
    len = WideCharToMultiByte(CP_UTF8, 0, text, (int)n, utf8, sizeof utf8 - 1, NULL, NULL);
    utf8[len < 0 ? 0 : len] = 0;
    snprintf(buf, size, "%s", utf8);
}

void err_system_text(enum err_source source, uint32_t number, char *buf, unsigned size)
{
    buf[0] = 0;
    if (source == ERR_SRC_WIN32 && number != 0)
        win32_text(number, buf, size);
    else if (source == ERR_SRC_ERRNO && number != 0)
        snprintf(buf, size, "%s", strerror((int)number));
}
