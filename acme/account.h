/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.h - the account at a CA (RFC 8555 7.3), one a directory:
 *
 *     accounts/ID/account.key     secret; on disk before the CA hears of it
 *     accounts/ID/account.json    url, directory, thumbprint, created
 *     accounts/ID/pending.key     secret: a key that keyChange is to bring in (RFC 8555 7.3.5)
 *     accounts/ID/deactivated-TIME.key   secret: of an account that was given up
 *
 * A key without a record (a crash between registering and saving, a single-use EAB) is looked up
 * at the CA with onlyReturnExisting before it is registered.
 */
#ifndef RRAS_ACCOUNT_H
#define RRAS_ACCOUNT_H

#include "client.h"

struct account {
    struct key *key;     /* owned; NULL = none yet */
    char *url;           /* owned; NULL = not registered as far as we know */
    char thumbprint[44]; /* RFC 7638 */
};
void account_clear(struct account *a);

/* What the store has; nothing is asked or made. An absent key gives an empty account. */
int account_load(struct client *c, struct account *out, struct err *err) MUST_CHECK;

/* Loads, or looks up, or registers, and makes c sign with it; *out must outlive c's use.
 * ERR_USAGE: terms not agreed (acme.agree_tos), EAB required and not configured, bad e-mail. */
int account_ensure(struct client *c, const struct conf *conf, struct account *out,
                   struct err *err) MUST_CHECK;

/* After accountDoesNotExist: forgets the URL and registers the same key again (a restored state
 * folder, a CA that was set up anew). */
int account_register_again(struct client *c, const struct conf *conf, struct account *a,
                           struct err *err) MUST_CHECK;

/* ---- for account_admin.c ---- */

/* A change of keys that was cut short: asks the CA whether it knows the pending key, and keeps the
 * one that counts. Nothing is asked when there is no pending key. */
int account_heal(struct client *c, struct err *err) MUST_CHECK;
/* A new key, on disk as the pending one. *out is the caller's. */
int account_make_pending(struct client *c, struct key **out, struct err *err) MUST_CHECK;
/* After deactivation: forgets the account, but keeps its key: it can still revoke. */
int account_put_away(struct client *c, struct err *err) MUST_CHECK;
/* "contact" of conf's e-mail address, if it has one. ERR_USAGE. */
int account_put_contact(struct json *payload, const struct conf *conf, struct err *err) MUST_CHECK;

/* "terms not agreed" or "EAB missing" before any request is made, for a CA with this directory. */
int account_may_register(const struct msg_directory *d, const struct conf *conf,
                         struct err *err) MUST_CHECK;

#endif
