/* SPDX-License-Identifier: Apache-2.0 */
/* Rows B: SstpSvc's registry values. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_b[] = {
    {"B1", "registry key", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B2", "rights on the key", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B3", "SHA256CertificateHash", "blog event 8 13", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B4", "SHA1CertificateHash", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B5", "hashes of one certificate", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B6", "certificate of the hash", "blog", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B7", "who wins at the next start", "", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B8", "hash algorithms", "", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B9", "UseHttps, ListenerPort", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B10", "ConfigStore", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B11", "ConfigStore and settings", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B12", "ServerURL, ServerURI", "event 8", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {"B13", "ProxyEnabled", "", NEEDS_MACHINE | NEEDS_HOST, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
