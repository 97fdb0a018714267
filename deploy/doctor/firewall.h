/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firewall.h - whether the Windows Firewall lets clients in, from its rules as they stand in the
 * registry, in the grammar of MS-GPFAS 2.2.2.19 (firewall rules) and 2.2.6.2 (connection security
 * rules). The grammar is documented for the rules of group policy; that local rules are kept in the
 * same form is not, so what cannot be read judges nothing. Pure.
 */
#ifndef RRAS_DOCTOR_FIREWALL_H
#define RRAS_DOCTOR_FIREWALL_H

#include "target.h"

enum firewall_profile { FIREWALL_DOMAIN, FIREWALL_PRIVATE, FIREWALL_PUBLIC, FIREWALL_PROFILES };
const char *firewall_profile_name(enum firewall_profile p);

/* ---- one rule ---- */

enum firewall_verdict { RULE_IS_NOTHING, RULE_ALLOWS, RULE_BLOCKS };
struct firewall_rule {
    enum firewall_verdict verdict; /* over inbound TCP on the port that was asked for */
    bool profile[FIREWALL_PROFILES];
    bool limited;  /* to some peers, addresses, interfaces or authenticated computers */
    char name[96]; /* as it stands there; may be a reference into a DLL ("@sstpsvc.dll,-35002") */
};
/* False when it is no rule. `text` is one value of FirewallRules. */
bool firewall_rule_read(struct firewall_rule *out, const char *text, int port);

/* A connection security rule that wants IPsec of whoever connects to the port. */
struct ipsec_rule {
    bool requires_inbound; /* SecureServer: without it nobody gets in */
    bool limited;          /* to some addresses, interfaces or profiles */
    char name[96];
};
/* False when it is no active rule about the port. `text` is one value of ConSecRules. */
bool ipsec_rule_read(struct ipsec_rule *out, const char *text, int port);

/* ---- all rules ---- */

struct firewall_in {
    bool known;         /* the profile's settings are there */
    bool on;            /* the firewall filters in this profile */
    bool lets_in;       /* what no rule is about comes in */
    bool policy_alone;  /* group policy: local rules do not count */
    bool open, limited; /* an allowing rule for everybody; one for some */
    bool blocked;       /* a blocking rule, which wins */
    char by[96];        /* the rule that blocks, else the one that opens */
};
enum { IPSEC_RULES = 4 };
struct firewall {
    struct seen seen;
    struct firewall_in in[FIREWALL_PROFILES];
    size_t rules; /* that were read */
    struct seen ipsec_seen;
    struct ipsec_rule ipsec[IPSEC_RULES];
    size_t ipsec_n;
    bool legacy_policy; /* an IP Security Policy (secpol.msc) is assigned */
};
/* Takes one rule into account; of group policy, or a local one. */
void firewall_add(struct firewall *f, const struct firewall_rule *r, bool of_policy);

#endif
