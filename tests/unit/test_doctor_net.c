/* SPDX-License-Identifier: Apache-2.0 */
/* Rows E: each step of the way that can be broken has its name. */
#include "doctor_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct net_world {
    struct doctor_world w;
    struct doctor_net net;
};

static struct net_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (struct net_addr){.family = 4, .ip = {a, b, c, d}};
}

static void put(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}
#define PUT(to, text) put(to, sizeof(to), text)

static void make_domain(struct net_domain *d)
{
    d->seen.ok = d->joined = d->located = true;
    PUT(d->domain, "corp.example");
    PUT(d->controller, "dc1.corp.example");
    d->address = v4(192, 168, 7, 2);
    d->by_name.answer = (struct doctor_dns_answer){.no_error = true, .addr = {d->address}, .n = 1};
    for (int i = 0; i < NET_DC_PORTS; i++)
        d->at_address[i] = d->at_name[i] = (struct net_knock){.tried = true, .open = true};
}

static void healthy(struct net_world *n)
{
    struct doctor_net *net = &n->net;

    doctor_world_healthy(&n->w);
    memset(net, 0, sizeof *net);
    net->adapters.seen.ok = true;
    net->adapters.n = 1;
    PUT(net->adapters.of[0].name, "Ethernet");
    net->adapters.of[0].up = true;
    net->adapters.of[0].addresses = 1;
    net->loopback[FAMILY_V4] = (struct net_ping){v4(127, 0, 0, 1), .echo = NET_ECHO_ANSWERED};
    net->own[0] = (struct net_ping){v4(192, 168, 7, 9), .echo = NET_ECHO_ANSWERED};
    net->own_n = 1;
    net->gateway[0] = (struct net_ping){v4(192, 168, 7, 1), .echo = NET_ECHO_ANSWERED};
    net->gateway_n = 1;
    for (uint8_t i = 0; i < 2; i++) {
        net->server[i] = (struct net_server){v4(192, 168, 7, (uint8_t)(2 + i)), .answered = true,
                                             .no_error = true};
        PUT(net->server[i].rcode, "NOERROR");
    }
    net->server_n = 2;
    PUT(net->name[0].name, "vpn.example.com");
    net->name[0].answer =
        (struct doctor_dns_answer){.no_error = true, .addr = {v4(203, 0, 113, 5)}, .n = 1};
    net->name_n = 1;
    make_domain(&net->domain);
    net->firewall.seen.ok = net->firewall.ipsec_seen.ok = net->proxy.seen.ok = true;
    for (int i = 0; i < FIREWALL_PROFILES; i++)
        net->firewall.in[i] = (struct firewall_in){.known = true, .on = true, .open = true};
    net->ca.asked = true;
    net->ca.status = 200;
    PUT(net->ca.url, "https://ca.example/directory");
    n->w.seen.net = net;
}

#define EXPECT(id, level, says) doctor_world_expect(t, &n->w, id, level, says)
#define WORLD()                                                                                    \
    struct net_world *n = calloc(1, sizeof *n);                                                    \
    REQUIRE(n != NULL);                                                                            \
    struct doctor_net *net = &n->net;                                                              \
    healthy(n)
#define HEALTHY() healthy(n)

static void a_healthy_network_is_healthy(struct test *t)
{
    WORLD();

    (void)net;
    for (int i = 1; i <= 10; i++)
        EXPECT(test_text(t, "E%d", i), CHECK_OK, "");
    free(n);
}

static void adapters(struct test *t)
{
    WORLD();

    net->adapters.of[0].up = false;
    EXPECT("E1", CHECK_FAIL, "Ethernet: down");
    net->adapters.of[0].up = true;
    net->adapters.of[0].addresses = 0;
    EXPECT("E1", CHECK_FAIL, "Ethernet: no address");
    net->adapters.of[0].self_given = true;
    EXPECT("E1", CHECK_FAIL, "169.254");
    net->adapters.n = 0;
    EXPECT("E1", CHECK_FAIL, "there is none");
    HEALTHY();
    PUT(net->adapters.of[1].name, "Spare");
    net->adapters.n = 2;
    EXPECT("E1", CHECK_OK, "not in use: Spare: down");
    net->adapters.seen.ok = false;
    PUT(net->adapters.seen.why, "network adapters: no");
    EXPECT("E1", CHECK_SKIP, "network adapters: no");
    EXPECT("E3", CHECK_SKIP, "network adapters: no");
    EXPECT("E4", CHECK_SKIP, "network adapters: no");
    free(n);
}

