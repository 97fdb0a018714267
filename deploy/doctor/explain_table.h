/* SPDX-License-Identifier: Apache-2.0 */
/* explain_table.h - between explain.c and explain_table.c. */
#ifndef RRAS_DOCTOR_EXPLAIN_TABLE_H
#define RRAS_DOCTOR_EXPLAIN_TABLE_H

#include <stdint.h>

enum explain_kind { EXPLAIN_EVENT, EXPLAIN_CODE, EXPLAIN_RAS };
struct explain_entry {
    enum explain_kind kind;
    uint32_t number;
    const char *text, *cure, *see; /* as in struct explanation */
};
/* Ends with an entry without text. */
extern const struct explain_entry explain_entries[];

/* What a client's message says, and the code it stands for. Ends with an entry without part. */
struct explain_phrase {
    const char *part; /* lower case */
    enum explain_kind kind;
    uint32_t number;
};
extern const struct explain_phrase explain_phrases[];

#endif
