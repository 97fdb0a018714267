/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/addresses.h"

#include "text.h"

static void take(struct acme_addresses *out, const struct dns_message *m)
{
    for (size_t i = 0; i < m->count && out->n < ACME_MAX_ADDRESSES; i++)
        if (m->record[i].section == DNS_ANSWER && m->record[i].addr.family != 0)
            out->addr[out->n++] = m->record[i].addr;
}

/* The aliases on the way stand in a recursive server's answer, before the addresses. */
int addresses_ask(const struct dns_io *io, const struct net_addr *server, const char *name,
                  struct acme_addresses *out, struct err *err)
{
    static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
    struct acme_addresses found = {.n = 0};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct dns_question q = {.name = name, .type = types[i], .recurse = true};
        struct dns_message m = {0};
        enum dns_outcome o = io->exchange(io->user, server, &q, &m);
        if (o != DNS_ANSWERED && i == 0)
            return err_set(err, ERR_DNS, "%s", dns_outcome_text(o));
        if (i == 0) {
            found.no_error = m.rcode == DNS_NOERROR;
            text_copy(found.rcode, sizeof found.rcode, dns_rcode_name(m.rcode));
        }
        take(&found, &m);
        dns_message_clear(&m);
        if (!found.no_error)
            break;
    }
    *out = found;
    return 0;
}

int acme_addresses(const struct net_addr *server, const char *name, struct acme_addresses *out,
                   struct err *err)
{
    return addresses_ask(&dns_io_net, server, name, out, err);
}
