/* SPDX-License-Identifier: Apache-2.0 */
/* There is no RRAS here: every operation says so. */
#include "target.h"

static int not_here(struct err *err)
{
    err_set(err, ERR_USAGE, "deploy.target \"rras\": works on Windows Server only");
    return err_hint(err, "set deploy.target to \"none\"");
}

static int observe(void *self, int port, unsigned parts, struct observed *out, struct err *err)
{
    (void)self, (void)port, (void)parts, (void)out;
    return not_here(err);
}

static int import_pfx(void *self, const struct import_request *q, struct key_ref *out,
                      struct err *err)
{
    (void)self, (void)q, (void)out;
    return not_here(err);
}

static int add_intermediate(void *self, const uint8_t *der, size_t len, struct err *err)
{
    (void)self, (void)der, (void)len;
    return not_here(err);
}

static int with_hash(void *self, const uint8_t *hash, struct err *err)
{
    (void)self, (void)hash;
    return not_here(err);
}

static int sweep_keys(void *self, const struct public_key *key, struct err *err)
{
    (void)self, (void)key;
    return not_here(err);
}

static int drop_key(void *self, const char *container, bool *gone, struct err *err)
{
    (void)self, (void)container, (void)gone;
    return not_here(err);
}

static int remove_cert(void *self, const uint8_t *sha1, const struct key_ref *key, struct err *err)
{
    (void)self, (void)sha1, (void)key;
    return not_here(err);
}

static int set_value(void *self, enum value_id id, const struct raw_value *v, struct err *err)
{
    (void)self, (void)id, (void)v;
    return not_here(err);
}

static int set_binding(void *self, enum family f, int port, const struct binding *b,
                       struct err *err)
{
    (void)self, (void)f, (void)port, (void)b;
    return not_here(err);
}

static int try_binding(void *self, int port, const uint8_t *sha1, struct err *err)
{
    (void)self, (void)port, (void)sha1;
    return not_here(err);
}

static int drop_trial(void *self, int port, struct err *err)
{
    (void)self, (void)port;
    return not_here(err);
}

static int query(void *self, const char *name, struct service *out, struct err *err)
{
    (void)self, (void)name, (void)out;
    return not_here(err);
}

static int command(void *self, const char *name, struct err *err)
{
    (void)self, (void)name;
    return not_here(err);
}

static int dependents(void *self, const char *name, struct service_list *out, struct err *err)
{
    (void)self, (void)name, (void)out;
    return not_here(err);
}

static int mark_events(void *self, uint64_t *out, struct err *err)
{
    (void)self, (void)out;
    return not_here(err);
}

static int list_events(void *self, uint64_t mark, struct log_events *out, struct err *err)
{
    (void)self, (void)mark, (void)out;
    return not_here(err);
}

const struct target target_rras = {.observe = observe,
                                   .import_pfx = import_pfx,
                                   .add_intermediate = add_intermediate,
                                   .prove_key = with_hash,
                                   .remove_cert = remove_cert,
                                   .sweep_keys = sweep_keys,
                                   .drop_key = drop_key,
                                   .set_value = set_value,
                                   .set_binding = set_binding,
                                   .try_binding = try_binding,
                                   .drop_trial = drop_trial,
                                   .service_query = query,
                                   .service_stop = command,
                                   .service_start = command,
                                   .service_dependents = dependents,
                                   .events_mark = mark_events,
                                   .events_since = list_events};
