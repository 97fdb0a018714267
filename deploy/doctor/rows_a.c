/* SPDX-License-Identifier: Apache-2.0 */
/* Rows A: platform and services. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_a[] = {
    {"A1", "administrator rights", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A2", "role installed", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A3", "service RemoteAccess", "blog event 8 13", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A4", "services it depends on", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A5", "driver http.sys", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A6", "SSTP ports", "", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A7", "age of the listener", "blog", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A8", "service accounts", "", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A9", "memory", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"A10", "pending restart, clock", "", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