static void pings(struct test *t)
{
    WORLD();

    net->loopback[FAMILY_V4].echo = NET_ECHO_SILENT;
    EXPECT("E2", CHECK_FAIL, "127.0.0.1 does not answer");
    HEALTHY();
    net->loopback[FAMILY_V6] =
        (struct net_ping){{.family = 6, .ip = {[15] = 1}}, .echo = NET_ECHO_SILENT};
    EXPECT("E2", CHECK_FAIL, "::1 does not answer");
    HEALTHY();
    net->own[0].echo = NET_ECHO_SILENT;
    EXPECT("E2", CHECK_FAIL, "own address does not: 192.168.7.9");
    HEALTHY();
    net->loopback[FAMILY_V4].echo = NET_ECHO_UNABLE;
    PUT(net->loopback[FAMILY_V4].problem, "ping: access denied");
    EXPECT("E2", CHECK_SKIP, "access denied");
    HEALTHY();
    net->gateway[0].echo = NET_ECHO_SILENT;
    EXPECT("E3", CHECK_NOTE, "192.168.7.1");
    net->gateway[0].neighbour = NET_NEIGHBOUR_THERE;
    EXPECT("E3", CHECK_NOTE, "does not answer ping");
    net->gateway[0].neighbour = NET_NEIGHBOUR_MISSING;
    EXPECT("E3", CHECK_FAIL, "neither ping nor ARP");
    net->gateway[net->gateway_n++] =
        (struct net_ping){v4(192, 168, 8, 1), .echo = NET_ECHO_ANSWERED};
    EXPECT("E3", CHECK_WARN, "192.168.7.1");
    net->gateway_n = 0;
    EXPECT("E3", CHECK_FAIL, "no default gateway");
    free(n);
}

static void name_servers(struct test *t)
{
    WORLD();

    net->server[1].answered = false;
    PUT(net->server[1].problem, "no answer in time");
    EXPECT("E4", CHECK_WARN, "192.168.7.3: no answer in time (these answer: 192.168.7.2)");
    PUT(net->server[0].rcode, "REFUSED");
    EXPECT("E4", CHECK_FAIL,
           "no DNS server works: 192.168.7.3: no answer in time; "
           "192.168.7.2: REFUSED");
    net->server_n = 0;
    EXPECT("E4", CHECK_FAIL, "no DNS server is set");
    HEALTHY();
    PUT(net->server[0].rcode, "NXDOMAIN"); /* an answer all the same */
    EXPECT("E4", CHECK_OK, "192.168.7.2; 192.168.7.3");
    free(n);
}

static void domain_controller(struct test *t)
{
    WORLD();
    struct net_domain *d = &net->domain;

    d->by_name.answer = (struct doctor_dns_answer){.rcode = "NXDOMAIN"};
    EXPECT("E5", CHECK_FAIL, "reached by its address 192.168.7.2, but its name does not resolve");
    HEALTHY();
    for (int i = 0; i < NET_DC_PORTS; i++)
        d->at_name[i].open = false;
    d->by_name.answer.addr[0] = v4(192, 168, 7, 66);
    EXPECT("E5", CHECK_FAIL, "its name leads to 192.168.7.66");
    HEALTHY();
    for (int i = 0; i < NET_DC_PORTS; i++)
        d->at_address[i].open = false;
    EXPECT("E5", CHECK_FAIL, "cannot be reached by its address 192.168.7.2");
    HEALTHY();
    d->at_address[NET_DC_KERBEROS].open = false;
    PUT(d->at_address[NET_DC_KERBEROS].problem, "refused");
    EXPECT("E5", CHECK_WARN, "TCP 88: refused");
    HEALTHY();
    d->located = false;
    PUT(d->problem, "1355");
    EXPECT("E5", CHECK_FAIL, "no domain controller of corp.example is found: 1355");
    d->joined = false;
    EXPECT("E5", CHECK_OK, "no domain");
    d->seen.ok = false;
    EXPECT("E5", CHECK_SKIP, "");
    free(n);
}

