/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/fix.h"

#include "doctor/look_cert.h"
#include "doctor/look_tool.h"
#include "doctor/values.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- what ---- */

static bool is_usable(const struct store_cert *c, int64_t now)
{
    return c && c->has_key && c->not_before <= now && now < c->not_after;
}

/* The bound certificate, of two the one that the hash names; where nothing is bound the hash's. */
static const struct store_cert *choose(const struct observed *o, int64_t now)
{
    const struct raw_value *hash = &o->value[VALUE_SHA256];
    const struct store_cert *stored =
        value_is_hash(hash, SHA256_BYTES) ? observed_by_sha256(o, hash->bytes) : NULL;
    const struct store_cert *first = NULL;
    bool any = false;

    for (int f = 0; f < FAMILY_COUNT; f++) {
        const struct binding *b = &o->binding[f];
        const struct store_cert *c = b->present && b->hash_len == SHA1_BYTES && binding_is_in_my(b)
                                         ? observed_by_sha1(o, b->hash)
                                         : NULL;
        any = any || b->present;
        if (!is_usable(c, now))
            continue;
        if (c == stored)
            return c;
        first = first ? first : c;
    }
    return first || any ? first : is_usable(stored, now) ? stored : NULL;
}

/* RRAS makes a reservation that is missing; one that is made for others it leaves alone. */
static bool is_others(const struct url_reservation *u)
{
    return u->seen.ok && u->present && !u->grants_sstp;
}

/* Unfinished deploys of certificates are for `run`. */
static bool is_own_journal(const struct doctor_tool *t)
{
    return t && t->fix.journal.unfinished;
}

static void list_findings(const struct doctor_seen *s, const struct doctor_report *r, char ids[80])
{
    static const char *const mendable[] = {"A7", "B3", "B4", "B5",  "B8", "C1",
                                           "C2", "C3", "C4", "C13", "H1"};

    ids[0] = '\0';
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < sizeof mendable / sizeof *mendable; k++) {
            size_t used = strlen(ids);
            if (strcmp(mendable[k], "C13") == 0 && is_others(&s->machine->url))
                continue;
            if (strcmp(mendable[k], "H1") == 0 && !is_own_journal(s->tool))
                continue;
            if (strcmp(r->row[i]->id, mendable[k]) == 0 &&
                (r->finding[i].level == CHECK_FAIL || r->finding[i].level == CHECK_WARN))
                snprintf(ids + used, 80 - used, "%s%s", used ? " " : "", mendable[k]);
        }
}

void doctor_fix_choose(const struct doctor_seen *s, const struct doctor_report *r,
                       struct doctor_fix *out)
{
    const struct store_cert *c;

    memset(out, 0, sizeof *out);
    if (!s->machine || !s->machine->elevated) {
        text_copy(out->why, sizeof out->why, "the machine cannot be looked at (A1)");
        return;
    }
    list_findings(s, r, out->ids);
    if (!out->ids[0]) {
        text_copy(out->why, sizeof out->why,
                  "nothing is wrong with hashes, bindings or URL reservation");
        return;
    }
    if (!observed_https(s->machine)) {
        text_copy(out->why, sizeof out->why,
                  "TLS ends at a balancer: which certificate it serves is not known here");
        return;
    }
    c = choose(s->machine, s->now);
    if (!c) {
        text_copy(out->why, sizeof out->why,
                  "no bound certificate is here with its key and valid: deploy one");
        return;
    }
    out->possible = true;
    out->restarts = s->machine->service[SERVICE_REMOTEACCESS].state != SERVICE_IS_STOPPED;
    out->sessions = s->machine->sessions.seen.ok ? s->machine->sessions.n : 0;
    text_copy(out->subject, sizeof out->subject, c->subject);
    memcpy(out->sha1, c->sha1, SHA1_BYTES);
    memcpy(out->sha256, c->sha256, SHA256_BYTES);
}

/* ---- how ---- */

/* A gateway without configuration: RRAS ends TLS, and nobody else's binding is touched. */
struct defaults {
    char name[sizeof DOCTOR_FIX_NAME], service[sizeof NAME_REMOTEACCESS];
    char v4[12], v6[4];
    char *probe[2];
    struct conf conf;
};

static void make_defaults(struct defaults *d, const struct conf *base, const struct doctor_seen *s)
{
    memset(d, 0, sizeof *d);
    text_copy(d->name, sizeof d->name, DOCTOR_FIX_NAME);
    if (base) {
        d->conf = *base;
        d->conf.name = d->name;
        return;
    }
    text_copy(d->service, sizeof d->service, NAME_REMOTEACCESS);
    text_copy(d->v4, sizeof d->v4, "127.0.0.1");
    text_copy(d->v6, sizeof d->v6, "::1");
    d->probe[0] = d->v4;
    d->probe[1] = d->v6;
    d->conf.name = d->conf.file = d->name;
    if (s->cert && s->cert->found)
        d->conf.names = (struct strings){s->cert->info.names, s->cert->info.name_count};
    d->conf.deploy.target = CONF_TARGET_RRAS;
    d->conf.deploy.mode = CONF_TERMINATE;
    d->conf.deploy.port = observed_port(s->machine);
    d->conf.deploy.binding = CONF_BINDING_REFUSE;
    d->conf.deploy.restart.service = d->service;
    d->conf.deploy.restart.timeout_ms = 180 * 1000;
    d->conf.deploy.restart.max_sessions = -1;
    d->conf.deploy.verify.timeout_ms = 120 * 1000;
    d->conf.deploy.verify.stable_ms = 10 * 1000;
    d->conf.deploy.verify.probe = (struct strings){d->probe, 2};
    d->conf.deploy.keep = JOURNAL_MAX_IMPORTS;
}

int doctor_fix_run(const struct deploy_env *env, const struct conf *base,
                   const struct doctor_seen *s, const struct doctor_fix *fix,
                   struct deploy_result *out, struct err *err)
{
    struct deploy_env again = *env;
    struct bundle bound = {.key = NULL}; /* it is in the store, with its key */
    struct defaults d;

    make_defaults(&d, base, s);
    memcpy(bound.leaf.sha1, fix->sha1, SHA1_BYTES);
    memcpy(bound.leaf.sha256, fix->sha256, SHA256_BYTES);
    text_copy(bound.leaf.subject, sizeof bound.leaf.subject, fix->subject);
    again.restart = true; /* RRAS makes the URL reservation at its start, and reads the hashes */
    if (deploy_recover(env, &d.conf, err) != 0)
        return -1;
    return deploy_run(&again, &d.conf, &bound, out, err);
}
