/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_target.h"

#include "deploy/rras/codes.h"
#include "deploy/rras/names.h"
#include "tests/sim/sim_rras_decide.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMOTEACCESS, RASMAN, SSTPSVC, DEPENDENT };
enum { STOP_MS = 300, START_MS = 400, CALL_MS = 1, AUTOMATIC = 2 };

/* ---- faults ---- */

static const struct fake_fault *due(const struct fake *f)
{
    for (int i = 0; i < FAKE_FAULTS; i++) {
        const struct fake_fault *x = &f->fault[i];
        if (x->kind != FAKE_NONE && (f->calls == x->at || (x->for_good && f->calls > x->at)))
            return x;
    }
    return NULL;
}

enum verdict { DO_IT, DO_AND_DIE, LIE, FAILED };

/* Begins a call: whether it has its effect. */
static enum verdict begin(struct fake *f, const char *name, struct err *err)
{
    const struct fake_fault *x;

    f->now_ms += CALL_MS;
    if (f->dead) {
        err_set(err, ERR_FAIL, "dead");
        return FAILED;
    }
    f->calls++;
    x = due(f);
    if (!x)
        return DO_IT;
    if (!f->last_call[0])
        text_copy(f->last_call, sizeof f->last_call, name);
    switch (x->kind) {
    case FAKE_LIE:
        return LIE;
    case FAKE_DIE_AFTER:
        return DO_AND_DIE;
    case FAKE_DIE_BEFORE:
        f->dead = true;
        break;
    default:
        break;
    }
    err_sys(err, ERR_FAIL, ERR_SRC_WIN32, 31, "%s: injected", name);
    return FAILED;
}

static int end(struct fake *f, enum verdict v, struct err *err)
{
    if (v != DO_AND_DIE)
        return 0;
    f->dead = true;
    return err_set(err, ERR_FAIL, "dead");
}

static int win(struct err *err, uint32_t number, const char *what)
{
    err_sys(err, ERR_FAIL, ERR_SRC_WIN32, number, "%s", what);
    return -1;
}

/* ---- certificates ---- */

static struct fake_cert *in_my(struct fake *f, const uint8_t *hash, size_t len)
{
    for (size_t i = 0; i < f->certs; i++) {
        struct fake_cert *c = &f->cert[i];
        const uint8_t *own = len == SHA1_BYTES ? c->info.sha1 : c->info.sha256;
        if (c->in_my && memcmp(own, hash, len) == 0)
            return c;
    }
    return NULL;
}

static bool usable(const struct fake *f, const struct fake_cert *c)
{
    return c && c->in_my && c->key >= 0 && f->key[c->key].exists;
}

static int new_key(struct fake *f, const uint8_t sha1[SHA1_BYTES])
{
    int k = f->keys++ % FAKE_KEYS;

    f->key[k].exists = true;
    snprintf(f->key[k].name, sizeof f->key[k].name, "container-%d", k);
    memcpy(f->key[k].sha1, sha1, SHA1_BYTES);
    return k;
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
    c->key = with_key ? new_key(f, leaf->sha1) : -1;
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

    *out = (struct rras_seen){.use_https = true, .sha256_enabled = true};
    out->flag = raw_number(&f->value[VALUE_FLAG], 0);
    out->sha256 = hash_state(&f->value[VALUE_SHA256], SHA256_BYTES);
    out->sha1 = hash_state(&f->value[VALUE_SHA1], SHA1_BYTES);
    if (out->sha256 == RRAS_HASH_GOOD)
        out->hash_cert = seen_cert(in_my(f, f->value[VALUE_SHA256].bytes, SHA256_BYTES));
    for (size_t i = 0; i < f->certs && !choice; i++)
        choice = usable(f, &f->cert[i]) ? &f->cert[i] : NULL;
    out->choice = seen_cert(choice);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        out->binding[i].bound = f->binding[i].present;
        out->binding[i].cert_in_store = in_my(f, f->binding[i].hash, SHA1_BYTES) != NULL;
        out->binding[i].sstp_app_id = binding_is_sstp(&f->binding[i]);
        memcpy(out->binding[i].sha1, f->binding[i].hash, SHA1_BYTES);
    }
}

