/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { SYSTEM_TEXT_BYTES = 256, SUFFIX_BYTES = SYSTEM_TEXT_BYTES + 48 };

/* Formats into out; what does not fit is cut at a character's border (by text_scrub's '?' there).
 */
static void put(char *out, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);
static void put(char *out, size_t size, const char *fmt, va_list ap)
{
    if (vsnprintf(out, size, fmt, ap) < 0)
        text_copy(out, size, fmt);
    text_scrub(out);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list ap;

    if (err_is_set(e))
        return -1;
    va_start(ap, fmt);
    put(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    e->code = code == ERR_NONE ? ERR_FAIL : code;
    return -1;
}

/* ": message (source number)". */
static void system_suffix(char out[SUFFIX_BYTES], enum err_source source, uint32_t number)
{
    char text[SYSTEM_TEXT_BYTES];
    /* HRESULTs and NTSTATUS are known by their hexadecimal form. */
    bool hex = source == ERR_SRC_WIN32 && number > 0xffff;

    err_system_text(source, number, text, sizeof text);
    snprintf(out, SUFFIX_BYTES, hex ? "%s%s (%s 0x%08lx)" : "%s%s (%s %lu)", *text ? ": " : "",
             text, err_source_name(source), (unsigned long)number);
    text_scrub(out);
}

int err_sys(struct err *e, enum err_code code, enum err_source source, uint32_t number,
            const char *fmt, ...)
{
    char suffix[SUFFIX_BYTES];
    va_list ap;

    if (err_is_set(e))
        return -1;
    system_suffix(suffix, source, number);
    va_start(ap, fmt);
    put(e->text, sizeof e->text - strlen(suffix), fmt, ap);
    va_end(ap);
    text_copy(e->text + strlen(e->text), sizeof e->text - strlen(e->text), suffix);
    e->code = code == ERR_NONE ? ERR_FAIL : code;
    e->source = source;
    e->number = number;
    return -1;
}

int err_hint(struct err *e, const char *fmt, ...)
{
    va_list ap;

    if (!err_is_set(e) || e->hint[0])
        return -1;
    va_start(ap, fmt);
    put(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
    return -1;
}

int err_context(struct err *e, const char *fmt, ...)
{
    char old[sizeof e->text];
    size_t len;
    va_list ap;

    text_copy(old, sizeof old, e->text);
    va_start(ap, fmt);
    put(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    len = strlen(e->text);
    text_copy(e->text + len, sizeof e->text - len, ": ");
    len = strlen(e->text);
    text_copy(e->text + len, sizeof e->text - len, old);
    text_scrub(e->text);
    return -1;
}

int err_of_setup(struct err *e)
{
    if (e->code == ERR_DENIED)
        e->code = ERR_USAGE;
    return -1;
}

void err_clear(struct err *e)
{
    memset(e, 0, sizeof *e);
}

const char *err_source_name(enum err_source s)
{
    switch (s) {
    case ERR_SRC_NONE:
        break;
    case ERR_SRC_ERRNO:
        return "errno";
    case ERR_SRC_WIN32:
        return "win32";
    case ERR_SRC_CURL:
        return "curl";
    case ERR_SRC_ARES:
        return "ares";
    case ERR_SRC_OPENSSL:
        return "openssl";
    case ERR_SRC_HTTP:
        return "http";
    case ERR_SRC_RCODE:
        return "rcode";
    }
    return "none";
}

struct code_row {
    enum err_code code;
    int exit_code;
    const char *name;
};

/* Exit codes 1 to 10 are the interface; what has none of its own leaves the program as 1. */
static const struct code_row codes[] = {
    {ERR_NONE, 0, "none"},
    {ERR_FAIL, 1, "fail"},
    {ERR_USAGE, 2, "usage"},
    {ERR_CA, 3, "ca"},
    {ERR_DNS, 4, "dns"},
    {ERR_NET, 5, "net"},
    {ERR_ROLLED_BACK, 6, "rolled_back"},
    {ERR_STRANDED, 7, "stranded"},
    {ERR_BUSY, 8, "busy"},
    {ERR_CHECK, 9, "check"},
    {ERR_POSTPONED, 10, "postponed"},
    {ERR_NOT_FOUND, 1, "not_found"},
    {ERR_EXISTS, 1, "exists"},
    {ERR_DENIED, 1, "denied"},
    {ERR_TIMEOUT, 1, "timeout"},
};

static const struct code_row *code_row(enum err_code c)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == c)
            return &codes[i];
    return &codes[ERR_FAIL];
}

const char *err_code_name(enum err_code c)
{
    return code_row(c)->name;
}

int err_exit_code(const struct err *e)
{
    return code_row(e->code)->exit_code;
}
