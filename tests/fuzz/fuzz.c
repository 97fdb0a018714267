/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.c - what all targets check. */
#include "fuzz.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

bool fuzz_text_fit(const char *s)
{
    bool fit = true;
    for (size_t len = strlen(s); fit && len > 0;) {
        size_t unit = text_foreign(s, len, &fit);
        s += unit;
        len -= unit;
    }
    return fit;
}

bool fuzz_err_fit(const struct err *e)
{
    return err_is_set(e) && e->text[0] != '\0' && fuzz_text_fit(e->text);
}

void fuzz_lines(struct fuzz *f, const uint8_t *p, size_t len,
                void (*each)(struct fuzz *f, const char *s))
{
    for (size_t at = 0; at <= len;) {
        const uint8_t *end = at < len ? memchr(p + at, '\n', len - at) : NULL;
        size_t n = end ? (size_t)(end - (p + at)) : len - at;
        char *line = calloc(1, n + 1);
        if (!line)
            return;
        if (n > 0)
            memcpy(line, p + at, n);
        each(f, line);
        free(line);
        at += n + 1;
    }
}
