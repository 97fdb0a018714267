/* SPDX-License-Identifier: Apache-2.0 */
/* issue_world.h - a machine with a state folder, and a CA, for tests of whole issuances. */
#ifndef RRAS_TEST_ISSUE_WORLD_H
#define RRAS_TEST_ISSUE_WORLD_H

#include "fake_ca.h"
#include "issue.h"
#include "test.h"

struct issue_world {
    struct test *t;
    struct fake_ca *ca;
    struct conf conf;
    struct store *store;
    struct steps steps;
    struct acme_env env;
    struct bundle got;
    struct err err;
    char warned[8192];
};

void issue_world_open(struct issue_world *w, struct test *t, const char *folder);
void issue_world_close(struct issue_world *w);
/* One run of the program. */
int issue_run_once(struct issue_world *w, const struct cert_info *replaces);
/* As that, followed by what the program does with the bundle. */
int issue_run_and_store(struct issue_world *w, const struct cert_info *replaces);
/* The text of a record of the store; "" if there is none. */
const char *issue_record(struct issue_world *w, const char *rel);
/* Nothing of ours is left in DNS or in the journal, and the CA had nothing to complain about. */
void issue_check_clean(struct issue_world *w);
/* It went well, and the bundle is for the configured names. */
void issue_check_bundle(struct issue_world *w);
void issue_set_names(struct issue_world *w, const char *a, const char *b);
/* Replaces a text of a configuration; NULL = none. */
void issue_dup(char **out, const char *s);

#endif
