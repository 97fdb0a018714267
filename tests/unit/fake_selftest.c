/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_selftest_int.h"

#include "text.h"

#include <string.h>

enum { NOW = 1800000000, FIRST_PORT = 50001, ACCESS_DENIED = 5 };

/* ---- faults ---- */

bool fake_win_enters(struct fake_win *w, struct err *err)
{
    bool mine = ++w->calls == w->at;

    if (w->dead || (mine && w->fault != FAKE_WIN_FINE)) {
        if (mine && (w->fault == FAKE_WIN_DIE_BEFORE || w->fault == FAKE_WIN_DIE_AFTER))
            w->dead = true;
        if (!(mine && w->fault == FAKE_WIN_DIE_AFTER)) {
            err_sys(err, ERR_FAIL, ERR_SRC_WIN32, ACCESS_DENIED, "call %d", w->calls);
            return false;
        }
    }
    return true;
}

int fake_win_leaves(struct fake_win *w, struct err *err)
{
    return w->dead ? err_sys(err, ERR_FAIL, ERR_SRC_WIN32, ACCESS_DENIED, "call %d", w->calls) : 0;
}

int fake_win_refuse(struct err *err, uint32_t number)
{
    return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, number, "fake");
}

/* ---- certificates ---- */

int fake_win_find_cert(const struct fake_win *w, const uint8_t sha1[SHA1_BYTES])
{
    for (int i = 0; i < FAKE_WIN_CERTS; i++)
        if (w->cert[i].there && memcmp(w->cert[i].sha1, sha1, SHA1_BYTES) == 0)
            return i;
    return -1;
}

int fake_win_add_cert(struct fake_win *w, const uint8_t *der, size_t len)
{
    for (int i = 0; i < FAKE_WIN_CERTS; i++) {
        if (w->cert[i].there || w->cert[i].key.len)
            continue;
        crypto_sha1(der, len, w->cert[i].sha1);
        crypto_sha256(der, len, w->cert[i].sha256);
        w->cert[i].there = true;
        return i;
    }
    return -1;
}

int fake_win_find_container(const struct fake_win *w, const char *container)
{
    for (int i = 0; i < FAKE_WIN_CERTS; i++)
        if (w->cert[i].key.len && strcmp(w->cert[i].container, container) == 0)
            return i;
    return -1;
}

/* ---- host ---- */

static int new_key(void *self, enum key_type type, struct key **out, struct err *err)
{
    const struct fake_win *w = self;

    if (type == KEY_RSA2048 && w->rsa_pem)
        return key_from_pem(out, w->rsa_pem, strlen(w->rsa_pem), "test key", err);
    return key_new(out, type, err);
}

/* ---- keys made in the machine ---- */

static int make_key(void *self, const char *container, struct err *err)
{
    struct fake_win *w = self;
    struct buf spki = BUF_INIT(PUBLIC_KEY_MAX_BYTES);
    struct key *k = NULL;
    int i = 0, rc = -1;

    if (!fake_win_enters(w, err))
        return -1;
    while (i < FAKE_WIN_CERTS && (w->cert[i].there || w->cert[i].key.len))
        i++;
    if (i < FAKE_WIN_CERTS && new_key(w, KEY_RSA2048, &k, err) == 0 &&
        key_spki(k, &spki, err) == 0) {
        memcpy(w->cert[i].key.der, spki.p, spki.len);
        w->cert[i].key.len = spki.len;
        text_copy(w->cert[i].container, sizeof w->cert[i].container, container);
        rc = fake_win_leaves(w, err);
    }
    key_free(k);
    buf_clear(&spki);
    return rc;
}

static int public_half(void *self, const char *container, struct buf *out, struct err *err)
{
    struct fake_win *w = self;
    int i;

    if (!fake_win_enters(w, err))
        return -1;
    i = fake_win_find_container(w, container);
    if (i < 0)
        return fake_win_refuse(err, 0x80090016);
    buf_add(out, w->cert[i].key.der, w->cert[i].key.len);
    return fake_win_leaves(w, err);
}

static int export_there(void *self, const char *dll, const char *function, bool *there,
                        struct err *err)
{
    const struct fake_win *w = self;

    (void)dll, (void)err;
    *there = strcmp(function, "HttpUpdateServiceConfiguration") != 0 || !w->no_update;
    return 0;
}

static int nothing(void *self, struct err *err)
{
    return fake_win_enters(self, err) ? fake_win_leaves(self, err) : -1;
}