static void do_action(struct fake *f, const struct rras_action *a)
{
    struct fake_cert *c = in_my(f, a->sha1, SHA1_BYTES);
    struct binding none = {.present = false};

    if (a->kind == RRAS_UNBIND)
        f->binding[a->family] = none;
    else if (a->kind == RRAS_BIND)
        f->binding[a->family] = plan_binding(&none, a->sha1);
    else if (c) {
        f->value[VALUE_SHA256] = raw_binary(c->info.sha256, SHA256_BYTES);
        f->value[VALUE_SHA1] = raw_binary(c->info.sha1, SHA1_BYTES);
        f->value[VALUE_FLAG] = raw_dword(0);
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
    see(f, &seen);
    rras_decide(&seen, &plan);
    for (int i = 0; i < plan.actions; i++)
        do_action(f, &plan.action[i]);
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
    for (size_t i = 0; i < f->certs; i++)
        if (usable(f, &f->cert[i]) && binding_shows(&f->binding[0], f->cert[i].info.sha1) &&
            binding_shows(&f->binding[1], f->cert[i].info.sha1) &&
            memcmp(f->cached_sha256, f->cert[i].info.sha256, SHA256_BYTES) == 0)
            return (int)i;
    return -1;
}

/* ---- services ---- */

static struct fake_service *service_of(struct fake *f, const char *name)
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

static void settle_services(struct fake *f)
{
    for (int i = 0; i < FAKE_SERVICES; i++)
        finish_change(f, &f->service[i]);
}

static void change(struct fake *f, struct fake_service *s, enum service_state to)
{
    s->now.state = to == SERVICE_IS_RUNNING ? SERVICE_IS_STARTING : SERVICE_IS_STOPPING;
    s->next = to;
    s->changes_at_ms = f->now_ms + (to == SERVICE_IS_RUNNING ? START_MS : STOP_MS);
    if (s == &f->service[REMOTEACCESS] && to == SERVICE_IS_STOPPED)
        f->listening = false;
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

    f->listening = false;
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
    f->port = port;
    f->now_ms = 1000000;
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
        f->binding[i] = plan_binding(&none, c->info.sha1);
        f->binding[i].check_mode = 0x1000; /* as RRAS makes them */
    }
    f->listening = true;
    memcpy(f->cached_sha256, c->info.sha256, SHA256_BYTES);
}

/* ---- struct target ---- */

static int observe(void *self, int port, struct observed *out, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "observe", err);
    struct observed o = {.elevated = f->elevated};

    if (v == FAILED)
        return -1;
    memset(out, 0, sizeof *out);
    if (v == LIE)
        return 0;
    (void)port;
    settle_services(f);
    for (int i = 0; i < SERVICE_COUNT; i++)
        o.service[i] = f->service[i].now;
    memcpy(o.value, f->value, sizeof o.value);
    memcpy(o.binding, f->binding, sizeof o.binding);
    o.cert = calloc(FAKE_CERTS, sizeof *o.cert);
    for (size_t i = 0; i < f->certs; i++) {
        if (!f->cert[i].in_my)
            continue;
        o.cert[o.cert_count] = f->cert[i].info;
        o.cert[o.cert_count++].has_key = f->cert[i].key >= 0;
    }
    if (f->record.where[0]) {
        o.record = calloc(1, sizeof *o.record);
        o.record[o.record_count++] = f->record;
    }
    *out = o;
    return end(f, v, err);
}

