/* SPDX-License-Identifier: Apache-2.0 */
/* Rows about certificate records of http.sys, on the loopback addresses and a free port. */
#include "selftest/try.h"

#include "rras/names.h"
#include "text.h"

#include <string.h>

enum { LOOK_MS = 5000 };

static const char no_key[] = "not tried: there is no certificate with a usable key";
static const char no_listener[] = "not tried: nothing listens there";

/* Numbers that differ from Windows' defaults, so that a lost field shows. They concern client
 * certificates, which nobody asks for. */
static struct binding record_for(const uint8_t sha1[SHA1_BYTES])
{
    struct binding b = {.present = true,
                        .app_id = SELFTEST_APP_ID,
                        .store = NAME_STORE_MY,
                        .hash_len = SHA1_BYTES,
                        .check_mode = 1,
                        .revocation_freshness_s = 3600,
                        .revocation_timeout_ms = 5000};

    memcpy(b.hash, sha1, SHA1_BYTES);
    return b;
}

static int note_record(const struct selftest *s, enum family f, int port, struct err *err)
{
    const struct selftest_object o = {.kind = SELFTEST_OBJECT_RECORD, .family = f, .port = port};

    return selftest_note(s, &o, err);
}

static int need_port(struct selftest *s, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);

    return s->port ? 0 : h->free_port(h->self, &s->port, err);
}

static int listen(struct selftest *s, enum family f, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);

    if (need_port(s, err) != 0)
        return -1;
    return h->listen(h->self, f, s->port, err);
}

static int bind(struct selftest *s, enum family f, enum selftest_kind kind, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    struct binding b = record_for(s->bundle[kind].leaf.sha1);

    if (need_port(s, err) != 0 || note_record(s, f, s->port, err) != 0 ||
        h->record_write(h->self, f, s->port, &b, SELFTEST_WRITE_SET, err) != 0)
        return -1;
    s->record[f] = b;
    return 0;
}

/* The first field that differs; NULL = none. */
static const char *difference(const struct binding *a, const struct binding *b)
{
    if (!b->present)
        return "there is no record";
    if (a->hash_len != b->hash_len || memcmp(a->hash, b->hash, a->hash_len) != 0)
        return "another hash came back";
    if (!text_equal_nocase(a->app_id, b->app_id))
        return "another application id came back";
    if (!text_equal_nocase(a->store, b->store))
        return "another store came back";
    if (a->check_mode != b->check_mode)
        return "another check mode came back";
    if (a->revocation_freshness_s != b->revocation_freshness_s)
        return "another revocation freshness time came back";
    if (a->revocation_timeout_ms != b->revocation_timeout_ms)
        return "another revocation time-out came back";
    if (a->flags != b->flags)
        return "other flags came back";
    return binding_equal(a, b) ? NULL : "another list of trusted issuers came back";
}

static int fields(struct selftest *s, enum family f, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    struct binding seen = {.present = false};

    if (h->record_read(h->self, f, s->port, &seen, err) != 0)
        return -1;
    o->fact = difference(&s->record[f], &seen);
    return o->fact ? err_set(err, ERR_FAIL, "record: %s", o->fact) : 0;
}

static void loopback(enum family f, int port, struct net_addr *out)
{
    static const uint8_t one4[] = {127, 0, 0, 1};

    *out = (struct net_addr){.family = f == FAMILY_V4 ? 4 : 6, .port = (uint16_t)port};
    if (f == FAMILY_V4)
        memcpy(out->ip, one4, sizeof one4);
    else
        out->ip[15] = 1;
}

static int served(struct selftest *s, enum family f, enum selftest_kind kind,
                  struct selftest_outcome *o, struct err *err)
{
    const struct wire *wire = s->env->wire;
    struct wire_question q = {.host = "localhost", .timeout_ms = LOOK_MS};
    struct wire_look look = {.tls = false};

    if (!selftest_stands(s, f == FAMILY_V4 ? SELFTEST_LISTEN_V4 : SELFTEST_LISTEN_V6)) {
        o->skip = no_listener;
        return 0;
    }
    loopback(f, s->port, &q.addr);
    wire->look(wire->self, &q, &look);
    if (look.tls && memcmp(look.leaf_sha256, s->bundle[kind].leaf.sha256, SHA256_BYTES) == 0)
        return 0;
    o->fact = look.tls ? "another certificate is served" : "there was no TLS handshake";
    return err_set(err, ERR_FAIL, "%s%s%s", o->fact, look.trouble[0] ? ": " : "", look.trouble);
}

/* ---- change ---- */

struct change {
    struct selftest *s;
    enum selftest_write how;
    struct binding b;
};

