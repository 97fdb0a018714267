/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/explain.h"

#include "doctor/explain_table.h"
#include "rras/sentence.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words between "error" and the number: "The error code returned on failure is 812". */
enum { ERROR_REACH = 6 };

enum { MESSAGE_BYTES = 4096, HRESULT_WIN32 = 0x8007, AREAS = SENTENCE_REGISTRY + 1 };

/* ---- a list without doubles ---- */

struct found {
    struct explanation *v;
    size_t n;
};

static void add(struct found *f, const char *what, const struct explain_entry *e)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->v[i].text, e->text) == 0)
            return;
    if (f->n == EXPLAIN_MAX)
        return;
    f->v[f->n] = (struct explanation){.text = e->text, .cure = e->cure, .see = e->see};
    text_copy(f->v[f->n].what, sizeof f->v[0].what, what);
    f->n++;
}

static void code_text(uint32_t number, const char *where, char out[64])
{
    if (number > 0xffff)
        snprintf(out, 64, "0x%08lX%s", (unsigned long)number, where);
    else
        snprintf(out, 64, "Win32 error %lu%s", (unsigned long)number, where);
}

/* ---- one number ---- */

static void add_entries(struct found *f, enum explain_kind kind, uint32_t number, uint32_t shown)
{
    for (const struct explain_entry *e = explain_entries; e->text; e++) {
        char what[64];
        if (e->kind != kind || e->number != number)
            continue;
        if (kind == EXPLAIN_CODE)
            code_text(shown, "", what);
        else
            snprintf(what, sizeof what, "%s %lu",
                     kind == EXPLAIN_EVENT ? "RasSstp event" : "RAS error", (unsigned long)number);
        add(f, what, e);
    }
}

/* What this program says when Windows gives it that number. */
static void add_sentences(struct found *f, uint32_t number, uint32_t shown)
{
    static const char *const about[AREAS] = {[SENTENCE_SERVICE] = " of a service",
                                             [SENTENCE_BINDING] = " of http.sys",
                                             [SENTENCE_KEY] = " of a certificate or key",
                                             [SENTENCE_REGISTRY] = " of the registry"};
    static const char *const see[AREAS] = {[SENTENCE_SERVICE] = "A3 A4",
                                           [SENTENCE_BINDING] = "C1 C5",
                                           [SENTENCE_KEY] = "D4 D5",
                                           [SENTENCE_REGISTRY] = "B1 B2"};

    for (int area = 0; number != 0 && area < AREAS; area++) {
        struct explain_entry e = {EXPLAIN_CODE, number, NULL, NULL, see[area]};
        char what[64];
        e.text = sentence_of((enum sentence_area)area, number);
        code_text(shown, about[area], what);
        if (e.text)
            add(f, what, &e);
    }
}

/* An HRESULT of Win32 errors and the Win32 error inside are one. */
static void add_code(struct found *f, uint32_t number)
{
    uint32_t other = number >> 16 == HRESULT_WIN32 ? number & 0xffff
                     : number <= 0xffff            ? (uint32_t)HRESULT_WIN32 << 16 | number
                                                   : number;

    add_entries(f, EXPLAIN_CODE, number, number);
    add_sentences(f, number, number);
    if (other != number) {
        add_entries(f, EXPLAIN_CODE, other, number);
        add_sentences(f, other, number);
    }
}

/* ---- numbers in a text ---- */

enum hint { HINT_NONE, HINT_EVENT, HINT_RAS, HINT_CODE };

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Reads "0x80070520", "1312" or "-2147023584" that begins at s; *used = its length. */
static bool read_number(const char *s, uint32_t *out, size_t *used)
{
    bool hex = s[0] == '0' && s[1] == 'x', minus = s[0] == '-';
    const char *digits = s + (hex ? 2 : minus ? 1 : 0);
    size_t n = strspn(digits, hex ? "0123456789abcdef" : "0123456789");
    unsigned long long v;

    if (n == 0 || n > (hex ? 8u : 10u) || is_word_char(digits[n]))
        return false;
    v = strtoull(digits, NULL, hex ? 16 : 10);
    if (v > 0xffffffffull || (minus && v > 0x80000000ull))
        return false;
    *out = minus ? (uint32_t)(0 - v) : (uint32_t)v;
    *used = (size_t)(digits - s) + n;
    return true;
}

/* The word before a number tells what it counts. */
static enum hint hint_of(const char *word, size_t len, enum hint before)
{
    static const struct {
        const char *word;
        enum hint hint;
    } words[] = {{"event", HINT_EVENT},  {"rassstp", HINT_EVENT}, {"id", HINT_EVENT},
                 {"ras", HINT_RAS},      {"error", HINT_NONE},    {"win32", HINT_CODE},
                 {"hresult", HINT_CODE}, {"code", HINT_NONE}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == len && strncmp(words[i].word, word, len) == 0)
            return words[i].hint == HINT_NONE ? before : words[i].hint;
    return HINT_NONE;
}

static void add_number(struct found *f, uint32_t number, enum hint hint)
{
    if (hint == HINT_NONE || hint == HINT_EVENT)
        add_entries(f, EXPLAIN_EVENT, number, number);
    if (hint == HINT_NONE || hint == HINT_RAS)
        add_entries(f, EXPLAIN_RAS, number, number);
    if (hint == HINT_NONE || hint == HINT_CODE)
        add_code(f, number);
}

/* In a whole message a bare small number is no code: "port 443", "2 certificates". */
static bool counts(uint32_t number, enum hint hint, bool alone, bool after_error)
{
    return alone || hint != HINT_NONE || number > 0xffff || after_error;
}

static void add_numbers(struct found *f, const char *text)
{
    size_t used, len = strlen(text);
    enum hint hint = HINT_NONE;
    int after_error = ERROR_REACH; /* words since one that promises a code */
    uint32_t number;

    for (const char *p = text; *p; p += used) {
        if (read_number(p, &number, &used)) {
            bool alone = p == text && used == len;
            if (counts(number, hint, alone, after_error < ERROR_REACH))
                add_number(f, number, hint);
            continue;
        }
        for (used = 0; is_word_char(p[used]);)
            used++;
        if (used == 0) {
            used = 1;
            continue;
        }
        hint = hint_of(p, used, hint);
        after_error++;
        if ((used == 5 && strncmp(p, "error", used) == 0) ||
            (used == 4 && strncmp(p, "code", used) == 0))
            after_error = 0;
    }
}

static void add_phrases(struct found *f, const char *text)
{
    for (const struct explain_phrase *p = explain_phrases; p->part; p++) {
        if (!strstr(text, p->part))
            continue;
        if (p->kind == EXPLAIN_CODE)
            add_code(f, p->number);
        else
            add_entries(f, p->kind, p->number, p->number);
    }
}

static void lowered(const char *what, char out[MESSAGE_BYTES])
{
    while (*what == ' ')
        what++;
    text_copy(out, MESSAGE_BYTES, what);
    for (size_t n = strlen(out); n > 0 && strchr(" .\r\n", out[n - 1]);)
        out[--n] = '\0';
    text_lower(out);
}

size_t explain(const char *what, struct explanation out[EXPLAIN_MAX])
{
    struct found f = {out, 0};
    char text[MESSAGE_BYTES];

    lowered(what, text);
    add_numbers(&f, text);
    add_phrases(&f, text);
    return f.n;
}

bool explain_number(const char *what, uint32_t *out)
{
    char text[MESSAGE_BYTES];
    size_t used;

    lowered(what, text);
    for (const char *p = text; *p; p++)
        if ((p == text || !is_word_char(p[-1])) && read_number(p, out, &used))
            return true;
    return false;
}
