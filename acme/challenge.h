/* SPDX-License-Identifier: Apache-2.0 */
/*
 * challenge.h - dns-01 (RFC 8555 8.4) and its kin: proves control of the names of an order's
 * authorizations.
 *
 * All values are published first (a name and its wildcard share one record set, with a value
 * each), each target is waited for once, then all challenges are answered, then all authorizations
 * polled side by side; of several, the order tells in one request whether all are valid (RFC 8555
 * 7.1.6). Those that are valid already are left alone. With
 * dns-persist-01 nothing is published: the record has to be there.
 */
#ifndef RRAS_CHALLENGE_H
#define RRAS_CHALLENGE_H

#include "client.h"
#include "delegated.h"
#include "txt.h"

/* Type of the challenge that the configuration chooses, as in RFC 8555 9.7.8. */
const char *challenge_type(const struct conf *conf);

struct prover {
    const struct acme_env *env;
    struct client *client;
    struct delegated *delegated;
    struct txt *txt;
    const char *thumbprint; /* of the account key */
    const char *account;    /* its URL */
    const char *order_url;
    bool responded; /* set: the CA may be looking for our values */
};

/* Brings every authorization to a final state, in v. ERR_DNS (publication, propagation, or the CA
 * did not find what it wanted: err->retry_after_s is the zone's negative TTL then), ERR_CA,
 * ERR_POSTPONED (the CA takes longer than we wait). TXT values stay; the caller sweeps them. */
int challenge_prove(struct prover *p, struct msg_authz *v, size_t n, struct err *err) MUST_CHECK;

#endif
