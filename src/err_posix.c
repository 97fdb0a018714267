/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <stdio.h>
#include <string.h>

void err_system_text(enum err_source source, uint32_t number, char *buf, unsigned size)
{
    char text[256];

    buf[0] = 0;
    /* The GNU form: its answer may be a constant string instead of `text`. */
    if (source == ERR_SRC_ERRNO && number != 0)
        snprintf(buf, size, "%s", strerror_r((int)number, text, sizeof text));
}
