/* SPDX-License-Identifier: Apache-2.0 */
/* key_win32.h - private keys of the machine, for store_win32.c. */
#ifndef RRAS_DEPLOY_KEY_WIN32_H
#define RRAS_DEPLOY_KEY_WIN32_H

#include "target.h"

#include <windows.h>
/* after windows.h */
#include <wincrypt.h>

/* What CERT_KEY_PROV_INFO_PROP_ID of a certificate says; *machine = it is a machine key. False when
 * there is none. */
bool key_ref_of(PCCERT_CONTEXT cert, struct key_ref *out, bool *machine);

/* Makes the certificate name a CNG container of the machine. */
int key_give(PCCERT_CONTEXT cert, const char *container, struct err *err) MUST_CHECK;

/* The machine's container of this name in CNG's software provider. */
struct key_ref key_ref_cng(const char *container);

/* Acquires the key silently, signs with it, and verifies with the certificate's public key. */
int key_prove(PCCERT_CONTEXT cert, struct err *err) MUST_CHECK;

/* A container that is not there counts as removed. */
int key_remove(const struct key_ref *key, struct err *err) MUST_CHECK;

/* Calls `each` with every machine key in the software provider that has this public key. */
typedef int key_each_fn(void *user, const struct key_ref *key, struct err *err);
int key_find(const struct public_key *wanted, key_each_fn *each, void *user,
             struct err *err) MUST_CHECK;

#endif
