/* SPDX-License-Identifier: Apache-2.0 */
/* Rows E: the network. */
#include "doctor/doctor.h"

static void not_yet(const struct doctor_seen *s, struct doctor_finding *f)
{
    (void)s;
    finding_skip(f, "not looked at");
}

const struct doctor_row doctor_rows_e[] = {
    {"E1", "network adapter", "event 8", NEEDS_NET, not_yet},
    {"E2", "TCP/IP", "event 8", NEEDS_NET, not_yet},
    {"E3", "default gateway", "event 8", NEEDS_NET, not_yet},
    {"E4", "name servers", "event 8", NEEDS_NET, not_yet},
    {"E5", "domain controller", "event 8", NEEDS_NET, not_yet},
    {"E6", "public name", "blog", NEEDS_NET, not_yet},
    {"E7", "firewall", "event 8", NEEDS_NET, not_yet},
    {"E8", "IPsec rules", "event 8", NEEDS_NET, not_yet},
    {"E9", "proxy settings", "event 8", NEEDS_NET, not_yet},
    {"E10", "way to the CA", "", NEEDS_NET, not_yet},
    {NULL, NULL, NULL, 0, NULL},
};
