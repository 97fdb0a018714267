/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor_world.h"

#include "rras/names.h"

#include <stdio.h>
#include <string.h>

static char host_name[] = "vpn.example.com";

static void add_service(struct doctor_chain *c, const char *name, const char *account,
                        uint32_t start_type)
{
    snprintf(c->of[c->n].name, sizeof c->of[0].name, "%s", name);
    snprintf(c->of[c->n].account, sizeof c->of[0].account, "%s", account);
    c->of[c->n++].now =
        (struct service){.exists = true, .state = SERVICE_IS_RUNNING, .start_type = start_type};
}

static void make_key(struct doctor_key *k)
{
    static const char *const full[] = {"S-1-5-18", "S-1-5-32-544"};
    static const char *const readers[] = {"S-1-5-19", "S-1-5-20", "S-1-5-32-545"};

    k->seen.ok = k->present = k->acl_seen.ok = true;
    for (size_t i = 0; i < 5; i++) {
        struct acl_entry *e = &k->acl.of[k->acl.n++];
        e->mask = i < 2 ? 0xf003f : 0x20019;
        snprintf(e->sid, sizeof e->sid, "%s", i < 2 ? full[i] : readers[i - 2]);
    }
}

static void make_machine(struct doctor_world *w)
{
    struct observed *o = &w->machine;

    o->elevated = true;
    for (int i = 0; i < SERVICE_COUNT; i++)
        o->service[i] =
            (struct service){.exists = true, .state = SERVICE_IS_RUNNING, .start_type = 3};
    o->service[SERVICE_REMOTEACCESS].start_type = SERVICE_START_AUTOMATIC;
    for (size_t i = 0; i < WORLD_CERTS; i++) {
        struct store_cert *c = &w->store[i];
        memset(c->sha1, 0x11 * ((int)i + 1), SHA1_BYTES);
        memset(c->sha256, 0x11 * ((int)i + 1), SHA256_BYTES);
        c->not_before = WORLD_NOW - 10 * 86400;
        c->not_after = WORLD_NOW + 80 * 86400;
        c->has_key = true;
        snprintf(c->subject, sizeof c->subject, "CN=%s %zu", host_name, i);
    }
    o->cert = w->store;
    o->cert_count = WORLD_CERTS;
    o->record = w->record;
    o->bound = w->bound;
    for (int f = 0; f < FAMILY_COUNT; f++) {
        struct binding *b = &o->binding[f];
        b->present = true;
        snprintf(b->app_id, sizeof b->app_id, "%s", NAME_SSTP_APP_ID);
        snprintf(b->store, sizeof b->store, "MY");
        memcpy(b->hash, w->store[0].sha1, SHA1_BYTES);
        b->hash_len = SHA1_BYTES;
    }
    o->value[VALUE_SHA256] = raw_binary(w->store[0].sha256, SHA256_BYTES);
    o->value[VALUE_SHA1] = raw_binary(w->store[0].sha1, SHA1_BYTES);
    o->value[VALUE_FLAG] = raw_dword(0);
    o->value[VALUE_USE_HTTPS] = raw_dword(1);
    o->value[VALUE_LISTENER_PORT] = raw_dword(0);
}

static void make_machine_beside(struct observed *o)
{
    o->listen.seen.ok = o->url.seen.ok = o->config.seen.ok = o->sessions.seen.ok = true;
    o->ports.seen.ok = o->listener.seen.ok = o->local.seen.ok = o->direct_access.seen.ok = true;
    o->url.present = o->url.grants_sstp = o->config.present = true;
    snprintf(o->url.url, sizeof o->url.url, "https://+:443%s", NAME_SSTP_URL);
    o->config.use_https = raw_dword(1);
    o->config.listener_port = raw_dword(0);
    o->http_driver = (struct service){.exists = true, .state = SERVICE_IS_RUNNING, .start_type = 3};
    o->sessions.n = 3;
    o->ports.n = 128;
    o->listener.started_at_ms = (WORLD_NOW - 86400) * 1000LL;
    o->listener.written_at_ms = o->listener.started_at_ms + 2000;
    o->local.has_v6 = true;
    o->local.addr[0] = (struct net_addr){.family = 4, .ip = {192, 168, 7, 9}};
    o->local.addr[1] = (struct net_addr){.family = 6, .ip = {0x20, 0x01, 0x48, 0x60}};
    o->local.n = 2;
}