static int read_acl(void *self, const char *path, bool *is_protected, int *entries, struct err *err)
{
    (void)path;
    if (!fake_win_enters(self, err))
        return -1;
    *is_protected = true;
    *entries = 3;
    return fake_win_leaves(self, err);
}

/* A thing that is there or not. */
static int put(struct fake_win *w, bool *what, bool there, struct err *err)
{
    if (!fake_win_enters(w, err))
        return -1;
    *what = there;
    return fake_win_leaves(w, err);
}

static int registry_try(void *self, struct err *err)
{
    return put(self, &((struct fake_win *)self)->registry, true, err);
}

static int registry_remove(void *self, struct err *err)
{
    return put(self, &((struct fake_win *)self)->registry, false, err);
}

static int event_write(void *self, const char *text, struct err *err)
{
    struct fake_win *w = self;

    if (!fake_win_enters(w, err))
        return -1;
    text_copy(w->event, sizeof w->event, text);
    return fake_win_leaves(w, err);
}

static int event_find(void *self, const char *text, bool *found, struct err *err)
{
    struct fake_win *w = self;

    if (!fake_win_enters(w, err))
        return -1;
    *found = strcmp(w->event, text) == 0;
    return fake_win_leaves(w, err);
}

static int sessions(void *self, uint32_t *out, struct err *err)
{
    (void)self;
    *out = 0;
    return fake_win_refuse(err, 1722);
}

static int system_open(void *self, struct err *err)
{
    struct fake_win *w = self;

    return w->no_service ? fake_win_refuse(err, 1260) : put(w, &w->service, true, err);
}

static int system_run(void *self, const char *verb, const char *argument, uint32_t *result,
                      struct err *err)
{
    struct fake_win *w = self;

    (void)verb, (void)argument;
    if (!fake_win_enters(w, err))
        return -1;
    *result = 0;
    return w->service ? fake_win_leaves(w, err) : fake_win_refuse(err, 1060);
}

static int system_remove(void *self, struct err *err)
{
    return put(self, &((struct fake_win *)self)->service, false, err);
}

static int look_container(void *self, const uint8_t sha1[SHA1_BYTES], const char *friendly_name,
                          struct selftest_container *out, struct err *err)
{
    struct fake_win *w = self;
    int i;

    (void)friendly_name;
    if (!fake_win_enters(w, err))
        return -1;
    i = fake_win_find_cert(w, sha1);
    if (i < 0)
        return fake_win_refuse(err, 0x80092004);
    *out = (struct selftest_container){
        .cng = true, .machine = true, .named = true, .bits = w->cert[i].key.len > 200 ? 2048 : 256};
    return fake_win_leaves(w, err);
}

static int add_keyless(void *self, const uint8_t *der, size_t len, struct err *err)
{
    struct fake_win *w = self;

    if (!fake_win_enters(w, err))
        return -1;
    return fake_win_add_cert(w, der, len) >= 0 ? fake_win_leaves(w, err) : fake_win_refuse(err, 8);
}

static int free_port(void *self, int *out, struct err *err)
{
    struct fake_win *w = self;

    if (!fake_win_enters(w, err))
        return -1;
    *out = w->next_port++;
    return fake_win_leaves(w, err);
}

static int listen_on(void *self, enum family f, int port, struct err *err)
{
    struct fake_win *w = self;

    (void)port;
    if (!fake_win_enters(w, err))
        return -1;
    if (f == FAMILY_V6 && w->no_v6)
        return fake_win_refuse(err, 1214);
    w->listens[f] = true;
    return fake_win_leaves(w, err);
}

static void listen_end(void *self)
{
    struct fake_win *w = self;

    w->listens[FAMILY_V4] = w->listens[FAMILY_V6] = false;
}

static struct binding *find_record(struct fake_win *w, enum family f, int port, bool make)
{
    for (int i = 0; i < FAKE_WIN_RECORDS; i++)
        if (w->record[i].b.present && w->record[i].family == f && w->record[i].port == port)
            return &w->record[i].b;
    for (int i = 0; make && i < FAKE_WIN_RECORDS; i++)
        if (!w->record[i].b.present) {
            w->record[i].family = f;
            w->record[i].port = port;
            return &w->record[i].b;
        }
    return NULL;
}

static int record_write(void *self, enum family f, int port, const struct binding *b,
                        enum selftest_write how, struct err *err)
{
    struct fake_win *w = self;
    struct binding *place;
    int i;

