/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of a name server. The first byte picks the type that was asked for; the ID always fits,
 * as a server knows it. */
#include "fuzz.h"

#include "dns/chain.h"
#include "dns/message.h"
#include "dns/resolve_int.h"
#include "dns/walk.h"

#include <string.h>

static const char name[] = "_acme-challenge.vpn.example.com";

static void walk(struct fuzz *f, const struct dns_message *m)
{
    char target[256] = "";
    uint32_t ttl_s = 0;
    struct dns_host host = {0};
    struct resolve r = {.port = 53};
    struct propagation_wanted wanted = {.values = {"value"}, .value_count = 1};

    if (chain_read(m, name, target, &ttl_s) == CHAIN_CNAME)
        FUZZ_HOLDS(fuzz_text_fit(target)); /* "" is the root, which the walk refuses */
    const char *zone = resolve_referral(m, "com", name);
    FUZZ_HOLDS(!zone || zone[0] == '\0' ||
               (dns_name_within(name, zone) && dns_name_within(zone, "com")));
    host_take_addresses(&r, m, DNS_ADDITIONAL, NULL, &host);
    FUZZ_HOLDS(host.addr_count <= RESOLVE_MAX_ADDRS);
    struct look_at at = propagation_read(m, name, &wanted);
    FUZZ_HOLDS(at.look != LOOK_SEEN || at.values >= 1);
}

void fuzz_dns_message(struct fuzz *f, const uint8_t *p, size_t len)
{
    static const enum dns_type types[] = {DNS_TYPE_TXT, DNS_TYPE_A,     DNS_TYPE_AAAA, DNS_TYPE_NS,
                                          DNS_TYPE_SOA, DNS_TYPE_CNAME, DNS_TYPE_CAA};
    struct dns_message m = {0};
    struct err err = {0};
    if (len < 1 || len > DNS_MAX_MESSAGE_BYTES)
        return;
    struct dns_question q = {.name = name, .type = types[p[0] % (sizeof types / sizeof *types)]};
    p++;
    len--;
    uint16_t id = len >= 2 ? (uint16_t)(p[0] << 8 | p[1]) : 0;

    int result = dns_message_read(&m, p, len, id, &q, &err);
    FUZZ_ERR(result, &err);
    if (result == 0) {
        FUZZ_HOLDS(m.count <= DNS_MAX_RECORDS);
        for (size_t i = 0; i < m.count; i++)
            FUZZ_HOLDS(memchr(m.record[i].owner, '\0', DNS_NAME_SIZE) &&
                       ((m.record[i].type != DNS_TYPE_TXT && m.record[i].type != DNS_TYPE_CAA) ||
                        m.record[i].text));
        walk(f, &m);
    }
    dns_message_clear(&m);
}