static void make_host(struct doctor_world *w)
{
    struct doctor_host *h = &w->host;

    h->chain.seen.ok = true;
    add_service(&h->chain, "RemoteAccess", "LocalSystem", 2);
    add_service(&h->chain, "RpcSs", "NT AUTHORITY\\NetworkService", 2);
    add_service(&h->chain, "BFE", "NT AUTHORITY\\LocalService", 2);
    add_service(&h->chain, "RasMan", "localSystem", 3);
    add_service(&h->chain, "SstpSvc", "NT Authority\\LocalService", 3);
    add_service(&h->chain, "HTTP", "", 3);
    h->memory.seen.ok = h->reboot.seen.ok = true;
    h->memory.commit_limit_bytes = 8ull << 30;
    h->memory.commit_free_bytes = 5ull << 30;
    make_key(&h->parameters);
    make_key(&h->config_store);
    h->server_uri = (struct doctor_text){true, NAME_REG_SZ, NAME_SSTP_URL};
    h->listener.seen.ok = true;
    h->listener.n = 2;
    for (size_t i = 0; i < 2; i++) {
        h->listener.of[i].family = i ? 6 : 4;
        h->listener.of[i].pid = 4;
    }
    for (int f = 0; f < FAMILY_COUNT; f++) {
        h->written[f].seen.ok = h->written[f].present = true;
        memcpy(h->written[f].hash, w->store[0].sha1, SHA1_BYTES);
        h->written[f].hash_len = SHA1_BYTES;
    }
    h->iis.seen.ok = h->update_call.seen.ok = h->update_call.there = w->rivals.seen.ok = true;
}

static void make_cert(struct doctor_world *w)
{
    struct doctor_cert *c = &w->cert;

    c->found = true;
    memcpy(c->info.sha1, w->store[0].sha1, SHA1_BYTES);
    memcpy(c->info.sha256, w->store[0].sha256, SHA256_BYTES);
    c->info.not_before = w->store[0].not_before;
    c->info.not_after = w->store[0].not_after;
    snprintf(c->info.subject, sizeof c->info.subject, "CN=%s", host_name);
    snprintf(c->info.issuer, sizeof c->info.issuer, "C=US, O=Some CA, CN=R10");
    snprintf(c->info.issuer_cn, sizeof c->info.issuer_cn, "R10");
    snprintf(c->info.key, sizeof c->info.key, "rsa2048");
    w->names[0] = host_name;
    c->info.names = w->names;
    c->info.name_count = 1;
    c->info.server_auth = true;
    c->key.ok = c->provider.seen.ok = c->provider.machine = c->provider.cng = true;
    snprintf(c->provider.provider, sizeof c->provider.provider, "Microsoft Software KSP");
    c->chain.seen.ok = c->chain.intermediates_in_ca = true;
    c->chain.length = 3;
    c->revocation.seen.ok = c->revocation.named = true;
    snprintf(c->revocation.url, sizeof c->revocation.url, "http://crl.example.com/r10.crl");
}

static void make_held(struct doctor_held *h, const char *name)
{
    snprintf(h->name, sizeof h->name, "%s", name);
    h->journal.seen.ok = h->account.seen.ok = h->renewal.seen.ok = h->deploy.seen.ok = true;
    h->deploy.deployed = h->account.needed = true;
    h->renewal.renew_at = WORLD_NOW + 50 * 86400;
    h->deploy.verified_at = WORLD_NOW - 86400;
}

static void make_tool(struct doctor_world *w)
{
    static const char *const names[WORLD_HELD] = {"vpn", "vpn-b", "vpn-c"};
    struct doctor_tool *t = &w->tool;

    t->state.seen.ok = t->task.seen.ok = t->event_source.seen.ok = t->orphans.seen.ok = true;
    for (size_t i = 0; i < WORLD_HELD; i++)
        make_held(&w->held[i], names[i]);
    t->held = w->held;
    t->held_count = 1;
    t->fix.journal.seen.ok = true;
    for (size_t i = 0; i < 2; i++)
        memcpy(t->import[i].sha1, w->store[i ? 2 : 0].sha1, SHA1_BYTES);
    t->import[0].current = true;
    t->import_count = 2;
    t->task.registered = t->event_source.registered = true;
    t->task.last_run = WORLD_NOW - 3600;
}

void doctor_world_healthy(struct doctor_world *w)
{
    static const char *const names[] = {"vpn.example.com"};

    memset(w, 0, sizeof *w);
    w->wanted = (struct doctor_wanted){
        .names = names, .name_count = 1, .port = 443, .configured = true, .keep = 1};
    make_machine(w);
    make_machine_beside(&w->machine);
    make_host(w);
    make_cert(w);
    make_tool(w);
    w->seen = (struct doctor_seen){.now = WORLD_NOW,
                                   .wanted = &w->wanted,
                                   .machine = &w->machine,
                                   .records = w->machine.binding,
                                   .host = &w->host,
                                   .cert = &w->cert,
                                   .tool = &w->tool,
                                   .rivals = &w->rivals};
}

bool doctor_world_expect(struct test *t, const struct doctor_world *w, const char *id,
                         enum check_level level, const char *says)
{
    const struct doctor_row *row = doctor_row_find(id);
    struct doctor_finding f;

    if (!CHECK(row != NULL))
        return false;
    doctor_judge(row, &w->seen, &f);
    if (CHECK_INT(f.level, level) && CHECK(strstr(f.text, says) != NULL))
        return true;
    printf("  %s: %s: %s\n", id, says, f.text);
    return false;
}
