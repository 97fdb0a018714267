/* SPDX-License-Identifier: Apache-2.0 */
/* fake_keys.h - a machine's key provider that a test scripts and looks into. */
#ifndef RRAS_TEST_FAKE_KEYS_H
#define RRAS_TEST_FAKE_KEYS_H

#include "machine_key.h"

enum { FAKE_CONTAINERS = 16 };
enum fake_keys_fault {
    FAKE_KEYS_WELL,
    FAKE_KEYS_REFUSES,    /* the call fails and does nothing */
    FAKE_KEYS_FAILS_DONE, /* the call does its work, and fails */
    FAKE_KEYS_DIES,       /* the call does nothing, and no later one does */
    FAKE_KEYS_DIES_DONE,
    FAKE_KEYS_LIES, /* another key signs; a key is said to be made and is not */
    FAKE_KEYS_FAULTS
};

struct fake_keys {
    struct machine_keys keys; /* to give to the code under test */
    struct {
        char name[MACHINE_KEY_NAME_BYTES]; /* "" = free */
        struct key *key;
    } at[FAKE_CONTAINERS];
    struct key *other;
    enum fake_keys_fault fault;
    int fault_at, calls; /* counted from 1 */
    bool dead;
};
void fake_keys_open(struct fake_keys *f);
void fake_keys_close(struct fake_keys *f);
size_t fake_keys_count(const struct fake_keys *f);
bool fake_keys_has(const struct fake_keys *f, const char *container);
void fake_keys_remove(struct fake_keys *f, const char *container);

#endif
