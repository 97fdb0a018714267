/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_net.h - the way to this host and from it, step by step as the page about RasSstp event 8
 * has an administrator walk it: adapters, loopback, own addresses, gateway, every name server, the
 * domain controller by name and by address, public names, firewall, IPsec, proxies, the CA.
 */
#ifndef RRAS_DOCTOR_LOOK_NET_H
#define RRAS_DOCTOR_LOOK_NET_H

#include "doctor/dns.h"
#include "doctor/firewall.h"
#include "target.h"

struct doctor_env;
struct doctor_seen;

/* ---- adapters and addresses ---- */

enum { NET_ADAPTERS = 8, NET_GATEWAYS = 4, NET_SERVERS = 6, NET_OWN = 8, NET_NAMES = 4 };
enum { NET_PROBLEM = 160 };

struct net_adapter {
    char name[96]; /* as people see it: "Ethernet" */
    bool up;
    size_t
        addresses;   /* that others can reach; those of 169.254.0.0/16 and fe80::/10 do not count */
    bool self_given; /* it has one of 169.254.0.0/16: no DHCP server answered */
};

/* One ICMP echo. */
enum net_echo { NET_ECHO_UNASKED, NET_ECHO_ANSWERED, NET_ECHO_SILENT, NET_ECHO_UNABLE };
/* Does it answer on the local network (ARP), which no filter of ICMP stops? */
enum net_neighbour { NET_NEIGHBOUR_UNKNOWN, NET_NEIGHBOUR_THERE, NET_NEIGHBOUR_MISSING };
struct net_ping {
    struct net_addr addr; /* port 0 */
    enum net_echo echo;
    enum net_neighbour neighbour; /* of a gateway that is silent */
    char problem[NET_PROBLEM];    /* why it is not answered */
};

struct net_server {
    struct net_addr addr; /* port 53 */
    bool answered;
    char rcode[24];
    bool no_error;
    char problem[NET_PROBLEM];
};

struct net_name {
    char name[256];
    struct net_addr by; /* who was asked; family 0 = nobody could be */
    struct doctor_dns_answer answer;
    char problem[NET_PROBLEM]; /* "" = it was answered */
};

/* ---- the domain ---- */

enum net_dc_port { NET_DC_LDAP, NET_DC_KERBEROS, NET_DC_PORTS };
struct net_knock {
    bool tried, open;
    char problem[NET_PROBLEM];
};
struct net_domain {
    struct seen seen; /* whether this machine is in a domain */
    bool joined;
    char domain[256];
    bool located; /* a controller was found; else `problem` */
    char problem[NET_PROBLEM];
    char controller[256];    /* its name */
    struct net_addr address; /* as the locator tells it; family 0 = it did not */
    struct net_name by_name; /* what the name servers say to its name */
    struct net_knock at_address[NET_DC_PORTS], at_name[NET_DC_PORTS];
};
/* 389, 88 */
uint16_t net_dc_port(enum net_dc_port p);

/* ---- proxies ---- */

struct net_proxy {
    struct seen seen;
    char winhttp[128];  /* of services (netsh winhttp); "" = direct */
    char system[128];   /* of the account SYSTEM (Internet Options); "" = direct */
    bool http_1_1_off;  /* "Use HTTP 1.1" is unticked for SYSTEM */
    bool proxy_1_1_off; /* "... through proxy connections"; so by Windows' own default */
};

/* ---- the CA ---- */

struct net_ca {
    bool asked;
    char url[256];
    int status; /* of a HEAD of the directory; 0 = no answer */
    char problem[256];
};

/* ---- all ---- */

struct doctor_net { /* all zero = nothing was looked at */
    struct {
        struct seen seen;
        struct net_adapter of[NET_ADAPTERS]; /* loopback and tunnels left out */
        size_t n;
    } adapters;
    struct net_ping loopback[FAMILY_COUNT]; /* [FAMILY_V6] only where there is IPv6 */
    struct net_ping own[NET_OWN];
    size_t own_n;
    struct net_ping gateway[NET_GATEWAYS];
    size_t gateway_n;
    struct net_server server[NET_SERVERS];
    size_t server_n;
    struct net_name name[NET_NAMES]; /* that clients dial, without wildcards */
    size_t name_n;
    struct net_domain domain;
    struct firewall firewall;
    struct net_proxy proxy;
    struct net_ca ca;
    struct {
        struct seen seen; /* ok: somebody told the time */
        int64_t ahead_s;  /* our clock is ahead of theirs by this much; below 0: behind */
        char by[128];     /* who told */
    } skew;
};

/* Fills all of it; nothing of it fails. `before` holds machine, host and cert. Side by side, so
 * that what is silent costs its time once: 11 s when everything is. Where Windows looks for a
 * domain controller in vain it takes its own time. */
void look_net(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_net *out);

/* ---- the platform's part: look_net_win32.c and its neighbours ---- */

/* adapters, gateway[].addr, server[].addr */
void look_adapters(struct doctor_net *out);
/* p->addr is given; sets the rest. A gateway is looked up as a neighbour when it is silent. */
void look_ping(struct net_ping *p, bool gateway);
/* seen to address; may take some seconds where no controller answers */
void look_domain(struct net_domain *out);
void look_firewall(int port, struct firewall *out);
void look_proxy(struct net_proxy *out);

#endif
