/* SPDX-License-Identifier: Apache-2.0 */
/* Rows F: from the wire. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_f[] = {
    {"F1", "TLS without a name", "blog event 8 13", NEEDS_WIRE, not_yet},
    {"F2", "TLS with the name", "blog", NEEDS_WIRE, not_yet},
    {"F3", "TLS at the public name", "event 8", NEEDS_WIRE, not_yet},
    {"F4", "chain sent", "event 8", NEEDS_WIRE, not_yet},
    {"F5", "TLS versions", "", NEEDS_WIRE, not_yet},
    {"F6", "SSTP URL", "blog event 8 13", NEEDS_WIRE, not_yet},
    {"F7", "HTTP version", "event 8", NEEDS_WIRE, not_yet},
    {"F8", "HTTP status", "event 8", NEEDS_WIRE, not_yet},
    {"F9", "SSTP handshake", "event 8", NEEDS_WIRE, not_yet},
    {"F10", "hash algorithms offered", "", NEEDS_WIRE, not_yet},
    {"F11", "authentication offered", "", NEEDS_WIRE, not_yet},
    {"F12", "full login", "event 8 13", NEEDS_WIRE, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
