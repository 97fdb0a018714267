/* SPDX-License-Identifier: Apache-2.0 */
/* The machine behind fake_target: certificates, keys, services, RRAS's start. */
#include "fake_machine.h"

#include "deploy/rras/names.h"
#include "tests/sim/sim_rras_decide.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { STOP_MS = 300, START_MS = 400, AUTOMATIC = 2, AGE_MS = 900000 };

/* ---- certificates ---- */

struct fake_cert *fake_in_my(struct fake *f, const uint8_t *hash, size_t len)
{
    for (size_t i = 0; i < f->certs; i++) {
        struct fake_cert *c = &f->cert[i];
        const uint8_t *own = len == SHA1_BYTES ? c->info.sha1 : c->info.sha256;
        if (c->in_my && memcmp(own, hash, len) == 0)
            return c;
    }
    return NULL;
}

bool fake_usable(const struct fake *f, const struct fake_cert *c)
{
    return c && c->in_my && c->key >= 0 && f->key[c->key].exists;
}

int fake_new_key(struct fake *f, const uint8_t sha1[SHA1_BYTES])
{
    int k = f->keys++ % FAKE_KEYS;

    f->key[k].exists = true;
    snprintf(f->key[k].name, sizeof f->key[k].name, "container-%d", k);
    memcpy(f->key[k].sha1, sha1, SHA1_BYTES);
    return k;
}

int fake_find_key(const struct fake *f, const char *name)
{
    for (int k = 0; k < FAKE_KEYS; k++)
        if (f->key[k].exists && strcmp(f->key[k].name, name) == 0)
            return k;
    return -1;
}

int fake_add_cert(struct fake *f, const struct cert_info *leaf, bool there, bool with_key)
{
    struct fake_cert *c = &f->cert[f->certs];

    memset(c, 0, sizeof *c);
    memcpy(c->info.sha1, leaf->sha1, SHA1_BYTES);
    memcpy(c->info.sha256, leaf->sha256, SHA256_BYTES);
    c->info.not_before = leaf->not_before;
    c->info.not_after = leaf->not_after;
    c->in_my = there;
    c->key = with_key ? fake_new_key(f, leaf->sha1) : -1;
    return (int)f->certs++;
}

bool fake_has_orphan_key(const struct fake *f)
{
    for (int k = 0; k < FAKE_KEYS; k++) {
        bool named = false;
        for (size_t i = 0; i < f->certs; i++)
            named = named || (f->cert[i].in_my && f->cert[i].key == k);
        if (f->key[k].exists && !named)
            return true;
    }
    return false;
}

/* ---- RRAS ---- */

static struct rras_cert seen_cert(struct fake_cert *c)
{
    struct rras_cert out = {.found = c != NULL};

    if (c)
        memcpy(out.sha1, c->info.sha1, SHA1_BYTES);
    return out;
}

static enum rras_hash_state hash_state(const struct raw_value *v, uint32_t len)
{
    if (!v->present)
        return RRAS_HASH_ABSENT;
    return v->type == NAME_REG_BINARY && v->len == len ? RRAS_HASH_GOOD : RRAS_HASH_BAD;
}

static void see(struct fake *f, struct rras_seen *out)
{
    struct fake_cert *choice = NULL;

    *out = (struct rras_seen){.sha256_enabled = true};
    out->use_https = raw_number(&f->value[VALUE_USE_HTTPS], 1) != 0;
    out->flag = raw_number(&f->value[VALUE_FLAG], 0);
    out->sha256 = hash_state(&f->value[VALUE_SHA256], SHA256_BYTES);
    out->sha1 = hash_state(&f->value[VALUE_SHA1], SHA1_BYTES);
    if (out->sha256 == RRAS_HASH_GOOD)
        out->hash_cert = seen_cert(fake_in_my(f, f->value[VALUE_SHA256].bytes, SHA256_BYTES));
    for (size_t i = 0; i < f->certs && !choice; i++)
        choice = fake_usable(f, &f->cert[i]) ? &f->cert[i] : NULL;
    out->choice = seen_cert(choice);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        out->binding[i].bound = f->binding[i].present;
        out->binding[i].cert_in_store = fake_in_my(f, f->binding[i].hash, SHA1_BYTES) != NULL;
        out->binding[i].sstp_app_id = !binding_is_foreign(&f->binding[i]);
        memcpy(out->binding[i].sha1, f->binding[i].hash, SHA1_BYTES);
    }
}

