/* SPDX-License-Identifier: Apache-2.0 */
/* Rows H: this program. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_h[] = {
    {"H1", "deploy journal", "", NEEDS_TOOL, not_yet},
    {"H2", "scheduled task", "", NEEDS_TOOL, not_yet},
    {"H3", "state folder", "", NEEDS_TOOL, not_yet},
    {"H4", "account key", "", NEEDS_TOOL, not_yet},
    {"H5", "next renewal", "", NEEDS_TOOL, not_yet},
    {"H6", "last deploy", "", NEEDS_TOOL, not_yet},
    {"H7", "event source", "", NEEDS_TOOL, not_yet},
    {"H8", "other ACME clients", "", NEEDS_TOOL, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
