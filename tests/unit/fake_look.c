/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen of the machine of fake_machine.c. */
#include "fake_machine.h"

#include "deploy/rras/names.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void observe_records(const struct fake *f, struct observed *o)
{
    memcpy(o->binding, f->binding, sizeof o->binding);
    if (f->record.where[0]) {
        o->record = calloc(1, sizeof *o->record);
        o->record[o->record_count++] = f->record;
    }
    if (f->elsewhere >= 0) {
        o->bound = calloc(1, sizeof *o->bound);
        memcpy(o->bound->hash, f->cert[f->elsewhere].info.sha1, SHA1_BYTES);
        o->bound->len = SHA1_BYTES;
        o->bound_count = 1;
    }
    o->trial_port = f->trial_port;
}

static void observe_certs(const struct fake *f, struct observed *o)
{
    o->cert = calloc(FAKE_CERTS, sizeof *o->cert);
    for (size_t i = 0; i < f->certs; i++) {
        if (!f->cert[i].in_my)
            continue;
        o->cert[o->cert_count] = f->cert[i].info;
        o->cert[o->cert_count++].has_key = f->cert[i].key >= 0;
    }
}

static bool see_piece(const struct fake *f, struct seen *s)
{
    s->ok = !f->sees_little;
    text_copy(s->why, sizeof s->why, f->sees_little ? "not readable" : "");
    return s->ok;
}

static void observe_rest(const struct fake *f, struct observed *o)
{
    const struct fake_service *d = &f->service[DEPENDENT];
    struct seen *const all[] = {
        &o->listen.seen,   &o->url.seen,   &o->config.seen,        &o->dependents.seen,
        &o->sessions.seen, &o->ports.seen, &o->direct_access.seen,
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        see_piece(f, all[i]);
    if (f->sees_little)
        return;
    o->url.present = o->url.grants_sstp = true;
    snprintf(o->url.url, sizeof o->url.url, "https://+:%d" NAME_SSTP_URL, f->port);
    o->config.present = true;
    o->config.use_https = raw_dword(1);
    o->config.listener_port = raw_dword((uint32_t)f->port);
    o->http_driver = (struct service){.exists = true, .state = SERVICE_IS_RUNNING};
    text_copy(o->dependents.of[0].name, SERVICE_NAME_CHARS, d->name);
    o->dependents.of[0].now = d->now;
    o->dependents.n = 1;
    o->sessions.n = f->sessions;
    o->ports.n = f->no_ports ? 0 : 128;
}

static void observe_addresses(const struct fake *f, struct local_addresses *out)
{
    if (!see_piece(f, &out->seen))
        return;
    out->addr[0] = (struct net_addr){.family = 4, .ip = {FAKE_LOCAL_IP0, 0, 2, 10}};
    out->n = 1;
    out->has_v6 = !f->no_v6 || f->has_v6_address;
}

static void observe_listener(const struct fake *f, struct listener_age *out)
{
    if (!see_piece(f, &out->seen))
        return;
    out->written_at_ms = f->written_at_ms;
    if (f->service[REMOTEACCESS].now.state == SERVICE_IS_RUNNING)
        out->started_at_ms = f->started_at_ms;
}

void fake_look(const struct fake *f, unsigned parts, struct observed *o)
{
    for (int i = 0; parts & (LOOK_SERVICES | LOOK_LISTENER | LOOK_BESIDE) && i < SERVICE_COUNT; i++)
        o->service[i] = f->service[i].now;
    if (parts & (LOOK_VALUES | LOOK_BESIDE))
        memcpy(o->value, f->value, sizeof o->value);
    if (parts & LOOK_RECORDS)
        observe_records(f, o);
    if (parts & LOOK_CERTS)
        observe_certs(f, o);
    if (parts & LOOK_BESIDE)
        observe_rest(f, o);
    if (parts & LOOK_ADDRESSES)
        observe_addresses(f, &o->local);
    if (parts & LOOK_LISTENER)
        observe_listener(f, &o->listener);
}