    if (!fake_win_enters(w, err))
        return -1;
    i = fake_win_find_cert(w, b->hash);
    if (how == SELFTEST_WRITE_SET && find_record(w, f, port, false))
        return fake_win_refuse(err, 183);
    if (how != SELFTEST_WRITE_SET && !find_record(w, f, port, false))
        return fake_win_refuse(err, 2);
    if (i < 0 || (!w->cert[i].has_key && !w->takes_keyless))
        return fake_win_refuse(err, 1312);
    place = find_record(w, f, port, true);
    *place = *b;
    if (w->loses_field)
        place->check_mode = 0;
    return fake_win_leaves(w, err);
}

static int record_read(void *self, enum family f, int port, struct binding *out, struct err *err)
{
    struct fake_win *w = self;
    const struct binding *b;

    if (!fake_win_enters(w, err))
        return -1;
    b = find_record(w, f, port, false);
    *out = b ? *b : (struct binding){.present = false};
    return fake_win_leaves(w, err);
}

static int record_remove(void *self, enum family f, int port, struct err *err)
{
    struct fake_win *w = self;
    struct binding *b;

    if (!fake_win_enters(w, err))
        return -1;
    b = find_record(w, f, port, false);
    if (b && strcmp(b->app_id, SELFTEST_APP_ID) == 0)
        b->present = false;
    return fake_win_leaves(w, err);
}

static int measure(void *self, const struct selftest_change *c, struct selftest_gap *out,
                   struct err *err)
{
    if (!fake_win_enters(self, err) || c->make(c->user, err) != 0)
        return -1;
    *out = (struct selftest_gap){.probes = 10};
    return fake_win_leaves(self, err);
}

/* ---- wire and clock ---- */

static void look(void *self, const struct wire_question *q, struct wire_look *out)
{
    struct fake_win *w = self;
    enum family f = q->addr.family == 4 ? FAMILY_V4 : FAMILY_V6;
    const struct binding *b = find_record(w, f, q->addr.port, false);
    int i = b && w->listens[f] ? fake_win_find_cert(w, b->hash) : -1;

    memset(out, 0, sizeof *out);
    if (i < 0)
        return;
    out->tls = true;
    if (!w->serves_old)
        memcpy(out->leaf_sha256, w->cert[i].sha256, SHA256_BYTES);
}

static int64_t now_s(void *user)
{
    (void)user;
    return NOW;
}

static int64_t now_ms(void *user)
{
    const struct fake_win *w = user;
    return w->time_ms;
}

static void sleep_ms(void *user, int64_t ms)
{
    struct fake_win *w = user;
    w->time_ms += ms;
}

/* ---- all ---- */

void fake_win_init(struct fake_win *w)
{
    memset(w, 0, sizeof *w);
    w->next_port = FIRST_PORT;
    w->target = fake_win_target(w);
    w->keys = (struct machine_keys){.make = make_key, .public_half = public_half, .self = w};
    w->host = (struct selftest_host){.target = &w->target,
                                     .keys = &w->keys,
                                     .new_key = new_key,
                                     .export_there = export_there,
                                     .local_time = nothing,
                                     .read_acl = read_acl,
                                     .registry_try = registry_try,
                                     .registry_remove = registry_remove,
                                     .event_write = event_write,
                                     .event_find = event_find,
                                     .sessions = sessions,
                                     .system_open = system_open,
                                     .system_run = system_run,
                                     .system_remove = system_remove,
                                     .look_container = look_container,
                                     .add_keyless = add_keyless,
                                     .free_port = free_port,
                                     .listen = listen_on,
                                     .listen_end = listen_end,
                                     .record_write = record_write,
                                     .record_read = record_read,
                                     .record_remove = record_remove,
                                     .measure = measure,
                                     .self = w};
    w->wire = (struct wire){.look = look, .self = w};
    w->clock = (struct clock){now_s, now_ms, sleep_ms, w};
}

int fake_win_objects(const struct fake_win *w)
{
    int n = w->service + w->registry;

    for (int i = 0; i < FAKE_WIN_CERTS; i++)
        n += w->cert[i].there + (w->cert[i].key.len > 0);
    for (int i = 0; i < FAKE_WIN_RECORDS; i++)
        n += w->record[i].b.present;
    return n;
}

void fake_win_revive(struct fake_win *w)
{
    w->fault = FAKE_WIN_FINE;
    w->dead = false;
    w->calls = w->at = 0;
    listen_end(w);
}
