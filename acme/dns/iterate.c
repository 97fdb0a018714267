/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/resolve_int.h"

#include "text.h"

#include <string.h>

enum { MAX_REFERRALS = 16 }; /* from the root down */

const char *resolve_referral(const struct dns_message *m, const char *zone, const char *name)
{
    if (m->rcode != DNS_NOERROR || m->aa)
        return "";
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *rec = &m->record[i];
        if (rec->section == DNS_ANSWER)
            return "";
        if (rec->section == DNS_AUTHORITY && rec->type == DNS_TYPE_NS &&
            strcmp(rec->owner, zone) != 0 && dns_name_within(rec->owner, zone) &&
            dns_name_within(name, rec->owner))
            return rec->owner;
    }
    return "";
}

/* The zone below, with its NS hosts and their glue. */
static struct dns_zone *follow(struct resolve *r, const struct dns_message *m, const char *owner,
                               struct err *err)
{
    struct dns_zone *z = zone_cached(r, owner);

    if (z)
        return z;
    z = zone_add(r, owner, err);
    for (size_t i = 0; z && i < m->count; i++)
        if (m->record[i].section == DNS_AUTHORITY && m->record[i].type == DNS_TYPE_NS &&
            strcmp(m->record[i].owner, owner) == 0)
            zone_add_host(z, m->record[i].name);
    for (size_t i = 0; z && i < z->host_count; i++) {
        struct dns_host *h = &z->host[i];
        host_take_addresses(r, m, DNS_ADDITIONAL, h->name, h);
        h->resolved = h->addr_count > 0;
    }
    return z;
}

/* NOERROR and NXDOMAIN with authority. A CNAME with authority, too, whatever the code: some servers
 * follow it by themselves and say SERVFAIL when it leads in a circle (BIND), or REFUSED. */
static bool authoritative(const struct dns_reply *reply, const struct dns_question *q)
{
    const struct dns_message *m = &reply->msg;

    if (reply->outcome != DNS_ANSWERED || !m->aa)
        return false;
    return m->rcode == DNS_NOERROR || m->rcode == DNS_NXDOMAIN ||
           dns_message_find(m, DNS_ANSWER, q->name, DNS_TYPE_CNAME) != NULL;
}

static bool leads_down(const struct dns_reply *reply, const struct dns_zone *z,
                       const struct dns_question *q)
{
    return reply->outcome == DNS_ANSWERED && *resolve_referral(&reply->msg, z->name, q->name);
}

static const char *why_unusable(const struct dns_reply *reply)
{
    if (reply->outcome != DNS_ANSWERED)
        return dns_outcome_text(reply->outcome);
    if (reply->msg.rcode != DNS_NOERROR && reply->msg.rcode != DNS_NXDOMAIN)
        return dns_rcode_name(reply->msg.rcode);
    return "answers without authority (lame)";
}

/* The first usable answer of a zone's servers: authoritative, or leading further down.
 * 1 = there is one, 0 = none (failures), -1 = err. */
static int ask_zone(struct resolve *r, struct dns_zone *z, const struct dns_question *q,
                    struct resolve_answer *out, struct failures *f, struct err *err)
{
    for (size_t i = 0; i < z->host_count; i++) {
        struct dns_host *h = &z->host[i];
        host_need_addresses(r, h, f);
        for (size_t k = 0; k < h->addr_count; k++) {
            struct dns_reply reply;
            if (resolve_ask(r, &h->addr[k], q, &reply, err))
                return -1;
            bool down = leads_down(&reply, z, q);
            if (down || authoritative(&reply, q)) {
                *out = (struct resolve_answer){
                    .msg = reply.msg, .by = h->addr[k], .zone = z, .referral = down};
                text_copy(out->by_name, sizeof out->by_name, h->name);
                return 1;
            }
            failures_add_server(f, h->name, &h->addr[k], why_unusable(&reply));
            dns_message_clear(&reply.msg);
        }
    }
    return 0;
}

static int no_usable(const struct dns_zone *z, const struct dns_question *q,
                     const struct failures *f, struct err *err)
{
    err_set(err, ERR_DNS, "zone %s: no name server gives a usable answer for %s %s: %s",
            dns_name_show(z->name), dns_name_show(q->name), dns_type_name(q->type),
            *f->text ? f->text : "it has no name servers");
    if (!*z->name)
        return err_hint(err,
                        "UDP and TCP port 53 must get out to the servers of dns.root, and they "
                        "must hold the root zone");
    return err_hint(err,
                    "UDP and TCP port 53 must get out to them; where it does, mend the name "
                    "servers of zone %s, or its delegation in the zone above",
                    dns_name_show(z->name));
}

/* Where to begin for name: the closest zone already known, else by the resolvers. */
static struct dns_zone *start(struct resolve *r, const char *name, bool above, struct err *err)
{
    const char *within = above ? dns_name_parent(name) : name;
    struct dns_zone *best = NULL;

    for (struct dns_zone *z = r->zones; z; z = z->next)
        if (dns_name_within(within, z->name) && (!best || strlen(z->name) > strlen(best->name)))
            best = z;
    return best ? best : recursor_zone(r, dns_name_parent(name), err);
}

static int iterate(struct resolve *r, const struct dns_question *q, bool above,
                   struct resolve_answer *out, struct err *err)
{
    struct dns_zone *z = start(r, q->name, above, err);
    struct resolve_answer a = {0};

    for (int i = 0; z && i < MAX_REFERRALS; i++) {
        struct failures f = {{0}};
        int rc = ask_zone(r, z, q, &a, &f, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            return no_usable(z, q, &f, err);
        if (*f.text && !z->warned)
            log_warn(r->env->log, "zone %s: %s", dns_name_show(z->name), f.text);
        z->warned = z->warned || *f.text;
        const char *owner = a.referral ? resolve_referral(&a.msg, z->name, q->name) : "";
        if (!a.referral || (above && strcmp(owner, q->name) == 0)) {
            *out = a;
            return 0;
        }
        z = follow(r, &a.msg, owner, err);
        resolve_answer_clear(&a);
    }
    return err_set(err, ERR_DNS, "%s: too many referrals", dns_name_show(q->name));
}

int resolve_query(struct resolve *r, const char *name, enum dns_type type,
                  struct resolve_answer *out, struct err *err)
{
    struct dns_question q = {.name = name, .type = type};
    return iterate(r, &q, false, out, err);
}

int resolve_above(struct resolve *r, const char *zone, struct resolve_answer *out, struct err *err)
{
    struct dns_question q = {.name = zone, .type = DNS_TYPE_NS};
    return iterate(r, &q, true, out, err);
}
