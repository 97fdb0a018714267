/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

int event_report(enum event_type type, enum event_id id, const char *const *strings, size_t n,
                 struct err *err)
{
    (void)type, (void)id, (void)strings, (void)n, (void)err;
    return 0;
}

int event_source_install(const char *program, struct err *err)
{
    (void)program, (void)err;
    return 0;
}

int event_source_remove(bool *was, struct err *err)
{
    (void)err;
    *was = false;
    return 0;
}

int event_source_look(const char *program, bool *out, struct err *err)
{
    (void)program, (void)err;
    *out = false;
    return 0;
}
