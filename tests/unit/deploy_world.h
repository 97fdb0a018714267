/* SPDX-License-Identifier: Apache-2.0 */
/* The model machine (fake_target.h) with a configuration and two certificates, for the deploy
 * suites. */
#ifndef DEPLOY_WORLD_H
#define DEPLOY_WORLD_H

#include "fake_target.h"
#include "pki.h"
#include "test.h"

enum { DEPLOY_PORT = 8443, DAY = 86400, NOW = 1800000000 };

/* Application id of a record of IIS. */
#define IIS "{4dc3e181-e14b-4a21-b022-59fc669b0914}"

/* Indices of the model's certificates. */
enum { OLD = 0, NEW = 1 };

/* A certificate on the machine and the one to deploy. */
struct pair {
    struct bundle old, new_one;
    char password_file[512]; /* of a test account */
};

struct situation_case {
    const char *name;
    int flag; /* -1 = absent */
    bool expired;
    void (*change)(struct fake *f);
    bool starts_broken; /* the VPN does not work to begin with */
    bool stays_stopped; /* RRAS does not run and is not started */
};

enum { DEPLOY_SITUATIONS = 34 };
extern const struct situation_case deploy_situations[DEPLOY_SITUATIONS];

/* What `doctor --fix` mends: the bound certificate (NEW) stays, and is made to serve. */
enum { DEPLOY_FIXES = 3 };
extern const struct situation_case deploy_fixes[DEPLOY_FIXES];

/* The one of that name; fails the test when there is none. */
const struct situation_case *deploy_situation(struct test *t, const char *name);

/* A self-signed certificate for vpn.example.test with its key. Clear with bundle_clear. */
void pair_bundle(struct test *t, struct bundle *b, int64_t not_after);
/* EXPIRED: the old one is. Clear with pair_clear. */
void pair_make(struct test *t, struct pair *p, bool expired);
/* Those that the situation needs. Clear with pair_clear. */
void pair_for(struct test *t, struct pair *p, const struct situation_case *c);
void pair_clear(struct pair *p);

/* Points into itself: must not be copied. Owns nothing. */
struct deploy_world {
    struct fake machine;
    struct fake_ports seams;
    struct conf conf;
    struct deploy_env env;
    char *names[1], *probes[2];
    char name_text[32], probe_text[2][16], conf_name[8], service[16];
    char user[8], password_file[512];
};

void deploy_world_make(struct deploy_world *w, const struct pair *p,
                       const struct situation_case *c);
/* As drive_run and drive_recover. */
int deploy_world_run(struct deploy_world *w, const struct pair *p, struct deploy_result *out,
                     struct err *err);
int deploy_world_recover(struct deploy_world *w, struct err *err);
/* The fault is gone, the program can start again. */
void deploy_world_mend(struct deploy_world *w);

#endif
