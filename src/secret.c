/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <stdlib.h>
#include <string.h>

typedef void *set_bytes(void *p, int byte, size_t len);

void secret_wipe(void *p, size_t len)
{
    /* Through a volatile pointer memset cannot be proven to be memset, and is never left out. */
    set_bytes *const volatile wipe = memset;

    if (p && len > 0)
        wipe(p, 0, len);
}

void secret_free(char *s)
{
    if (!s)
        return;
    secret_wipe(s, strlen(s));
    free(s);
}
