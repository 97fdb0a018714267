/* SPDX-License-Identifier: Apache-2.0 */
/* One machine with the program on it, in each of the situations that a deploy meets. */
#include "deploy_world.h"

#include "text.h"

#include <string.h>

void pair_bundle(struct test *t, struct bundle *b, int64_t not_after)
{
    static const char *const names[] = {"vpn.example.test"};
    struct cert_chain chain = {.count = 0};
    struct key *key = NULL;
    struct err err = {0};

    REQUIRE(key_new(&key, KEY_EC256, &err) == 0);
    REQUIRE(cert_self_signed(key, names, 1, not_after - 90 * DAY, not_after, &chain, &err) == 0);
    REQUIRE(bundle_fill(b, &key, &chain, &err) == 0);
}

void pair_make(struct test *t, struct pair *p, bool expired)
{
    memset(p, 0, sizeof *p);
    pair_bundle(t, &p->old, expired ? NOW - DAY : NOW + 5 * DAY);
    pair_bundle(t, &p->new_one, NOW + 90 * DAY);
}

void pair_clear(struct pair *p)
{
    bundle_clear(&p->old);
    bundle_clear(&p->new_one);
}

/* ---- situations ---- */

static void drop_v6(struct fake *f)
{
    memset(&f->binding[FAMILY_V6], 0, sizeof f->binding[FAMILY_V6]);
}

static void no_v6(struct fake *f)
{
    drop_v6(f);
    f->no_v6 = true;
}

static void stale_hash(struct fake *f)
{
    f->value[VALUE_SHA256].bytes[0] ^= 1;
    f->cached_sha256[0] ^= 1;
}

static void have_new(struct fake *f)
{
    f->cert[NEW].in_my = true;
    f->cert[NEW].key = 5;
    f->key[5].exists = true;
    text_copy(f->key[5].name, sizeof f->key[5].name, "container-5");
}

/* Everything is the new certificate's, but the listener was not opened anew since. */
static void written_by_hand(struct fake *f)
{
    have_new(f);
    fake_show(f, NEW);
    memcpy(f->cached_sha256, f->cert[OLD].info.sha256, SHA256_BYTES);
    f->written_at_ms = f->started_at_ms + 600000;
}

static void trial_port_is_taken(struct fake *f)
{
    f->taken_port = 61443;
}

static void have_new_without_key(struct fake *f)
{
    f->cert[NEW].in_my = true;
}

static void sees_little(struct fake *f)
{
    f->sees_little = true;
}

static void old_windows(struct fake *f)
{
    f->refuses_aes = true;
}

static void no_sha1(struct fake *f)
{
    memset(&f->value[VALUE_SHA1], 0, sizeof f->value[VALUE_SHA1]);
}

/* The new certificate's key is in a container of the machine, which no import makes. */
static const char CONTAINER[] = "rras-acme-vpn-0123456789abcdef";

static void key_in_machine(struct fake *f)
{
    const int k = FAKE_KEYS - 1;

    f->key[k].exists = true;
    text_copy(f->key[k].name, sizeof f->key[k].name, CONTAINER);
}

/* The same, and the certificate has lost it. */
static void key_in_machine_not_named(struct fake *f)
{
    key_in_machine(f);
    f->cert[NEW].in_my = true;
}

static void v4_shared(struct fake *f)
{
    f->asks_binding = CONF_BINDING_SHARE;
    text_copy(f->binding[FAMILY_V4].app_id, sizeof f->binding[0].app_id, IIS);
    f->binding[FAMILY_V4].check_mode = 0;
    f->binding[FAMILY_V4].flags = 0x20;
}

static void shared(struct fake *f)
{
    v4_shared(f);
    f->binding[FAMILY_V6] = f->binding[FAMILY_V4];
}

static void taken_over(struct fake *f)
{
    shared(f);
    f->asks_binding = CONF_BINDING_TAKEOVER;
}

/* Windows has just started, or somebody started it: not there yet, and not stopped either. */
static void rras_starts(struct fake *f)
{
    const int rras = 0;

    fake_stop_rras(f);
    f->service[rras].now.state = SERVICE_IS_STARTING;
    f->service[rras].next = SERVICE_IS_RUNNING;
    f->service[rras].changes_at_ms = f->now_ms + 2500;
    f->service[FAKE_SERVICES - 1].now.state = SERVICE_IS_RUNNING;
}

