/* SPDX-License-Identifier: Apache-2.0 */
/* Rows D: the certificate. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_d[] = {
    {"D1", "purpose", "event 8 13", NEEDS_CERT, not_yet},
    {"D2", "names", "blog event 8", NEEDS_CERT, not_yet},
    {"D3", "validity", "blog", NEEDS_CERT, not_yet},
    {"D4", "private key", "blog", NEEDS_CERT, not_yet},
    {"D5", "key provider and type", "", NEEDS_CERT, not_yet},
    {"D6", "chain", "event 8", NEEDS_CERT, not_yet},
    {"D7", "revocation list", "event 8", NEEDS_CERT, not_yet},
    {"D8", "issuer", "", NEEDS_CERT, not_yet},
    {"D9", "rival certificates", "blog", NEEDS_CERT, not_yet},
    {"D10", "IKEv2 certificate", "", NEEDS_CERT, not_yet},
    {"D11", "earlier certificates", "blog", NEEDS_CERT, not_yet},
    {"D12", "orphaned keys", "", NEEDS_CERT, not_yet},
    {"D13", "earlier one still bound", "blog", NEEDS_CERT, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
