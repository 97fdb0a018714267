/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- the wire's view ---- */

static bool point_shows(const struct wire_look *l, const uint8_t sha256[SHA256_BYTES])
{
    if (l->plain) /* no certificate there; the balancer shows it */
        return l->connected;
    return l->tls && memcmp(l->leaf_sha256, sha256, SHA256_BYTES) == 0;
}

bool view_shows(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES])
{
    size_t seen = 0;

    for (size_t i = 0; i < v->n; i++) {
        if (v->point[i].look.unreachable)
            continue;
        if (!point_shows(&v->point[i].look, sha256))
            return false;
        seen++;
    }
    return seen > 0;
}

static bool point_answers(const struct wire_look *l, uint8_t mask)
{
    return l->call && l->get_status == 401 && (mask == 0 || (l->hash_mask & mask) != 0);
}

bool view_answers_calls(const struct wire_view *v, uint8_t mask)
{
    size_t seen = 0;

    for (size_t i = 0; i < v->n; i++) {
        if (v->point[i].look.unreachable || !v->point[i].called)
            continue;
        if (!point_answers(&v->point[i].look, mask))
            return false;
        seen++;
    }
    return seen > 0;
}

bool view_sends_issuer(const struct wire_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->point[i].look.tls && !v->point[i].look.issuer_sent)
            return false;
    return true;
}

void view_trouble(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES], char *out,
                  size_t size)
{
    char where[72], seen[2 * SHA256_BYTES + 1], want[2 * SHA256_BYTES + 1];

    out[0] = '\0';
    text_hex(sha256, SHA256_BYTES, want);
    for (size_t i = 0; i < v->n; i++) {
        const struct wire_look *l = &v->point[i].look;
        const char *how = v->point[i].with_name ? "" : " without SNI";
        if (l->unreachable ||
            (point_shows(l, sha256) && (!v->point[i].called || point_answers(l, 0))))
            continue;
        net_addr_text(&v->point[i].addr, where);
        text_hex(l->leaf_sha256, SHA256_BYTES, seen);
        if (l->tls && !point_shows(l, sha256))
            snprintf(out, size, "%s%s: serves certificate %.16s.. instead of %.16s..", where, how,
                     seen, want);
        else if (l->trouble[0])
            snprintf(out, size, "%s%s: %s", where, how, l->trouble);
        else
            snprintf(out, size, "%s%s: GET gave %d, the call %s", where, how, l->get_status,
                     l->call ? "began" : "did not begin");
        return;
    }
    if (!view_shows(v, sha256))
        snprintf(out, size, "none of the addresses of deploy.verify.probe can be reached");
}

void view_balancer_trouble(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES], char *out,
                           size_t size)
{
    char where[72], seen[2 * SHA256_BYTES + 1];

    out[0] = '\0';
    for (size_t i = 0; i < v->n && !out[0]; i++) {
        const struct wire_look *l = &v->point[i].look;
        if (!l->tls || point_shows(l, sha256))
            continue;
        net_addr_text(&v->point[i].addr, where);
        text_hex(l->leaf_sha256, SHA256_BYTES, seen);
        snprintf(out, size, "balancer %s: serves certificate %.16s..", where, seen);
    }
}

uint8_t plan_hash_mask(const struct observed *o)
{
    enum { MASK_SHA1 = 1, MASK_SHA256 = 2 }; /* MS-SSTP 2.2.5 */
    return raw_number(&o->value[VALUE_SHA256_ENABLED], 1) == 0 ? MASK_SHA1 : MASK_SHA256;
}

/* ---- the old state ---- */

const char *old_health_name(enum old_health h)
{
    static const char *const names[] = {"broken", "stopped", "healthy"};
    return names[h];
}

bool old_health_parse(const char *s, enum old_health *out)
{
    for (int h = OLD_BROKEN; h <= OLD_HEALTHY; h++)
        if (strcmp(s, old_health_name((enum old_health)h)) == 0) {
            *out = (enum old_health)h;
            return true;
        }
    return false;
}

static bool raw_is(const struct raw_value *v, const uint8_t *p, uint32_t len)
{
    struct raw_value want = raw_binary(p, len);
    return raw_equal(v, &want);
}

