/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever may be silent is asked side by side: a dead host costs its time-out once. */
#include "doctor/look_net.h"

#include "doctor/beside.h"
#include "doctor/doctor.h"
#include "https.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { KNOCK_MS = 3000, CA_CONNECT_MS = 5000, CA_MS = 8000 };

uint16_t net_dc_port(enum net_dc_port p)
{
    return p == NET_DC_LDAP ? 389 : 88;
}

/* A look under way. */
struct look {
    const struct doctor_env *env;
    const struct doctor_wanted *wanted;
    struct doctor_net *net;
    int port;
    struct beside *jobs;
};

/* ---- pings ---- */

static void ping_one(void *user)
{
    look_ping(user, false);
}

static void ping_gateway(void *user)
{
    look_ping(user, true);
}

static bool is_for_others(const struct net_addr *a)
{
    enum net_scope scope = net_addr_scope(a);

    return scope != NET_LOOPBACK && scope != NET_LINK_LOCAL;
}

static void choose_pings(struct look *l, const struct observed *machine)
{
    struct doctor_net *net = l->net;

    net->loopback[FAMILY_V4].addr = (struct net_addr){.family = 4, .ip = {127, 0, 0, 1}};
    beside_add(l->jobs, ping_one, &net->loopback[FAMILY_V4]);
    if (machine && machine->local.has_v6) {
        net->loopback[FAMILY_V6].addr = (struct net_addr){.family = 6, .ip = {[15] = 1}};
        beside_add(l->jobs, ping_one, &net->loopback[FAMILY_V6]);
    }
    for (size_t i = 0; machine && i < machine->local.n && net->own_n < NET_OWN; i++)
        if (is_for_others(&machine->local.addr[i])) {
            net->own[net->own_n].addr = machine->local.addr[i];
            beside_add(l->jobs, ping_one, &net->own[net->own_n++]);
        }
    for (size_t i = 0; i < net->gateway_n; i++)
        beside_add(l->jobs, ping_gateway, &net->gateway[i]);
}

/* ---- name servers and names ---- */

struct question {
    const struct doctor_dns *dns;
    struct net_server *server; /* of the first round */
    struct net_name *name;     /* of the second round */
    const char *asked;
};

static void ask_server(void *user)
{
    const struct question *q = user;
    struct doctor_dns_answer answer = {.n = 0};
    struct err e = {0};

    q->server->answered = q->dns->ask(q->dns->self, &q->server->addr, q->asked, &answer, &e) == 0;
    if (q->server->answered) {
        text_copy(q->server->rcode, sizeof q->server->rcode, answer.rcode);
        q->server->no_error = answer.no_error;
    } else {
        text_copy(q->server->problem, sizeof q->server->problem, e.text);
    }
}

static void ask_name(void *user)
{
    const struct question *q = user;
    struct err e = {0};

    if (q->dns->ask(q->dns->self, &q->name->by, q->name->name, &q->name->answer, &e) != 0)
        text_copy(q->name->problem, sizeof q->name->problem, e.text);
}

/* One that can be looked up as it is; it stands in the certificate, or the administrator wrote it.
 */
static void choose_names(struct look *l, const struct doctor_seen *before)
{
    const char *name;

    for (size_t i = 0; (name = doctor_name(before, i)) != NULL && l->net->name_n < NET_NAMES; i++)
        if (strncmp(name, "*.", 2) != 0)
            text_copy(l->net->name[l->net->name_n++].name, sizeof l->net->name[0].name, name);
}

/* ---- the domain controller ---- */

static void find_domain(void *user)
{
    look_domain(user);
}

struct knock {
    struct net_addr to;
    const struct clock *clock;
    struct net_knock *out;
};

static void knock(void *user)
{
    const struct knock *k = user;
    struct net_socket *s = NULL;
    struct err e = {0};

    k->out->tried = true;
    k->out->open = net_tcp_connect(&s, &k->to, clock_ms(k->clock) + KNOCK_MS, &e) == 0;
    if (!k->out->open)
        text_copy(k->out->problem, sizeof k->out->problem, e.text);
    net_close(s);
}

static void knock_at(struct look *l, struct knock list[NET_DC_PORTS], const struct net_addr *to,
                     struct net_knock out[NET_DC_PORTS])
{
    for (int i = 0; i < NET_DC_PORTS && to->family != 0; i++) {
        list[i] = (struct knock){.to = *to, .clock = l->env->clock, .out = &out[i]};
        list[i].to.port = net_dc_port((enum net_dc_port)i);
        beside_add(l->jobs, knock, &list[i]);
    }
}

/* ---- the CA ---- */

