/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of strings (struct strings of conf.h). */
#include "conf.h"

#include "text.h"

#include <stdlib.h>

void strings_clear(struct strings *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->v[i]);
    free(s->v);
    *s = (struct strings){0};
}

int strings_add(struct strings *s, const char *v, struct err *err)
{
    char **grown = realloc(s->v, (s->n + 1) * sizeof *grown);

    if (!grown)
        return err_set(err, ERR_FAIL, "list of strings: out of memory");
    s->v = grown;
    if (text_dup(&s->v[s->n], v, err))
        return -1;
    s->n++;
    return 0;
}
