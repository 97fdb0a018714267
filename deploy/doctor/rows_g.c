/* SPDX-License-Identifier: Apache-2.0 */
/* Rows G: events. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_g[] = {
    {"G1", "RasSstp event 8", "event 8", NEEDS_LOG, not_yet},
    {"G2", "RasSstp event 13", "event 13", NEEDS_LOG, not_yet},
    {"G3", "RasSstp event 12", "event 13", NEEDS_LOG, not_yet},
    {"G4", "events 7, 9, 10, 17 to 22", "event 8", NEEDS_LOG, not_yet},
    {"G5", "events 11, 24, 25, 32", "blog", NEEDS_LOG, not_yet},
    {"G6", "bindings changed by others", "blog", NEEDS_LOG, not_yet},
    {"G7", "Schannel", "", NEEDS_LOG, not_yet},
    {"G8", "service failures", "blog", NEEDS_LOG, not_yet},
    {"G9", "RemoteAccess events", "", NEEDS_LOG, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
