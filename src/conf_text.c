/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_text.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

struct conf_place conf_doc_place(const struct conf_doc *d, size_t at)
{
    struct conf_place p = {d->file, d->order, 1, 1};

    for (size_t i = 0; i < at && i < d->len; i++) {
        if (d->text[i] == '\n') {
            p.line++;
            p.column = 1;
        } else if (((unsigned char)d->text[i] & 0xC0) != 0x80) { /* not inside a character */
            p.column++;
        }
    }
    return p;
}

void conf_doc_path(const struct conf_doc *d, const struct conf_node *n, struct buf *out)
{
    if (n->parent) {
        conf_doc_path(d, &d->node[n->parent], out);
        buf_putc(out, '.');
    }
    buf_add(out, d->text + n->key, n->key_bytes);
}

size_t conf_doc_find(const struct conf_doc *d, const char *path)
{
    size_t at = 0;

    while (*path && d->nodes) {
        size_t part = strcspn(path, ".");
        for (at = d->node[at].child; at; at = d->node[at].next)
            if (d->node[at].key_bytes == part && memcmp(d->text + d->node[at].key, path, part) == 0)
                break;
        if (!at)
            return 0;
        path += part + (path[part] == '.');
    }
    return at;
}

/* Bytes of the UTF-8 character at p (RFC 3629), 0 if there is none. */
static size_t utf8_bytes(const unsigned char *p, size_t len)
{
    size_t more = p[0] < 0x80 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;

    if (more == 0)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4 || len <= more)
        return 0;
    for (size_t i = 1; i <= more; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return more + 1;
}

static int check_encoding(const struct conf_doc *d, struct conf_fault *fault)
{
    const unsigned char *p = (const unsigned char *)d->text;

    if (d->len >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF))) {
        fault->at = 0;
        text_copy(fault->text, sizeof fault->text, "the file is UTF-16; save it as UTF-8");
        return -1;
    }
    for (size_t i = 0, n; i < d->len; i += n) {
        n = utf8_bytes(p + i, d->len - i);
        if (!n) {
            fault->at = i;
            text_copy(fault->text, sizeof fault->text,
                      "a byte that is no UTF-8; save the file as UTF-8");
            return -1;
        }
    }
    return 0;
}

/* Past the string that begins at i, or past the end of an unfinished one. */
static size_t skip_string(const struct conf_doc *d, size_t i)
{
    for (i++; i < d->len && d->text[i] != '"' && d->text[i] != '\n'; i++)
        if (d->text[i] == '\\')
            i++;
    return i + 1;
}

/* Makes the comment that begins at i blank and returns its end; 0 if it never ends. Line ends stay:
 * the scan reports a string that runs over one. */
static size_t blank_comment(struct conf_doc *d, size_t i)
{
    bool to_line_end = d->text[i + 1] == '/';
    size_t from = i;

    for (i += 2; i < d->len; i++) {
        if (to_line_end ? d->text[i] == '\n'
                        : d->text[i] == '/' && d->text[i - 1] == '*' && i > from + 2)
            break;
    }
    if (i >= d->len && !to_line_end)
        return 0;
    if (!to_line_end)
        i++;
    for (size_t k = from; k < i; k++)
        if (d->plain[k] != '\n')
            d->plain[k] = ' ';
    return i;
}

static int blank_comments(struct conf_doc *d, struct conf_fault *fault)
{
    for (size_t i = 0; i < d->len;) {
        size_t end = i + 1;
        if (d->text[i] == '"')
            end = skip_string(d, i);
        else if (d->text[i] == '/' && (d->text[i + 1] == '/' || d->text[i + 1] == '*'))
            end = blank_comment(d, i);
        if (!end) {
            fault->at = i;
            text_copy(fault->text, sizeof fault->text,
                      "this comment is not ended; \"*/\" is missing");
            return -1;
        }
        i = end;
    }
    return 0;
}

/* Both copies, NUL-terminated, without the byte order mark. */
static int copy_text(struct conf_doc *d, const struct conf_text *in)
{
    size_t bom = in->len >= 3 && memcmp(in->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    d->len = in->len - bom;
    d->text = calloc(1, d->len + 1);
    d->plain = calloc(1, d->len + 1);
    if (!d->text || !d->plain)
        return -1;
    if (d->len) {
        memcpy(d->text, in->text + bom, d->len);
        memcpy(d->plain, in->text + bom, d->len);
    }
    return 0;
}

/* The text behind "JSON:LINE:COLUMN: ", which goes into place. */
static const char *split_place(const char *text, struct conf_place *place)
{
    unsigned long at[2];
    char *p = (char *)text + strcspn(text, ":");

    for (int i = 0; i < 2; i++) {
        if (*p != ':')
            return text;
        at[i] = strtoul(p + 1, &p, 10);
    }
    if (p[0] != ':' || p[1] != ' ')
        return text;
    place->line = (unsigned)at[0];
    place->column = (unsigned)at[1];
    return p + 2;
}

/* The JSON library's own judgement comes last: our scan has told the usual mistakes better. */
static int parse(struct conf_doc *d, struct conf_errors *errors)
{
    struct conf_place place = {d->file, d->order, 0, 0};
    struct err e = {0};
    const char *text;

    if (json_parse(&d->root, d->plain, d->len, "JSON", &e) == 0)
        return 0;
    text = split_place(e.text, &place);
    conf_errors_add(errors, &place, "%s", text);
    return -1;
}

int conf_doc_open(struct conf_doc *out, const struct conf_text *in, unsigned order,
                  struct conf_errors *errors)
{
    struct conf_doc d = {.file = in->file, .order = order};
    struct conf_place place = {in->file, order, 0, 0};
    struct conf_fault fault = {0};

    if (in->len > CONF_MAX_FILE_BYTES) {
        conf_errors_add(errors, &place, "the file has more than %d bytes", CONF_MAX_FILE_BYTES);
        return -1;
    }
    if (copy_text(&d, in)) {
        conf_errors_add(errors, &place, "out of memory");
        goto fail;
    }
    if (check_encoding(&d, &fault) || blank_comments(&d, &fault) || conf_scan(&d, errors, &fault)) {
        place = conf_doc_place(&d, fault.at);
        conf_errors_add(errors, &place, "%s", fault.text);
        goto fail;
    }
    if (parse(&d, errors))
        goto fail;
    *out = d;
    return 0;
fail:
    conf_doc_clear(&d);
    return -1;
}

void conf_doc_clear(struct conf_doc *d)
{
    json_free(d->root);
    free(d->node);
    free(d->text);
    free(d->plain);
    *d = (struct conf_doc){0};
}
