/* SPDX-License-Identifier: Apache-2.0 */
/* The seams onto the machine of fake_machine.c, and the faults on the way. */
#include "fake_machine.h"

#include "deploy/rras/codes.h"
#include "deploy/rras/names.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 1 };

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

/* ---- struct target ---- */

static int observe(void *self, int port, unsigned parts, struct observed *out, struct err *err)
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
    fake_settle(f);
    f->full_looks += parts == LOOK_ALL;
    fake_look(f, parts, &o);
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
    if (f->refuses_aes && q->style == PFX_MODERN)
        return win(err, CODE_ERROR_INVALID_PASSWORD, "PFX import");
    for (size_t i = 0; i < f->certs; i++)
        if (memcmp(f->cert[i].info.sha1, q->bundle->leaf.sha1, SHA1_BYTES) == 0)
            c = &f->cert[i];
    if (!c)
        return err_set(err, ERR_FAIL, "PFX import: a certificate that the model does not know");
    c->in_my = true;
    if (key_container(q->bundle->key)) {
        c->key = fake_find_key(f, key_container(q->bundle->key));
        return end(f, v, err);
    }
    c->key = fake_new_key(f, q->bundle->leaf.sha1);
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
    if (v == FAILED)
        return -1;
    f->has_intermediate = f->has_intermediate || (v != LIE && !f->loses_intermediates);
    return end(f, v, err);
}

static int prove_key(void *self, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "prove_key", err);

    if (v == FAILED)
        return -1;
    if (v != LIE && !fake_usable(f, fake_in_my(f, sha1, SHA1_BYTES)))
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
    struct fake_cert *c = fake_in_my(f, sha1, SHA1_BYTES);

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
    if (v != LIE) {
        f->value[id] = *value;
        f->written_at_ms = fake_unix_ms(f);
    }
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
    if (b->present && family == FAMILY_V6 && f->no_v6)
        return win(err, 87, "binding [::]");
    if (b->present && (f->refuses_binding || !fake_usable(f, fake_in_my(f, b->hash, SHA1_BYTES))))
        return win(err, CODE_ERROR_NO_SUCH_LOGON_SESSION, "binding");
    f->binding[family] = *b;
    return end(f, v, err);
}

/* A failing trial fails at the worst moment: its record stays. */
static int try_binding(void *self, int port, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "try_binding", err);

    if (v == FAILED && !f->dead)
        f->trial_port = port;
    if (v == FAILED)
        return -1;
    if (v == LIE)
        return 0;
    if (port == f->taken_port || port == f->trial_port)
        return win(err, CODE_ERROR_ALREADY_EXISTS, "trial binding");
    if (!fake_usable(f, fake_in_my(f, sha1, SHA1_BYTES)) || f->refuses_binding)
        return win(err, CODE_ERROR_NO_SUCH_LOGON_SESSION, "trial binding");
    if (v == DO_AND_DIE)
        f->trial_port = port;
    return end(f, v, err);
}

static int drop_trial(void *self, int port, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "drop_trial", err);

    if (v == FAILED)
        return -1;
    if (v != LIE && f->trial_port == port)
        f->trial_port = 0;
    return end(f, v, err);
}

static int service_query(void *self, const char *name, struct service *out, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "service_query", err);
    const struct fake_service *s = fake_service_of(f, name);

    if (v == FAILED)
        return -1;
    fake_settle(f);
    memset(out, 0, sizeof *out);
    if (v != LIE && s)
        *out = s->now;
    return end(f, v, err);
}

bool fake_logs_on(struct fake *f)
{
    struct err ignored = {0};
    enum verdict v = begin(f, "log_on", &ignored);

    return v != FAILED && v != LIE && end(f, v, &ignored) == 0;
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
    struct fake_service *s = fake_service_of(f, name);

    if (v == FAILED)
        return -1;
    fake_settle(f);
    if (v == LIE)
        return 0;
    if (!s)
        return win(err, CODE_ERROR_SERVICE_DOES_NOT_EXIST, name);
    if (s->now.state == SERVICE_IS_STOPPED)
        return win(err, CODE_ERROR_SERVICE_NOT_ACTIVE, name);
    if (has_active_dependent(f, s))
        return win(err, CODE_ERROR_DEPENDENT_SERVICES_RUNNING, name);
    fake_change(f, s, SERVICE_IS_STOPPED);
    return end(f, v, err);
}

static int service_start(void *self, const char *name, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "service_start", err);
    struct fake_service *s = fake_service_of(f, name);

    if (v == FAILED)
        return -1;
    fake_settle(f);
    if (v == LIE)
        return 0;
    if (!s)
        return win(err, CODE_ERROR_SERVICE_DOES_NOT_EXIST, name);
    if (s->now.state == SERVICE_IS_RUNNING)
        return win(err, CODE_ERROR_SERVICE_ALREADY_RUNNING, name);
    fake_change(f, s, SERVICE_IS_RUNNING);
    return end(f, v, err);
}

static bool depends(const struct fake *f, int service, int on)
{
    int next = f->service[service].depends_on;
    return next >= 0 && (next == on || depends(f, next, on));
}

static int service_dependents(void *self, const char *name, struct service_list *out,
                              struct err *err)
{
    static const int order[] = {DEPENDENT, REMOTEACCESS, RASMAN}; /* to stop them */
    struct fake *f = self;
    enum verdict v = begin(f, "service_dependents", err);
    const struct fake_service *s = fake_service_of(f, name);

    if (v == FAILED)
        return -1;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; v != LIE && s && i < sizeof order / sizeof order[0]; i++)
        if (depends(f, order[i], (int)(s - f->service)) &&
            f->service[order[i]].now.state != SERVICE_IS_STOPPED)
            text_copy(out->name[out->n++], SERVICE_NAME_CHARS, f->service[order[i]].name);
    return end(f, v, err);
}

static int events_mark(void *self, uint64_t *out, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "events_mark", err);

    if (v == FAILED)
        return -1;
    *out = v == LIE ? 0 : f->log.n;
    return end(f, v, err);
}

static int events_since(void *self, uint64_t mark, struct log_events *out, struct err *err)
{
    struct fake *f = self;
    enum verdict v = begin(f, "events_since", err);

    if (v == FAILED)
        return -1;
    out->n = 0;
    for (size_t i = (size_t)mark; v != LIE && i < f->log.n; i++)
        out->of[out->n++] = f->log.of[i];
    return end(f, v, err);
}

/* ---- struct records ---- */

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
    if (strstr(rel, ".damaged"))
        return end(f, v, err); /* for people */
    if (len > sizeof f->journal)
        return err_set(err, ERR_FAIL, "%s: too long for the model", rel);
    memcpy(f->journal, p, len);
    f->journal_len = len;
    return end(f, v, err);
}

void fake_open_ports(struct fake *f, struct fake_ports *out)
{
    out->target = (struct target){observe,
                                  import_pfx,
                                  add_intermediate,
                                  prove_key,
                                  remove_cert,
                                  sweep_keys,
                                  NULL, /* drop_key: no deploy does */
                                  set_value,
                                  set_binding,
                                  try_binding,
                                  drop_trial,
                                  service_query,
                                  service_stop,
                                  service_start,
                                  service_dependents,
                                  events_mark,
                                  events_since,
                                  f};
    out->wire = fake_wire(f);
    out->records = (struct records){get_record, put_record, f};
    out->ports = (struct deploy_ports){&out->target, &out->wire, &out->records};
    out->clock = fake_clock(f);
}
