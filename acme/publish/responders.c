/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/responders.h"

#include "os.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ZONES = 32 };

struct served { /* a zone, and how many hold it */
    struct responder_zone zone;
    struct responder_text text[RESPONDER_MAX_TEXTS];
    unsigned holders;
};

struct responder {
    struct responder *next;
    struct responders *all;
    struct net_addr listen[RESPONDER_MAX_LISTEN];
    size_t listen_count;
    struct responder_serve *serve;
    struct os_mutex *lock; /* of what follows: the serving thread reads it */
    struct served *served[MAX_ZONES];
    size_t served_count;
};

struct responder_lease {
    struct responder *responder;
    struct served *served;
};

struct responders {
    struct os_mutex *lock; /* taken before a responder's */
    struct responder *first;
};

int responders_open(struct responders **out, struct err *err)
{
    struct responders *all = calloc(1, sizeof *all);
    if (!all)
        return err_set(err, ERR_FAIL, "DNS responders: out of memory");
    if (os_mutex_open(&all->lock, err)) {
        free(all);
        return -1;
    }
    *out = all;
    return 0;
}

void responders_close(struct responders *all)
{
    if (!all)
        return;
    os_mutex_close(all->lock);
    free(all);
}

/* ---- one responder ---- */

static bool on_question(void *user, const uint8_t *query, size_t len, bool tcp, struct buf *out)
{
    struct responder *r = user;
    const struct responder_zone *zone[MAX_ZONES];
    os_mutex_lock(r->lock);
    for (size_t i = 0; i < r->served_count; i++)
        zone[i] = &r->served[i]->zone;
    bool answered =
        responder_answer(&(struct responder_zones){zone, r->served_count}, query, len, tcp, out);
    os_mutex_unlock(r->lock);
    return answered;
}

static unsigned responder_free(struct responder *r)
{
    unsigned answered = responder_serve_stop(r->serve);
    os_mutex_close(r->lock);
    free(r);
    return answered;
}

static int responder_new(struct responder **out, struct responders *all,
                         const struct responder_setup *setup, struct err *err)
{
    struct responder *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ERR_FAIL, "DNS responder: out of memory");
    const struct responder_source source = {on_question, r};
    r->all = all;
    memcpy(r->listen, setup->listen, sizeof r->listen);
    r->listen_count = setup->listen_count;
    if (os_mutex_open(&r->lock, err) ||
        responder_serve_start(&r->serve, r->listen, r->listen_count, &source, err)) {
        responder_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

static struct responder *find(struct responders *all, const struct responder_setup *setup)
{
    for (struct responder *r = all->first; r; r = r->next) {
        bool same = r->listen_count == setup->listen_count;
        for (size_t i = 0; same && i < setup->listen_count; i++)
            same = net_addr_equal(&r->listen[i], &setup->listen[i]);
        if (same)
            return r;
    }
    return NULL;
}

static void unlink_responder(struct responders *all, const struct responder *r)
{
    struct responder **at = &all->first;
    while (*at && *at != r)
        at = &(*at)->next;
    if (*at)
        *at = r->next;
}

/* ---- zones ---- */

static bool same_zone(const struct responder_zone *a, const struct responder_zone *b)
{
    bool same = a->ns_count == b->ns_count && a->address_count == b->address_count;
    for (size_t i = 0; same && i < a->ns_count; i++)
        same = wire_name_equal(&a->ns[i], &b->ns[i]);
    for (size_t i = 0; same && i < a->address_count; i++)
        same = net_addr_equal(&a->address[i], &b->address[i]);
    return same;
}

static int add_zone(struct responder *r, const struct responder_zone *zone, struct served **out,
                    struct err *err)
{
    if (r->served_count == MAX_ZONES)
        return err_set(err, ERR_USAGE, "dns.builtin.zone: more than %d zones", MAX_ZONES);
    struct served *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ERR_FAIL, "DNS responder: out of memory");
    s->zone = *zone;
    s->zone.text = s->text;
    s->zone.text_count = 0;
    r->served[r->served_count++] = s;
    *out = s;
    return 0;
}

static int hold_zone(struct responder *r, const struct responder_zone *zone, struct served **out,
                     struct err *err)
{
    struct served *s = NULL;
    for (size_t i = 0; i < r->served_count && !s; i++) {
        if (wire_name_equal(&r->served[i]->zone.apex, &zone->apex))
            s = r->served[i];
    }
    if (s && !same_zone(&s->zone, zone))
        return err_set(err, ERR_USAGE,
                       "dns.builtin: another certificate has the same zone with "
                       "another ns or address");
    if (!s && add_zone(r, zone, &s, err))
        return -1;
    if (!s)
        return err_set(err, ERR_FAIL, "DNS responder: no zone");
    s->holders++;
    *out = s;
    return 0;
}

