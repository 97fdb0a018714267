/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_scan.c - where each value of a configuration file stands, and the first syntax mistake told
 * in the words of people who type. Grammar: RFC 8259.
 */
#include "conf_text.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

struct scan {
    struct conf_doc *doc;
    struct conf_errors *errors;
    struct conf_fault *fault;
    const char *p; /* doc->plain */
    size_t i;      /* where we are; p[doc->len] is NUL */
    unsigned depth;
};

static int fault_at(struct scan *s, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int fault_at(struct scan *s, size_t at, const char *fmt, ...)
{
    struct buf text = BUF_INIT(sizeof s->fault->text);
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    s->fault->at = at;
    text_copy(s->fault->text, sizeof s->fault->text, buf_str(&text));
    buf_clear(&text);
    return -1;
}

static void skip_blank(struct scan *s)
{
    while (s->p[s->i] && strchr(" \t\r\n", s->p[s->i]))
        s->i++;
}

static bool at_end(const struct scan *s)
{
    return s->i >= s->doc->len;
}

/* "end of file" or the character, for messages. */
static const char *here(const struct scan *s, char out[4])
{
    unsigned char c = (unsigned char)s->p[s->i];

    if (at_end(s))
        return "the end of the file";
    if (c < 0x20 || c > 0x7E)
        return "a character that has no place here";
    out[0] = '"';
    out[1] = (char)c;
    out[2] = '"';
    out[3] = 0;
    return c == '"' ? "a string" : out;
}

/* Adds a node; its index in *out. */
static int node_add(struct scan *s, struct conf_node n, size_t *out)
{
    struct conf_doc *d = s->doc;

    if (d->nodes == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 64;
        struct conf_node *grown = realloc(d->node, cap * sizeof *grown);
        if (!grown)
            return fault_at(s, 0, "out of memory");
        d->node = grown;
        d->cap = cap;
    }
    d->node[d->nodes] = n;
    *out = d->nodes++;
    return 0;
}

static bool hex4(const char *p)
{
    for (int i = 0; i < 4; i++)
        if (!p[i] || !strchr("0123456789abcdefABCDEF", p[i]))
            return false;
    return true;
}

static int scan_escape(struct scan *s)
{
    const char *p = s->p + s->i; /* at the backslash */

    if (p[1] == 'u' && hex4(p + 2))
        s->i += 6;
    else if (p[1] && strchr("\"\\/bfnrt", p[1]))
        s->i += 2;
    else
        return fault_at(s, s->i, "in a string a backslash is written twice: \"\\\\\"");
    return 0;
}

/* Leaves s->i behind the closing quote. */
static int scan_string(struct scan *s)
{
    size_t start = s->i++;

    while (s->p[s->i] != '"') {
        if (at_end(s) || s->p[s->i] == '\n' || s->p[s->i] == '\r')
            return fault_at(s, start, "this string has no end on its line; '\"' is missing");
        if ((unsigned char)s->p[s->i] < 0x20)
            return fault_at(s, s->i, "a control character in a string; a tab is written \"\\t\"");
        if (s->p[s->i] != '\\')
            s->i++;
        else if (scan_escape(s))
            return -1;
    }
    s->i++;
    return 0;
}

static size_t digits(const char *p)
{
    return strspn(p, "0123456789");
}

static int scan_number(struct scan *s)
{
    const char *p = s->p + s->i;
    size_t n = p[0] == '-', whole = digits(p + n);

    if (!whole || (whole > 1 && p[n] == '0'))
        return fault_at(s, s->i, "this is no number; text stands in double quotes");
    n += whole;
    if (p[n] == '.') {
        size_t fraction = digits(p + n + 1);
        n += fraction ? fraction + 1 : 0;
    }
    if (p[n] == 'e' || p[n] == 'E') {
        size_t sign = p[n + 1] == '+' || p[n + 1] == '-', power = digits(p + n + 1 + sign);
        n += power ? 1 + sign + power : 0;
    }
    s->i += n;
    if (s->p[s->i] && !strchr(" \t\r\n,]}", s->p[s->i]))
        return fault_at(s, s->i - n, "this is no number; text stands in double quotes");
    return 0;
}

static int scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t n = strspn(s->p + s->i, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    char c[4];

    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        if (n == strlen(words[w]) && memcmp(s->p + s->i, words[w], n) == 0) {
            s->i += n;
            return 0;
        }
    }
    if (n)
        return fault_at(s, s->i, "text stands in double quotes");
    if (s->p[s->i] == '\'')
        return fault_at(s, s->i, "strings stand in double quotes, not single ones");
    return fault_at(s, s->i, "a value is expected here, not %s", here(s, c));
}

static int scan_value(struct scan *s, struct conf_node n, size_t *out);

/* After a value: true at "close", false after a comma. */
static int scan_separator(struct scan *s, char close, bool *closed)
{
    size_t after = s->i;
    char c[4];

    skip_blank(s);
    *closed = s->p[s->i] == close;
    if (*closed || s->p[s->i] == ',') {
        s->i++;
        return 0;
    }
    if (s->p[s->i] == '"' || s->p[s->i] == '{' || s->p[s->i] == '[')
        return fault_at(s, after, "\",\" is missing");
    return fault_at(s, s->i, "\",\" or \"%c\" is expected here, not %s", close, here(s, c));
}