static void names(struct test *t)
{
    WORLD();
    struct net_name *name = &net->name[0];

    name->answer = (struct doctor_dns_answer){.rcode = "NXDOMAIN"};
    EXPECT("E6", CHECK_FAIL, "vpn.example.com: NXDOMAIN");
    name->answer.no_error = true;
    EXPECT("E6", CHECK_FAIL, "has no address");
    PUT(name->problem, "no name server answers");
    EXPECT("E6", CHECK_SKIP, "no name server answers");
    HEALTHY();
    name->answer.addr[1] = (struct net_addr){.family = 6, .ip = {0x20, 0x01}};
    name->answer.n = 2;
    EXPECT("E6", CHECK_OK, "203.0.113.5");
    n->w.machine.local.has_v6 = false;
    EXPECT("E6", CHECK_WARN, "AAAA");
    net->name_n = 0;
    EXPECT("E6", CHECK_SKIP, "no name");
    free(n);
}

static void settings(struct test *t)
{
    WORLD();

    net->proxy.http_1_1_off = true;
    EXPECT("E9", CHECK_WARN, "HTTP 1.1 is off");
    HEALTHY();
    net->proxy.proxy_1_1_off = true; /* concerns nobody without a proxy */
    EXPECT("E9", CHECK_OK, "direct");
    PUT(net->proxy.system, "proxy:8080");
    EXPECT("E9", CHECK_WARN, "HTTP 1.1 is off");
    HEALTHY();
    PUT(net->proxy.winhttp, "proxy:8080");
    EXPECT("E9", CHECK_NOTE, "WinHTTP uses proxy:8080");
    net->ca.status = 0;
    EXPECT("E9", CHECK_WARN, "CA is not reached");
    net->proxy.seen.ok = false;
    EXPECT("E9", CHECK_SKIP, "");
    PUT(net->ca.problem, "timed out");
    EXPECT("E10", CHECK_FAIL, "timed out");
    net->ca.status = 407;
    EXPECT("E10", CHECK_FAIL, "407");
    net->ca.status = 403;
    EXPECT("E10", CHECK_WARN, "403");
    net->ca.asked = false;
    EXPECT("E10", CHECK_SKIP, "no CA");
    free(n);
}

/* ---- firewall ---- */

#define SSTP_IN                                                                                    \
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|App=System|"                       \
    "Name=@sstpsvc.dll,-35002|EmbedCtxt=@sstpsvc.dll,-35001|"

static void one_rule(struct test *t)
{
    static const struct {
        const char *text;
        bool read;
        enum firewall_verdict verdict;
        bool limited;
    } cases[] = {
        {SSTP_IN, true, RULE_ALLOWS, false},
        {"v2.31|Action=Allow|Dir=In|Name=all|", true, RULE_ALLOWS, false},
        {"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=443|", true, RULE_BLOCKS, false},
        {"v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=443|", true, RULE_IS_NOTHING,
         false},
        {"v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|LPort=443|", true, RULE_IS_NOTHING,
         false},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=443|", true, RULE_IS_NOTHING,
         false},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=80|LPort=443|", true, RULE_ALLOWS,
         false},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort2_10=400-500|", true, RULE_ALLOWS,
         false},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|", true, RULE_IS_NOTHING,
         false},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|RA4=LocalSubnet|", true,
         RULE_ALLOWS, true},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|App=C:\\web.exe|", true,
         RULE_ALLOWS, true},
        {"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|Security=Authenticate|", true,
         RULE_ALLOWS, true},
        {"", false, RULE_IS_NOTHING, false},
        {"Action=Allow|Dir=In|", false, RULE_IS_NOTHING, false},
        {"v2.31||=|Action|LPort=|Dir=In", true, RULE_IS_NOTHING, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct firewall_rule r = {.verdict = RULE_IS_NOTHING};
        bool ok = firewall_rule_read(&r, cases[i].text, 443) == cases[i].read;
        ok = CHECK(ok) && CHECK_INT(r.verdict, cases[i].verdict) &&
             CHECK_INT(r.limited, cases[i].limited);
        if (!ok)
            printf("  %s\n", cases[i].text);
    }
}

static void add_rule(struct firewall *f, const char *text, bool of_policy)
{
    struct firewall_rule r;

    if (firewall_rule_read(&r, text, 443))
        firewall_add(f, &r, of_policy);
}

