/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/resolve_int.h"

#include "text.h"

#include <string.h>

/* The one that answered is asked first from now on: a dead one costs its time limit once. */
static void prefer(struct resolve *r, size_t i)
{
    struct net_addr good = r->resolver[i];

    r->resolver[i] = r->resolver[0];
    r->resolver[0] = good;
}

int recursor_ask(struct resolve *r, const struct dns_question *q, struct dns_message *out,
                 struct err *err)
{
    struct failures f = {{0}};

    for (size_t i = 0; i < r->resolver_count; i++) {
        struct dns_reply reply;
        if (resolve_ask(r, &r->resolver[i], q, &reply, err))
            return -1;
        if (reply.outcome == DNS_ANSWERED &&
            (reply.msg.rcode == DNS_NOERROR || reply.msg.rcode == DNS_NXDOMAIN)) {
            *out = reply.msg;
            prefer(r, i);
            return 0;
        }
        failures_add_server(&f, "resolver", &r->resolver[i],
                            reply.outcome == DNS_ANSWERED ? dns_rcode_name(reply.msg.rcode)
                                                          : dns_outcome_text(reply.outcome));
        dns_message_clear(&reply.msg);
    }
    return err_set(err, ERR_DNS, "%s %s: %s", dns_name_show(q->name), dns_type_name(q->type),
                   f.text);
}

/* The apex of the zone that holds `name`, by the resolvers; the root at worst. */
static int climb(struct resolve *r, const char *name, char apex[DNS_NAME_SIZE], struct err *err)
{
    for (;; name = dns_name_parent(name)) {
        struct dns_question q = {.name = name, .type = DNS_TYPE_SOA, .recurse = true};
        struct dns_message m = {0};
        const char *found = NULL;

        if (!*name) {
            apex[0] = 0;
            return 0;
        }
        if (recursor_ask(r, &q, &m, err))
            return -1;
        for (size_t i = 0; i < m.count && !found; i++) {
            const struct dns_record *rec = &m.record[i];
            bool own = rec->section == DNS_ANSWER && strcmp(rec->owner, name) == 0;
            bool over = rec->section == DNS_AUTHORITY && dns_name_within(name, rec->owner);
            if (rec->type == DNS_TYPE_SOA && (own || over))
                found = rec->owner;
        }
        /* An alias: the SOA in the answer would be that of its target's zone. */
        if (dns_message_find(&m, DNS_ANSWER, name, DNS_TYPE_CNAME))
            found = NULL;
        if (found)
            text_copy(apex, DNS_NAME_SIZE, found);
        dns_message_clear(&m);
        if (found)
            return 0;
    }
}

/* The zone with its NS hosts, by the resolvers. */
struct dns_zone *recursor_zone(struct resolve *r, const char *name, struct err *err)
{
    char apex[DNS_NAME_SIZE];
    struct dns_message m = {0};

    if (climb(r, name, apex, err))
        return NULL;
    struct dns_zone *z = zone_cached(r, apex);
    if (z)
        return z;
    struct dns_question q = {.name = apex, .type = DNS_TYPE_NS, .recurse = true};
    if (recursor_ask(r, &q, &m, err))
        return NULL;
    z = zone_add(r, apex, err);
    for (size_t i = 0; z && i < m.count; i++)
        if (m.record[i].section == DNS_ANSWER && m.record[i].type == DNS_TYPE_NS &&
            strcmp(m.record[i].owner, apex) == 0)
            zone_add_host(z, m.record[i].name);
    dns_message_clear(&m);
    if (z && z->host_count == 0) {
        err_set(err, ERR_DNS, "zone %s: the resolver knows no name servers of it",
                dns_name_show(apex));
        return NULL;
    }
    return z;
}
