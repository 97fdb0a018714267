/* SPDX-License-Identifier: Apache-2.0 */
/* renewal.h - whether a configured certificate is due, from its configuration, its state and what
 * is known of its leaf: the same answer for `run` and `status`. */
#ifndef RRAS_APP_RENEWAL_H
#define RRAS_APP_RENEWAL_H

#include "bundle.h"
#include "conf.h"
#include "renew.h"
#include "store.h"

/* leaf: of the held certificate, else of the live one, else NULL. Pure. */
struct renew_facts renewal_facts(const struct conf *conf, const struct name_state *state,
                                 const struct cert_info *leaf, int64_t now);

/* It came from a file (deploy --pfx): the CA configured knows nothing of it, and it may have more
 * names than those configured. */
bool renewal_elsewhere(const struct name_state *state, const struct cert_info *leaf);
/* The first of the names that the certificate is not for, wildcards (RFC 6125 6.4.3, the whole
 * first label) included; NULL if it is for all. */
const char *renewal_missing_name(const struct cert_info *leaf, const struct strings *names);

/* What a certificate from elsewhere must be to serve: key (NULL = not compared), purpose, dates,
 * chain, whose order is mended, and every configured name. It may have more names. ERR_USAGE. */
int renewal_judge(const struct conf *conf, struct bundle *b, int64_t now,
                  struct err *err) MUST_CHECK;
/* No issuer's certificate comes with it, though it has one. */
bool renewal_lacks_issuer(const struct bundle *b);

/* For when no certificate of the name is in the state folder: true, with one line in why, if there
 * was one by what is noted. */
bool renewal_is_lost(const char *name, const struct name_state *state, struct err *why);

/* The held one was rolled back. */
bool renewal_rejected(const struct name_state *state, const struct cert_info *held);
/* Then it counts as due at the latest when the live one, which serves in its place, is revoked or
 * about to expire (deploy.override). */
void renewal_limit(struct renew_facts *f, const struct conf *conf, const struct name_state *state,
                   const struct cert_info *live);

/* The CA's window is about this certificate. */
bool renewal_knows_window(const struct name_state *state, const struct cert_info *leaf);

/* The state is of a certificate of the directory configured. One without a directory is of a
 * certificate whose origin nobody noted. */
bool renewal_same_directory(const struct conf *conf, const struct name_state *state);

#endif
