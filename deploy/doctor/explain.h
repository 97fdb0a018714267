/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - what a number or a message means to somebody who looks after SSTP: Win32 codes,
 * HRESULTs, RasSstp events, RAS errors, and the texts that VPN clients show. Pure.
 */
#ifndef RRAS_DOCTOR_EXPLAIN_H
#define RRAS_DOCTOR_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPLAIN_MAX = 12 };
struct explanation {
    char what[64];    /* "RasSstp event 8", "0x80070520 on a binding", "RAS error 691" */
    const char *text; /* one sentence */
    const char *cure; /* NULL = nothing to do, or the text says it */
    const char *see;  /* ids of the doctor's checks; "" = none */
};

/* A number ("1312", "0x80070520", "-2147023584"), with or without a word that tells its kind
 * ("event 8", "RAS 691", "win32 5", "error 800"), or a message with numbers or known phrases in it.
 * Returns how many explanations there are; a number may have several meanings. */
size_t explain(const char *what, struct explanation out[EXPLAIN_MAX]);

/* The first number in it, of whatever kind; false when there is none. For the system's own text. */
bool explain_number(const char *what, uint32_t *out);

#endif
