/* SPDX-License-Identifier: Apache-2.0 */
/* libfuzzer.c - one target as a libFuzzer program; the build names the target. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len); /* libFuzzer's own header is C++ */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
    FUZZ_TARGET(NULL, p, len);
    return 0;
}

void fuzz_broken(struct fuzz *f, const char *what, const char *file, int line)
{
    (void)f;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}
