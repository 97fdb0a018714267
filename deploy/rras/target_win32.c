/* SPDX-License-Identifier: Apache-2.0 */
/* struct target over this Windows machine. */
#include "target.h"

#include "os.h"
#include "rras/rras_win32.h"

#include <string.h>

static int observe(void *self, int port, unsigned parts, struct observed *out, struct err *err)
{
    struct observed o = {.elevated = os_elevated()};
    struct err e = {0};

    (void)self;
    if (parts & LOOK_BESIDE)
        parts |= LOOK_VALUES | LOOK_SERVICES;
    if (parts & LOOK_LISTENER)
        parts |= LOOK_SERVICES;
    for (int i = 0; parts & LOOK_SERVICES && i < SERVICE_COUNT; i++)
        if (service_query_one(service_name((enum service_id)i), &o.service[i], &e) != 0)
            goto fail;
    if ((parts & LOOK_VALUES && values_observe(o.value, &e) != 0) ||
        (parts & LOOK_RECORDS && http_observe(port, &o, &e) != 0) ||
        (parts & LOOK_CERTS && certs_observe(&o, &e) != 0))
        goto fail;
    if (parts & LOOK_BESIDE) {
        values_observe_store(&o.config);
        http_observe_beside(port, &o);
        beside_observe(&o);
    }
    if (parts & LOOK_LISTENER)
        beside_observe_listener(&o);
    if (parts & LOOK_ADDRESSES)
        beside_observe_addresses(&o.local);
    *out = o;
    return 0;
fail:
    observed_clear(&o);
    if (!os_elevated()) { /* that is the finding, not the first thing that was denied */
        memset(out, 0, sizeof *out);
        return 0;
    }
    *err = e;
    return -1;
}

static int import_pfx(void *self, const struct import_request *q, struct key_ref *out,
                      struct err *err)
{
    (void)self;
    return certs_import(q, out, err);
}

static int add_intermediate(void *self, const uint8_t *der, size_t len, struct err *err)
{
    (void)self;
    return certs_add_intermediate(der, len, err);
}

static int prove_key(void *self, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    (void)self;
    return certs_prove_key(sha1, err);
}

static int remove_cert(void *self, const uint8_t sha1[SHA1_BYTES], const struct key_ref *key,
                       struct err *err)
{
    (void)self;
    return certs_remove(sha1, key, err);
}

static int drop_key(void *self, const char *container, bool *gone, struct err *err)
{
    (void)self;
    return certs_drop_key(container, gone, err);
}

static int sweep_keys(void *self, const struct public_key *key, struct err *err)
{
    (void)self;
    return certs_sweep_keys(key, err);
}

static int set_value(void *self, enum value_id id, const struct raw_value *v, struct err *err)
{
    (void)self;
    return values_set(id, v, err);
}

static int set_binding(void *self, enum family f, int port, const struct binding *b,
                       struct err *err)
{
    (void)self;
    return http_set_binding(f, port, b, err);
}

static int try_binding(void *self, int port, const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    (void)self;
    return http_try_binding(port, sha1, err);
}

static int drop_trial(void *self, int port, struct err *err)
{
    (void)self;
    return http_drop_trial(port, err);
}

static int service_query(void *self, const char *name, struct service *out, struct err *err)
{
    (void)self;
    return service_query_one(name, out, err);
}

static int service_stop(void *self, const char *name, struct err *err)
{
    (void)self;
    return service_command_stop(name, err);
}

static int service_start(void *self, const char *name, struct err *err)
{
    (void)self;
    return service_command_start(name, err);
}

static int service_dependents(void *self, const char *name, struct service_list *out,
                              struct err *err)
{
    (void)self;
    return service_list_dependents(name, out, err);
}

static int mark_events(void *self, uint64_t *out, struct err *err)
{
    (void)self;
    return events_mark(out, err);
}

static int list_events(void *self, uint64_t mark, struct log_events *out, struct err *err)
{
    (void)self;
    return events_since(mark, out, err);
}

const struct target target_rras = {.observe = observe,
                                   .import_pfx = import_pfx,
                                   .add_intermediate = add_intermediate,
                                   .prove_key = prove_key,
                                   .remove_cert = remove_cert,
                                   .sweep_keys = sweep_keys,
                                   .drop_key = drop_key,
                                   .set_value = set_value,
                                   .set_binding = set_binding,
                                   .try_binding = try_binding,
                                   .drop_trial = drop_trial,
                                   .service_query = service_query,
                                   .service_stop = service_stop,
                                   .service_start = service_start,
                                   .service_dependents = service_dependents,
                                   .events_mark = mark_events,
                                   .events_since = list_events};
