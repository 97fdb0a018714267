/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/resolve_int.h"

#include "text.h"

#include <string.h>

enum {
    MAX_DEPTH = 4,   /* name servers in zones whose name servers are in zones ... */
    MAX_ALIASES = 4, /* CNAMEs of a host */
};

static void add_addr(struct dns_host *h, const struct net_addr *a)
{
    for (size_t i = 0; i < h->addr_count; i++)
        if (net_addr_equal(&h->addr[i], a))
            return;
    if (h->addr_count < RESOLVE_MAX_ADDRS)
        h->addr[h->addr_count++] = *a;
}

void host_take_addresses(const struct resolve *r, const struct dns_message *m,
                         enum dns_section section, const char *owner, struct dns_host *out)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *rec = &m->record[i];
        struct net_addr a = rec->addr;
        if (rec->section != section || a.family == 0 || (owner && strcmp(rec->owner, owner) != 0))
            continue;
        a.port = r->port;
        add_addr(out, &a);
    }
}

/* One type by iterating, following the host's CNAMEs. */
static int host_iterating(struct resolve *r, const char *host, enum dns_type type,
                          struct dns_host *out, struct err *err)
{
    char name[DNS_NAME_SIZE];

    text_copy(name, sizeof name, host);
    for (int alias = 0; alias <= MAX_ALIASES; alias++) {
        struct resolve_answer a = {0};
        if (resolve_query(r, name, type, &a, err))
            return -1;
        host_take_addresses(r, &a.msg, DNS_ANSWER, name, out);
        const struct dns_record *cname = dns_message_find(&a.msg, DNS_ANSWER, name, DNS_TYPE_CNAME);
        bool more = cname != NULL;
        if (more)
            text_copy(name, sizeof name, cname->name);
        resolve_answer_clear(&a);
        if (!more)
            return 0;
    }
    return err_set(err, ERR_DNS, "too many CNAMEs");
}

static int host_by_resolver(struct resolve *r, const char *host, enum dns_type type,
                            struct dns_host *out, struct err *err)
{
    struct dns_question q = {.name = host, .type = type, .recurse = true};
    struct dns_message m = {0};

    if (recursor_ask(r, &q, &m, err))
        return -1;
    host_take_addresses(r, &m, DNS_ANSWER, NULL, out); /* the resolver followed CNAMEs */
    dns_message_clear(&m);
    return 0;
}

int resolve_host(struct resolve *r, const char *host, struct net_addr out[RESOLVE_MAX_ADDRS],
                 size_t *count, struct err *err)
{
    static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
    struct dns_host found = {.addr_count = 0};
    struct err first = {0};

    if (r->depth >= MAX_DEPTH)
        return err_set(err, ERR_DNS, "%s: its zone's name servers depend on each other", host);
    r->depth++;
    for (size_t i = 0; i < 2; i++) {
        int rc = r->from_root ? host_iterating(r, host, types[i], &found, &first)
                              : host_by_resolver(r, host, types[i], &found, &first);
        (void)rc; /* one of the two may fail */
    }
    r->depth--;
    if (found.addr_count == 0 && err_is_set(&first)) {
        *err = first;
        return err_context(err, "address of %s", host);
    }
    if (found.addr_count == 0)
        return err_set(err, ERR_DNS, "%s: has no address", host);
    memcpy(out, found.addr, found.addr_count * sizeof *out);
    *count = found.addr_count;
    return 0;
}

void host_need_addresses(struct resolve *r, struct dns_host *h, struct failures *f)
{
    struct err err = {0};

    if (h->resolved)
        return;
    h->resolved = true; /* whatever comes of it: once */
    if (resolve_host(r, h->name, h->addr, &h->addr_count, &err))
        failures_add(f, "%s", err.text);
}
