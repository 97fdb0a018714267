/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_selftest.h - a Windows in memory for selftests: certificates, keys, records, a service and a
 * registry key. Any call that does something can fail or be the one in which the program dies
 * (before or after its effect): from then on nothing works.
 */
#ifndef RRAS_TEST_FAKE_SELFTEST_H
#define RRAS_TEST_FAKE_SELFTEST_H

#include "deploy/selftest/host.h"
#include "deploy/selftest/selftest.h"
#include "wire.h"

enum { FAKE_WIN_CERTS = 8, FAKE_WIN_RECORDS = 8 };
enum fake_win_fault { FAKE_WIN_FINE, FAKE_WIN_FAIL, FAKE_WIN_DIE_BEFORE, FAKE_WIN_DIE_AFTER };

struct fake_win {
    enum fake_win_fault fault;
    int at; /* number of the call, from 1 */
    int calls;
    bool dead;

    const char *rsa_pem; /* borrowed: making a key of this kind takes long; NULL = a new one */

    bool no_aes, no_update, no_service, no_v6, takes_keyless, loses_field, serves_old;

    struct {
        bool there, has_key;
        uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];
        struct public_key key;                  /* len 0 = no container */
        char container[MACHINE_KEY_NAME_BYTES]; /* of a key made by us; "" = by an import */
    } cert[FAKE_WIN_CERTS];
    struct {
        enum family family;
        int port;
        struct binding b; /* present = false: a free place */
    } record[FAKE_WIN_RECORDS];
    bool service, registry;
    bool listens[FAMILY_COUNT];
    char event[80];
    int next_port;
    int64_t time_ms;

    struct target target;
    struct machine_keys keys;
    struct selftest_host host;
    struct wire wire;
    struct clock clock;
};
void fake_win_init(struct fake_win *w);
/* Certificates, containers, records, service and registry key that are there. */
int fake_win_objects(const struct fake_win *w);
/* Forgets the fault; the machine stays as it is. */
void fake_win_revive(struct fake_win *w);

#endif