static void shared_stopped(struct fake *f)
{
    shared(f);
    fake_stop_rras(f);
}

static void with_account(struct fake *f)
{
    f->asks_account = true;
}

static void gets_stuck(struct fake *f)
{
    f->asks_escalation = f->gets_stuck = true;
}

static void offload(struct fake *f)
{
    f->asks_mode = CONF_OFFLOAD;
    f->value[VALUE_USE_HTTPS] = raw_dword(0);
    f->balancer = NEW;
}

static void offload_seen(struct fake *f)
{
    offload(f);
    f->asks_balancer = true;
}

static void offload_sha256_only(struct fake *f)
{
    offload_seen(f);
    no_sha1(f);
    memset(f->binding, 0, sizeof f->binding);
}

const struct situation_case deploy_situations[] = {
    {"flag 0", 0, false, NULL, false, false},
    {"flag 1", 1, false, NULL, false, false},
    {"flag absent", -1, false, NULL, false, false},
    {"no SHA-1 hash", 0, false, no_sha1, false, false},
    {"old certificate expired", 0, true, NULL, false, false},
    {"v6 not bound", 0, false, drop_v6, true, false},
    {"no IPv6, flag 0", 0, false, no_v6, false, false},
    {"no IPv6, flag 1", 1, false, no_v6, false, false},
    {"stale hash", 1, false, stale_hash, true, false},
    {"new certificate there already", 0, false, have_new, false, false},
    {"new certificate there without key", 0, false, have_new_without_key, false, false},
    {"Windows without AES in PFX", 0, false, old_windows, false, false},
    {"hashes written by hand, listener old", 0, false, written_by_hand, true, false},
    {"somebody has the port of the trial", 0, false, trial_port_is_taken, false, false},
    {"nothing beside can be read", 0, false, sees_little, false, false},
    {"RRAS stopped", 0, false, fake_stop_rras, true, true},
    {"RRAS is starting", 0, false, rras_starts, false, false},
    {"shared, flag 0", 0, false, shared, false, false},
    {"shared, flag 1", 1, false, shared, false, false},
    {"shared, IPv4 only another's", 0, false, v4_shared, false, false},
    {"shared, IPv4 only another's, flag 1", 1, false, v4_shared, false, false},
    {"shared, old certificate expired", 0, true, shared, false, false},
    {"shared, RRAS stopped", 0, false, shared_stopped, true, true},
    {"RRAS gets stuck, escalation allowed", 0, false, gets_stuck, false, false},
    {"RRAS gets stuck, escalation allowed, flag 1", 1, false, gets_stuck, false, false},
    {"with a test account", 0, false, with_account, false, false},
    {"offload, balancer out of view", 1, false, offload, true, false},
    {"offload", 1, false, offload_seen, true, false},
    {"offload, nothing bound", -1, false, offload_sha256_only, true, false},
    {"key in the machine", 0, false, key_in_machine, false, false},
    {"key in the machine, flag 1", 1, false, key_in_machine, false, false},
    {"key in the machine, not named", 0, false, key_in_machine_not_named, false, false},
    {"taken over, flag 0", 0, false, taken_over, false, false},
    {"taken over, flag 1", 1, false, taken_over, false, false},
};

static void bound(struct fake *f)
{
    have_new(f);
    fake_show(f, NEW);
}

static void bound_hash_of_another(struct fake *f)
{
    bound(f);
    stale_hash(f);
}

static void bound_to_two(struct fake *f)
{
    bound(f);
    memcpy(f->binding[FAMILY_V6].hash, f->cert[OLD].info.sha1, SHA1_BYTES);
}

const struct situation_case deploy_fixes[] = {
    {"fix: the hash of another", 1, false, bound_hash_of_another, true, false},
    {"fix: two certificates are bound", 0, false, bound_to_two, true, false},
    {"fix: the listener is old", 0, false, written_by_hand, true, false},
};

static bool is_fix(const struct situation_case *c)
{
    return strncmp(c->name, "fix: ", 5) == 0;
}