int64_t fake_unix_ms(const struct fake *f)
{
    return (int64_t)FAKE_EPOCH_S * 1000 + f->now_ms;
}

static void fake_log(struct fake *f, const char *provider, uint32_t id)
{
    struct log_event *e = &f->log.of[f->log.n];

    if (f->log.n == EVENTS_MAX)
        return;
    f->log.n++;
    text_copy(e->provider, sizeof e->provider, provider);
    e->id = id;
    text_copy(e->text, sizeof e->text, "something is wrong");
}

static void do_action(struct fake *f, const struct rras_action *a)
{
    struct fake_cert *c = fake_in_my(f, a->sha1, SHA1_BYTES);
    struct binding none = {.present = false};

    if (a->kind == RRAS_BIND && a->family == RRAS_V6 && f->no_v6) {
        fake_log(f, NAME_LOG_SSTP, 13);
        return;
    }
    if (a->kind == RRAS_UNBIND)
        f->binding[a->family] = none;
    else if (a->kind == RRAS_BIND)
        f->binding[a->family] = plan_binding(&none, a->sha1, false);
    else if (c) {
        f->value[VALUE_SHA256] = raw_binary(c->info.sha256, SHA256_BYTES);
        f->value[VALUE_SHA1] = raw_binary(c->info.sha1, SHA1_BYTES);
        f->value[VALUE_FLAG] = raw_dword(0);
        f->written_at_ms = fake_unix_ms(f);
    }
}

/* The Windows error that the start ends with. */
static uint32_t start_rras(struct fake *f)
{
    struct rras_seen seen;
    struct rras_plan plan;
    uint32_t once = f->start_fails;

    f->start_fails = 0;
    if (once)
        return once;
    f->started_at_ms = fake_unix_ms(f);
    f->is_stuck = f->gets_stuck;
    see(f, &seen);
    rras_decide(&seen, &plan);
    for (int i = 0; i < plan.actions; i++)
        do_action(f, &plan.action[i]);
    if (plan.error || f->start_event)
        fake_log(f, NAME_LOG_SSTP, plan.error ? (uint32_t)plan.event : f->start_event);
    if (plan.error)
        return plan.error;
    f->listening = true;
    memcpy(f->cached_sha256, f->value[VALUE_SHA256].bytes, SHA256_BYTES);
    return 0;
}

int fake_serves(const struct fake *f)
{
    if (!f->listening)
        return -1;
    if (raw_number(&f->value[VALUE_USE_HTTPS], 1) == 0)
        return memcmp(f->cached_sha256, f->cert[f->balancer].info.sha256, SHA256_BYTES) == 0
                   ? f->balancer
                   : -1;
    for (size_t i = 0; i < f->certs; i++)
        if (fake_usable(f, &f->cert[i]) && binding_shows(&f->binding[0], f->cert[i].info.sha1) &&
            (f->no_v6 || binding_shows(&f->binding[1], f->cert[i].info.sha1)) &&
            memcmp(f->cached_sha256, f->cert[i].info.sha256, SHA256_BYTES) == 0)
            return (int)i;
    return -1;
}

/* ---- services ---- */

struct fake_service *fake_service_of(struct fake *f, const char *name)
{
    for (int i = 0; i < FAKE_SERVICES; i++)
        if (text_equal_nocase(f->service[i].name, name))
            return &f->service[i];
    return NULL;
}