/* What makes registry and bindings contradict each other, or NULL. */
static const char *inconsistency(const struct observed *o, const struct store_cert **cert)
{
    const struct binding *v4 = &o->binding[FAMILY_V4], *v6 = &o->binding[FAMILY_V6];
    const struct raw_value *sha1 = &o->value[VALUE_SHA1];
    bool v4_alone =
        !v6->present && observed_lacks_v6(o); /* the wire tells whether that is enough */

    if (!v4->present || (!v6->present && !v4_alone))
        return "a binding is missing";
    if (v4->hash_len != SHA1_BYTES || (!v4_alone && !binding_shows(v6, v4->hash)))
        return "the bindings of IPv4 and IPv6 differ";
    *cert = observed_by_sha1(o, v4->hash);
    if (!*cert)
        return "the bound certificate is not in LocalMachine\\MY";
    if (!(*cert)->has_key)
        return "the bound certificate has no private key";
    if (!raw_is(&o->value[VALUE_SHA256], (*cert)->sha256, SHA256_BYTES))
        return NAME_VALUE_SHA256 " is not the bound certificate's";
    if (sha1->present && !raw_is(sha1, (*cert)->sha1, SHA1_BYTES))
        return NAME_VALUE_SHA1 " is not the bound certificate's";
    return NULL;
}

const struct store_cert *plan_agreed(const struct observed *o)
{
    const struct store_cert *cert = NULL;

    return inconsistency(o, &cert) ? NULL : cert;
}

/* Behind a balancer there is the hash alone, and what the balancer shows. */
static void judge_old_hash(const struct observed *o, const struct wire_view *v, int64_t now,
                           struct old_state *out)
{
    const struct raw_value *sha256 = &o->value[VALUE_SHA256], *sha1 = &o->value[VALUE_SHA1];

    memset(out, 0, sizeof *out);
    out->known = sha256->present && sha256->type == NAME_REG_BINARY && sha256->len == SHA256_BYTES;
    if (out->known)
        memcpy(out->sha256, sha256->bytes, SHA256_BYTES);
    if (sha1->present && sha1->type == NAME_REG_BINARY && sha1->len == SHA1_BYTES)
        memcpy(out->sha1, sha1->bytes, SHA1_BYTES);
    out->answers = out->known && view_answers_calls(v, plan_hash_mask(o));
    for (size_t i = 0; i < v->n; i++)
        out->expired =
            out->expired || (v->point[i].look.tls && now >= v->point[i].look.leaf_not_after &&
                             point_shows(&v->point[i].look, out->sha256));
    if (!out->known)
        text_copy(out->why, sizeof out->why, NAME_VALUE_SHA256 " is not there, or no hash");
    else if (service_has_failed(&o->service[SERVICE_REMOTEACCESS]))
        text_copy(out->why, sizeof out->why, NAME_REMOTEACCESS " failed at its last start");
    else if (o->service[SERVICE_REMOTEACCESS].state == SERVICE_IS_STOPPED)
        out->health = OLD_STOPPED;
    else if (!view_shows(v, out->sha256))
        view_trouble(v, out->sha256, out->why, sizeof out->why);
    else
        out->health = OLD_HEALTHY;
}

void plan_judge_old(const struct observed *o, const struct wire_view *v, int64_t now,
                    struct old_state *out)
{
    const struct store_cert *cert = NULL;
    const char *why = inconsistency(o, &cert);

    if (!observed_https(o)) {
        judge_old_hash(o, v, now, out);
        return;
    }
    memset(out, 0, sizeof *out);
    if (cert) {
        out->known = true;
        memcpy(out->sha1, cert->sha1, SHA1_BYTES);
        memcpy(out->sha256, cert->sha256, SHA256_BYTES);
        out->expired = now >= cert->not_after;
        out->answers = view_answers_calls(v, plan_hash_mask(o));
    }
    if (!why && service_has_failed(&o->service[SERVICE_REMOTEACCESS]))
        why = NAME_REMOTEACCESS " failed at its last start";
    if (why)
        text_copy(out->why, sizeof out->why, why);
    else if (o->service[SERVICE_REMOTEACCESS].state == SERVICE_IS_STOPPED)
        out->health = OLD_STOPPED;
    else if (!view_shows(v, out->sha256))
        view_trouble(v, out->sha256, out->why, sizeof out->why);
    else
        out->health = OLD_HEALTHY;
}

