/* SPDX-License-Identifier: Apache-2.0 */
/* conf_parts.h - what conf.c, conf_check.c, conf_load.c and conf_shared.c share. */
#ifndef RRAS_CONF_PARTS_H
#define RRAS_CONF_PARTS_H

#include "conf_table.h"
#include "conf_text.h"

struct conf_source {
    const struct conf_text *shared; /* rras-acme.json; NULL = none */
    const struct conf_text *own;    /* conf.d/NAME.json; NULL = none: no checks across keys */
    unsigned order;                 /* of own; shared has 0 */
};
/* Defaults, then shared, then own. What is wrong goes into errors; out is to be cleared in any
 * case. */
void conf_build_read(struct conf_build *out, const struct conf_source *s,
                     struct conf_errors *errors);

/* conf_shared.c: log and notify into set, which holds neither yet; shared may be NULL. Whether
 * notify is free of errors. */
bool conf_shared_read(struct conf_set *set, const struct conf_text *shared,
                      struct conf_errors *errors);

/* conf_check.c: what must be there, and what must go together. shared may be empty (no nodes). */
void conf_check(const struct conf *c, const struct conf_doc *own, const struct conf_doc *shared,
                struct conf_errors *errors);

#endif
