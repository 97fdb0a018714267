/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegated.h - where the challenges of one run's names live: each name is walked once.
 */
#ifndef RRAS_DELEGATED_H
#define RRAS_DELEGATED_H

#include "acme.h"
#include "dns_seam.h"

struct delegated {
    struct delegation_env env; /* env.prefix may point at `prefix` */
    char prefix[48];
    const struct acme_dns *dns;
    const struct acme_env *acme;
    struct delegation **v; /* owned */
    size_t n;
    /* The last delegated_find failed because there is no CNAME, and nothing else is wrong: so long
     * its zone lets others remember that. 0 = not so. */
    uint32_t missing_for_s;
};
void delegated_init(struct delegated *d, const struct acme_env *env, const struct conf *conf,
                    const struct acme_dns *dns);
/* dns-account-01: the challenge's name depends on the account
 * (draft-ietf-acme-dns-account-label 3.1). Forgets what was walked for another one. Without that
 * challenge nothing changes. */
void delegated_for_account(struct delegated *d, const char *account_url);
void delegated_clear(struct delegated *d);

/* The delegation of a name ("*." is dropped), walked now or before. *out is borrowed until
 * delegated_clear. ERR_DNS, also when the name is not delegated and must be (see
 * delegated_is_enough): the hint is the record to create then. */
int delegated_find(struct delegated *d, const char *name, const struct delegation **out,
                   struct err *err) MUST_CHECK;

/* A name is to have a CNAME away from its own zone. Without one it counts only if the
 * configuration says in so many words that we write into that zone (conf_dns_zone) or at that
 * very name (dns.target): a client with rights over a production zone is never a default. */
bool delegated_is_enough(const struct delegation *d, const struct conf *conf);

/* The name without "*.". */
const char *delegated_base(const char *name);

#endif
