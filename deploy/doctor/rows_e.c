/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows E: the network, in the order in which the page about RasSstp event 8 has it looked at. A
 * filter may drop ICMP, as that page says: silence alone is a failure only where no filter stands.
 */
#include "doctor/rows_e.h"

#include "doctor/list.h"
#include "doctor/look_net.h"

#include <string.h>

/* ---- E1 ---- */

static void judge_e1(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_net *net = s->net;
    struct list up = {.n = 0}, down = {.n = 0};
    bool self_given = false;

    if (!finding_readable(f, &net->adapters.seen))
        return;
    for (size_t i = 0; i < net->adapters.n; i++) {
        const struct net_adapter *a = &net->adapters.of[i];
        if (a->up && a->addresses > 0)
            list_add(&up, "%s", a->name);
        else
            list_add(&down, "%s: %s", a->name,
                     !a->up          ? "down"
                     : a->self_given ? "only an address of its own making (169.254.x.x)"
                                     : "no address");
        self_given = self_given || a->self_given;
    }
    if (up.n > 0) {
        finding_ok(f, "up: %s%s%s", up.text, down.n > 0 ? "; not in use: " : "", down.text);
        return;
    }
    finding_fail(f, "no network adapter works: %s", down.n > 0 ? down.text : "there is none");
    finding_cure(f, self_given
                        ? "no DHCP server answered: see ipconfig /all, then ipconfig /renew, "
                          "or give the adapter a fixed address"
                        : "look at cable and port lights, then at the adapter in "
                          "devmgmt.msc, then at ipconfig /all");
}

/* ---- E2 ---- */

static bool is_silent(const struct net_ping *p)
{
    return p->echo == NET_ECHO_SILENT;
}

static void judge_e2(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_net *net = s->net;
    struct list silent = {.n = 0};
    size_t answered = 0;
    char text[64];

    for (int i = 0; i < FAMILY_COUNT; i++)
        if (is_silent(&net->loopback[i])) {
            finding_fail(f, "%s does not answer ping (%s): TCP/IP of this machine is damaged",
                         list_ip(&net->loopback[i].addr, text), net->loopback[i].problem);
            finding_cure(f, "netsh int ip reset, then restart Windows; a security product that "
                            "filters loopback can be the cause");
            return;
        }
    for (size_t i = 0; i < net->own_n; i++) {
        if (is_silent(&net->own[i]))
            list_add(&silent, "%s", list_ip(&net->own[i].addr, text));
        answered += net->own[i].echo == NET_ECHO_ANSWERED;
    }
    if (silent.n > 0) {
        finding_fail(f,
                     "loopback answers ping, but this machine's own address does not: %s: the "
                     "routing table or the network adapter's driver",
                     silent.text);
        finding_cure(f, "look at route print, then at the adapter and its driver in devmgmt.msc");
    } else if (net->loopback[FAMILY_V4].echo == NET_ECHO_ANSWERED) {
        finding_ok(f, "loopback and %zu own address%s answer", answered, answered == 1 ? "" : "es");
    } else {
        finding_skip(f, "ping cannot be sent: %s", net->loopback[FAMILY_V4].problem);
    }
}

/* ---- E3 ---- */

