/* SPDX-License-Identifier: Apache-2.0 */
/* Rows E7 to E10: firewall, IPsec, proxies, the way to the CA. */
#include "doctor/rows_e.h"

#include "doctor/list.h"
#include "doctor/look_net.h"

/* ---- E7 ---- */

static void judge_profiles(const struct firewall *w, int port, struct doctor_finding *f)
{
    struct list open = {.n = 0}, limited = {.n = 0}, shut = {.n = 0}, blocked = {.n = 0};

    for (int i = 0; i < FIREWALL_PROFILES; i++) {
        const struct firewall_in *in = &w->in[i];
        const char *name = firewall_profile_name((enum firewall_profile)i);
        if (!in->known || !in->on)
            continue;
        if (in->blocked)
            list_add(&blocked, "%s (rule \"%s\")", name, in->by);
        else if (in->open || in->lets_in)
            list_add(&open, "%s", name);
        else
            list_add(in->limited ? &limited : &shut, "%s", name);
    }
    if (blocked.n > 0) {
        finding_fail(f, "Windows Firewall blocks inbound TCP %d: %s", port, blocked.text);
        finding_cure(f, "disable that rule in wf.msc; a blocking rule wins over every other");
    } else if (open.n == 0 && limited.n == 0 && shut.n > 0) {
        finding_fail(f, "Windows Firewall has no rule that lets TCP %d in: %s", port, shut.text);
    } else if (open.n == 0 && limited.n > 0) {
        finding_warn(f, "Windows Firewall lets TCP %d in for some only: %s", port, limited.text);
    } else if (shut.n > 0 || limited.n > 0) {
        finding_note(f,
                     "Windows Firewall lets TCP %d in with the profile %s, but not for "
                     "everybody with %s%s%s",
                     port, open.text, limited.text, limited.n > 0 && shut.n > 0 ? "; " : "",
                     shut.text);
    } else if (open.n > 0) {
        finding_ok(f, "TCP %d comes in with the profile %s", port, open.text);
    } else {
        finding_note(f, "Windows Firewall is off");
    }
    if (f->cure[0] == '\0')
        finding_cure(f,
                     "netsh advfirewall firewall add rule name=\"SSTP %d\" dir=in action=allow "
                     "protocol=TCP localport=%d; see Get-NetConnectionProfile for the profile "
                     "in use",
                     port, port);
}

void judge_firewall(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct firewall *w = &s->net->firewall;
    bool known = false;

    if (!finding_readable(f, &w->seen))
        return;
    if (!doctor_knows_port(s)) {
        finding_skip(f, "which port SstpSvc listens on is not known (A1, B1)");
        return;
    }
    for (int i = 0; i < FIREWALL_PROFILES; i++)
        known = known || w->in[i].known;
    if (!known)
        finding_skip(f, "the Windows Firewall's settings are not in the registry; look at wf.msc");
    else
        judge_profiles(w, doctor_port(s), f);
}

/* ---- E8 ---- */

void judge_ipsec(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct firewall *w = &s->net->firewall;
    struct list required = {.n = 0}, some = {.n = 0};

    if (!finding_readable(f, &w->ipsec_seen))
        return;
    for (size_t i = 0; i < w->ipsec_n; i++)
        if (w->ipsec[i].requires_inbound)
            list_add(w->ipsec[i].limited ? &some : &required, "\"%s\"", w->ipsec[i].name);
    if (required.n > 0) {
        finding_fail(f, "IPsec is required of everybody who connects: connection security rule %s",
                     required.text);
        finding_cure(f,
                     "exempt TCP %d in wf.msc (New Rule, Authentication exemption), or limit "
                     "the rule to the networks that it is for",
                     doctor_port(s));
    } else if (w->legacy_policy) {
        finding_warn(f, "an IP Security Policy is assigned, which may filter clients");
        finding_cure(f,
                     "netsh ipsec static show all; unassign it in secpol.msc if nobody knows it");
    } else if (some.n > 0) {
        finding_note(f, "IPsec is required of some who connect: connection security rule %s",
                     some.text);
    } else {
        finding_ok(f, "no rule requires IPsec of clients");
    }
}

/* ---- E9 ---- */

void judge_proxy(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct net_proxy *p = &s->net->proxy;
    struct list set = {.n = 0};
    bool ca_fails = s->net->ca.asked && s->net->ca.status == 0;

    if (!finding_readable(f, &p->seen))
        return;
    if (p->winhttp[0])
        list_add(&set, "WinHTTP uses %s", p->winhttp);
    if (p->system[0])
        list_add(&set, "SYSTEM's Internet Options use %s", p->system);
    if (p->http_1_1_off || (p->proxy_1_1_off && p->system[0])) {
        finding_warn(f, "HTTP 1.1 is off in SYSTEM's Internet Options%s%s", set.n > 0 ? "; " : "",
                     set.text);
        finding_cure(f, "tick \"Use HTTP 1.1\" and \"Use HTTP 1.1 through proxy connections\" "
                        "(Internet Options, Advanced): SSTP needs it on clients, too");
    } else if (set.n > 0 && ca_fails) {
        finding_warn(f, "%s, and the CA is not reached without it", set.text);
        finding_cure(f, "this program takes its proxy from the variable https_proxy of the "
                        "environment; set it for the task");
    } else if (set.n > 0) {
        finding_note(f, "%s", set.text);
    } else {
        finding_ok(f, "direct, HTTP 1.1 on");
    }
}

/* ---- E10 ---- */

void judge_ca(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct net_ca *ca = &s->net->ca;

    if (!ca->asked) {
        finding_skip(f, "no CA is configured");
    } else if (ca->status >= 200 && ca->status < 300) {
        finding_ok(f, "%s answers", ca->url);
    } else if (ca->status == 407) {
        finding_fail(f, "%s: a proxy wants credentials (407)", ca->url);
        finding_cure(f, "let this machine through the proxy without credentials, or around it");
    } else if (ca->status != 0) {
        finding_warn(f, "%s answers with HTTP status %d", ca->url, ca->status);
        finding_cure(f, "compare acme.directory with what the CA publishes; a filter may have "
                        "answered instead of it");
    } else {
        finding_fail(f, "the CA is not reached: %s", ca->problem);
        finding_cure(f, "let this machine out to TCP 443 of the CA, or set https_proxy");
    }
}
