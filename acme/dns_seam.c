/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_seam.h"

static int find(void *self, const struct delegation_env *env, const char *name,
                struct delegation *out, struct err *err)
{
    (void)self;
    return delegation_find(env, name, out, err);
}

static int wait_for(void *self, const struct delegation_env *env, const struct delegation *d,
                    const struct propagation_wanted *w, struct err *err)
{
    (void)self;
    return propagation_wait(env, d, w, err);
}

static int look(void *self, const struct delegation_env *env, const struct delegation *d,
                const struct propagation_wanted *w, struct checks *out, struct err *err)
{
    (void)self;
    return propagation_look(env, d, w, out, err);
}

static int caa(void *self, const struct delegation_env *env, const char *name, struct caa_set *out,
               struct err *err)
{
    (void)self;
    return caa_find(env, name, out, err);
}

static void dnssec(void *self, const struct delegation_env *env, const char *zone,
                   struct dnssec_finding *out)
{
    (void)self;
    dnssec_look(env, &dns_io_net, zone, out);
}

static int open_publisher(void *self, struct publisher *out, const struct publish_env *env,
                          struct err *err)
{
    (void)self;
    return publisher_open(out, env, err);
}

const struct acme_dns acme_dns_real = {find, wait_for, look, caa, dnssec, open_publisher, NULL};
