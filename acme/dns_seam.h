/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_seam.h - the DNS side as a table, so that tests can play it. acme_dns_real is dns/ and
 * publish/ as they are.
 */
#ifndef RRAS_DNS_SEAM_H
#define RRAS_DNS_SEAM_H

#include "dns/caa_find.h"
#include "dns/delegation.h"
#include "dns/dnssec.h"
#include "publish/publish.h"

struct acme_dns {
    int (*find)(void *self, const struct delegation_env *env, const char *name,
                struct delegation *out, struct err *err);
    int (*wait)(void *self, const struct delegation_env *env, const struct delegation *d,
                const struct propagation_wanted *w, struct err *err);
    int (*look)(void *self, const struct delegation_env *env, const struct delegation *d,
                const struct propagation_wanted *w, struct checks *out, struct err *err);
    int (*caa)(void *self, const struct delegation_env *env, const char *name, struct caa_set *out,
               struct err *err);
    void (*dnssec)(void *self, const struct delegation_env *env, const char *zone,
                   struct dnssec_finding *out);
    int (*open)(void *self, struct publisher *out, const struct publish_env *env, struct err *err);
    void *self;
};
extern const struct acme_dns acme_dns_real;

#endif
