/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - deploy.source "balancer": nothing is ordered here. What the balancer before RRAS
 * serves is judged, and is then the certificate whose hash RRAS has to hold.
 */
#ifndef RRAS_APP_FOLLOW_H
#define RRAS_APP_FOLLOW_H

#include "bundle.h"
#include "deploy/deploy.h"

bool follow_wanted(const struct conf *conf);

/* Looks at the balancer and judges: *out has a chain and a leaf, and no key. Fails as deploy_served
 * does; ERR_ROLLED_BACK (nothing was changed) for a certificate that no client could accept. */
int follow_look(const struct deploy_env *env, const struct conf *conf, struct bundle *out,
                struct err *err) MUST_CHECK;

/* The certificate that was last seen there, for `status`. ERR_NOT_FOUND. Nothing is written when it
 * is the same. */
int follow_save(struct store *s, const struct conf *conf, const struct bundle *b,
                struct err *err) MUST_CHECK;
int follow_load(struct store *s, const struct conf *conf, struct cert_info *out,
                struct err *err) MUST_CHECK;

/* For `check`. */
void follow_check(const struct deploy_env *env, const struct conf *conf, struct checks *out);

#endif
