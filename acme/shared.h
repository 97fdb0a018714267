/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.h - what several threads must not do at the same time when each of them issues for a
 * certificate of its own: one object for all of them, opened before the first begins.
 *
 * Everywhere NULL stands for "there is one thread only". No two of these are ever held together
 * but `account` with `records`, in this order.
 */
#ifndef RRAS_ACME_SHARED_H
#define RRAS_ACME_SHARED_H

#include "conf.h"
#include "os.h"

enum { SHARED_NAMES = 16 };

struct acme_shared {
    struct os_mutex *account;  /* an account is looked up, registered, given a key */
    struct os_mutex *records;  /* a record of the store that all use is read and written back */
    struct os_mutex *back_end; /* a program of the user's runs, or a back end registers a name */
    struct os_mutex *name[SHARED_NAMES]; /* values at one owner name change: many back ends can
                                          * only replace them all */
};
int acme_shared_open(struct acme_shared *out, struct err *err) MUST_CHECK;
void acme_shared_close(struct acme_shared *s);

struct os_mutex *shared_account(const struct acme_shared *s);
struct os_mutex *shared_records(const struct acme_shared *s);
struct os_mutex *shared_back_end(const struct acme_shared *s);
/* For a change at fqdn by conf's back end. */
struct os_mutex *shared_publishing(const struct acme_shared *s, const struct conf *conf,
                                   const char *fqdn);

#endif
