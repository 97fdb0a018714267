/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/zone.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

bool zone_usable(const struct conf *c, const char *zone)
{
    char own[DNS_NAME_SIZE];

    if (dns_name_labels(zone) >= 2)
        return true;
    return *zone && conf_dns_zone(c) && dns_name_set(own, conf_dns_zone(c)) &&
           strcmp(own, zone) == 0;
}

/* ---- zone cut ---- */

/* The SOA that tells of the zone of `name`: its own, or the one that goes with a "no". */
static const struct dns_record *soa_for(const struct dns_message *m, const char *name)
{
    if (dns_message_find(m, DNS_ANSWER, name, DNS_TYPE_CNAME))
        return NULL;
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *rec = &m->record[i];
        if (rec->type != DNS_TYPE_SOA)
            continue;
        if (rec->section == DNS_ANSWER ? strcmp(rec->owner, name) == 0
                                       : dns_name_within(name, rec->owner))
            return rec;
    }
    return NULL;
}

/* Takes the answer to SOA at `name` into d; true when it is the zone's own SOA record. */
static bool take_soa(struct delegation *d, const struct dns_message *m, const char *name)
{
    const struct dns_record *soa = soa_for(m, name);

    if (!soa)
        return false;
    text_copy(d->zone, sizeof d->zone, soa->owner);
    text_copy(d->primary, sizeof d->primary, soa->name);
    d->negative_ttl_s = soa->ttl_s < soa->minimum_s ? soa->ttl_s : soa->minimum_s;
    return soa->section == DNS_ANSWER;
}

int zone_find(struct resolve *r, struct delegation *d, struct err *err)
{
    char name[DNS_NAME_SIZE];
    bool own = false;

    text_copy(name, sizeof name, d->target);
    while (*name && !own) {
        struct resolve_answer a = {0};
        if (resolve_query(r, name, DNS_TYPE_SOA, &a, err))
            return -1;
        own = take_soa(d, &a.msg, name);
        resolve_answer_clear(&a);
        if (*d->zone && strcmp(name, d->zone) == 0)
            break;
        /* A SOA that comes with a "no" to SOA has TTL 0 from BIND: the apex tells the real one. */
        const char *up = *d->zone ? d->zone : dns_name_parent(name);
        memmove(name, up, strlen(up) + 1);
    }
    if (!zone_usable(resolve_env(r)->conf, d->zone)) {
        err_set(err, ERR_DNS, "%s: lies in no zone of its own, only in \"%s\"", d->target,
                dns_name_show(d->zone));
        return err_hint(err, "does its domain exist? A private top level zone needs "
                             "the zone setting of the DNS provider, like dns.rfc2136.zone");
    }
    return 0;
}

int zone_of_alias(struct resolve *r, const struct resolve_answer *a, const char *name,
                  char zone[DNS_NAME_SIZE], struct err *err)
{
    const char *known = a->zone->name;

    text_copy(zone, DNS_NAME_SIZE, known);
    for (name = dns_name_parent(name); strlen(name) > strlen(known); name = dns_name_parent(name)) {
        struct dns_question q = {.name = name, .type = DNS_TYPE_SOA};
        struct dns_reply reply;
        if (resolve_ask(r, &a->by, &q, &reply, err))
            return -1;
        const struct dns_record *soa =
            reply.outcome == DNS_ANSWERED ? soa_for(&reply.msg, name) : NULL;
        if (soa)
            text_copy(zone, DNS_NAME_SIZE, soa->owner);
        dns_message_clear(&reply.msg);
        if (soa)
            break;
    }
    return 0;
}

/* ---- servers ---- */

struct ns_set {
    char name[RESOLVE_MAX_HOSTS][DNS_NAME_SIZE];
    size_t count;
};

static bool ns_has(const struct ns_set *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->name[i], name) == 0)
            return true;
    return false;
}