/* Its answer also tells the time. */
static void take_date(struct look *l, const struct https_response *r)
{
    struct err e = {0};
    int64_t theirs = 0;

    if (!r->date || text_http_date_parse(r->date, &theirs, &e) != 0) {
        text_copy(l->net->skew.seen.why, sizeof l->net->skew.seen.why,
                  "the CA's answer told no time");
        return;
    }
    l->net->skew.seen.ok = true;
    l->net->skew.ahead_s = clock_now(l->env->clock) - theirs;
    snprintf(l->net->skew.by, sizeof l->net->skew.by, "%.120s", l->net->ca.url);
}

static void ask_ca(void *user)
{
    struct look *l = user;
    struct net_ca *ca = &l->net->ca;
    struct https_options o = {.ca_file = l->wanted->ca_file,
                              .user_agent = l->wanted->user_agent,
                              .connect_timeout_ms = CA_CONNECT_MS,
                              .total_timeout_ms = CA_MS,
                              .log = l->env->log,
                              .directory = l->wanted->directory};
    struct https_request q = {.method = "HEAD", .url = l->wanted->directory};
    struct https_response r = {0};
    struct https https = {0};
    struct err e = {0};

    ca->asked = true;
    text_copy(ca->url, sizeof ca->url, l->wanted->directory);
    if (https_curl_open(&https, &o, &e) == 0 && https_request(&https, &q, &r, &e) == 0) {
        ca->status = r.status;
        take_date(l, &r);
    } else {
        text_copy(ca->problem, sizeof ca->problem, e.text);
        text_copy(l->net->skew.seen.why, sizeof l->net->skew.seen.why, "the CA did not answer");
    }
    https_response_clear(&r);
    https_curl_close(&https);
}

/* ---- the two rounds ---- */

static void first_round(struct look *l, const struct doctor_seen *before,
                        struct question questions[NET_SERVERS])
{
    struct doctor_net *net = l->net;

    beside_begin(l->jobs);
    choose_pings(l, before->machine);
    for (size_t i = 0; i < net->server_n && l->env->dns; i++) {
        questions[i] = (struct question){.dns = l->env->dns,
                                         .server = &net->server[i],
                                         .asked = net->name_n > 0 ? net->name[0].name : ""};
        beside_add(l->jobs, ask_server, &questions[i]);
    }
    beside_add(l->jobs, find_domain, &net->domain);
    if (l->wanted->directory)
        beside_add(l->jobs, ask_ca, l);
    else
        text_copy(net->skew.seen.why, sizeof net->skew.seen.why,
                  "no CA is configured whose clock could be asked");
    beside_end(l->jobs);
}

static const struct net_server *first_that_answered(const struct doctor_net *net)
{
    for (size_t i = 0; i < net->server_n; i++)
        if (net->server[i].answered)
            return &net->server[i];
    return NULL;
}

static void ask_about(struct look *l, struct question *q, struct net_name *name)
{
    const struct net_server *server = first_that_answered(l->net);

    if (!server || !name->name[0]) {
        text_copy(name->problem, sizeof name->problem, "no name server answers");
        return;
    }
    name->by = server->addr;
    *q = (struct question){.dns = l->env->dns, .name = name};
    beside_add(l->jobs, ask_name, q);
}

/* What takes a name server that answers. */
static void second_round(struct look *l)
{
    struct question questions[NET_NAMES + 1];
    struct knock at_address[NET_DC_PORTS];
    struct doctor_net *net = l->net;
    struct net_domain *d = &net->domain;

    beside_begin(l->jobs);
    for (size_t i = 0; i < net->name_n; i++)
        ask_about(l, &questions[i], &net->name[i]);
    if (d->located) {
        text_copy(d->by_name.name, sizeof d->by_name.name, d->controller);
        ask_about(l, &questions[NET_NAMES], &d->by_name);
        knock_at(l, at_address, &d->address, d->at_address);
    }
    beside_end(l->jobs);
}

static void third_round(struct look *l)
{
    struct net_domain *d = &l->net->domain;
    struct knock at_name[NET_DC_PORTS];

    if (!d->located || d->by_name.answer.n == 0)
        return;
    beside_begin(l->jobs);
    knock_at(l, at_name, &d->by_name.answer.addr[0], d->at_name);
    beside_end(l->jobs);
}

void look_net(const struct doctor_env *env, const struct doctor_seen *before,
              struct doctor_net *out)
{
    struct question questions[NET_SERVERS];
    struct beside jobs;
    struct look l = {.env = env,
                     .wanted = doctor_wanted_of(before),
                     .net = out,
                     .port = doctor_port(before),
                     .jobs = &jobs};

    memset(out, 0, sizeof *out);
    look_adapters(out);
    look_firewall(l.port, &out->firewall);
    look_proxy(&out->proxy);
    choose_names(&l, before);
    first_round(&l, before, questions);
    second_round(&l);
    third_round(&l);
}