static int import_pfx(void *self, const struct import_request *q, struct key_ref *out,
                      struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "import_pfx", err);
    struct fake_cert *c = NULL;

    if (v == FAILED)
        return -1;
    memset(out, 0, sizeof *out);
    if (v == LIE)
        return 0;
    if (f->refuses_aes) {
        f->refuses_aes = false; /* the next one is 3DES */
        return win(err, CODE_ERROR_INVALID_PASSWORD, "PFX import");
    }
    for (size_t i = 0; i < f->certs; i++)
        if (memcmp(f->cert[i].info.sha1, q->sha1, SHA1_BYTES) == 0)
            c = &f->cert[i];
    if (!c)
        return err_set(err, ERR_FAIL, "PFX import: a certificate that the model does not know");
    c->in_my = true;
    c->key = new_key(f, q->sha1);
    text_copy(out->container, sizeof out->container, f->key[c->key].name);
    text_copy(out->provider, sizeof out->provider, "model");
    if (v == DO_AND_DIE)
        c->in_my = false; /* the worst moment: the key is there, the certificate is not yet */
    return end(f, v, err);
}

static int add_intermediate(void *self, const uint8_t *der, size_t len, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "add_intermediate", err);

    (void)der, (void)len;
    return v == FAILED ? -1 : end(f, v, err);
}

static int prove_key(void *self, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "prove_key", err);

    if (v == FAILED)
        return -1;
    if (v != LIE && !usable(f, in_my(f, sha1, SHA1_BYTES)))
        return win(err, 0x80090016, "private key");
    return end(f, v, err);
}

static void remove_key_unless_named(struct fake *f, int k)
{
    for (size_t i = 0; i < f->certs; i++)
        if (f->cert[i].in_my && f->cert[i].key == k)
            return;
    f->key[k].exists = false;
}

static int remove_cert(void *self, const uint8_t sha1[SHA1_BYTES], const struct key_ref *key,
                       struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "remove_cert", err);
    struct fake_cert *c = in_my(f, sha1, SHA1_BYTES);

    if (v == FAILED)
        return -1;
    if (v == LIE)
        return 0;
    if (c)
        c->in_my = false;
    for (int k = 0; k < FAKE_KEYS; k++)
        if (f->key[k].exists && strcmp(f->key[k].name, key->container) == 0)
            remove_key_unless_named(f, k);
    return end(f, v, err);
}

static int sweep_keys(void *self, const struct public_key *key, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "sweep_keys", err);

    (void)key; /* all keys of the model that no certificate names are of the one public key */
    if (v == FAILED)
        return -1;
    for (int k = 0; v != LIE && k < FAKE_KEYS; k++)
        remove_key_unless_named(f, k);
    return end(f, v, err);
}

static int set_value(void *self, enum value_id id, const struct raw_value *value, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "set_value", err);

    if (v == FAILED)
        return -1;
    if (v != LIE)
        f->value[id] = *value;
    return end(f, v, err);
}

static int set_binding(void *self, enum family family, int port, const struct binding *b,
                       struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "set_binding", err);

    (void)port;
    if (v == FAILED)
        return -1;
    if (v == LIE)
        return 0;
    if (b->present && !usable(f, in_my(f, b->hash, SHA1_BYTES)))
        return win(err, CODE_ERROR_NO_SUCH_LOGON_SESSION, "binding");
    f->binding[family] = *b;
    return end(f, v, err);
}

static int service_query(void *self, const char *name, struct service *out, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "service_query", err);
    const struct fake_service *s = service_of(f, name);

    if (v == FAILED)
        return -1;
    settle_services(f);
    memset(out, 0, sizeof *out);
    if (v != LIE && s)
        *out = s->now;
    return end(f, v, err);
}

static bool has_active_dependent(const struct fake *f, const struct fake_service *s)
{
    for (int i = 0; i < FAKE_SERVICES; i++)
        if (f->service[i].depends_on == (int)(s - f->service) &&
            f->service[i].now.state != SERVICE_IS_STOPPED)
            return true;
    return false;
}

static int service_stop(void *self, const char *name, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "service_stop", err);
    struct fake_service *s = service_of(f, name);

    if (v == FAILED)
        return -1;
    settle_services(f);
    if (v == LIE)
        return 0;
    if (s->now.state == SERVICE_IS_STOPPED)
        return win(err, CODE_ERROR_SERVICE_NOT_ACTIVE, name);
    if (has_active_dependent(f, s))
        return win(err, CODE_ERROR_DEPENDENT_SERVICES_RUNNING, name);
    change(f, s, SERVICE_IS_STOPPED);
    return end(f, v, err);
}

