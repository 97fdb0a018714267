/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/chain.h"

#include "dns/zone.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- pure ---- */

enum chain_step chain_read(const struct dns_message *m, const char *name, char target[256],
                           uint32_t *ttl_s)
{
    const struct dns_record *cname = dns_message_find(m, DNS_ANSWER, name, DNS_TYPE_CNAME);

    if (cname) { /* the rest of the answer is the server's view of other names: asked anew */
        text_copy(target, 256, cname->name);
        *ttl_s = cname->ttl_s;
        return CHAIN_CNAME;
    }
    return m->rcode == DNS_NXDOMAIN ? CHAIN_NO_NAME : CHAIN_END;
}

int chain_seen(const struct delegation *d, const char *name)
{
    for (size_t i = 0; i < d->hop_count; i++)
        if (strcmp(d->hop[i].name, name) == 0)
            return (int)i;
    return -1;
}

void chain_text(const struct delegation *d, size_t from, const char *last, char *out, size_t size)
{
    size_t len = 0;

    if (size > 0)
        out[0] = 0;
    for (size_t i = from; i < d->hop_count && len < size; i++) {
        snprintf(out + len, size - len, "%s -> ", d->hop[i].name);
        len += strlen(out + len);
    }
    if (len < size)
        snprintf(out + len, size - len, "%s", last);
}

/* ---- walking ---- */

/* Would a name that surely does not exist get the same CNAME here? */
static int look_for_wildcard(struct resolve *r, const struct resolve_answer *a,
                             struct delegation_hop *hop, struct err *err)
{
    char label[17], name[DNS_NAME_SIZE + 32], target[256];
    const char *parent = dns_name_parent(hop->name);
    uint8_t random[8];
    uint32_t ttl_s = 0;
    struct dns_reply reply;

    if (os_random(random, sizeof random, err))
        return -1;
    text_hex(random, sizeof random, label);
    int n = snprintf(name, sizeof name, "_rras-%s.%s", label, parent);
    if (n < 0 || !dns_name_plain(name))
        return 0; /* too long a name to have a sibling */
    struct dns_question q = {.name = name, .type = DNS_TYPE_TXT};
    if (resolve_ask(r, &a->by, &q, &reply, err))
        return -1;
    hop->wildcard = reply.outcome == DNS_ANSWERED &&
                    chain_read(&reply.msg, name, target, &ttl_s) == CHAIN_CNAME &&
                    strcmp(target, hop->target) == 0;
    dns_message_clear(&reply.msg);
    return 0;
}

static bool from_dname(const struct resolve_answer *a, const char *name)
{
    for (size_t i = 0; i < a->msg.count; i++)
        if (a->msg.record[i].section == DNS_ANSWER && a->msg.record[i].type == DNS_TYPE_DNAME &&
            dns_name_within(name, a->msg.record[i].owner))
            return true;
    return false;
}

static int refuse_loop(const struct delegation *d, const char *target, struct err *err)
{
    char text[700];

    chain_text(d, (size_t)chain_seen(d, target), target, text, sizeof text);
    err_set(err, ERR_DNS, "%s: CNAME loop: %s", d->challenge, text);
    return err_hint(err, "let %s be a CNAME to the name that shall carry the TXT record",
                    d->challenge);
}

/* A CNAME was found: hop->target is set. */
static int take_cname(struct resolve *r, const struct resolve_answer *a, struct delegation *d,
                      struct err *err)
{
    struct delegation_hop *hop = &d->hop[d->hop_count - 1];

    if (zone_of_alias(r, a, hop->name, hop->zone, err))
        return -1;
    if (chain_seen(d, hop->target) >= 0)
        return refuse_loop(d, hop->target, err);
    if (!dns_name_plain(hop->target))
        return err_set(err, ERR_DNS, "%s: the CNAME's target %s is not a plain DNS name", hop->name,
                       dns_name_show(hop->target));
    if (from_dname(a, hop->name))
        log_info(resolve_env(r)->log, "%s: CNAME made from a DNAME record", hop->name);
    else if (look_for_wildcard(r, a, hop, err))
        return -1;
    d->delegated = true;
    return 0;
}

