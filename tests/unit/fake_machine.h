/* SPDX-License-Identifier: Apache-2.0 */
/* fake_machine.h - between fake_machine.c and fake_target.c. */
#ifndef RRAS_TEST_FAKE_MACHINE_H
#define RRAS_TEST_FAKE_MACHINE_H

#include "fake_target.h"

/* Order of fake.service. */
enum { FAKE_LOCAL_IP0 = 192 }; /* 192.0.2.10 */
enum { REMOTEACCESS, RASMAN, SSTPSVC, DEPENDENT };

/* By SHA-1 or SHA-256, as len says; NULL when it is not in MY. */
struct fake_cert *fake_in_my(struct fake *f, const uint8_t *hash, size_t len);
/* In MY with a key that exists; c may be NULL. */
bool fake_usable(const struct fake *f, const struct fake_cert *c);
/* A new container; its index. */
int fake_new_key(struct fake *f, const uint8_t sha1[SHA1_BYTES]);
/* The container of this name; -1 when there is none. */
int fake_find_key(const struct fake *f, const char *name);
struct fake_service *fake_service_of(struct fake *f, const char *name);
/* Fills the parts (LOOK_*) of *o. fake_look.c */
void fake_look(const struct fake *f, unsigned parts, struct observed *o);
/* Finishes what is due by now. */
void fake_settle(struct fake *f);
/* Begins a start or a stop. */
void fake_change(struct fake *f, struct fake_service *s, enum service_state to);

/* A logon, as a call that can fail, lie (it learns nothing) or be the one in which we die. */
bool fake_logs_on(struct fake *f);

/* fake_wire.c */
struct wire fake_wire(struct fake *f);
struct clock fake_clock(struct fake *f);

#endif