static void judge_e3(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_net *net = s->net;
    struct list good = {.n = 0}, filtered = {.n = 0}, dead = {.n = 0};

    if (!finding_readable(f, &net->adapters.seen))
        return;
    for (size_t i = 0; i < net->gateway_n; i++) {
        const struct net_ping *p = &net->gateway[i];
        char text[64];
        struct list *to = p->echo == NET_ECHO_ANSWERED            ? &good
                          : p->neighbour == NET_NEIGHBOUR_MISSING ? &dead
                                                                  : &filtered;
        list_add(to, "%s", list_ip(&p->addr, text));
    }
    if (net->gateway_n == 0) {
        finding_fail(f, "no default gateway: whoever is not on the local network is not answered");
        finding_cure(f, "set it on the adapter towards the internet (ncpa.cpl, or netsh interface "
                        "ip set address); see route print");
    } else if (dead.n > 0) {
        (good.n > 0 || filtered.n > 0 ? finding_warn : finding_fail)(
            f,
            "default gateway %s: answers neither ping nor ARP: it is down, or not on this "
            "network",
            dead.text);
        finding_cure(f, "look at adapter, cable and router; compare gateway and subnet mask in "
                        "ipconfig /all with the router's");
    } else if (filtered.n > 0 && good.n == 0) {
        finding_note(f, "default gateway %s: does not answer ping, which a filter may drop",
                     filtered.text);
    } else {
        finding_ok(f, "%s%s%s", good.text, filtered.n > 0 ? "; silent to ping: " : "",
                   filtered.text);
    }
}

/* ---- E4 ---- */

static void judge_e4(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_net *net = s->net;
    struct list good = {.n = 0}, mute = {.n = 0}, unwilling = {.n = 0};
    char text[64];

    if (!finding_readable(f, &net->adapters.seen))
        return;
    for (size_t i = 0; i < net->server_n; i++) {
        const struct net_server *d = &net->server[i];
        list_ip(&d->addr, text);
        if (!d->answered)
            list_add(&mute, "%s: %s", text, d->problem);
        else if (strcmp(d->rcode, "REFUSED") == 0 || strcmp(d->rcode, "SERVFAIL") == 0)
            list_add(&unwilling, "%s: %s", text, d->rcode);
        else
            list_add(&good, "%s", text);
    }
    if (net->server_n == 0) {
        finding_fail(f, "no DNS server is set on any adapter that is up");
    } else if (good.n == 0) {
        finding_fail(f, "no DNS server works: %s%s%s", mute.text,
                     mute.n > 0 && unwilling.n > 0 ? "; " : "", unwilling.text);
    } else if (mute.n > 0 || unwilling.n > 0) {
        finding_warn(f, "%s%s%s (these answer: %s)", mute.text,
                     mute.n > 0 && unwilling.n > 0 ? "; " : "", unwilling.text, good.text);
    } else {
        finding_ok(f, "%s", good.text);
    }
    finding_cure(f, "ping and nslookup each of them; take dead ones out of the adapter's settings "
                    "(ncpa.cpl), or mend the server or the way to it");
}

/* ---- E5 ---- */

static bool all_closed(const struct net_knock k[NET_DC_PORTS])
{
    for (int i = 0; i < NET_DC_PORTS; i++)
        if (!k[i].tried || k[i].open)
            return false;
    return true;
}

static void closed_ports(const struct net_knock k[NET_DC_PORTS], struct list *out)
{
    for (int i = 0; i < NET_DC_PORTS; i++)
        if (k[i].tried && !k[i].open)
            list_add(out, "TCP %d: %s", net_dc_port((enum net_dc_port)i), k[i].problem);
}

/* The page's own conclusions: by address but not by name is DNS; not by address is the network. */
static void judge_controller(const struct net_domain *d, struct doctor_finding *f)
{
    struct list closed = {.n = 0};
    char text[64] = "", other[64];

    if (d->address.family != 0)
        list_ip(&d->address, text);
    closed_ports(d->at_address, &closed);
    if (all_closed(d->at_address)) {
        finding_fail(f, "domain controller %s cannot be reached by its address %s: %s",
                     d->controller, text, closed.text);
        finding_cure(f,
                     "the controller is down, or a firewall or IPsec stands between: ping %s, "
                     "from another computer as well",
                     text);
    } else if (d->by_name.answer.n == 0) {
        finding_fail(f,
                     "domain controller %s is reached by its address %s, but its name does not "
                     "resolve (%s): a fault of DNS",
                     d->controller, text,
                     d->by_name.problem[0] ? d->by_name.problem : d->by_name.answer.rcode);
        finding_cure(f, "nslookup %s; the adapters' DNS servers have to be those of the domain",
                     d->controller);
    } else if (all_closed(d->at_name)) {
        finding_fail(f,
                     "domain controller %s is reached by its address %s, but its name leads to %s, "
                     "where nobody answers: a fault of DNS",
                     d->controller, text, list_ip(&d->by_name.answer.addr[0], other));
        finding_cure(f, "correct the record of %s on the DNS servers", d->controller);
    } else if (closed.n > 0) {
        finding_warn(f, "domain controller %s (%s): %s", d->controller, text, closed.text);
        finding_cure(f, "let TCP 389 (LDAP) and 88 (Kerberos) through to the controller");
    } else {
        finding_ok(f, "%s (%s), by name and by address", d->controller, text);
    }
}