static void finish_change(struct fake *f, struct fake_service *s)
{
    uint32_t error = 0;

    if (s->next == SERVICE_IS_UNKNOWN || f->now_ms < s->changes_at_ms)
        return;
    if (s == &f->service[REMOTEACCESS] && s->next == SERVICE_IS_RUNNING)
        error = start_rras(f);
    s->now.state = error ? SERVICE_IS_STOPPED : s->next;
    s->now.exit_code = error;
    s->next = SERVICE_IS_UNKNOWN;
}

void fake_settle(struct fake *f)
{
    for (int i = 0; i < FAKE_SERVICES; i++)
        finish_change(f, &f->service[i]);
}

void fake_change(struct fake *f, struct fake_service *s, enum service_state to)
{
    s->now.state = to == SERVICE_IS_RUNNING ? SERVICE_IS_STARTING : SERVICE_IS_STOPPING;
    s->next = to;
    if (s == &f->service[SSTPSVC])
        f->is_stuck = f->gets_stuck = false;
    s->changes_at_ms = f->now_ms + (to == SERVICE_IS_RUNNING ? START_MS : STOP_MS);
    if (s == &f->service[REMOTEACCESS] && to == SERVICE_IS_STOPPED) {
        f->listening = false;
        f->sessions = 0;
    }
}

bool fake_all_run(const struct fake *f)
{
    for (int i = 0; i < FAKE_SERVICES; i++)
        if (f->service[i].now.state != SERVICE_IS_RUNNING)
            return false;
    return true;
}

void fake_stop_rras(struct fake *f)
{
    f->service[REMOTEACCESS].now.state = SERVICE_IS_STOPPED;
    f->service[DEPENDENT].now.state = SERVICE_IS_STOPPED;
    f->listening = false;
}

void fake_reboot(struct fake *f)
{
    uint32_t error;

    f->listening = f->gets_stuck = false;
    error = start_rras(f);
    for (int i = 0; i < FAKE_SERVICES; i++) {
        f->service[i].next = SERVICE_IS_UNKNOWN;
        f->service[i].now.state = SERVICE_IS_RUNNING;
    }
    if (error)
        f->service[REMOTEACCESS].now.state = SERVICE_IS_STOPPED;
    f->service[REMOTEACCESS].now.exit_code = error;
}

/* ---- the machine to begin with ---- */

void fake_init(struct fake *f, int port, int flag)
{
    static const struct {
        const char *name;
        int depends_on;
    } services[FAKE_SERVICES] = {{NAME_REMOTEACCESS, RASMAN},
                                 {NAME_RASMAN, SSTPSVC},
                                 {NAME_SSTPSVC, -1},
                                 {FAKE_DEPENDENT, REMOTEACCESS}};

    memset(f, 0, sizeof *f);
    f->elevated = true;
    f->elsewhere = -1;
    f->port = port;
    f->now_ms = 1000000;
    f->started_at_ms = fake_unix_ms(f) - AGE_MS;
    f->written_at_ms = f->started_at_ms + 100; /* RRAS writes when it starts */
    for (int i = 0; i < FAKE_SERVICES; i++) {
        text_copy(f->service[i].name, SERVICE_NAME_CHARS, services[i].name);
        f->service[i].depends_on = services[i].depends_on;
        f->service[i].now = (struct service){
            .exists = true, .state = SERVICE_IS_RUNNING, .start_type = AUTOMATIC, .pid = 100};
    }
    f->value[VALUE_LISTENER_PORT] = raw_dword((uint32_t)port);
    if (flag >= 0)
        f->value[VALUE_FLAG] = raw_dword((uint32_t)flag);
}

void fake_show(struct fake *f, int cert)
{
    const struct fake_cert *c = &f->cert[cert];
    struct binding none = {.present = false};

    f->value[VALUE_SHA256] = raw_binary(c->info.sha256, SHA256_BYTES);
    f->value[VALUE_SHA1] = raw_binary(c->info.sha1, SHA1_BYTES);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        f->binding[i] = plan_binding(&none, c->info.sha1, false);
        f->binding[i].check_mode = 0x1000; /* as RRAS makes them */
    }
    f->listening = true;
    memcpy(f->cached_sha256, c->info.sha256, SHA256_BYTES);
}
