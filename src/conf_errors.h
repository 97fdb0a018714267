/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_errors.h - all that is wrong with the configuration, gathered to be told together.
 *
 * Each entry is one line "FILE:LINE:COLUMN: text" (or "FILE: text" for a file as a whole). An
 * entry that is there already is not added again: the shared defaults are read once for each
 * certificate.
 */
#ifndef RRAS_CONF_ERRORS_H
#define RRAS_CONF_ERRORS_H

#include "buf.h"

enum { CONF_MAX_ERRORS = 100 };

struct conf_place {
    const char *file;      /* borrowed */
    unsigned order;        /* of the file among those read: errors are told file by file */
    unsigned line, column; /* from 1; 0 = the file as a whole. Columns count characters. */
};

struct conf_error {
    char *text; /* owned */
    unsigned order, line, column;
    size_t number; /* as added */
};

struct conf_errors {
    struct conf_error *v;
    size_t n; /* at most CONF_MAX_ERRORS are kept */
    size_t dropped;
};

void conf_errors_add(struct conf_errors *e, const struct conf_place *where, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
size_t conf_errors_count(const struct conf_errors *e);
/* Is anything wrong told of exactly this place? */
bool conf_errors_at(const struct conf_errors *e, const struct conf_place *where);
/* 0 when there are none. Otherwise appends all of them, one a line, to out (may be NULL), and sets
 * err to ERR_USAGE with the first one and "(and N more)". */
int conf_errors_tell(struct conf_errors *e, struct buf *out, struct err *err) MUST_CHECK;
void conf_errors_clear(struct conf_errors *e);

#endif