/* NXDOMAIN from the root or a top level domain: there is nothing to publish in. */
static int refuse_missing_zone(const struct delegation *d, const struct resolve_answer *a,
                               const char *zone, struct err *err)
{
    const struct delegation_hop *hop = &d->hop[d->hop_count - 1];
    const char *missing = dns_name_below(hop->name, zone);
    char where[72];

    net_addr_text(&a->by, where);
    if (d->delegated) {
        err_set(err, ERR_DNS,
                "%s: the CNAME points into zone %s, which does not exist (%s says NXDOMAIN)",
                d->hop[d->hop_count - 2].name, missing, where);
        return err_hint(err, "correct the CNAME, or set up and delegate zone %s", missing);
    }
    err_set(err, ERR_DNS, "%s: zone %s does not exist (%s says NXDOMAIN)", hop->name, missing,
            where);
    return err_hint(err, "is the certificate name spelled right, and its domain registered?");
}

static int take_end(struct resolve *r, const struct resolve_answer *a, struct delegation *d,
                    bool no_name, struct err *err)
{
    struct delegation_hop *hop = &d->hop[d->hop_count - 1];
    const char *zone = a->zone->name;

    for (size_t i = 0; i < a->msg.count; i++)
        if (a->msg.record[i].section == DNS_AUTHORITY && a->msg.record[i].type == DNS_TYPE_SOA &&
            dns_name_within(hop->name, a->msg.record[i].owner))
            zone = a->msg.record[i].owner;
    text_copy(hop->zone, sizeof hop->zone, zone);
    text_copy(d->target, sizeof d->target, hop->name);
    d->text_there = dns_message_find(&a->msg, DNS_ANSWER, hop->name, DNS_TYPE_TXT) != NULL;
    if (no_name && !zone_usable(resolve_env(r)->conf, zone))
        return refuse_missing_zone(d, a, zone, err);
    return 0;
}

/* 1 = a CNAME, go on; 0 = the end; -1. */
static int one_hop(struct resolve *r, const char *name, struct delegation *d, struct err *err)
{
    struct delegation_hop *hop = &d->hop[d->hop_count++];
    struct resolve_answer a = {0};
    int rc = -1;

    *hop = (struct delegation_hop){.ttl_s = 0};
    text_copy(hop->name, sizeof hop->name, name);
    if (resolve_query(r, name, DNS_TYPE_TXT, &a, err))
        return -1;
    hop->answered_by = a.by;
    enum chain_step step = chain_read(&a.msg, hop->name, hop->target, &hop->ttl_s);
    if (step == CHAIN_CNAME)
        rc = take_cname(r, &a, d, err) ? -1 : 1;
    else
        rc = take_end(r, &a, d, step == CHAIN_NO_NAME, err);
    resolve_answer_clear(&a);
    return rc;
}

int chain_walk(struct resolve *r, const char *name, struct delegation *out, struct err *err)
{
    const char *plain = text_starts(name, "*.") ? name + 2 : name;
    char text[600];
    int rc = 1;

    memset(out, 0, sizeof *out);
    if (!delegation_challenge(resolve_env(r), plain, out->challenge, sizeof out->challenge) ||
        !dns_name_plain(out->challenge) || !dns_name_set(out->name, plain) ||
        !dns_name_set(out->challenge, out->challenge))
        return err_set(err, ERR_USAGE, "%s: not a name that can have a challenge record", name);
    text_copy(text, sizeof text, out->challenge);
    while (rc == 1 && out->hop_count < DELEGATION_MAX_HOPS) {
        rc = one_hop(r, text, out, err);
        text_copy(text, sizeof text, out->hop[out->hop_count - 1].target);
    }
    if (rc == 1) {
        chain_text(out, 0, "...", text, sizeof text);
        return err_set(err, ERR_DNS, "%s: more than %d CNAMEs: %s", out->challenge,
                       DELEGATION_MAX_HOPS - 1, text);
    }
    return rc;
}