/* The key and its colon; the slice goes into n. */
static int scan_key(struct scan *s, struct conf_node *n)
{
    char c[4];

    if (s->p[s->i] == '}')
        return fault_at(s, s->i, "nothing follows the last \",\"; remove that comma");
    if (s->p[s->i] != '"')
        return fault_at(s, s->i, "a key in double quotes is expected here, not %s", here(s, c));
    n->key = s->i + 1;
    if (scan_string(s))
        return -1;
    n->key_bytes = s->i - 1 - n->key;
    if (memchr(s->p + n->key, '\\', n->key_bytes))
        return fault_at(s, n->key, "a key is written without backslashes");
    skip_blank(s);
    if (s->p[s->i] != ':')
        return fault_at(s, s->i, "\":\" is expected after a key, not %s", here(s, c));
    s->i++;
    return 0;
}

/* The member of this key that the object has already; 0 = none. */
static size_t same_key(const struct conf_doc *d, size_t object, const struct conf_node *n)
{
    for (size_t i = d->node[object].child; i; i = d->node[i].next)
        if (d->node[i].key_bytes == n->key_bytes &&
            memcmp(d->text + d->node[i].key, d->text + n->key, n->key_bytes) == 0)
            return i;
    return 0;
}

/* Tells the repeated member and makes it blank from the comma before it, so that the JSON library,
 * which refuses repetitions, can read the rest. */
static void drop_member(struct scan *s, size_t comma, const struct conf_node *n, size_t first)
{
    struct conf_doc *d = s->doc;
    struct conf_place again = conf_doc_place(d, n->key - 1);
    struct buf path = BUF_INIT(CONF_MAX_FILE_BYTES);

    conf_doc_path(d, n, &path);
    conf_errors_add(s->errors, &again, "%.200s: given twice; first in line %u", buf_str(&path),
                    conf_doc_place(d, d->node[first].key).line);
    buf_clear(&path);
    for (size_t i = comma; i < s->i; i++)
        if (d->plain[i] != '\n')
            d->plain[i] = ' ';
}

static int scan_member(struct scan *s, size_t object, size_t comma, size_t *last)
{
    struct conf_node n = {.parent = object};
    size_t first, made = 0;

    skip_blank(s);
    if (scan_key(s, &n))
        return -1;
    first = same_key(s->doc, object, &n);
    if (scan_value(s, n, &made))
        return -1;
    if (first) {
        drop_member(s, comma, &n, first);
        return 0;
    }
    if (*last)
        s->doc->node[*last].next = made;
    else
        s->doc->node[object].child = made;
    *last = made;
    return 0;
}

static int scan_object(struct scan *s, size_t object)
{
    bool closed = false;
    size_t last = 0, comma = s->i++;

    skip_blank(s);
    if (s->p[s->i] == '}') {
        s->i++;
        return 0;
    }
    while (!closed) {
        if (scan_member(s, object, comma, &last) || scan_separator(s, '}', &closed))
            return -1;
        comma = s->i - 1;
    }
    return 0;
}

static int scan_list(struct scan *s, size_t list)
{
    bool closed = false;
    size_t last = 0, made = 0;

    s->i++;
    skip_blank(s);
    if (s->p[s->i] == ']') {
        s->i++;
        return 0;
    }
    while (!closed) {
        skip_blank(s);
        if (s->p[s->i] == ']')
            return fault_at(s, s->i, "nothing follows the last \",\"; remove that comma");
        if (scan_value(s, (struct conf_node){0}, &made))
            return -1;
        if (last)
            s->doc->node[last].next = made;
        else
            s->doc->node[list].child = made;
        last = made;
        if (scan_separator(s, ']', &closed))
            return -1;
    }
    return 0;
}

static int scan_value(struct scan *s, struct conf_node n, size_t *out)
{
    int result;

    skip_blank(s);
    n.at = s->i;
    if (node_add(s, n, out))
        return -1;
    if (s->depth >= JSON_MAX_DEPTH)
        return fault_at(s, s->i, "nested too deeply");
    s->depth++;
    switch (s->p[s->i]) {
    case '{':
        result = scan_object(s, *out);
        break;
    case '[':
        result = scan_list(s, *out);
        break;
    case '"':
        result = scan_string(s);
        break;
    default:
        result = strchr("-0123456789", s->p[s->i]) && s->p[s->i] ? scan_number(s) : scan_word(s);
    }
    s->depth--;
    return result;
}

int conf_scan(struct conf_doc *d, struct conf_errors *errors, struct conf_fault *fault)
{
    struct scan s = {.doc = d, .errors = errors, .fault = fault, .p = d->plain};
    size_t root = 0;
    char c[4];

    skip_blank(&s);
    if (d->plain[s.i] != '{')
        return fault_at(&s, s.i, "\"{\" is expected here, not %s", here(&s, c));
    if (scan_value(&s, (struct conf_node){0}, &root))
        return -1;
    skip_blank(&s);
    if (!at_end(&s))
        return fault_at(&s, s.i, "nothing is expected behind the closing \"}\", not %s",
                        here(&s, c));
    return 0;
}