/* The certificates of a situation. */
void pair_for(struct test *t, struct pair *p, const struct situation_case *c)
{
    struct key *k = NULL;
    struct err err = {0};

    pair_make(t, p, c->expired);
    text_copy(p->password_file, sizeof p->password_file, test_path(t, "password"));
    if (c->change == with_account)
        REQUIRE(os_write_file(p->password_file, "secret\n", 7, &err) == 0);
    if (is_fix(c)) { /* whose key is the machine's business */
        key_free(p->new_one.key);
        p->new_one.key = NULL;
    }
    if (c->change != key_in_machine && c->change != key_in_machine_not_named)
        return;
    REQUIRE(key_refer_cert(&k, CONTAINER, p->new_one.chain.cert[0].der,
                           p->new_one.chain.cert[0].len, &err) == 0);
    key_free(p->new_one.key);
    p->new_one.key = k;
}

/* ---- one machine with the program on it ---- */

void deploy_world_make(struct deploy_world *w, const struct pair *p, const struct situation_case *c)
{
    memset(w, 0, sizeof *w);
    fake_init(&w->machine, DEPLOY_PORT, c->flag);
    fake_add_cert(&w->machine, &p->old.leaf, true, true);
    fake_add_cert(&w->machine, &p->new_one.leaf, false, false);
    fake_show(&w->machine, OLD);
    if (c->change)
        c->change(&w->machine);
    fake_open_ports(&w->machine, &w->seams);
    w->env = (struct deploy_env){.clock = &w->seams.clock, .restart = is_fix(c)};
    text_copy(w->name_text, sizeof w->name_text, "vpn.example.test");
    text_copy(w->probe_text[0], sizeof w->probe_text[0], "127.0.0.1");
    text_copy(w->probe_text[1], sizeof w->probe_text[1], "::1");
    text_copy(w->conf_name, sizeof w->conf_name, "vpn");
    text_copy(w->service, sizeof w->service, "RemoteAccess");
    w->names[0] = w->name_text;
    w->probes[0] = w->probe_text[0];
    if (w->machine.asks_balancer)
        text_copy(w->probe_text[1], sizeof w->probe_text[1], "198.51.100.1");
    w->probes[1] = w->probe_text[1];
    w->conf.name = w->conf_name;
    w->conf.names = (struct strings){w->names, 1};
    w->conf.deploy.port = DEPLOY_PORT;
    w->conf.deploy.binding = w->machine.asks_binding;
    w->conf.deploy.mode = w->machine.asks_mode;
    w->conf.deploy.restart.escalate = w->machine.asks_escalation;
    w->conf.deploy.restart.service = w->service;
    w->conf.deploy.restart.timeout_ms = 20000;
    w->conf.deploy.verify.timeout_ms = 20000;
    w->conf.deploy.verify.stable_ms = 10000;
    w->conf.deploy.verify.probe = (struct strings){w->probes, 2};
    text_copy(w->user, sizeof w->user, "probe");
    text_copy(w->password_file, sizeof w->password_file, p->password_file);
    if (w->machine.asks_account) {
        w->conf.deploy.verify.account.user = w->user;
        w->conf.deploy.verify.account.password_file = w->password_file;
    }
}

int deploy_world_run(struct deploy_world *w, const struct pair *p, struct deploy_result *out,
                     struct err *err)
{
    return drive_run(&w->env, &w->conf, &w->seams.ports, &p->new_one, out, err);
}

int deploy_world_recover(struct deploy_world *w, struct err *err)
{
    return drive_recover(&w->env, &w->conf, &w->seams.ports, err);
}

void deploy_world_mend(struct deploy_world *w)
{
    memset(w->machine.fault, 0, sizeof w->machine.fault);
    w->machine.dead = false;
}

const struct situation_case *deploy_situation(struct test *t, const char *name)
{
    for (int i = 0; i < DEPLOY_SITUATIONS; i++)
        if (strcmp(deploy_situations[i].name, name) == 0)
            return &deploy_situations[i];
    CHECK_STR(name, "a situation");
    return &deploy_situations[0];
}

/* The ones that differ most in what a death leaves. */
const char *const deep[] = {"flag 0", "shared, flag 0"};
enum { DEEP = sizeof deep / sizeof deep[0] };
