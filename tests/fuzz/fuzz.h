/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what a fuzz target is: one function for each fuzz_NAME.c, called with foreign bytes.
 *
 * A target hands the bytes to readers of the product and checks what must hold for every input.
 * Crashes, leaks and undefined behaviour are found by the sanitizers. Two drivers call targets:
 * libfuzzer.c (one target, makes inputs) and replay.c (all targets, over tests/fuzz/corpus/NAME).
 */
#ifndef RRAS_FUZZ_H
#define RRAS_FUZZ_H

#include "buf.h"

struct fuzz; /* the driver's */

/* fuzz_targets.inc: one TARGET(NAME) for each fuzz_NAME.c; the build makes it. */
#define TARGET(name) void fuzz_##name(struct fuzz *f, const uint8_t *p, size_t len);
#include "fuzz_targets.inc"
#undef TARGET

/* What must hold. The driver decides: libFuzzer keeps the input, replay counts a failure. */
#define FUZZ_HOLDS(c) ((c) ? (void)0 : fuzz_broken(f, #c, __FILE__, __LINE__))
void fuzz_broken(struct fuzz *f, const char *what, const char *file, int line);

/* A function's answer and its err: 0 and untouched, or -1 and one line of text. */
#define FUZZ_ERR(result, e)                                                                        \
    FUZZ_HOLDS((result) == 0 ? !err_is_set(e) : ((result) == -1 && fuzz_err_fit(e)))
bool fuzz_err_fit(const struct err *e);
/* Are these characters all fit for a line on a terminal? */
bool fuzz_text_fit(const char *s);
/* Calls `each` with every line of the input as a string (no line end; cut at a NUL). */
void fuzz_lines(struct fuzz *f, const uint8_t *p, size_t len,
                void (*each)(struct fuzz *f, const char *s));

#endif
