/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issue_value.h - the value of a CAA "issue" property: a CA's domain and parameters
 * (RFC 8659 4.2). dns-persist-01 uses the same form in TXT records. Pure.
 */
#ifndef RRAS_ISSUE_VALUE_H
#define RRAS_ISSUE_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum { ISSUE_VALUE_MAX_PARAMS = 16 };

/* A part of the text that was read; borrowed, not terminated. */
struct issue_span {
    const char *p;
    size_t len;
};
bool issue_span_is(struct issue_span s, const char *text);        /* octet for octet */
bool issue_span_is_nocase(struct issue_span s, const char *text); /* ASCII */

struct issue_value {
    struct issue_span domain; /* empty: nobody */
    struct {
        struct issue_span tag, value;
    } param[ISSUE_VALUE_MAX_PARAMS];
    size_t count;
};
/* False when it is malformed, or has more parameters than the cap. */
bool issue_value_read(struct issue_value *out, const char *s, size_t len);
/* How many parameters have this tag (case is ignored); the first one's value is in *value. */
size_t issue_value_param(const struct issue_value *v, const char *tag, struct issue_span *value);

#endif