static int make_change(void *user, struct err *err)
{
    const struct change *c = user;
    const struct selftest_host *h = selftest_host(c->s);

    return h->record_write(h->self, FAMILY_V4, c->s->port, &c->b, c->how, err);
}

/* From one kind's certificate to the other's, with probes beside it. */
static int change(struct selftest *s, enum selftest_write how, struct selftest_outcome *o,
                  struct err *err)
{
    enum selftest_kind to = s->bound == SELFTEST_RSA ? SELFTEST_EC : SELFTEST_RSA;
    const struct selftest_host *h = selftest_host(s);
    struct change c = {.s = s, .how = how, .b = record_for(s->bundle[to].leaf.sha1)};
    struct selftest_change q = {.make = make_change, .user = &c, .port = s->port};
    struct selftest_gap gap = {.probes = 0};

    if (!selftest_stands(s, SELFTEST_EC_KEY) || !selftest_stands(s, SELFTEST_SERVED_V4)) {
        o->skip = selftest_stands(s, SELFTEST_EC_KEY) ? no_listener : no_key;
        return 0;
    }
    memcpy(q.wanted, s->bundle[to].leaf.sha256, SHA256_BYTES);
    if (h->measure(h->self, &q, &gap, err) != 0)
        return -1;
    s->record[FAMILY_V4] = c.b;
    s->bound = to;
    selftest_figure(o, "probes", gap.probes);
    selftest_figure(o, "failed", gap.failed);
    selftest_figure(o, "gap_us", gap.gap_us);
    selftest_figure(o, "seen_us", gap.seen_us);
    return 0;
}

int try_update(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    if (selftest_figure_of(&s->out->outcome[SELFTEST_EXPORT_UPDATE], "there") != 1) {
        o->skip = "not tried: this Windows has no such function";
        return 0;
    }
    return change(s, SELFTEST_WRITE_UPDATE, o, err);
}

int try_replace(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return change(s, SELFTEST_WRITE_REPLACE, o, err);
}

/* ---- refusals ---- */

int try_twice(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);

    (void)o;
    return h->record_write(h->self, FAMILY_V4, s->port, &s->record[FAMILY_V4], SELFTEST_WRITE_SET,
                           err);
}

/* On a port of its own, where there is no record yet. */
int try_keyless(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    struct bundle b = {.key = NULL};
    struct binding record;
    int port = 0, rc = -1;

    (void)o;
    if (selftest_bundle(s, KEY_EC256, &b, err) != 0 || selftest_note_cert(s, &b, err) != 0 ||
        h->add_keyless(h->self, b.chain.cert[0].der, b.chain.cert[0].len, err) != 0 ||
        h->free_port(h->self, &port, err) != 0 || note_record(s, FAMILY_V4, port, err) != 0)
        goto done;
    record = record_for(b.leaf.sha1);
    rc = h->record_write(h->self, FAMILY_V4, port, &record, SELFTEST_WRITE_SET, err);
done:
    bundle_clear(&b);
    return rc;
}

int try_delete(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    struct binding seen = {.present = false};

    if (h->record_remove(h->self, FAMILY_V4, s->port, err) != 0 ||
        h->record_read(h->self, FAMILY_V4, s->port, &seen, err) != 0)
        return -1;
    if (!seen.present)
        return 0;
    o->fact = "it is still there";
    return err_set(err, ERR_FAIL, "record: %s", o->fact);
}

/* ---- the rows ---- */

int try_listen_v4(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return listen(s, FAMILY_V4, err);
}

int try_listen_v6(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    o->fact = "this machine has no IPv6 loopback address for it";
    return listen(s, FAMILY_V6, err);
}

int try_bind_v4(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    s->bound = SELFTEST_RSA;
    return bind(s, FAMILY_V4, SELFTEST_RSA, err);
}

int try_bind_v6(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return bind(s, FAMILY_V6, SELFTEST_EC, err);
}

int try_fields_v4(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return fields(s, FAMILY_V4, o, err);
}

int try_fields_v6(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return fields(s, FAMILY_V6, o, err);
}

int try_served_v4(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return served(s, FAMILY_V4, SELFTEST_RSA, o, err);
}

int try_served_v6(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return served(s, FAMILY_V6, SELFTEST_EC, o, err);
}

/* Where the row "record.delete" has made room. */
int try_machine_bind(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    if (!selftest_stands(s, SELFTEST_DELETE)) {
        o->skip = "not tried: there is no room for another record";
        return 0;
    }
    s->bound = SELFTEST_MACHINE;
    return bind(s, FAMILY_V4, SELFTEST_MACHINE, err);
}

int try_machine_served(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return served(s, FAMILY_V4, SELFTEST_MACHINE, o, err);
}
