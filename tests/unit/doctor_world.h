/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_world.h - a healthy gateway as the doctor's observers would have seen it, for tests that
 * break one thing of it.
 */
#ifndef RRAS_TEST_DOCTOR_WORLD_H
#define RRAS_TEST_DOCTOR_WORLD_H

#include "doctor/doctor.h"
#include "doctor/look_cert.h"
#include "doctor/look_host.h"
#include "doctor/look_log.h"
#include "doctor/look_net.h"
#include "doctor/look_tool.h"
#include "doctor/look_wire.h"
#include "doctor/rivals.h"
#include "test.h"

/* seen points into the world; it is made anew by doctor_world_healthy, never copied. */
enum {
    WORLD_NOW = 1800000000,
    WORLD_CERTS = 3,
    WORLD_RECORDS = 4,
    WORLD_BOUND = 4,
    WORLD_HELD = 3
};
struct doctor_world {
    struct doctor_seen seen;
    struct doctor_wanted wanted;
    struct observed machine;
    struct doctor_host host;
    struct doctor_cert cert;
    struct doctor_tool tool;
    struct doctor_held held[WORLD_HELD]; /* the tool's; one counts */
    struct rivals rivals;
    struct store_cert store[WORLD_CERTS]; /* 0 serves, 1 is another one, 2 an earlier one of ours */
    struct http_record record[WORLD_RECORDS];
    struct bound_hash bound[WORLD_BOUND];
    char *names[2];
};
/* net, wire and log are left out: their rows have tests of their own. */
void doctor_world_healthy(struct doctor_world *w);

/* Judges one row of the world. False, and what was found printed, unless it has this level and
 * `says` is part of its text. */
bool doctor_world_expect(struct test *t, const struct doctor_world *w, const char *id,
                         enum check_level level, const char *says);

#endif