static int service_start(void *self, const char *name, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "service_start", err);
    struct fake_service *s = service_of(f, name);

    if (v == FAILED)
        return -1;
    settle_services(f);
    if (v == LIE)
        return 0;
    if (s->now.state == SERVICE_IS_RUNNING)
        return win(err, CODE_ERROR_SERVICE_ALREADY_RUNNING, name);
    change(f, s, SERVICE_IS_RUNNING);
    return end(f, v, err);
}

static int service_dependents(void *self, const char *name, struct service_list *out,
                              struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "service_dependents", err);
    const struct fake_service *s = service_of(f, name);

    if (v == FAILED)
        return -1;
    memset(out, 0, sizeof *out);
    if (v != LIE && s == &f->service[REMOTEACCESS] &&
        f->service[DEPENDENT].now.state != SERVICE_IS_STOPPED)
        text_copy(out->name[out->n++], SERVICE_NAME_CHARS, FAKE_DEPENDENT);
    return end(f, v, err);
}

/* ---- struct wire ---- */

static void look(void *self, const struct wire_question *q, struct wire_look *out)
{
    struct fake *f = self;
    const struct binding *b = &f->binding[q->addr.family == 4 ? FAMILY_V4 : FAMILY_V6];
    const struct fake_cert *c = b->present ? in_my(f, b->hash, SHA1_BYTES) : NULL;

    memset(out, 0, sizeof *out);
    f->now_ms += 20;
    settle_services(f);
    if (f->dead || !f->listening || !usable(f, c)) {
        text_copy(out->trouble, sizeof out->trouble, f->listening ? "tls: reset" : "tcp: refused");
        return;
    }
    out->tls = true;
    memcpy(out->leaf_sha256, c->info.sha256, SHA256_BYTES);
    out->leaf_not_after = c->info.not_after;
    if (!q->call)
        return;
    out->get_status = 401;
    out->post_status = f->calls_fail ? 503 : 200;
    out->call = !f->calls_fail;
    out->hash_mask = f->calls_fail ? 0 : 2;
}

static bool knock(void *self, const struct net_addr *addr)
{
    const struct fake *f = self;

    (void)addr;
    return f->listening;
}

/* ---- struct records, struct clock ---- */

static int get_record(void *self, const char *rel, struct buf *out, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "get journal", err);

    if (v == FAILED)
        return -1;
    if (f->journal_len == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: not there", rel);
    buf_add(out, f->journal, f->journal_len);
    return end(f, v, err);
}

static int put_record(void *self, const char *rel, const void *p, size_t len, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "put journal", err);

    if (v == FAILED)
        return -1;
    if (v == LIE)
        return 0;
    if (len > sizeof f->journal)
        return err_set(err, ERR_FAIL, "%s: too long for the model", rel);
    memcpy(f->journal, p, len);
    f->journal_len = len;
    return end(f, v, err);
}

static int64_t clock_now_s(void *user)
{
    const struct fake *f = user;
    return 1800000000 + f->now_ms / 1000;
}

static int64_t clock_monotonic_ms(void *user)
{
    const struct fake *f = user;
    return f->now_ms;
}

static void clock_sleep_ms(void *user, int64_t ms)
{
    struct fake *f = user;

    f->now_ms += ms > 0 ? ms : 0;
    settle_services(f);
}

void fake_open_ports(struct fake *f, struct fake_ports *out)
{
    out->target = (struct target){
        observe,   import_pfx,  add_intermediate, prove_key,    remove_cert,   sweep_keys,
        set_value, set_binding, service_query,    service_stop, service_start, service_dependents,
        f};
    out->wire = (struct wire){look, knock, f};
    out->records = (struct records){get_record, put_record, f};
    out->ports = (struct deploy_ports){&out->target, &out->wire, &out->records};
    out->clock = (struct clock){clock_now_s, clock_monotonic_ms, clock_sleep_ms, f};
}
