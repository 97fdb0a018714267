/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/resolve_int.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PORT_DNS = 53,
    MAX_ZONES = 64, /* in the cache; the budget of questions keeps it well below */
};

/* ---- zone cache ---- */

struct dns_zone *zone_add(struct resolve *r, const char *name, struct err *err)
{
    struct dns_zone *z = r->zone_count < MAX_ZONES ? calloc(1, sizeof *z) : NULL;

    if (!z) {
        err_set(err, ERR_FAIL, "zone %s: out of memory, or too many zones", dns_name_show(name));
        return NULL;
    }
    text_copy(z->name, sizeof z->name, name);
    z->next = r->zones;
    r->zones = z;
    r->zone_count++;
    return z;
}

void zone_add_host(struct dns_zone *z, const char *name)
{
    for (size_t i = 0; i < z->host_count; i++)
        if (strcmp(z->host[i].name, name) == 0)
            return;
    if (z->host_count < RESOLVE_MAX_HOSTS)
        text_copy(z->host[z->host_count++].name, DNS_NAME_SIZE, name);
}

struct dns_zone *zone_cached(const struct resolve *r, const char *name)
{
    struct dns_zone *z = r->zones;

    while (z && strcmp(z->name, name) != 0)
        z = z->next;
    return z;
}

const struct dns_zone *resolve_known_zone(const struct resolve *r, const char *zone)
{
    return zone_cached(r, zone);
}

/* ---- opening ---- */

static int read_addresses(struct net_addr *out, size_t max, size_t *count,
                          const struct strings *from, const char *key, struct err *err)
{
    for (size_t i = 0; i < from->n && *count < max; i++) {
        if (net_addr_parse(&out[*count], from->v[i], PORT_DNS, err))
            return err_context(err, "%s", key);
        (*count)++;
    }
    return 0;
}

static int open_root(struct resolve *r, const struct strings *root, struct err *err)
{
    struct dns_zone *z = zone_add(r, "", err);

    if (!z)
        return -1;
    struct dns_host *h = &z->host[z->host_count++];
    text_copy(h->name, sizeof h->name, "dns.root");
    h->resolved = true;
    if (read_addresses(h->addr, RESOLVE_MAX_ADDRS, &h->addr_count, root, "dns.root", err))
        return -1;
    r->from_root = true;
    r->port = h->addr[0].port;
    return 0;
}

int resolve_open(struct resolve **out, const struct delegation_env *env, const struct dns_io *io,
                 struct err *err)
{
    const struct conf *c = env->conf;
    struct resolve *r = calloc(1, sizeof *r);
    int rc;

    if (!r)
        return err_set(err, ERR_FAIL, "DNS: out of memory");
    r->env = env;
    r->io = io;
    r->port = PORT_DNS;
    if (c->dns.root.n > 0)
        rc = open_root(r, &c->dns.root, err);
    else if (c->dns.resolvers.n > 0)
        rc = read_addresses(r->resolver, RESOLVE_MAX_RESOLVERS, &r->resolver_count,
                            &c->dns.resolvers, "dns.resolvers", err);
    else
        rc = dns_system_resolvers(r->resolver, RESOLVE_MAX_RESOLVERS, &r->resolver_count, err);
    if (rc)
        resolve_close(r);
    else
        *out = r;
    return rc;
}

void resolve_close(struct resolve *r)
{
    if (!r)
        return;
    for (struct dns_zone *z = r->zones, *next; z; z = next) {
        next = z->next;
        free(z);
    }
    free(r);
}

const struct delegation_env *resolve_env(const struct resolve *r)
{
    return r->env;
}

void resolve_answer_clear(struct resolve_answer *a)
{
    dns_message_clear(&a->msg);
    memset(a, 0, sizeof *a);
}

/* ---- one question ---- */

static bool known_dead(const struct resolve *r, const struct net_addr *a, enum dns_outcome *o)
{
    for (size_t i = 0; i < r->dead_count; i++) {
        if (net_addr_equal(&r->dead[i].addr, a)) {
            *o = r->dead[i].outcome;
            return true;
        }
    }
    return false;
}

static void note_dead(struct resolve *r, const struct net_addr *a, enum dns_outcome o)
{
    bool v6 = a->family == 6;

    if (r->dead_count < RESOLVE_MAX_DEAD)
        r->dead[r->dead_count++] = (struct dead){*a, o};
    if (o == DNS_NO_ROUTE && !r->warned[v6]) {
        r->warned[v6] = true;
        log_warn(r->env->log, "no route to name servers by IPv%c from this machine: skipped",
                 v6 ? '6' : '4');
    }
}

int resolve_ask(struct resolve *r, const struct net_addr *to, const struct dns_question *q,
                struct dns_reply *out, struct err *err)
{
    char where[72];

    if (r->env->interrupted && r->env->interrupted())
        return err_set(err, ERR_POSTPONED, "DNS: interrupted");
    memset(out, 0, sizeof *out);
    if (known_dead(r, to, &out->outcome))
        return 0;
    if (r->asked++ >= RESOLVE_MAX_QUERIES)
        return err_set(err, ERR_DNS, "%s: gave up after %d DNS questions; its zones are odd",
                       dns_name_show(q->name), RESOLVE_MAX_QUERIES);
    out->outcome = r->io->exchange(r->io->user, to, q, &out->msg);
    net_addr_text(to, where);
    log_debug(r->env->log, "dns: %s %s at %s: %s", dns_name_show(q->name), dns_type_name(q->type),
              where,
              out->outcome == DNS_ANSWERED ? dns_rcode_name(out->msg.rcode)
                                           : dns_outcome_text(out->outcome));
    /* A resolver may be slow for one name alone. */
    if ((out->outcome == DNS_TIMED_OUT && !q->recurse) || out->outcome == DNS_NOT_LISTENING ||
        out->outcome == DNS_NO_ROUTE)
        note_dead(r, to, out->outcome);
    return 0;
}

/* ---- failures ---- */

void failures_add(struct failures *f, const char *fmt, ...)
{
    size_t len = strlen(f->text);
    va_list ap;

    if (len > 0 && len + 3 < sizeof f->text) {
        memcpy(f->text + len, "; ", 3);
        len += 2;
    }
    va_start(ap, fmt);
    vsnprintf(f->text + len, sizeof f->text - len, fmt, ap);
    va_end(ap);
}

void failures_add_server(struct failures *f, const char *server, const struct net_addr *addr,
                         const char *what)
{
    char where[72];

    net_addr_text(addr, where);
    failures_add(f, "%s (%s): %s", server, where, what);
}