static void ns_take(struct ns_set *s, const struct dns_message *m, const char *zone)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *rec = &m->record[i];
        if (rec->section != DNS_ADDITIONAL && rec->type == DNS_TYPE_NS &&
            strcmp(rec->owner, zone) == 0 && s->count < RESOLVE_MAX_HOSTS && !ns_has(s, rec->name))
            text_copy(s->name[s->count++], DNS_NAME_SIZE, rec->name);
    }
}

static void warn_only_in(struct resolve *r, const char *zone, const struct ns_set *in,
                         const struct ns_set *other, const char *where)
{
    for (size_t i = 0; i < in->count; i++)
        if (!ns_has(other, in->name[i]))
            log_warn(resolve_env(r)->log, "zone %s: name server %s is named by %s only", zone,
                     in->name[i], where);
}

/* Adds the parent's view to the zone's own. What the parent cannot tell does not stop us. */
static void add_parent(struct resolve *r, const char *zone, struct ns_set *own)
{
    struct resolve_answer a = {0};
    struct ns_set parent = {.count = 0};
    struct err err = {0};

    if (resolve_above(r, zone, &a, &err)) {
        log_warn(resolve_env(r)->log, "zone %s: delegation not seen: %s", zone, err.text);
        return;
    }
    ns_take(&parent, &a.msg, zone);
    resolve_answer_clear(&a);
    if (parent.count == 0) {
        log_warn(resolve_env(r)->log, "zone %s: its parent zone does not delegate it", zone);
        return;
    }
    warn_only_in(r, zone, own, &parent, "the zone itself");
    warn_only_in(r, zone, &parent, own, "its parent zone");
    for (size_t i = 0; i < parent.count; i++)
        if (!ns_has(own, parent.name[i]) && own->count < RESOLVE_MAX_HOSTS)
            text_copy(own->name[own->count++], DNS_NAME_SIZE, parent.name[i]);
}

static void add_server(struct resolve *r, struct delegation *d, const char *name,
                       const struct net_addr *addr)
{
    for (size_t i = 0; i < d->server_count; i++)
        if (net_addr_equal(&d->server[i].addr, addr) && strcmp(d->server[i].name, name) == 0)
            return;
    if (d->server_count == DELEGATION_MAX_SERVERS) {
        log_warn(resolve_env(r)->log, "zone %s: more than %d server addresses; %s left out",
                 d->zone, DELEGATION_MAX_SERVERS, name);
        return;
    }
    text_copy(d->server[d->server_count].name, DNS_NAME_SIZE, name);
    d->server[d->server_count++].addr = *addr;
}

/* Its own zone's word counts; where that is not to be had, the glue on the way here. */
static void add_host_servers(struct resolve *r, struct delegation *d, const char *name)
{
    struct net_addr addr[RESOLVE_MAX_ADDRS];
    const struct dns_zone *z = resolve_known_zone(r, d->zone);
    struct err err = {0};
    size_t n = 0;

    if (resolve_host(r, name, addr, &n, &err) == 0) {
        for (size_t i = 0; i < n; i++)
            add_server(r, d, name, &addr[i]);
        return;
    }
    log_warn(resolve_env(r)->log, "zone %s: name server %s", d->zone, err.text);
    for (size_t h = 0; z && h < z->host_count; h++)
        for (size_t i = 0; strcmp(z->host[h].name, name) == 0 && i < z->host[h].addr_count; i++)
            add_server(r, d, name, &z->host[h].addr[i]);
}

int zone_servers(struct resolve *r, struct delegation *d, struct err *err)
{
    struct resolve_answer a = {0};
    struct ns_set set = {.count = 0};

    if (resolve_query(r, d->zone, DNS_TYPE_NS, &a, err))
        return -1;
    ns_take(&set, &a.msg, d->zone);
    resolve_answer_clear(&a);
    if (set.count == 0)
        log_warn(resolve_env(r)->log, "zone %s: names no name servers of its own", d->zone);
    add_parent(r, d->zone, &set);
    for (size_t i = 0; i < set.count; i++)
        add_host_servers(r, d, set.name[i]);
    if (d->server_count == 0)
        return err_set(err, ERR_DNS, "zone %s: none of its name servers has an address", d->zone);
    return 0;
}
