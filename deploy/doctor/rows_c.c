/* SPDX-License-Identifier: Apache-2.0 */
/* Rows C: http.sys. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_c[] = {
    {"C1", "binding 0.0.0.0", "blog event 8 13", NEEDS_MACHINE, not_yet},
    {"C2", "binding [::]", "blog event 8 13", NEEDS_MACHINE, not_yet},
    {"C3", "one certificate for both", "blog", NEEDS_MACHINE, not_yet},
    {"C4", "binding and hash", "blog event 8", NEEDS_MACHINE, not_yet},
    {"C5", "certificate of the binding", "blog", NEEDS_MACHINE, not_yet},
    {"C6", "store of the binding", "blog", NEEDS_MACHINE, not_yet},
    {"C7", "owner of the binding", "blog", NEEDS_MACHINE, not_yet},
    {"C8", "flags of the binding", "", NEEDS_MACHINE, not_yet},
    {"C9", "host name records", "blog", NEEDS_MACHINE, not_yet},
    {"C10", "address records", "blog", NEEDS_MACHINE, not_yet},
    {"C11", "central certificate store", "", NEEDS_MACHINE, not_yet},
    {"C12", "IP listen list", "", NEEDS_MACHINE, not_yet},
    {"C13", "URL reservation", "event 8", NEEDS_MACHINE, not_yet},
    {"C14", "who listens", "", NEEDS_MACHINE, not_yet},
    {"C15", "what http.sys wrote down", "", NEEDS_MACHINE, not_yet},
    {"C16", "IIS certificate property", "", NEEDS_MACHINE, not_yet},
    {"C17", "update call", "", NEEDS_MACHINE, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