/* ---- the listener's age ---- */

bool plan_listener_is_stale(const struct listener_age *age, int64_t proven_write_ms, int64_t now_ms)
{
    /* RRAS writes the hashes itself while it starts, and a start may take its time. */
    const int64_t start_ms = 300 * 1000, skew_ms = 60 * 1000;
    const int64_t year_2000_ms = 946684800000;

    if (!age->seen.ok || age->started_at_ms < year_2000_ms || age->written_at_ms < year_2000_ms ||
        age->started_at_ms > now_ms + skew_ms || age->written_at_ms > now_ms + skew_ms)
        return false;
    return age->written_at_ms != proven_write_ms &&
           age->written_at_ms - age->started_at_ms > start_ms;
}

/* ---- the steps ---- */

static struct plan_step *add(struct plan *p, enum plan_kind kind)
{
    struct plan_step *s = &p->step[p->n++];

    memset(s, 0, sizeof *s);
    s->kind = kind;
    return s;
}

static void add_import(struct plan *p, const struct observed *o, const struct wanted *w)
{
    struct plan_step *s = add(p, PLAN_IMPORT);

    text_copy(s->object, sizeof s->object, "import");
    text_copy(s->before, sizeof s->before,
              observed_by_sha256(o, w->sha256) ? "in LocalMachine\\MY, without private key"
                                               : "not in LocalMachine\\MY");
    text_hex(w->sha1, SHA1_BYTES, s->after);
}

static void add_value(struct plan *p, const struct observed *o, enum value_id id,
                      struct raw_value v)
{
    struct plan_step *s;

    if (raw_equal(&o->value[id], &v))
        return;
    s = add(p, PLAN_VALUE);
    s->value = id;
    s->raw = v;
    snprintf(s->object, sizeof s->object, "set %s", value_name(id));
    raw_text(&o->value[id], s->before, sizeof s->before);
    raw_text(&v, s->after, sizeof s->after);
}

/* The hash, and whose the record is when it is not SSTP's. */
static void describe_binding(const struct binding *b, char *out, size_t size)
{
    char hash[2 * BINDING_HASH_BYTES + 1] = "";
    const char *owner = names_app_id_owner(b->app_id);

    text_hex(b->hash, b->hash_len <= BINDING_HASH_BYTES ? b->hash_len : 0, hash);
    if (!b->present)
        text_copy(out, size, "absent");
    else if (binding_is_foreign(b))
        snprintf(out, size, "%s, of %s", hash, owner ? owner : b->app_id);
    else
        text_copy(out, size, hash);
}

static void add_binding(struct plan *p, const struct observed *o, enum family f,
                        const struct wanted *w)
{
    struct plan_step *s = add(p, PLAN_BINDING);
    const struct binding *old = &o->binding[f];
    char where[24];

    s->family = f;
    s->binding = plan_binding(old, w->sha1, w->binding == CONF_BINDING_TAKEOVER);
    binding_where(f, w->port, where);
    snprintf(s->object, sizeof s->object, "bind %s", where);
    describe_binding(old, s->before, sizeof s->before);
    describe_binding(&s->binding, s->after, sizeof s->after);
}

static void add_stop(struct plan *p, const struct wanted *w)
{
    struct plan_step *s = add(p, PLAN_STOP);

    snprintf(s->object, sizeof s->object, "stop %.40s", w->service);
    text_copy(s->before, sizeof s->before, "running");
    text_copy(s->after, sizeof s->after, "stopped, as the binding is not SSTP's own");
}

static void add_restart(struct plan *p, const struct wanted *w)
{
    struct plan_step *s = add(p, PLAN_RESTART);

    snprintf(s->object, sizeof s->object, "restart %.40s", w->service);
    text_copy(s->before, sizeof s->before,
              w->failed  ? "failed at its last start"
              : w->stale ? "running since before the hashes were written"
                         : "running");
    text_copy(s->after, sizeof s->after, "running");
}