static void judge_e5(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct net_domain *d = &s->net->domain;

    if (!finding_readable(f, &d->seen))
        return;
    if (!d->joined) {
        finding_ok(f, "this machine is in no domain: there is none to reach");
    } else if (!d->located) {
        finding_fail(f, "no domain controller of %s is found: %s", d->domain, d->problem);
        finding_cure(f,
                     "nltest /dsgetdc:%s; the adapters' DNS servers have to be those of the "
                     "domain",
                     d->domain);
    } else {
        judge_controller(d, f);
    }
}

/* ---- E6 ---- */

static bool has_family(const struct doctor_dns_answer *a, uint8_t family)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->addr[i].family == family)
            return true;
    return false;
}

static void judge_e6(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_net *net = s->net;
    struct list good = {.n = 0}, bad = {.n = 0}, unasked = {.n = 0}, v6 = {.n = 0};
    bool lacks_v6 = s->machine && observed_lacks_v6(s->machine);

    for (size_t i = 0; i < net->name_n; i++) {
        const struct net_name *n = &net->name[i];
        char text[64];
        if (n->problem[0])
            list_add(&unasked, "%s: %s", n->name, n->problem);
        else if (n->answer.n == 0)
            list_add(&bad, "%s: %s", n->name,
                     n->answer.no_error ? "has no address" : n->answer.rcode);
        else if (lacks_v6 && has_family(&n->answer, 6))
            list_add(&v6, "%s", n->name);
        else
            list_add(&good, "%s is %s", n->name, list_ip(&n->answer.addr[0], text));
    }
    if (net->name_n == 0) {
        finding_skip(f, "no name to look up: neither the configuration nor the bound certificate "
                        "has one without a wildcard");
    } else if (bad.n > 0) {
        finding_fail(f, "does not resolve: %s", bad.text);
        finding_cure(f, "create the A record that clients dial, or deploy a certificate with the "
                        "names that exist");
    } else if (unasked.n > 0) {
        finding_skip(f, "%s", unasked.text);
    } else if (v6.n > 0) {
        finding_warn(f,
                     "%s has an AAAA record, but this machine has no IPv6: clients try that "
                     "address first",
                     v6.text);
        finding_cure(f, "remove the AAAA record, unless it is that of a balancer before RRAS");
    } else {
        finding_ok(f, "%s", good.text);
    }
}

const struct doctor_row doctor_rows_e[] = {
    {"E1", "network adapter", "event 8", NEEDS_NET, judge_e1},
    {"E2", "TCP/IP", "event 8", NEEDS_NET, judge_e2},
    {"E3", "default gateway", "event 8", NEEDS_NET, judge_e3},
    {"E4", "name servers", "event 8", NEEDS_NET, judge_e4},
    {"E5", "domain controller", "event 8", NEEDS_NET, judge_e5},
    {"E6", "public name", "blog", NEEDS_NET, judge_e6},
    {"E7", "firewall", "event 8", NEEDS_NET, judge_firewall},
    {"E8", "IPsec rules", "event 8", NEEDS_NET, judge_ipsec},
    {"E9", "proxy settings", "event 8", NEEDS_NET, judge_proxy},
    {"E10", "way to the CA", "", NEEDS_NET, judge_ca},
    {NULL, NULL, NULL, 0, NULL},
};