static void drop_zone(struct responder *r, struct served *s)
{
    if (--s->holders > 0)
        return;
    for (size_t i = 0; i < r->served_count; i++) {
        if (r->served[i] == s)
            r->served[i--] = r->served[--r->served_count];
    }
    free(s);
}

/* ---- leases ---- */

int responders_join(struct responders *all, const struct responder_setup *setup,
                    struct responder_lease **out, struct err *err)
{
    struct responder_lease *l = calloc(1, sizeof *l);
    if (!l)
        return err_set(err, ERR_FAIL, "DNS responder: out of memory");
    os_mutex_lock(all->lock);
    struct responder *r = find(all, setup);
    bool fresh = !r;
    int rc = fresh ? responder_new(&r, all, setup, err) : 0;
    if (rc == 0 && r) {
        os_mutex_lock(r->lock);
        rc = hold_zone(r, &setup->zone, &l->served, err);
        os_mutex_unlock(r->lock);
        if (rc == 0 && fresh) {
            r->next = all->first;
            all->first = r;
        } else if (rc && fresh) {
            responder_free(r);
        }
    }
    os_mutex_unlock(all->lock);
    l->responder = r;
    if (rc)
        free(l);
    else
        *out = l;
    return rc;
}

unsigned responders_leave(struct responder_lease *l)
{
    unsigned answered = 0;
    if (!l)
        return 0;
    struct responder *r = l->responder;
    struct responders *all = r->all;
    os_mutex_lock(all->lock);
    os_mutex_lock(r->lock);
    drop_zone(r, l->served);
    bool last = r->served_count == 0;
    os_mutex_unlock(r->lock);
    if (last) {
        unlink_responder(all, r);
        answered = responder_free(r);
    }
    os_mutex_unlock(all->lock);
    free(l);
    return answered;
}

/* The index of the value, text_count if it is not there. */
static size_t find_text(const struct responder_zone *z, const struct wire_name *owner,
                        const char *value)
{
    size_t i = 0;
    while (i < z->text_count &&
           (!wire_name_equal(&z->text[i].owner, owner) || strcmp(z->text[i].value, value) != 0))
        i++;
    return i;
}

static bool lies_in(const struct wire_name *name, const struct wire_name *zone)
{
    for (size_t i = 0; i < name->len && name->len - i >= zone->len; i += name->p[i] + 1U) {
        if (name->len - i == zone->len)
            return memcmp(name->p + i, zone->p, zone->len) == 0;
    }
    return false;
}

int responders_add(struct responder_lease *l, const char *owner, const char *value, struct err *err)
{
    struct responder_text text = {.owner = {.len = 0}};
    struct responder_zone *z = &l->served->zone;
    int rc = 0;
    if (!wire_name_from(&text.owner, owner) || !lies_in(&text.owner, &z->apex) ||
        strlen(value) > RESPONDER_TEXT_CHARS) {
        err_set(err, ERR_DNS, "builtin: %s: lies outside of the zone that we answer for", owner);
        return err_hint(err, "let the CNAME point to a name in dns.builtin.zone");
    }
    memcpy(text.value, value, strlen(value) + 1);
    os_mutex_lock(l->responder->lock);
    if (find_text(z, &text.owner, value) == z->text_count) {
        if (z->text_count == RESPONDER_MAX_TEXTS) {
            rc = err_set(err, ERR_DNS, "builtin: %s: more than %d values at once", owner,
                         RESPONDER_MAX_TEXTS);
        } else {
            z->text[z->text_count++] = text;
            z->serial++;
        }
    }
    os_mutex_unlock(l->responder->lock);
    return rc;
}

void responders_remove(struct responder_lease *l, const char *owner, const char *value)
{
    struct responder_zone *z = &l->served->zone;
    struct wire_name name;
    if (!wire_name_from(&name, owner))
        return;
    os_mutex_lock(l->responder->lock);
    size_t i = find_text(z, &name, value);
    if (i < z->text_count) {
        z->text[i] = z->text[--z->text_count];
        z->serial++;
    }
    os_mutex_unlock(l->responder->lock);
}
