/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows C9 to C12: what stands before the wildcards. http.sys takes the host name's record first,
 * then the address's, then the wildcard; nothing in RRAS notices, and clients see a certificate
 * whose hash RRAS does not expect.
 */
#include "doctor/rows_c.h"

#include "plan.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const struct binding *wildcard(const struct doctor_seen *s)
{
    const struct binding *v4 = &s->machine->binding[FAMILY_V4];

    return v4->present ? v4 : &s->machine->binding[FAMILY_V6];
}

static bool shows_the_same(const struct doctor_seen *s, const struct http_record *r)
{
    const struct binding *b = wildcard(s);

    return b->present && b->hash_len == r->hash_len && memcmp(b->hash, r->hash, r->hash_len) == 0;
}

static bool is_dialled(const struct doctor_seen *s, const struct http_record *r)
{
    const char *name;

    for (size_t i = 0; (name = doctor_name(s, i)) != NULL; i++)
        if (plan_names_meet(r->host, name))
            return true;
    return false;
}

static const char *owner_of(const struct http_record *r)
{
    const char *owner = names_app_id_owner(r->app_id);

    return owner ? owner : "another program";
}

/* How many records of the kind there are; *shadow is the first that clients meet: one that shows
 * another certificate, else one that shows the same (*same). */
static size_t count_records(const struct doctor_seen *s, enum record_kind kind,
                            const struct http_record **shadow, bool *same)
{
    size_t n = 0;

    *shadow = NULL;
    *same = true;
    for (size_t i = 0; i < s->machine->record_count; i++) {
        const struct http_record *r = &s->machine->record[i];
        if (r->kind != kind)
            continue;
        n++;
        if (!*same || (kind == RECORD_SNI && !is_dialled(s, r)))
            continue;
        *same = shows_the_same(s, r);
        if (!*shadow || !*same)
            *shadow = r;
    }
    return n;
}

/* It harms nobody until the next certificate is to be deployed, which it would refuse: told now. */
static void warn_of_same(const struct http_record *r, const char *key, struct doctor_finding *f)
{
    finding_warn(f,
                 "the record %s of %s stands before SSTP's with the same certificate: right now, "
                 "but nothing renews it, and while it is there the next one is not deployed",
                 r->where, owner_of(r));
    finding_cure(f, "without it SSTP's own binding serves them: netsh http delete sslcert %s=%s",
                 key, r->where);
}

void c_judge_host_names(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct http_record *r;
    bool same;
    size_t n;

    if (c_is_offloaded(s, f))
        return;
    n = count_records(s, RECORD_SNI, &r, &same);
    if (r && same) {
        warn_of_same(r, "hostnameport", f);
    } else if (r) {
        finding_fail(f,
                     "the record %s of %s shows another certificate and stands before SSTP's: "
                     "clients that dial that name are refused",
                     r->where, owner_of(r));
        finding_cure(f,
                     "give that site another name or port; or: netsh http delete sslcert "
                     "hostnameport=%s",
                     r->where);
    } else if (n == 0) {
        finding_ok(f, "none on the port");
    } else if (!doctor_name(s, 0)) {
        finding_note(f, "%zu on the port; which name clients dial is not known", n);
    } else {
        finding_ok(f, "%zu, of other names", n);
    }
}

void c_judge_addresses(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct http_record *r;
    bool same;

    if (c_is_offloaded(s, f))
        return;
    (void)count_records(s, RECORD_IP, &r, &same);
    if (r && same) {
        warn_of_same(r, "ipport", f);
    } else if (r) {
        finding_fail(f,
                     "the record %s of %s shows another certificate and stands before SSTP's: "
                     "clients that reach that address are refused",
                     r->where, owner_of(r));
        finding_cure(f,
                     "move that program to another address or port; or: netsh http delete "
                     "sslcert ipport=%s",
                     r->where);
    } else {
        finding_ok(f, "none on the port");
    }
}

void c_judge_central(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct http_record *r;
    bool same;

    if (c_is_offloaded(s, f))
        return;
    if (count_records(s, RECORD_CCS, &r, &same) == 0) {
        finding_ok(f, "not used on the port");
        return;
    }
    finding_warn(f,
                 "IIS's central certificate store is used on port %d: it may answer for the "
                 "names that clients dial",
                 doctor_port(s));
    finding_cure(f, "move these sites to another port; see netsh http show sslcert ccs=%d",
                 doctor_port(s));
}

/* Can clients come in by this address? */
static bool is_reachable(const struct net_addr *a)
{
    enum net_scope scope = net_addr_scope(a);

    return scope == NET_PUBLIC || scope == NET_PRIVATE;
}

static bool is_listed(const struct listen_list *l, const struct net_addr *a)
{
    static const uint8_t any[16];
    size_t len = a->family == 4 ? 4 : 16;

    for (size_t i = 0; i < l->n; i++)
        if (l->addr[i].family == a->family &&
            (memcmp(l->addr[i].ip, a->ip, len) == 0 || memcmp(l->addr[i].ip, any, len) == 0))
            return true;
    return false;
}

void c_judge_listen_list(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct listen_list *l = &s->machine->listen;
    const struct local_addresses *local = &s->machine->local;
    char list[256] = "", one[64];

    if (!finding_readable(f, &l->seen))
        return;
    for (size_t i = 0; i < l->n; i++) {
        size_t used = strlen(list);
        net_addr_ip_text(&l->addr[i], one);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", one);
    }
    if (l->n == 0) {
        finding_ok(f, "empty: http.sys listens on all addresses");
        return;
    }
    for (size_t i = 0; i < local->n; i++)
        if (is_reachable(&local->addr[i]) && !is_listed(l, &local->addr[i])) {
            net_addr_ip_text(&local->addr[i], one);
            finding_warn(f, "http.sys listens on %s only, and this machine has %s, too", list, one);
            finding_cure(f, "if clients come in by it: netsh http add iplisten ipaddress=%s", one);
            return;
        }
    finding_note(f, "http.sys listens on %s only", list);
}
