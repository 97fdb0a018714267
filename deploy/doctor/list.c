/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void list_add(struct list *l, const char *fmt, ...)
{
    static const char more[] = "; ...";
    size_t used = strlen(l->text);
    char one[LIST_BYTES];
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(one, sizeof one, fmt, ap);
    va_end(ap);
    if (len < 0)
        return;
    if (used + strlen(one) + 2 * sizeof more < sizeof l->text)
        snprintf(l->text + used, sizeof l->text - used, "%s%s", l->n > 0 ? "; " : "", one);
    else if (used < strlen(more) || strcmp(l->text + used - strlen(more), more) != 0)
        snprintf(l->text + used, sizeof l->text - used, "%s", l->n > 0 ? more : "...");
    l->n++;
}

const char *list_ip(const struct net_addr *a, char out[64])
{
    net_addr_ip_text(a, out);
    return out;
}