static void shut(struct net_world *n)
{
    healthy(n);
    for (int i = 0; i < FIREWALL_PROFILES; i++)
        n->net.firewall.in[i].open = false;
}

static void all_rules(struct test *t)
{
    WORLD();
    struct firewall *w = &net->firewall;

    shut(n);
    EXPECT("E7", CHECK_FAIL, "no rule that lets TCP 443 in: Domain; Private; Public");
    add_rule(w, SSTP_IN, false);
    EXPECT("E7", CHECK_OK, "Domain; Private; Public");
    add_rule(w, "v2.31|Action=Block|Dir=In|Protocol=6|Profile=Public|Name=no web|", false);
    EXPECT("E7", CHECK_FAIL, "Public (rule \"no web\")");
    shut(n);
    add_rule(w, "v2.31|Action=Allow|Dir=In|Protocol=6|LPort=443|Profile=Domain|", false);
    EXPECT("E7", CHECK_NOTE, "profile Domain, but not for everybody with Private; Public");
    shut(n);
    add_rule(w, "v2.31|Action=Allow|Dir=In|Protocol=6|LPort=443|RA4=10.0.0.0/255.0.0.0|", false);
    EXPECT("E7", CHECK_WARN, "for some only");
    shut(n);
    for (int i = 0; i < FIREWALL_PROFILES; i++)
        w->in[i].policy_alone = true;
    add_rule(w, SSTP_IN, false);
    EXPECT("E7", CHECK_FAIL, "no rule");
    add_rule(w, SSTP_IN, true);
    EXPECT("E7", CHECK_OK, "443");
    for (int i = 0; i < FIREWALL_PROFILES; i++)
        w->in[i].on = false;
    EXPECT("E7", CHECK_NOTE, "off");
    for (int i = 0; i < FIREWALL_PROFILES; i++)
        w->in[i].known = false;
    EXPECT("E7", CHECK_SKIP, "not in the registry");
    w->seen.ok = false;
    PUT(w->seen.why, "denied");
    EXPECT("E7", CHECK_SKIP, "denied");
    free(n);
}

static void add_ipsec(struct test *t, struct firewall *f, const char *text, bool counts)
{
    struct ipsec_rule r;
    bool got = ipsec_rule_read(&r, text, 443);

    if (!CHECK_INT(got, counts))
        printf("  %s\n", text);
    if (got)
        f->ipsec[f->ipsec_n++] = r;
}

static void ipsec(struct test *t)
{
    WORLD();
    struct firewall *w = &net->firewall;

    add_ipsec(t, w, "v2.31|Action=DoNotSecure|Active=TRUE|Name=exempt|", false);
    add_ipsec(t, w, "v2.31|Action=SecureServer|Active=FALSE|Name=off|", false);
    add_ipsec(t, w, "v2.31|Action=SecureServer|Protocol=17|Name=udp|", false);
    add_ipsec(t, w, "v2.31|Action=SecureServer|Protocol=6|EP2Port=3389|Name=rdp|", false);
    add_ipsec(t, w, "v2.31|Action=Boundary|Active=TRUE|Name=asks|", true);
    EXPECT("E8", CHECK_OK, "no rule requires");
    add_ipsec(t, w, "v2.31|Action=SecureServer|EP2_4=10.0.0.0/255.0.0.0|Name=inside|", true);
    EXPECT("E8", CHECK_NOTE, "\"inside\"");
    w->legacy_policy = true;
    EXPECT("E8", CHECK_WARN, "IP Security Policy");
    add_ipsec(t, w, "v2.31|Action=SecureServer|Protocol=6|EP1Port=443|Name=strict|", true);
    EXPECT("E8", CHECK_FAIL, "\"strict\"");
    w->ipsec_seen.ok = false;
    EXPECT("E8", CHECK_SKIP, "");
    free(n);
}

const struct test_case suite_doctor_net[] = {
    {"a_healthy_network_is_healthy", a_healthy_network_is_healthy},
    {"adapters", adapters},
    {"pings", pings},
    {"name_servers", name_servers},
    {"domain_controller", domain_controller},
    {"names", names},
    {"settings", settings},
    {"one_rule", one_rule},
    {"all_rules", all_rules},
    {"ipsec", ipsec},
    {NULL, NULL},
};
