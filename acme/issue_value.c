/* SPDX-License-Identifier: Apache-2.0 */
#include "issue_value.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool issue_span_is(struct issue_span s, const char *text)
{
    return strlen(text) == s.len && (s.len == 0 || memcmp(s.p, text, s.len) == 0);
}

bool issue_span_is_nocase(struct issue_span s, const char *text)
{
    if (strlen(text) != s.len)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (lower(s.p[i]) != lower(text[i]))
            return false;
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct issue_span trim(struct issue_span s)
{
    while (s.len > 0 && is_space(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.p[s.len - 1]))
        s.len--;
    return s;
}

/* Cuts off what stands before the first `c`; false when there is none, and all goes to *head. */
static bool cut(struct issue_span *rest, char c, struct issue_span *head)
{
    const char *at = rest->len > 0 ? memchr(rest->p, c, rest->len) : NULL;
    *head = *rest;
    if (!at)
        return false;
    head->len = (size_t)(at - rest->p);
    rest->p = at + 1;
    rest->len -= head->len + 1;
    return true;
}

/* (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT)) */
static bool is_label(struct issue_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = lower(s.p[i]);
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (c != '-' || i == 0 || i + 1 == s.len))
            return false;
    }
    return s.len > 0;
}

static bool is_domain(struct issue_span s)
{
    struct issue_span label;
    while (cut(&s, '.', &label)) {
        if (!is_label(label))
            return false;
    }
    return is_label(s);
}

static bool is_value(struct issue_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ';')
            return false;
    }
    return true;
}

static bool read_param(struct issue_value *v, struct issue_span text)
{
    struct issue_span tag, value = text;
    if (v->count == ISSUE_VALUE_MAX_PARAMS || !cut(&value, '=', &tag))
        return false;
    tag = trim(tag);
    value = trim(value);
    if (!is_label(tag) || !is_value(value))
        return false;
    v->param[v->count].tag = tag;
    v->param[v->count++].value = value;
    return true;
}

bool issue_value_read(struct issue_value *out, const char *s, size_t len)
{
    struct issue_value v = {.count = 0};
    struct issue_span rest = {s, len}, part;
    bool more = cut(&rest, ';', &part);
    v.domain = trim(part);
    if (v.domain.len > 0 && !is_domain(v.domain))
        return false;
    if (more && trim(rest).len > 0) {
        do {
            more = cut(&rest, ';', &part);
            if (!read_param(&v, part))
                return false; /* a final ";" after a parameter, too */
        } while (more);
    }
    *out = v;
    return true;
}

size_t issue_value_param(const struct issue_value *v, const char *tag, struct issue_span *value)
{
    size_t n = 0;
    for (size_t i = 0; i < v->count; i++) {
        if (issue_span_is_nocase(v->param[i].tag, tag) && n++ == 0)
            *value = v->param[i].value;
    }
    return n;
}
