/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resume.h - an order under way, as it is on disk, so that a run goes on where another stopped:
 *
 *     certs/NAME/order.json   order_url (null until the CA answered), directory, account, names,
 *                             profile, key_spki_sha256, created, container (machine_key.h)
 *     certs/NAME/order.key    secret: the certificate's key, unless it is in a container
 *     certs/NAME/order.csr    what finalize will send, or has sent
 *
 * Key and CSR are there before newOrder, the URL before anything else is done with the order. The
 * record binds all that may not change under an order; one that does not fit is forgotten.
 */
#ifndef RRAS_RESUME_H
#define RRAS_RESUME_H

#include "conf.h"
#include "store.h"

struct resume {
    char *order_url; /* NULL: the CA has not answered yet */
    char *directory, *account;
    char *profile; /* NULL = none asked for */
    struct strings names;
    int64_t created;
    uint8_t spki_sha256[SHA256_BYTES];
    struct key *key; /* NULL: there is no record */
    struct buf csr;
};
void resume_clear(struct resume *r);

/* Where records and keys are. */
struct resume_place {
    struct store *store;
    const struct machine_keys *keys; /* may be NULL */
};
/* No record, or one that cannot be used (parts missing, another key than it says), leaves *out
 * empty. */
int resume_load(const struct resume_place *at, const char *name, struct resume *out,
                struct err *err) MUST_CHECK;

/* For an order as conf wants it now. */
struct resume_for {
    const char *directory, *account, *profile;
    int64_t now;
};
bool resume_fits(const struct resume *r, const struct conf *conf, const struct resume_for *want);
/* A new key and its CSR, written down. The key is *out's afterwards, also on failure (freed). NULL:
 * one is made in the machine's provider, its container's name written down before. */
int resume_make(const struct resume_place *at, const struct conf *conf,
                const struct resume_for *want, struct key *key, struct resume *out,
                struct err *err) MUST_CHECK;
/* Takes order_url (and account) as they are in r to disk. */
int resume_save(struct store *s, const char *name, const struct resume *r,
                struct err *err) MUST_CHECK;
/* Removes the record, then what belongs to it. Not there = success. */
int resume_forget(struct store *s, const char *name, struct err *err) MUST_CHECK;

/* True if this order's certificate is in the store already: then the record is one that only
 * lacked its removal, and a new order is wanted. */
bool resume_is_delivered(struct store *s, const char *name, const struct resume *r);
/* Removes the record of a delivered order, and what a removal that was cut short has left. */
int resume_tidy(struct store *s, const char *name, struct err *err) MUST_CHECK;

#endif