static bool right_record(const struct binding *b, const struct wanted *w)
{
    bool to_take = w->binding == CONF_BINDING_TAKEOVER && binding_is_foreign(b);
    return binding_is_in_my(b) && binding_shows(b, w->sha1) && !to_take;
}

/* While anything is half done the stored hash must be the authority: then each crash is mended by
 * RRAS itself at its next start (isHashConfiguredByAdmin is not documented; where it meant nothing,
 * nothing would be lost, as the bindings are changed, too). */
static void add_flag(struct plan *p, const struct observed *o, uint32_t to)
{
    size_t n = p->n;
    char before[64];

    add_value(p, o, VALUE_FLAG, raw_dword(to));
    raw_text(&o->value[VALUE_FLAG], before, sizeof before);
    if (p->n > n)
        snprintf(p->step[n].after, sizeof p->step[n].after, "%lu, afterwards back to %s",
                 (unsigned long)to, before);
}

/* TLS offload: RRAS looks at nothing but the hash; it goes out with the algorithms that are on, so
 * a SHA-1 value is kept right where there is one or has to be one. What the flag means without a
 * binding is not known: it stays. */
static void plan_offload(struct plan *out, const struct observed *o, const struct wire_view *v,
                         const struct wanted *w)
{
    bool sha1 = o->value[VALUE_SHA1].present || raw_number(&o->value[VALUE_SHA1_ENABLED], 0) != 0;

    add_value(out, o, VALUE_SHA256, raw_binary(w->sha256, SHA256_BYTES));
    if (sha1)
        add_value(out, o, VALUE_SHA1, raw_binary(w->sha1, SHA1_BYTES));
    if (w->running && (out->n > 0 || w->stale || !view_shows(v, w->sha256)))
        add_restart(out, w);
}

/* RRAS never mends a record of another program: with the flag raised it does not start on one that
 * is not the stored hash's (event 32), so the flag is never raised, and lowered for the duration
 * where it was; with the flag at 0 it does not start on two that differ (event 24), so it is
 * stopped before the first of the two changes. A death between the two, and nowhere else, leaves
 * that to the next run. None of it is documented; the proof guards it. */
void plan_make(struct plan *out, const struct observed *o, const struct wire_view *v,
               const struct wanted *w)
{
    const struct store_cert *cert = observed_by_sha256(o, w->sha256);
    bool import = !cert || !cert->has_key;
    bool bind[FAMILY_COUNT], foreign = false;
    size_t imports;

    memset(out, 0, sizeof *out);
    plan_judge_old(o, v, w->now, &out->old);
    if (!observed_https(o)) {
        plan_offload(out, o, v, w);
        return;
    }
    if (import)
        add_import(out, o, w);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        /* A new key under an old record: http.sys has to be told to look again. */
        bind[f] = import || !right_record(&o->binding[f], w);
        foreign = foreign || binding_is_foreign(&o->binding[f]);
    }
    if (observed_without_v6(o)) /* it would be refused, and RRAS restarted, at each run */
        bind[FAMILY_V6] = false;
    if (foreign && w->running && (bind[FAMILY_V4] || bind[FAMILY_V6]))
        add_stop(out, w);
    imports = out->n;
    if (foreign && (bind[FAMILY_V4] || bind[FAMILY_V6]) &&
        raw_number(&o->value[VALUE_FLAG], 0) != 0)
        add_flag(out, o, 0); /* before the hashes: with it at 0 they are nothing */
    add_value(out, o, VALUE_SHA256, raw_binary(w->sha256, SHA256_BYTES));
    add_value(out, o, VALUE_SHA1, raw_binary(w->sha1, SHA1_BYTES));
    if (!foreign && (out->n > imports || bind[FAMILY_V4] || bind[FAMILY_V6]))
        add_flag(out, o, 1);
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (bind[f])
            add_binding(out, o, (enum family)f, w);
    if (w->running && (out->n > imports || w->stale || !view_shows(v, w->sha256)))
        add_restart(out, w);
}

bool plan_has(const struct plan *p, enum plan_kind kind)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->step[i].kind == kind)
            return true;
    return false;
}
